//! Writing: the form with its text, live figures, and what happens when two write at once.

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use policy::{TagId, TopicId};
use serde_json::json;
use store::mailings::{MailingDraft, MailingKind, Reach, Revision, Saved, Saving};
use texts::mailings as say;

use super::checklist::{self, Checklist, Item};
use super::draft::{self, Stock};
use super::letter::{Letter, Room, Tab, settled};
use super::list::too_late;
use super::words;
use crate::customers::authors::Authors;
use crate::error::Fault;
use crate::ui::form::Form;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{Visit, see_other, shown};

/// What somebody else saved meanwhile.
struct Theirs {
    who: String,
    subject: String,
    body: String,
    href: String,
}

/// A merge field as it is written.
struct MergeField {
    name: String,
    code: String,
}

#[derive(Template)]
#[template(path = "customers/mailings/edit.html")]
struct Edit {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    sign: &'static str,
    state: String,
    form: Form,
    news: bool,
    draft: bool,
    /// Where the form goes, where it saves by itself, and where people are counted.
    action: String,
    autosave: String,
    count: String,
    reach: String,
    merge: Vec<MergeField>,
    /// The account has tags to choose from.
    tags: bool,
    items: Vec<Item>,
    done: bool,
    send: String,
    theirs: Option<Theirs>,
    copy: String,
    remove: String,
}

/// What is still missing, for a page that is open while its text is saved.
#[derive(Template)]
#[template(path = "customers/mailings/ready.html")]
struct Ready {
    t: say::Say,
    items: Vec<Item>,
    done: bool,
    draft: bool,
    send: String,
}

impl Ready {
    async fn of(visit: &Visit, letter: &Letter) -> Result<Self, Fault> {
        let checklist = Checklist::of(visit, letter, words::GLANCE).await?;
        let (t, send, draft) = (say::Say(visit.language), letter.at("send"), letter.is_draft());
        Ok(Self { t, done: checklist.is_done(), items: checklist.items, draft, send })
    }
}

/// What a body may name: the fields of the forms.
fn merge(stock: &Stock) -> Vec<MergeField> {
    let code = |name: &String| MergeField { name: name.clone(), code: format!("{{{{ {name} | default(\"\") }}}}") };
    stock.fields.iter().map(code).collect()
}

async fn page(
    visit: &Visit,
    letter: &Letter,
    stock: &Stock,
    form: Form,
    theirs: Option<Theirs>,
) -> Result<Edit, Fault> {
    let checklist = Checklist::of(visit, letter, words::GLANCE).await?;
    let language = visit.language;
    let (sign, state) = letter.sign(language);
    Ok(Edit {
        shell: letter.shell(visit).broad(),
        t: say::Say(language),
        tabs: letter.tabs(visit, Room::Edit),
        sign,
        state,
        form: stock.fill(language, form),
        news: letter.mailing.kind == MailingKind::Newsletter,
        draft: letter.is_draft(),
        action: letter.at("edit"),
        autosave: letter.at("autosave"),
        count: letter.at("reach"),
        reach: checklist.reach.map(|reach| reach_text(visit, reach, words::GLANCE)).unwrap_or_default(),
        merge: merge(stock),
        tags: !stock.tags.is_empty(),
        done: checklist.is_done(),
        items: checklist.items,
        send: letter.at("send"),
        theirs,
        copy: letter.at("copy"),
        remove: letter.at("remove"),
    })
}

fn reach_text(visit: &Visit, reach: i64, most: i64) -> String {
    say::reach(visit.language, &words::people(visit.language, reach, most))
}

async fn editable(visit: &Visit, kind: MailingKind) -> Result<Letter, Fault> {
    let letter = Letter::of(visit, kind).await?;
    if letter.is_editable() { Ok(letter) } else { Err(Fault::Conflict) }
}

/// GET: the form.
pub(super) async fn show(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    if !letter.is_editable() {
        return Ok(see_other(letter.at("").trim_end_matches('/')));
    }
    let stock = Stock::of(visit, letter.account.id).await?;
    let form = draft::shown(visit, kind, &letter.mailing.draft(), letter.mailing.revision);
    visit.show(&page(visit, &letter, &stock, form, None).await?)
}

/// A posted form with what it says, or with what is wrong with it.
struct Posted {
    form: Form,
    draft: MailingDraft,
    base: i64,
}

