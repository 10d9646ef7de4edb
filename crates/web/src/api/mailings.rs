//! Newsletters and autoresponders.

use gate::{MAX_BODY, MAX_SUBJECT, Part};
use policy::facts::MailingState;
use policy::invalid::Invalid;
use policy::send::{BodyFormat, MailingContent};
use policy::{AccountId, ContactId, MailingId, RowState, TagId, TopicId, UserId};
use serde_json::{Value, json};
use store::mailings::{MAX_DELAY_MINUTES, MAX_MAILING_TAGS, Mailing, MailingDraft, MailingKind, Progress, Trigger};
use store::score::MailingScore;
use store::users::TEST_MAILS_A_DAY;

use super::accounts::{LANGUAGE, language_of, refusal_json, score_json, zone};
use super::answer::{Answer, ApiError, Reply};
use super::book::delivery_json;
use super::route::{AFTER, Call, LIMIT, LIST, Route, id_text, route, time, time_opt};
use super::schema::{Field, Input, Kind, may, must};
use crate::customers::mailings::{CLIPPED_AT, NoPreview, To, checklist, made};

/// The version of the merge-field language that content is written for.
const TEMPLATE_VERSION: i64 = 1;
/// The states of a row, by word.
const STATES: &[&str] =
    &["due", "claimed", "started", "deferred", "unknown", "accepted", "bounced", "expired", "refused", "in_doubt"];

const NEWSLETTER: &[Field] = &[NAME, TOPIC, SUBJECT, PREHEADER, FORMAT, BODY, LANGUAGE, INCLUDE, EXCLUDE];
const AUTORESPONDER: &[Field] = &[
    NAME,
    TOPIC,
    SUBJECT,
    PREHEADER,
    FORMAT,
    BODY,
    LANGUAGE,
    EXCLUDE,
    must(
        "trigger_tag",
        Kind::Id,
        "The tag that the mail follows. It reaches contacts that get it from the activation on, each once for ever. A tag that is gone when the mail is due stops it.",
    ),
    must(
        "delay_minutes",
        Kind::Int(0, MAX_DELAY_MINUTES),
        "Minutes after the tag was given. A changed delay holds for mails planned from then on.",
    ),
];
const NAME: Field = must("name", Kind::Line(120), "The name that you work with.");
const TOPIC: Field = must(
    "topic",
    Kind::Object(TOPIC_REF),
    "The topic; the mailing reaches only those who agreed to this version of its statement.",
);
const TOPIC_REF: &[Field] = &[
    must("id", Kind::Id, "The topic."),
    may(
        "version",
        Kind::Int(1, i64::MAX),
        "The version of the statement; the newest approved one where nothing is said.",
    ),
];
const SUBJECT: Field = must(
    "subject",
    Kind::Line(MAX_SUBJECT),
    "The subject, with merge fields such as {{ firstname | default(\"friend\") }}.",
);
const PREHEADER: Field =
    may("preheader", Kind::Text(MAX_SUBJECT), "The line that mail programs show beside the subject.");
const FORMAT: Field =
    may("format", Kind::Choice(&["markdown", "html"]), "How the body is written; `markdown` where nothing is said.");
const BODY: Field =
    must("body", Kind::Text(MAX_BODY), "The body. The platform adds unsubscribe link and legal notice.");
const INCLUDE: Field = may(
    "include_tags",
    Kind::Ids(MAX_MAILING_TAGS),
    "Contacts must carry one of these tags; all contacts where none is named.",
);
const EXCLUDE: Field = may("exclude_tags", Kind::Ids(MAX_MAILING_TAGS), "Contacts must carry none of these tags.");
const SCHEDULE: &[Field] =
    &[must("at", Kind::Line(40), "`2026-05-04T09:00` in the account's time zone, or with `Z` or an offset.")];
const TEST: &[Field] =
    &[must("users", Kind::Ids(TEST_MAILS_A_DAY as usize), "Users with a proven address; 50 test mails in 24 hours.")];
const PREVIEW: &[Field] =
    &[may("contact", Kind::Id, "As for this contact; a sample with every field filled in where nothing is said.")];
