//! Where the addresses that failed stand in a notice. Every address in it is weighed by what stands
//! before it; the best kind of place that holds any decides.

use std::ops::Range;

use super::MAX_RECIPIENTS;
use super::notice::{Notice, recipients_of_returned};
use crate::named::{Named, all_in, find_in};
use crate::rules::{RuleSet, Words, lower};
use crate::trail::Trail;
use crate::view::View;

/// Octets before an address that say what it is.
const MAX_LEAD: usize = 80;

/// An address that failed.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    pub(super) address: Named,
    /// Its place in the words of the notice; none when it was found elsewhere.
    pub(super) place: Option<Range<usize>>,
}

/// What the place of an address says, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It begins its line, and a colon stands behind it: a list of failures with their reasons.
    Listed,
    /// It begins its line: a list of failures.
    Begins,
    /// A word says that it is the recipient.
    Labelled,
    /// A quoted reply begins with it.
    Quoted,
    /// It stands somewhere.
    Somewhere,
    /// A word says that it is somebody else.
    Else,
}

/// Whether the notice lists addresses as those who are meant by a program do.
pub(super) fn lists_addresses(rules: &RuleSet, notice: &Notice) -> bool {
    let meant = |(rank, sighting): &(Rank, Sighting)| *rank <= Rank::Labelled && !is_machine(&sighting.address);
    weigh(&rules.notices, &notice.head).iter().any(meant)
}

