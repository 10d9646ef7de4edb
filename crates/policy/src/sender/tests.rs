//! Proofs about senders and names.

use proptest::prelude::*;

use super::*;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect(text)
}

/// What the independent judge of outgoing mail calls no-reply, written by hand
/// after its pattern: a head at the start or behind one of `-_.+`, at most one
/// of `-_.` inside, any rest.
fn judge_says_no_reply(local: &str) -> bool {
    let local = local.to_ascii_lowercase();
    let gap = |text: &str| text.strip_prefix(['-', '_', '.']).map(str::to_owned);
    let tails = |rest: &str| {
        ["reply", "response", "respond", "antwort"]
            .iter()
            .any(|tail| rest.starts_with(tail) || gap(rest).is_some_and(|rest| rest.starts_with(tail)))
    };
    let donot = |rest: &str| {
        rest.strip_prefix("do").is_some_and(|rest| {
            [Some(rest.to_owned()), gap(rest)].into_iter().flatten().any(|r| r.strip_prefix("not").is_some_and(tails))
        })
    };
    let starts = std::iter::once(0).chain(local.match_indices(['-', '_', '.', '+']).map(|(at, _)| at + 1));
    starts.map(|at| &local[at..]).any(|rest| {
        donot(rest) || ["no", "dont", "keine", "nicht"].iter().any(|no| rest.strip_prefix(no).is_some_and(tails))
    })
}

#[test]
fn r51_no_reply_addresses_are_refused() {
    let locals = [
        "noreply",
        "no-reply",
        "no_reply",
        "No.Reply",
        "NO-REPLY",
        "noreply2",
        "no-reply-2",
        "no+reply",
        "no--reply",
        "n\u{43e}reply",
        "donotreply",
        "do-not-reply",
        "do.not_reply",
        "dont-reply",
        "no-response",
        "noresponse",
        "do-not-respond",
        "no-answer",
        "keine-antwort",
        "keineantwort",
        "keine.antworten",
        "nicht-antworten",
        "nichtantworten",
        "bitte-nicht-antworten",
        "bittenichtantworten",
        "antworten-nicht",
        "nicht-beantworten",
        "ne-pas-repondre",
        "ne-pas-r\u{e9}pondre",
        "nepasrepondre",
        "sans-reponse",
        "no-responder",
        "noresponder",
        "no-contestar",
        "news.no-reply",
        "news+noreply",
        "noreply+tag",
        "pleasedonotreply",
        "newsletternoreply",
        "unmonitored",
        "dev-null",
        "ｎｏｒｅｐｌｙ",
        "n0-noreply",
        "noreply.news",
    ];
    for local in locals {
        assert!(is_no_reply(local), "{local}");
    }
}

#[test]
fn r51_ordinary_mailboxes_are_taken() {
    let locals = [
        "info",
        "kontakt",
        "erika.muster",
        "reply",
        "antwort",
        "casino-reply",
        "norbert",
        "noah",
        "no",
        "nora.pleyer",
        "news",
        "nicht-raucher",
        "hello",
        "replay",
        "dontworry",
        "noel.response-team",
        "nature",
        "service",
        "keine-panik",
    ];
    for local in locals {
        assert!(!is_no_reply(local), "{local}");
    }
}

proptest! {
    /// Whatever the independent judge would find in From is refused as a sender before.
    #[test]
    fn r51_what_the_judge_finds_is_refused(
        head in "([a-z0-9]{0,4}[-_.+])?",
        no in "(no|do[-_.]?not|dont|keine|nicht|NO|Keine|x)",
        gap in "[-_.]?",
        tail in "(reply|response|respond|antwort|antworten|Reply|y)",
        rest in "[-_.+a-z0-9]{0,5}",
    ) {
        let local = format!("{head}{no}{gap}{tail}{rest}");
        prop_assert!(!judge_says_no_reply(&local) || is_no_reply(&local), "{}", local);
    }
}

#[test]
fn d7_mailbox_providers_domains_cannot_be_authenticated() {
    let domains = [
        "gmail.com",
        "GMAIL.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.de",
        "yahoo.co.uk",
        "yahoo.com.br",
        "gmx.de",
        "gmx.net",
        "gmx.at",
        "web.de",
        "outlook.com",
        "outlook.fr",
        "hotmail.com",
        "hotmail.co.uk",
        "live.de",
        "icloud.com",
        "aol.com",
        "t-online.de",
        "mail.gmail.com",
    ];
    for domain in domains {
        assert!(is_freemail(domain), "{domain}");
        let at = address(&format!("erika@{domain}"));
        assert_eq!(sender_allowed(&at), Err(SenderProblem::Freemail), "{domain}");
    }
    for domain in [
        "muster.example",
        "notgmail.com",
        "gmail.com.muster.example",
        "yahoo.muster.example",
        "web.de.example",
        "outlook.consulting",
        "live.shop",
    ] {
        assert!(!is_freemail(domain), "{domain}");
    }
    assert_eq!(sender_allowed(&address("no-reply@muster.example")), Err(SenderProblem::NoReply));
    assert_eq!(sender_allowed(&address("erika@muster.example")), Ok(()));
}

