//! Newsletters and autoresponders: written, looked at, sent, watched.

pub(crate) mod checklist;
mod draft;
mod edit;
mod hub;
mod letter;
mod list;
mod live;
mod newlines;
mod preview;
mod send;
mod series;
pub(crate) mod words;

use store::mailings::MailingKind;

pub(crate) use hub::Hub;
pub(crate) use preview::{CLIPPED_AT, NoPreview, To, framed, made};

pub(super) use letter::list_of;
pub(super) use words::{sign, state as state_word};

use crate::ui::table::{Answer, Page, page};
use crate::ui::visit::{Visit, see_other};
use letter::Letter;

const NEWS: MailingKind = MailingKind::Newsletter;
const AUTO: MailingKind = MailingKind::Autoresponder;

/// The pages of newsletters and autoresponders.
pub(crate) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/newsletters", Role(Reader), "newsletters", list::show),
        page!(GET "/a/{account}/newsletters/new", Role(Editor), "newsletter-new", new_news),
        page!(POST "/a/{account}/newsletters/new", Role(Editor), "newsletter-new", create_news, form = draft::NEW_NEWSLETTER),
        page!(GET "/a/{account}/newsletters/{mailing}", Role(Reader), "newsletter", open_news),
        page!(GET "/a/{account}/newsletters/{mailing}/edit", Role(Editor), "newsletter-edit", edit_news),
        page!(POST "/a/{account}/newsletters/{mailing}/edit", Role(Editor), "newsletter-edit", change_news, form = draft::NEWSLETTER, limit = draft::LIMIT),
        page!(POST "/a/{account}/newsletters/{mailing}/autosave", Role(Editor), "newsletter-autosave", autosave_news, form = draft::NEWSLETTER, limit = draft::LIMIT),
        page!(GET "/a/{account}/newsletters/{mailing}/reach", Role(Editor), "newsletter-reach", reach_news),
        page!(POST "/a/{account}/newsletters/{mailing}/copy", Role(Editor), "newsletter-copy", copy_news),
        page!(POST "/a/{account}/newsletters/{mailing}/remove", Role(Editor), "newsletter-remove", remove_news),
        page!(GET "/a/{account}/newsletters/{mailing}/revisions", Role(Editor), "newsletter-revisions", revisions_news),
        page!(GET "/a/{account}/newsletters/{mailing}/revisions/{revision}", Role(Editor), "newsletter-revision", revision_news),
        page!(POST "/a/{account}/newsletters/{mailing}/revisions/{revision}/restore", Role(Editor), "newsletter-restore", restore_news),
        page!(GET "/a/{account}/newsletters/{mailing}/preview", Role(Reader), "newsletter-preview", preview_news),
        page!(GET "/a/{account}/newsletters/{mailing}/preview/frame", Role(Reader), "newsletter-frame", frame_news),
        page!(GET "/a/{account}/newsletters/{mailing}/send", Role(Editor), "newsletter-send", send_news),
        page!(POST "/a/{account}/newsletters/{mailing}/test", Role(Editor), "newsletter-test", test_news, form = send::TEST),
        page!(POST "/a/{account}/newsletters/{mailing}/schedule", Role(Editor), "newsletter-schedule", send::schedule, form = send::SCHEDULE),
        page!(POST "/a/{account}/newsletters/{mailing}/unschedule", Role(Editor), "newsletter-unschedule", send::unschedule),
        page!(GET "/a/{account}/newsletters/{mailing}/start", Role(Editor), "newsletter-start", confirm_news),
        page!(POST "/a/{account}/newsletters/{mailing}/start", Role(Editor), "newsletter-start", start_news, form = send::START),
        page!(POST "/a/{account}/newsletters/{mailing}/pause", Role(Editor), "newsletter-pause", pause_news),
        page!(POST "/a/{account}/newsletters/{mailing}/resume", Role(Editor), "newsletter-resume", resume_news),
        page!(POST "/a/{account}/newsletters/{mailing}/abort", Role(Editor), "newsletter-abort", abort_news),
        page!(GET "/a/{account}/newsletters/{mailing}/live", Role(Reader), "newsletter-live", live::show),
        page!(GET "/a/{account}/newsletters/{mailing}/live/events", Role(Reader), "newsletter-events", live::events),
        page!(GET "/a/{account}/newsletters/{mailing}/results", Role(Reader), "newsletter-results", results_news),
        page!(GET "/a/{account}/autoresponders", Role(Reader), "autoresponders", series::show),
        page!(GET "/a/{account}/autoresponders/new", Role(Editor), "autoresponder-new", new_auto),
        page!(POST "/a/{account}/autoresponders/new", Role(Editor), "autoresponder-new", create_auto, form = draft::NEW_AUTORESPONDER),
        page!(GET "/a/{account}/autoresponders/{mailing}", Role(Reader), "autoresponder", open_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/edit", Role(Editor), "autoresponder-edit", edit_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/edit", Role(Editor), "autoresponder-edit", change_auto, form = draft::AUTORESPONDER, limit = draft::LIMIT),
        page!(POST "/a/{account}/autoresponders/{mailing}/autosave", Role(Editor), "autoresponder-autosave", autosave_auto, form = draft::AUTORESPONDER, limit = draft::LIMIT),
        page!(POST "/a/{account}/autoresponders/{mailing}/copy", Role(Editor), "autoresponder-copy", copy_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/remove", Role(Editor), "autoresponder-remove", remove_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/revisions", Role(Editor), "autoresponder-revisions", revisions_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/revisions/{revision}", Role(Editor), "autoresponder-revision", revision_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/revisions/{revision}/restore", Role(Editor), "autoresponder-restore", restore_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/preview", Role(Reader), "autoresponder-preview", preview_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/preview/frame", Role(Reader), "autoresponder-frame", frame_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/send", Role(Editor), "autoresponder-send", send_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/test", Role(Editor), "autoresponder-test", test_auto, form = send::TEST),
        page!(GET "/a/{account}/autoresponders/{mailing}/start", Role(Editor), "autoresponder-start", confirm_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/start", Role(Editor), "autoresponder-start", start_auto, form = send::START),
        page!(POST "/a/{account}/autoresponders/{mailing}/pause", Role(Editor), "autoresponder-pause", pause_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/resume", Role(Editor), "autoresponder-resume", resume_auto),
        page!(POST "/a/{account}/autoresponders/{mailing}/abort", Role(Editor), "autoresponder-abort", abort_auto),
        page!(GET "/a/{account}/autoresponders/{mailing}/results", Role(Reader), "autoresponder-results", results_auto),
    ]
}

