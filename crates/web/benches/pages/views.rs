//! What is asked for: every page of the table, by somebody who may see it, and the views of lists that
//! have a filter or are far down.

use seals::LinkPurpose;
use web::{Who, pages};

use crate::door::Door;
use crate::seed::{self, Seeded};

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Asker {
    Owner,
    Operator,
    Stranger,
}

/// One view of a page.
pub(crate) struct View {
    pub(crate) who: Asker,
    pub(crate) path: String,
    pub(crate) name: String,
}

/// Pages that are reached by a link of a mail, which nobody has here; that have no end; that ask DNS.
const APART: &[&str] = &["invitation", "reset", "start", "newsletter-events", "login-code", "desk-dns", "first-run"];

/// Numbers by the names of parameters. Mailings come in several states, so that each page shows one that it is for.
fn numbers(name: &str, page: &str, seeded: &Seeded) -> Vec<i64> {
    match name {
        "account" => vec![1],
        "contact" => vec![seeded.contact(seeded.contacts / 2)],
        "former" => vec![seed::former(7)],
        "mailing" if page.starts_with("/desk") => vec![seed::SENT],
        "mailing" if page.ends_with("/results") && page.contains("/newsletters") => vec![seed::SENT, seed::RUNNING],
        "mailing" if page.ends_with("/live") => vec![seed::RUNNING],
        "mailing" if page.contains("/autoresponders") && !of_drafts(page) => vec![seed::SERIES],
        "mailing" if page.contains("/autoresponders") => vec![seed::SERIES_DRAFT],
        "mailing" if of_drafts(page) => vec![seed::DRAFT],
        "mailing" => vec![seed::DRAFT, seed::SENT],
        "tag" => vec![31, 34],
        "form" => vec![9001],
        "sender" => vec![5],
        "domain" => vec![6],
        "website" => vec![7],
        "topic" => vec![8],
        "user" => vec![crate::door::user().get()],
        "token" | "number" => vec![seed::TOKEN],
        "revision" | "version" => vec![1],
        "case" => vec![seed::CASE],
        "report" => vec![seed::LETTER],
        "incident" => vec![seed::INCIDENT],
        other => panic!("{page} names a {other}: the benchmark has none"),
    }
}

/// Pages on which a mailing is written and started.
fn of_drafts(page: &str) -> bool {
    ["/edit", "/send", "/reach", "/revisions", "/start"].iter().any(|part| page.contains(part))
}

fn filled(path: &str, seeded: &Seeded) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in path.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let parts: Vec<String> = match name {
            Some(name) => numbers(name, path, seeded).iter().map(i64::to_string).collect(),
            None => vec![part.to_owned()],
        };
        paths = parts.iter().flat_map(|part| paths.iter().map(move |path| format!("{path}/{part}"))).collect();
    }
    paths
}

/// Filters, searches, and places far down, by the name of the page.
fn further(name: &str, seeded: &Seeded) -> Vec<String> {
    let middle = seeded.contact(seeded.contacts / 2);
    match name {
        "contacts" => [
            format!("after={middle}"),
            "with=31".to_owned(),
            format!("with=31&after={middle}"),
            "with=34".to_owned(),
            "with=31&without=32".to_owned(),
            format!("q={}", seeded.address(seeded.contacts / 3)),
            "q=reader77".to_owned(),
            "q=%40d7".to_owned(),
            "q=ada".to_owned(),
            "q=nobody".to_owned(),
            "field=city&value=Musterstadt".to_owned(),
            "field=firstname&value=Ada5".to_owned(),
            "field=city&value=Nirgends&with=31".to_owned(),
        ]
        .into(),
        "contacts-former" => ["reason=complained", "reason=erased"].map(str::to_owned).into(),
        "score" => vec!["days=365".to_owned()],
        "newsletters" => ["drafts", "running", "ended"].map(|state| format!("state={state}")).into(),
        "newsletter-results" => {
            let states = ["accepted", "bounced", "deferred", "refused"];
            states
                .into_iter()
                .flat_map(|state| [format!("state={state}"), format!("state={state}&after={middle}")])
                .collect()
        }
        "autoresponder-results" => vec!["state=bounced".to_owned(), format!("after={middle}")],
        "desk-cases" => ["show=decided", "kind=letter", "show=mine", "account=1"].map(str::to_owned).into(),
        _ => Vec::new(),
    }
}

/// Every view.
pub(crate) fn all(door: &Door, seeded: &Seeded) -> Vec<View> {
    let mut views = Vec::new();
    for page in pages().iter().filter(|page| page.method == "GET" && !APART.contains(&page.name)) {
        let who = match page.who {
            Who::Operator => Asker::Operator,
            Who::Role(_) | Who::SignedIn => Asker::Owner,
            Who::Public => Asker::Stranger,
        };
        for path in filled(page.path, seeded) {
            let queries = further(page.name, seeded);
            let with = queries.iter().map(|query| format!("{path}?{query}"));
            for path in std::iter::once(path.clone()).chain(with) {
                views.push(View { who, path, name: page.name.to_owned() });
            }
        }
    }
    let person = seeded.person();
    for (name, purpose) in [("unsubscribe", LinkPurpose::UnsubscribeBody), ("preferences", LinkPurpose::Preferences)] {
        views.push(View { who: Asker::Stranger, path: door.link(person, purpose), name: name.to_owned() });
    }
    views.push(View { who: Asker::Stranger, path: "/f/9001".to_owned(), name: "form".to_owned() });
    views
}
