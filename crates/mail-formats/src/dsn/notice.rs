//! Bounces in plain words: what a notice says before the returned message begins, about whom, and
//! why. Whether a mail is one at all is for [`super::evidence`]; where the failed addresses stand
//! is for [`super::sightings`].

use super::evidence::{self, Tone};
use super::sightings::{self, Sighting};
use super::{Action, BouncedRecipient, MAX_RECIPIENTS, groups, judge, kept, of_groups};
use crate::classify::{Judgement, Reason};
use crate::named::{Named, all_in};
use crate::reply::{EnhancedStatus, Reply};
use crate::rules::{RuleSet, lower};
use crate::trail::Trail;
use crate::view::{View, find};

/// Octets of a notice that are read.
const MAX_NOTICE: usize = 32 * 1024;
/// Lines that a reason may take.
const MAX_REASON_LINES: usize = 40;

/// A notice taken apart.
pub(super) struct Notice {
    /// The words of the program.
    pub(super) head: String,
    /// The message that it returns, as far as it stands in the text.
    pub(super) returned: String,
    /// The title of the mail, or of the mail forwarded in it.
    pub(super) subject: String,
    /// Who wrote it.
    pub(super) from: String,
    /// A person passed it on.
    pub(super) forwarded: bool,
}

impl Notice {
    pub(super) fn of(rules: &RuleSet, view: &View) -> Self {
        let text = text_of(view);
        let text = &text[..text.floor_char_boundary(MAX_NOTICE)];
        let own = |name: &str| view.header(name).unwrap_or_default().to_owned();
        if let Some(inner) = passed_on(rules, view, text) {
            return inner;
        }
        let (head, returned) = cut(rules, text);
        Self { head, returned, subject: view.subject().to_owned(), from: own("From"), forwarded: false }
    }
}

/// The text of the mail itself: its plain parts, or its HTML as text; parts of types that nobody
/// knows count as plain ones.
fn text_of(view: &View) -> String {
    let own = view.parts().iter().filter(|p| p.depth == 0);
    let is_text =
        |kind: &str| kind == "text/plain" || kind.ends_with("delivery-status") || kind == "text/rfc822-headers";
    let mut text = String::new();
    for part in own.filter(|p| is_text(&p.kind) && !p.text.trim().is_empty()) {
        text.push_str(&part.text);
        text.push_str("\n\n");
        if text.len() > MAX_NOTICE {
            break;
        }
    }
    if !text.contains('@') {
        let own = view.own_html();
        text = if own.trim().is_empty() { text } else { format!("{text}\n{own}") };
    }
    text
}

/// A notice that a person passed on, quoted under a header of its own.
fn passed_on(rules: &RuleSet, view: &View, text: &str) -> Option<Notice> {
    let is_marked =
        rules.forwards.begins("prefix", &lower(view.subject())).is_some() || text.contains("orwarded message");
    let quoted = text.lines().filter(|l| l.trim_start().starts_with('>')).count();
    if !is_marked || quoted < 3 {
        return None;
    }
    let plain: String = text.lines().map(|l| format!("{}\n", l.trim_start_matches(['>', ' ']))).collect();
    let at = plain
        .lines()
        .position(|l| rules.forwards.of("from").iter().any(|m| lower(l).starts_with(&format!("{}:", m.text))))?;
    let header: Vec<&str> = plain.lines().skip(at).take(12).collect();
    let value = |kind: &str| {
        let named = |l: &&&str| rules.forwards.of(kind).iter().any(|m| lower(l).starts_with(&format!("{}:", m.text)));
        header.iter().find(named).and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned())
    };
    let (from, subject) = (value("from")?, value("subject")?);
    let is_one = rules.notices.in_text("from", &lower(&from)).is_some()
        && rules.notices.in_text("subject", &lower(&subject)).is_some();
    if !is_one {
        return None;
    }
    let body: String =
        plain.lines().skip(at + 1).skip_while(|l| !l.trim().is_empty()).map(|l| format!("{l}\n")).collect();
    let (head, returned) = cut(rules, &body);
    Some(Notice { head, returned, subject, from, forwarded: true })
}

