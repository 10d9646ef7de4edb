//! The settings of this door.

use std::time::Duration;

policy::settings! {
    /// Mail that leaves.
    pub struct DeliverySettings in "delivery." {
        route: choice("mx", "smarthost") = "mx", plain,
            "Where mail goes: mx = straight to the receivers' servers, smarthost = to one server that passes it on.";
        smarthost: text(260) = "", plain,
            "HOST:PORT of the smarthost; needed where route is smarthost.";
        helo_name: text(253) = "", plain,
            "The name in EHLO; the address that mail leaves from must resolve to it and back. Empty = the mail host of the platform.";
        connections: int(1, 10_000) = 256, plain,
            "Connections at once to all receivers together.";
        connections_per_group: int(1, 1000) = 20, plain,
            "Connections at once to one provider group (its MX hosts' registered domain, or the smarthost).";
        mails_per_connection: int(1, 100_000) = 500, plain,
            "Mails after which a connection is closed.";
        rate_per_group_second: int(0, 100_000) = 0, plain,
            "Mails a second to one provider group; 0 = as many as it takes.";
        tls: choice("opportunistic", "off") = "opportunistic", plain,
            "STARTTLS: opportunistic = wherever it is offered; off is for closed networks and tests.";
    }
}

impl DeliverySettings {
    /// Most connections at once.
    pub(crate) fn all_connections(&self) -> usize {
        usize::try_from(self.connections).unwrap_or(1).max(1)
    }

    /// Most connections to one group.
    pub(crate) fn group_connections(&self) -> usize {
        usize::try_from(self.connections_per_group).unwrap_or(1).clamp(1, self.all_connections())
    }

    /// The time between two mails to one group; none where no rate is set.
    pub(crate) fn pace(&self) -> Option<Duration> {
        let rate = u32::try_from(self.rate_per_group_second).unwrap_or(0);
        (rate > 0).then(|| Duration::from_secs(1) / rate)
    }

    /// What cannot work together, in words for the operator.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let smarthost = self.route == "smarthost";
        let named =
            self.smarthost.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        match (smarthost, named) {
            (true, false) => Some("delivery.smarthost must be HOST:PORT when delivery.route is smarthost"),
            _ => None,
        }
    }
}
