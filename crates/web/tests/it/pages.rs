//! Pages for people who sign in, and what lies around them.

use testbench::http::Response;
use web::{PageInfo, Who, pages};

use crate::door::{Door, run};

/// A path with every parameter filled in.
fn filled(path: &str, number: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { number } else { part }).collect::<Vec<_>>().join("/")
}

async fn ask(door: &Door, page: &PageInfo, path: &str) -> Response {
    let answer = match page.method.as_str() {
        "GET" => door.client.get(path).await,
        _ => door.client.post_form(path, &[]).await,
    };
    answer.expect("an answer")
}

#[test]
fn the_page_at_the_root_speaks_to_everybody_in_both_languages() {
    run(async {
        let door = Door::open().await;
        for (language, wanted) in [("de", "Sie haben von hier eine E-Mail erhalten?"), ("en", "You received an e-mail")]
        {
            let page = door.request("GET", "/", &[("Accept-Language", language)], b"").await;
            assert_eq!(page.status, 200);
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{language}\">")), "{text}");
            assert!(text.contains(wanted) && text.contains("abuse@mail.example"), "{text}");
        }
        // What a link says goes before what the browser says.
        let page = door.request("GET", "/?lang=de", &[("Accept-Language", "en")], b"").await;
        assert!(page.text().contains("<html lang=\"de\">"));
    });
}

/// Every page that is not for everybody sends strangers to the log-in, with the way back, and does nothing.
#[test]
fn d1_without_a_session_every_page_leads_to_the_log_in() {
    run(async {
        let door = Door::open().await;
        for page in pages().iter().filter(|page| page.who != Who::Public) {
            let path = filled(page.path, "7");
            let what = format!("{} {path}", page.method);
            let answer = ask(&door, page, &path).await;
            assert_eq!(answer.status, 303, "{what}");
            let to = answer.header("location").expect("a place").to_owned();
            let wanted = if page.method == "GET" {
                format!("/login?to={}", path.replace('/', "%2F"))
            } else {
                "/login".to_owned()
            };
            assert_eq!(to, wanted, "{what}");
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM audit").await, 0, "nobody changed anything");
    });
}

#[test]
fn every_page_has_one_name_for_its_get_and_a_path_that_says_whose_it_is() {
    let all = pages();
    for page in &all {
        let of_account = page.path.starts_with("/a/{account}");
        assert_eq!(matches!(page.who, Who::Role(_)), of_account, "{}", page.path);
        assert_eq!(page.who == Who::Operator, page.path.starts_with("/desk"), "{}", page.path);
        let same = |other: &&PageInfo| other.name == page.name && other.method == "GET" && page.method == "GET";
        assert_eq!(all.iter().filter(same).count(), usize::from(page.method == "GET"), "{} stands twice", page.name);
    }
}

/// What a program or another site sends as a form is not taken for a person's.
#[test]
fn d13_a_form_from_another_site_is_refused() {
    run(async {
        let door = Door::open().await;
        for page in pages().iter().filter(|page| page.method == "POST" && page.who == Who::Public) {
            let path = filled(page.path, "7");
            for strange in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
                let kind = ("Content-Type", "application/x-www-form-urlencoded");
                let answer = door.client.request("POST", &path, &[kind, strange], b"").await.expect("an answer");
                assert_eq!(answer.status, 403, "{path} {strange:?}");
            }
        }
    });
}

/// Files are named by their content, so that they may be kept for good, and come packed to who can unpack.
#[test]
fn styles_and_scripts_are_kept_for_good_and_come_packed() {
    run(async {
        let door = Door::open().await;
        let home = door.get("/").await.text();
        let mut first_load = home.len();
        let addresses = home.split('"').filter(|part| part.starts_with("/static/")).map(|part| part.split('#').next());
        let addresses: std::collections::BTreeSet<_> = addresses.flatten().collect();
        assert!(addresses.len() >= 2, "{home}");
        for address in addresses {
            let plain = door.client.get(address).await.expect("an answer");
            assert_eq!(plain.status, 200, "{address}");
            assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
            assert!(plain.header("content-encoding").is_none());
            let asked = [("Accept-Encoding", "br, gzip")];
            let packed = door.client.request("GET", address, &asked, b"").await.expect("an answer");
            assert_eq!(packed.header("content-encoding"), Some("gzip"));
            assert_eq!(packed.header("content-type"), plain.header("content-type"));
            assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len());
            first_load += packed.body.len();
        }
        assert!(first_load <= 60 * 1024, "the first load weighs {first_load}");
        assert_eq!(door.client.get("/static/none.css").await.expect("an answer").status, 404);
    });
}
