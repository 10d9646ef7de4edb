//! How often somebody may try to sign in: waits that grow, and end (ARMOUR D14).
//!
//! A try is counted before the password is looked at, so that many at once
//! gain nothing. Strangers can make an address wait for a quarter of an hour
//! at most; a device that signed in before has tries of its own, and whoever is
//! signed in stays so.

use std::time::Duration;

/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// An address, a device or a log-in that did not fail for so long starts anew.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A network loses one failure in this time: many people mistype behind one address.
const NETWORK_FORGETS_ONE: Duration = Duration::from_secs(60);

/// What tries are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrySubject {
    /// An address, whether it has a log-in or not, from devices that never signed in to it.
    Address,
    /// A device that signed in to this log-in before.
    Device,
    /// The codes of a log-in, behind its password.
    Code,
    /// The network that a visitor comes from; a house may share it.
    Network,
}

impl TrySubject {
    /// What is left of `failed` failures when the last one was so long ago.
    #[must_use]
    pub fn remembered(self, failed: i64, since_last: Duration) -> i64 {
        match self {
            Self::Network => {
                let forgotten = since_last.as_secs() / NETWORK_FORGETS_ONE.as_secs();
                failed.saturating_sub(i64::try_from(forgotten).unwrap_or(i64::MAX)).max(0)
            }
            Self::Address | Self::Device | Self::Code if since_last >= FORGOTTEN_AFTER => 0,
            Self::Address | Self::Device | Self::Code => failed,
        }
    }

    /// How long the next try must wait after `failed` failures in a row.
    #[must_use]
    pub const fn wait_after(self, failed: i64) -> Duration {
        let failed = match self {
            Self::Address | Self::Device | Self::Code => failed,
            Self::Network => failed / 10,
        };
        match failed {
            ..=2 => Duration::ZERO,
            3 => Duration::from_secs(10),
            4 => Duration::from_secs(60),
            _ => LONGEST_WAIT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries of a patient attacker in any quarter of an hour.
    fn most_in_a_window(subject: TrySubject) -> usize {
        let (mut at, mut times, mut failed) = (Duration::ZERO, Vec::new(), 0);
        for _ in 0..200 {
            times.push(at);
            failed += 1;
            let wait = subject.wait_after(failed);
            failed = subject.remembered(failed, wait);
            at += wait;
        }
        let within = |start: Duration| times.iter().filter(|at| **at >= start && **at < start + LONGEST_WAIT).count();
        times.iter().map(|start| within(*start)).max().unwrap_or(0)
    }

    #[test]
    fn armour_d14_an_address_has_five_tries_in_a_quarter_of_an_hour() {
        for subject in [TrySubject::Address, TrySubject::Device, TrySubject::Code] {
            assert_eq!(most_in_a_window(subject), 5, "{subject:?}");
        }
        assert!(most_in_a_window(TrySubject::Network) <= 60);
    }

    #[test]
    fn an_office_that_mistypes_now_and_then_never_waits() {
        let mut failed = 0;
        for _ in 0..10_000 {
            failed = TrySubject::Network.remembered(failed + 1, Duration::from_secs(90));
            assert_eq!(TrySubject::Network.wait_after(failed), Duration::ZERO);
        }
        assert_eq!(TrySubject::Address.remembered(7, FORGOTTEN_AFTER), 0);
        assert_eq!(TrySubject::Address.remembered(7, FORGOTTEN_AFTER - Duration::from_secs(1)), 7);
    }

    #[test]
    fn waits_grow_and_end() {
        for subject in [TrySubject::Address, TrySubject::Device, TrySubject::Code, TrySubject::Network] {
            let waits: Vec<Duration> = (0..1000).map(|failed| subject.wait_after(failed)).collect();
            assert!(waits.is_sorted());
            assert_eq!(waits.last(), Some(&LONGEST_WAIT));
            assert_eq!(waits[0], Duration::ZERO);
        }
    }
}
