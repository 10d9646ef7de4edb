//! Programs under test: start, wait for a line that says "ready", signal, kill.
//!
//! A program dies with the process that started it (the kernel sends it KILL), so a test or a
//! demo that is killed itself leaves nothing behind. Only processes started here are ever
//! signalled, by their number.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Lines of output that are kept for error texts and [`Program::lines`]; older ones are dropped.
const KEPT_LINES: usize = 10_000;

/// A signal that a test sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// TERM: please end.
    Terminate,
    /// INT: what Ctrl-C sends.
    Interrupt,
    /// STOP: freeze, as a stalled machine does.
    Freeze,
    /// CONT: go on after a freeze.
    Resume,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
            Self::Freeze => "STOP",
            Self::Resume => "CONT",
        }
    }
}

/// Why a program did not say what was waited for.
#[derive(Debug, PartialEq, Eq)]
pub struct NotReady {
    name: String,
    ended: bool,
    last_lines: Vec<String>,
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.ended { "ended" } else { "took too long" };
        write!(f, "{} {how} before it was ready; its last lines:\n{}", self.name, self.last_lines.join("\n"))
    }
}

impl std::error::Error for NotReady {}

/// A running program. Dropping it kills it.
pub struct Program {
    name: String,
    child: Child,
    output: Arc<Output>,
}

impl Program {
    /// Starts `command` without input. Each line of its two outputs is kept and given to `heard`
    /// (from other threads).
    ///
    /// # Errors
    /// The program, or util-linux's `setpriv`, cannot be started.
    pub fn start(name: &str, command: Command, heard: impl Fn(&str) + Send + Sync + 'static) -> io::Result<Self> {
        let mut child = spawn_in_keeper(bound_to_us(&command))?;
        let output = Arc::new(Output::default());
        let heard: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(heard);
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ];
        for stream in streams.into_iter().flatten() {
            output.lock().open += 1;
            let (output, heard) = (Arc::clone(&output), Arc::clone(&heard));
            thread::spawn(move || output.read(stream, &*heard));
        }
        Ok(Self { name: name.to_owned(), child, output })
    }

    /// The process number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The lines so far, standard output and standard error in the order of arrival.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.output.lock().lines.clone()
    }

    /// Waits until a line (also an earlier one) gives a value.
    ///
    /// # Errors
    /// The program closed its outputs, or `within` has passed.
    pub fn wait_for<T>(&self, within: Duration, wanted: impl Fn(&str) -> Option<T>) -> Result<T, NotReady> {
        let mut found = None;
        let mut seen = 0;
        let waits = |state: &mut State| {
            // Lines may have been dropped at the front meanwhile.
            let fresh = state.lines.len().min(state.count - seen);
            let start = state.lines.len() - fresh;
            found = state.lines[start..].iter().find_map(|line| wanted(line));
            seen = state.count;
            found.is_none() && state.open > 0
        };
        let state = self.output.lock();
        let waited = self.output.changed.wait_timeout_while(state, within, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        found.ok_or_else(|| NotReady {
            name: self.name.clone(),
            ended: state.open == 0,
            last_lines: state.lines.iter().rev().take(20).rev().cloned().collect(),
        })
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The program is gone, or `kill` cannot be started.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let script = "kill -s \"$1\" \"$2\"";
        let status = Command::new("sh")
            .args(["-c", script, "sh", signal.name(), &self.pid().to_string()])
            .stderr(Stdio::null())
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("{} took no {}", self.name, signal.name())))
    }

    /// Asks the program to end and waits; after `patience` it is killed. True: it ended by itself.
    ///
    /// # Errors
    /// The state of the process cannot be read.
    pub fn stop(mut self, patience: Duration) -> io::Result<(ExitStatus, bool)> {
        let asked = self.signal(Signal::Terminate).is_ok();
        let state = self.output.lock();
        let waited = self.output.changed.wait_timeout_while(state, patience, |state| state.open > 0);
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        let by_itself = asked && !result.timed_out();
        if !by_itself {
            self.child.kill()?;
        }
        Ok((self.child.wait()?, by_itself))
    }

    /// Kills the program at once (KILL) and waits until it is gone.
    ///
    /// # Errors
    /// The state of the process cannot be read.
    pub fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// The state of the process cannot be read.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the reading threads collect.
