//! Asking once more before something happens: a page that says what will happen, with everything that was
//! sent in hidden fields. Only the answer to it acts.

use askama::Template;
use texts::desk;

use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{CSRF, Visit};

/// The field by which the second request says that it is the answer.
const SURE: &str = "sure";

/// What is asked.
pub(super) struct Question {
    pub(super) title: String,
    /// What will happen, one sentence each.
    pub(super) happens: Vec<String>,
    /// The button that does it.
    pub(super) button: String,
    /// It cannot be taken back, or stops somebody's mail.
    pub(super) danger: bool,
    /// Where one goes who does not want it.
    pub(super) back: String,
}

#[derive(Template)]
#[template(path = "desk/ask.html")]
struct Ask {
    shell: Shell,
    t: desk::Say,
    question: Question,
    reason: String,
    action: String,
    hidden: Vec<(String, String)>,
}

/// Whether this request answers the question; everything before it changes nothing.
pub(super) fn answered(visit: &Visit) -> bool {
    visit.sent().iter().any(|(name, value)| name == SURE && value == "yes")
}

/// The question.
pub(super) fn ask(visit: &Visit, question: Question) -> Answer {
    let kept = visit.sent().iter().filter(|(name, _)| name != CSRF && name != SURE);
    let reason = visit.sent().iter().find(|(name, _)| name == "reason").map(|(_, value)| value.clone());
    visit.show(&Ask {
        shell: visit.shell(question.title.clone()),
        t: desk::Say(visit.language),
        reason: reason.unwrap_or_default(),
        action: visit.path.clone(),
        hidden: kept.cloned().collect(),
        question,
    })
}
