//! What a customer writes, as a form: fields, their values from a mailing, and back.

use policy::send::{BodyFormat, MailingContent};
use policy::topic::TopicState;
use policy::{AccountId, TagId, TopicId};
use store::mailings::{MAX_MAILING_TAGS, Mailing, MailingDraft, MailingKind, Trigger};
use store::tags::Tag;
use store::topics::TopicVersion;
use texts::{Language, mailings as say};

use super::newlines;
use crate::customers::audience::counted;
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, Sentence, later, may, must};
use crate::ui::visit::Visit;

/// The version of the merge-field language of bodies that are written now.
const TEMPLATE_VERSION: i64 = 1;
/// Characters of subject and preheader.
const LINE: usize = 400;

const FORMATS: &[(&str, Sentence)] = &[("markdown", say::format_markdown), ("html", say::format_html)];
const LANGUAGES: &[(&str, Sentence)] = &[("de", say::language_de), ("en", say::language_en)];
const UNITS: &[(&str, Sentence)] =
    &[("days", say::unit_days), ("hours", say::unit_hours), ("minutes", say::unit_minutes)];

const NAME: Field = must("name", say::field_name, Kind::Line(120)).hint(say::field_name_hint);
const TOPIC: Field = must("topic", say::field_topic, Kind::Pick).hint(say::field_topic_hint);
const SUBJECT: Field = later("subject", say::field_subject, Kind::Line(LINE));
const PREHEADER: Field = may("preheader", say::field_preheader, Kind::Line(LINE)).hint(say::field_preheader_hint);
const FORMAT: Field = must("format", say::field_format, Kind::Choice(FORMATS));
const BODY: Field = later("body", say::field_body, Kind::Raw(gate::MAX_BODY));
const LANGUAGE: Field = must("language", say::field_language, Kind::Choice(LANGUAGES)).hint(say::field_language_hint);
const EXCLUDE: Field = may("exclude", say::field_exclude, Kind::Picks(MAX_MAILING_TAGS));
const BASE: Field = may("base", say::field_name, Kind::Hidden(20));

/// Octets of a posted draft: every one of a body's may come as three.
pub(super) const LIMIT: usize = 4 * 1024 * 1024;

/// The form of a newsletter.
pub(super) const NEWSLETTER: &[Field] = &[
    NAME,
    TOPIC,
    SUBJECT,
    PREHEADER,
    FORMAT,
    BODY,
    LANGUAGE,
    may("include", say::field_include, Kind::Picks(MAX_MAILING_TAGS)).hint(say::field_include_hint),
    EXCLUDE,
    BASE,
];

/// The form of an autoresponder.
pub(super) const AUTORESPONDER: &[Field] = &[
    NAME,
    TOPIC,
    SUBJECT,
    PREHEADER,
    FORMAT,
    BODY,
    LANGUAGE,
    must("trigger", say::field_trigger, Kind::Pick).hint(say::field_trigger_hint),
    must("delay", say::field_delay, Kind::Int(0, 999)),
    must("unit", say::field_unit, Kind::Choice(UNITS)),
    EXCLUDE,
    BASE,
];

/// The form with which a newsletter begins.
pub(super) const NEW_NEWSLETTER: &[Field] = &[NAME, TOPIC, FORMAT];

/// The form with which an autoresponder begins.
pub(super) const NEW_AUTORESPONDER: &[Field] = &[
    NAME,
    TOPIC,
    must("trigger", say::field_trigger, Kind::Pick).hint(say::field_trigger_hint),
    must("delay", say::field_delay, Kind::Int(0, 999)),
    must("unit", say::field_unit, Kind::Choice(UNITS)),
    FORMAT,
];

pub(super) const fn fields(kind: MailingKind) -> &'static [Field] {
    match kind {
        MailingKind::Newsletter => NEWSLETTER,
        MailingKind::Autoresponder => AUTORESPONDER,
    }
}

pub(super) const fn first_fields(kind: MailingKind) -> &'static [Field] {
    match kind {
        MailingKind::Newsletter => NEW_NEWSLETTER,
        MailingKind::Autoresponder => NEW_AUTORESPONDER,
    }
}

/// What an account has to choose from.
pub(super) struct Stock {
    /// The newest approved version of each topic.
    pub(super) topics: Vec<TopicVersion>,
    pub(super) tags: Vec<Tag>,
    /// Names of the fields that its forms ask for.
    pub(super) fields: Vec<String>,
}

