//! The account itself: settings, the policy, tokens, users, its score, what was changed.

use policy::invalid::Invalid;
use policy::role::Role;
use policy::sender::ShortName;
use policy::standing::POLICY_VERSION;
use policy::zone::{DEFAULT_ZONE, Zone};
use policy::{AccountId, UserId};
use seals::{ApiToken, api_token_hash};
use serde_json::{Value, json};
use store::accounts::{Account, NewAccount};
use store::address_proofs::{ProofAsked, Proven};
use store::score::AccountScores;
use store::tokens::Token;
use store::users::{NewUser, User};
use texts::{Language, refusals};

use super::answer::{Answer, ApiError, Reply};
use super::route::{Call, LIST, Route, id_text, route, time, time_opt, whole};
use super::schema::{Field, Input, Kind, may, must};
use crate::proofs;

const LANGUAGES: &[&str] = &["de", "en"];
const ROLES: &[&str] = &["reader", "editor", "owner"];
pub(super) const LANGUAGE: Field =
    may("language", Kind::Choice(LANGUAGES), "`de` or `en`; the account's where nothing is said.");

const SETTINGS: &[Field] = &[
    may("name", Kind::Line(40), "The account's name as recipients see it."),
    may("language", Kind::Choice(LANGUAGES), "The language of notices to the account."),
    may("time_zone", Kind::Line(64), "A name such as `Europe/Berlin`."),
];
const POLICY: &[Field] = &[
    must("version", Kind::Int(1, i64::MAX), "The version that was read; `me` shows the current one."),
    must("accepted_by", Kind::Line(80), "The name of the person who accepts policy and attestation."),
];
const TOKEN: &[Field] = &[must("label", Kind::Line(80), "What the token is for.")];
const USER: &[Field] = &[
    must("name", Kind::Line(40), "The person's name."),
    must("address", Kind::Address, "The person's address. It is proven by a mail before anything else goes there."),
    may(
        "role",
        Kind::Choice(ROLES),
        "What the person may do on the pages: `reader` (where nothing is said), `editor` or `owner`.",
    ),
    LANGUAGE,
];
const ROLE: &[Field] = &[must("role", Kind::Choice(ROLES), "`reader`, `editor` or `owner`.")];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(GET "/me", Account, "The account, and whether it may send.", show),
        route!(PATCH "/me", Account, "Changes name, language and time zone.", change, body = SETTINGS),
        route!(POST "/me/policy", Account, "Accepts the policy and the attestation in their current version.", accept, body = POLICY),
        route!(GET "/score", Account, "The complaint scores: last 30 days, since the counting began, ever. Beside them who unsubscribed, which is no part of any score.", score),
        route!(GET "/audit", Account, "Who changed what.", audit, query = LIST),
        route!(GET "/tokens", Either, "The tokens, without their secrets.", tokens),
        route!(POST "/tokens", Either, "Makes a token. Its secret is in this answer and nowhere else.", mint, body = TOKEN, secret),
        route!(DELETE "/tokens/{token}", Either, "Revokes a token at once.", revoke),
        route!(GET "/users", Account, "The users, with their roles. Test mails go to those with a proven address.", users),
        route!(POST "/users", Account, "Adds a user and sends the invitation, which proves the address and lets the person sign in.", add_user, body = USER),
        route!(GET "/users/{user}", Account, "One user.", user),
        route!(PATCH "/users/{user}", Account, "Changes a user's role, at once. The last owner stays one.", set_role, body = ROLE),
        route!(DELETE "/users/{user}", Account, "Removes a user: the person is out of the account at once. The last owner stays.", remove_user),
        route!(POST "/users/{user}/proof", Account, "Sends the invitation, which proves the address, once more.", prove_user),
    ]
}

pub(super) fn language_of(input: &Input, otherwise: Language) -> Language {
    input.text("language").and_then(|code| code.parse().ok()).unwrap_or(otherwise)
}

pub(super) fn short_name(text: &str) -> Result<ShortName, Invalid> {
    ShortName::parse(text).map_err(Invalid::ShortName)
}

pub(super) fn zone(name: &str) -> Result<Zone, Invalid> {
    Zone::parse(name).map_err(Invalid::Zone)
}

/// Settings of a new account, or those that a change leaves.
pub(super) fn settings(input: &Input, before: Option<&Account>) -> Result<NewAccount, Invalid> {
    let name = input.text("name").or_else(|| before.map(|account| account.name.clone())).unwrap_or_default();
    let time_zone = input.text("time_zone").or_else(|| before.map(|account| account.time_zone.clone()));
    Ok(NewAccount {
        name: short_name(&name)?,
        language: language_of(input, before.map_or(Language::De, |account| account.language)),
        time_zone: zone(time_zone.as_deref().unwrap_or(DEFAULT_ZONE))?.name().to_owned(),
    })
}

