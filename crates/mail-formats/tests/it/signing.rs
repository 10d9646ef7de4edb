//! Signatures as an independent verifier sees them.
#![expect(clippy::disallowed_methods, reason = "the verifier's cache wants an instant")]

use std::future::Future;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt};
use mail_formats::dkim::{DkimKey, DkimSigner, OVERSIGNED, Prepared, Selector};
use mail_formats::domainkeys::{DomainKeysKey, DomainKeysSigner};
use mail_formats::header::{Header, HeaderValue, Mailbox, cleaned};
use mail_formats::message::Draft;
use mail_formats::raw::{RawField, RawMessage};
use mail_formats::{Domain, EmailAddress};
use proptest::prelude::*;

struct Keys {
    rsa: DkimSigner,
    ed25519: DkimSigner,
    domainkeys: DomainKeysSigner,
    zone: Vec<(String, String)>,
}

/// One set of keys for all tests: making them takes longer than everything else.
fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let domain = Domain::parse("example.com").expect("domain");
        let name = |text: &str| Selector::parse(text).expect("selector");
        let (rsa, der) = DkimKey::generate_rsa().expect("rsa");
        assert_eq!(DkimKey::from_pkcs8(&der).expect("again").record(), rsa.record());
        let (ed25519, der) = DkimKey::generate_ed25519().expect("ed25519");
        assert_eq!(DkimKey::from_pkcs8(&der).expect("again").record(), ed25519.record());
        let (dk, der) = DomainKeysKey::generate(&mut dice()).expect("domainkeys");
        assert_eq!(DomainKeysKey::from_pkcs8(&der).expect("again").record(), dk.record());
        let zone = vec![
            (name("r1").record_name(&domain), rsa.record().expect("record")),
            (name("e1").record_name(&domain), ed25519.record().expect("record")),
            (name("k1").record_name(&domain), dk.record().expect("record")),
        ];
        Keys {
            rsa: DkimSigner::new(domain.clone(), name("r1"), Arc::new(rsa)),
            ed25519: DkimSigner::new(domain.clone(), name("e1"), Arc::new(ed25519)),
            domainkeys: DomainKeysSigner::new(domain, name("k1"), dk),
            zone,
        }
    })
}

/// Deterministic bytes, good enough for blinding in a test.
fn dice() -> impl FnMut(&mut [u8]) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move |bytes: &mut [u8]| {
        for b in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *b = state.to_le_bytes()[3];
        }
    }
}

fn headers(subject: &str, extra: &[(&str, &str)]) -> Vec<Header> {
    let address = |text: &str| EmailAddress::parse(text).expect("address");
    let own = Mailbox::new("Anna Müller, Bücher", address("anna@example.com")).expect("name");
    let domain = Domain::parse("news.example.com").expect("domain");
    let new = |name: &str, value| Header::new(name, value).expect("name");
    let mut list = vec![
        new("Date", HeaderValue::date(1_795_293_143_000)),
        new("From", HeaderValue::mailbox(own.clone())),
        new("Reply-To", HeaderValue::mailbox(own)),
        new("To", HeaderValue::mailbox(Mailbox::bare(address("otto@example.org")))),
        new("Subject", HeaderValue::text(&cleaned(subject)).expect("text")),
        new("Message-ID", HeaderValue::message_id("m.0123456789abcdef", &domain).expect("id")),
        new("List-Unsubscribe-Post", HeaderValue::structured("List-Unsubscribe=One-Click").expect("text")),
        new(
            "List-Unsubscribe",
            HeaderValue::links(&["https://news.example.com/u/0123456789012345678901", "mailto:u.abc@b.example.com"])
                .expect("links"),
        ),
        new("CFBL-Address", HeaderValue::structured("fbl@example.com; report=arf").expect("text")),
    ];
    list.extend(extra.iter().map(|(n, v)| new(n, HeaderValue::structured(v).expect("value"))));
    list
}

fn write(subject: &str, text: &str, html: Option<&str>, extra: &[(&str, &str)]) -> Vec<u8> {
    Draft { headers: &headers(subject, extra), text, html, boundary_seed: b"m.0123456789abcdef" }
        .write()
        .expect("written")
        .into_bytes()
}

/// Signs in the order of A8: DomainKeys on the message, DKIM above it.
fn sign(message: &[u8]) -> Vec<u8> {
    let keys = keys();
    let domainkeys = keys.domainkeys.sign(message, &mut dice()).expect("domainkeys");
    let message = [&domainkeys, message].concat();
    let prepared = Prepared::new(&message).expect("prepared");
    let ed25519 = keys.ed25519.sign(&prepared, 1_795_293_143).expect("ed25519");
    let rsa = keys.rsa.sign(&prepared, 1_795_293_143).expect("rsa");
    [ed25519, rsa, message].concat()
}

/// A cache that knows the zone, so that the verifier never asks the network.
struct Zone(Mutex<Vec<(Box<str>, Txt)>>);

impl ResolverCache<Box<str>, Txt> for Zone {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        use std::borrow::Borrow;
        let zone = self.0.lock().expect("lock");
        zone.iter().find(|(n, _)| Borrow::<Q>::borrow(n) == name).map(|(_, txt)| txt.clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, name: Box<str>, value: Txt, _: Instant) {
        self.0.lock().expect("lock").push((name, value));
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the verifier asked the network"),
    }
}

