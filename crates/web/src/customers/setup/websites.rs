//! Websites: a form belongs to one, and its owner proves that it is his (R12).

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use outside::site_proof::{FILE, Place, SiteProof, file_url, meta_tag, record};
use policy::WebsiteId;
use policy::invalid::Invalid;
use policy::role::Role;
use store::StoreError;
use store::websites::{PROOF_GRACE, Website};
use texts::{Language, setup as say, setup, ui};

use super::{Badge, at, refuse, ruled, topics, zone};
use crate::error::Fault;
use crate::setting_up::websites as work;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{Visit, see_other};

pub(super) const NEW: &[Field] = &[must("host", say::website_host, Kind::Host).hint(say::website_host_hint)];

/// How a website looks in one word.
fn badge(language: Language, site: &Website) -> Badge {
    match (site.proven_at, site.failing_since) {
        (Some(_), None) => ("good", say::website_proven(language)),
        (Some(_), Some(_)) => ("bad", say::website_failing(language)),
        (None, _) if site.checked_at.is_none() => ("open", say::website_not_looked(language)),
        (None, _) => ("wait", say::website_not_proven(language)),
    }
}

fn text(language: Language, zone: &str, site: &Website) -> String {
    match (site.proven_at, site.failing_since) {
        (Some(_), None) => say::website_proven_text(language),
        (Some(_), Some(since)) => {
            say::website_failing_text(language, &time::moment(language, zone, since + PROOF_GRACE))
        }
        (None, _) if site.checked_at.is_none() => say::website_not_looked_text(language),
        (None, _) => say::website_not_proven_text(language),
    }
}

/// One line of the list.
struct Line {
    href: String,
    host: String,
    state: Badge,
    looked: String,
}

#[derive(Template)]
#[template(path = "customers/setup/websites.html")]
struct List {
    shell: Shell,
    t: setup::Say,
    lines: Vec<Line>,
    new: String,
}

/// GET: the websites.
pub(super) async fn list(visit: Visit) -> Answer {
    let (language, zone) = (visit.language, zone(&visit).await?);
    let line = |site: &Website| {
        Ok(Line {
            href: at(&visit, &format!("websites/{}", site.id))?,
            host: site.host.clone(),
            state: badge(language, site),
            looked: match site.checked_at {
                Some(at) => time::moment(language, &zone, at),
                None => ui::never(language),
            },
        })
    };
    let sites = visit.web.store.websites(visit.account()?).await?;
    let lines = sites.iter().map(line).collect::<Result<_, Fault>>()?;
    visit.show(&List {
        shell: visit.shell(ui::nav_websites(language)).lead(say::websites_lead(language)),
        t: setup::Say(language),
        lines,
        new: if visit.may(Role::Owner) { at(&visit, "websites/new")? } else { String::new() },
    })
}

#[derive(Template)]
#[template(path = "customers/setup/new.html")]
struct New {
    shell: Shell,
    form: Form,
    action: String,
    button: String,
    other: (String, String),
}

fn new_page(visit: &Visit, form: Form) -> Result<New, Fault> {
    let language = visit.language;
    let shell = visit.shell(say::website_new_title(language)).lead(say::website_new_lead(language));
    Ok(New {
        shell: shell.crumb(at(visit, "websites")?, ui::nav_websites(language)),
        form,
        action: at(visit, "websites/new")?,
        button: say::website_add_button(language),
        other: (String::new(), String::new()),
    })
}

/// GET: asks for the host.
pub(super) async fn begin(visit: Visit) -> Answer {
    visit.show(&new_page(&visit, Form::empty(visit.language, visit.mark(), NEW))?)
}

/// POST: registers the website and leads to its proof.
pub(super) async fn add(visit: Visit) -> Answer {
    let mut form = visit.form();
    let (true, Some(host)) = (form.is_good(), form.host("host")) else {
        return visit.again(&new_page(&visit, form)?);
    };
    match ruled(work::add(&visit.web, visit.account()?, &host, &visit.actor()).await)? {
        Ok(id) => Ok(see_other(&at(&visit, &format!("websites/{id}"))?)),
        Err(problem) => {
            refuse(&visit, &mut form, &problem);
            visit.again(&new_page(&visit, form)?)
        }
    }
}

/// One of the three ways.
struct Way {
    id: &'static str,
    title: String,
    text: String,
    /// Label and what to copy.
    pieces: Vec<(String, String)>,
    /// What the last look found there; none before the first.
    found: Option<Badge>,
    /// Something to take away, with its label; empty for nothing.
    file: (String, String),
}

/// What a look found in one place.
pub(crate) fn found(language: Language, place: Place) -> Option<Badge> {
    Some(match place {
        Place::Shown => ("good", say::place_shown(language)),
        Place::Differs => ("bad", say::place_differs(language)),
        Place::Absent => ("open", say::place_absent(language)),
        Place::Redirects => ("bad", say::place_redirects(language)),
        Place::Silent => ("wait", say::place_silent(language)),
        Place::NotAsked => return None,
    })
}

