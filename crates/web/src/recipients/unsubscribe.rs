//! The way out: `/u/{token}` (D1, D2, R27–R32, R40, U5–U12).
//!
//! Any POST acts at once, whatever its body: the token is the authority, and
//! no cookie, header or origin is looked at. GET shows a page; behind the link
//! in a mail's body that page submits itself, so that a person's one click is
//! enough, while programs that fetch links change nothing. In a confirmation
//! mail the same path means "that was not me", in a test mail "no more tests"
//! (D13): the purpose bits of the token tell.

use std::time::Duration;

use askama::Template;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use policy::consent::FormerReason;
use policy::{ContactId, TagId, UserId};
use seals::LinkPurpose;
use store::consents::Source;
use store::contacts::RestoreOutcome;
use store::form_pages::{PersonPage, PersonState, PublicTag};
use texts::{Language, pages};

use super::page::{Action, Choice, Item, POLICY_WITH_SCRIPT, Page, Shell};
use super::{Answer, MAX_BODY, fields, page_of, person, ticked, token};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::{set, show};
use crate::ui::time::moment;

/// So long after the hand-over of the newest mail, programs that open its links are expected (D1).
const SCANNED_WITHIN: Duration = Duration::from_secs(10 * 60);
/// A body that nobody needs is read for so long, so that the sender sees our answer.
const BODY_LIMIT: Duration = Duration::from_secs(2);
/// Tokens of a contact's way out.
const WAY_OUT: &[LinkPurpose] =
    &[LinkPurpose::UnsubscribeHeader, LinkPurpose::UnsubscribeBody, LinkPurpose::Preferences];

/// What a token at this path means.
enum Meaning {
    Unsubscribe { person: ContactId, in_header: bool },
    NotMe(ContactId),
    StopTests(UserId),
}

fn meaning(web: &Web, text: &str) -> Result<Meaning, Fault> {
    let (bits, purpose) = token(web, text)?;
    let person = || ContactId::from_bits(bits).ok_or(Fault::UnknownLink);
    Ok(match purpose {
        LinkPurpose::UnsubscribeHeader => Meaning::Unsubscribe { person: person()?, in_header: true },
        LinkPurpose::UnsubscribeBody => Meaning::Unsubscribe { person: person()?, in_header: false },
        LinkPurpose::NotMeHeader | LinkPurpose::NotMeBody => Meaning::NotMe(person()?),
        LinkPurpose::TestStopHeader | LinkPurpose::TestStopBody => {
            Meaning::StopTests(UserId::from_bits(bits).ok_or(Fault::UnknownLink)?)
        }
        _ => return Err(Fault::UnknownLink),
    })
}

