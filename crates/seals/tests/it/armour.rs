//! A million forgeries, of every sort that ARMOUR D3 names, against every reader of tokens.

use seals::fake::SeededDice;
use seals::{Dice, LinkPurpose, MailKind, MailRef, Seals, Timestamp, u64_below};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const SEED: u64 = 0x4433;
/// Forgeries in all.
const FORGERIES: usize = 1_000_000;
/// The form that the stamps are shown for.
const FORM: u64 = 7;
/// When a genuine stamp is looked at.
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// The readers of tokens that arrive from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Link,
    Mailbox,
    ReturnPath,
    MessageId,
    Feedback,
    Stamp,
}

impl Reader {
    const ALL: [Self; 6] = [Self::Link, Self::Mailbox, Self::ReturnPath, Self::MessageId, Self::Feedback, Self::Stamp];

    /// Mints a genuine token about a person of an account; `round` makes each one another.
    fn mint(self, seals: &Seals, account: u64, round: u64) -> String {
        let person = account << 38 | round;
        let purpose = LinkPurpose::ALL[usize::try_from(round).unwrap() % LinkPurpose::ALL.len()];
        let mail = MailRef::new(person, 1 << 20 | round, MailKind::Mailing, 1).unwrap();
        match self {
            Self::Link => seals.link_token(person, purpose).unwrap().as_str().to_owned(),
            Self::Mailbox => seals.unsubscribe_mailbox_local(person, purpose).unwrap(),
            Self::ReturnPath => seals.return_path_local(&mail),
            Self::MessageId => seals.message_id_local(&mail.message_ref()),
            Self::Feedback => seals.feedback_token(&mail),
            Self::Stamp => seals.form_stamp(FORM, NOW).unwrap(),
        }
    }

    /// What the reader makes of a text; anything but `None` is an acceptance.
    fn read(self, seals: &Seals, text: &str) -> Option<String> {
        match self {
            Self::Link => seals.read_link_token(text).map(|read| format!("{read:?}")),
            Self::Mailbox => seals.read_unsubscribe_mailbox_local(text).map(|read| format!("{read:?}")),
            Self::ReturnPath => seals.read_return_path_local(text).map(|read| format!("{read:?}")),
            Self::MessageId => seals.read_message_id_local(text).map(|read| format!("{read:?}")),
            Self::Feedback => seals.read_feedback_token(text).map(|read| format!("{read:?}")),
            Self::Stamp => seals.check_form_stamp(text, FORM, NOW).ok().map(|age| format!("{age:?}")),
        }
    }

    /// `u.` and `b.` stand before the secret part of an address.
    const fn prefix(self) -> usize {
        match self {
            Self::Mailbox | Self::ReturnPath => 2,
            _ => 0,
        }
    }

    /// Mail systems may change the case of an address; a URL keeps it.
    const fn folds_case(self) -> bool {
        !matches!(self, Self::Link)
    }

    const fn alphabet(self) -> &'static [u8] {
        match self {
            Self::Link => BASE62,
            _ => BASE32,
        }
    }
}

/// How a forger makes a token from a genuine one (or from nothing).
#[derive(Clone, Copy, Debug)]
enum Forgery {
    /// Any characters of the right alphabet and number.
    Random,
    /// One bit of the text is another.
    BitFlip,
    /// One character is another of the alphabet.
    OtherCharacter,
    /// The end is missing, or the beginning.
    Truncated,
    /// The front half of one person's token and the back half of another account's.
    CrossAccount,
    /// A genuine token of another kind, with the right prefix and length where it fits.
    CrossPurpose,
    /// Minted under a key that this installation no longer has, or never had.
    OldKey,
    /// All in the other case, or one letter of it.
    CaseFolded,
    /// Two characters changed places.
    Swapped,
}

impl Forgery {
    const ALL: [Self; 9] = [
        Self::Random,
        Self::BitFlip,
        Self::OtherCharacter,
        Self::Truncated,
        Self::CrossAccount,
        Self::CrossPurpose,
        Self::OldKey,
        Self::CaseFolded,
        Self::Swapped,
    ];