impl Stock {
    pub(super) async fn of(visit: &Visit, account: AccountId) -> Result<Self, Fault> {
        let store = &visit.web.store;
        let mut topics: Vec<TopicVersion> = Vec::new();
        for version in store.topics(account).await? {
            if version.state != TopicState::Approved {
                continue;
            }
            match topics.iter_mut().find(|known| known.topic.topic == version.topic.topic) {
                Some(known) if known.topic.version > version.topic.version => {}
                Some(known) => *known = version,
                None => topics.push(version),
            }
        }
        Ok(Self { topics, tags: store.tags(account).await?, fields: store.field_names(account).await? })
    }

    /// The version of a topic that a mailing written now would name.
    pub(super) fn topic(&self, topic: TopicId) -> Option<&TopicVersion> {
        self.topics.iter().find(|known| known.topic.topic == topic)
    }

    /// The form with the options that there are.
    pub(super) fn fill(&self, language: Language, form: Form) -> Form {
        let topics = self.topics.iter().map(|known| Choice::new(known.topic.topic, known.statement.clone())).collect();
        let tag = |tag: &Tag| Choice { hint: counted(language, tag.contacts), ..Choice::new(tag.id, tag.name.clone()) };
        let tags: Vec<Choice> = self.tags.iter().map(tag).collect();
        form.options("topic", topics)
            .options("include", tags.clone())
            .options("exclude", tags.clone())
            .options("trigger", tags)
    }
}

const fn format_word(format: BodyFormat) -> &'static str {
    match format {
        BodyFormat::Markdown => "markdown",
        BodyFormat::Html => "html",
    }
}

/// The form with what a mailing says.
pub(super) fn shown(visit: &Visit, kind: MailingKind, draft: &MailingDraft, base: i64) -> Form {
    let content = &draft.content;
    let mut form = Form::empty(visit.language, visit.mark(), fields(kind))
        .with("name", &draft.name)
        .with("topic", draft.topic)
        .with("subject", &content.subject)
        .with("preheader", &content.preheader)
        .with("format", format_word(content.format))
        .with("body", &content.body)
        .with("language", content.language.code())
        .with("base", base)
        .with_all("include", &draft.include)
        .with_all("exclude", &draft.exclude);
    if let Some(trigger) = draft.trigger {
        let (delay, unit) = match trigger.delay_minutes {
            n if n % 1_440 == 0 => (n / 1_440, "days"),
            n if n % 60 == 0 => (n / 60, "hours"),
            n => (n, "minutes"),
        };
        form = form.with("trigger", trigger.tag).with("delay", delay).with("unit", unit);
    }
    form
}

fn tags(form: &Form, name: &str) -> Vec<TagId> {
    form.ids(name).into_iter().map(TagId::from_raw).collect()
}

fn format(form: &Form) -> BodyFormat {
    if form.text("format") == "html" { BodyFormat::Html } else { BodyFormat::Markdown }
}

/// The tag and delay of a posted autoresponder.
fn trigger(form: &Form) -> Trigger {
    let minutes = match form.text("unit") {
        "days" => 1_440,
        "hours" => 60,
        _ => 1,
    };
    Trigger {
        tag: TagId::from_raw(form.int("trigger").unwrap_or_default()),
        delay_minutes: form.int("delay").unwrap_or_default().saturating_mul(minutes),
    }
}

/// What a posted form says; `before` is the body that the form was made of.
pub(super) fn read(form: &Form, mailing: &Mailing, before: &str) -> MailingDraft {
    let news = mailing.kind == MailingKind::Newsletter;
    MailingDraft {
        name: form.text("name").to_owned(),
        topic: TopicId::from_raw(form.int("topic").unwrap_or_default()),
        topic_version: None,
        content: MailingContent {
            subject: form.text("subject").to_owned(),
            preheader: form.text("preheader").to_owned(),
            format: format(form),
            body: newlines::kept(before, form.text("body")),
            language: form.text("language").parse().unwrap_or(mailing.content.language),
            template_version: TEMPLATE_VERSION,
        },
        include: if news { tags(form, "include") } else { Vec::new() },
        exclude: tags(form, "exclude"),
        trigger: (!news).then(|| trigger(form)),
    }
}

/// What a form of a new mailing says: everything but the text.
pub(super) fn begun(form: &Form, kind: MailingKind, language: Language) -> MailingDraft {
    MailingDraft {
        name: form.text("name").to_owned(),
        topic: TopicId::from_raw(form.int("topic").unwrap_or_default()),
        topic_version: None,
        content: MailingContent {
            subject: String::new(),
            preheader: String::new(),
            format: format(form),
            body: String::new(),
            language,
            template_version: TEMPLATE_VERSION,
        },
        include: Vec::new(),
        exclude: Vec::new(),
        trigger: (kind == MailingKind::Autoresponder).then(|| trigger(form)),
    }
}
