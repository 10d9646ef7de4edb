//! Where mail for a domain goes, and which destination that is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mail_formats::classify::{Class, Reason, Verdict};
use outside::{LookupError, Resolver, Route as MailRoute};
use seals::{Clock, Dice, Reading, u64_below};

use crate::settings::DeliverySettings;

/// A route is looked up again after this time; DNS has its own, shorter or longer, lives.
const LASTS: Duration = Duration::from_secs(5 * 60);
/// Domains that are remembered before all are forgotten.
const KEPT: usize = 50_000;

/// Where the mail of a domain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Hosts, with the preference of their MX record.
    pub(crate) hosts: Vec<(u16, String)>,
    /// The port; the smarthost has its own.
    pub(crate) port: u16,
    /// Shares connections and rate: the provider group, or the smarthost.
    pub(crate) group: String,
    /// Whose words and bounces these are: the provider group; behind a smarthost the domain.
    pub(crate) provider: String,
    /// It is the smarthost.
    pub(crate) smarthost: bool,
}

impl Route {
    /// The hosts in the order in which one connection tries them: by preference, equals in an
    /// order of its own, so that the load spreads (RFC 5321 §5.1; T4).
    pub(crate) fn in_turn(&self, dice: &dyn Dice) -> Vec<&str> {
        let mut hosts: Vec<_> = self
            .hosts
            .iter()
            .map(|(preference, host)| (*preference, u64_below(dice, u64::MAX), host.as_str()))
            .collect();
        hosts.sort_unstable();
        hosts.into_iter().map(|(.., host)| host).collect()
    }
}

/// What is known of a domain.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// There.
    To(Arc<Route>),
    /// Nowhere, for good: the words, and what they mean.
    Nowhere(&'static str, Verdict),
    /// DNS gave no clear answer; later perhaps.
    NotNow(String),
}

/// Finds routes, and remembers them.
pub(crate) struct Routes {
    resolver: Resolver,
    clock: Arc<dyn Clock>,
    dice: Arc<dyn Dice>,
    smtp_port: u16,
    smarthost: Option<(String, u16)>,
    known: Mutex<HashMap<String, (Reading, Arc<Route>)>>,
}

