//! What a refusal says about an address: the map of RFC 3463 statuses, provider dialects and
//! plain words to classes (B4, B5, B6; RFC 3463, IANA's registry).
//!
//! The rules are data (`classify/rules.rs`), tried in this order; the first match decides:
//!
//! 1. what a provider means by a status that others use otherwise,
//! 2. words that name a cause on the sender's side: they win over any status, because an address
//!    must never be excluded for a block of ours,
//! 3. statuses with one meaning,
//! 4. words that name a cause on the recipient's side,
//! 5. statuses with many meanings, then bare codes by the stage of the dialog.
//!
//! A 4yz reply is never hard. What nobody can read counts against an address only as a soft
//! bounce, and only when it was said about the recipient.

mod rules;

use crate::reply::{EnhancedStatus, Reply};
use rules::{PROVIDER_RULES, RECIPIENT_WORDS, Rule, SENDER_WORDS, STATUSES, VAGUE_STATUSES};

/// What becomes of the address and of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The address does not work and will not: excluded at once (R57).
    Hard,
    /// The address does not work now (mailbox full, expired, …): counted to three (R58).
    Soft,
    /// The sender is refused: reputation, authentication, a rule of the receiver. Never touches
    /// the address; alarms the operator (B6).
    Policy,
    /// This message is refused: size, content, protocol. Never touches the address.
    Message,
    /// The receiver's host or the way to it fails for now.
    Transient,
    /// Come back later, said to everybody who comes first.
    Greylist,
    /// We send too fast or hold too many connections.
    Rate,
    /// No failure at all.
    None,
}

impl Class {
    /// A stable word, for records and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Policy => "policy",
            Self::Message => "message",
            Self::Transient => "transient",
            Self::Greylist => "greylist",
            Self::Rate => "rate",
            Self::None => "none",
        }
    }

    /// Whether a bounce of this class counts against the address (B5).
    pub fn counts_against_address(self) -> bool {
        matches!(self, Self::Hard | Self::Soft)
    }

    /// The class of a message that expired while its deferrals were of this class (D5, B6):
    /// unreachable mailboxes and hosts become a soft bounce, blocks and throttling do not.
    pub fn when_expired(self) -> Self {
        match self {
            Self::Transient | Self::Greylist | Self::Soft | Self::Hard => Self::Soft,
            other => other,
        }
    }
}

/// Why, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The mailbox does not exist.
    UserUnknown,
    /// The mailbox is disabled or closed for good.
    Disabled,
    /// The domain does not exist or takes no mail (null MX, 521, 556).
    BadDomain,
    /// The address is not one in the receiver's eyes.
    BadSyntax,
    /// The person moved without a forwarding address.
    Moved,
    /// The mailbox is full.
    MailboxFull,
    /// The recipient gets too much mail at the moment.
    RecipientRate,
    /// The mailbox is locked or disabled for now.
    DisabledForNow,
    /// Retried until the end.
    Expired,
    /// The message is too large.
    TooLarge,
    /// The message's form or content.
    Content,
    /// The message looks like spam.
    Spam,
    /// The message looks like malware.
    Virus,
    /// IP address or domain is listed or of bad repute.
    Reputation,
    /// SPF, DKIM, DMARC, Sender ID or ARC.
    Authentication,
    /// Name and number of the sending host do not match.
    ReverseDns,
    /// TLS is required.
    Tls,
    /// The sender address is refused.
    SenderRefused,
    /// The host does not relay for this recipient.
    RelayDenied,
    /// Only members or known senders may write.
    Restricted,
    /// Another rule of the receiver.
    PolicyRule,
    /// A command was not understood.
    Protocol,
    /// The receiver cannot take addresses beyond ASCII (T9).
    NotInternational,
    /// Routing or a loop.
    Routing,
    /// The host cannot be reached.
    Network,
    /// The receiver's system fails.
    System,
    /// Greylisted.
    Greylisted,
    /// Our rate.
    RateLimited,
    /// Nothing failed.
    Accepted,
    /// Not understood.
    Unknown,
}