pub(super) fn account_json(account: &Account) -> Value {
    json!({
        "id": id_text(account.id),
        "name": account.name,
        "language": account.language.code(),
        "time_zone": account.time_zone,
        "standing": account.standing.word(),
        "standing_reason": account.standing_reason,
        "standing_at": time(account.standing_at),
        "sender": account.sender.map(|sender| sender.to_string()),
        "policy_accepted": account.policy_accepted,
        "policy_version": POLICY_VERSION,
        "created_at": time(account.created_at),
    })
}

/// A refusal with the sentence that the customer reads.
pub(super) fn refusal_json(word: &str, language: Language) -> Value {
    json!({ "code": word, "message": refusals::customer(language, word, None) })
}

async fn show(call: Call) -> Answer {
    let id = call.account()?;
    let account = call.or(call.web.store.account(id).await)?;
    let refusal = call.or(call.web.store.account_refusal(id).await)?;
    let mut shown = account_json(&account);
    shown["may_send"] = json!(refusal.is_none());
    shown["refusal"] = refusal.map_or(Value::Null, |refusal| refusal_json(refusal.word(), call.language()));
    shown["contacts"] = json!(call.or(call.web.store.count_contacts(id).await)?);
    Ok(Reply::Found(shown))
}

async fn change(call: Call) -> Answer {
    let id = call.account()?;
    let before = call.or(call.web.store.account(id).await)?;
    let settings = call.fit(settings(&call.body, Some(&before)))?;
    call.or(call.web.store.set_account(id, settings, call.actor(), call.now()).await)?;
    Ok(Reply::Found(account_json(&call.or(call.web.store.account(id).await)?)))
}

async fn accept(call: Call) -> Answer {
    let version = call.body.int("version").unwrap_or_default();
    let by = call.body.text_or_empty("accepted_by");
    call.or(call.web.store.accept_policy(call.account()?, version, &by, call.now()).await)?;
    Ok(Reply::Done)
}

pub(super) fn score_json(score: policy::score::Score) -> Value {
    json!({
        "complaints": score.complaints(),
        "sent": score.sent(),
        "permille": score.permille().map(|permille| permille.to_string()),
        "state": score.state().word(),
    })
}

/// The scores of an account and, apart from them, who left by the usual way (R43).
pub(super) async fn scores_of(call: &Call, account: AccountId) -> Result<Value, ApiError> {
    let scores = call.or(call.web.store.scores(account, call.now()).await)?;
    let left = call.or(call.web.store.unsubscribed(account, call.now()).await)?;
    let mut shown = scores_json(&scores);
    shown["unsubscribed"] = json!({ "recent": left.recent, "life": left.life });
    Ok(shown)
}

fn scores_json(scores: &AccountScores) -> Value {
    json!({
        "state": scores.state.word(),
        "recent": score_json(scores.recent),
        "life": score_json(scores.life),
        "ever": score_json(scores.ever),
        "counting_since": time(scores.counting_since),
    })
}

async fn score(call: Call) -> Answer {
    let account = call.account()?;
    Ok(Reply::Found(scores_of(&call, account).await?))
}

async fn audit(call: Call) -> Answer {
    let account = call.account()?;
    audit_of(&call, account).await
}

pub(super) async fn audit_of(call: &Call, account: AccountId) -> Answer {
    let lines = call.or(call.web.store.audit(account, call.after(), call.limit()).await)?;
    let shown = |line: &store::audit::AuditLine| json!({ "id": id_text(line.id), "at": time(line.at), "actor": line.actor, "action": line.action, "detail": line.detail });
    call.page(&lines, shown, |line| line.id)
}

fn token_json(token: &Token) -> Value {
    json!({ "id": id_text(token.id), "label": token.label, "created_at": time(token.created_at), "revoked_at": time_opt(token.revoked_at) })
}

/// Whose tokens the caller manages: its own.
fn own(call: &Call) -> Option<AccountId> {
    call.caller.as_ref().and_then(|caller| caller.account)
}

async fn tokens(call: Call) -> Answer {
    whole(&call.or(call.web.store.tokens(own(&call)).await)?, token_json)
}

async fn mint(call: Call) -> Answer {
    let owner = own(&call);
    mint_for(&call, owner).await
}