const DELIVERIES: &[Field] = &[AFTER, LIMIT, may("state", Kind::Choice(STATES), "Only those in this state.")];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(GET "/newsletters", Account, "The newsletters, without their bodies.", newsletters, query = LIST),
        route!(POST "/newsletters", Account, "Writes a newsletter: a draft.", add_newsletter, body = NEWSLETTER),
        route!(GET "/newsletters/{mailing}", Account, "One newsletter.", show_newsletter),
        route!(PUT "/newsletters/{mailing}", Account, "Replaces a draft.", change_newsletter, body = NEWSLETTER),
        route!(DELETE "/newsletters/{mailing}", Account, "Removes a draft.", remove_newsletter),
        route!(POST "/newsletters/{mailing}/test", Account, "Sends test mails.", test_newsletter, body = TEST),
        route!(POST "/newsletters/{mailing}/schedule", Account, "Lets it begin at a time.", schedule, body = SCHEDULE),
        route!(POST "/newsletters/{mailing}/unschedule", Account, "Makes it a draft again.", unschedule),
        route!(POST "/newsletters/{mailing}/start", Account, "Starts it now.", start_newsletter),
        route!(POST "/newsletters/{mailing}/pause", Account, "Pauses it; nothing that begins after the answer is completed.", pause_newsletter),
        route!(POST "/newsletters/{mailing}/resume", Account, "Lets it go on.", resume_newsletter),
        route!(POST "/newsletters/{mailing}/abort", Account, "Ends it for good.", abort_newsletter),
        route!(GET "/newsletters/{mailing}/preview", Account, "What it will look like. The links in it are nobody's.", preview_newsletter, query = PREVIEW),
        route!(GET "/newsletters/{mailing}/progress", Account, "How far it is; the figures add up.", newsletter_progress),
        route!(GET "/newsletters/{mailing}/deliveries", Account, "Its mails, contact by contact, with reasons.", newsletter_deliveries, query = DELIVERIES),
        route!(GET "/newsletters/{mailing}/score", Account, "Its complaint score.", newsletter_score),
        route!(GET "/autoresponders", Account, "The autoresponders, without their bodies.", autoresponders, query = LIST),
        route!(POST "/autoresponders", Account, "Writes an autoresponder: a draft.", add_autoresponder, body = AUTORESPONDER),
        route!(GET "/autoresponders/{mailing}", Account, "One autoresponder.", show_autoresponder),
        route!(PUT "/autoresponders/{mailing}", Account, "Replaces what it says, also while it is active.", change_autoresponder, body = AUTORESPONDER),
        route!(DELETE "/autoresponders/{mailing}", Account, "Removes a draft.", remove_autoresponder),
        route!(POST "/autoresponders/{mailing}/test", Account, "Sends test mails.", test_autoresponder, body = TEST),
        route!(POST "/autoresponders/{mailing}/activate", Account, "It follows its tag from now on.", start_autoresponder),
        route!(POST "/autoresponders/{mailing}/pause", Account, "Pauses it; tags given meanwhile are remembered.", pause_autoresponder),
        route!(POST "/autoresponders/{mailing}/resume", Account, "Lets it go on. What is more than seven days late is not sent any more.", resume_autoresponder),
        route!(POST "/autoresponders/{mailing}/abort", Account, "Ends it for good.", abort_autoresponder),
        route!(GET "/autoresponders/{mailing}/preview", Account, "What it will look like. The links in it are nobody's.", preview_autoresponder, query = PREVIEW),
        route!(GET "/autoresponders/{mailing}/progress", Account, "What was planned and what became of it.", autoresponder_progress),
        route!(GET "/autoresponders/{mailing}/deliveries", Account, "Its mails, contact by contact, with reasons.", autoresponder_deliveries, query = DELIVERIES),
        route!(GET "/autoresponders/{mailing}/score", Account, "Its complaint score, week by week.", autoresponder_score),
    ]
}

const NEWS: MailingKind = MailingKind::Newsletter;
const AUTO: MailingKind = MailingKind::Autoresponder;

