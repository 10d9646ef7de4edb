//! The queue of cases: open ones by their next deadline, mine, and decided ones.

use askama::Template;
use policy::case::CaseKind;
use policy::{AccountId, CaseId, Timestamp};
use store::cases::{CaseFilter, CaseShow, CaseStep, QueuedCase};
use texts::desk;

use super::show::{self, Badge, Link};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// One line of the queue.
pub(super) struct CaseRow {
    pub(super) href: String,
    pub(super) kind: String,
    pub(super) about: String,
    pub(super) account: Option<Link>,
    /// The clock of an open case; the decision of a decided one.
    pub(super) state: Badge,
    pub(super) due: Html,
    /// Who looked first; empty where nobody did.
    pub(super) looked: String,
}

#[derive(Template)]
#[template(path = "desk/cases.html")]
struct Cases {
    shell: Shell,
    t: desk::Say,
    tabs: Vec<(String, String, bool)>,
    kinds: Vec<(String, String, bool)>,
    /// Hidden fields of the filter.
    show: &'static str,
    account: Option<Link>,
    account_id: String,
    rows: Vec<CaseRow>,
    first: String,
    next: String,
}

/// A case as a line.
pub(super) fn row(visit: &Visit, queued: &QueuedCase, now: Timestamp) -> CaseRow {
    let (language, case) = (visit.language, &queued.case);
    let (state, due) = match &case.decision {
        Some(decided) => (Badge::new("open", show::decision(language, &decided.word)), show::at(language, decided.at)),
        None => {
            let due = case.next_deadline();
            (show::clock(language, due, now), show::at(language, due))
        }
    };
    CaseRow {
        href: format!("/desk/cases/{}", case.id),
        kind: show::case_kind(language, case.kind),
        about: show::about(language, case, &queued.mailing),
        account: case.account.map(|id| show::account(id, &queued.account)),
        state,
        due,
        looked: case.looked.as_ref().map(|(_, by)| by.clone()).unwrap_or_default(),
    }
}

const SHOWS: [&str; 3] = ["open", "mine", "decided"];

/// What the address asks for; what is no word of ours is the queue of open cases.
fn wanted(visit: &Visit) -> (&'static str, CaseFilter) {
    let asked = visit.query("show");
    let word = SHOWS.into_iter().find(|word| *word == asked).unwrap_or("open");
    let show = match word {
        "mine" => CaseShow::LookedAtBy(show::signer(visit)),
        "decided" => CaseShow::Decided,
        _ => CaseShow::Open,
    };
    let account = visit.query_ids("account").first().copied().map(AccountId::from_raw);
    (word, CaseFilter { show, kind: CaseKind::from_word(&visit.query("kind")), account })
}

/// The address of a part of the queue.
fn address(show: &str, filter: &CaseFilter, step: Option<CaseStep>) -> String {
    let mut address = format!("/desk/cases?show={show}");
    if let Some(kind) = filter.kind {
        address.push_str("&kind=");
        address.push_str(kind.word());
    }
    if let Some(account) = filter.account {
        address.push_str(&format!("&account={account}"));
    }
    if let Some(step) = step {
        address.push_str(&format!("&from={}&after={}", step.at.millis(), step.id));
    }
    address
}

/// Where the page begins, if the address says so.
fn step(visit: &Visit) -> Option<CaseStep> {
    let at = visit.query("from").parse().ok()?;
    let id = visit.after();
    (id > 0).then_some(CaseStep { at: Timestamp::from_millis(at), id: CaseId::from_raw(id) })
}

/// GET: the queue.
pub(super) async fn show(visit: Visit) -> Answer {
    let language = visit.language;
    let t = desk::Say(language);
    let (word, filter) = wanted(&visit);
    let from = step(&visit);
    let page = visit.web.store.case_queue(&filter, from, PAGE).await?;
    let account = match filter.account {
        Some(id) => Some(show::account(id, &visit.web.store.account(id).await?.name)),
        None => None,
    };
    let label = |word: &str| match word {
        "mine" => t.cases_mine(),
        "decided" => t.cases_decided(),
        _ => t.cases_open(),
    };
    let tabs = SHOWS.into_iter().map(|tab| (address(tab, &filter, None), label(tab), tab == word)).collect();
    let kinds = CaseKind::ALL
        .into_iter()
        .map(|kind| (kind.word().to_owned(), show::case_kind(language, kind), filter.kind == Some(kind)))
        .collect();
    let now = visit.now();
    visit.show(&Cases {
        shell: visit.shell(t.cases_title()).lead(t.cases_lead()),
        t,
        tabs,
        kinds,
        show: word,
        account,
        account_id: filter.account.map(|id| id.to_string()).unwrap_or_default(),
        rows: page.cases.iter().map(|queued| row(&visit, queued, now)).collect(),
        first: if from.is_some() { address(word, &filter, None) } else { String::new() },
        next: page.next.map(|step| address(word, &filter, Some(step))).unwrap_or_default(),
    })
}
