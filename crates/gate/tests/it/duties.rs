//! Whatever is asked for, what leaves carries every duty, and what cannot carry them stays.

use std::sync::Arc;

use policy::facts::MailingState;
use policy::send::BodyFormat;
use policy::{ContactId, Content, MailingContent, MailingId, NoticeId, PersonFacts, Purpose, Refusal, RowId};
use proptest::prelude::*;
use texts::Language;

use gate::{Gate, SigningKeys};

use crate::world::{
    self, HTML, MARKDOWN, NOW, confirmation, content, every_kind, gate, gate_of, house, html, keys, markdown,
    newsletter,
};

/// Proves R33: every link of ours has at most 67 characters, at the longest public address.
#[test]
fn r33_links_are_shorter_than_68_characters() {
    let gate = gate();
    assert_eq!(gate.house().public_url.len(), gate::MAX_PUBLIC_URL);
    for (_, mail) in every_kind() {
        let preview = gate.preview(&mail.candidate, &mail.facts, NOW).expect("composed");
        for text in [preview.text, preview.html] {
            for at in text.match_indices(&gate.house().public_url).map(|(at, _)| at) {
                let end = text[at..].find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len() - at);
                assert!(end <= gate::MAX_LINK, "{}", &text[at..at + end]);
            }
        }
    }
    let long = gate::House { public_url: "https://abcdefghijklmnopqrstuvwxyz2.example".into(), ..house() };
    assert!(Gate::new(long, world::seals(), Arc::new(seals::fake::SeededDice::new(1))).is_err());
}

/// ARMOUR D16 for the links that prove an address: the notice holds a number, and the link is
/// made when the mail is.
#[test]
fn armour_d16_the_link_of_a_proof_is_made_with_the_mail_and_stored_nowhere() {
    let gate = gate();
    let outsider = || {
        PersonFacts::Outsider(policy::facts::OutsiderFacts {
            address: world::address("garten@leser.example"),
            language: Language::De,
        })
    };
    let proof = |values: &[(&str, &str)]| {
        let named = [("account", "Garten"), ("address", "garten@muster.example"), ("until", "morgen")];
        let mail = world::notice(Purpose::AddressProof, "prove_sender", &[&named, values].concat(), outsider());
        gate.preview(&mail.candidate, &mail.facts, NOW).map(|preview| preview.text)
    };
    let text = proof(&[("proof", "4711")]).expect("composed");
    let token = world::seals().link_token(4711, seals::LinkPurpose::ProveAddress).expect("it fits");
    assert!(text.contains(&format!("{}/e/{}", gate.house().public_url, token.as_str())), "{text}");
    for lacking in [&[][..], &[("proof", "-1")], &[("proof", "x")], &[("url", "https://evil.example/e/x")]] {
        assert!(matches!(proof(lacking), Err(Refusal::NotRenderable { .. })), "{lacking:?}");
    }
}

/// Proves M3, DESIGN promise 6: a repeat has the same Message-ID and another return path.
#[test]
fn m3_a_repeat_has_the_same_message_id() {
    let gate = gate();
    let mut second = newsletter(html(HTML));
    second.candidate.attempt = 2;
    let (first, second) = (newsletter(html(HTML)).release(&gate).expect("one"), second.release(&gate).expect("two"));
    assert_eq!(first.message_id(), second.message_id());
    assert_ne!(first.envelope().return_path(), second.envelope().return_path());
    let read = world::seals().read_return_path_local(second.envelope().return_path().local()).expect("ours");
    assert_eq!((read.person(), read.message(), read.attempt()), (world::contact_id().bits(), 11, 2));
    assert_eq!(first.facts().person, 4);
}

/// Proves R64: no key, no mail; each missing key names its domain.
#[test]
fn r64_without_a_key_nothing_leaves() {
    let gate = gate();
    let mail = newsletter(html(HTML));
    let release = |keys: &SigningKeys| gate.release(mail.candidate.clone(), &mail.facts, keys, NOW).map(|_| ());
    let no = |domain: &str| Err(Refusal::NoSigningKey { domain: domain.into() });
    assert_eq!(release(&SigningKeys::default()), no("jawort.example"));
    assert_eq!(release(&SigningKeys { author: None, ..keys() }), no("muster.example"));
    assert_eq!(release(&SigningKeys { platform: None, ..keys() }), no("jawort.example"));
    assert_eq!(release(&SigningKeys { author: keys().platform, platform: keys().author }), no("jawort.example"));
    assert_eq!(release(&SigningKeys { author: keys().platform, platform: keys().platform }), no("muster.example"));
    assert_eq!(release(&keys()), Ok(()));
}