/// One handler for each kind; a number of the other kind is unknown.
macro_rules! of_kind {
    ($($name:ident => $work:ident($kind:expr);)*) => {
        $(async fn $name(call: Call) -> Answer {
            $work(&call, $kind).await
        })*
    };
}

of_kind! {
    newsletters => list(NEWS);
    autoresponders => list(AUTO);
    add_newsletter => add(NEWS);
    add_autoresponder => add(AUTO);
    show_newsletter => show(NEWS);
    show_autoresponder => show(AUTO);
    change_newsletter => change(NEWS);
    change_autoresponder => change(AUTO);
    remove_newsletter => remove(NEWS);
    remove_autoresponder => remove(AUTO);
    test_newsletter => test(NEWS);
    test_autoresponder => test(AUTO);
    start_newsletter => start(NEWS);
    start_autoresponder => start(AUTO);
    pause_newsletter => pause(NEWS);
    pause_autoresponder => pause(AUTO);
    resume_newsletter => resume(NEWS);
    resume_autoresponder => resume(AUTO);
    abort_newsletter => abort(NEWS);
    abort_autoresponder => abort(AUTO);
    preview_newsletter => preview(NEWS);
    preview_autoresponder => preview(AUTO);
    newsletter_progress => progress(NEWS);
    autoresponder_progress => progress(AUTO);
    newsletter_deliveries => deliveries(NEWS);
    autoresponder_deliveries => deliveries(AUTO);
    newsletter_score => score(NEWS);
    autoresponder_score => score(AUTO);
}

fn mailing_json(mailing: &Mailing) -> Value {
    json!({
        "id": id_text(mailing.id),
        "kind": mailing.kind.word(),
        "name": mailing.name,
        "state": mailing.state.word(),
        "held_reason": mailing.held_reason,
        "topic": { "id": id_text(mailing.topic.topic), "version": mailing.topic.version },
        "subject": mailing.content.subject,
        "preheader": mailing.content.preheader,
        "format": match mailing.content.format { BodyFormat::Markdown => "markdown", BodyFormat::Html => "html" },
        "body": mailing.content.body,
        "language": mailing.content.language.code(),
        "include_tags": if mailing.kind == NEWS { mailing.include.iter().map(id_text).collect::<Vec<_>>() } else { Vec::new() },
        "exclude_tags": mailing.exclude.iter().map(id_text).collect::<Vec<_>>(),
        "trigger_tag": mailing.trigger.map(|trigger| trigger.tag.to_string()),
        "delay_minutes": mailing.trigger.map(|trigger| trigger.delay_minutes),
        "scheduled_at": time_opt(mailing.scheduled_at),
        "started_at": time_opt(mailing.started_at),
        "finished_at": time_opt(mailing.finished_at),
        "created_at": time(mailing.created_at),
    })
}

/// The mailing of the path, of this kind and this account.
async fn find(call: &Call, kind: MailingKind) -> Result<(AccountId, Mailing), ApiError> {
    let account = call.account()?;
    let mailing = call.or(call.web.store.mailing(account, MailingId::from_raw(call.id("mailing")?)).await)?;
    if mailing.kind == kind { Ok((account, mailing)) } else { Err(ApiError::not_found(call.language())) }
}

async fn shown(call: &Call, account: AccountId, id: MailingId) -> Result<Value, ApiError> {
    Ok(mailing_json(&call.or(call.web.store.mailing(account, id).await)?))
}

async fn list(call: &Call, kind: MailingKind) -> Answer {
    let after = Some(MailingId::from_raw(call.after()));
    let mailings = call.or(call.web.store.mailings(call.account()?, kind, after, call.limit()).await)?;
    let without_body = |mailing: &Mailing| {
        let mut shown = mailing_json(mailing);
        if let Some(object) = shown.as_object_mut() {
            object.remove("body");
        }
        shown
    };
    call.page(&mailings, without_body, |mailing| mailing.id.get())
}

async fn show(call: &Call, kind: MailingKind) -> Answer {
    Ok(Reply::Found(mailing_json(&find(call, kind).await?.1)))
}

fn tags(input: &Input, name: &str) -> Vec<TagId> {
    input.ids(name).unwrap_or_default().into_iter().map(TagId::from_raw).collect()
}

