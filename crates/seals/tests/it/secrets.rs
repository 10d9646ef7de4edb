//! Keys, keyed hashes and sealed secrets.

use std::collections::HashSet;

use proptest::prelude::*;
use seals::fake::SeededDice;
use seals::{ApiToken, Seals, SecretsError, api_token_hash, evidence_digest, random_token, sha256};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn installation(seed: u64) -> (Seals, String) {
    Seals::generate(&SeededDice::new(seed))
}

#[test]
fn a_generated_secret_reads_back_as_the_same_keys() {
    let (seals, text) = installation(1);
    let again = Seals::parse(&text).unwrap();
    assert_eq!(seals.address_key_mail("a@b.test"), again.address_key_mail("a@b.test"));
    assert!(text.starts_with('#') && text.contains("\njawort-secrets-1 "));
    assert_eq!(Seals::parse(&text.replace('\n', "\r\n")).unwrap().address_keys_mail("x").len(), 1);
}

#[test]
fn a_bad_secrets_file_is_refused_with_the_line_and_what_to_do() {
    let line = |key: &str| format!("# comment\n\njawort-secrets-1 {key}\n");
    let cases = [
        ("# only a comment\n".to_owned(), SecretsError::Empty),
        (String::new(), SecretsError::Empty),
        (line(&KEY[..40]), SecretsError::Damaged { line: 3 }),
        (line(&format!("{KEY}{KEY}")), SecretsError::Damaged { line: 3 }),
        (line("not base64 at all"), SecretsError::Damaged { line: 3 }),
        (format!("jawort-secrets-2 {KEY}"), SecretsError::UnknownVersion { line: 1 }),
        (KEY.to_owned(), SecretsError::UnknownVersion { line: 1 }),
        (format!("{0}{0}", line(KEY)), SecretsError::Repeated { line: 6 }),
    ];
    for (text, wanted) in cases {
        let error = Seals::parse(&text).unwrap_err();
        assert_eq!(error, wanted, "{text:?}");
        let said = error.to_string();
        assert!(said.contains("secrets.key") && !said.contains(KEY), "{said}");
        assert!(said.contains("put back your copy") || said.contains("remove that line"), "{said}");
    }
}

/// Proves L7: the hash needs the installation's key, and tells addresses and channels apart.
#[test]
fn l7_an_address_key_depends_on_the_address_and_on_the_installation() {
    let ((one, text), (other, _)) = (installation(2), installation(3));
    assert_eq!(one.address_key_mail("a@b.test"), one.address_key_mail("a@b.test"));
    assert_ne!(one.address_key_mail("a@b.test"), one.address_key_mail("b@b.test"));
    assert_ne!(one.address_key_mail("a@b.test"), other.address_key_mail("a@b.test"));
    assert_ne!(*one.address_key_mail("a@b.test").as_bytes(), sha256(b"mail:a@b.test"));
    let (_, newer) = installation(4);
    let both = Seals::parse(&format!("{newer}{text}")).unwrap();
    let keys = both.address_keys_mail("a@b.test");
    assert_eq!(keys, [both.address_key_mail("a@b.test"), one.address_key_mail("a@b.test")]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_limit_key_keeps_the_border_between_scope_and_value() {
    let (seals, _) = installation(5);
    let keys: HashSet<_> = [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")]
        .iter()
        .map(|(scope, value)| seals.limit_key(scope, value.as_bytes()))
        .collect();
    assert_eq!(keys.len(), 4);
}

proptest! {
    #[test]
    fn a_sealed_secret_opens_only_whole_in_its_own_place(
        plain in proptest::collection::vec(any::<u8>(), 0..300), place in "[a-z/0-9]{0,20}",
        byte: prop::sample::Index, bit in 0..8_u8, seed: u64,
    ) {
        let (seals, text) = installation(seed);
        let dice = SeededDice::new(seed ^ 1);
        let sealed = seals.seal(place.as_bytes(), &plain, &dice);
        let opened = seals.open(place.as_bytes(), &sealed);
        prop_assert_eq!(opened.as_ref(), Some(&plain));
        prop_assert_eq!(seals.open(format!("{place}x").as_bytes(), &sealed), None);
        let mut changed = sealed.clone();
        changed[byte.index(sealed.len())] ^= 1 << bit;
        prop_assert_eq!(seals.open(place.as_bytes(), &changed), None);
        prop_assert_eq!(seals.open(place.as_bytes(), &sealed[..byte.index(sealed.len())]), None);
        prop_assert_ne!(seals.seal(place.as_bytes(), &plain, &dice), sealed.clone());
        let (other, newer) = installation(seed ^ 2);
        prop_assert_eq!(other.open(place.as_bytes(), &sealed), None);
        let both = Seals::parse(&format!("{newer}{text}")).unwrap();
        prop_assert_eq!(both.open(place.as_bytes(), &sealed), Some(plain));
        prop_assert!(seals.is_sealed_with_current_key(&sealed));
        prop_assert!(!both.is_sealed_with_current_key(&sealed));
    }
}

#[test]
fn debug_never_shows_a_secret() {
    let (seals, text) = installation(6);
    let secret = text.split_whitespace().last().unwrap();
    let token = seals.link_token(1, seals::LinkPurpose::Confirm).unwrap();
    let api = ApiToken::generate(&SeededDice::new(7));
    let shown = format!("{seals:?} {token:?} {api:?}");
    assert_eq!(shown, "Seals(1 keys) LinkToken(..) ApiToken(..)");
    assert!(!shown.contains(secret) && !shown.contains(api.as_str()));
}

/// Proves L1: the digest binds salt and evidence.
#[test]
fn l1_the_evidence_digest_is_sha256_of_salt_and_evidence() {
    let salt = [7; 16];
    let digest = evidence_digest(&salt, b"evidence");
    assert_eq!(digest, sha256(&[&salt[..], b"evidence"].concat()));
    assert_ne!(digest, evidence_digest(&[8; 16], b"evidence"));
    assert_ne!(digest, evidence_digest(&salt, b"Evidence"));
    let hex: String = sha256(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn api_tokens_carry_256_bits_and_are_found_by_their_hash() {
    let dice = SeededDice::new(8);
    let (one, two) = (ApiToken::generate(&dice), ApiToken::generate(&dice));
    assert_eq!(one.as_str().len(), 3 + 52);
    assert!(one.as_str().starts_with("jw_"));
    assert_eq!(api_token_hash(one.as_str()), api_token_hash(one.as_str()));
    assert_ne!(api_token_hash(one.as_str()), api_token_hash(two.as_str()));
    assert_ne!(random_token(&dice), random_token(&dice));
}
