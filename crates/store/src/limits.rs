//! How often one source may submit forms: by IP address, by network, by form (C2).
//!
//! Kept in memory: it is forgotten with the process, and nobody's IP address
//! reaches the disk for it. Each node counts for itself. The limits of one
//! address's confirmation mails are in the database (see [`crate::signups`]).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use policy::FormId;
use policy::settings::SignupSettings;
use policy::signup::{Network, SOURCE_WINDOW, SourceCounts, SourceLimit, source_allowed};
use seals::Reading;

/// Parts of the window that are counted apart and forgotten one by one.
const SLICES: usize = 12;
const SLICE: Duration = Duration::from_secs(SOURCE_WINDOW.as_secs() / SLICES as u64);
/// Sources that each map remembers at most.
const MAX_SOURCES: usize = 50_000;

/// Counts of one source over the last hour.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// The latest slice that counts.
    latest: u64,
    slices: [u32; SLICES],
}

impl Count {
    /// Forgets the slices that have left the window.
    fn roll(&mut self, slice: u64) {
        let gone = slice.saturating_sub(self.latest).min(SLICES as u64);
        for back in 0..gone {
            self.slices[Self::place(slice - back)] = 0;
        }
        self.latest = self.latest.max(slice);
    }

    const fn place(slice: u64) -> usize {
        (slice % SLICES as u64) as usize
    }

    fn sum(&self) -> i64 {
        self.slices.iter().map(|&n| i64::from(n)).sum()
    }

    fn add(&mut self) {
        let place = Self::place(self.latest);
        self.slices[place] = self.slices[place].saturating_add(1);
    }
}

/// A map that cannot grow beyond [`MAX_SOURCES`].
struct Counts<K>(HashMap<K, Count>);

impl<K: Eq + Hash + Copy> Counts<K> {
    fn look(&mut self, key: K, slice: u64) -> i64 {
        self.0.get_mut(&key).map_or(0, |count| {
            count.roll(slice);
            count.sum()
        })
    }

    fn add(&mut self, key: K, slice: u64) {
        if self.0.len() >= MAX_SOURCES && !self.0.contains_key(&key) {
            self.make_room(slice);
        }
        let count = self.0.entry(key).or_default();
        count.roll(slice);
        count.add();
    }

    /// Drops who said nothing for an hour; when that frees nothing, who was quiet longest.
    fn make_room(&mut self, slice: u64) {
        self.0.retain(|_, count| slice.saturating_sub(count.latest) < SLICES as u64);
        if self.0.len() >= MAX_SOURCES {
            let mut latest: Vec<_> = self.0.values().map(|count| count.latest).collect();
            let tenth = latest.len() / 10;
            let (_, &mut border, _) = latest.select_nth_unstable(tenth);
            let mut surplus = tenth.max(1);
            self.0.retain(|_, count| {
                let drop = surplus > 0 && count.latest <= border;
                surplus -= usize::from(drop);
                !drop
            });
        }
    }
}

struct Maps {
    ips: Counts<IpAddr>,
    networks: Counts<Network>,
    forms: Counts<FormId>,
}

/// The counters of one node.
pub struct SourceLimits {
    since: Reading,
    maps: Mutex<Maps>,
}

impl std::fmt::Debug for SourceLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SourceLimits(..)")
    }
}

impl SourceLimits {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(now: Reading) -> Self {
        let maps =
            Maps { ips: Counts(HashMap::new()), networks: Counts(HashMap::new()), forms: Counts(HashMap::new()) };
        Self { since: now, maps: Mutex::new(maps) }
    }

    /// Takes one sign-up of a source, or says which limit is reached; what is refused does not count.
    ///
    /// # Errors
    /// The narrowest limit that is reached.
    pub fn take(&self, ip: IpAddr, form: FormId, settings: &SignupSettings, now: Reading) -> Result<(), SourceLimit> {
        let slice = 1 + now.elapsed_since(self.since).as_secs() / SLICE.as_secs();
        let (ip, network) = (ip.to_canonical(), Network::of(ip));
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = SourceCounts {
            ip: maps.ips.look(ip, slice),
            network: maps.networks.look(network, slice),
            form: maps.forms.look(form, slice),
        };
        source_allowed(counts, network, settings)?;
        maps.ips.add(ip, slice);
        maps.networks.add(network, slice);
        maps.forms.add(form, slice);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use policy::settings::PolicySettings;
    use seals::Clock as _;
    use seals::fake::SteppedClock;

    use super::*;

    fn ip(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    fn start() -> (SteppedClock, SourceLimits, SignupSettings) {
        let clock = SteppedClock::at(policy::Timestamp::from_millis(0));
        let limits = SourceLimits::new(clock.reading());
        (clock, limits, PolicySettings::defaults().signup)
    }

    /// Proves C2: per IP address, per /24, per form, each within one hour.
    #[test]
    fn c2_each_source_is_limited_for_an_hour() {
        let (clock, limits, settings) = start();
        let form = |n| FormId::from_raw(n);
        let take = |ip, n| limits.take(ip, form(n), &settings, clock.reading());
        for _ in 0..settings.per_ip_hour {
            assert_eq!(take(ip(1), 1), Ok(()));
        }
        assert_eq!(take(ip(1), 2), Err(SourceLimit::Ip));
        for last in 0..settings.per_network_hour - settings.per_ip_hour {
            assert_eq!(take(ip(2 + u8::try_from(last).expect("small")), 1), Ok(()));
        }
        assert_eq!(take(ip(200), 1), Err(SourceLimit::Network));
        clock.advance(SOURCE_WINDOW - SLICE);
        assert_eq!(take(ip(1), 1), Err(SourceLimit::Ip), "the hour is not over");
        clock.advance(SLICE);
        assert_eq!(take(ip(1), 1), Ok(()));
    }

    #[test]
    fn c2_an_ipv6_customer_counts_as_one_network_and_a_written_out_ipv4_address_as_itself() {
        let (clock, limits, settings) = start();
        let form = FormId::from_raw(1);
        for n in 0..settings.per_network6_hour {
            let host = u16::try_from(n).expect("small");
            let address = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, host, 0, 0, host));
            assert_eq!(limits.take(address, form, &settings, clock.reading()), Ok(()));
        }
        let next = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 9, 9, 9, 9));
        assert_eq!(limits.take(next, form, &settings, clock.reading()), Err(SourceLimit::Network));
        for _ in 0..settings.per_ip_hour {
            assert_eq!(limits.take(ip(9), form, &settings, clock.reading()), Ok(()));
        }
        let mapped = IpAddr::V6(Ipv4Addr::new(192, 0, 2, 9).to_ipv6_mapped());
        assert_eq!(limits.take(mapped, form, &settings, clock.reading()), Err(SourceLimit::Ip));
    }

    #[test]
    fn c2_the_memory_of_sources_is_bounded() {
        let mut counts = Counts(HashMap::new());
        for n in 0..MAX_SOURCES as u64 + 10 {
            counts.add(n, 1);
        }
        assert!(counts.0.len() <= MAX_SOURCES, "{}", counts.0.len());
        counts.add(u64::MAX, 100);
        assert_eq!(counts.look(u64::MAX, 100), 1);
    }
}
