//! Sign-ups: time-out, confirmation, and the limits that keep forms from being
//! a weapon (R8, R11–R18, C1, C2, D13).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::Timestamp;
use crate::ids::{ContactId, FormId, TopicRef};
use crate::settings::SignupSettings;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A confirmation mail that was not handed over within this time expires (R18).
pub const CONFIRMATION_DELIVERY: Duration = DAY;
/// Confirmation mails to one address in 24 hours, over the installation (C2).
pub const PER_ADDRESS_AND_DAY: usize = 3;
/// Confirmation mails to one address in 30 days, over the installation (C2).
pub const PER_ADDRESS_AND_MONTH: usize = 6;
/// The span of [`PER_ADDRESS_AND_MONTH`].
pub const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// So many timed-out confirmation mails silence the platform towards an address (R18).
pub const SILENCING_TIME_OUTS: usize = 2;
/// For so long (R18).
pub const SILENCE: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// A form filled in faster than this was not filled in by a person (C2).
pub const FASTEST_PERSON: Duration = Duration::from_secs(2);
/// A form older than this is shown again (C2).
pub const OLDEST_FORM: Duration = DAY;

/// A sign-up that waits for its confirmation. It is no contact and never counts as one (R17).
#[derive(Debug, PartialEq, Eq)]
pub struct PendingSignup {
    id: ContactId,
    form: FormId,
    topic: TopicRef,
    submitted_at: Timestamp,
    expires_at: Timestamp,
}

/// A sign-up that its person confirmed in time. Only [`PendingSignup::confirm`] makes one,
/// and only from one can a contact and its consent be made (R11, R17).
#[derive(Debug, PartialEq, Eq)]
pub struct Confirmed {
    id: ContactId,
    form: FormId,
    topic: TopicRef,
    confirmed_at: Timestamp,
}

/// The time-out came first (R18): the link is dead, the row is to be purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// When the sign-up timed out.
    pub expired_at: Timestamp,
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sign-up timed out")
    }
}

impl std::error::Error for Expired {}

/// When a sign-up times out: counted from the submission, whatever became of its mail (R18).
#[must_use]
pub fn expires_at(submitted_at: Timestamp, settings: &SignupSettings) -> Timestamp {
    let days = u32::try_from(settings.timeout_days).unwrap_or(1);
    submitted_at + DAY * days
}

/// When a confirmation mail that nobody took is given up (R18): after 24 h, and
/// never later than the sign-up itself.
#[must_use]
pub fn delivery_gives_up_at(submitted_at: Timestamp, expires_at: Timestamp) -> Timestamp {
    expires_at.min(submitted_at + CONFIRMATION_DELIVERY)
}

impl PendingSignup {
    /// A new sign-up, submitted now.
    #[must_use]
    pub fn submitted(id: ContactId, form: FormId, topic: TopicRef, now: Timestamp, settings: &SignupSettings) -> Self {
        Self { id, form, topic, submitted_at: now, expires_at: expires_at(now, settings) }
    }

    /// A sign-up as it was stored.
    #[must_use]
    pub const fn stored(
        id: ContactId,
        form: FormId,
        topic: TopicRef,
        submitted_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self { id, form, topic, submitted_at, expires_at }
    }

    /// The number that the contact will have.
    #[must_use]
    pub const fn id(&self) -> ContactId {
        self.id
    }

    /// When the form was submitted.
    #[must_use]
    pub const fn submitted_at(&self) -> Timestamp {
        self.submitted_at
    }

    /// When the sign-up times out.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The person pressed the button behind the confirmation link (R16, R17).
    ///
    /// # Errors
    /// [`Expired`] from the instant of the time-out on (R18).
    pub fn confirm(self, now: Timestamp) -> Result<Confirmed, Expired> {
        if now >= self.expires_at {
            return Err(Expired { expired_at: self.expires_at });
        }
        Ok(Confirmed { id: self.id, form: self.form, topic: self.topic, confirmed_at: now })
    }
}

impl Confirmed {
    /// The contact that begins.
    #[must_use]
    pub const fn id(&self) -> ContactId {
        self.id
    }

    /// The form.
    #[must_use]
    pub const fn form(&self) -> FormId {
        self.form
    }

    /// The topic and the version of its statement that the person agreed to (R82).
    #[must_use]
    pub const fn topic(&self) -> TopicRef {
        self.topic
    }

    /// When.
    #[must_use]
    pub const fn confirmed_at(&self) -> Timestamp {
        self.confirmed_at
    }
}

/// What is known of an address before a confirmation mail goes to it. All by keyed hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressHistory {
    /// The person said "that was not me" to this account, and nobody lifted it (D13).
    pub barred_by_person: bool,
    /// When this account last sent this address a confirmation mail.
    pub last_of_account: Option<Timestamp>,
    /// When any account sent this address confirmation mails; the last 30 days suffice.
    pub sent: Vec<Timestamp>,
    /// When confirmation mails of any account to this address timed out, unless lifted (R18).
    pub timed_out: Vec<Timestamp>,
}

/// Why no confirmation mail goes out. The visitor gets the same neutral answer as always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The person said "that was not me" (D13).
    NotMe,
    /// Two confirmation mails of the platform timed out; none until this time (R18).
    Silenced {
        /// When the silence ends.
        until: Timestamp,
    },
    /// This account asked this address within one time-out (C2).
    AskedAlready {
        /// When it may ask again.
        until: Timestamp,
    },
    /// Three confirmation mails in 24 hours (C2).
    PerDay,
    /// Six confirmation mails in 30 days (C2).
    PerMonth,
}

