//! Websites of all accounts. Nobody approves them: they prove themselves (R12). Whoever reviews topics sees
//! here whose proof is missing, and why.

use askama::Template;
use outside::site_proof::{Place, SiteProof};
use policy::WebsiteId;
use store::websites::{ListedWebsite, Website};
use texts::{Language, desk, desk as t, setup};

use super::show::{self, Badge, Link};
use crate::customers::place_badge;
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// A website.
struct Row {
    host: String,
    /// The website itself.
    href: String,
    account: Link,
    state: Badge,
    /// Where the last look found what.
    places: Vec<(String, Badge)>,
    since: Html,
    checked: Option<Html>,
    topics: String,
}

#[derive(Template)]
#[template(path = "desk/websites.html")]
struct Websites {
    shell: Shell,
    t: desk::Say,
    /// Address, label, and whether it is shown.
    tabs: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    first: String,
    next: String,
}

/// How a website stands.
pub(super) fn badge(language: Language, site: &Website) -> Badge {
    match (site.proven_at, site.failing_since) {
        (_, Some(_)) => Badge::new("bad", t::failing(language)),
        (Some(_), None) => Badge::new("good", t::proven(language)),
        (None, None) => Badge::new("wait", t::not_proven(language)),
    }
}

fn places(language: Language, site: &Website) -> Vec<(String, Badge)> {
    let Some(seen) = SiteProof::from_words(&site.found) else { return Vec::new() };
    let of = |label: fn(Language) -> String, place: Place| {
        place_badge(language, place).map(|(kind, word)| (label(language), Badge::new(kind, word)))
    };
    let all = [of(setup::way_dns, seen.dns), of(setup::way_file, seen.file), of(setup::way_tag, seen.page)];
    all.into_iter().flatten().collect()
}

fn row(visit: &Visit, listed: &ListedWebsite) -> Row {
    let (language, site) = (visit.language, &listed.website);
    Row {
        host: site.host.clone(),
        href: format!("https://{}/", site.host),
        account: show::account(listed.account, &listed.account_name),
        state: badge(language, site),
        places: places(language, site),
        since: show::at(language, site.created_at),
        checked: site.checked_at.map(|at| show::at(language, at)),
        topics: show::number(language, listed.topics),
    }
}

/// GET: those without a proof that holds, or all.
pub(super) async fn show(visit: Visit) -> Answer {
    let t = desk::Say(visit.language);
    let all = visit.query("show") == "all";
    let before = Some(visit.after()).filter(|number| *number > 0).map(WebsiteId::from_raw);
    let page = visit.web.store.websites_of_all(!all, before, PAGE).await?;
    let here = format!("/desk/reviews/websites?show={}", if all { "all" } else { "open" });
    let full = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
    let next = page.last().filter(|_| full).map(|last| format!("{here}&after={}", last.website.id));
    let tab = |word: &str, label: String, shown| (format!("/desk/reviews/websites?show={word}"), label, shown);
    visit.show(&Websites {
        shell: visit.shell(t.websites_title()).lead(t.websites_note()).crumb("/desk/reviews", t.reviews_title()),
        tabs: vec![tab("open", t.websites_open(), !all), tab("all", t.websites_all(), all)],
        rows: page.iter().map(|listed| row(&visit, listed)).collect(),
        first: if before.is_some() { here } else { String::new() },
        next: next.unwrap_or_default(),
        t,
    })
}