/// Proves R28: the gate asks the policy first, and permission of one row opens no other.
#[test]
fn r28_permission_of_one_row_opens_no_other() {
    let gate = gate();
    let other = ContactId::new(world::ACCOUNT, 1).expect("fits");
    let foreign = ContactId::new(policy::AccountId::from_raw(8), 4711).expect("fits");
    let broken = |change: &dyn Fn(&mut world::Mail)| {
        let mut mail = newsletter(html(HTML));
        change(&mut mail);
        mail.release(&gate).map(|_| ()).expect_err("refused")
    };
    let is_fault = |refusal: Refusal| matches!(refusal, Refusal::DutyBroken { .. });
    assert!(is_fault(broken(
        &|m| m.candidate.row = RowId::Delivery { mailing: MailingId::from_raw(11), contact: other }
    )));
    assert!(is_fault(broken(
        &|m| m.candidate.row = RowId::Delivery { mailing: MailingId::from_raw(12), contact: world::contact_id() }
    )));
    assert!(is_fault(broken(&|m| m.candidate.row = RowId::Notice(NoticeId::from_raw(1)))));
    assert!(is_fault(broken(&|m| m.candidate.content = Content::Mailing(Arc::new(markdown("other"))))));
    assert!(is_fault(broken(&|m| m.candidate.content = Content::Stored(Arc::new(b"A: b\r\n\r\n".to_vec())))));
    broken(&|m| m.facts.person = PersonFacts::Contact(policy::ContactFacts { id: foreign, ..world::contact() }));
    assert_eq!(broken(&|m| m.facts.suppressed = true), Refusal::Suppressed);
    assert_eq!(broken(&|m| m.facts.person = PersonFacts::NoContact), Refusal::NotAContact);
    assert_eq!(broken(&|m| m.candidate.purpose = Purpose::TestMail), Refusal::UserNotProven);
    assert_eq!(
        broken(&|m| {
            let mailing = m.facts.mailing.as_deref().cloned().expect("set");
            m.facts.mailing = Some(Arc::new(policy::MailingFacts { state: MailingState::Paused, ..mailing }));
        }),
        Refusal::MailingPaused
    );
}

/// Proves T9: an address beyond ASCII asks for SMTPUTF8, others do not.
#[test]
fn t9_addresses_beyond_ascii_ask_for_smtputf8() {
    let gate = gate();
    assert!(!newsletter(html(HTML)).release(&gate).expect("released").envelope().smtputf8());
    let mut mail = newsletter(html(HTML));
    if let PersonFacts::Contact(contact) = &mut mail.facts.person {
        contact.address = world::address("jörg@grüße.example");
    }
    let released = mail.release(&gate).expect("released");
    assert!(released.envelope().smtputf8());
    assert_eq!(released.envelope().recipient().as_str(), "jörg@xn--gre-6ka8l.example");
}

/// Proves D7: a forwarded reply leaves byte for byte under a return path of ours, or not at all.
#[test]
fn d7_a_forwarded_reply_keeps_every_byte() {
    let gate = gate();
    let letter = b"Received: x\r\nFrom: a@leser.example\r\nMessage-ID: <x@leser.example>\r\n\r\nHi\r\n".to_vec();
    let mut mail = world::account_notice();
    mail.candidate.purpose = Purpose::ForwardedReply;
    mail.candidate.content = Content::Stored(Arc::new(letter.clone()));
    let released = mail.clone().release(&gate).expect("released");
    assert_eq!((released.bytes(), released.message_id()), (&letter[..], "<x@leser.example>"));
    mail.candidate.content = Content::Stored(Arc::new(b"From: a@leser.example\r\n\r\na\nb\r\n".to_vec()));
    assert!(mail.release(&gate).is_err());
}

