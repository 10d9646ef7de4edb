//! From a recipient's domain to the hosts that receive its mail (RFC 5321 §5.1, RFC 7505; T4).

use seals::Dice;

use crate::resolver::{LookupError, Mx, Resolver};

/// The most hosts of one domain that are tried, best first.
pub const MAX_HOSTS: usize = 16;

/// Where a domain receives its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// These hosts, to be tried in this order; never empty, at most [`MAX_HOSTS`].
    Hosts(Vec<MailHost>),
    /// The domain says that it receives no mail (`MX 0 .`). Permanent: 5.1.10.
    NullMx,
    /// The domain does not exist. Permanent: 5.1.2.
    NoSuchDomain,
    /// The domain exists, but has neither MX nor address. Permanent: 5.1.2.
    NoMailHost,
}

/// One host of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailHost {
    /// The host's name in lower case, as A-labels, without final dot.
    pub name: String,
    /// The preference of its MX record; 0 when there is none.
    pub preference: u16,
    /// True when the domain has no MX record and is its own mail host.
    pub implicit: bool,
}

impl Resolver {
    /// Finds the mail hosts of a domain. Hosts of equal preference are put in random order, so
    /// that the load spreads. The hosts' addresses are asked by
    /// [`addresses`](Resolver::addresses) when one is tried: with MX records present, failing
    /// hosts are never replaced by the domain's own address.
    ///
    /// # Errors
    /// Only `Temporary` and `BadName`: whatever DNS did not clearly say is tried again later.
    pub async fn mail_route(&self, domain: &str, dice: &dyn Dice) -> Result<Route, LookupError> {
        match self.mx(domain).await {
            Ok(records) => Ok(by_preference(records, dice)),
            Err(LookupError::NoData) => self.own_host(domain).await,
            Err(LookupError::NoSuchName) => self.confirm_absence(domain).await,
            Err(error) => Err(error),
        }
    }

    /// No MX: the domain itself is the host, if it has an address.
    async fn own_host(&self, domain: &str) -> Result<Route, LookupError> {
        match self.addresses(domain).await {
            Ok(_) => {
                let name = domain.trim_end_matches('.').to_ascii_lowercase();
                Ok(Route::Hosts(vec![MailHost { name, preference: 0, implicit: true }]))
            }
            Err(LookupError::NoData) => Ok(Route::NoMailHost),
            Err(LookupError::NoSuchName) => Err(contradiction()),
            Err(error) => Err(error),
        }
    }

    /// A name that does not exist does not exist for any type. Servers that are broken for one
    /// type are common, and the consequence is an exclusion, so two questions must agree.
    async fn confirm_absence(&self, domain: &str) -> Result<Route, LookupError> {
        match self.addresses(domain).await {
            Err(LookupError::NoSuchName) => Ok(Route::NoSuchDomain),
            Err(error @ (LookupError::Temporary(_) | LookupError::BadName)) => Err(error),
            Ok(_) | Err(LookupError::NoData) => Err(contradiction()),
        }
    }
}

fn contradiction() -> LookupError {
    LookupError::Temporary("the DNS servers contradict each other about this domain".into())
}

/// Sorts MX records, mixing those of equal preference.
fn by_preference(records: Vec<Mx>, dice: &dyn Dice) -> Route {
    // Beside other records a null MX means nothing (RFC 7505 §3): it is left out.
    let mut hosts: Vec<(u16, u64, String)> = records
        .into_iter()
        .filter(|mx| !mx.exchange.is_empty())
        .map(|mx| (mx.preference, roll(dice), mx.exchange))
        .collect();
    if hosts.is_empty() {
        return Route::NullMx;
    }
    hosts.sort();
    let mut route: Vec<MailHost> = Vec::new();
    for (preference, _, name) in hosts {
        if route.len() < MAX_HOSTS && !route.iter().any(|host| host.name == name) {
            route.push(MailHost { name, preference, implicit: false });
        }
    }
    Route::Hosts(route)
}

fn roll(dice: &dyn Dice) -> u64 {
    let mut bytes = [0; 8];
    dice.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A plain counter, scrambled: enough to mix with.
    struct Counter(AtomicU64);

    impl Dice for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                *byte = (n >> 56) as u8;
            }
        }
    }

    fn mx(preference: u16, exchange: &str) -> Mx {
        Mx { preference, exchange: exchange.into() }
    }

    fn names(route: &Route) -> Vec<&str> {
        match route {
            Route::Hosts(hosts) => hosts.iter().map(|host| host.name.as_str()).collect(),
            other => panic!("no hosts: {other:?}"),
        }
    }

    #[test]
    fn t4_hosts_come_by_preference_and_equals_in_any_order() {
        let dice = Counter(AtomicU64::new(1));
        let mut orders = BTreeSet::new();
        for _ in 0..200 {
            let records = vec![mx(20, "c.test"), mx(10, "a.test"), mx(10, "b.test"), mx(5, "z.test")];
            let route = by_preference(records, &dice);
            let names = names(&route);
            assert_eq!((names[0], names[3]), ("z.test", "c.test"));
            orders.insert(names[1].to_owned());
        }
        assert_eq!(orders.len(), 2, "equal preferences were never mixed");
    }

    #[test]
    fn t4_a_lone_null_mx_refuses_mail_and_one_beside_others_is_left_out() {
        let dice = Counter(AtomicU64::new(1));
        assert_eq!(by_preference(vec![mx(0, "")], &dice), Route::NullMx);
        let mixed = by_preference(vec![mx(0, ""), mx(10, "a.test")], &dice);
        assert_eq!(names(&mixed), ["a.test"]);
    }

    #[test]
    fn t4_many_hosts_are_cut_to_the_limit_and_named_once() {
        let dice = Counter(AtomicU64::new(1));
        let records = (0..300).map(|n| mx(n, &format!("h{}.test", n / 2))).collect();
        let route = by_preference(records, &dice);
        let names = names(&route);
        assert_eq!(names.len(), MAX_HOSTS);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), MAX_HOSTS);
    }
}