/// What the customer wrote, with everything that the gate would refuse told now and not at night.
async fn draft(call: &Call, account: AccountId) -> Result<MailingDraft, ApiError> {
    let otherwise = call.or(call.web.store.account(account).await)?.language;
    let format = if call.body.text_or_empty("format") == "html" { BodyFormat::Html } else { BodyFormat::Markdown };
    let content = MailingContent {
        subject: call.body.text_or_empty("subject"),
        preheader: call.body.text_or_empty("preheader"),
        format,
        body: call.body.text_or_empty("body"),
        language: language_of(&call.body, otherwise),
        template_version: TEMPLATE_VERSION,
    };
    check(call, account, &content).await?;
    let topic = call.body.object("topic").unwrap_or_default();
    let trigger = call.body.int("trigger_tag").map(|tag| Trigger {
        tag: TagId::from_raw(tag),
        delay_minutes: call.body.int("delay_minutes").unwrap_or_default(),
    });
    Ok(MailingDraft {
        name: call.body.text_or_empty("name"),
        topic: TopicId::from_raw(topic.int("id").unwrap_or_default()),
        topic_version: topic.int("version"),
        content,
        include: tags(&call.body, "include_tags"),
        exclude: tags(&call.body, "exclude_tags"),
        trigger,
    })
}

async fn check(call: &Call, account: AccountId, content: &MailingContent) -> Result<(), ApiError> {
    let problems = checklist::problems(&call.web, account, content).await;
    let problems = problems.map_err(|_| call.refuse(&Invalid::ContentUnreadable))?;
    let Some(first) = problems.first() else { return Ok(()) };
    let part = |part: Part| match part {
        Part::Subject => "subject",
        Part::Preheader => "preheader",
        Part::Body => "body",
    };
    let listed: Vec<Value> = problems
        .iter()
        .take(100)
        .map(|problem| {
            json!({
                "field": part(problem.part),
                "line": problem.line,
                "column": problem.column,
                "code": problem.fault.word(),
                "message": problem.fault.say(call.language()),
            })
        })
        .collect();
    let message = first.say(call.language());
    let error = ApiError::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "content", message);
    Err(error.at(part(first.part)).with(Value::Array(listed)))
}

async fn preview(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    let to = call.query.int("contact").map_or(To::Filled, |id| To::Contact(ContactId::from_raw(id)));
    match made(&call.web, account, mailing.id, &to).await {
        Ok(shown) => Ok(Reply::Found(json!({
            "subject": shown.subject,
            "html": shown.html,
            "text": shown.text,
            "size": shown.bytes.len(),
            "clipped": shown.html.len() > CLIPPED_AT,
        }))),
        Err(NoPreview::Store(error)) => call.or(Err(error)),
        Err(NoPreview::Failed) => Err(call.refuse(&Invalid::ContentUnreadable)),
        Err(NoPreview::Refused(refusal)) => {
            check(call, account, &mailing.content).await?;
            let said = refusal_json(refusal.word(), call.language());
            let message = said["message"].as_str().unwrap_or("it cannot be composed").to_owned();
            Err(ApiError::new(axum::http::StatusCode::CONFLICT, refusal.word(), message))
        }
    }
}

async fn add(call: &Call, kind: MailingKind) -> Answer {
    let account = call.account()?;
    let draft = draft(call, account).await?;
    let hours = call.web.policy.bulk.expiry_hours;
    let id = call.or(call.web.store.create_mailing(account, kind, draft, hours, call.actor(), call.now()).await)?;
    Ok(Reply::Made(shown(call, account, id).await?))
}

async fn change(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    let draft = draft(call, account).await?;
    call.or(call.web.store.edit_mailing(account, mailing.id, draft, call.actor(), call.now()).await)?;
    if mailing.state != MailingState::Draft {
        // What is on the wire may have been judged by the text and tags before the change.
        call.web.store.drain_all().await;
    }
    Ok(Reply::Found(shown(call, account, mailing.id).await?))
}

async fn remove(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    call.or(call.web.store.remove_mailing(account, mailing.id).await)?;
    Ok(Reply::Done)
}