fn ways(language: Language, path: &str, site: &Website) -> Vec<Way> {
    let seen = SiteProof::from_words(&site.found);
    let of = |place: fn(&SiteProof) -> Place| seen.as_ref().and_then(|seen| found(language, place(seen)));
    let none = (String::new(), String::new());
    vec![
        Way {
            id: "dns",
            title: say::way_dns(language),
            text: say::way_dns_text(language),
            pieces: vec![
                (say::record_name(language), site.host.clone()),
                (say::record_wanted(language), record(&site.proof_token)),
            ],
            found: of(|seen| seen.dns),
            file: none.clone(),
        },
        Way {
            id: "file",
            title: say::way_file(language),
            text: say::way_file_text(language),
            pieces: vec![
                (say::way_file_place(language), file_url(&site.host)),
                (say::way_file_content(language), site.proof_token.clone()),
            ],
            found: of(|seen| seen.file),
            file: (format!("{path}/file"), say::way_file_take(language)),
        },
        Way {
            id: "tag",
            title: say::way_tag(language),
            text: say::way_tag_text(language, &site.host),
            pieces: vec![(say::way_tag_code(language), meta_tag(&site.proof_token))],
            found: of(|seen| seen.page),
            file: none,
        },
    ]
}

#[derive(Template)]
#[template(path = "customers/setup/website.html")]
struct Page {
    shell: Shell,
    t: setup::Say,
    state: Badge,
    text: String,
    looked: String,
    check: String,
    proven: bool,
    ways: Vec<Way>,
    /// Address, statement and state of its topics.
    topics: Vec<(String, String, Badge)>,
    new_topic: String,
    remove: String,
    question: String,
    refused: String,
}

/// The website of the path; what is none of this account's does not exist.
async fn website(visit: &Visit) -> Result<Website, Fault> {
    Ok(visit.web.store.website(visit.account()?, WebsiteId::from_raw(visit.id("website")?)).await?)
}

async fn page(visit: &Visit, site: &Website, refused: String) -> Result<Page, Fault> {
    let (account, language, zone) = (visit.account()?, visit.language, zone(visit).await?);
    let path = at(visit, &format!("websites/{}", site.id))?;
    let topics = visit.web.store.topic_list(account).await?;
    let topics = topics.iter().filter(|topic| topic.newest.website == site.id).map(|topic| {
        let href = at(visit, &format!("topics/{}", topic.newest.topic.topic))?;
        Ok((href, topic.newest.statement.clone(), topics::badge(language, topic.newest.state)))
    });
    let topics: Vec<_> = topics.collect::<Result<_, Fault>>()?;
    let owner = visit.may(Role::Owner);
    Ok(Page {
        shell: visit.shell(site.host.clone()).crumb(at(visit, "websites")?, ui::nav_websites(language)),
        t: setup::Say(language),
        state: badge(language, site),
        text: text(language, &zone, site),
        looked: match site.checked_at {
            Some(checked) => say::looked_at(language, &time::moment(language, &zone, checked)),
            None => say::looked_never(language),
        },
        check: if visit.may(Role::Editor) { format!("{path}/check") } else { String::new() },
        proven: site.proven_at.is_some() && site.failing_since.is_none(),
        ways: ways(language, &path, site),
        new_topic: if owner { at(visit, &format!("topics/new?website={}", site.id))? } else { String::new() },
        remove: if owner && topics.is_empty() { format!("{path}/remove") } else { String::new() },
        topics,
        question: say::website_remove_question(language, &site.host),
        refused,
    })
}

/// GET: the website with the ways to prove it.
pub(super) async fn show(visit: Visit) -> Answer {
    let site = website(&visit).await?;
    visit.show(&page(&visit, &site, String::new()).await?)
}

/// GET: the file of the second way.
pub(super) async fn file(visit: Visit) -> Answer {
    let site = website(&visit).await?;
    let name = FILE.rsplit('/').next().unwrap_or_default();
    let mut response = site.proof_token.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// POST: looks for the proof now. Who asks too often gets what the last look found.
pub(super) async fn check(visit: Visit) -> Answer {
    let (account, id) = (visit.account()?, WebsiteId::from_raw(visit.id("website")?));
    match work::check(&visit.web, account, id).await {
        Ok(_) | Err(StoreError::Invalid(Invalid::LookedJustNow)) => {}
        Err(error) => return Err(error.into()),
    }
    visit.to(&at(&visit, &format!("websites/{id}"))?, "checked")
}

/// POST: removes a website to which no topic belongs.
pub(super) async fn remove(visit: Visit) -> Answer {
    let site = website(&visit).await?;
    match ruled(visit.web.store.remove_website(visit.account()?, site.id, &visit.actor(), visit.now()).await)? {
        Ok(()) => visit.to(&at(&visit, "websites")?, "removed"),
        Err(problem) => visit.again(&page(&visit, &site, problem.say(visit.language)).await?),
    }
}
