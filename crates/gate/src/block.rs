//! The signature block at the end of every mail to recipients (R26, R33, R38, R46, R47).
//!
//! The links stand last, so that they are at the end however long a legal notice is; each stands
//! alone on its line in the text part.

use policy::{PersonFacts, Purpose, Refusal, SendFacts};
use seals::Timestamp;
use texts::{Language, dates, mail};

use crate::frame::{BLOCK_CLOSE, BLOCK_OPEN, LINK_STYLE, escaped};
use crate::house::House;
use crate::marks::Marks;

/// Stands above the block in text parts.
pub(crate) const RULE: &str = "____________________________________________________________";

/// A line of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    Link { label: String, anchor: String, url: String },
    Gap,
}

/// The block of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) lines: Vec<Line>,
}

/// The language of a mail: that of the mailing, else of its reader.
pub(crate) fn language(purpose: Purpose, facts: &SendFacts) -> Language {
    if purpose.duties().list_identity
        && let Some(mailing) = facts.mailing.as_deref()
    {
        return mailing.content.language;
    }
    match &facts.person {
        PersonFacts::Contact(contact) => contact.language,
        PersonFacts::Pending(pending) => pending.language,
        PersonFacts::User(user) => user.language,
        PersonFacts::Outsider(outsider) => outsider.language,
        PersonFacts::NoContact | PersonFacts::NoPending => Language::En,
    }
}

/// The lines of the legal notice as this mail shows them.
///
/// In a confirmation mail no address of a page may become a third link (L3): a blank behind the
/// scheme keeps every letter and takes the link away.
pub(crate) fn legal_lines(purpose: Purpose, facts: &SendFacts, language: Language) -> Result<Vec<String>, Refusal> {
    let account = facts.account.as_deref().ok_or(Refusal::NoLegalNotice)?;
    let notice = account.legal_notice.as_ref().ok_or(Refusal::NoLegalNotice)?;
    let lines = notice.lines(language);
    let shown = |line: &String| {
        let line = mail_formats::header::cleaned(line);
        if purpose.duties().bare { unlinked(&line) } else { line }
    };
    Ok(lines.iter().map(shown).collect())
}

/// Takes the link out of an address of a page.
pub(crate) fn unlinked(text: &str) -> String {
    text.replace("://", ": //")
}

/// A UTC day in words.
pub(crate) fn day(language: Language, time: Timestamp) -> String {
    let (year, month, day) = civil(time.day());
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    dates::day(language, number(day), number(month), number(year))
}

/// A UTC day with its minute.
pub(crate) fn moment(language: Language, time: Timestamp) -> String {
    let minutes = time.seconds().rem_euclid(86_400) / 60;
    let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    dates::moment(language, &day(language, time), &clock, "UTC")
}

/// The civil date of a day number since 1970-01-01; years are counted from March.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl Block {
    /// The block that this mail must have.
    pub(crate) fn of(purpose: Purpose, facts: &SendFacts, marks: &Marks, house: &House) -> Result<Self, Refusal> {
        let language = language(purpose, facts);
        let mut lines = vec![Line::Text(mail::legal_heading(language))];
        lines.extend(legal_lines(purpose, facts, language)?.into_iter().map(Line::Text));
        lines.push(Line::Gap);
        lines.push(Line::Text(why(purpose, facts, language)?));
        lines.push(Line::Text(mail::complain(language, house.abuse_address.as_str())));
        lines.push(Line::Gap);
        lines.extend(links(purpose, language, marks));
        // Names and statements are customers' text: one line each, whatever they hold.
        for line in &mut lines {
            if let Line::Text(text) = line {
                *text = mail_formats::header::cleaned(text);
            }
        }
        Ok(Self { lines })
    }

    /// The block's HTML: an element of the body, complete.
    pub(crate) fn html(&self) -> String {
        let mut out = String::with_capacity(4096);
        out.push_str(BLOCK_OPEN);
        for line in &self.lines {
            match line {
                Line::Text(text) => out.push_str(&escaped(text)),
                Line::Link { anchor, url, .. } => out.push_str(&link_html(url, anchor)),
                Line::Gap => {}
            }
            out.push_str("<br>");
        }
        out.push_str(BLOCK_CLOSE);
        out
    }

    /// The block as the end of a text part.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("{RULE}\n");
        for line in &self.lines {
            match line {
                Line::Text(text) => out.push_str(text),
                Line::Link { label, url, .. } => {
                    out.push_str(label);
                    out.push('\n');
                    out.push_str(url);
                }
                Line::Gap => {}
            }
            out.push('\n');
        }
        out
    }
}

/// A link of ours.
pub(crate) fn link_html(url: &str, anchor: &str) -> String {
    format!("<a href=\"{}\"{LINK_STYLE}{}</a>", escaped(url), escaped(anchor))
}

/// Why the reader receives the mail (R38).
fn why(purpose: Purpose, facts: &SendFacts, language: Language) -> Result<String, Refusal> {
    match (&facts.person, facts.account.as_deref()) {
        (PersonFacts::Contact(contact), _) => {
            let consent = contact.consent.as_ref().ok_or(Refusal::NoConsent)?;
            let date = day(language, consent.granted_at);
            Ok(mail::why_newsletter(language, &consent.site, &date, &consent.statement))
        }
        (PersonFacts::Pending(pending), _) => {
            let date = day(language, pending.submitted_at);
            Ok(mail::why_confirmation(language, &unlinked(&pending.site), &date))
        }
        (PersonFacts::User(_), Some(account)) => {
            Ok(format!("{} {}", mail::why_test(language, &account.name), mail::test_hint(language)))
        }
        _ => Err(Refusal::DutyBroken { duty: format!("R38: {purpose:?} has nobody to address") }),
    }
}

fn links(purpose: Purpose, language: Language, marks: &Marks) -> Vec<Line> {
    let link = |label: String, anchor: String, url: &str| Line::Link { label, anchor, url: url.to_owned() };
    let unsubscribe = match purpose {
        Purpose::Confirmation => {
            let label = mail::confirm_not_me(language);
            let lines =
                vec![Line::Text(label), link(String::new(), mail::confirm_not_me_anchor(language), &marks.body_url)];
            return lines;
        }
        Purpose::TestMail => (mail::test_stop_label(language), mail::test_stop_anchor(language)),
        _ => (mail::unsubscribe_label(language), mail::unsubscribe_anchor(language)),
    };
    let mut lines = vec![link(unsubscribe.0, unsubscribe.1, &marks.body_url)];
    if purpose.duties().preference_link {
        lines.push(link(mail::preferences_label(language), mail::preferences_anchor(language), &marks.preferences_url));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_778), (2026, 11, 21));
    }
}