impl Routes {
    pub(crate) fn new(
        resolver: Resolver,
        clock: Arc<dyn Clock>,
        dice: Arc<dyn Dice>,
        smtp_port: u16,
        settings: &DeliverySettings,
    ) -> Self {
        let smarthost = settings
            .smarthost
            .rsplit_once(':')
            .filter(|_| settings.route == "smarthost")
            .and_then(|(host, port)| Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?)));
        Self { resolver, clock, dice, smtp_port, smarthost, known: Mutex::default() }
    }

    pub(crate) async fn find(&self, domain: &str) -> Way {
        if let Some((host, port)) = &self.smarthost {
            return Way::To(Arc::new(Route {
                hosts: vec![(0, host.clone())],
                port: *port,
                group: group_of_smarthost(host),
                provider: domain.to_owned(),
                smarthost: true,
            }));
        }
        let now = self.clock.reading();
        let known = self.known().get(domain).cloned();
        if let Some((at, route)) = known
            && now.elapsed_since(at) < LASTS
        {
            return Way::To(route);
        }
        match self.resolver.mail_route(domain, &*self.dice).await {
            Ok(MailRoute::Hosts(hosts)) => {
                Way::To(self.keep(domain, hosts.into_iter().map(|host| (host.preference, host.name)).collect(), now))
            }
            Ok(MailRoute::NullMx) => {
                Way::Nowhere("556 5.1.10 the domain says that it receives no mail (null MX)", hard())
            }
            Ok(MailRoute::NoSuchDomain) => Way::Nowhere("550 5.1.2 the domain does not exist", hard()),
            Ok(MailRoute::NoMailHost) => Way::Nowhere("550 5.1.2 the domain has no mail server", hard()),
            Err(LookupError::BadName) => Way::Nowhere("550 5.1.2 the domain's name cannot be asked for", hard()),
            Err(error) => Way::NotNow(format!("451 4.4.3 the mail servers of the domain could not be found: {error}")),
        }
    }

    /// The one group of everything, where mail goes by a smarthost.
    pub(crate) fn smarthost_group(&self) -> Option<String> {
        self.smarthost.as_ref().map(|(host, _)| group_of_smarthost(host))
    }

    fn keep(&self, domain: &str, hosts: Vec<(u16, String)>, now: Reading) -> Arc<Route> {
        // The first of the best by name: the group must not change with the order of equals.
        let group = provider_group(hosts.iter().min().map_or(domain, |(_, host)| host));
        let route = Arc::new(Route { hosts, port: self.smtp_port, provider: group.clone(), group, smarthost: false });
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(domain.to_owned(), (now, Arc::clone(&route)));
        route
    }

    /// The addresses of a host; a smarthost may be named by its address.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<std::net::IpAddr>, LookupError> {
        match host.parse() {
            Ok(address) => Ok(vec![address]),
            Err(_) => self.resolver.addresses(host).await,
        }
    }

    /// Known domains whose route satisfies `closed`, at most `most`; claims leave them alone.
    pub(crate) fn domains(&self, closed: impl Fn(&Route) -> bool, most: usize) -> Vec<String> {
        self.known()
            .iter()
            .filter(|(_, (_, route))| closed(route))
            .take(most)
            .map(|(domain, _)| domain.clone())
            .collect()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Reading, Arc<Route>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which provider group the mail of a domain belongs to, found as sending finds it: for those who only look.
pub struct ProviderGroups(Routes);

impl ProviderGroups {
    /// Looks by this resolver, under the settings by which mail is sent.
    #[must_use]
    pub fn new(resolver: Resolver, clock: Arc<dyn Clock>, dice: Arc<dyn Dice>, settings: &DeliverySettings) -> Self {
        // The port plays no part in a name.
        Self(Routes::new(resolver, clock, dice, 25, settings))
    }

    /// The provider group of a domain; none where DNS says nothing (for now), or that there is none. Behind
    /// a smarthost each domain stands for itself, as its words and bounces do.
    pub async fn of(&self, domain: &str) -> Option<String> {
        match self.0.find(domain).await {
            Way::To(route) => Some(route.provider.clone()),
            Way::Nowhere(..) | Way::NotNow(_) => None,
        }
    }
}

fn group_of_smarthost(host: &str) -> String {
    format!("smarthost {host}")
}

const fn hard() -> Verdict {
    Verdict::new(Class::Hard, Reason::BadDomain)
}

/// The registered domain of a host, nearly: its last two labels, or three where the last two are
/// a country and one of its short classes (`co.uk`, `com.br`, `ne.jp`). It only groups limits, so
/// a rare miss costs nothing.
pub(crate) fn provider_group(host: &str) -> String {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let n = labels.len();
    let country_class = n >= 3 && labels[n - 1].len() == 2 && labels[n - 2].len() <= 3;
    let take = if country_class { 3 } else { 2 };
    labels[n.saturating_sub(take)..].join(".").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t4_each_connection_mixes_hosts_of_equal_preference_and_keeps_the_order_of_the_others() {
        let hosts = [(5, "z"), (10, "a"), (10, "b"), (20, "c")]
            .map(|(preference, host)| (preference, host.to_owned()))
            .to_vec();
        let route = Route { hosts, port: 25, group: String::new(), provider: String::new(), smarthost: false };
        let dice = seals::fake::SeededDice::new(3);
        let mut seconds = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let order = route.in_turn(&dice);
            assert_eq!((order[0], order[3]), ("z", "c"));
            seconds.insert(order[1].to_owned());
        }
        assert_eq!(seconds.len(), 2);
    }

    #[test]
    fn hosts_of_one_provider_are_one_group() {
        for (host, group) in [
            ("gmail-smtp-in.l.google.com", "google.com"),
            ("alt1.gmail-smtp-in.l.google.com.", "google.com"),
            ("mx.mail.co.uk", "mail.co.uk"),
            ("mx.other.co.uk", "other.co.uk"),
            ("MX.Shop.test", "shop.test"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(provider_group(host), group);
        }
    }
}
