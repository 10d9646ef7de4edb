//! DNS records as people publish them: name and value to copy, what DNS says, and where the two differ.

use askama::Template;
use outside::records::{Examined, Looked};
use policy::dns_records::{Advice, Need, RecordPurpose, RecordType, State, Wanted};
use texts::{Language, setup, ui};

use super::diff::{Line, compared};
use super::html::Html;

/// A piece of what was found.
struct Piece {
    /// The wanted value has it too.
    same: bool,
    text: String,
}

/// One record.
struct Record {
    /// For the ids of its parts.
    number: usize,
    purpose: String,
    must: bool,
    kind: String,
    name: String,
    /// The name without the domain, for hosts that add it by themselves; empty where there is none.
    short: String,
    value: String,
    /// How the state looks, and its word.
    state: (&'static str, String),
    /// It needs its reader now.
    open: bool,
    found: Vec<Piece>,
    /// What of the wanted value was not found.
    missing: Vec<String>,
    /// What to do; empty where nothing is.
    todo: String,
    /// What DNS said in place of an answer.
    silence: String,
}

#[derive(Template)]
#[template(path = "ui/records.html")]
struct Records {
    t: setup::Say,
    ui: ui::Say,
    records: Vec<Record>,
}

/// What a record is for.
fn purpose(language: Language, purpose: RecordPurpose) -> String {
    match purpose {
        RecordPurpose::Spf => setup::purpose_spf(language),
        RecordPurpose::SenderId => setup::purpose_sender_id(language),
        RecordPurpose::Dkim => setup::purpose_dkim(language),
        RecordPurpose::DomainKeys => setup::purpose_domainkeys(language),
        RecordPurpose::Dmarc => setup::purpose_dmarc(language),
        RecordPurpose::DmarcReports => setup::purpose_dmarc_reports(language),
        RecordPurpose::MailHost => setup::purpose_mail_host(language),
        RecordPurpose::MtaSts => setup::purpose_mta_sts(language),
        RecordPurpose::TlsReports => setup::purpose_tls_reports(language),
        RecordPurpose::HostAddress => setup::purpose_host_address(language),
        RecordPurpose::ReverseName => setup::purpose_reverse_name(language),
    }
}

/// How a state looks, and its word.
fn state(language: Language, state: Option<State>) -> (&'static str, String) {
    match state {
        None => ("open", setup::record_not_looked(language)),
        Some(State::Good) => ("good", setup::record_good(language)),
        Some(State::Weak) => ("wait", setup::record_weak(language)),
        Some(State::Missing) => ("bad", setup::record_missing(language)),
        Some(State::Wrong) => ("bad", setup::record_wrong(language)),
        Some(State::Unknown) => ("wait", setup::record_unanswered(language)),
    }
}

/// The parts of a value between blanks and semicolons, these at the end of the part before.
fn parts(value: &str) -> Vec<String> {
    value.split_inclusive([' ', ';']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// How a key begins in its record.
const KEY: &str = "p=";

/// What was found with its differences marked, and what is missing from it.
fn differences(found: &str, wanted: &str) -> (Vec<Piece>, Vec<String>) {
    let lines = compared(&parts(found), &parts(wanted));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match line.kind {
            "new" => missing.push(line.text.clone()),
            "gone" => {
                // Of a key that was cut or mistyped, what agrees is not marked.
                let key = |other: &&Line| other.kind == "new" && other.text.starts_with(KEY);
                let other = lines[at..].iter().find(key).filter(|_| line.text.starts_with(KEY));
                let agree =
                    |other: &Line| line.text.chars().zip(other.text.chars()).take_while(|(a, b)| a == b).count();
                let same = other.map_or(0, agree);
                let end = line.text.char_indices().nth(same).map_or(line.text.len(), |(end, _)| end);
                pieces.push(Piece { same: true, text: line.text[..end].to_owned() });
                pieces.push(Piece { same: false, text: line.text[end..].to_owned() });
                pieces.push(Piece { same: true, text: " ".to_owned() });
            }
            _ => pieces.push(Piece { same: true, text: format!("{} ", line.text) }),
        }
    }
    pieces.retain(|piece| !piece.text.is_empty());
    (pieces, missing)
}

/// The name as a host wants it that adds the domain by itself.
fn short(language: Language, name: &str, domain: &str) -> String {
    match name.strip_suffix(domain) {
        _ if domain.is_empty() => String::new(),
        Some("") => setup::record_at_apex(language),
        Some(rest) => setup::record_short(language, rest.trim_end_matches('.'), domain),
        None => String::new(),
    }
}

/// What a record should be, and what the last look said of it.
struct Seen<'r> {
    wanted: &'r Wanted,
    state: Option<State>,
    found: &'r str,
    advice: Option<&'r Advice>,
}

fn record(language: Language, domain: &str, number: usize, seen: &Seen<'_>) -> Record {
    let (wanted, silent) = (seen.wanted, seen.state == Some(State::Unknown));
    let differs = matches!(seen.state, Some(State::Wrong | State::Weak)) && !seen.found.is_empty();
    let (found, missing) = if silent {
        (Vec::new(), Vec::new())
    } else if differs {
        differences(seen.found, if wanted.kind == RecordType::Cname { &wanted.resolved } else { &wanted.value })
    } else if seen.found.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (vec![Piece { same: true, text: seen.found.to_owned() }], Vec::new())
    };
    // Where a record of that kind stands already, ours beside it would undo both.
    let instead = seen.advice.and_then(Advice::instead);
    let todo = seen.advice.filter(|advice| !matches!(advice, Advice::Publish { .. }));
    Record {
        number,
        purpose: purpose(language, wanted.purpose),
        must: wanted.need == Need::Must,
        kind: wanted.kind.to_string(),
        name: wanted.name.clone(),
        short: short(language, &wanted.name, domain),
        value: instead.unwrap_or(&wanted.value).to_owned(),
        state: state(language, seen.state),
        open: !matches!(seen.state, Some(State::Good | State::Unknown)),
        found,
        missing,
        todo: match todo {
            Some(_) if instead.is_some() => setup::record_instead(language),
            Some(advice) => advice.say(language),
            None => String::new(),
        },
        silence: if silent { seen.found.to_owned() } else { String::new() },
    }
}