/// Proves FACE 1.4: what was typed is what is sent, apart from fields, frame and block.
#[test]
fn html_is_kept_byte_for_byte() {
    let body = "<TABLE  border = '0'\t><tr ><TD\n\n class=a>A&nbsp;&amp;&copy;  <!--  x  --><BR/><p >b<p>c</p >\t</td></tr></TABLE >\n ";
    let mail = newsletter(html(body));
    let shown = gate().preview(&mail.candidate, &mail.facts, NOW).expect("composed").html;
    assert!(shown.contains(body), "{shown}");
    let mail = newsletter(html(HTML));
    let shown = gate().preview(&mail.candidate, &mail.facts, NOW).expect("composed");
    assert!(shown.html.contains("<tr><td class=h>Hallo Jörg!\n<p>Ein Absatz mit <a href=\"https://muster.example/a?n=J%C3%B6rg&amp;x=1\">Link</a>\n<!-- Notiz -->\n<p>In Bonn.</p>\n<img"));
    assert!(
        shown.html.contains("<div style=\"background-color:#eeeeee\"><div style=\"font-family:Georgia\">")
            && shown.html.contains("<style>.h{color:#006600}</style></head>")
    );
    assert!(
        shown.text.contains("Hallo Jörg!")
            && shown.text.contains("https://muster.example/a?n=J%C3%B6rg&x=1")
            && shown.text.contains("In Bonn."),
        "{}",
        shown.text
    );
}

/// Markdown becomes both parts; markup in it is held to the same rules.
#[test]
fn r28_markdown_is_held_to_the_same_rules() {
    let mail = newsletter(markdown(MARKDOWN));
    let shown = gate().preview(&mail.candidate, &mail.facts, NOW).expect("composed");
    assert!(
        shown.html.contains("<h1>Hallo Jörg</h1>")
            && shown.html.contains("<li>eins</li>")
            && shown.html.contains("Gruß nach Bonn."),
        "{}",
        shown.html
    );
    assert!(shown.text.contains("Hallo Jörg") && shown.text.contains("https://muster.example/a"), "{}", shown.text);
    let linked = newsletter(markdown("[x](https://x.example/?n={{ firstname }})"));
    let shown = gate().preview(&linked.candidate, &linked.facts, NOW).expect("composed");
    assert!(shown.html.contains("https://x.example/?n=J%C3%B6rg"), "{}", shown.html);
    for body in [
        "a\n\n<script>x</script>",
        "a <div style='display:none'>",
        "<!-- a",
        "[x](javascript:y)",
        "![x](/local.png)",
        "<textarea>",
    ] {
        let problems = Gate::check_content(&markdown(body), &[]);
        assert!(!problems.is_empty(), "{body}");
    }
    assert_eq!(Gate::check_content(&markdown("a\n\nb <div>c"), &[])[0].line, 3);
}

/// Proves L2, L3, R46: every notice that `texts` knows can be composed in both languages, and says
/// so when a value is missing.
#[test]
fn every_notice_is_composed_in_both_languages() {
    let names = [
        "account",
        "platform",
        "address",
        "reason",
        "case",
        "mailing",
        "complaints",
        "sent",
        "contacts",
        "topic",
        "score",
        "domain",
        "first_look_due",
        "decision_due",
        "due",
        "incident",
        "group",
        "finding",
        "abuse",
        "limit",
    ];
    let values: Vec<_> = names
        .iter()
        .map(|&n| (n, if matches!(n, "complaints" | "sent" | "contacts" | "limit") { "7" } else { "Wort" }))
        .collect();
    for template in gate::TEMPLATES {
        for language in Language::ALL {
            let purpose = if template.starts_with("prove") { Purpose::AddressProof } else { Purpose::AccountNotice };
            let person = PersonFacts::User(policy::UserFacts { language, ..world::user() });
            world::notice(purpose, template, &values, person.clone()).bytes(&gate());
            let bare = world::notice(purpose, template, &[], person).release(&gate());
            let needs_values = bare.is_err();
            assert!(needs_values || template.starts_with("review_approved"), "{template}");
        }
    }
}

/// Proves C3, M1, M4, T8: a field of whatever kind adds no header and no recipient.
fn has_only_its_fields(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes).split("\r\n\r\n").next().unwrap_or("").to_owned();
    let names: Vec<_> = head
        .split("\r\n")
        .filter(|l| !l.starts_with([' ', '\t']))
        .map(|l| l.split(':').next().unwrap_or("").to_owned())
        .collect();
    let once = |name: &str| names.iter().filter(|n| n.eq_ignore_ascii_case(name)).count() == 1;
    !names.iter().any(|n| ["bcc", "cc", "x-evil", "sender"].contains(&n.to_lowercase().as_str()))
        && ["From", "To", "Subject", "Date", "Message-ID"].into_iter().all(once)
}

