//! Asking the operator: whoever is unsure asks beforehand, and a person answers (R90, R93).

use askama::Template;
use store::StoreError;
use store::questions::{MAX_QUESTION_CHARS, NewQuestion};
use texts::audience as say;

use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/ask", Role(Reader), "ask", show),
        page!(POST "/a/{account}/ask", Role(Reader), "ask", ask, form = ASK),
    ]
}

const ASK: &[Field] = &[must("words", say::ask_words, Kind::Text(MAX_QUESTION_CHARS)).hint(say::ask_words_hint)];

/// A question that was asked before.
struct Line {
    about: String,
    at: Html,
    sign: &'static str,
    state: String,
}

#[derive(Template)]
#[template(path = "customers/ask.html")]
struct Ask {
    shell: Shell,
    t: say::Say,
    form: Form,
    action: String,
    /// Where the answer goes.
    answer_to: String,
    lines: Vec<Line>,
}

/// Name and address of whoever asks.
async fn asker(visit: &Visit) -> Result<(String, String), Fault> {
    let person = visit.person.as_ref().ok_or(Fault::NotFound)?;
    let login = visit.web.store.login(person.login).await?;
    Ok((person.name.clone(), login.address.as_str().to_owned()))
}

async fn view(visit: &Visit, form: Form) -> Result<Ask, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let zone = store.account(account).await?.time_zone;
    let lines = store.questions(account).await?.into_iter().map(|question| Line {
        at: time::marked(language, &zone, question.asked_at),
        sign: if question.open { "wait" } else { "good" },
        state: if question.open { say::ask_open(language) } else { say::ask_closed(language) },
        about: question.about,
    });
    let operator = &visit.web.gate.house().operator_name;
    let (_, address) = asker(visit).await?;
    Ok(Ask {
        shell: visit.shell(say::ask_title(language)).lead(say::ask_lead(language, operator)),
        t: say::Say(language),
        form,
        action: format!("/a/{account}/ask"),
        answer_to: say::ask_answer_to(language, &address),
        lines: lines.collect(),
    })
}

/// GET: the form, and what was asked before.
async fn show(visit: Visit) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), ASK);
    visit.show(&view(&visit, form).await?)
}

/// POST: a case that a person reads.
async fn ask(visit: Visit) -> Answer {
    let (account, mut form) = (visit.account()?, visit.form());
    if form.is_good() {
        let (name, address) = asker(&visit).await?;
        let question = NewQuestion { account, name, address, words: form.text("words").to_owned() };
        match visit.web.store.ask_operator(question, visit.now()).await {
            Ok(_) => return visit.to(&format!("/a/{account}/ask"), "asked"),
            Err(StoreError::Invalid(problem)) => form.told(&problem),
            Err(error) => return Err(error.into()),
        }
    }
    visit.again(&view(&visit, form).await?)
}
