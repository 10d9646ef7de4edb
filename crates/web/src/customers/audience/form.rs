//! One form: whether it takes sign-ups, what became of it, how it gets onto a website, and how recipients
//! see it.

use askama::Template;
use axum::response::Response;
use policy::role::Role;
use policy::{AccountId, FormId};
use store::StoreError;
use store::form_counts::{FormDay, FormTotal};
use store::form_pages::FormPage;
use store::forms::Form;
use texts::{Language, audience as say, dates, ui};

use super::forms::{self, Reason, list_of};
use crate::error::Fault;
use crate::recipients;
use crate::ui::chart::{Chart, Kind, Series};
use crate::ui::html::Html;
use crate::ui::number::{Unit, grouped, shown};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::Visit;

/// Days that the chart shows.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "customers/audience/form.html")]
struct FormView {
    shell: Shell,
    t: say::Say,
    sign: &'static str,
    state: String,
    reasons: Vec<Reason>,
    /// A rule that was met just now.
    refused: String,
    facts: Vec<(String, Html)>,
    submitted: String,
    confirmed: String,
    share: String,
    chart: Option<Html>,
    url: String,
    embed: String,
    preview: String,
    edit: String,
    /// Where the form is opened or closed; empty for nowhere.
    open: String,
    close: String,
}

/// The form of the path with everything that it shows.
pub(super) async fn of(visit: &Visit) -> Result<(AccountId, Form, FormPage), Fault> {
    let (account, id) = (visit.account()?, FormId::from_raw(visit.id("form")?));
    let form = visit.web.store.form(account, id).await?;
    let page = visit.web.store.form_page(id).await?.ok_or(Fault::NotFound)?;
    Ok((account, form, page))
}

async fn facts(visit: &Visit, form: &Form, page: &FormPage) -> Result<Vec<(String, Html)>, Fault> {
    let (language, account) = (visit.language, page.account.id);
    let tags = visit.web.store.tag_names(account).await?;
    let names: Vec<&str> =
        tags.iter().filter(|(tag, _)| form.content.tags.contains(tag)).map(|(_, name)| name.as_str()).collect();
    let or_none = |text: String| if text.is_empty() { say::nothing_given(language) } else { text };
    let spoken = match form.content.language {
        Language::De => texts::mailings::language_de(language),
        Language::En => texts::mailings::language_en(language),
    };
    let zone = visit.web.store.account(account).await?.time_zone;
    Ok(vec![
        (say::form_fact_site(language), Html::text(&page.site)),
        (say::form_fact_topic(language), Html::text(&page.statement)),
        (say::form_fact_language(language), Html::text(&spoken)),
        (say::form_fact_tags(language), Html::text(&or_none(names.join(", ")))),
        (say::form_fact_fields(language), Html::text(&or_none(form.content.fields.join(", ")))),
        (say::form_fact_version(language), Html::text(&form.version.to_string())),
        (say::fact_since(language), time::marked(language, &zone, form.created_at)),
    ])
}

fn day(language: Language, day: i64) -> String {
    let shown = policy::zone::utc(policy::Timestamp::from_seconds(day.saturating_mul(86_400)));
    let number = |range: std::ops::Range<usize>| shown.get(range).and_then(|text| text.parse().ok()).unwrap_or(0);
    dates::day(language, number(8..10), number(5..7), number(0..4))
}

/// Sign-ups and confirmations by day; none where nobody came.
fn chart(language: Language, days: &[FormDay], today: i64) -> Option<Html> {
    if days.is_empty() {
        return None;
    }
    let span: Vec<i64> = (today - DAYS + 1..=today).collect();
    let on = |day: &i64, of: fn(&FormDay) -> i64| Some(days.iter().find(|known| known.day == *day).map_or(0, of));
    let sum = |of: fn(&FormDay) -> i64| grouped(language, days.iter().map(of).sum());
    let (submitted, confirmed) = (sum(|day| day.submitted), sum(|day| day.confirmed));
    let series =
        |name: String, of: fn(&FormDay) -> i64| Series { name, values: span.iter().map(|day| on(day, of)).collect() };
    let chart = Chart {
        id: "form-days",
        kind: Kind::Bars,
        title: say::form_chart(language),
        says: say::form_chart_says(language, &submitted, &confirmed),
        axis: say::form_chart_day(language),
        labels: span.iter().map(|of| day(language, *of)).collect(),
        series: vec![
            series(say::form_submitted(language), |day| day.submitted),
            series(say::form_confirmed(language), |day| day.confirmed),
        ],
        limits: Vec::new(),
        unit: Unit::Count,
    };
    Some(chart.html(language))
}

/// The share of sign-ups that were confirmed; a dash where it would say nothing.
fn share(language: Language, total: FormTotal) -> String {
    if total.submitted == 0 {
        return "–".to_owned();
    }
    shown(language, Unit::Percent, total.confirmed.saturating_mul(10_000) / total.submitted)
}

async fn view(visit: &Visit, form: &Form, page: &FormPage, refused: String) -> Result<FormView, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let stopped = store.stopped_forms(account).await?.contains(&form.id);
    let (sign, state) = forms::state(language, page, stopped);
    let today = visit.now().day();
    let days = store.form_days(account, form.id, today - DAYS + 1).await?;
    let totals = store.form_totals(account).await?;
    let total = totals.iter().find(|(id, _)| *id == form.id).map_or(FormTotal::default(), |(_, total)| *total);
    let (base, editor) = (format!("{}/{}", list_of(account), form.id), visit.may(Role::Editor));
    let to = |what: &str, is: bool| if is && editor { format!("{base}/{what}") } else { String::new() };
    Ok(FormView {
        shell: visit.shell(form.content.name.clone()).crumb(list_of(account), ui::nav_forms(language)),
        t: say::Say(language),
        sign,
        state,
        reasons: forms::reasons(language, page, stopped),
        refused,
        facts: facts(visit, form, page).await?,
        submitted: grouped(language, total.submitted),
        confirmed: grouped(language, total.confirmed),
        share: share(language, total),
        chart: chart(language, &days, today),
        url: recipients::form_url(&visit.web, form.id),
        embed: recipients::embed_code(&visit.web, page)?,
        preview: format!("{base}/preview"),
        edit: to("edit", true),
        open: to("open", !form.open && !stopped),
        close: to("close", form.open),
    })
}

/// GET: the form.
pub(super) async fn show(visit: Visit) -> Answer {
    let (_, form, page) = of(&visit).await?;
    visit.show(&view(&visit, &form, &page, String::new()).await?)
}

/// GET: the form as recipients see it, for a frame; it can be looked at and not sent.
pub(super) async fn preview(visit: Visit) -> Answer {
    let (_, _, page) = of(&visit).await?;
    framed(&visit, &page)
}

/// A form for a frame.
pub(super) fn framed(visit: &Visit, page: &FormPage) -> Result<Response, Fault> {
    recipients::form_preview(&visit.web, page)
}

/// POST: opens it.
pub(super) async fn open(visit: Visit) -> Answer {
    set(visit, true).await
}

/// POST: closes it.
pub(super) async fn close(visit: Visit) -> Answer {
    set(visit, false).await
}

async fn set(visit: Visit, open: bool) -> Answer {
    let (account, form, page) = of(&visit).await?;
    match visit.web.store.open_form(account, form.id, open).await {
        Ok(()) => visit.to(&format!("{}/{}", list_of(account), form.id), "saved"),
        Err(StoreError::Invalid(problem)) => {
            visit.again(&view(&visit, &form, &page, problem.say(visit.language)).await?)
        }
        Err(error) => Err(error.into()),
    }
}