async fn posted(visit: &Visit, letter: &Letter, stock: &Stock) -> Result<Posted, Fault> {
    let mut form = stock.fill(visit.language, visit.form());
    let base = form.int("base").unwrap_or(letter.mailing.revision);
    // Line breaks are those of the text that the form was made of.
    let before = if base == letter.mailing.revision {
        letter.mailing.content.body.clone()
    } else {
        let then = visit.web.store.revision(letter.account.id, letter.mailing.id, base).await;
        then.map_or_else(|_| letter.mailing.content.body.clone(), |revision| revision.draft.content.body)
    };
    let draft = draft::read(&form, &letter.mailing, &before);
    if let Some(problem) = too_late(visit.language, &draft) {
        form.wrong("delay", problem);
    }
    if draft.include.iter().any(|tag| draft.exclude.contains(tag)) {
        form.wrong("exclude", say::tag_on_both_sides(visit.language));
    }
    // Drafts may be faulty while they are written; what leaves already may not.
    if !letter.is_draft() {
        for problem in checklist::problems(&visit.web, letter.account.id, &draft.content).await? {
            form.refused(words::problem(visit.language, &problem));
        }
    }
    Ok(Posted { form, draft, base })
}

async fn save(visit: &Visit, letter: &Letter, posted: &Posted, by_itself: bool) -> Result<Saved, Fault> {
    let saving = Saving { base: Some(posted.base), by_itself };
    let store = &visit.web.store;
    let (account, id) = (letter.account.id, letter.mailing.id);
    let saved = store.save_mailing(account, id, posted.draft.clone(), saving, &visit.actor(), visit.now()).await;
    let saved = settled(saved)?;
    if !letter.is_draft() && matches!(saved, Saved::Kept(_)) {
        // What is on the wire may have been judged by the text and tags before the change.
        store.drain_all().await;
    }
    Ok(saved)
}

/// POST: saves, and goes where the pressed button says.
pub(super) async fn change(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = editable(visit, kind).await?;
    let stock = Stock::of(visit, letter.account.id).await?;
    let posted = posted(visit, &letter, &stock).await?;
    if !posted.form.is_good() {
        return visit.again(&page(visit, &letter, &stock, posted.form, None).await?);
    }
    match save(visit, &letter, &posted, false).await? {
        Saved::Kept(_) => {
            let then = visit.sent().iter().find(|(name, _)| name == "then").map_or("", |(_, value)| value.as_str());
            match then {
                "preview" | "send" => Ok(see_other(&letter.at(then))),
                _ => visit.to(&letter.at("edit"), "saved"),
            }
        }
        Saved::Beside { current, .. } => beside(visit, &letter, &stock, posted, current).await,
    }
}

/// Both texts on one page: the other's to read, one's own to go on with. Saving again replaces the other's.
async fn beside(visit: &Visit, letter: &Letter, stock: &Stock, posted: Posted, current: i64) -> Answer {
    let revision = visit.web.store.revision(letter.account.id, letter.mailing.id, current).await?;
    let author = Authors::of(visit, letter.account.id).await?.name(visit.language, &revision.by);
    let theirs = Theirs {
        who: say::saved_by(visit.language, &author, &letter.moment(visit.language, revision.at)),
        subject: revision.draft.content.subject,
        body: revision.draft.content.body,
        href: letter.at(&format!("revisions/{current}")),
    };
    let form = posted.form.with("base", current).with("body", &posted.draft.content.body);
    let page = page(visit, letter, stock, form, Some(theirs)).await?;
    Ok(shown(StatusCode::CONFLICT, &page))
}

/// POST by the editor while somebody types: the same, answered for a program.
pub(super) async fn autosave(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = editable(visit, kind).await?;
    if !letter.is_draft() {
        return Err(Fault::Conflict);
    }
    let stock = Stock::of(visit, letter.account.id).await?;
    let posted = posted(visit, &letter, &stock).await?;
    if !posted.form.is_good() {
        let message = say::autosave_wrong(visit.language);
        return Ok(told(StatusCode::UNPROCESSABLE_ENTITY, posted.base, message));
    }
    // Ctrl+S is a hand on the button, though the page stays.
    let by_hand = visit.sent().iter().any(|(name, _)| name == "by_hand");
    match save(visit, &letter, &posted, !by_hand).await? {
        Saved::Kept(revision) => {
            let clock = policy::zone::Zone::parse(&letter.account.time_zone).map(|zone| zone.show(visit.now()));
            let clock = clock.unwrap_or_default().get(11..16).unwrap_or_default().to_owned();
            let message = say::autosave_done(visit.language, &clock);
            // As it is saved now, not as it was when the page was opened.
            let ready = Ready::of(visit, &editable(visit, kind).await?).await?;
            let ready = ready.render().map_err(|error| {
                tracing::error!(%error, "a template cannot be filled");
                Fault::Failed
            })?;
            let told = json!({ "revision": revision.to_string(), "message": message, "ready": ready });
            Ok(Json(told).into_response())
        }
        Saved::Beside { .. } => Ok(told(StatusCode::CONFLICT, posted.base, say::autosave_beside(visit.language))),
    }
}

fn told(status: StatusCode, revision: i64, message: String) -> Response {
    (status, Json(json!({ "revision": revision.to_string(), "message": message }))).into_response()
}

