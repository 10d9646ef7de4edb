//! What another site can make somebody's browser send, and programs that try many passwords (ARMOUR D12,
//! D14).

use std::net::Ipv4Addr;

use policy::role::Role;
use testbench::http::form;
use web::{PageInfo, Who, pages};

use crate::api::at;
use crate::api::probes::described;
use crate::browser::{Browser, HOUSE, PASSWORD};
use crate::door::{Door, HOUR, hidden, run};
use crate::tenants::{Dump, Tenant, difference};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Headers of a POST that no page of ours sent.
const STRANGE: [&[(&str, &str)]; 12] = [
    &[FORM, ("Origin", "https://evil.example")],
    &[FORM, ("Origin", "null")],
    &[FORM],
    &[FORM, ("Origin", "")],
    &[FORM, ("Origin", "http://n.example")],
    &[FORM, ("Origin", "https://n.example.evil.example")],
    &[FORM, ("Origin", "https://n.example:8443")],
    &[FORM, ("Origin", HOUSE), ("Sec-Fetch-Site", "cross-site")],
    &[FORM, ("Origin", HOUSE), ("Sec-Fetch-Site", "same-site")],
    &[FORM, ("Referer", "https://n.example/me")],
    &[("Content-Type", "text/plain"), ("Origin", "https://evil.example")],
    &[("Content-Type", "multipart/form-data; boundary=x"), ("Origin", "null")],
];

/// Headers by which some servers are made to take one method for another.
const OVERRIDES: [(&str, &str); 4] = [
    ("X-HTTP-Method-Override", "POST"),
    ("X-HTTP-Method", "POST"),
    ("X-Method-Override", "POST"),
    ("Content-Type", "application/x-www-form-urlencoded"),
];

fn path(page: &PageInfo, tenant: &Tenant) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some("account") => tenant.account.to_string(),
        // Sessions and links belong to people; any number is one.
        Some("session") => "7".to_owned(),
        Some("token") if !page.path.starts_with("/a/") => "A".repeat(22),
        Some(name) => tenant.all(name, page.path)[0].to_string(),
        None => part.to_owned(),
    };
    page.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Proves D12 of the armour for everybody who signs in, the operator included: of every form, whatever
/// another site makes a browser send with the right cookie and even with the right mark, nothing is taken.
#[test]
fn armour_d12_nothing_that_another_site_sends_is_taken() {
    run(async {
        let door = Door::open().await;
        let tenant = door.tenant(2, "kanarienvogel").await;
        let owner = door.signed_in(tenant.owner).await;
        let operator = door.operator().await;
        let (mine, theirs) =
            (hidden(&owner.get("/me").await.text(), "csrf"), hidden(&operator.get("/me").await.text(), "csrf"));
        let dump = Dump::of(&door).await;
        let before = dump.rows(&door, &[]).await;
        let mut tried = 0;
        for page in pages().iter().filter(|page| page.method == "POST") {
            let (browser, mark) = if page.who == Who::Operator { (&operator, &theirs) } else { (&owner, &mine) };
            let path = path(page, &tenant);
            let mut fields = vec![("csrf", mark.as_str()), ("sure", "yes"), ("reason", "x")];
            fields.extend(page.fields.iter().map(|name| (*name, "7")));
            let body = form(&fields);
            for headers in STRANGE {
                let answer = browser.ask("POST", &path, headers, body.as_bytes()).await;
                assert!(matches!(answer.status, 400 | 403), "{path} {headers:?}: {}", answer.status);
                tried += 1;
            }
            for header in OVERRIDES {
                for method in ["GET", "HEAD"] {
                    let query = format!("{path}?_method=POST&{body}");
                    let answer = browser.ask(method, &query, &[header, ("Origin", HOUSE)], b"").await;
                    assert!(answer.status < 500, "{method} {query}: {}", answer.status);
                    tried += 1;
                }
            }
            for method in ["PUT", "PATCH", "DELETE"] {
                let answer = browser.ask(method, &path, &[FORM, ("Origin", HOUSE)], body.as_bytes()).await;
                assert_eq!(answer.status, 405, "{method} {path}");
                tried += 1;
            }
            let after = dump.rows(&door, &[]).await;
            assert!(before == after, "{path} changed {:#?}", difference(&before, &after));
        }
        assert!(tried > 1_000, "only {tried}");
        assert!(owner.is_in().await && operator.is_in().await);
        // The same forms are taken from pages of ours: they are refused above for where they come from.
        let saved = owner.send("/me", "/me", &[("name", "Ida"), ("language", "en")]).await;
        assert_eq!(saved.status, 303);
    });
}

