//! What a refusal says about an address: the map of RFC 3463 statuses, provider dialects and
//! plain words to classes (B4, B5, B6; RFC 3463, IANA's registry).
//!
//! The rules are data (`rules/replies.tsv`), tried in this order; the first match decides:
//!
//! 1. what a provider means by a status or by words that others use otherwise,
//! 2. words that name a cause on the sender's side: they win over any status, because an address
//!    must never be excluded for a block of ours,
//! 3. statuses with one meaning,
//! 4. words that name a cause on the recipient's side,
//! 5. statuses with many meanings, then bare codes by the stage of the dialog.
//!
//! A 4yz reply is never hard. What nobody can read is never held against an address.

mod providers;
mod rules;

use crate::reply::{EnhancedStatus, Reply};
use rules::Part;

pub use providers::provider_of_host;
pub use rules::{Rule, Rules, RulesError};

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

    /// The class behind a word of [`Class::as_str`].
    pub(crate) fn parse(word: &str) -> Option<Self> {
        use Class::{Greylist, Hard, Message, None as Nothing, Policy, Rate, Soft, Transient};
        [Hard, Soft, Policy, Message, Transient, Greylist, Rate, Nothing].into_iter().find(|c| c.as_str() == word)
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

impl Reason {
    const WORDS: &[(Self, &str)] = &[
        (Self::UserUnknown, "user_unknown"),
        (Self::Disabled, "disabled"),
        (Self::BadDomain, "bad_domain"),
        (Self::BadSyntax, "bad_syntax"),
        (Self::Moved, "moved"),
        (Self::MailboxFull, "mailbox_full"),
        (Self::RecipientRate, "recipient_rate"),
        (Self::DisabledForNow, "disabled_for_now"),
        (Self::Expired, "expired"),
        (Self::TooLarge, "too_large"),
        (Self::Content, "content"),
        (Self::Spam, "spam"),
        (Self::Virus, "virus"),
        (Self::Reputation, "reputation"),
        (Self::Authentication, "authentication"),
        (Self::ReverseDns, "reverse_dns"),
        (Self::Tls, "tls"),
        (Self::SenderRefused, "sender_refused"),
        (Self::RelayDenied, "relay_denied"),
        (Self::Restricted, "restricted"),
        (Self::PolicyRule, "policy_rule"),
        (Self::Protocol, "protocol"),
        (Self::NotInternational, "not_international"),
        (Self::Routing, "routing"),
        (Self::Network, "network"),
        (Self::System, "system"),
        (Self::Greylisted, "greylisted"),
        (Self::RateLimited, "rate_limited"),
        (Self::Accepted, "accepted"),
        (Self::Unknown, "unknown"),
    ];

    /// A stable word, for records, pages and the rules.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(reason, _)| *reason == self).map_or("unknown", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(reason, _)| *reason)
    }
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
    /// Whether it counts against the address when it is final (R57, R58): hard, and of the soft
    /// ones only a full or temporarily disabled mailbox, one that receives too fast, and expiry.
    pub counts_against_address: bool,
    /// The reason.
    pub reason: Reason,
}

impl Verdict {
    /// A verdict of a class, with what follows from it and its reason.
    pub const fn new(class: Class, reason: Reason) -> Self {
        let counts = match class {
            Class::Hard => true,
            Class::Soft => {
                matches!(reason, Reason::MailboxFull | Reason::DisabledForNow | Reason::RecipientRate | Reason::Expired)
            }
            _ => false,
        };
        Self { class, counts_against_address: counts, reason }
    }

    /// The verdict when its deferrals went on until the message was given up (D5, B6).
    pub fn expired(self) -> Self {
        let class = self.class.when_expired();
        Self { class, counts_against_address: class == Class::Soft, reason: self.reason }
    }
}

/// A verdict and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The rule that decided; `None`: the basic code alone, or nothing.
    pub rule: Option<&'a Rule>,
}

