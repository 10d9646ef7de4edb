//! The proof that an address reads its mail: `/e/{token}` (R49, D7). A button, as scanners open links.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use seals::LinkPurpose;
use store::address_proofs::{ProofOutcome, ProofPage};
use texts::pages;

use super::page::{Action, Page, Shell};
use super::{Answer, token};
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;

fn number(web: &Web, text: &str) -> Result<i64, Fault> {
    match token(web, text)? {
        (bits, LinkPurpose::ProveAddress) => i64::try_from(bits).map_err(|_| Fault::UnknownLink),
        _ => Err(Fault::UnknownLink),
    }
}

async fn page_of(web: &Web, number: i64) -> Result<ProofPage, Fault> {
    web.store.proof_page(number, web.clock.now()).await?.ok_or(Fault::UnknownLink)
}

/// GET: the button, or what became of it. Changes nothing.
pub(super) async fn show_page(State(web): State<Web>, Path(text): Path<String>) -> Answer {
    let page = page_of(&web, number(&web, &text)?).await?;
    if page.done {
        return Ok(proven(&web, &page));
    }
    if !page.open {
        return Ok(gone(&web, &page));
    }
    let language = page.language;
    let shell = Shell::new(&web, language, pages::prove_title(language), None);
    let sentence = pages::prove_text(language, &page.account, &page.address);
    let button = Action::main(format!("/e/{text}"), pages::prove_button(language));
    Ok(show(StatusCode::OK, &Page::says(shell, vec![sentence]).with(button)))
}

/// POST: proves.
pub(super) async fn press(State(web): State<Web>, Path(text): Path<String>) -> Answer {
    let number = number(&web, &text)?;
    let page = page_of(&web, number).await?;
    Ok(match web.store.prove(number, web.clock.now()).await? {
        ProofOutcome::Proven | ProofOutcome::Already => proven(&web, &page),
        ProofOutcome::Gone => gone(&web, &page),
    })
}

fn proven(web: &Web, page: &ProofPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::proved_title(language), None);
    show(StatusCode::OK, &Page::says(shell, vec![pages::proved_text(language, &page.account, &page.address)]))
}

fn gone(web: &Web, page: &ProofPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::prove_gone_title(language), None);
    show(StatusCode::GONE, &Page::says(shell, vec![pages::prove_gone_text(language)]))
}
