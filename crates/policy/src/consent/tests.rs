//! Proofs about consent and quarantine.

use proptest::prelude::*;

use super::*;
use crate::ids::TopicId;

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn evidence() -> Evidence {
    Evidence {
        channel: Channel::Mail,
        address: "erika@mail.example".into(),
        form_url: "https://muster.example/newsletter".into(),
        form: FormId::from_raw(5),
        form_version: 2,
        consent_text: "Ja, ich möchte Tipps erhalten.".into(),
        privacy_notice: "Wir speichern …".into(),
        topic: TopicRef { topic: TopicId::from_raw(3), version: 1 },
        statement: "Tipps für das Fußballtraining".into(),
        site: "muster.example".into(),
        sender_name: "Muster".into(),
        sender_address: "erika@muster.example".into(),
        submitted_at: T0,
        submitted_ip: "192.0.2.7".into(),
        confirmation: ConfirmationProof {
            message_id: "x@mail.example".into(),
            content_sha256: Some("ab".repeat(32)),
            sent_at: Some(T0 + Duration::from_secs(2)),
            smtp_reply: Some("250 2.0.0 Ok".into()),
        },
        confirmed_at: T0 + Duration::from_secs(90),
        confirmed_ip: "192.0.2.8".into(),
    }
}

/// Proves L1: each single piece of evidence is covered by the hash.
#[test]
fn r13_every_field_of_the_evidence_changes_its_bytes() {
    type Change = fn(&mut Evidence);
    let changes: &[Change] = &[
        |e| e.address.push('x'),
        |e| e.form_url.push('x'),
        |e| e.form = FormId::from_raw(6),
        |e| e.form_version = 3,
        |e| e.consent_text.push('x'),
        |e| e.privacy_notice.push('x'),
        |e| e.topic.topic = TopicId::from_raw(4),
        |e| e.topic.version = 2,
        |e| e.statement.push('x'),
        |e| e.site.push('x'),
        |e| e.sender_name.push('x'),
        |e| e.sender_address.push('x'),
        |e| e.submitted_at = T0 + Duration::from_millis(1),
        |e| e.submitted_ip.push('x'),
        |e| e.confirmation.message_id.push('x'),
        |e| e.confirmation.content_sha256 = None,
        |e| e.confirmation.content_sha256 = Some(String::new()),
        |e| e.confirmation.sent_at = None,
        |e| e.confirmation.smtp_reply = None,
        |e| e.confirmation.smtp_reply = Some(String::new()),
        |e| e.confirmed_at = T0,
        |e| e.confirmed_ip.push('x'),
    ];
    let mut seen = vec![evidence().canonical()];
    for (index, change) in changes.iter().enumerate() {
        let mut changed = evidence();
        change(&mut changed);
        let bytes = changed.canonical();
        assert!(!seen.contains(&bytes), "change {index} is not covered");
        seen.push(bytes);
    }
}

proptest! {
    /// Text cannot be moved over the border of two fields without changing the bytes.
    #[test]
    fn r13_neighbouring_fields_cannot_be_confused(a in ".{0,12}", b in ".{0,12}", cut in 0usize..24) {
        let joined: Vec<char> = a.chars().chain(b.chars()).collect();
        let cut = cut.min(joined.len());
        let mut one = evidence();
        one.consent_text = a.clone();
        one.privacy_notice = b;
        let mut other = evidence();
        other.consent_text = joined[..cut].iter().collect();
        other.privacy_notice = joined[cut..].iter().collect();
        prop_assert_eq!(one.canonical() == other.canonical(), one == other);
    }
}

#[test]
fn r13_evidence_survives_storage_unchanged() {
    for mut sample in [evidence(), evidence()] {
        sample.confirmation.sent_at = None;
        let stored = serde_json::to_string(&sample).expect("serialises");
        let read: Evidence = serde_json::from_str(&stored).expect("reads back");
        assert_eq!(read.canonical(), sample.canonical());
    }
    let stored = serde_json::to_string(&evidence()).expect("serialises");
    assert_eq!(serde_json::from_str::<Evidence>(&stored).expect("reads back"), evidence());
}

/// The layout is part of every hash that was ever written: this test must never change.
/// The digest was computed by another program from the description of the layout.
#[test]
fn r13_the_canonical_form_is_pinned() {
    let digest = seals::sha256(&evidence().canonical());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "02b954e2f151a75953751f65873ee329e7605cc86d92aab43ca3b12c548b016f");
}

fn quarantine(reason: FormerReason, undone: bool) -> Quarantine {
    Quarantine { reason, since: T0, undone }
}

#[test]
fn r40_an_unsubscribe_can_be_undone_once_within_24_hours() {
    let hour = Duration::from_secs(3600);
    let fresh = quarantine(FormerReason::Unsubscribed, false);
    assert_eq!(fresh.undo(T0), Ok(()));
    assert_eq!(fresh.undo(T0 + hour * 24 - Duration::from_millis(1)), Ok(()));
    assert_eq!(fresh.undo(T0 + hour * 24), Err(UndoRefused::TooLate));
    assert_eq!(quarantine(FormerReason::Unsubscribed, true).undo(T0), Err(UndoRefused::UndoneBefore));
    for reason in FormerReason::ALL.into_iter().filter(|&reason| reason != FormerReason::Unsubscribed) {
        assert_eq!(quarantine(reason, false).undo(T0), Err(UndoRefused::OtherReason), "{reason:?}");
    }
}

#[test]
fn r40_nobody_but_the_person_revives_a_former_contact() {
    for reason in FormerReason::ALL {
        let former = quarantine(reason, false);
        for way in [Revival::Import, Revival::Api, Revival::TagRule, Revival::UnconfirmedForm] {
            assert!(!former.revivable(way, T0), "{reason:?} by {way:?}");
        }
        assert!(former.revivable(Revival::NewDoubleOptIn, T0));
        assert_eq!(former.revivable(Revival::Undo, T0), reason == FormerReason::Unsubscribed);
    }
}

#[test]
fn r9_every_event_but_four_ends_a_consent() {
    let grants: Vec<_> = EventKind::ALL.into_iter().filter(|kind| kind.grants()).collect();
    assert_eq!(grants, [EventKind::Confirmed, EventKind::TopicAdded, EventKind::Attested, EventKind::Restored]);
    for kind in EventKind::ALL {
        assert_eq!(EventKind::from_number(kind.number()), Some(kind));
    }
    for reason in FormerReason::ALL {
        assert_eq!(FormerReason::from_number(reason.number()), Some(reason));
        assert!(!reason.event().grants());
    }
    assert_eq!(Channel::from_number(Channel::Mail.number()), Some(Channel::Mail));
}
