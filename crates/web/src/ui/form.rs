//! Forms: one definition of each field, from which its HTML, its checks and the tests' probes come.
//!
//! A form that does not fit comes back with everything that was typed, each problem beside its field, and
//! a summary of links on top (status 422). Secrets are never sent back.

use std::collections::BTreeMap;

use askama::Template;
use mail_formats::address::{Domain, EmailAddress};
use policy::invalid::Invalid;
use texts::{Language, ui};

use super::html::Html;

/// A sentence without arguments.
pub(crate) type Sentence = fn(Language) -> String;

/// What a field holds, and how it is asked for. Limits are in characters or entries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// One line without control characters, trimmed.
    Line(usize),
    /// Several lines; no control characters but line breaks and tabs.
    Text(usize),
    /// Text that is kept as it came, at most so many characters of it; what it may hold, its reader says.
    Raw(usize),
    /// A whole number within bounds, both included.
    Int(i64, i64),
    /// A box to tick.
    Tick,
    /// One of some words, as radio buttons or, if there are more than five, as a list.
    Choice(&'static [(&'static str, Sentence)]),
    /// One of the options that the handler gives: a list.
    Pick,
    /// At most so many of the options that the handler gives: boxes to tick.
    Picks(usize),
    /// A mail address.
    Address,
    /// A host name or DNS domain.
    Host,
    /// A secret: not trimmed, never shown again; of at most so many characters.
    Secret(usize),
    /// A moment without its zone: `2026-05-04T09:00`.
    Moment,
    /// A line that nobody sees.
    Hidden(usize),
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    label: Sentence,
    kind: Kind,
    required: bool,
    /// It may stay empty for now, and is needed in the end: not marked as optional.
    for_now: bool,
    hint: Option<Sentence>,
    /// What browsers may fill in: a word of HTML's `autocomplete`.
    autocomplete: &'static str,
}

/// A field that must be filled in. A [`Kind::Tick`] that must be ticked is a declaration.
pub(crate) const fn must(name: &'static str, label: Sentence, kind: Kind) -> Field {
    Field { name, label, kind, required: true, for_now: false, hint: None, autocomplete: "off" }
}

/// A field that may stay empty for now: a draft is written little by little.
pub(crate) const fn later(name: &'static str, label: Sentence, kind: Kind) -> Field {
    Field { for_now: true, ..may(name, label, kind) }
}

/// A field that may be left empty.
pub(crate) const fn may(name: &'static str, label: Sentence, kind: Kind) -> Field {
    Field { required: false, ..must(name, label, kind) }
}

impl Field {
    /// The same with a sentence under its label.
    pub(crate) const fn hint(self, hint: Sentence) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The same for browsers that fill in.
    pub(crate) const fn autocomplete(self, word: &'static str) -> Self {
        Self { autocomplete: word, ..self }
    }
}

/// One option of a list.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// A sentence under it; may be empty.
    pub(crate) hint: String,
}

impl Choice {
    pub(crate) fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into(), hint: String::new() }
    }
}

/// A form with its values and problems.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    language: Language,
    mark: String,
    /// Tells the ids of this form's fields from those of others on the page; empty where it is alone.
    place: String,
    fields: &'static [Field],
    values: BTreeMap<&'static str, Vec<String>>,
    options: BTreeMap<&'static str, Vec<Choice>>,
    problems: BTreeMap<&'static str, String>,
    refusals: Vec<String>,
}

impl Form {
    /// A form that nobody filled in. `mark` is the session's.
    pub(crate) fn empty(language: Language, mark: String, fields: &'static [Field]) -> Self {
        let none = BTreeMap::new;
        Self {
            language,
            mark,
            place: String::new(),
            fields,
            values: none(),
            options: BTreeMap::new(),
            problems: BTreeMap::new(),
            refusals: Vec::new(),
        }
    }

    /// A form as it was posted, each field checked by its definition.
    pub(crate) fn read(language: Language, mark: String, fields: &'static [Field], sent: &[(String, String)]) -> Self {
        let mut form = Self::empty(language, mark, fields);
        for field in fields {
            let given = sent.iter().filter(|(name, _)| name == field.name).map(|(_, value)| value);
            let values: Vec<String> =
                given.map(|value| tidied(field, value)).filter(|value| !value.is_empty()).collect();
            if let Some(problem) = problem(language, field, &values) {
                form.problems.insert(field.name, problem);
            }
            form.values.insert(field.name, values);
        }
        form
    }

    /// The same for a page with several forms: ids begin with this word. It says nothing to people.
    pub(crate) fn at(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// The id of a field, without its letter.
    fn id(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}-{name}", self.place) }
    }