fn shown<'r>(language: Language, domain: &str, seen: impl Iterator<Item = Seen<'r>>) -> Html {
    let records = seen.enumerate().map(|(number, seen)| record(language, domain, number, &seen)).collect();
    Html::of(&Records { t: setup::Say(language), ui: ui::Say(language), records })
}

/// The records of a domain with what the last look found.
pub(crate) fn of_domain(language: Language, domain: &str, wanted: &[Wanted], looked: &[Looked]) -> Html {
    let seen = wanted.iter().map(|wanted| {
        let looked = looked.iter().find(|looked| looked.is_about(wanted));
        Seen {
            wanted,
            state: looked.map(|looked| looked.state),
            found: looked.map_or("", |looked| &looked.found),
            advice: looked.and_then(|looked| looked.advice.as_ref()),
        }
    });
    shown(language, domain, seen)
}

/// Records that were just looked up.
pub(crate) fn just_looked(language: Language, domain: &str, examined: &[Examined]) -> Html {
    let seen = examined.iter().map(|one| Seen {
        wanted: &one.wanted,
        state: Some(one.judgement.state),
        found: &one.judgement.found,
        advice: one.judgement.advice.as_ref(),
    });
    shown(language, domain, seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(found: &str, wanted: &str) -> (String, String) {
        let (pieces, missing) = differences(found, wanted);
        let piece = |piece: &Piece| if piece.same { piece.text.clone() } else { format!("[{}]", piece.text) };
        (pieces.iter().map(piece).collect::<String>().trim_end().to_owned(), missing.join(" "))
    }

    #[test]
    fn what_was_found_is_marked_where_it_differs() {
        let of = |found: &str, missing: &str| (found.to_owned(), missing.to_owned());
        let ours = "v=spf1 include:_spf.m.example ~all";
        assert_eq!(
            marked("v=spf1 a include:x.example -all", ours),
            of("v=spf1 [a] [include:x.example] [-all]", "include:_spf.m.example ~all")
        );
        assert_eq!(marked(ours, ours), of(ours, ""));
        let key = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";
        let cut = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w";
        assert_eq!(marked(cut, key), of("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w", "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
        let typo = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiGXX";
        assert_eq!(marked(typo, key).0, "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG[XX]");
    }

    #[test]
    fn a_name_is_shown_as_hosts_want_it() {
        let of = |name: &str| short(Language::En, name, "shop.example");
        assert!(of("_dmarc.shop.example").contains("_dmarc"));
        assert!(of("shop.example").contains('@'));
        assert_eq!(of("elsewhere.example"), "");
        assert_eq!(short(Language::En, "mx.example", ""), "");
    }
}
