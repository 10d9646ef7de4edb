//! Who plays: invented people, what they do, and what their provider does to them. All of it
//! follows from the seed.

use std::net::Ipv4Addr;

use crate::people::{Person, Seed, people};

/// How many people sign up.
pub(super) const PEOPLE: usize = 1000;

/// The two accounts of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Side {
    /// A garden's letter: keeps the rules.
    Garden,
    /// A shop that annoys its readers and is suspended.
    Shop,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Garden, Self::Shop];
}

/// What somebody does with a confirmation mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Confirms,
    Ignores,
    /// "That was not me."
    NotMe,
}

/// What becomes of newsletters to somebody, at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mailbox {
    Works,
    /// Gone since: 550 5.1.1 in the session.
    Gone,
    /// Gone since, but the provider takes the mail first and sends a DSN.
    GoneLater,
    /// Full: 552 5.2.2 in the session.
    Full,
    /// Full: taken first, then a DSN with 4.2.2.
    FullLater,
}

/// What somebody does with the first newsletter of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    Nothing,
    /// One-click at the link of an older mail, while the newsletter is under way.
    LeavesMeanwhile,
    /// One-click by the mail program.
    OneClick,
    /// By the page behind the link in the text.
    Page,
    /// By the page, and takes it back at once.
    PageAndBack,
    /// By mail.
    Mailto,
    /// By the button of the provider, which sends a report.
    ComplainsByReport,
    /// By a letter to the abuse desk with the mail attached.
    ComplainsByLetter,
    /// Answers the newsletter.
    Replies,
}

/// One person of the story.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) person: Person,
    pub(super) ip: Ipv4Addr,
    pub(super) sides: Vec<Side>,
    pub(super) answer: Answer,
    pub(super) mailbox: Mailbox,
    pub(super) deed: Deed,
}

impl Player {
    pub(super) fn address(&self) -> &str {
        &self.person.address
    }

    pub(super) fn confirms(&self) -> bool {
        self.answer == Answer::Confirms
    }
}

/// Invents everybody.
pub(super) fn cast(seed: u64) -> Vec<Player> {
    let mut chance = Seed::new(seed ^ 0x5eed);
    let share = 560 + chance.below(80);
    let silent = 90 + chance.below(60);
    let everybody = people(seed, PEOPLE);
    let mut players: Vec<Player> = everybody
        .into_iter()
        .enumerate()
        .map(|(number, person)| Player {
            person,
            ip: visitor(number),
            sides: vec![if chance.chance(share) { Side::Garden } else { Side::Shop }],
            answer: if chance.chance(silent) { Answer::Ignores } else { Answer::Confirms },
            mailbox: Mailbox::Works,
            deed: Deed::Nothing,
        })
        .collect();
    let mut order: Vec<usize> = (0..players.len()).filter(|n| players[*n].confirms()).collect();
    chance.shuffle(&mut order);
    hand_out(&mut players, &order, &mut chance);
    players
}

/// Every visitor has an address of their own; few share a network.
fn visitor(number: usize) -> Ipv4Addr {
    let octet = |value: usize| u8::try_from(value).expect("fewer than 250");
    Ipv4Addr::new(127, octet(10 + number / 200), octet(1 + number % 200), 7)
}

/// Gives the special parts to people who confirm, each person at most one.
fn hand_out(players: &mut [Player], order: &[usize], chance: &mut Seed) {
    let mut deck = order.iter().copied();
    let mut give = |count: u64, side: Option<Side>, act: &mut dyn FnMut(&mut Player)| {
        let mut left = count;
        for place in deck.by_ref() {
            let player = &mut players[place];
            if left == 0 {
                break;
            }
            if side.is_none_or(|side| player.sides == [side]) {
                act(player);
                left -= 1;
            }
        }
    };
    let garden = Some(Side::Garden);
    let shop = Some(Side::Shop);
    give(3 + chance.below(4), None, &mut |one| one.answer = Answer::NotMe);
    for (mailbox, most) in [(Mailbox::Gone, 5), (Mailbox::GoneLater, 4), (Mailbox::Full, 4), (Mailbox::FullLater, 3)] {
        for side in Side::BOTH {
            let count = 2 + chance.below(most);
            give(count, Some(side), &mut |one| one.mailbox = mailbox);
        }
    }
    // Known to both accounts, and gone when the shop writes: excluded for the garden too.
    give(2 + chance.below(3), shop, &mut |one| {
        one.sides = Side::BOTH.to_vec();
        one.mailbox = Mailbox::Gone;
    });
    give(20 + chance.below(20), None, &mut |one| one.sides = Side::BOTH.to_vec());
    for (deed, most) in
        [(Deed::LeavesMeanwhile, 10), (Deed::OneClick, 8), (Deed::Page, 6), (Deed::PageAndBack, 3), (Deed::Mailto, 5)]
    {
        give(3 + chance.below(most), garden, &mut |one| one.deed = deed);
    }
    give(1, garden, &mut |one| one.deed = Deed::ComplainsByReport);
    give(2, shop, &mut |one| one.deed = Deed::Replies);
    give(2 + chance.below(2), shop, &mut |one| one.deed = Deed::ComplainsByReport);
    give(2, shop, &mut |one| one.deed = Deed::ComplainsByLetter);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_seed_decides_and_everybody_has_one_part() {
        for seed in 0..20 {
            let players = cast(seed);
            assert_eq!(players.len(), PEOPLE);
            let count = |deed| players.iter().filter(|one| one.deed == deed).count();
            assert!(count(Deed::ComplainsByReport) >= 3, "{seed}");
            assert_eq!(count(Deed::ComplainsByLetter), 2);
            let special = players.iter().filter(|one| one.mailbox != Mailbox::Works);
            assert!(special.clone().count() > 15);
            assert!(special.clone().all(|one| one.deed == Deed::Nothing));
            let addresses: HashSet<_> = players.iter().map(|one| one.ip).collect();
            assert_eq!(addresses.len(), PEOPLE);
        }
        let names = |seed| cast(seed).into_iter().map(|one| one.person.address).collect::<Vec<_>>();
        assert_ne!(names(1), names(2));
    }
}