/// Parts a notice at the line where the returned message begins.
fn cut(rules: &RuleSet, text: &str) -> (String, String) {
    let mut at = 0;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut said_something = false;
    for (number, line) in lines.iter().enumerate() {
        let begins = is_mark(rules, line) || is_header(&lines[number..]);
        if begins && said_something {
            return (text[..at].to_owned(), text[at..].to_owned());
        }
        said_something |= line.chars().any(char::is_alphabetic);
        at += line.len();
    }
    (text.to_owned(), String::new())
}

/// A line that says that the returned message follows.
fn is_mark(rules: &RuleSet, line: &str) -> bool {
    let decorated = line.trim_start_matches([' ', '\t', '>', '|', '*', '#']);
    let is_ruler = |c: char| matches!(c, '-' | '=' | '_' | '*' | '+' | '~');
    let rulers = decorated.chars().take_while(|c| is_ruler(*c)).count();
    let title = lower(decorated.trim_start_matches(|c| is_ruler(c) || c == ' '));
    if title.len() > 90 || rules.notices.begins("returned", &title).is_none() {
        return false;
    }
    let tail = title.trim_end_matches(['-', '=', '_', '*', ' ', '+', '~']);
    rulers >= 2
        || tail.ends_with([':', '.'])
        || ["follow", "below", "attached", "copy", "header", "enclosed"].iter().any(|w| tail.contains(w))
}

/// Names that stand in headers of mail and never in a notice's own words.
const STRONG: [&str; 8] = [
    "received",
    "return-path",
    "message-id",
    "mime-version",
    "dkim-signature",
    "delivered-to",
    "x-received",
    "x-mailer",
];
/// Names of a report's own fields.
const OWN: [&str; 8] = [
    "reporting-mta",
    "final-recipient",
    "original-recipient",
    "action",
    "status",
    "diagnostic-code",
    "remote-mta",
    "arrival-date",
];

/// Whether these lines begin with the header of a mail.
fn is_header(lines: &[&str]) -> bool {
    let (mut fields, mut strong, mut basic, mut has_from) = (0, false, 0, false);
    for line in lines.iter().take(12) {
        let line = line.trim_end();
        if line.starts_with([' ', '\t']) && fields > 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { break };
        let is_name = !name.is_empty()
            && name.len() <= 40
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !is_name {
            break;
        }
        let name = name.to_ascii_lowercase();
        if OWN.contains(&name.as_str()) || name.starts_with("x-postfix") {
            break;
        }
        fields += 1;
        strong |= STRONG.contains(&name.as_str());
        basic += usize::from(matches!(name.as_str(), "from" | "to" | "subject" | "date"));
        has_from |= name == "from";
    }
    fields >= 2 && strong || fields >= 3 && basic >= 3 && has_from || fields == 1 && strong && lines.len() < 3
}

/// The words of the notice itself, up to what was returned, fit for pages.
pub(super) fn words_of(rules: &RuleSet, view: &View) -> String {
    let text = view.own_text();
    let text = &text[..text.floor_char_boundary(MAX_NOTICE)];
    kept(&cut(rules, text).0)
}

/// The addresses that failed, for reports that leave them out.
pub(super) fn addresses(rules: &RuleSet, view: &View, trail: &mut Trail) -> Vec<Named> {
    let notice = Notice::of(rules, view);
    let mut found = sightings::failed(rules, view, &notice, trail);
    found.truncate(MAX_RECIPIENTS);
    found.into_iter().map(|sighting| sighting.address).collect()
}

