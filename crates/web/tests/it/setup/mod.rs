//! An account as its people set it up in pages, with a DNS server that tests change and break.

mod desk;
mod domains;
mod legal;
mod senders;
mod topics;
mod websites;

use policy::AccountId;
use seals::LinkPurpose;
use serde_json::Value;
use store::conformance::texts;
use testbench::dns::Dns;
use testbench::http::Response;

use crate::door::Door;

fn one() -> AccountId {
    AccountId::from_raw(1)
}

/// A door that asks this DNS server.
async fn door_with(dns: &Dns) -> Door {
    let server = dns.addr();
    Door::with(|context| {
        let settings = outside::OutsideSettings {
            dns_servers: vec![server],
            dns_limit: std::time::Duration::from_secs(2),
            ..outside::OutsideSettings::default()
        };
        context.resolver = outside::Resolver::new(&settings).expect("a resolver");
        context.fetcher = outside::Fetcher::new(&context.resolver, &settings);
    })
    .await
}

/// A text as it stands in a page.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => out.push_str(&format!("&#{};", u32::from(c))),
            other => out.push(other),
        }
    }
    out
}

fn shows(page: &str, text: &str) {
    assert!(page.contains(&escaped(text)), "{text} is not in {page}");
}

fn hides(page: &str, text: &str) {
    assert!(!page.contains(&escaped(text)), "{text} is in {page}");
}

/// The page, which is there.
fn page(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The page of a form that did not fit.
fn again(answer: &Response) -> String {
    assert_eq!(answer.status, 422, "{}", answer.text());
    answer.text()
}

/// The problem that stands beside a field.
fn beside(page: &str, field: &str) -> String {
    let mark = format!("id=\"e-{field}\">");
    let start = page.find(&mark).unwrap_or_else(|| panic!("no problem beside {field} in {page}"));
    let text = page[start..].split("</svg>").nth(1).and_then(|rest| rest.split("</span>").next());
    text.expect("a sentence").replace("&#39;", "'").replace("&#34;", "\"")
}

/// What was typed into a line of a form.
fn typed(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    page[start..].split('"').nth(3).expect("a value").to_owned()
}

/// The path of the link that the newest proof mail will show.
async fn proof_link(door: &Door) -> String {
    let rows = texts(
        &door.store,
        "SELECT params FROM notice WHERE purpose = 5 AND template = 'prove_sender' ORDER BY id DESC LIMIT 1",
        1,
    );
    let rows = rows.await.expect("a notice");
    let params: Value = serde_json::from_str(rows[0][0].as_deref().expect("params")).expect("JSON");
    let number = params["proof"].as_str().and_then(|text| text.parse().ok()).expect("a number");
    let token = door.seals.link_token(number, LinkPurpose::ProveAddress).expect("it fits");
    format!("/e/{}", token.as_str())
}
