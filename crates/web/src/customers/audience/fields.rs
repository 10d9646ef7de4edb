//! The fields of a contact, as they are edited: those that forms ask for, those that it has, and one more.

use std::collections::BTreeMap;

use policy::invalid::Invalid;
use store::book::{Contact, MAX_FIELDS};
use store::forms::{MAX_FIELD_NAME, is_field_name};
use store::signups::MAX_FIELD_CHARS;
use texts::{Language, audience as say};

use crate::ui::visit::Visit;

/// What the inputs of known fields begin with.
const PREFIX: &str = "f_";

/// One field.
pub(super) struct Row {
    pub(super) input: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// The form.
pub(super) struct Fields {
    pub(super) rows: Vec<Row>,
    pub(super) new_name: String,
    pub(super) new_value: String,
    /// What is wrong; empty for nothing.
    pub(super) problem: String,
    pub(super) most: usize,
    pub(super) most_name: usize,
    /// There is room for one more.
    pub(super) room: bool,
}

impl Fields {
    /// No field at all.
    pub(super) fn none() -> Self {
        form(BTreeMap::new(), (String::new(), String::new()), String::new())
    }
}

fn form(values: BTreeMap<String, String>, new: (String, String), problem: String) -> Fields {
    let row = |(name, value): (String, String)| Row { input: format!("{PREFIX}{name}"), name, value };
    Fields {
        room: values.len() < MAX_FIELDS,
        rows: values.into_iter().map(row).collect(),
        new_name: new.0,
        new_value: new.1,
        problem,
        most: MAX_FIELD_CHARS,
        most_name: MAX_FIELD_NAME,
    }
}

/// The form of a contact: `names` are those that the account's forms ask for.
pub(super) fn of(contact: &Contact, names: Vec<String>) -> Fields {
    let mut values: BTreeMap<String, String> = names.into_iter().map(|name| (name, String::new())).collect();
    values.extend(contact.fields.clone());
    form(values, (String::new(), String::new()), String::new())
}

/// What was posted.
pub(super) struct Posted {
    values: BTreeMap<String, String>,
    new: (String, String),
}

/// Reads what was posted. More fields than a contact can have are not looked at.
pub(super) fn posted(visit: &Visit) -> Posted {
    let mut posted = Posted { values: BTreeMap::new(), new: (String::new(), String::new()) };
    for (name, value) in visit.sent() {
        let value = value.trim().to_owned();
        match name.as_str() {
            "new_name" => posted.new.0 = value,
            "new_value" => posted.new.1 = value,
            other => {
                let name = other.strip_prefix(PREFIX).filter(|_| posted.values.len() <= MAX_FIELDS);
                posted.values.extend(name.map(|name| (name.to_owned(), value)));
            }
        }
    }
    posted
}

impl Posted {
    /// The fields that the contact shall have; one that is left empty it has no more.
    pub(super) fn wanted(&self, language: Language) -> Result<BTreeMap<String, String>, String> {
        let mut wanted = self.values.clone();
        let (name, value) = &self.new;
        if !name.is_empty() || !value.is_empty() {
            if !is_field_name(name) {
                return Err(Invalid::FieldName { limit: MAX_FIELD_NAME }.say(language));
            }
            if wanted.get(name).is_some_and(|known| !known.is_empty()) {
                return Err(say::field_twice(language, name));
            }
            wanted.insert(name.clone(), value.clone());
        }
        wanted.retain(|_, value| !value.is_empty());
        Ok(wanted)
    }

    /// The form as it was posted, with what is wrong.
    pub(super) fn again(self, problem: String) -> Fields {
        form(self.values, self.new, problem)
    }
}
