//! `jawort account …`

use policy::sender::ShortName;
use policy::zone::Zone;
use policy::{AccountId, Standing};
use seals::{ApiToken, api_token_hash};
use serde_json::json;
use store::accounts::NewAccount;

use super::named;
use crate::base::{Base, moment};
use crate::cli::{Account, Signed};
use crate::fault::Fault;
use crate::output::{Output, Table};

pub(super) async fn run(base: &Base, what: Account, output: Output) -> Result<(), Fault> {
    match what {
        Account::Create { name, language, time_zone } => create(base, &name, &language, &time_zone, output).await,
        Account::List => list(base, output).await,
        Account::Suspend { id, signed } => {
            let Signed { reason, by } = signed;
            let case = base
                .store
                .suspend(AccountId::from_raw(id), &by, &reason, base.now())
                .await
                .map_err(named("account", id))?;
            // Promise 3: the answer comes when nothing that began before it can be completed.
            base.store.drain_all().await;
            output.done(&format!("account {id} is suspended; case {case}"))
        }
        Account::Reinstate { id, signed } => {
            let Signed { reason, by } = signed;
            base.store
                .reinstate(AccountId::from_raw(id), &by, &reason, base.now())
                .await
                .map_err(named("account", id))?;
            output.done(&format!("account {id} sends again; a new counting period began"))
        }
        Account::Terminate { id, signed } => {
            let Signed { reason, by } = signed;
            base.store
                .terminate(AccountId::from_raw(id), &by, &reason, base.now())
                .await
                .map_err(named("account", id))?;
            base.store.drain_all().await;
            base.store.cancel_stranded().await?;
            output.done(&format!("account {id} is terminated"))
        }
    }
}

async fn create(base: &Base, name: &str, language: &str, time_zone: &str, output: Output) -> Result<(), Fault> {
    let new = NewAccount {
        name: ShortName::parse(name).map_err(|problem| Fault::usage(format!("--name: {problem}")))?,
        language: language.parse().map_err(|error| Fault::usage(format!("--language: {error}")))?,
        time_zone: Zone::parse(time_zone)
            .map_err(|problem| Fault::usage(format!("--time-zone: {problem}")))?
            .name()
            .to_owned(),
    };
    let id = base.store.create_account(new, "operator", base.now()).await?;
    let token = ApiToken::generate(base.dice.as_ref());
    base.store
        .mint_token(Some(id), "made with the account", api_token_hash(token.as_str()), "operator", base.now())
        .await?;
    output.object(&json!({ "account": id.get(), "token": token.as_str() }))
}

async fn list(base: &Base, output: Output) -> Result<(), Fault> {
    let mut table = Table::new(&["id", "name", "standing", "since", "reason", "policy_accepted", "created_at"]);
    let mut after = None;
    loop {
        let page = base.store.accounts(after, 500).await?;
        for account in &page {
            table.row([
                json!(account.id.get()),
                json!(account.name),
                json!(account.standing.word()),
                json!((account.standing != Standing::Active).then(|| moment(account.standing_at))),
                json!(account.standing_reason),
                json!(account.policy_accepted),
                json!(moment(account.created_at)),
            ]);
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return output.table(&table),
        }
    }
}