/// Webmailers post by script from their own pages (U12).
fn open_to_scripts(mut response: Response) -> Response {
    set(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    response
}

/// OPTIONS: the preflight of such a script.
pub(super) async fn preflight() -> Response {
    let mut response = open_to_scripts(StatusCode::NO_CONTENT.into_response());
    set(&mut response, header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS");
    set(&mut response, header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
    set(&mut response, HeaderName::from_static("access-control-max-age"), "86400");
    set(&mut response, header::ALLOW, "GET, HEAD, POST, OPTIONS");
    response
}

/// GET and HEAD: a page. Only in the mode `get` a person's GET of the link in the body acts.
pub(super) async fn show_page(
    State(web): State<Web>,
    client: Client,
    Path(text): Path<String>,
    method: Method,
) -> Answer {
    match meaning(&web, &text)? {
        Meaning::Unsubscribe { person, in_header } => {
            let acts = web.policy.unsubscribe.body_link == "get" && !in_header;
            if acts && method == Method::GET && !client.prefetch {
                return unsubscribe(&web, &client, person, Source::Web, &text).await;
            }
            let page = page_of(&web, person).await?;
            Ok(offer(&web, &client, &page, &text, !in_header && !acts))
        }
        Meaning::NotMe(person) => {
            let page = page_of(&web, person).await?;
            Ok(offer_not_me(&web, &page, &text))
        }
        Meaning::StopTests(user) => offer_stop(&web, user, &text).await,
    }
}

/// POST: acts, whatever the body. The body is read afterwards and thrown away.
pub(super) async fn press(
    State(web): State<Web>,
    client: Client,
    Path(text): Path<String>,
    request: Request,
) -> Answer {
    let answer = match meaning(&web, &text)? {
        Meaning::Unsubscribe { person, in_header } => {
            let source = if in_header { Source::OneClick } else { Source::Web };
            unsubscribe(&web, &client, person, source, &text).await?
        }
        Meaning::NotMe(person) => not_me(&web, &client, person).await?,
        Meaning::StopTests(user) => stop_tests(&web, user).await?,
    };
    tokio::select! {
        _ = to_bytes(request.into_body(), MAX_BODY) => {}
        () = web.clock.sleep(BODY_LIMIT) => {}
    }
    Ok(open_to_scripts(answer))
}

async fn unsubscribe(web: &Web, client: &Client, person: ContactId, source: Source, text: &str) -> Answer {
    let account = web.store.account_page(person.account()).await?.ok_or(Fault::UnknownLink)?;
    web.store.unsubscribe(person, web.word(source, client.ip), web.clock.now()).await?;
    // It is done; what the page offers beside that may fail without making it undone.
    let page = web.store.person_page(person, web.clock.now()).await.ok().flatten();
    let page =
        page.unwrap_or(PersonPage { language: account.language, id: person, state: PersonState::Nobody, account });
    Ok(done(web, &page, text, None))
}

/// A button, or a page that submits itself.
#[derive(Template)]
#[template(path = "recipients/unsubscribe.html")]
struct OneClick {
    shell: Shell,
    text: String,
    working: String,
    url: String,
    button: String,
    wait: bool,
}

fn offer(web: &Web, client: &Client, page: &PersonPage, text: &str, by_itself: bool) -> Response {
    let language = page.language;
    let fresh = match &page.state {
        PersonState::Contact { newest_mail_at, mail_on_its_way, .. } => {
            *mail_on_its_way || newest_mail_at.is_some_and(|at| web.clock.now().since(at) < SCANNED_WITHIN)
        }
        PersonState::Pending { .. } => false,
        PersonState::Former { .. } | PersonState::Nobody => return done(web, page, text, None),
    };
    let shell = Shell::new(web, language, pages::unsubscribe_title(language), Some(&page.account));
    let (url, button) = (format!("/u/{text}"), pages::unsubscribe_button(language));
    let sentence = pages::unsubscribe_noscript(language, &page.account.name);
    if !by_itself {
        let mut shown = Page::says(shell, vec![sentence]).with(Action::main(url, button));
        shown.links.push((format!("/complain/{text}"), pages::complain_link(language)));
        return show(StatusCode::OK, &shown);
    }
    let working = pages::unsubscribe_working(language, &page.account.name);
    let wait = fresh || client.looks_like_machine();
    let mut response = show(StatusCode::OK, &OneClick { shell, text: sentence, working, url, button, wait });
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY_WITH_SCRIPT);
    response
}

fn items(tags: &[PublicTag]) -> Vec<Item> {
    tags.iter().map(|tag| Item { value: tag.id.get(), name: tag.name.clone(), ticked: false }).collect()
}

/// Unsubscribed; while it can be undone, with the tags to keep and the undo (D2, R31, R40).
pub(super) fn done(web: &Web, page: &PersonPage, text: &str, notice: Option<String>) -> Response {
    let (language, account) = (page.language, &page.account);
    let shell = Shell::new(web, language, pages::unsubscribed_title(language), Some(account));
    let mut shown = Page::says(shell, vec![pages::unsubscribed_text(language, &account.name)]);
    shown.notice = notice;
    shown.links.push((format!("/complain/{text}"), pages::complain_link(language)));
    if let PersonState::Former { reason: FormerReason::Unsubscribed, restorable_until, tags } = &page.state
        && *restorable_until > web.clock.now()
    {
        if !tags.is_empty() {
            shown.choice = Some(Choice {
                url: format!("/u/{text}/keep"),
                legend: pages::keep_legend(language),
                button: pages::keep_button(language),
                items: items(tags),
            });
        }
        let until = pages::undo_text(language, &moment(language, &account.time_zone, *restorable_until));
        shown = shown.with(Action::quiet(format!("/u/{text}/undo"), until, pages::undo_button(language)));
    }
    show(StatusCode::OK, &shown)
}

/// POST: everything as before (R40).
pub(super) async fn undo(State(web): State<Web>, client: Client, Path(text): Path<String>) -> Answer {
    let id = person(&web, &text, WAY_OUT)?;
    restore(&web, &client, id, None, pages::undone_title, pages::undone_text).await
}

/// POST: comes back with the ticked tags only (D2).
pub(super) async fn keep(State(web): State<Web>, client: Client, Path(text): Path<String>, request: Request) -> Answer {
    let id = person(&web, &text, WAY_OUT)?;
    let keep = ticked(&fields(request.into_body()).await?);
    if keep.is_empty() {
        let page = page_of(&web, id).await?;
        return Ok(done(&web, &page, &text, Some(pages::keep_none(page.language))));
    }
    restore(&web, &client, id, Some(keep), pages::kept_title, pages::kept_text).await
}

async fn restore(
    web: &Web,
    client: &Client,
    id: ContactId,
    keep: Option<Vec<TagId>>,
    title: fn(Language) -> String,
    sentence: fn(Language, &str) -> String,
) -> Answer {
    let outcome = web.store.restore(id, keep, web.word(Source::Web, client.ip), web.clock.now()).await?;
    let page = page_of(web, id).await?;
    let (language, account) = (page.language, &page.account);
    let (status, title, sentence) = match outcome {
        RestoreOutcome::Done | RestoreOutcome::Already => {
            (StatusCode::OK, title(language), sentence(language, &account.name))
        }
        RestoreOutcome::Refused(_) | RestoreOutcome::Unknown => {
            (StatusCode::GONE, pages::undo_gone_title(language), pages::undo_gone_text(language, &account.name))
        }
    };
    let shell = Shell::new(web, language, title, Some(account));
    Ok(show(status, &Page::says(shell, vec![sentence])))
}

fn offer_not_me(web: &Web, page: &PersonPage, text: &str) -> Response {
    let (language, account) = (page.language, &page.account);
    let site = match &page.state {
        PersonState::Pending { site, .. } => site,
        // The confirmation came first: then it is an unsubscribe.
        PersonState::Contact { .. } => return offer_plain(web, page, text),
        PersonState::Former { .. } | PersonState::Nobody => return not_me_done(web, page),
    };
    let shell = Shell::new(web, language, pages::not_me_title(language), Some(account));
    let sentence = pages::not_me_text(language, site, &account.name);
    let button = Action::main(format!("/u/{text}"), pages::not_me_button(language));
    show(StatusCode::OK, &Page::says(shell, vec![sentence]).with(button))
}

fn offer_plain(web: &Web, page: &PersonPage, text: &str) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::unsubscribe_title(language), Some(&page.account));
    let sentence = pages::unsubscribe_noscript(language, &page.account.name);
    let button = Action::main(format!("/u/{text}"), pages::unsubscribe_button(language));
    show(StatusCode::OK, &Page::says(shell, vec![sentence]).with(button))
}