async fn test(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    may_send(call, account).await?;
    check(call, account, &mailing.content).await?;
    let users = call.body.ids("users").unwrap_or_default().into_iter().map(UserId::from_raw).collect();
    let planned = call.or(call.web.store.send_test(account, mailing.id, users, call.now()).await)?;
    Ok(Reply::Noted(json!({ "planned": planned })))
}

/// Says now why nothing would leave.
async fn may_send(call: &Call, account: AccountId) -> Result<(), ApiError> {
    let Some(refusal) = call.or(call.web.store.account_refusal(account).await)? else { return Ok(()) };
    let said = refusal_json(refusal.word(), call.language());
    let message = said["message"].as_str().unwrap_or("the account may not send").to_owned();
    Err(ApiError::new(axum::http::StatusCode::CONFLICT, refusal.word(), message))
}

async fn schedule(call: Call) -> Answer {
    let (account, mailing) = find(&call, NEWS).await?;
    let zone = call.fit(zone(&call.or(call.web.store.account(account).await)?.time_zone))?;
    let at = call.fit(zone.moment(&call.body.text_or_empty("at")).map_err(Invalid::Moment))?;
    if at < call.now() {
        return Err(call.refuse(&Invalid::MomentPast));
    }
    may_send(&call, account).await?;
    check(&call, account, &mailing.content).await?;
    call.or(call.web.store.schedule_mailing(account, mailing.id, Some(at), call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(&call, account, mailing.id).await?))
}

async fn unschedule(call: Call) -> Answer {
    let (account, mailing) = find(&call, NEWS).await?;
    call.or(call.web.store.schedule_mailing(account, mailing.id, None, call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(&call, account, mailing.id).await?))
}

async fn start(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    may_send(call, account).await?;
    // A page saves drafts that are not right yet.
    check(call, account, &mailing.content).await?;
    call.or(call.web.store.start_mailing(account, mailing.id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(call, account, mailing.id).await?))
}

async fn pause(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    call.or(call.web.store.pause_mailing(account, mailing.id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(call, account, mailing.id).await?))
}

async fn resume(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    call.or(call.web.store.resume_mailing(account, mailing.id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(call, account, mailing.id).await?))
}

async fn abort(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    call.or(call.web.store.abort_mailing(account, mailing.id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(shown(call, account, mailing.id).await?))
}

fn progress_json(mailing: &Mailing, progress: &Progress) -> Value {
    let ended: serde_json::Map<String, Value> = RowState::ALL
        .into_iter()
        .filter(|state| state.is_terminal())
        .map(|state| {
            let n = progress.ended.iter().find(|(ended, _)| *ended == state).map_or(0, |(_, n)| *n);
            (state.word().to_owned(), json!(n))
        })
        .collect();
    json!({
        "state": mailing.state.word(),
        "held_reason": mailing.held_reason,
        "audience": progress.audience,
        "audience_complete": progress.expanded,
        "open": progress.open,
        "ended": ended,
    })
}

async fn progress(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    let progress = call.or(call.web.store.progress(account, mailing.id).await)?;
    Ok(Reply::Found(progress_json(&mailing, &progress)))
}

async fn deliveries(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    let wanted = call.query.text("state");
    let state = RowState::ALL.into_iter().find(|state| Some(state.word()) == wanted.as_deref());
    let after = Some(ContactId::from_raw(call.after()));
    let lines = call.or(call.web.store.deliveries_of_mailing(account, mailing.id, state, after, call.limit()).await)?;
    call.page(&lines, |line| delivery_json(call, line), |line| line.contact.get())
}

async fn score(call: &Call, kind: MailingKind) -> Answer {
    let (account, mailing) = find(call, kind).await?;
    let scores = call.or(call.web.store.mailing_scores(account, mailing.id).await)?;
    let shown = |one: &MailingScore| {
        let mut score = score_json(one.score);
        let week = one.week_from_day.map(|day| policy::Timestamp::from_seconds(day * 86_400));
        score["week_from"] = time_opt(week);
        score
    };
    super::route::whole(&scores, shown)
}