    /// The same with a value in a field.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.insert(name, vec![value.to_string()]);
        self
    }

    /// The same with several values ticked or picked.
    pub(crate) fn with_all(mut self, name: &'static str, values: impl IntoIterator<Item = impl ToString>) -> Self {
        self.values.insert(name, values.into_iter().map(|value| value.to_string()).collect());
        self
    }

    /// The same with the options of a [`Kind::Pick`] or [`Kind::Picks`]. What was posted and is none of
    /// them is a problem.
    pub(crate) fn options(mut self, name: &'static str, options: Vec<Choice>) -> Self {
        let strange = |value: &String| !options.iter().any(|option| option.value == *value);
        if self.values.get(name).is_some_and(|values| values.iter().any(strange)) {
            self.problems.entry(name).or_insert_with(|| ui::field_bad_choice(self.language));
        }
        self.options.insert(name, options);
        self
    }

    /// Whether every field fits.
    pub(crate) fn is_good(&self) -> bool {
        self.problems.is_empty() && self.refusals.is_empty()
    }

    /// A problem that a rule found in one field.
    pub(crate) fn wrong(&mut self, name: &'static str, problem: impl Into<String>) {
        self.problems.insert(name, problem.into());
    }

    /// A problem that the memory's rules found: beside the field that it is about, where the form has it.
    pub(crate) fn told(&mut self, problem: &Invalid) {
        let field = problem.field().and_then(|name| self.fields.iter().find(|field| field.name == name));
        match field {
            Some(field) => self.wrong(field.name, problem.say(self.language)),
            None => self.refused(problem.say(self.language)),
        }
    }

    /// A problem of the whole form.
    pub(crate) fn refused(&mut self, problem: impl Into<String>) {
        self.refusals.push(problem.into());
    }

    /// The value of a field; empty where none was given.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// The same, or none.
    pub(crate) fn text_opt(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The number in a field.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// The numbers of what was ticked or picked.
    pub(crate) fn ids(&self, name: &str) -> Vec<i64> {
        let values = self.values.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(|value| value.parse().ok()).collect()
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|values| !values.is_empty())
    }

    /// The mail address in a field.
    pub(crate) fn address(&self, name: &str) -> Option<EmailAddress> {
        EmailAddress::parse(self.text(name)).ok()
    }

    /// The host name in a field.
    pub(crate) fn host(&self, name: &str) -> Option<Domain> {
        Domain::parse(self.text(name)).ok()
    }

    /// The HTML of one field with its label, hint and problem.
    pub(crate) fn field(&self, name: &str) -> Html {
        self.fields.iter().find(|field| field.name == name).map(|field| self.shown(field)).unwrap_or_default()
    }

    /// The HTML of all fields in their order.
    pub(crate) fn all(&self) -> Vec<Html> {
        self.fields.iter().map(|field| self.shown(field)).collect()
    }

    /// What is wrong, on top: links to the fields. Empty while nothing is.
    pub(crate) fn summary(&self) -> Html {
        if self.is_good() {
            return Html::default();
        }
        let of_fields = self.fields.iter().filter_map(|field| {
            let problem = self.problems.get(field.name)?;
            Some((format!("f-{}", self.id(field.name)), (field.label)(self.language), problem.clone()))
        });
        let count = self.problems.len() + self.refusals.len();
        Html::of(&Summary {
            title: ui::form_problems(self.language, u64::try_from(count).unwrap_or(u64::MAX)),
            fields: of_fields.collect(),
            refusals: &self.refusals,
        })
    }

    /// The session's mark as a hidden field; every form needs it.
    pub(crate) fn mark(&self) -> Html {
        Html::of(&Mark { mark: &self.mark })
    }

    fn shown(&self, field: &Field) -> Html {
        let values = self.values.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let language = self.language;
        let options = match field.kind {
            Kind::Choice(words) => words.iter().map(|(word, label)| Choice::new(word, label(language))).collect(),
            _ => self.options.get(field.name).cloned().unwrap_or_default(),
        };
        let input = input(field.kind, options.len());
        Html::of(&FieldView {
            id: self.id(field.name),
            name: field.name,
            label: (field.label)(language),
            hint: field.hint.map(|hint| hint(language)),
            problem: self.problems.get(field.name).map(String::as_str),
            optional: (!field.required
                && !field.for_now
                && !matches!(input, Input::Tick | Input::Boxes | Input::Hidden))
            .then(|| ui::optional(language)),
            required: field.required,
            autocomplete: field.autocomplete,
            value: if matches!(field.kind, Kind::Secret(_)) { "" } else { values.first().map_or("", String::as_str) },
            values,
            options,
            limit: limit(field.kind),
            bounds: if let Kind::Int(min, max) = field.kind { Some((min, max)) } else { None },
            input,
        })
    }
}

/// How a field looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    /// An `input` of this type.
    Of(&'static str),
    Area,
    Tick,
    Radios,
    List,
    Boxes,
    Hidden,
}

/// More options than these do not stand side by side.
const RADIOS: usize = 5;

