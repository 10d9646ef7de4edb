//! `jawort token …`

use policy::AccountId;
use seals::{ApiToken, api_token_hash};
use serde_json::json;

use super::named;
use crate::base::{Base, moment};
use crate::cli::Token;
use crate::fault::Fault;
use crate::output::{Output, Table};

pub(super) async fn run(base: &Base, what: Token, output: Output) -> Result<(), Fault> {
    match what {
        Token::Create { label, account } => {
            let id = account.map(AccountId::from_raw);
            let token = ApiToken::generate(base.dice.as_ref());
            let hash = api_token_hash(token.as_str());
            let number = base
                .store
                .mint_token(id, &label, hash, "operator", base.now())
                .await
                .map_err(named("account", account.unwrap_or(0)))?;
            output.object(&json!({ "id": number, "token": token.as_str() }))
        }
        Token::List { account } => {
            let mut table = Table::new(&["id", "label", "created_at", "revoked_at"]);
            for token in base.store.tokens(account.map(AccountId::from_raw)).await? {
                table.row([
                    json!(token.id),
                    json!(token.label),
                    json!(moment(token.created_at)),
                    json!(token.revoked_at.map(moment)),
                ]);
            }
            output.table(&table)
        }
        Token::Revoke { id, account } => {
            base.store
                .revoke_token(account.map(AccountId::from_raw), id, "operator", base.now())
                .await
                .map_err(named("token", id))?;
            output.done(&format!("token {id} is revoked"))
        }
    }
}