/// Reads a notice, and says whether a person passed it on; `None` if the mail is none.
pub(super) fn read(rules: &RuleSet, view: &View, trail: &mut Trail) -> Option<(Vec<BouncedRecipient>, bool)> {
    let notice = Notice::of(rules, view);
    let Tone { action } = evidence::weigh(rules, view, &notice, trail)?;
    let embedded = embedded(rules, &notice, trail);
    if !embedded.is_empty() {
        return Some((embedded, notice.forwarded));
    }
    let found = sightings::failed(rules, view, &notice, trail);
    // A notice that names nobody may pass on the notice of another host.
    if found.iter().all(|sighting| sighting.place.is_none())
        && view.header("X-Failed-Recipients").is_none()
        && let Some(inner) = passed_within(rules, view, &notice, trail)
    {
        return Some((inner, notice.forwarded));
    }
    let judged = judged(rules, &notice, &found, action, trail);
    if !judged.is_empty() {
        return Some((judged, notice.forwarded));
    }
    // Nobody is named; the reason may be told all the same.
    trail.note(|| "the notice names nobody".to_owned());
    let (reply, judgement) = of_all(rules, &notice, action);
    trail.judged(None, &reply, &judgement);
    let nobody = BouncedRecipient { address: None, original: None, action, reply, verdict: judgement.verdict };
    Some((vec![nobody], notice.forwarded))
}

fn judged(
    rules: &RuleSet,
    notice: &Notice,
    found: &[Sighting],
    action: Action,
    trail: &mut Trail,
) -> Vec<BouncedRecipient> {
    let one = |(number, sighting): (usize, &Sighting)| {
        let (reply, judgement) = reason_for(rules, notice, found, number, action);
        trail.judged(Some(&sighting.address), &reply, &judgement);
        BouncedRecipient {
            address: Some(sighting.address.clone()),
            original: None,
            action,
            reply,
            verdict: judgement.verdict,
        }
    };
    found.iter().take(MAX_RECIPIENTS).enumerate().map(one).collect()
}

/// The notice or report inside a notice: attached, or in the text behind its header.
fn passed_within(rules: &RuleSet, view: &View, outer: &Notice, trail: &mut Trail) -> Option<Vec<BouncedRecipient>> {
    let attached = view.parts().iter().find(|p| p.depth == 1 && p.kind.ends_with("delivery-status"));
    if let Some(part) = attached {
        let found = of_groups(rules, &groups(&part.text), "", trail);
        if !found.is_empty() {
            trail.note(|| "the report of another host is attached".to_owned());
            return Some(found);
        }
    }
    let (header, body) = outer.returned.split_once("\n\n")?;
    let header = lower(header);
    let is_one = header.contains("from: ")
        && rules.notices.in_text("from", &header).is_some()
        && rules.notices.in_text("subject", &header).is_some();
    if !is_one {
        return None;
    }
    let (head, returned) = cut(rules, body);
    let inner = Notice { head, returned, subject: outer.subject.clone(), from: outer.from.clone(), forwarded: false };
    let found = embedded(rules, &inner, trail);
    if !found.is_empty() {
        return Some(found);
    }
    let found = sightings::failed(rules, view, &inner, trail);
    let judged = judged(rules, &inner, &found, Action::Failed, trail);
    (!judged.is_empty()).then_some(judged)
}

/// A report in due form that stands in the text.
fn embedded(rules: &RuleSet, notice: &Notice, trail: &mut Trail) -> Vec<BouncedRecipient> {
    let small = notice.head.to_ascii_lowercase();
    if !small.contains("final-recipient:") || !(small.contains("action:") || small.contains("status:")) {
        return Vec::new();
    }
    trail.note(|| "the fields of a report stand in the text".to_owned());
    let speaks = |group: &Vec<(String, String)>| find(group, "Final-Recipient").and_then(Named::of_field).is_some();
    let groups: Vec<_> = groups(&notice.head).into_iter().filter(speaks).collect();
    of_groups(rules, &groups, &kept(&notice.head), trail)
}