/// Where in the dialog a reply was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Greeting, EHLO or STARTTLS: nothing about any recipient is known yet.
    Connect,
    /// MAIL: about the sender.
    Mail,
    /// RCPT: about the recipient.
    Rcpt,
    /// DATA and the final dot: about the message.
    Data,
    /// Quoted in a bounce, the stage is not known.
    Report,
}

/// The judgement on one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The class.
    pub class: Class,
    /// Whether it counts against the address when it is final; follows from the class.
    pub counts_against_address: bool,
    /// The reason.
    pub reason: Reason,
}

impl Verdict {
    /// A verdict of a class, with what follows from it.
    pub const fn new(class: Class, reason: Reason) -> Self {
        let counts = matches!(class, Class::Hard | Class::Soft);
        Self { class, counts_against_address: counts, reason }
    }
}

/// Octets of text that are looked at: what matters stands at the beginning.
const MAX_LOOKED_AT: usize = 4 * 1024;

/// Judges a reply. `provider` is a name from [`provider_of_host`], where the caller knows it;
/// without it the text's own signature is used.
pub fn classify(reply: &Reply, stage: Stage, provider: Option<&str>) -> Verdict {
    if reply.is_positive() {
        return Verdict::new(Class::None, Reason::Accepted);
    }
    let words = words(&reply.text());
    let provider = provider.or_else(|| provider_in_text(&words));
    let verdict = judge(reply, &words, stage, provider);
    // A deferral may be about the mailbox, but never for good (B4, D5).
    if reply.is_transient() && verdict.class == Class::Hard {
        return Verdict::new(Class::Transient, verdict.reason);
    }
    verdict
}

fn judge(reply: &Reply, words: &str, stage: Stage, provider: Option<&str>) -> Verdict {
    let status = reply.enhanced();
    let by_provider = PROVIDER_RULES.iter().find(|(name, wanted, pattern, _)| {
        provider == Some(name)
            && wanted.is_none_or(|w| status.is_some_and(|s| (s.subject, s.detail) == w))
            && matches(words, pattern)
    });
    if let Some((.., rule)) = by_provider {
        return verdict(*rule, reply);
    }
    // "Unknown user" at MAIL speaks of the sender, whatever the words say about users.
    if stage == Stage::Mail || words.contains(" after mail from ") || words.contains(" in reply to mail from ") {
        return by_words(SENDER_WORDS, words).map_or(fallback_at_mail(reply), |rule| verdict(rule, reply));
    }
    by_words(SENDER_WORDS, words)
        .or_else(|| by_status(STATUSES, status))
        .or_else(|| by_words(RECIPIENT_WORDS, words))
        .or_else(|| by_status(VAGUE_STATUSES, status))
        .map_or_else(|| by_code(reply, words, stage), |rule| verdict(rule, reply))
}

/// A rule's verdict; some classes differ between 4yz and 5yz.
fn verdict((class, reason): Rule, reply: &Reply) -> Verdict {
    let class = match class {
        // A host that fails for good makes this message expire now.
        Class::Transient if !reply.is_transient() => Class::Soft,
        class => class,
    };
    Verdict::new(class, reason)
}

fn fallback_at_mail(reply: &Reply) -> Verdict {
    match reply.enhanced() {
        Some(s) if s.class == 4 && matches!(s.subject, 3 | 4) => Verdict::new(Class::Transient, Reason::System),
        Some(EnhancedStatus { subject: 3, detail: 4, .. }) => Verdict::new(Class::Message, Reason::TooLarge),
        Some(EnhancedStatus { subject: 5, .. }) => Verdict::new(Class::Message, Reason::Protocol),
        _ => Verdict::new(Class::Policy, Reason::SenderRefused),
    }
}

