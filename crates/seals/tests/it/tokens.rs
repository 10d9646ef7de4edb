//! Nothing that this installation did not mint is ever accepted (ARMOUR C7, D3).

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use seals::fake::SeededDice;
use seals::{
    Dice, LINK_TOKEN_CHARS, LinkPurpose, MESSAGE_BITS, MailKind, MailRef, MessageRef, PERSON_BITS, Seals, StampRefused,
    Timestamp, array, u64_below,
};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const LARGEST_PERSON: u64 = (1 << PERSON_BITS) - 1;
const LARGEST_MESSAGE: u64 = (1 << MESSAGE_BITS) - 1;

fn installation(seed: u64) -> Seals {
    Seals::generate(&SeededDice::new(seed)).0
}

/// A readable token of every kind, by the name of its reader.
fn readable(seals: &Seals, token: &str) -> Vec<&'static str> {
    let now = Timestamp::from_millis(1_800_000_000_000);
    [
        ("link", seals.read_link_token(token).is_some()),
        ("mailbox", seals.read_unsubscribe_mailbox_local(token).is_some()),
        ("return path", seals.read_return_path_local(token).is_some()),
        ("message id", seals.read_message_id_local(token).is_some()),
        ("feedback", seals.read_feedback_token(token).is_some()),
        ("stamp", seals.check_form_stamp(token, 7, now).is_ok()),
    ]
    .into_iter()
    .filter_map(|(name, read)| read.then_some(name))
    .collect()
}

