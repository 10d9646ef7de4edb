//! The preference centre: drop some tags, or leave for good (D2, R38).

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use policy::UserId;
use seals::LinkPurpose;
use store::consents::Source;
use store::form_pages::{PersonPage, PersonState, PublicTag};
use texts::pages;

use super::online;
use super::page::{Action, Choice, Item, Page, Shell};
use super::unsubscribe::done;
use super::{Answer, fields, page_of, person, ticked, token};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;

const PURPOSES: &[LinkPurpose] = &[LinkPurpose::Preferences];

/// GET: what the person gets, and the boxes.
pub(super) async fn show_page(State(web): State<Web>, Path(text): Path<String>) -> Answer {
    let (bits, purpose) = token(&web, &text)?;
    if purpose == LinkPurpose::TestPreferences {
        return of_test(&web, bits).await;
    }
    let page = page_of(&web, person(&web, &text, PURPOSES)?).await?;
    Ok(shown(&web, &page, &text, None))
}

/// The link in a test mail shows what recipients could choose; there is nothing to change.
async fn of_test(web: &Web, bits: u64) -> Answer {
    let user = UserId::from_bits(bits).ok_or(Fault::UnknownLink)?;
    let page = web.store.user_page(user).await?.ok_or(Fault::UnknownLink)?;
    let shell = Shell::new(web, page.language, pages::preferences_title(page.language), Some(&page.account));
    Ok(show(StatusCode::OK, &Page::says(shell, vec![pages::test_preferences_text(page.language)])))
}

fn shown(web: &Web, page: &PersonPage, text: &str, notice: Option<String>) -> Response {
    let (language, account) = (page.language, &page.account);
    let shell = Shell::new(web, language, pages::preferences_title(language), Some(account));
    let PersonState::Contact { tags, statements, .. } = &page.state else {
        return show(StatusCode::OK, &Page::says(shell, vec![pages::preferences_none(language, &account.name)]));
    };
    let sentences = statements.iter().map(|topic| pages::preferences_text(language, &account.name, topic));
    let mut shown = Page::says(shell, sentences.collect());
    shown.notice = notice;
    if !tags.is_empty() {
        let item = |tag: &PublicTag| Item { value: tag.id.get(), name: tag.name.clone(), ticked: true };
        shown.choice = Some(Choice {
            url: format!("/p/{text}"),
            legend: pages::preferences_legend(language),
            button: pages::preferences_button(language),
            items: tags.iter().map(item).collect(),
        });
    }
    let online = online::address(web, page.id).map(|address| (address, pages::online_link(language)));
    shown.links.extend(online);
    shown.links.push((format!("/complain/{text}"), pages::complain_link(language)));
    let all = pages::unsubscribe_all_text(language, &account.name);
    let leave = Action::quiet(format!("/p/{text}/all"), all, pages::unsubscribe_all_button(language));
    show(StatusCode::OK, &shown.with(leave))
}

/// POST: the tags that are no longer ticked go; a tag that the person does not carry is no way to get more.
pub(super) async fn save(State(web): State<Web>, Path(text): Path<String>, request: Request) -> Answer {
    let id = person(&web, &text, PURPOSES)?;
    let kept = ticked(&fields(request.into_body()).await?);
    let page = page_of(&web, id).await?;
    let PersonState::Contact { tags, .. } = &page.state else { return Ok(shown(&web, &page, &text, None)) };
    let dropped: Vec<_> = tags.iter().map(|tag| tag.id).filter(|tag| !kept.contains(tag)).collect();
    if !dropped.is_empty() {
        web.store.drop_tags(id, dropped, web.clock.now()).await?;
        // A mailing may have chosen the person by such a tag: nothing of it may leave after the answer.
        web.store.drain_all().await;
    }
    let page = page_of(&web, id).await?;
    Ok(shown(&web, &page, &text, Some(pages::preferences_saved(page.language))))
}

/// POST: no mail of this account at all.
pub(super) async fn leave(State(web): State<Web>, client: Client, Path(text): Path<String>) -> Answer {
    let id = person(&web, &text, PURPOSES)?;
    web.store.unsubscribe(id, web.word(Source::Preferences, client.ip), web.clock.now()).await?;
    let page = page_of(&web, id).await?;
    Ok(done(&web, &page, &text, None))
}
