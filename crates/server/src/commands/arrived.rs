//! Arrived mail: what is not settled, why it is read as it is, and the wish to have it read again.

use mail_formats::console;
use mail_formats::rules::RuleSet;
use serde_json::json;
use store::inbox::{ReadAgain, Shown};

use super::named;
use crate::base::{Base, moment};
use crate::cli::Arrived;
use crate::fault::Fault;
use crate::output::{Output, Table, write_bytes};

/// Mails of one list.
const LISTED: i64 = 500;

pub(super) async fn run(base: &Base, what: Arrived, output: Output) -> Result<(), Fault> {
    match what {
        Arrived::List { all, before } => list(base, all, before, output).await,
        Arrived::Show { id } => show(base, id, output).await,
        Arrived::Source { id } => {
            write_bytes(&base.store.kept_mail_bytes(id).await.map_err(named("arrived mail", id))?)
        }
        Arrived::Again { id, by } => {
            match base.store.read_mail_again(id, &by, base.now()).await.map_err(named("arrived mail", id))? {
                ReadAgain::Planned => output.done(&format!(
                    "arrived mail {id} is read again by the running server within seconds: jawort arrived show {id}"
                )),
                ReadAgain::NothingToRead => {
                    Err(Fault::failed(format!("arrived mail {id} has nothing to read: its address alone was the wish")))
                }
            }
        }
    }
}

async fn list(base: &Base, all: bool, before: Option<i64>, output: Output) -> Result<(), Fault> {
    let mut table = Table::new(&["id", "received_at", "recipient", "return_path", "kind", "effect", "waits"]);
    let shown = if all { Shown::All } else { Shown::Unsettled };
    for mail in base.store.kept_mails(shown, before, LISTED).await? {
        table.row([
            json!(mail.id),
            json!(moment(mail.received_at)),
            json!(mail.recipient),
            json!(mail.mail_from),
            json!(mail.kind),
            json!(mail.effect),
            json!(mail.again_at.is_some()),
        ]);
    }
    output.table(&table)
}

async fn show(base: &Base, id: i64, output: Output) -> Result<(), Fault> {
    let mail = base.store.kept_mail(id).await.map_err(named("arrived mail", id))?;
    let raw = base.store.kept_mail_bytes(id).await.map_err(named("arrived mail", id))?;
    let explained = console::explanation(RuleSet::built_in(), &raw);
    let mut lines = explained.lines().map(str::trim);
    output.object(&json!({
        "id": id,
        "received_at": moment(mail.received_at),
        "recipient": mail.recipient,
        "return_path": mail.mail_from,
        "kind": mail.kind,
        "effect": mail.effect,
        "waits": mail.again_at.is_some(),
        "reads": lines.next(),
        "why": lines.collect::<Vec<_>>(),
    }))
}