/// One handler for each kind; a number of the other kind is unknown.
macro_rules! of_kind {
    ($($name:ident => $work:path, $kind:expr;)*) => {
        $(async fn $name(visit: Visit) -> Answer {
            $work(&visit, $kind).await
        })*
    };
}

of_kind! {
    new_news => list::begin, NEWS;
    new_auto => list::begin, AUTO;
    create_news => list::create, NEWS;
    create_auto => list::create, AUTO;
    open_news => open, NEWS;
    open_auto => open, AUTO;
    edit_news => edit::show, NEWS;
    edit_auto => edit::show, AUTO;
    change_news => edit::change, NEWS;
    change_auto => edit::change, AUTO;
    autosave_news => edit::autosave, NEWS;
    autosave_auto => edit::autosave, AUTO;
    copy_news => edit::copy, NEWS;
    copy_auto => edit::copy, AUTO;
    remove_news => edit::remove, NEWS;
    remove_auto => edit::remove, AUTO;
    revisions_news => edit::revisions, NEWS;
    revisions_auto => edit::revisions, AUTO;
    revision_news => edit::revision, NEWS;
    revision_auto => edit::revision, AUTO;
    restore_news => edit::restore, NEWS;
    restore_auto => edit::restore, AUTO;
    preview_news => preview::show, NEWS;
    preview_auto => preview::show, AUTO;
    frame_news => preview::frame, NEWS;
    frame_auto => preview::frame, AUTO;
    send_news => send::show, NEWS;
    send_auto => send::show, AUTO;
    test_news => send::test, NEWS;
    test_auto => send::test, AUTO;
    confirm_news => send::confirm, NEWS;
    confirm_auto => send::confirm, AUTO;
    start_news => send::start, NEWS;
    start_auto => send::start, AUTO;
    pause_news => send::pause, NEWS;
    pause_auto => send::pause, AUTO;
    resume_news => send::resume, NEWS;
    resume_auto => send::resume, AUTO;
    abort_news => send::abort, NEWS;
    abort_auto => send::abort, AUTO;
    results_news => live::results, NEWS;
    results_auto => live::results, AUTO;
}

async fn reach_news(visit: Visit) -> Answer {
    edit::reach(&visit).await
}

/// GET: to the page that a mailing in this state is about.
async fn open(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let room = letter.room(visit.may(policy::role::Role::Editor));
    Ok(see_other(&letter.at(room.word())))
}