    fn make(self, at: Reader, genuine: &str, world: &World, dice: &dyn Dice, round: u64) -> Vec<u8> {
        let (prefix, alphabet) = (at.prefix(), at.alphabet());
        let below = |count: usize| usize::try_from(u64_below(dice, count as u64)).unwrap();
        let mut text = genuine.as_bytes().to_vec();
        let place = prefix + below(text.len() - prefix);
        match self {
            Self::Random => text[prefix..].iter_mut().for_each(|byte| *byte = alphabet[below(alphabet.len())]),
            Self::BitFlip => text[place] ^= 1 << below(7),
            Self::OtherCharacter => text[place] = alphabet[below(alphabet.len())],
            Self::Truncated if round.is_multiple_of(2) => text.truncate(place),
            Self::Truncated => drop(text.drain(prefix..=place)),
            Self::CrossAccount => {
                let other = at.mint(&world.seals, 2, round);
                text.splice(place.., other.as_bytes()[place..].iter().copied());
            }
            Self::CrossPurpose => {
                let others: Vec<_> = Reader::ALL.into_iter().filter(|other| *other != at).collect();
                let other = others[below(others.len())];
                let token = other.mint(&world.seals, 1, round);
                text.truncate(prefix);
                text.extend(token.bytes().skip(other.prefix()).take(genuine.len() - prefix));
            }
            Self::OldKey => text = at.mint(&world.lost, 1, round).into_bytes(),
            Self::CaseFolded if round.is_multiple_of(2) => text[place] ^= 0x20,
            Self::CaseFolded => text.iter_mut().for_each(|byte| *byte = flipped(*byte)),
            Self::Swapped => {
                let other = prefix + below(text.len() - prefix);
                text.swap(place, other);
            }
        }
        text
    }
}

const fn flipped(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte }
}

/// `cargo xtask test --long` asks for ten times as many.
#[expect(clippy::disallowed_methods, reason = "the chore that runs the tests speaks through the environment")]
fn long() -> bool {
    std::env::var_os("XTASK_LONG").is_some()
}

struct World {
    /// Two keys: the current one and one from before a change.
    seals: Seals,
    /// The key that was thrown away.
    lost: Seals,
}

impl World {
    fn new() -> Self {
        let text = |seed| Seals::generate(&SeededDice::new(seed)).1;
        let seals = Seals::parse(&format!("{}{}", text(SEED), text(SEED + 1))).unwrap();
        Self { seals, lost: Seals::parse(&text(SEED + 2)).unwrap() }
    }
}

/// ARMOUR D3. Proves U6, T8: of a million forgeries of all sorts none is accepted by any reader,
/// while the genuine token that each was made from is.
#[test]
fn armour_d3_of_a_million_forged_tokens_none_is_accepted() {
    let (world, dice) = (World::new(), SeededDice::new(SEED));
    let (mut made, mut round) = (0, 0_u64);
    let mut tried = [0_usize; Forgery::ALL.len()];
    let figure = if long() { FORGERIES * 10 } else { FORGERIES };
    while made < figure {
        round += 1;
        for at in Reader::ALL {
            let genuine = at.mint(&world.seals, 1, round);
            assert!(at.read(&world.seals, &genuine).is_some(), "seed {SEED}, round {round}: {at:?} knows its own");
            for (sort, forgery) in Forgery::ALL.into_iter().enumerate() {
                let forged = forgery.make(at, &genuine, &world, &dice, round);
                let same = |one: &[u8], other: &[u8]| {
                    if at.folds_case() { one.eq_ignore_ascii_case(other) } else { one == other }
                };
                // A change that changed nothing, or what is genuine for another person, is no forgery.
                let Ok(forged) = String::from_utf8(forged) else { continue };
                let genuine_of_two = at.mint(&world.seals, 2, round);
                if same(forged.as_bytes(), genuine.as_bytes()) || same(forged.as_bytes(), genuine_of_two.as_bytes()) {
                    continue;
                }
                let read = at.read(&world.seals, &forged);
                assert_eq!(read, None, "seed {SEED}, round {round}: {at:?} took {forgery:?} {forged:?} of {genuine:?}");
                made += 1;
                tried[sort] += 1;
            }
        }
    }
    // Case is no secret in an address: those are left out there.
    assert!(tried.iter().all(|&count| count > 15_000), "every sort was tried: {tried:?}");
}