/// GET: how many people a choice of topic and tags reaches, for a program.
pub(super) async fn reach(visit: &Visit) -> Answer {
    let letter = Letter::of(visit, MailingKind::Newsletter).await?;
    let stock = Stock::of(visit, letter.account.id).await?;
    let tags = |name: &str| visit.query_ids(name).into_iter().map(TagId::from_raw).collect();
    let topic = visit.query_ids("topic").first().and_then(|topic| stock.topic(TopicId::from_raw(*topic)));
    let wanted = Reach {
        topic: topic.map_or(letter.mailing.topic, |version| version.topic),
        include: tags("include"),
        exclude: tags("exclude"),
    };
    let reach = visit.web.store.count_reach(letter.account.id, &wanted, words::CHOOSING, visit.now()).await?;
    Ok(Json(json!({ "reach": reach, "message": reach_text(visit, reach, words::CHOOSING) })).into_response())
}

/// POST: a new draft that says the same.
pub(super) async fn copy(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (account, hours, language) = (letter.account.id, visit.web.policy.bulk.expiry_hours, visit.language);
    let named = |name: &str| say::copy_of(language, name);
    let store = &visit.web.store;
    let made = store.copy_mailing(account, letter.mailing.id, named, hours, &visit.actor(), visit.now()).await;
    let to = super::letter::list_of(account, kind);
    visit.to(&format!("{to}/{}/edit", settled(made)?), "added")
}

/// POST: removes a draft.
pub(super) async fn remove(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    settled(visit.web.store.remove_mailing(letter.account.id, letter.mailing.id).await)?;
    visit.to(&super::letter::list_of(letter.account.id, kind), "removed")
}

/// One kept revision of the list.
struct Kept {
    number: i64,
    href: String,
    at: String,
    by: String,
    kind: String,
    subject: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "customers/mailings/revisions.html")]
struct Revisions {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    lead: String,
    lines: Vec<Kept>,
}

fn kept(visit: &Visit, letter: &Letter, authors: &Authors, revision: &Revision) -> Kept {
    use store::mailings::RevisionKind::{Beside, ByHand, ByItself};
    let language = visit.language;
    Kept {
        number: revision.number,
        href: letter.at(&format!("revisions/{}", revision.number)),
        at: letter.moment(language, revision.at),
        by: authors.name(language, &revision.by),
        kind: match revision.kind {
            ByHand => say::revision_by_hand(language),
            ByItself => say::revision_by_itself(language),
            Beside => say::revision_beside(language),
        },
        subject: revision.draft.content.subject.clone(),
        current: revision.number == letter.mailing.revision,
    }
}

/// GET: what stood in the mailing.
pub(super) async fn revisions(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let revisions = visit.web.store.revisions(letter.account.id, letter.mailing.id).await?;
    let authors = Authors::of(visit, letter.account.id).await?;
    visit.show(&Revisions {
        shell: letter.shell(visit),
        t: say::Say(visit.language),
        tabs: letter.tabs(visit, Room::Revisions),
        lead: say::revisions_lead(visit.language, words::count(store::mailings::KEPT_REVISIONS)),
        lines: revisions.iter().map(|revision| kept(visit, &letter, &authors, revision)).collect(),
    })
}

#[derive(Template)]
#[template(path = "customers/mailings/revision.html")]
struct OneRevision {
    shell: Shell,
    t: say::Say,
    kept: Kept,
    preheader: String,
    body: String,
    restore: String,
}

async fn revision_of(visit: &Visit, letter: &Letter) -> Result<Revision, Fault> {
    Ok(visit.web.store.revision(letter.account.id, letter.mailing.id, visit.id("revision")?).await?)
}

/// GET: one of them, whole.
pub(super) async fn revision(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let revision = revision_of(visit, &letter).await?;
    let kept = kept(visit, &letter, &Authors::of(visit, letter.account.id).await?, &revision);
    let restore = letter.is_editable() && !kept.current;
    visit.show(&OneRevision {
        shell: letter.shell(visit).crumb(letter.at("revisions"), say::tab_revisions(visit.language)),
        t: say::Say(visit.language),
        restore: if restore { letter.at(&format!("revisions/{}/restore", kept.number)) } else { String::new() },
        kept,
        preheader: revision.draft.content.preheader,
        body: revision.draft.content.body,
    })
}

/// POST: the mailing says that again; what it says now stays among the revisions.
pub(super) async fn restore(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = editable(visit, kind).await?;
    let draft = revision_of(visit, &letter).await?.draft;
    // A tag that was removed since cannot be named again.
    let draft = settled(visit.web.store.without_removed_tags(letter.account.id, draft).await)?;
    if !letter.is_draft() && !checklist::problems(&visit.web, letter.account.id, &draft.content).await?.is_empty() {
        return Err(Fault::Conflict);
    }
    let saving = Saving { base: None, by_itself: false };
    let store = &visit.web.store;
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(store.save_mailing(account, id, draft, saving, &visit.actor(), visit.now()).await)?;
    if !letter.is_draft() {
        store.drain_all().await;
    }
    visit.to(&letter.at("edit"), "saved")
}
