//! What a person does to a case. Each is asked for once more with what will happen; the store does it and
//! everything that follows in one transaction, and the answer waits until nothing older is on the wire.

use policy::complaint::ComplaintDecision;
use store::cases::Decision;
use texts::{Language, desk as t};

use super::ask::{Question, answered, ask};
use super::case::{self, Known, Sent, case_id, key_of, known};
use super::show;
use super::{REASON, REASON_TOLD};
use crate::ui::form::{Field, Kind, must};
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// The decision of a case.
pub(super) const DECIDE: &[Field] = &[must("decision", t::field_decision, Kind::Pick), REASON_TOLD];
/// Which message a report is about (D4).
pub(super) const ATTRIBUTE: &[Field] = &[must("message", t::field_message, Kind::Pick)];
/// Whether a complaint counts (D14).
pub(super) const RECLASSIFY: &[Field] = &[
    must("complaint", t::field_complaint, Kind::Pick),
    must("counts", t::field_counts, Kind::Choice(&[("yes", t::counts), ("no", t::counts_not)])),
    REASON,
];

fn page_of(visit: &Visit) -> String {
    format!("/desk/cases/{}", visit.id("case").unwrap_or_default())
}

/// POST: notes that somebody looks at the case; a GET never does (R92).
pub(super) async fn look(visit: Visit) -> Answer {
    let id = case_id(&visit)?;
    visit.web.store.case(id).await?;
    visit.web.store.look_at_case(id, &show::signer(&visit), visit.now()).await?;
    visit.to(&page_of(&visit), "saved")
}

/// POST: the decision.
pub(super) async fn decide(visit: Visit) -> Answer {
    let known = known(&visit).await?;
    let form = case::decide_options(&visit, &known, visit.form());
    if !form.is_good() {
        return case::again(&visit, known, Sent { decide: Some(form), ..Sent::default() }).await;
    }
    let decision = Decision::from_word(form.text("decision")).unwrap_or(Decision::Close);
    if !answered(&visit) {
        return ask(&visit, question(&visit, &known, decision));
    }
    let store = &visit.web.store;
    let login = visit.person.as_ref().map(|person| person.login);
    let by = show::signer(&visit);
    let case = store.decide_case_as(known.case.id, decision, (login, &by), form.text("reason"), visit.now()).await?;
    if case.open {
        // A first signature: nothing happened yet, and the case says who is missing.
        return visit.to(&page_of(&visit), "saved");
    }
    if decision == Decision::Terminate {
        store.drain_all().await;
    }
    visit.to(&page_of(&visit), "decided")
}

/// What a decision will do, in words.
fn question(visit: &Visit, known: &Known, decision: Decision) -> Question {
    let language = visit.language;
    let account = known.account.as_ref().map(|account| account.name.as_str()).unwrap_or_default();
    let mailing = known.mailing.as_ref().map(|(name, _)| name.as_str()).unwrap_or_default();
    Question {
        title: show::decision(language, decision.word()),
        happens: happens(language, decision, account, mailing),
        button: show::decision(language, decision.word()),
        danger: decision == Decision::Terminate,
        back: page_of(visit),
    }
}

fn happens(language: Language, decision: Decision, account: &str, mailing: &str) -> Vec<String> {
    let again =
        || vec![t::will_reinstate(language, account), t::will_count_anew(language), t::will_stay_held(language)];
    let told = t::will_tell(language);
    match decision {
        Decision::Reinstate => [again(), vec![told]].concat(),
        Decision::Terminate => vec![
            t::will_terminate(language, account),
            t::will_refuse_open(language),
            t::will_keep_doors(language),
            t::will_sign_terminate(language),
            told,
        ],
        Decision::ReleaseMailing => vec![t::will_release(language, mailing), t::will_close(language)],
        Decision::ReopenForm => vec![t::will_reopen(language), t::will_close(language)],
        Decision::Close => vec![t::will_close(language), t::will_nothing_else(language)],
    }
}

/// POST: says which message a report is about; then it counts.
pub(super) async fn attribute(visit: Visit) -> Answer {
    let known = known(&visit).await?;
    let form = case::attribute_options(&known, visit.form());
    let key = key_of(form.text("message")).filter(|_| form.is_good());
    let Some(key) = key else {
        return case::again(&visit, known, Sent { attribute: Some(form), ..Sent::default() }).await;
    };
    let language = visit.language;
    if !answered(&visit) {
        let account = case::name(&visit, key.contact.account()).await?;
        return ask(
            &visit,
            Question {
                title: t::attribute_title(language),
                happens: vec![t::will_attribute(language, &account), t::will_remove(language), t::will_judge(language)],
                button: t::attribute_button(language),
                danger: true,
                back: page_of(&visit),
            },
        );
    }
    let done = visit.web.store.attribute(known.case.id, key, &show::signer(&visit), visit.now()).await?;
    if !matches!(done.decision, ComplaintDecision::SetAside) {
        visit.web.store.drain_all().await;
    }
    visit.to(&page_of(&visit), "saved")
}

/// POST: lets a complaint count, or count no longer.
pub(super) async fn reclassify(visit: Visit) -> Answer {
    let known = known(&visit).await?;
    let form = case::reclassify_options(&visit, &known, visit.form());
    let key = key_of(form.text("complaint")).filter(|_| form.is_good());
    let Some(key) = key else {
        return case::again(&visit, known, Sent { reclassify: Some(form), ..Sent::default() }).await;
    };
    let (language, counts) = (visit.language, form.text("counts") == "yes");
    if !answered(&visit) {
        let what = if counts { t::will_count(language) } else { t::will_count_no_longer(language) };
        let then = if counts { t::will_judge(language) } else { t::will_reopen_case(language) };
        return ask(
            &visit,
            Question {
                title: t::reclassify_title(language),
                happens: vec![what, then],
                button: t::reclassify_button(language),
                danger: counts,
                back: page_of(&visit),
            },
        );
    }
    visit.web.store.reclassify(key, counts, &show::signer(&visit), form.text("reason"), visit.now()).await?;
    if counts {
        visit.web.store.drain_all().await;
    }
    visit.to(&page_of(&visit), "saved")
}
