//! API tokens of the account: made once, shown once, revoked at once.

use askama::Template;
use seals::{ApiToken, api_token_hash};
use store::StoreError;
use store::tokens::{MAX_TOKENS, Token};
use texts::account as t;

use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

const LABEL: &[Field] = &[must("label", t::token_label, Kind::Line(80)).hint(t::token_label_hint)];

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/tokens", Role(Reader), "tokens", show),
        page!(POST "/a/{account}/tokens", Role(Owner), "tokens", mint, form = LABEL),
        page!(POST "/a/{account}/tokens/{number}/revoke", Role(Owner), "tokens", revoke),
    ]
}

/// One token of the list.
struct Row {
    label: String,
    number: i64,
    made: Html,
    /// When it was revoked; none while it works.
    revoked: Option<Html>,
    /// Where it is revoked, and the question before.
    revoke: String,
    question: String,
}

#[derive(Template)]
#[template(path = "customers/tokens.html")]
struct Tokens {
    shell: Shell,
    t: t::Say,
    base: String,
    owner: bool,
    /// Tokens that can work at once.
    most: u64,
    rows: Vec<Row>,
    form: Form,
}

#[derive(Template)]
#[template(path = "customers/token.html")]
struct Made {
    shell: Shell,
    t: t::Say,
    label: String,
    secret: String,
    example: String,
    back: String,
}

async fn view(visit: &Visit, form: Form) -> Result<Tokens, Fault> {
    let (language, id) = (visit.language, visit.account()?);
    let zone = visit.web.store.account(id).await?.time_zone;
    let at = |at| time::marked(language, &zone, at);
    let row = |token: &Token| Row {
        label: token.label.clone(),
        number: token.id,
        made: at(token.created_at),
        revoked: token.revoked_at.map(at),
        revoke: format!("/a/{id}/tokens/{}/revoke", token.id),
        question: t::token_question(language, &token.label),
    };
    let mut tokens = visit.web.store.tokens(Some(id)).await?;
    // Those that work stand first; within each, the newest.
    tokens.sort_by_key(|token| token.revoked_at.is_some());
    Ok(Tokens {
        shell: visit.shell(texts::ui::nav_tokens(language)).lead(t::tokens_lead(language)),
        t: t::Say(language),
        base: format!("/a/{id}/tokens"),
        owner: visit.may(policy::role::Role::Owner),
        most: u64::try_from(MAX_TOKENS).unwrap_or(0),
        rows: tokens.iter().map(row).collect(),
        form,
    })
}

/// GET: the tokens, without their secrets.
async fn show(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), LABEL);
    let page = view(&visit, form).await?;
    visit.show(&page)
}

/// POST: makes one. Its secret is in this answer and nowhere else, so there is no redirect.
async fn mint(visit: Visit) -> Answer {
    let (language, id, mut form) = (visit.language, visit.account()?, visit.form());
    if !form.is_good() {
        return visit.again(&view(&visit, form).await?);
    }
    let token = ApiToken::generate(&*visit.web.dice);
    let (hash, label) = (api_token_hash(token.as_str()), form.text("label").to_owned());
    match visit.web.store.mint_token(Some(id), &label, hash, &visit.actor(), visit.now()).await {
        Ok(_) => {}
        Err(StoreError::Invalid(problem)) => {
            form.refused(problem.say(language));
            return visit.again(&view(&visit, form).await?);
        }
        Err(error) => return Err(error.into()),
    }
    let back = format!("/a/{id}/tokens");
    let house = visit.web.gate.house();
    visit.show(&Made {
        shell: visit.shell(t::token_made_title(language)).crumb(back.clone(), texts::ui::nav_tokens(language)),
        t: t::Say(language),
        label,
        secret: token.as_str().to_owned(),
        example: format!("curl -H \"Authorization: Bearer $TOKEN\" {}/api/v1/me", house.public_url),
        back,
    })
}

/// POST: revokes one, at once.
async fn revoke(visit: Visit) -> Answer {
    let (id, number) = (visit.account()?, visit.id("number")?);
    visit.web.store.revoke_token(Some(id), number, &visit.actor(), visit.now()).await?;
    visit.to(&format!("/a/{id}/tokens"), "revoked")
}