async fn not_me(web: &Web, client: &Client, person: ContactId) -> Answer {
    let page = page_of(web, person).await?;
    web.store.not_me(person, web.word(Source::Web, client.ip), web.clock.now()).await?;
    Ok(not_me_done(web, &page))
}

fn not_me_done(web: &Web, page: &PersonPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::not_me_done_title(language), Some(&page.account));
    show(StatusCode::OK, &Page::says(shell, vec![pages::not_me_done_text(language, &page.account.name)]))
}

async fn offer_stop(web: &Web, user: UserId, text: &str) -> Answer {
    let page = web.store.user_page(user).await?.ok_or(Fault::UnknownLink)?;
    let language = page.language;
    if page.tests_stopped {
        return Ok(stopped(web, language, &page.account));
    }
    let shell = Shell::new(web, language, pages::test_stop_title(language), Some(&page.account));
    let sentence = pages::test_stop_text(language, &page.account.name);
    let button = Action::main(format!("/u/{text}"), pages::test_stop_button(language));
    Ok(show(StatusCode::OK, &Page::says(shell, vec![sentence]).with(button)))
}

async fn stop_tests(web: &Web, user: UserId) -> Answer {
    let page = web.store.user_page(user).await?.ok_or(Fault::UnknownLink)?;
    web.store.stop_tests(user, web.clock.now()).await?;
    Ok(stopped(web, page.language, &page.account))
}

fn stopped(web: &Web, language: Language, account: &store::form_pages::AccountPage) -> Response {
    let shell = Shell::new(web, language, pages::test_stopped_title(language), Some(account));
    show(StatusCode::OK, &Page::says(shell, vec![pages::test_stopped_text(language, &account.name)]))
}