/// The last resort: the code alone (RFC 5321 §4.2.3), by the stage.
fn by_code(reply: &Reply, words: &str, stage: Stage) -> Verdict {
    let refused = [
        " reject",
        " refuse",
        " denied",
        " deny ",
        " not allowed",
        " not accept",
        " blocked",
        " prohibited",
        " forbidden",
        " policy",
    ];
    let about_us = refused.iter().any(|w| words.contains(w));
    let about_recipient = matches!(stage, Stage::Rcpt | Stage::Report) && !about_us;
    match reply.code() {
        Some(521 | 556) => Verdict::new(Class::Hard, Reason::BadDomain),
        Some(523) => Verdict::new(Class::Message, Reason::TooLarge),
        Some(552) if stage == Stage::Data => Verdict::new(Class::Message, Reason::TooLarge),
        Some(552 | 422 | 452) => Verdict::new(Class::Soft, Reason::MailboxFull),
        Some(421 | 441..=449) => {
            Verdict::new(if reply.is_transient() { Class::Transient } else { Class::Soft }, Reason::Network)
        }
        Some(500..=504) => Verdict::new(Class::Message, Reason::Protocol),
        Some(511 | 551) if about_recipient => Verdict::new(Class::Hard, Reason::UserUnknown),
        Some(400..=499) => Verdict::new(Class::Transient, Reason::Unknown),
        _ if reply.is_transient() => Verdict::new(Class::Transient, Reason::Unknown),
        _ if about_recipient => Verdict::new(Class::Soft, Reason::Unknown),
        _ if stage == Stage::Data => Verdict::new(Class::Message, Reason::Unknown),
        _ => Verdict::new(Class::Policy, Reason::PolicyRule),
    }
}

fn by_words(table: &[(&str, Rule)], words: &str) -> Option<Rule> {
    table.iter().find(|(pattern, _)| matches(words, pattern)).map(|(_, rule)| *rule)
}

fn by_status(table: &[((u8, u16, u16), Rule)], status: Option<EnhancedStatus>) -> Option<Rule> {
    let status = status?;
    let found = table.iter().find(|((class, subject, detail), _)| {
        (*class == 0 || *class == status.class)
            && *subject == status.subject
            && (*detail == rules::ANY || *detail == status.detail)
    });
    found.map(|(_, rule)| *rule)
}

/// Whether the pieces of a pattern, separated by `*`, stand in the words one behind the other.
/// A piece begins at the beginning of a word; it ends at the end of one if it ends in a blank.
fn matches(words: &str, pattern: &str) -> bool {
    let mut rest = words;
    for piece in pattern.split('*').map(str::trim_start).filter(|p| !p.is_empty()) {
        let Some(at) = rest.match_indices(piece).find(|(at, _)| *at > 0 && rest.as_bytes()[at - 1] == b' ') else {
            return false;
        };
        rest = &rest[at.0 + piece.len() - usize::from(piece.ends_with(' '))..];
    }
    true
}

/// Text as lower-case words between single blanks, with one at each end. Links and addresses are
/// left out: their letters say nothing, except that a link to a blocklist names the cause.
fn words(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_LOOKED_AT)];
    let mut out = String::from(" ");
    for token in text.split_whitespace() {
        let lower = token.to_lowercase();
        if lower.contains("://") {
            if rules::BLOCKLIST_HOSTS.iter().any(|h| lower.contains(h)) {
                out.push_str("dnsbl ");
            }
            continue;
        }
        if lower.contains('@') {
            continue;
        }
        for c in lower.chars() {
            if c.is_alphanumeric() {
                out.push(c);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
        }
        if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// The provider whose host this is (an MX name, or the name in a greeting); `None` for others.
pub fn provider_of_host(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    rules::PROVIDER_HOSTS
        .iter()
        .find(|(suffix, _)| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        .map(|(_, name)| *name)
}

fn provider_in_text(words: &str) -> Option<&'static str> {
    rules::PROVIDER_MARKS.iter().find(|(mark, _)| words.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
