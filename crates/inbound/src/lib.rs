//! Mail that arrives: bounces, feedback reports, letters to the abuse desk,
//! unsubscribe mail, replies to platform addresses.
//!
//! [`listener`] takes connections, [`session`] speaks SMTP (RFC 5321) with
//! them, [`door`] knows which addresses are ours, [`effect`] does what a mail
//! means; `again` has a kept one read once more when a person wishes so. A mail
//! is answered with 250 only when it is kept whole, its effect is durable and
//! whatever it stopped is drained (DESIGN §4); with 4yz when the memory does not
//! answer, so that the peer comes again and nothing is lost.
//!
//! Absent here: nothing is sent, and no rule is made. What must be answered or
//! passed on becomes a notice; what a report means says `policy`.

mod again;
pub mod command;
pub mod content;
pub mod door;
pub mod effect;
pub mod listener;
mod meters;
pub mod session;
pub mod settings;

use std::sync::Arc;

use mail_formats::{Domain, EmailAddress};
use outside::Authenticator;
use rustls::ServerConfig;
use seals::{Clock, Dice, Seals};
use store::Store;

pub use listener::{Listeners, run};
pub use meters::METERS;
pub use settings::InboundSettings;

/// The names under which this installation receives mail.
#[derive(Clone, Debug)]
pub struct Names {
    /// Our name in greetings.
    pub host: String,
    /// The domain of return paths.
    pub bounce_domain: Domain,
    /// The domain of List-Unsubscribe mailboxes.
    pub unsubscribe_domain: Domain,
    /// The platform's own domain, and that of platform sender addresses unless `sender_domains` says more.
    pub platform_domain: Domain,
    /// Further domains whose MX we are; postmaster@ and abuse@ are ours there too (T11).
    pub further_domains: Vec<Domain>,
    /// Where people complain.
    pub abuse_address: EmailAddress,
    /// Where `CFBL-Address` points (F9).
    pub cfbl_address: EmailAddress,
}

/// Everything that the doors of arriving mail need.
#[derive(Clone)]
pub struct InboundContext {
    /// The memory.
    pub store: Store,
    /// The keys: only they tell our own ids from look-alikes.
    pub seals: Seals,
    /// Checks DKIM, SPF and DMARC of arriving mail.
    pub authenticator: Authenticator,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice, for salts of evidence.
    pub dice: Arc<dyn Dice>,
    /// Limits and times.
    pub settings: InboundSettings,
    /// Our names.
    pub names: Names,
    /// The certificate for STARTTLS; none: TLS is not offered.
    pub tls: Option<Arc<ServerConfig>>,
}
