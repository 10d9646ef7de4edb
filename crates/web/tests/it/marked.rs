//! Every sentence of a page comes from `texts`: in a run where those are marked, what is not marked is
//! data, or was forgotten.

use std::process::Command;

use seals::LinkPurpose;

use crate::door::{Door, FORM, run};

/// Marks hold for a whole process, so this test runs itself once more in one of its own.
const MARKED: &str = "TEST_WITH_MARKED_SENTENCES";
const OWN_NAME: &str = "marked::no_page_says_what_is_not_in_texts";

/// What the scratch account and the scratch installation are called.
const DATA: &[&str] = &[
    "Gartenfreunde",
    "Garten; Freunde",
    "Mail Example",
    "abuse@mail.example",
    "garten@shop.example",
    "Garden tips",
    "Seed offers",
    "firstname",
    "We keep your address until you unsubscribe.",
    "Musterweg 1",
    "12345 Musterstadt",
    "Deutschland",
    "+49 30 1234567",
];

/// Text outside all marks.
fn unmarked(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |c: &char| {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth -= 1,
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

/// The pieces of a page that people read and that neither a mark nor the scratch data explains.
fn strange(page: &str) -> Vec<String> {
    let unescaped = page.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\"");
    let texts = unescaped.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
    let explained = |text: String| DATA.iter().fold(text, |rest, data| rest.replace(data, ""));
    // A sentence's argument may be split by nothing, so each text node stands for itself.
    texts.map(unmarked).map(explained).filter(|rest| rest.chars().any(char::is_alphabetic)).collect()
}

#[expect(clippy::disallowed_methods, reason = "the child process is told by its environment")]
#[test]
fn no_page_says_what_is_not_in_texts() {
    if std::env::var_os(MARKED).is_none() {
        let mut child = Command::new(std::env::current_exe().expect("this test's program"));
        let told = child.args(["--exact", OWN_NAME, "--nocapture"]).env(MARKED, "1").output().expect("a run");
        let said = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    texts::mark_every_sentence();
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        let waiting = door.pending("eve@mail.example").await;
        let mut paths = vec!["/".to_owned(), "/nothing".to_owned(), "/legal/1".to_owned(), format!("/f/{FORM}")];
        paths.extend(
            [LinkPurpose::UnsubscribeHeader, LinkPurpose::UnsubscribeBody, LinkPurpose::Preferences]
                .map(|purpose| door.link(contact, purpose)),
        );
        paths.extend([LinkPurpose::Confirm, LinkPurpose::NotMeBody].map(|purpose| door.link(waiting, purpose)));
        paths.push(door.link(contact, LinkPurpose::Confirm));
        paths.push(door.link(contact, LinkPurpose::ViewOnline));
        paths.push(format!("/complain/{}", &door.link(contact, LinkPurpose::Preferences)[3..]));
        paths.push("/contact".to_owned());
        for path in paths {
            let page = door.client.get(&path).await.expect("an answer").text();
            assert!(page.contains('⟦'), "{path}: {page}");
            assert_eq!(strange(&page), Vec::<String>::new(), "{path}");
        }
        assert_eq!(strange("<p>⟦a⟧ Save</p><p>Gartenfreunde</p>"), [" Save"], "the search itself works");
    });
}