/// The addresses that failed, each once.
pub(super) fn failed(rules: &RuleSet, view: &View, notice: &Notice, trail: &mut Trail) -> Vec<Sighting> {
    let weighed = weigh(&rules.notices, &notice.head);
    let own = own_addresses(view, notice);
    let returned = recipients_of_returned(view, notice);
    let listed = view.header("X-Failed-Recipients").map(|v| all_in(v, MAX_RECIPIENTS)).unwrap_or_default();
    let is_own = |a: &Named| own.contains(a) && !returned.contains(a) && !listed.contains(a);
    let of = |rank: Rank, strict: bool| -> Vec<Sighting> {
        let fits =
            |(r, s): &&(Rank, Sighting)| *r == rank && !is_machine(&s.address) && (!strict || !is_own(&s.address));
        once(weighed.iter().filter(fits).map(|(_, s)| s.clone()).collect())
    };
    let elsewhere = |list: &[Named]| {
        list.iter().map(|a| Sighting { address: a.clone(), place: place_of(&weighed, a) }).collect::<Vec<_>>()
    };
    let begins = || once(of(Rank::Listed, false).into_iter().chain(of(Rank::Begins, true)).collect());
    for (found, why) in [
        (begins(), "addresses that begin their lines"),
        (of(Rank::Labelled, true), "addresses behind a word for recipients"),
    ] {
        if !found.is_empty() {
            trail.note(|| why.to_owned());
            // The header of a long list may name more than its text.
            let all_listed = found.iter().all(|s| listed.contains(&s.address));
            return if all_listed && listed.len() > found.len() { elsewhere(&listed) } else { found };
        }
    }
    if !listed.is_empty() {
        trail.note(|| "X-Failed-Recipients".to_owned());
        return elsewhere(&listed);
    }
    for (rank, why) in
        [(Rank::Quoted, "addresses in quoted replies"), (Rank::Somewhere, "addresses anywhere in the notice")]
    {
        let found = of(rank, true);
        // Prose may name others too: whoever was written to was meant.
        let meant: Vec<_> = found.iter().filter(|s| returned.contains(&s.address)).cloned().collect();
        if !found.is_empty() {
            trail.note(|| why.to_owned());
            return if rank == Rank::Quoted || meant.is_empty() { found } else { meant };
        }
    }
    let others: Vec<Named> = returned.iter().filter(|a| !is_machine(a)).cloned().collect();
    if !others.is_empty() {
        trail.note(|| "the recipients of the returned message".to_owned());
        return elsewhere(&others);
    }
    let local = local_names(notice);
    if !local.is_empty() {
        trail.note(|| "names of the reporting host's own users".to_owned());
        return local;
    }
    // Mail to oneself: sender and recipient are one.
    [Rank::Begins, Rank::Labelled]
        .into_iter()
        .map(|rank| of(rank, false))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Users that a host lists without its name: `anna (user not found)`.
fn local_names(notice: &Notice) -> Vec<Sighting> {
    let Some(domain) = all_in(&notice.from, 1).pop().map(|a| a.domain().to_owned()) else { return Vec::new() };
    let (mut found, mut begun, mut start) = (Vec::new(), false, 0);
    for line in notice.head.split_inclusive('\n') {
        let text = line.trim().trim_matches(DECORATION);
        let (name, rest) = text.split_at(text.find([' ', '\t', ':', '(']).unwrap_or(text.len()));
        let rest = rest.trim_start();
        let alone = rest.is_empty() || rest.starts_with(['(', ':']);
        let fits = (2..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
            && name.bytes().any(|b| b.is_ascii_alphabetic());
        if begun && alone && fits && line.starts_with([' ', '\t']) {
            let address = Named::of_field(&format!("{name}@{domain}"));
            found
                .extend(address.map(|address| Sighting { address, place: Some(start..start + line.trim_end().len()) }));
        } else if !text.is_empty() {
            if !found.is_empty() && !line.starts_with([' ', '\t']) {
                break;
            }
            begun = text.ends_with("following") || line.trim_end().ends_with([':', '.']) || begun;
        }
        start += line.len();
    }
    found.truncate(MAX_RECIPIENTS);
    once(found)
}

fn place_of(weighed: &[(Rank, Sighting)], address: &Named) -> Option<Range<usize>> {
    weighed.iter().find(|(_, s)| s.address == *address).and_then(|(_, s)| s.place.clone())
}

fn once(list: Vec<Sighting>) -> Vec<Sighting> {
    let mut kept: Vec<Sighting> = Vec::new();
    for sighting in list {
        if kept.iter().all(|k| k.address != sighting.address) {
            kept.push(sighting);
        }
    }
    kept
}

/// Those who sent the notice and those who got it.
fn own_addresses(view: &View, notice: &Notice) -> Vec<Named> {
    let headers =
        ["To", "From", "Delivered-To", "X-Original-To", "Reply-To", "Cc"].iter().filter_map(|n| view.header(n));
    let mut own: Vec<Named> = headers.flat_map(|v| all_in(v, 20)).collect();
    own.extend(all_in(&notice.from, 5));
    own
}

/// Local parts of programs and of the people who tend them.
fn is_machine(address: &Named) -> bool {
    let local = address.local().to_ascii_lowercase();
    let known =
        ["mailer-daemon", "postmaster", "abuse", "hostmaster", "support", "helpdesk", "mailmaster", "mailadmin"];
    known.contains(&local.as_str()) || local.starts_with("mailer-daemon")
}

/// Every address of a text with its rank.
fn weigh(words: &Words, head: &str) -> Vec<(Rank, Sighting)> {
    let mut weighed = Vec::new();
    let (mut start, mut above) = (0, String::new());
    for line in head.split_inclusive('\n') {
        let found = find_in(line, MAX_RECIPIENTS);
        let mut seen_to = 0;
        for (number, (range, address)) in found.iter().cloned().enumerate() {
            let next = found.get(number + 1).map(|(next, _)| next.clone());
            let is_name = next.is_some_and(|next| line[range.end..next.start].trim_matches(['"', '\'']).trim() == "<");
            let rank = if is_link(line, &range) || is_name {
                Rank::Else
            } else {
                // The name of a mailbox may look like an address: only what stands in brackets is one.
                let start = if seen_to > 0 && line[seen_to..range.start].trim_matches(['"', '\'']).trim() == "<" {
                    found[number - 1].0.start
                } else {
                    range.start
                };
                match rank(words, &line[..start], &above, number > 0 && start == range.start) {
                    Rank::Begins
                        if line[range.end..].trim_start_matches(['>', '"', '\'', ')', ' ']).starts_with(':') =>
                    {
                        Rank::Listed
                    }
                    rank => rank,
                }
            };
            seen_to = range.end;
            weighed.push((rank, Sighting { address, place: Some(start + range.start..start + range.end) }));
        }
        if !line.trim().is_empty() {
            above = lower(&line[tail(line, MAX_LEAD)..]);
        }
        start += line.len();
        if weighed.len() >= 4 * MAX_RECIPIENTS {
            break;
        }
    }
    weighed
}

/// The address in a link that repeats the one before it, or in a message id.
fn is_link(line: &str, range: &Range<usize>) -> bool {
    let before = line[..range.start].to_ascii_lowercase();
    before.ends_with("mailto:") || before.contains("message-id") || before.ends_with("://")
}

fn tail(text: &str, most: usize) -> usize {
    text.ceil_char_boundary(text.len().saturating_sub(most))
}

/// Signs around an address that say nothing.
const DECORATION: &[char] = &[
    '<', '>', '(', ')', '[', ']', '"', '\'', '*', '|', '#', '-', '=', '+', '·', '•', '–', '—', '.', ',', ';', ' ',
    '\t', '`', '„', '“', '«', '：', '「', '【', '&',
];

fn rank(words: &Words, before: &str, above: &str, not_first: bool) -> Rank {
    let lead = lower(before[tail(before, MAX_LEAD)..].trim_end_matches(DECORATION));
    let bare = lead.trim_matches(DECORATION);
    // The fields of a quoted header: whom the message was written to, not whom it did not reach.
    if matches!(bare, "to:" | "cc:") {
        return Rank::Somewhere;
    }
    let is_number =
        |t: &str| t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b' ' | b'#' | b'<' | b'>'));
    if bare.is_empty() {
        // `To: a@…` may be broken into two lines, and so may `please contact`.
        return match label(words, above) {
            Some(Rank::Else) if !above.ends_with([':', '.']) => Rank::Else,
            _ => Rank::Begins,
        };
    }
    if bare.len() <= 2 && is_number(bare) {
        return Rank::Begins;
    }
    let code = bare.trim_start_matches("smtp").trim_start_matches([';', ':', ' ']);
    if code.len() <= 16 && is_number(code) {
        return Rank::Quoted;
    }
    if let Some(rank) = label(words, &lead) {
        return rank;
    }
    // More of a list in one line: `a@…, b@…`.
    if not_first {
        Rank::Somewhere
    } else if lead.ends_with(':') && lead.split_whitespace().count() <= 4 {
        Rank::Labelled
    } else {
        Rank::Somewhere
    }
}

/// What the last words before an address call it; the longest label decides.
fn label(words: &Words, lead: &str) -> Option<Rank> {
    let ends = [':', ' ', ';', '<', '"'];
    let lead = lead.trim_end_matches(ends);
    let longest = |kind: &str| {
        let length = |text: &str| {
            let at = lead.len().checked_sub(text.len())?;
            let unspaced = text.starts_with(|c: char| c >= '\u{2e80}');
            let apart = lead.is_char_boundary(at) && (unspaced || !lead[..at].ends_with(char::is_alphanumeric));
            (lead.ends_with(text) && apart).then_some(text.len())
        };
        words.of(kind).iter().filter_map(|mark| length(mark.text.trim_end_matches(ends))).max()
    };
    match (longest("to"), longest("not-to")) {
        (Some(to), Some(other)) if to >= other => Some(Rank::Labelled),
        (_, Some(_)) => Some(Rank::Else),
        (Some(_), None) => Some(Rank::Labelled),
        (None, None) => None,
    }
}