#[test]
fn r25_a_display_name_that_deceives_is_refused() {
    let own = address("erika@muster.example");
    let cases = [
        ("", NameProblem::Empty),
        ("  . ", NameProblem::Empty),
        ("Muster\r\nBcc: x", NameProblem::Unprintable),
        ("Muster\u{202e}elpmaxe", NameProblem::Unprintable),
        ("service@bank.example", NameProblem::HoldsAddress),
        ("service＠bank.example", NameProblem::HoldsAddress),
        ("Bank bank.example", NameProblem::HoldsDomain),
        ("www.bank.example", NameProblem::HoldsDomain),
        ("https://muster.example", NameProblem::HoldsDomain),
        ("muster.example.bank.example", NameProblem::HoldsDomain),
        ("notmuster.example", NameProblem::HoldsDomain),
        ("P\u{430}ul Muster", NameProblem::MixedAlphabets),
        ("PayPal Service", NameProblem::ForeignBrand),
        ("Muster (no reply)", NameProblem::NoReply),
    ];
    for (name, problem) in cases {
        assert_eq!(DisplayName::parse(name, &own), Err(problem), "{name:?}");
    }
    assert_eq!(DisplayName::parse(&"x".repeat(65), &own), Err(NameProblem::TooLong { limit: 64 }));
}

#[test]
fn r25_honest_names_are_taken() {
    let own = address("erika@muster.example");
    for name in [
        "Erika Muster",
        "Dr. Erika Muster",
        "Muster e.V.",
        "Ιωάννα",
        "Анна Иванова",
        "muster.example",
        "www.muster.example",
        "news.muster.example",
        "Fußball & mehr",
        "Erika (Muster-Team)",
        "山田",
    ] {
        assert_eq!(DisplayName::parse(name, &own).map(|n| n.as_str().to_owned()), Ok(name.to_owned()));
    }
    let shop = address("info@paypal-fan.example");
    assert!(DisplayName::parse("PayPal Fan Club", &shop).is_ok(), "the domain holds the name");
    assert_eq!(DisplayName::parse(&"x".repeat(64), &own).map(|n| n.as_str().len()), Ok(64));
}

#[test]
fn r8_a_short_name_has_at_most_40_characters_and_no_url() {
    assert!(ShortName::parse(&"ä".repeat(40)).is_ok());
    assert_eq!(ShortName::parse(&"ä".repeat(41)), Err(NameProblem::TooLong { limit: 40 }));
    for url in ["win at bet.com", "http://x.example", "www.bet.example", "bet.example"] {
        assert_eq!(ShortName::parse(url), Err(NameProblem::HoldsDomain), "{url}");
    }
    assert_eq!(ShortName::parse("a@b.example"), Err(NameProblem::HoldsAddress));
}

#[test]
fn r25_subjects_that_imitate_a_reply_are_refused() {
    for subject in [
        "Re: your order",
        "RE : x",
        " re: x",
        "AW: x",
        "Fwd: x",
        "FW: x",
        "WG: x",
        "Re[2]: x",
        "RE(3): x",
        "Antw: x",
        "SV: x",
        "Re：x",
        "Tr: x",
        "R\u{435}: x",
    ] {
        assert_eq!(subject_allowed(subject), Err(SubjectProblem::ImitatesReply), "{subject}");
    }
    for subject in
        ["Rezept: Apfelkuchen", "Training re: loaded", "Awards: the winners", "Reise nach Rom", "Ein Satz 🏳️‍🌈"]
    {
        assert_eq!(subject_allowed(subject), Ok(()), "{subject}");
    }
    assert_eq!(subject_allowed(" \u{a0} "), Err(SubjectProblem::Empty));
    assert_eq!(subject_allowed("x\r\nBcc: y"), Err(SubjectProblem::Unprintable));
}

#[test]
fn d7_the_suggested_platform_address_is_usable() {
    assert_eq!(platform_local("Erika Müller-Lüdenscheidt"), "erika-mueller-luedenscheidt");
    for wish in ["", "абуз", "abuse", "Postmaster", "no-reply", "fbl-yahoo", "!!!", "u", "b"] {
        let local = platform_local(wish);
        assert!(sender_allowed(&address(&format!("{local}@tenant.mail.example"))).is_ok(), "{wish}: {local}");
        assert!(!RESERVED.contains(&local.as_str()));
    }
    assert!(platform_local(&"long name ".repeat(20)).len() <= 32);
    assert_eq!(platform_label("Muster Fußball GmbH"), "muster-fussball-gmbh");
    assert_eq!(platform_label("山田"), "");
}