/// The words that belong to one address: behind it up to the next, else before it, else all.
fn reason_for<'a>(
    rules: &'a RuleSet,
    notice: &Notice,
    found: &[Sighting],
    number: usize,
    action: Action,
) -> (Reply, Judgement<'a>) {
    let head = &notice.head;
    let here = &found[number];
    let Some(place) = here.place.clone() else { return of_all(rules, notice, action) };
    let next =
        found.iter().filter_map(|s| s.place.as_ref().map(|p| p.start)).filter(|start| *start > place.start).min();
    let before = found.iter().filter_map(|s| s.place.as_ref().map(|p| p.end)).filter(|end| *end <= place.start).max();
    let line_start = head[..place.start].rfind('\n').map_or(0, |at| at + 1);
    let end_of = |at: usize| head[..at].rfind('\n').map_or(at, |line| line.max(place.end));
    let behind = &head[line_start..next.map_or(head.len(), end_of)];
    let behind: String = behind.lines().take(MAX_REASON_LINES).map(|l| format!("{l}\n")).collect();
    let alone = found.len() == 1;
    let mut tried = None;
    for words in [behind.as_str(), &head[before.unwrap_or(0).min(line_start)..place.end]] {
        let (reply, judgement) = of_words(rules, words, action);
        if judgement.verdict.reason != Reason::Unknown {
            return (reply, judgement);
        }
        tried.get_or_insert((reply, judgement));
    }
    let all = of_all(rules, notice, action);
    match tried {
        Some(near)
            if all.1.verdict.reason == Reason::Unknown
                || !alone && all.1.verdict.class == crate::classify::Class::Hard =>
        {
            near
        }
        _ => all,
    }
}

/// The whole notice, and if that says nothing its title.
fn of_all<'a>(rules: &'a RuleSet, notice: &Notice, action: Action) -> (Reply, Judgement<'a>) {
    let all = of_words(rules, &notice.head, action);
    if all.1.verdict.reason != Reason::Unknown {
        return all;
    }
    let title = of_words(rules, &notice.subject, action);
    if title.1.verdict.reason == Reason::Unknown { all } else { title }
}

/// Judges words: first what stands behind the label of a reason, then all of it.
fn of_words<'a>(rules: &'a RuleSet, words: &str, action: Action) -> (Reply, Judgement<'a>) {
    let whole = Reply::from_diagnostic(&kept(words));
    let judgement = judge(rules, action, &whole, None);
    let Some(at) = reason_at(rules, words) else { return (whole, judgement) };
    let told = Reply::from_diagnostic(&kept(&words[at..]));
    let of_told = judge(rules, action, &told, None);
    if of_told.verdict.reason == Reason::Unknown { (whole, judgement) } else { (told, of_told) }
}

/// Where the told reason begins: behind the first label that has words behind it.
fn reason_at(rules: &RuleSet, words: &str) -> Option<usize> {
    let small = words.to_ascii_lowercase();
    let ends = rules.notices.of("reason").iter().filter_map(|m| small.find(&m.text).map(|at| (at, at + m.text.len())));
    let (_, end) = ends.min_by_key(|(at, end)| (*at, usize::MAX - end))?;
    (words.len() > end && words[end..].chars().any(char::is_alphanumeric)).then_some(end)
}

/// The recipients of the returned message: its To, in the text or in an attached message.
pub(super) fn recipients_of_returned(view: &View, notice: &Notice) -> Vec<Named> {
    let inner = view.inner_headers().iter().find_map(|h| find(h, "To").map(str::to_owned));
    let attached = || {
        let parts = view.parts().iter().filter(|p| p.kind.contains("rfc822") || p.kind == "message/global-headers");
        parts.map(|p| p.text.as_str()).find_map(to_line)
    };
    let to = inner.or_else(|| to_line(&notice.returned)).or_else(attached);
    to.map(|value| all_in(&value, MAX_RECIPIENTS)).unwrap_or_default()
}

fn to_line(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|l| l.trim_start_matches(['>', ' ', '\t']));
    let first = lines.find(|l| l.get(..3).is_some_and(|p| p.eq_ignore_ascii_case("to:")))?;
    let mut value = first[3..].to_owned();
    for line in text.lines().skip_while(|l| !l.contains(first)).skip(1).take(5) {
        if !line.starts_with([' ', '\t']) {
            break;
        }
        value.push_str(line);
    }
    Some(value)
}

/// A status that stands in the text, for those who ask whether it speaks of a failure.
pub(super) fn tells_failure(head: &str) -> bool {
    let reply = Reply::from_diagnostic(&kept(head));
    reply.code().is_some() || EnhancedStatus::find(head).is_some_and(|s| s.class != 2)
}