fn samples(seals: &Seals) -> [(&'static str, String); 6] {
    let mail = MailRef::new(12_345_678_901, 98_765_432_109, MailKind::Mailing, 0).unwrap();
    let shown = Timestamp::from_millis(1_799_999_999_000);
    [
        ("link", seals.link_token(7, LinkPurpose::Confirm).unwrap().as_str().to_owned()),
        ("mailbox", seals.unsubscribe_mailbox_local(7, LinkPurpose::UnsubscribeHeader).unwrap()),
        ("return path", seals.return_path_local(&mail)),
        ("message id", seals.message_id_local(&mail.message_ref())),
        ("feedback", seals.feedback_token(&mail)),
        ("stamp", seals.form_stamp(7, shown).unwrap()),
    ]
}

proptest! {
    /// Proves R33, U6.
    #[test]
    fn r33_u6_a_link_token_has_22_characters_and_names_its_person_and_purpose(
        person in 0..=LARGEST_PERSON, purpose in 0..LinkPurpose::ALL.len(), seed: u64,
    ) {
        let seals = installation(seed);
        let purpose = LinkPurpose::ALL[purpose];
        let token = seals.link_token(person, purpose).unwrap();
        prop_assert_eq!(token.as_str().len(), LINK_TOKEN_CHARS);
        prop_assert!(token.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        prop_assert_eq!(seals.read_link_token(token.as_str()), Some((person, purpose)));
        let local = seals.unsubscribe_mailbox_local(person, purpose).unwrap();
        prop_assert_eq!(local.len(), 28);
        prop_assert_eq!(seals.read_unsubscribe_mailbox_local(&local), Some((person, purpose)));
    }

    /// Proves T8, R75: every number comes back, in whatever case the text arrives.
    #[test]
    fn t8_r75_a_message_names_itself_in_return_path_message_id_and_feedback_id(
        person in 0..=LARGEST_PERSON, message in 0..=LARGEST_MESSAGE, notice: bool, attempt: u8,
    ) {
        let seals = installation(1);
        let kind = if notice { MailKind::Notice } else { MailKind::Mailing };
        let mail = MailRef::new(person, message, kind, attempt).unwrap();
        let local = seals.return_path_local(&mail);
        prop_assert_eq!(local.len(), 46);
        prop_assert_eq!(seals.read_return_path_local(&local), Some(mail));
        prop_assert_eq!(seals.read_return_path_local(&local.to_ascii_uppercase()), Some(mail));
        let message_id = seals.message_id_local(&mail.message_ref());
        prop_assert_eq!(seals.read_message_id_local(&message_id), Some(mail.message_ref()));
        prop_assert_eq!(seals.read_feedback_token(&seals.feedback_token(&mail)), Some(mail));
    }

    #[test]
    fn readers_answer_nothing_and_never_panic_for_any_text(text in ".{0,60}", tail in "[a-zA-Z2-7]{0,50}") {
        let seals = installation(1);
        prop_assert!(readable(&seals, &text).is_empty());
        for prefix in ["b.", "u.", "B", ""] {
            let text = format!("{prefix}{tail}");
            prop_assert!(readable(&seals, &text).is_empty());
        }
    }
}

/// Proves M3: one message keeps its Message-ID whatever the attempt, and no two share one.
#[test]
fn m3_the_message_id_is_the_same_for_a_repeat_and_unique_over_100_000_messages() {
    let seals = installation(3);
    let message = MessageRef::new(11, 22, MailKind::Mailing).unwrap();
    let first = seals.message_id_local(&message.attempt(1).message_ref());
    assert_eq!(first, seals.message_id_local(&message.attempt(200).message_ref()));
    assert_ne!(seals.return_path_local(&message.attempt(1)), seals.return_path_local(&message.attempt(2)));
    let mut seen = HashSet::new();
    for number in 0..100_000 {
        let kind = if number % 2 == 0 { MailKind::Mailing } else { MailKind::Notice };
        let message = MessageRef::new(number / 7, number, kind).unwrap();
        assert!(seen.insert(seals.message_id_local(&message)), "repeated at {number}");
    }
}

/// Proves U6: every other character in every place, and every single bit of the number.
#[test]
fn u6_no_changed_character_of_a_link_token_is_accepted() {
    let seals = installation(4);
    for number in 0..80_u64 {
        let purpose = LinkPurpose::ALL[number as usize % LinkPurpose::ALL.len()];
        let token = seals.link_token(number << 30, purpose).unwrap();
        for place in 0..LINK_TOKEN_CHARS {
            for &byte in BASE62 {
                let mut forged = token.as_str().as_bytes().to_vec();
                forged[place] = byte;
                if forged == token.as_str().as_bytes() {
                    continue;
                }
                let forged = String::from_utf8(forged).unwrap();
                assert_eq!(seals.read_link_token(&forged), None, "{forged}");
            }
        }
        let folded = token.as_str().to_ascii_lowercase();
        assert!(folded == token.as_str() || seals.read_link_token(&folded).is_none());
    }
}

/// Proves U6: a million random tokens of the right shape, none accepted.
#[test]
fn u6_no_guessed_link_token_is_accepted() {
    let (seals, dice) = (installation(5), SeededDice::new(55));
    let mut text = [0_u8; LINK_TOKEN_CHARS];
    for guess in 0..1_000_000 {
        dice.fill(&mut text);
        text.iter_mut().for_each(|byte| *byte = BASE62[usize::from(*byte) % 62]);
        // The first character of a 128-bit number is at most '7'; half the guesses respect that.
        text[0] = if guess % 2 == 0 { b'0' + text[1] % 7 } else { text[0] };
        let text = std::str::from_utf8(&text).unwrap();
        assert_eq!(seals.read_link_token(text), None, "guess {guess}: {text}");
    }
}

/// Proves T8: guessed and changed return paths change nothing, as they are not read.
#[test]
fn t8_no_guessed_or_changed_return_path_is_accepted() {
    let (seals, dice) = (installation(6), SeededDice::new(66));
    let mail = MailRef::new(1 << 50, 1 << 40, MailKind::Mailing, 3).unwrap();
    let genuine = seals.return_path_local(&mail).into_bytes();
    for guess in 0..200_000_usize {
        let mut text = genuine.clone();
        if guess % 2 == 0 {
            let random: [u8; 44] = array(&dice);
            let tail = random.map(|byte| BASE32[usize::from(byte) % 32]);
            text[2..].copy_from_slice(&tail);
        } else {
            let place = 2 + u64_below(&dice, 44) as usize;
            text[place] = BASE32[u64_below(&dice, 32) as usize];
        }
        if text != genuine {
            let text = String::from_utf8(text).unwrap();
            assert_eq!(seals.read_return_path_local(&text), None, "guess {guess}: {text}");
        }
    }
}

/// Proves U6, T8: random texts of the right shape for every reader of base32, none accepted.
#[test]
fn u6_t8_no_guessed_mailbox_message_id_feedback_id_or_stamp_is_accepted() {
    let (seals, dice) = (installation(16), SeededDice::new(77));
    for guess in 0..100_000 {
        let mut random = array::<44>(&dice).map(|byte| BASE32[usize::from(byte) % 32]);
        let text = std::str::from_utf8(&random).unwrap();
        assert!(readable(&seals, text).is_empty(), "guess {guess}: {text}");
        // The first of 26 characters carries three bits: a to h.
        random[0] = BASE32[usize::from(random[0]) % 8];
        let mailbox = format!("u.{}", std::str::from_utf8(&random[..26]).unwrap());
        assert!(readable(&seals, &mailbox).is_empty(), "guess {guess}: {mailbox}");
    }
}

/// Proves U6, T8: every other character in every place, for all kinds.
#[test]
fn u6_t8_no_truncated_lengthened_or_changed_token_of_any_kind_is_accepted() {
    let seals = installation(7);
    for (name, token) in samples(&seals) {
        assert_eq!(readable(&seals, &token), [name]);
        for length in 0..token.len() {
            assert!(readable(&seals, &token[..length]).is_empty(), "{name} cut to {length}");
        }
        for more in ["a", "0", ".", " ", "=", "\0", "\r\n"] {
            assert!(readable(&seals, &format!("{token}{more}")).is_empty(), "{name} + {more:?}");
            assert!(readable(&seals, &format!("{more}{token}")).is_empty(), "{more:?} + {name}");
        }
        for place in 0..token.len() {
            for byte in 0x20..0x7f_u8 {
                let mut forged = token.clone().into_bytes();
                forged[place] = byte;
                let forged = String::from_utf8(forged).unwrap();
                let same = forged == token || name != "link" && forged.eq_ignore_ascii_case(&token);
                assert!(same || readable(&seals, &forged).is_empty(), "{name}: {forged}");
            }
        }
    }
}

/// Proves U6, T8: no token serves as one of another kind, with or without the other's prefix.
#[test]
fn u6_t8_no_token_is_accepted_where_another_kind_is_expected() {
    let seals = installation(8);
    for (name, token) in samples(&seals) {
        let bare = token.trim_start_matches("b.").trim_start_matches("u.");
        for prefix in ["", "b.", "u."] {
            let text = format!("{prefix}{bare}");
            if text != token {
                assert!(readable(&seals, &text).is_empty(), "{name} as {text}");
            }
        }
    }
}

/// Proves U6: the purpose is part of what is sealed; two purposes never share a token.
#[test]
fn u6_each_purpose_has_its_own_token() {
    let seals = installation(9);
    let tokens: HashSet<_> =
        LinkPurpose::ALL.iter().map(|&purpose| seals.link_token(42, purpose).unwrap().as_str().to_owned()).collect();
    assert_eq!(tokens.len(), LinkPurpose::ALL.len());
}

/// Proves U6, T8: another installation's tokens are unknown.
#[test]
fn u6_t8_no_token_of_another_installation_is_accepted() {
    let (ours, theirs) = (installation(10), installation(11));
    for (name, token) in samples(&theirs) {
        assert!(readable(&ours, &token).is_empty(), "{name}");
    }
}

/// Proves R29: a link in an old mail works after the keys were changed.
#[test]
fn r29_tokens_of_older_keys_are_still_read() {
    let (old, old_text) = Seals::generate(&SeededDice::new(12));
    let (_, new_text) = Seals::generate(&SeededDice::new(13));
    let both = Seals::parse(&format!("{new_text}{old_text}")).unwrap();
    for (name, token) in samples(&old) {
        assert_eq!(readable(&both, &token), [name]);
    }
    let fresh = both.link_token(7, LinkPurpose::Confirm).unwrap();
    assert_eq!(old.read_link_token(fresh.as_str()), None, "new tokens use the new key");
}

#[test]
fn numbers_that_do_not_fit_are_refused_by_name() {
    let seals = installation(14);
    let person = seals.link_token(LARGEST_PERSON + 1, LinkPurpose::Confirm).unwrap_err();
    assert_eq!(person.to_string(), "the number of the person does not fit into 60 bits");
    assert!(seals.unsubscribe_mailbox_local(u64::MAX, LinkPurpose::Confirm).is_err());
    assert!(MessageRef::new(LARGEST_PERSON + 1, 0, MailKind::Notice).is_err());
    let message = MessageRef::new(0, LARGEST_MESSAGE + 1, MailKind::Notice).unwrap_err();
    assert_eq!((message.what, message.bits), ("message", 55));
    assert!(seals.form_stamp(u64::MAX, Timestamp::EPOCH).is_err());
    assert!(seals.form_stamp(1, Timestamp::from_millis(-1)).is_err());
}

/// Proves C2: the time that a form was open is known, and belongs to that form.
#[test]
fn c2_a_form_stamp_tells_how_long_its_own_form_was_open() {
    let seals = installation(15);
    let shown = Timestamp::from_millis(1_800_000_000_123);
    let stamp = seals.form_stamp(99, shown).unwrap();
    let later = shown + Duration::from_secs(8);
    assert_eq!(seals.check_form_stamp(&stamp, 99, later), Ok(Duration::from_secs(8)));
    assert_eq!(seals.check_form_stamp(&stamp, 98, later), Err(StampRefused::Unknown));
    let before = shown - Duration::from_millis(1);
    assert_eq!(seals.check_form_stamp(&stamp, 99, before), Err(StampRefused::FromTheFuture));
}

/// The texts that are out in the world for years: a change of derivation or layout breaks them.
#[test]
fn r29_the_layout_of_tokens_does_not_change_between_versions() {
    let text = "jawort-secrets-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    let seals = Seals::parse(text).unwrap();
    let mail = MailRef::new(1 << 59 | 5, 1 << 54 | 9, MailKind::Notice, 255).unwrap();
    let person = 1 << 59 | 5;
    let minted = [
        seals.link_token(person, LinkPurpose::UnsubscribeBody).unwrap().as_str().to_owned(),
        seals.unsubscribe_mailbox_local(person, LinkPurpose::UnsubscribeHeader).unwrap(),
        seals.return_path_local(&mail),
        seals.message_id_local(&mail.message_ref()),
        seals.feedback_token(&mail),
        format!("{:?}", seals.address_key_mail("anna@example.com")),
    ];
    let wanted: &[&str] = &[
        "2bGexXlzhCAsBcjpGdOhb6",
        "u.fca7bsh6gxfmnwrdlondvpvbfa",
        "b.cwgkitlmrf4tvh5k3mv2spvhkwpqeiv6kwkpzw6xqplg",
        "x2uoyzgon5c3h3cxheuzvcudrf3doxwxoidumq3yqwin",
        "mienzkowz3jypnjmcrehiim5a4m36zsz22iu2ftzbrqw",
        "AddressKey(75dd178a..)",
    ];
    assert_eq!(minted.each_ref().map(String::as_str).as_slice(), wanted);
}
