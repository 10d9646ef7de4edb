//! The signals that ask the program to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::fault::Fault;

/// TERM, as service managers send it, and INT, as Ctrl-C sends it.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on these signals are heard, and no longer end the program by themselves.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn listen() -> Result<Self, Fault> {
        let open = |kind| signal(kind).map_err(|error| Fault::failed(format!("signals cannot be heard: {error}")));
        Ok(Self { terminate: open(SignalKind::terminate())?, interrupt: open(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