fn input(kind: Kind, options: usize) -> Input {
    match kind {
        Kind::Line(_) | Kind::Host => Input::Of("text"),
        Kind::Text(_) | Kind::Raw(_) => Input::Area,
        Kind::Int(..) => Input::Of("number"),
        Kind::Tick => Input::Tick,
        Kind::Choice(_) if options <= RADIOS => Input::Radios,
        Kind::Choice(_) | Kind::Pick => Input::List,
        Kind::Picks(_) => Input::Boxes,
        Kind::Address => Input::Of("email"),
        Kind::Secret(_) => Input::Of("password"),
        Kind::Moment => Input::Of("datetime-local"),
        Kind::Hidden(_) => Input::Hidden,
    }
}

fn limit(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Line(max) | Kind::Text(max) | Kind::Raw(max) | Kind::Secret(max) | Kind::Hidden(max) => Some(max),
        Kind::Address => Some(254),
        Kind::Host => Some(253),
        _ => None,
    }
}

/// What a browser adds is taken away: blanks around a line, CR before LF in a text.
fn tidied(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Secret(_) | Kind::Raw(_) => value.to_owned(),
        Kind::Text(_) => value.replace("\r\n", "\n").trim_end().to_owned(),
        _ => value.trim().to_owned(),
    }
}

fn problem(language: Language, field: &Field, values: &[String]) -> Option<String> {
    let Some(value) = values.first() else {
        return field.required.then(|| ui::field_required(language));
    };
    let chars = value.chars().count();
    if let Some(max) = limit(field.kind).filter(|max| chars > *max) {
        return Some(ui::field_too_long(language, u64::try_from(max).unwrap_or(u64::MAX)));
    }
    if matches!(field.kind, Kind::Raw(_)) {
        return value.contains('\0').then(|| ui::field_control_characters(language));
    }
    let breaks = matches!(field.kind, Kind::Text(_));
    if values.iter().any(|value| value.chars().any(|c| c.is_control() && !(breaks && matches!(c, '\n' | '\t')))) {
        return Some(ui::field_control_characters(language));
    }
    match field.kind {
        Kind::Int(min, max) => {
            let fits = value.parse::<i64>().is_ok_and(|number| (min..=max).contains(&number));
            (!fits).then(|| ui::field_bad_number(language, &min.to_string(), &max.to_string()))
        }
        Kind::Choice(words) => {
            let known = words.iter().any(|(word, _)| word == value);
            (!known).then(|| ui::field_bad_choice(language))
        }
        Kind::Picks(max) if values.len() > max => {
            Some(ui::field_too_many(language, u64::try_from(max).unwrap_or(u64::MAX)))
        }
        Kind::Address => EmailAddress::parse(value).is_err().then(|| ui::field_bad_email(language)),
        Kind::Host => Domain::parse(value).is_err().then(|| ui::field_bad_host(language)),
        Kind::Moment => (!is_moment(value)).then(|| ui::field_bad_time(language)),
        _ => None,
    }
}

/// `2026-05-04T09:00`, perhaps with seconds, as browsers send it. Whether that day exists, a zone says.
fn is_moment(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T'));
    matches!(text.len(), 16 | 19) && digits(text) && text.as_bytes().get(10) == Some(&b'T')
}

#[derive(Template)]
#[template(path = "ui/field.html")]
struct FieldView<'f> {
    id: String,
    name: &'static str,
    label: String,
    hint: Option<String>,
    problem: Option<&'f str>,
    optional: Option<String>,
    required: bool,
    autocomplete: &'static str,
    value: &'f str,
    values: &'f [String],
    options: Vec<Choice>,
    limit: Option<usize>,
    bounds: Option<(i64, i64)>,
    input: Input,
}

impl FieldView<'_> {
    fn chosen(&self, option: &Choice) -> bool {
        self.values.contains(&option.value)
    }

    /// Whether it must be filled in, is wrong, and what describes it.
    fn attributes(&self, required: bool) -> Html {
        Html::of(&Attributes { required, wrong: self.problem.is_some(), described: self.described() })
    }

    /// The ids of what describes the field; empty for none.
    fn described(&self) -> String {
        let ids = [(self.problem.is_some(), "e"), (self.hint.is_some(), "h")];
        let ids = ids.into_iter().filter(|(shown, _)| *shown).map(|(_, letter)| format!("{letter}-{}", self.id));
        ids.collect::<Vec<_>>().join(" ")
    }
}

#[derive(Template)]
#[template(
    source = "{% if required %} required{% endif %}{% if wrong %} aria-invalid=\"true\"{% endif %}{% if !described.is_empty() %} aria-describedby=\"{{ described }}\"{% endif %}",
    ext = "html"
)]
struct Attributes {
    required: bool,
    wrong: bool,
    described: String,
}

#[derive(Template)]
#[template(path = "ui/summary.html")]
struct Summary<'f> {
    title: String,
    /// Id, label and problem.
    fields: Vec<(String, String, String)>,
    refusals: &'f [String],
}

#[derive(Template)]
#[template(source = "<input type=\"hidden\" name=\"csrf\" value=\"{{ mark }}\">", ext = "html")]
struct Mark<'f> {
    mark: &'f str,
}

#[cfg(test)]
mod tests;
