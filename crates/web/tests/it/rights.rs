//! Who may come where: tried on every page of the table.

use policy::role::Role;
use store::Place;
use testbench::http::Response;
use web::{PageInfo, Who, pages};

use crate::browser::Browser;
use crate::door::{Door, FORM, hidden, run, user};

/// A path of account `account` with things of account 1, and numbers of nothing for the rest.
fn filled(path: &str, account: i64, contact: &str) -> String {
    let part = |part: &str| match part {
        "{account}" => account.to_string(),
        "{contact}" => contact.to_owned(),
        "{form}" => FORM.to_string(),
        "{tag}" => "31".to_owned(),
        "{sender}" => "5".to_owned(),
        "{domain}" => "6".to_owned(),
        "{website}" => "7".to_owned(),
        "{topic}" => "8".to_owned(),
        "{user}" => user().to_string(),
        "{mailing}" => "1001".to_owned(),
        "{token}" => "A".repeat(22),
        other if other.starts_with('{') => "7".to_owned(),
        other => other.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(browser: &Browser<'_>, page: &PageInfo, path: &str, mark: &str) -> Response {
    match page.method.as_str() {
        "GET" => browser.get(path).await,
        _ => browser.post(path, &[("csrf", mark)]).await,
    }
}

async fn mark(browser: &Browser<'_>) -> String {
    hidden(&browser.get("/me").await.text(), "csrf")
}

/// The domain of account 1 that [`filled`] names.
async fn domain(door: &Door) {
    door.script("INSERT INTO sending_domain (account_id, id, name, platform, found, created_at) VALUES (1, 6, 'shop.example', FALSE, '[]', 0)").await;
}

fn of_accounts() -> Vec<PageInfo> {
    pages().into_iter().filter(|page| page.path.starts_with("/a/{account}")).collect()
}

/// A role opens what the table says and no more; the page says that the role is too small.
#[test]
fn d11_each_role_may_do_what_the_table_says_and_no_more() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await.to_string();
        domain(&door).await;
        for (role, address) in [(Role::Reader, "rita@mail.example"), (Role::Editor, "edda@mail.example")] {
            let (_, login) = door.person(1, address, role).await;
            let browser = door.signed_in(login).await;
            let mark = mark(&browser).await;
            for page in of_accounts() {
                let Who::Role(needed) = page.who else { panic!("{} is for nobody", page.path) };
                let what = format!("{} {} as {role}", page.method, page.path);
                if !role.allows(needed) {
                    let answer = ask(&browser, &page, &filled(page.path, 1, &contact), &mark).await;
                    assert_eq!(answer.status, 403, "{what}");
                } else if page.method == "GET" {
                    let answer = ask(&browser, &page, &filled(page.path, 1, &contact), &mark).await;
                    assert!(answer.status < 500 && answer.status != 403, "{what}: {}", answer.status);
                }
            }
        }
    });
}

/// A form without the mark of its session, or with another one, does nothing, on any page.
#[test]
fn d13_no_form_of_a_session_is_taken_without_its_mark() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await.to_string();
        domain(&door).await;
        let (_, login) = door.person(1, "otto@mail.example", Role::Owner).await;
        let (owner, other) = (door.signed_in(login).await, door.operator().await);
        let foreign = mark(&other).await;
        let mut probed = 0;
        for page in pages().iter().filter(|page| page.method == "POST" && page.who != Who::Public) {
            let browser = if page.who == Who::Operator { &other } else { &owner };
            let path = filled(page.path, 1, &contact);
            let wrong = if page.who == Who::Operator { mark(&owner).await } else { foreign.clone() };
            for fields in [&[][..], &[("csrf", "")][..], &[("csrf", wrong.as_str())][..]] {
                assert_eq!(browser.post(&path, fields).await.status, 403, "{path} {fields:?}");
            }
            probed += 1;
        }
        assert!(probed > 5, "only {probed} forms were probed");
        assert!(owner.is_in().await && other.is_in().await, "nobody was signed out");
    });
}

/// Looking changes nothing: not a byte of the database is written by any GET.
#[test]
fn get_changes_nothing_on_any_page() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await.to_string();
        domain(&door).await;
        let (_, login) = door.person(1, "otto@mail.example", Role::Owner).await;
        let (owner, operator) = (door.signed_in(login).await, door.operator().await);
        owner.get("/me").await;
        operator.get("/me").await;
        let Place::Sqlite(path) = door.store.place() else { panic!("these tests run on SQLite") };
        let log = format!("{}-wal", path.display());
        let written = || std::fs::read(&log).expect("the write-ahead log");
        let before = written();
        assert!(!before.is_empty(), "what was written until now stands there");
        for page in pages().iter().filter(|page| page.method == "GET" && !page.path.contains("/events")) {
            let browser = if page.who == Who::Operator { &operator } else { &owner };
            let path = filled(page.path, 1, &contact);
            let answer = browser.get(&path).await;
            assert!(answer.status < 500, "{path}: {}", answer.status);
            assert!(written() == before, "GET {path} wrote into the database");
        }
    });
}