/// Makes a token for an account, or for the operator.
pub(super) async fn mint_for(call: &Call, owner: Option<AccountId>) -> Answer {
    let token = ApiToken::generate(&*call.web.dice);
    let label = call.body.text_or_empty("label");
    let id = call.or(call
        .web
        .store
        .mint_token(owner, &label, api_token_hash(token.as_str()), call.actor(), call.now())
        .await)?;
    Ok(Reply::Made(json!({ "id": id_text(id), "label": label, "token": token.as_str() })))
}

async fn revoke(call: Call) -> Answer {
    let id = call.id("token")?;
    call.or(call.web.store.revoke_token(own(&call), id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}

fn user_json(user: &User) -> Value {
    json!({
        "id": id_text(user.id),
        "name": user.name,
        "address": user.address.as_str(),
        "language": user.language.code(),
        "role": user.role.word(),
        "signs_in": user.login.is_some(),
        "proven_at": time_opt(user.proven_at),
        "proof_sent_at": time_opt(user.proof_sent_at),
        "tests_stopped_at": time_opt(user.tests_stopped_at),
        "created_at": time(user.created_at),
    })
}

async fn users(call: Call) -> Answer {
    whole(&call.or(call.web.store.users(call.account()?).await)?, user_json)
}

async fn user(call: Call) -> Answer {
    let id = UserId::from_raw(call.id("user")?);
    Ok(Reply::Found(user_json(&call.or(call.web.store.user(call.account()?, id).await)?)))
}

async fn add_user(call: Call) -> Answer {
    let account = call.account()?;
    let address = call.body.address("address").ok_or_else(|| ApiError::not_found(call.language()))?;
    let otherwise = call.or(call.web.store.account(account).await)?.language;
    let new = NewUser {
        name: call.fit(short_name(&call.body.text_or_empty("name")))?,
        key: call.web.seals.address_key_mail(&address.normalised()),
        address,
        language: language_of(&call.body, otherwise),
        role: role_of(&call.body),
    };
    let id = call.or(call.web.store.add_user(account, new, call.actor(), call.now()).await)?;
    let proof = send_user_proof(&call, account, id).await?;
    let user = call.or(call.web.store.user(account, id).await)?;
    let mut shown = user_json(&user);
    shown["proof"] = proof_json(proof);
    Ok(Reply::Made(shown))
}

async fn remove_user(call: Call) -> Answer {
    let id = UserId::from_raw(call.id("user")?);
    call.or(call.web.store.remove_user(call.account()?, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}

/// The role that was said; the least where none was.
fn role_of(input: &Input) -> Role {
    input.text("role").and_then(|word| word.parse().ok()).unwrap_or(Role::Reader)
}

async fn set_role(call: Call) -> Answer {
    let (account, id) = (call.account()?, UserId::from_raw(call.id("user")?));
    call.or(call.web.store.set_role(account, id, role_of(&call.body), call.actor(), call.now()).await)?;
    Ok(Reply::Found(user_json(&call.or(call.web.store.user(account, id).await)?)))
}

async fn prove_user(call: Call) -> Answer {
    let (account, id) = (call.account()?, UserId::from_raw(call.id("user")?));
    proof_reply(&call, send_user_proof(&call, account, id).await?)
}

async fn send_user_proof(call: &Call, account: AccountId, id: UserId) -> Result<ProofAsked, ApiError> {
    let user = call.or(call.web.store.user(account, id).await)?;
    send_proof(call, account, Proven::User(id), &user.address, user.language).await
}

/// Plans the mail that proves an address, with its link (R49).
pub(super) async fn send_proof(
    call: &Call,
    account: AccountId,
    what: Proven,
    mailbox: &mail_formats::address::EmailAddress,
    language: Language,
) -> Result<ProofAsked, ApiError> {
    call.or(proofs::ask(&call.web, account, what, mailbox, language).await)
}

pub(super) fn proof_json(asked: ProofAsked) -> Value {
    match asked {
        ProofAsked::Planned => json!({ "state": "sent" }),
        ProofAsked::Limited(limit) => json!({ "state": "limited", "limit": limit.word() }),
        ProofAsked::Excluded => json!({ "state": "excluded" }),
    }
}

pub(super) fn proof_reply(call: &Call, asked: ProofAsked) -> Answer {
    match asked {
        ProofAsked::Planned => Ok(Reply::Noted(proof_json(asked))),
        ProofAsked::Limited(_) => Err(call.refuse(&Invalid::ProofLimited).with(proof_json(asked))),
        ProofAsked::Excluded => Err(call.refuse(&Invalid::MailboxExcluded)),
    }
}