/// The verdict on each DKIM signature: (selector, passed).
fn verdicts(message: &[u8]) -> Vec<(String, bool)> {
    let zone = Zone(Mutex::default());
    for (name, record) in &keys().zone[..2] {
        let key = DomainKey::parse(record.as_bytes()).expect("record");
        zone.insert(format!("{name}.").into(), Txt::from(key), Instant::now() + Duration::from_secs(60));
    }
    let verifier = MessageAuthenticator::new_cloudflare().expect("verifier");
    let parsed = AuthenticatedMessage::parse(message).expect("parsed");
    let outputs = now(verifier.verify_dkim(Parameters::new(&parsed).with_txt_cache(&zone)));
    outputs
        .iter()
        .map(|o| (o.signature().map(|s| s.s.clone()).unwrap_or_default(), *o.result() == DkimResult::Pass))
        .collect()
}

fn both_pass(message: &[u8]) -> bool {
    let found = verdicts(message);
    found.len() == 2 && found.iter().all(|(_, pass)| *pass)
}

fn none_passes(message: &[u8]) -> bool {
    verdicts(message).iter().all(|(_, pass)| !pass)
}

/// The names in `h=` of every DKIM signature, lower case.
fn signed_names(message: &[u8]) -> Vec<Vec<String>> {
    let raw = RawMessage::parse(message).expect("message");
    raw.named("DKIM-Signature")
        .map(RawField::unfolded)
        .map(|text| {
            let tag = text.split(';').find_map(|t| t.trim().strip_prefix("h=")).expect("h=").to_owned();
            tag.split(':').map(|n| n.trim().to_ascii_lowercase()).collect()
        })
        .collect()
}

/// Proves A3: each name of the list stands in h= once more often than in the message.
#[test]
fn a3_every_listed_name_is_oversigned() {
    let message = sign(&write("Tips", "text", Some("<p>x</p>"), &[("Auto-Submitted", "auto-generated")]));
    let raw = RawMessage::parse(&message).expect("message");
    for names in signed_names(&message) {
        for name in OVERSIGNED {
            let listed = names.iter().filter(|n| n.eq_ignore_ascii_case(name)).count();
            assert_eq!(listed, raw.named(name).count() + 1, "{name}");
        }
        assert_eq!(names.iter().filter(|n| *n == "auto-submitted").count(), 1);
    }
}

/// Proves A3, U4: a second From or Subject, or any change of a signed field, breaks both.
#[test]
fn a3_u4_added_or_changed_fields_break_the_signatures() {
    let message = sign(&write("Tips", "text", None, &[]));
    assert!(both_pass(&message));
    for name in OVERSIGNED {
        let added = [format!("{name}: evil\r\n").as_bytes(), &message].concat();
        assert!(none_passes(&added), "{name} added on top");
        let text = String::from_utf8(message.clone()).expect("ascii");
        let (head, body) = text.split_once("\r\n\r\n").expect("blank line");
        let below = format!("{head}\r\n{name}: evil\r\n\r\n{body}");
        assert!(none_passes(below.as_bytes()), "{name} added below");
        if text.contains(&format!("\r\n{name}:")) {
            let changed = text.replacen(&format!("\r\n{name}:"), &format!("\r\n{name}: x"), 1);
            assert!(none_passes(changed.as_bytes()), "{name} changed");
        }
    }
    let body = String::from_utf8(message).expect("ascii").replace("\r\n\r\ntext", "\r\n\r\ntexts");
    assert!(none_passes(body.as_bytes()));
}

/// Proves A8: what stands on top of what, and that DKIM leaves the DomainKeys field alone.
#[test]
fn a7_a8_domainkeys_stands_below_dkim_and_lists_all_fields() {
    let plain = write("Tips", "text", None, &[]);
    let message = sign(&plain);
    let raw = RawMessage::parse(&message).expect("message");
    let top: Vec<_> = raw.fields().iter().take(3).map(RawField::name).collect();
    assert_eq!(top, ["DKIM-Signature", "DKIM-Signature", "DomainKey-Signature"]);
    assert!(signed_names(&message).iter().flatten().all(|n| n != "domainkey-signature"));
    let text = raw.only("DomainKey-Signature").expect("one").unfolded();
    let listed = text.split(';').find_map(|t| t.trim().strip_prefix("h=")).expect("h=").replace(' ', "");
    let all: Vec<_> = raw.fields()[3..].iter().map(RawField::name).collect();
    assert_eq!(listed.split(':').collect::<Vec<_>>(), all);
    assert!(keys().domainkeys.sign(&message, &mut dice()).is_err(), "A7: signed twice");
}

/// Proves D8: blinding does not change the signature.
#[test]
fn d8_the_signature_does_not_depend_on_the_dice() {
    let message = write("Tips", "text", None, &[]);
    let other = keys().domainkeys.sign(&message, &mut |b: &mut [u8]| b.fill(0x5A)).expect("signed");
    assert_eq!(keys().domainkeys.sign(&message, &mut dice()).expect("signed"), other);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Proves A1, A2, M2, T1: whatever is written is signed so that another verifier agrees, and
    /// the whole stays fit for the wire.
    #[test]
    fn a1_a2_m2_t1_any_message_verifies(
        subject in any::<String>(),
        text in "[a-z \t\r\n.=ä]{0,300}",
        html in prop::option::of(any::<String>()),
        refs in prop::collection::vec("<[a-z0-9]{1,90}@example\\.com>", 0..12),
    ) {
        let refs = refs.join(" ");
        let extra = [("References", refs.as_str())];
        let extra = if refs.is_empty() { &[][..] } else { &extra[..] };
        let html = html.map(|h| format!("<p>{h}"));
        let message = sign(&write(&subject, &format!("x{text}"), html.as_deref(), extra));
        prop_assert!(mail_formats::wire::check(&message).is_ok());
        let head = message.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
        for line in message[..head].split(|&b| b == b'\n') {
            prop_assert!(line.len() <= 110, "{}", String::from_utf8_lossy(line));
        }
        prop_assert!(both_pass(&message));
    }
}
