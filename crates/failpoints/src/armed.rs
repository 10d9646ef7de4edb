//! The build of the torture runs: one place is armed by the environment.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Point, STANDS, VARIABLE};

struct Armed {
    place: Point,
    passes_left: AtomicU64,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Arms the place that the text of [`VARIABLE`] names. The first call counts.
///
/// # Errors
/// The text names no place, or no pass from 1 on.
pub fn arm(text: &str) -> Result<(), String> {
    let (name, pass) = text.split_once(':').unwrap_or((text, "1"));
    let place = Point::named(name).ok_or_else(|| format!("{VARIABLE}: there is no place {name:?}"))?;
    let pass = pass.parse().ok().filter(|pass| *pass > 0);
    let pass = pass.ok_or_else(|| format!("{VARIABLE}: passes are counted from 1"))?;
    ARMED.get_or_init(|| Armed { place, passes_left: AtomicU64::new(pass) });
    Ok(())
}

/// The program passes a place. At the armed pass of the armed place it says so, and this thread goes
/// no further.
pub fn reach(place: Point) {
    let Some(armed) = ARMED.get().filter(|armed| armed.place == place) else { return };
    // Below zero it wraps round, which is a number of passes that no run reaches.
    if armed.passes_left.fetch_sub(1, Ordering::SeqCst) != 1 {
        return;
    }
    // Whoever cannot hear it lets this program stand, which ends the run by its time limit.
    let _ = writeln!(std::io::stderr(), "{STANDS}{}", place.name());
    loop {
        std::thread::park();
    }
}
