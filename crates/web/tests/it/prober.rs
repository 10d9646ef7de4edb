//! Two accounts with things of every kind in each: what is one's does not exist for the other (ARMOUR D1).
//!
//! Pages and routes come from the tables, so that what is added later is probed without a word here. Every
//! probe names a thing of the neighbour and is answered as if it named nothing; none of the neighbour's
//! words ever appears; and nothing is changed.

mod calls;
mod forms;
mod pages;

use std::collections::BTreeMap;

use outside::{OutsideSettings, Resolver};
use testbench::dns::Dns;
use testbench::http::Response;
use web::PageInfo;

use crate::browser::Browser;
use crate::door::{Door, hidden};
use crate::tenants::{Dump, Rows, Tenant, difference};

/// An account that does not exist.
const NOBODY: i64 = 987_654;

/// The neighbours and what is known of the memory.
struct Stage {
    door: Door,
    /// Whose things are named.
    theirs: Tenant,
    /// Who names them.
    own: Tenant,
    dump: Dump,
    /// Nobody answers there: names are asked for, and not found.
    _dns: Dns,
}

impl Stage {
    async fn open() -> Self {
        let dns = Dns::start().await.expect("a DNS server");
        let settings = OutsideSettings { dns_servers: vec![dns.addr()], ..OutsideSettings::default() };
        let door = Door::with(|context| context.resolver = Resolver::new(&settings).expect("a resolver")).await;
        let theirs = door.tenant(2, "kanarienvogel").await;
        let own = door.tenant(3, "wellensittich").await;
        let dump = Dump::of(&door).await;
        let lacking = dump.lacking(&door, &[theirs.account, own.account]).await;
        assert!(lacking.is_empty(), "the accounts have nothing in {lacking:?}: tenants.rs must put something there");
        Self { door, theirs, own, dump, _dns: dns }
    }

    /// Everything.
    async fn everything(&self) -> Rows {
        self.dump.rows(&self.door, &[]).await
    }

    /// Everything but what belongs to the account that asks.
    async fn of_others(&self) -> Rows {
        self.dump.rows(&self.door, &[self.own.account]).await
    }
}

fn unchanged(what: &str, before: &Rows, after: &Rows) {
    assert!(before == after, "{what} changed: {:#?}", difference(before, after));
}

/// Somebody who asks, with the mark of the session.
struct Hand<'d> {
    browser: Browser<'d>,
    mark: String,
}

impl<'d> Hand<'d> {
    async fn of(browser: Browser<'d>) -> Self {
        let mark = hidden(&browser.get("/me").await.text(), "csrf");
        Self { browser, mark }
    }

    async fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        if method != "POST" {
            return self.browser.ask(method, path, &[], b"").await;
        }
        let mut all = vec![("csrf", self.mark.as_str())];
        all.extend_from_slice(fields);
        self.browser.post(path, &all).await
    }
}

/// What an answer tells: status, headers and body.
type Told = (u16, Vec<(String, String)>, String);

/// What an answer tells, with the number that was asked for taken out.
fn told(answer: &Response, asked: &str) -> Told {
    let plain = |text: &str| if asked.is_empty() { text.to_owned() } else { text.replace(asked, "#") };
    let of_its_own = ["date", "content-length"];
    let headers = answer.headers.iter().filter(|(name, _)| !of_its_own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.clone(), plain(value))).collect();
    (answer.status, headers, plain(&answer.text()))
}

/// Both answers tell the same; else where they part.
fn same(what: &str, left: &Told, right: &Told) {
    assert_eq!((left.0, &left.1), (right.0, &right.1), "{what}");
    if left.2 != right.2 {
        let at = left.2.bytes().zip(right.2.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(80)..(at + 120).min(text.len())]).into_owned()
        };
        panic!("{what}: the pages differ: {:?} and {:?}", around(&left.2), around(&right.2));
    }
}

/// What was seen: how often was asked, and what belongs to the neighbour and must not be seen.
struct Watch {
    probes: usize,
    /// The account's word, and the numbers of its things.
    canaries: Vec<String>,
    by_page: BTreeMap<String, usize>,
}

impl Watch {
    fn over(theirs: &Tenant) -> Self {
        // Short numbers (of revisions, of versions) are everybody's.
        let numbers = theirs.kinds().flat_map(|(_, numbers)| numbers.iter().filter(|n| **n > 1_000_000));
        let mut canaries: Vec<String> = numbers.map(i64::to_string).collect();
        canaries.push(theirs.word.to_owned());
        Self { probes: 0, canaries, by_page: BTreeMap::new() }
    }

    /// The same without the numbers: where they are typed, and kept, pages of the own account show them.
    fn but_numbers(&mut self, theirs: &Tenant) {
        self.canaries = vec![theirs.word.to_owned()];
    }

    /// Nothing of the neighbour stands in an answer but the number that was asked for.
    fn look(&mut self, what: &str, answer: &Response, asked: &str) {
        self.probes += 1;
        *self.by_page.entry(what.to_owned()).or_default() += 1;
        let (_, headers, body) = told(answer, asked);
        let all = headers.iter().map(|(_, value)| value.as_str()).chain([body.as_str()]);
        for text in all {
            let seen = self.canaries.iter().find(|canary| text.contains(canary.as_str()));
            assert!(seen.is_none(), "{what}, asked for {asked}, shows {seen:?} of another account: {text}");
        }
    }
}

/// The names of the parameters in a path, `{account}` apart.
fn parameters(path: &str) -> Vec<&str> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.filter(|name| *name != "account").collect()
}

/// A path with the numbers that `number` gives for its parameters.
fn filled(path: &str, number: impl Fn(&str) -> i64) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => number(name).to_string(),
        None => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The pages of accounts.
fn of_accounts() -> Vec<PageInfo> {
    web::pages().into_iter().filter(|page| page.path.starts_with("/a/{account}")).collect()
}

/// Every combination of own things that a path can name, at most so many.
fn own_paths(path: &str, own: &Tenant, most: usize) -> Vec<String> {
    let names = parameters(path);
    let longest = names.iter().map(|name| own.all(name, path).len()).max().unwrap_or(1);
    let at = |n: usize| {
        filled(path, |name| {
            if name == "account" {
                return own.account;
            }
            let all = own.all(name, path);
            all[n.min(all.len() - 1)]
        })
    };
    (0..longest.min(most)).map(at).collect()
}