impl Limit {
    /// The word that the operator's pages and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotMe => "not_me",
            Self::Silenced { .. } => "silenced",
            Self::AskedAlready { .. } => "asked_already",
            Self::PerDay => "per_day",
            Self::PerMonth => "per_month",
        }
    }
}

/// Whether an address may get one more confirmation mail (R18, C2, D13).
///
/// # Errors
/// The first limit that says no; the person's own word comes first.
pub fn confirmation_allowed(history: &AddressHistory, settings: &SignupSettings, now: Timestamp) -> Result<(), Limit> {
    if history.barred_by_person {
        return Err(Limit::NotMe);
    }
    if let Some(until) = silenced_until(&history.timed_out).filter(|&until| now < until) {
        return Err(Limit::Silenced { until });
    }
    if let Some(until) = history.last_of_account.map(|at| expires_at(at, settings)).filter(|&until| now < until) {
        return Err(Limit::AskedAlready { until });
    }
    let within = |span: Duration| history.sent.iter().filter(|&&at| now.since(at) < span).count();
    if within(DAY) >= PER_ADDRESS_AND_DAY {
        return Err(Limit::PerDay);
    }
    if within(MONTH) >= PER_ADDRESS_AND_MONTH {
        return Err(Limit::PerMonth);
    }
    Ok(())
}

/// Until when time-outs silence the platform towards an address: 180 days from the latest, from the second on (R18).
#[must_use]
pub fn silenced_until(timed_out: &[Timestamp]) -> Option<Timestamp> {
    let latest = timed_out.iter().copied().max()?;
    (timed_out.len() >= SILENCING_TIME_OUTS).then(|| latest + SILENCE)
}

/// The network that an IP address belongs to, as far as limits are concerned: /24 or /56 (C2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// 256 addresses of IPv4.
    V4([u8; 3]),
    /// What one customer of a provider usually has of IPv6.
    V6([u8; 7]),
}

impl Network {
    /// The network of an address. An IPv4 address that is written as IPv6 counts as IPv4.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(ip) => {
                let [a, b, c, d, e, f, g, ..] = ip.octets();
                Self::V6([a, b, c, d, e, f, g])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0)),
            Self::V6(top) => {
                let mut octets = [0; 16];
                octets[..7].copy_from_slice(&top);
                write!(f, "{}/56", Ipv6Addr::from(octets))
            }
        }
    }
}

/// Sign-ups of the last hour, the present one not included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// From the same IP address.
    pub ip: i64,
    /// From the same [`Network`].
    pub network: i64,
    /// By the same form.
    pub form: i64,
}

/// The span over which [`SourceCounts`] count.
pub const SOURCE_WINDOW: Duration = HOUR;

/// Which limit of a form's visitors is reached (C2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceLimit {
    /// `signup.per_ip_hour`
    Ip,
    /// `signup.per_network_hour` (/24) or `signup.per_network6_hour` (/56)
    Network,
    /// `signup.per_form_hour`
    Form,
}

impl SourceLimit {
    /// The word that the operator's pages and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Network => "network",
            Self::Form => "form",
        }
    }
}

/// Whether one more sign-up from this source is taken (C2).
///
/// # Errors
/// The narrowest limit that is reached. At the form's limit a visitor may still
/// prove to be a person (a challenge); at the others not.
pub fn source_allowed(counts: SourceCounts, network: Network, settings: &SignupSettings) -> Result<(), SourceLimit> {
    let per_network = match network {
        Network::V4(_) => settings.per_network_hour,
        Network::V6(_) => settings.per_network6_hour,
    };
    if counts.ip >= settings.per_ip_hour {
        return Err(SourceLimit::Ip);
    }
    if counts.network >= per_network {
        return Err(SourceLimit::Network);
    }
    if counts.form >= settings.per_form_hour {
        return Err(SourceLimit::Form);
    }
    Ok(())
}

/// What a form says about who filled it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormTraces {
    /// The field that no person sees holds text.
    pub honeypot_filled: bool,
    /// Age of the form's signed time; none when the stamp is missing or forged.
    pub age: Option<Duration>,
}

/// Why a submission is not taken (C2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormFault {
    /// A machine filled in the hidden field. Neutral answer, nothing is stored.
    Honeypot,
    /// Faster than a person can. Neutral answer, nothing is stored.
    TooFast,
    /// The signed time is missing or forged: the form is shown again with a fresh one.
    NoStamp,
    /// Older than a day: the form is shown again, its text may have changed.
    TooOld,
}

impl FormFault {
    /// Whether the visitor is shown the form again; else the answer is the neutral one.
    #[must_use]
    pub const fn shows_form_again(self) -> bool {
        matches!(self, Self::NoStamp | Self::TooOld)
    }
}

/// Whether a form looks as if a person filled it in (C2).
///
/// # Errors
/// The first trace against it.
pub fn filled_in_by_person(traces: FormTraces) -> Result<(), FormFault> {
    if traces.honeypot_filled {
        return Err(FormFault::Honeypot);
    }
    match traces.age {
        None => Err(FormFault::NoStamp),
        Some(age) if age < FASTEST_PERSON => Err(FormFault::TooFast),
        Some(age) if age > OLDEST_FORM => Err(FormFault::TooOld),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
