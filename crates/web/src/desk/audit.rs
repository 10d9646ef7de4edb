//! Who changed what, in all accounts and in the installation itself, newest first.

use askama::Template;
use policy::AccountId;
use store::installation::OPERATOR;
use texts::desk;

use super::show::{self, Link};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// One change.
struct Row {
    at: Html,
    account: Option<Link>,
    actor: String,
    action: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct Audit {
    shell: Shell,
    t: desk::Say,
    rows: Vec<Row>,
    only: Option<Link>,
    first: String,
    next: String,
}

/// GET: the changes.
pub(super) async fn show(visit: Visit) -> Answer {
    let (language, t, store) = (visit.language, desk::Say(visit.language), &visit.web.store);
    let account = visit.query_ids("account").first().copied().map(AccountId::from_raw);
    let after = visit.after();
    let mut lines = store.audit_newest(account, (after > 0).then_some(after), PAGE + 1).await?;
    let more = i64::try_from(lines.len()).unwrap_or(0) > PAGE;
    lines.truncate(usize::try_from(PAGE).unwrap_or(50));
    let base = account.map_or_else(|| "/desk/audit?".to_owned(), |id| format!("/desk/audit?account={id}&"));
    let next = lines.last().filter(|_| more).map(|(_, last)| format!("{base}after={}", last.id));
    let only = match account {
        Some(id) => Some(show::account(id, &store.account(id).await?.name)),
        None => None,
    };
    let mut names: std::collections::BTreeMap<AccountId, String> = std::collections::BTreeMap::new();
    for (id, _) in &lines {
        if *id != OPERATOR && !names.contains_key(id) {
            // A name that cannot be read leaves the number.
            let name = store.account(*id).await.map_or_else(|_| id.to_string(), |account| account.name);
            names.insert(*id, name);
        }
    }
    let rows = lines.into_iter().map(|(id, line)| Row {
        at: show::at(language, line.at),
        account: names.get(&id).map(|name| show::account(id, name)),
        actor: line.actor,
        action: line.action,
        detail: line.detail,
    });
    visit.show(&Audit {
        shell: visit.shell(t.audit_title()).lead(t.audit_lead()),
        t,
        rows: rows.collect(),
        only,
        first: if after > 0 { base.trim_end_matches(['&', '?']).to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}