#[derive(Default)]
struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    /// Lines ever read, dropped ones included.
    count: usize,
    /// Streams still open.
    open: usize,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, stream: impl Read, heard: &(dyn Fn(&str) + Send + Sync)) {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            heard(&line);
            let mut state = self.lock();
            if state.lines.len() >= KEPT_LINES {
                state.lines.drain(..KEPT_LINES / 2);
            }
            state.lines.push(line);
            state.count += 1;
            self.changed.notify_all();
        }
        self.lock().open -= 1;
        self.changed.notify_all();
    }
}

/// The same command, but the kernel kills it when we die.
fn bound_to_us(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]);
    bound.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(name, value),
            None => bound.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    bound
}

type Job = Box<dyn FnOnce() + Send>;

/// The kernel means the *thread* that started a program when it speaks of its parent's death, so
/// all programs are started by one thread that lives as long as the process.
static KEEPER: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (sender, jobs) = channel::<Job>();
    thread::spawn(move || jobs.into_iter().for_each(|job| job()));
    sender
});

fn spawn_in_keeper(mut command: Command) -> io::Result<Child> {
    let (answer, answered) = channel();
    let gone = || io::Error::other("the thread that starts programs is gone");
    let job = Box::new(move || drop(answer.send(command.spawn())));
    KEEPER.send(job).map_err(|_| gone())?;
    answered.recv().map_err(|_| gone())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("GREETING", "ready at 7");
        Program::start("script", command, |_| {}).unwrap()
    }

    fn number(line: &str) -> Option<u32> {
        line.strip_prefix("ready at ")?.parse().ok()
    }

    #[test]
    fn a_ready_line_is_waited_for_and_gives_its_value() {
        let program = shell("echo starting; echo \"$GREETING\" >&2; exec sleep 600");
        assert_eq!(program.wait_for(SOON, number), Ok(7));
        assert_eq!(program.wait_for(SOON, number), Ok(7), "an earlier line counts too");
        let (status, by_itself) = program.stop(SOON).unwrap();
        assert!(by_itself && !status.success());
    }

    #[test]
    fn a_program_that_ends_or_dawdles_is_reported_with_its_last_lines() {
        let ended = shell("echo no database; exit 3").wait_for(SOON, number).unwrap_err();
        assert!(ended.to_string().contains("ended") && ended.to_string().contains("no database"));
        let slow = shell("echo thinking; exec sleep 600");
        slow.wait_for(SOON, |line| line.contains("thinking").then_some(())).unwrap();
        let slow = slow.wait_for(Duration::from_millis(20), number).unwrap_err();
        assert!(slow.to_string().contains("took too long"));
    }

    #[test]
    fn a_program_that_ignores_the_signal_is_killed() {
        let program = shell("trap '' TERM; echo ready at 1; exec sleep 600");
        program.wait_for(SOON, number).unwrap();
        let (status, by_itself) = program.stop(Duration::from_millis(50)).unwrap();
        assert!(!by_itself && !status.success());
    }

    #[test]
    fn a_dropped_program_is_gone() {
        let program = shell("echo ready at 1; exec sleep 600");
        program.wait_for(SOON, number).unwrap();
        let pid = program.pid();
        drop(program);
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_frozen_program_goes_on_after_it_is_resumed() {
        let program = shell("trap 'echo ready at 9; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        program.wait_for(SOON, |line| (line == "up").then_some(())).unwrap();
        program.signal(Signal::Freeze).unwrap();
        program.signal(Signal::Terminate).unwrap();
        assert!(program.wait_for(Duration::from_millis(50), number).is_err());
        program.signal(Signal::Resume).unwrap();
        assert_eq!(program.wait_for(SOON, number), Ok(9));
    }
}
