//! Folding, encoded words and refused characters.

use super::*;
use proptest::prelude::*;

fn written(name: &str, value: HeaderValue) -> String {
    let mut out = Vec::new();
    Header::new(name, value).expect("name").write(&mut out);
    String::from_utf8(out).expect("utf-8")
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect(text)
}

#[test]
fn short_values_stay_on_one_line() {
    assert_eq!(written("Subject", HeaderValue::text("Tips for June").expect("text")), "Subject: Tips for June\r\n");
    let from = Mailbox::new("Anna Muster", address("anna@example.com")).expect("name");
    assert_eq!(written("From", HeaderValue::mailbox(from)), "From: Anna Muster <anna@example.com>\r\n");
}

#[test]
fn a_name_with_specials_is_quoted() {
    let from = Mailbox::new("Dr. \"A\" Muster, Bonn", address("anna@example.com")).expect("name");
    assert_eq!(
        written("From", HeaderValue::mailbox(from)),
        "From: \"Dr. \\\"A\\\" Muster, Bonn\" <anna@example.com>\r\n"
    );
}

/// Proves U2: links in brackets, comma between, order kept, folded outside the brackets.
#[test]
fn u2_links_stand_in_angle_brackets_in_order() {
    let value = HeaderValue::links(&[
        "https://news.example.com/u/0123456789012345678901",
        "mailto:u.abcdefghijklmnopqrstuvwxyz@b.example.com",
    ]);
    assert_eq!(
        written("List-Unsubscribe", value.expect("links")),
        "List-Unsubscribe: <https://news.example.com/u/0123456789012345678901>,\r\n <mailto:u.abcdefghijklmnopqrstuvwxyz@b.example.com>\r\n"
    );
    assert!(HeaderValue::links(&["https://a.example/ x"]).is_err());
    assert!(HeaderValue::links(&[]).is_err());
}

/// Proves M4: no constructor takes a character that could end a line.
#[test]
fn m4_no_value_can_hold_a_line_break() {
    for c in ['\r', '\n', '\0', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}'] {
        let text = format!("a{c}Bcc: x@example.com");
        assert!(HeaderValue::text(&text).is_err(), "{c:?}");
        assert!(HeaderValue::structured(&text).is_err(), "{c:?}");
        assert!(HeaderValue::links(&[&text]).is_err(), "{c:?}");
        assert!(HeaderValue::list_id(&text, "a.example").is_err(), "{c:?}");
        assert!(Mailbox::new(&text, address("a@example.com")).is_err(), "{c:?}");
        assert!(HeaderValue::text(&cleaned(&text)).is_ok(), "{c:?}");
    }
    assert!(Header::new("X\r\nBcc", HeaderValue::date(0)).is_err());
    assert!(Header::new("X:", HeaderValue::date(0)).is_err());
}

fn decode_with_mail_parser(field: &str) -> mail_parser::Message<'_> {
    mail_parser::MessageParser::default().parse(field.as_bytes()).expect("parsed")
}

proptest! {
    /// Proves M2, M4, M5: any subject comes back as it was, in short lines of ASCII.
    #[test]
    fn m2_m4_m5_any_text_survives_and_lines_stay_short(raw in any::<String>(), long in "[a-zäß€😀 ]{0,400}") {
        for text in [cleaned(&raw), cleaned(&long)] {
            let field = written("Subject", HeaderValue::text(&text).expect("cleaned"));
            prop_assert!(field.ends_with("\r\n") && field.is_ascii());
            for line in field.trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(line.len() <= 78 && !line.contains(['\r', '\n', '\0']));
                prop_assert!(!line.trim().is_empty());
                if line.contains("=?utf-8?") {
                    prop_assert!(line.len() <= 76);
                    for word in line.split(' ').filter(|w| w.starts_with("=?utf-8?")) {
                        prop_assert!(word.len() <= 75, "{}", word);
                        // A word that split a character would not decode on its own.
                        let alone = format!("Subject: {word}\r\n\r\n");
                        let alone = decode_with_mail_parser(&alone);
                        let broken = alone.subject().unwrap_or_default().contains(char::REPLACEMENT_CHARACTER);
                        prop_assert!(!broken || text.contains(char::REPLACEMENT_CHARACTER));
                    }
                }
            }
            let message = format!("{field}\r\n");
            let parsed = decode_with_mail_parser(&message);
            prop_assert_eq!(parsed.subject().unwrap_or_default(), &text);
        }
    }

    /// Proves M1, M5: any display name stays a name and never becomes a second address.
    #[test]
    fn m1_m5_any_display_name_keeps_exactly_one_address(raw in any::<String>(), evil in "[a-z\"\\\\,<>@:;() ]{0,80}") {
        for name in [cleaned(&raw), cleaned(&evil)] {
            let from = Mailbox::new(&name, address("anna@example.com")).expect("cleaned");
            let field = written("From", HeaderValue::mailbox(from)) + "\r\n";
            let message = decode_with_mail_parser(&field);
            let list: Vec<_> = message.from().expect("from").iter().collect();
            prop_assert_eq!(list.len(), 1, "{}", &field);
            prop_assert_eq!(list[0].address(), Some("anna@example.com"), "{}", &field);
            prop_assert_eq!(list[0].name().unwrap_or_default().trim(), name.trim(), "{}", &field);
            prop_assert!(field.lines().all(|l| l.len() <= 130), "{}", &field);
        }
    }
}