/// Proves D12 of the armour for the API: a browser's cookie is no token, whoever it belongs to.
#[test]
fn armour_d12_the_api_takes_no_cookie() {
    run(async {
        let door = Door::open().await;
        let tenant = door.tenant(2, "kanarienvogel").await;
        let (owner, operator) = (door.signed_in(tenant.owner).await, door.operator().await);
        for route in described(&door).await {
            let number = |part: &str| if part.starts_with('{') { "7" } else { part }.to_owned();
            let path = route.path.split('/').map(number).collect::<Vec<_>>().join("/");
            for browser in [&owner, &operator] {
                for kind in ["application/json", "text/plain"] {
                    let headers = [("Content-Type", kind), ("Origin", HOUSE)];
                    let body: &[u8] = if route.method == "GET" { b"" } else { b"{}" };
                    let answer = browser.ask(&route.method, &at(&path), &headers, body).await;
                    assert_eq!(answer.status, 401, "{} {path}", route.method);
                }
            }
        }
    });
}

/// Tries of one address that were judged, and what somebody in another place hears.
async fn stuffed(door: &Door, addresses: &[String], tries: usize) -> Vec<usize> {
    let mut judged = vec![0; addresses.len()];
    for n in 0..tries {
        let place = n % addresses.len();
        let octets = [(n % 200) + 1, (n / 200) + 1].map(|octet| u8::try_from(octet).expect("small"));
        let client = door.client.clone().from(Ipv4Addr::new(127, 50, octets[0], octets[1]));
        let (address, password) = (addresses[place].as_str(), format!("ein falsches wort {n}"));
        let headers = [FORM, ("Origin", HOUSE)];
        let body = form(&[("address", address), ("password", &password)]);
        let answer = client.request("POST", "/login", &headers, body.as_bytes()).await.expect("an answer");
        match answer.status {
            422 => judged[place] += 1,
            429 => assert!(answer.header("retry-after").is_some()),
            other => panic!("{address}: {other}"),
        }
    }
    judged
}

/// Proves D14 of the armour in its small figure: 2,000 pairs from 2,000 places. An address has five tries
/// in a quarter of an hour, one with a log-in as many as one without, and its owner comes in meanwhile.
#[test]
fn armour_d14_two_thousand_pairs_get_five_tries_an_address() {
    run(async {
        let door = Door::open().await;
        let mut addresses = Vec::new();
        for n in 0..5 {
            let address = format!("known{n}@shop.example");
            door.person(1, &address, Role::Reader).await;
            addresses.extend([address, format!("nobody{n}@shop.example")]);
        }
        let owner = Browser::new(&door);
        assert_eq!(owner.sign_in(&addresses[0], PASSWORD).await.status, 303);
        assert_eq!(owner.send("/me", "/logout", &[]).await.status, 303);
        // Five waves, so that the waits between the first tries are over.
        let mut judged = vec![0; addresses.len()];
        for _ in 0..5 {
            for (sum, n) in judged.iter_mut().zip(stuffed(&door, &addresses, 400).await) {
                *sum += n;
            }
            door.clock.forward(std::time::Duration::from_secs(61));
        }
        assert_eq!(judged, vec![5; addresses.len()]);
        assert_eq!(owner.sign_in(&addresses[0], PASSWORD).await.status, 303, "the known device has its own tries");
        assert_eq!(Browser::new(&door).sign_in(&addresses[2], PASSWORD).await.status, 429);
        door.clock.forward(HOUR / 4);
        assert_eq!(Browser::new(&door).sign_in(&addresses[2], PASSWORD).await.status, 303, "and the wait ends");
    });
}