/// Hosts whose links in a reply mean a listing.
const BLOCKLIST_HOSTS: &[&str] = &[
    "spamhaus.",
    "spamcop.",
    "barracudacentral.",
    "sorbs.",
    "uceprotect.",
    "abuseat.",
    "mailspike.",
    "senderscore.",
    "psbl.",
    "cloudmark.",
    "invaluement.",
];

/// Octets of text that are looked at: what matters stands at the beginning.
const MAX_LOOKED_AT: usize = 4 * 1024;

/// Judges a reply by the built-in rules. `provider` is a name from [`provider_of_host`], where the
/// caller knows it; without it the text's own signature is used.
pub fn classify(reply: &Reply, stage: Stage, provider: Option<&str>) -> Verdict {
    judge(Rules::built_in(), reply, stage, provider).verdict
}

/// Judges a reply by any rules, and says which one decided.
pub fn judge<'a>(rules: &'a Rules, reply: &Reply, stage: Stage, provider: Option<&str>) -> Judgement<'a> {
    if reply.is_positive() {
        return Judgement { verdict: Verdict::new(Class::None, Reason::Accepted), rule: None };
    }
    let text = reply.text();
    let words = words(&text);
    let provider = provider.or_else(|| providers::provider_in_text(&text, &words));
    let rule = deciding_rule(rules, reply, &words, stage, provider);
    let by_code = || match stage_of(stage, &words) {
        Stage::Mail => fallback_at_mail(reply),
        stage => by_code(reply, &words, stage),
    };
    let mut verdict = rule.map_or_else(by_code, |rule| verdict((rule.class, rule.reason), reply));
    // A deferral may be about the mailbox, but never for good (B4, D5).
    if reply.is_transient() && verdict.class == Class::Hard {
        verdict = Verdict::new(Class::Transient, verdict.reason);
    }
    Judgement { verdict, rule }
}

/// The stage, as the words themselves tell it: Postfix and Exim name the command.
fn stage_of(stage: Stage, words: &str) -> Stage {
    let says = |list: &[&str]| list.iter().any(|w| words.contains(w));
    match stage {
        Stage::Report if says(&[" after mail from ", " in reply to mail from ", " did not like our mail from "]) => {
            Stage::Mail
        }
        Stage::Report
            if says(&[" after initial connection ", " refused to talk to me ", " after ehlo ", " after helo "]) =>
        {
            Stage::Connect
        }
        stage => stage,
    }
}

fn deciding_rule<'a>(
    rules: &'a Rules,
    reply: &Reply,
    words: &str,
    stage: Stage,
    provider: Option<&str>,
) -> Option<&'a Rule> {
    let status = reply.enhanced();
    let candidates: Vec<&Rule> = rules.candidates(words).into_iter().filter(|r| r.fits_status(status)).collect();
    let first = |part: &dyn Fn(&Part) -> bool| candidates.iter().copied().find(|rule| part(&rule.part));
    let by_provider = first(&|part| matches!(part, Part::Provider(name) if Some(name.as_str()) == provider));
    let of_sender = || first(&|part| *part == Part::Sender);
    // "Unknown user" at MAIL or at the greeting speaks of us, whatever the words say about users.
    match stage_of(stage, words) {
        Stage::Mail | Stage::Connect => by_provider.filter(|rule| rule.class != Class::Hard).or_else(of_sender),
        _ => by_provider
            .or_else(of_sender)
            .or_else(|| first(&|part| *part == Part::Status))
            .or_else(|| first(&|part| *part == Part::Recipient))
            .or_else(|| first(&|part| *part == Part::Vague)),
    }
}

/// A rule's verdict; some classes differ between 4yz and 5yz.
fn verdict((class, reason): (Class, Reason), reply: &Reply) -> Verdict {
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

/// Text as lower-case words between single blanks, with one at each end. Links and addresses are
/// left out: their letters say nothing, except that a link to a blocklist names the cause.
fn words(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_LOOKED_AT)];
    let mut out = String::from(" ");
    for token in text.split_whitespace() {
        let lower = token.to_lowercase();
        if lower.contains("://") {
            if BLOCKLIST_HOSTS.iter().any(|h| lower.contains(h)) {
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

#[cfg(test)]
mod tests;
