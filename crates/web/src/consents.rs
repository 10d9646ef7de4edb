//! The consent record of a person as pages show and print it: the desk's, and the customer's (R13, L1).

use store::consents::{Record, Source};
use store::proofs::{ProofEvent, printed};
use texts::{Language, desk};

use crate::ui::html::Html;
use crate::ui::time;

/// A state of an event: its kind for the eye, and its word.
pub(crate) struct Sign {
    pub(crate) kind: &'static str,
    pub(crate) word: String,
}

impl Sign {
    const fn new(kind: &'static str, word: String) -> Self {
        Self { kind, word }
    }
}

/// One event of the ledger.
pub(crate) struct ConsentEvent {
    pub(crate) what: String,
    pub(crate) at: Html,
    /// The evidence is what the ledger says; none after an erasure.
    pub(crate) intact: Option<Sign>,
    pub(crate) sealed: Sign,
    /// Question and answer.
    pub(crate) facts: Vec<(String, String)>,
}

/// The events with their evidence, moments in a time zone.
pub(crate) fn events(language: Language, zone: &str, events: &[ProofEvent]) -> Vec<ConsentEvent> {
    events.iter().map(|event| one(language, zone, event)).collect()
}

/// The same as text with all hashes, with which anybody can check it; moments in UTC.
pub(crate) fn verifiable(events: &[ProofEvent]) -> String {
    printed(events, policy::zone::utc)
}

fn one(language: Language, zone: &str, event: &ProofEvent) -> ConsentEvent {
    let evidence = event.evidence.as_ref();
    ConsentEvent {
        what: kind(language, event.kind),
        at: time::marked(language, zone, event.at),
        intact: evidence.map(|evidence| match evidence.intact {
            true => Sign::new("good", desk::intact(language)),
            false => Sign::new("bad", desk::not_intact(language)),
        }),
        sealed: match &event.seal {
            Some(seal) if seal.holds(&event.digest) => {
                Sign::new("good", desk::sealed(language, &seal.seal.to_string()))
            }
            Some(_) => Sign::new("bad", desk::seal_broken(language)),
            None => Sign::new("wait", desk::unsealed(language)),
        },
        facts: evidence.map_or_else(Vec::new, |evidence| facts(language, zone, &evidence.record)),
    }
}

/// What happened, in a few words.
pub(crate) fn kind(language: Language, kind: policy::consent::EventKind) -> String {
    use policy::consent::EventKind as Kind;
    match kind {
        Kind::Confirmed => desk::event_confirmed(language),
        Kind::TopicAdded => desk::event_topic_added(language),
        Kind::Attested => desk::event_attested(language),
        Kind::Withdrawn => desk::event_withdrawn(language),
        Kind::TopicWithdrawn => desk::event_topic_withdrawn(language),
        Kind::Restored => desk::event_restored(language),
        Kind::Complained => desk::event_complained(language),
        Kind::Bounced => desk::event_bounced(language),
        Kind::Excluded => desk::event_excluded(language),
        Kind::Erased => desk::event_erased(language),
    }
}

/// By which door a person spoke.
pub(crate) fn source(language: Language, source: Source) -> String {
    match source {
        Source::Web => desk::door_web(language),
        Source::OneClick => desk::door_one_click(language),
        Source::Mailto => desk::door_mailto(language),
        Source::Preferences => desk::door_preferences(language),
        Source::Account => desk::door_account(language),
        Source::Operator => desk::door_operator(language),
        Source::Rule => desk::door_rule(language),
    }
}

fn facts(language: Language, zone: &str, record: &Record) -> Vec<(String, String)> {
    let dash = || "–".to_owned();
    let given = |text: &str| if text.trim().is_empty() { dash() } else { text.to_owned() };
    match record {
        Record::Circumstances(circumstances) => vec![
            (desk::fact_door(language), source(language, circumstances.source)),
            (desk::fact_ip(language), circumstances.ip.clone().unwrap_or_else(dash)),
        ],
        Record::Consent(proof) => {
            let moment = |at| time::moment(language, zone, at);
            let mail = &proof.confirmation;
            vec![
                (desk::fact_address(language), proof.address.clone()),
                (desk::fact_site(language), proof.site.clone()),
                (desk::fact_page(language), given(&proof.form_url)),
                (
                    desk::fact_form(language),
                    desk::form_version(language, &proof.form.to_string(), &proof.form_version.to_string()),
                ),
                (desk::fact_topic(language), proof.statement.clone()),
                (desk::fact_consent_text(language), proof.consent_text.clone()),
                (desk::fact_privacy(language), given(&proof.privacy_notice)),
                (desk::fact_sender(language), format!("{} <{}>", proof.sender_name, proof.sender_address)),
                (desk::fact_submitted(language), format!("{}, {}", moment(proof.submitted_at), proof.submitted_ip)),
                (desk::fact_mail(language), given(&mail.message_id)),
                (desk::fact_mail_hash(language), mail.content_sha256.clone().unwrap_or_else(dash)),
                (desk::fact_handed_over(language), mail.sent_at.map_or_else(dash, moment)),
                (desk::fact_reply(language), mail.smtp_reply.clone().unwrap_or_else(dash)),
                (desk::fact_confirmed(language), format!("{}, {}", moment(proof.confirmed_at), proof.confirmed_ip)),
            ]
        }
    }
}