fn evil() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: x@evil.example".to_owned()),
        Just("\nX-Evil: 1".to_owned()),
        Just("\r".to_owned()),
        Just("\0".to_owned()),
        Just("\u{85}Cc: x@evil.example".to_owned()),
        Just("\u{2028}Cc: x".to_owned()),
        Just("=?utf-8?B?DQpCY2M6IHg=?=".to_owned()),
        Just("=?utf-8?Q?=0D=0ABcc:x?=".to_owned()),
        Just("<x@evil.example>, ".to_owned()),
        Just("\"".to_owned()),
        Just("</div><!--".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("{{ a }}".to_owned()),
        "[a-zäß€ .,:;<>&'\"(){}%-]{0,30}",
        Just("x".repeat(1200)),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Templates from pieces that are and are not well formed.
fn template() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<table><tr><td>",
        "</td></tr></table>",
        "<!--",
        "-->",
        "<a href=\"https://x.example/\">",
        "</a>",
        "text ",
        "{{ a }}",
        "{% if a %}",
        "{% else %}",
        "{% endif %}",
        "<style>",
        "</style>",
        ".x{color:red}",
        "div{display:none}",
        "<br>",
        "</body>",
        "</html>",
        "<body>",
        "<html>",
        "<head>",
        "</head>",
        "<textarea>",
        "<script>",
        "\"",
        "'",
        ">",
        "<",
        "<p title=\"",
        "&lt;",
        "<!--[if mso]>",
        "<![endif]-->",
        "<!--[if !mso]><!-->",
        "<!--<![endif]-->",
        "<img src=\"https://x.example/a\">",
        "<li>",
        "<ul>",
        "</ul>",
        "style=\"display:none\"",
        "# ",
        "\n\n",
        "ä",
    ]);
    prop::collection::vec(piece, 1..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Proves R28, R26, R34, R46: whatever the template, the fields and the names are, a mail that
    /// is released carries every duty, and what a save accepts is never refused by a duty.
    #[test]
    fn r28_whatever_is_released_has_every_duty(body in template(), subject in "[a-zA-Z ä:{}]{1,30}", a in evil(), html in any::<bool>()) {
        let format = if html { BodyFormat::Html } else { BodyFormat::Markdown };
        let content = MailingContent { subject, ..content(format, &body) };
        let problems = Gate::check_content(&content, &["a", "firstname"]);
        let mut mail = newsletter(content);
        if let PersonFacts::Contact(contact) = &mut mail.facts.person {
            contact.fields.insert("a".into(), a);
        }
        let gate = gate_of(gate::House { domainkeys: false, ..house() });
        match mail.clone().release(&gate) {
            Ok(released) => {
                let preview = gate.preview(&mail.candidate, &mail.facts, NOW).expect("composed");
                prop_assert!(preview.text.contains("/u/") && preview.html.contains("/u/") && preview.text.contains("Musterbau (GmbH)"));
                prop_assert!(has_only_its_fields(released.bytes()));
                prop_assert!(problems.is_empty(), "{problems:?}");
            }
            Err(Refusal::NotRenderable { .. }) => {}
            Err(refusal) => prop_assert!(false, "{refusal}"),
        }
    }

    /// Proves C3, M4, T8: no user field adds a header, a recipient or a bare line end.
    #[test]
    fn c3_m4_no_user_field_injects(value in evil(), which in 0..8) {
        let mut mail = if which < 6 { newsletter(html(HTML)) } else { confirmation() };
        let mut account = world::account();
        match which {
            0 => account.name = value,
            1 => account.sender.as_mut().expect("set").display_name = value,
            2 | 3 => {
                let mut content = html(HTML);
                if which == 2 { content.subject = value } else { content.preheader = value }
                mail = newsletter(content);
            }
            4 | 5 => {
                if let PersonFacts::Contact(contact) = &mut mail.facts.person {
                    let consent = contact.consent.as_mut().expect("set");
                    if which == 4 { consent.site = value.clone(); consent.statement = value.clone() }
                    contact.fields.insert("firstname".into(), value);
                }
            }
            _ => {
                if let PersonFacts::Pending(pending) = &mut mail.facts.person {
                    if which == 6 { pending.ip = value } else { pending.site = value.clone(); pending.statement = value }
                }
            }
        }
        mail.facts.account = Some(Arc::new(account));
        let gate = gate_of(gate::House { domainkeys: false, ..house() });
        match mail.release(&gate) {
            Ok(released) => prop_assert!(has_only_its_fields(released.bytes())),
            Err(Refusal::NotRenderable { .. }) => {}
            Err(refusal) => prop_assert!(false, "{refusal}"),
        }
    }
}
