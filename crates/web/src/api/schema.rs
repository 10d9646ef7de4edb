//! What a request may hold: one definition of each field, from which parsing, OpenAPI and the tests
//! that probe every field come.

use policy::invalid::{AddressProblem, DomainProblem, Invalid};
use std::collections::BTreeMap;

use axum::http::StatusCode;
use mail_formats::address::{Domain, EmailAddress};
use serde_json::{Map, Value, json};
use texts::{Language, errors};

use super::answer::ApiError;

/// What a field holds. Limits are in characters or entries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// One line without control characters, trimmed, not empty.
    Line(usize),
    /// Several lines; may be empty. No control characters but line breaks and tabs.
    Text(usize),
    /// A whole number within bounds, both included.
    Int(i64, i64),
    Bool,
    /// The number of a thing: a string of digits; a JSON number is taken too.
    Id,
    /// Numbers of things, at most so many.
    Ids(usize),
    /// At most so many lines of at most so many characters.
    Lines(usize, usize),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A mail address.
    Address,
    /// A host name or DNS domain.
    Host,
    /// Texts by name: at most so many, each at most so long.
    Values(usize, usize),
    /// Fields within.
    Object(&'static [Field]),
}

/// One field of a body, or one parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) help: &'static str,
}

/// A field that must be given.
pub(crate) const fn must(name: &'static str, kind: Kind, help: &'static str) -> Field {
    Field { name, kind, required: true, help }
}

/// A field that may be left out.
pub(crate) const fn may(name: &'static str, kind: Kind, help: &'static str) -> Field {
    Field { name, kind, required: false, help }
}

/// A value that passed its kind.
#[derive(Clone, Debug)]
enum Given {
    Text(String),
    Int(i64),
    Bool(bool),
    Ids(Vec<i64>),
    Lines(Vec<String>),
    Address(EmailAddress),
    Host(Domain),
    Values(BTreeMap<String, String>),
    Object(Input),
}

/// The checked values of a request. Asking for a field that the definition does not have, or has
/// with another kind, gives its absence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input(BTreeMap<&'static str, Given>);

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, field: &str) -> Option<$type> {
            match self.0.get(field) {
                Some(Given::$variant(value)) => Some(value.clone()),
                _ => None,
            }
        }
    };
}

impl Input {
    getter!(text, Text, String);
    getter!(int, Int, i64);
    getter!(bool, Bool, bool);
    getter!(ids, Ids, Vec<i64>);
    getter!(lines, Lines, Vec<String>);
    getter!(address, Address, EmailAddress);
    getter!(host, Host, Domain);
    getter!(values, Values, BTreeMap<String, String>);
    getter!(object, Object, Input);

    /// A text that is empty when it was left out.
    pub(crate) fn text_or_empty(&self, field: &str) -> String {
        self.text(field).unwrap_or_default()
    }

    /// Reads a JSON object by its definition.
    ///
    /// # Errors
    /// The first field that does not fit, by name.
    pub(crate) fn read(fields: &'static [Field], value: &Value, language: Language) -> Result<Self, ApiError> {
        let Value::Object(object) = value else {
            return Err(ApiError::bad_request(language, "a JSON object is expected"));
        };
        if let Some(strange) = object.keys().find(|key| !fields.iter().any(|field| field.name == *key)) {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            let problem = format!("there is no field {strange:?}; the fields are: {}", known.join(", "));
            return Err(ApiError::bad_request(language, &problem).at(&strange.chars().take(80).collect::<String>()));
        }
        let mut given = BTreeMap::new();
        for field in fields {
            match object.get(field.name) {
                None | Some(Value::Null) if field.required => {
                    return Err(invalid(field, "required", errors::required(language, field.name)));
                }
                None | Some(Value::Null) => {}
                Some(value) => {
                    given.insert(field.name, checked(field, value, language)?);
                }
            }
        }
        Ok(Self(given))
    }
}

fn invalid(field: &Field, code: &'static str, message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).at(field.name)
}

fn wrong_kind(field: &Field, language: Language, wanted: &str) -> ApiError {
    invalid(field, "wrong_type", ApiError::bad_request(language, &format!("{} must be {wanted}", field.name)).message)
}

fn limit(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn checked(field: &Field, value: &Value, language: Language) -> Result<Given, ApiError> {
    match field.kind {
        Kind::Line(max) => line(field, value, max, language).map(Given::Text),
        Kind::Text(max) => lines_of_text(field, value, max, language).map(Given::Text),
        Kind::Int(min, max) => {
            let number = value.as_i64().filter(|number| (min..=max).contains(number));
            number
                .map(Given::Int)
                .ok_or_else(|| wrong_kind(field, language, &format!("a whole number from {min} to {max}")))
        }
        Kind::Bool => value.as_bool().map(Given::Bool).ok_or_else(|| wrong_kind(field, language, "true or false")),
        Kind::Id => {
            id(value).map(Given::Int).ok_or_else(|| wrong_kind(field, language, "the number of a thing, as a string"))
        }
        Kind::Ids(max) => {
            let all = list(field, value, max, language)?;
            let ids: Option<Vec<i64>> = all.iter().map(id).collect();
            ids.map(Given::Ids).ok_or_else(|| wrong_kind(field, language, "a list of numbers of things, as strings"))
        }
        Kind::Lines(max, chars) => {
            let all = list(field, value, max, language)?;
            let lines: Result<Vec<String>, ApiError> =
                all.iter().map(|one| line(field, one, chars, language)).collect();
            lines.map(Given::Lines)
        }
        Kind::Choice(words) => {
            let word = value.as_str().filter(|word| words.contains(word));
            let refused = || invalid(field, "bad_choice", errors::bad_choice(language, field.name, &words.join(", ")));
            word.map(|word| Given::Text(word.to_owned())).ok_or_else(refused)
        }
        Kind::Address => {
            let text = line(field, value, 254, language)?;
            let bad = |error| ApiError::invalid(&Invalid::Address(AddressProblem(error)), language).at(field.name);
            EmailAddress::parse(&text).map(Given::Address).map_err(bad)
        }
        Kind::Host => {
            let text = line(field, value, 253, language)?;
            let bad = |error| ApiError::invalid(&Invalid::Host(DomainProblem(error)), language).at(field.name);
            Domain::parse(&text).map(Given::Host).map_err(bad)
        }
        Kind::Values(max, chars) => values(field, value, max, chars, language).map(Given::Values),
        Kind::Object(fields) => Input::read(fields, value, language).map(Given::Object),
    }
}

/// The number of a thing: digits in a string, or a JSON number; above zero.
pub(crate) fn id(value: &Value) -> Option<i64> {
    let number = match value {
        Value::String(text) if text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    number.filter(|number| *number > 0)
}

fn list<'v>(field: &Field, value: &'v Value, max: usize, language: Language) -> Result<&'v [Value], ApiError> {
    let all = value.as_array().filter(|all| all.len() <= max);
    all.map(Vec::as_slice).ok_or_else(|| wrong_kind(field, language, &format!("a list of at most {max} entries")))
}

fn line(field: &Field, value: &Value, max: usize, language: Language) -> Result<String, ApiError> {
    let text = value.as_str().ok_or_else(|| wrong_kind(field, language, "text"))?;
    if text.chars().any(char::is_control) {
        return Err(invalid(field, "control_characters", errors::control_characters(language, field.name)));
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid(field, "required", errors::required(language, field.name)));
    }
    too_long(field, text, max, language)?;
    Ok(text.to_owned())
}

fn lines_of_text(field: &Field, value: &Value, max: usize, language: Language) -> Result<String, ApiError> {
    let text = value.as_str().ok_or_else(|| wrong_kind(field, language, "text"))?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(invalid(field, "control_characters", errors::control_characters(language, field.name)));
    }
    too_long(field, text, max, language)?;
    Ok(text.to_owned())
}

fn too_long(field: &Field, text: &str, max: usize, language: Language) -> Result<(), ApiError> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(invalid(field, "too_long", errors::too_long(language, field.name, limit(max))))
}

fn values(
    field: &Field,
    value: &Value,
    max: usize,
    chars: usize,
    language: Language,
) -> Result<BTreeMap<String, String>, ApiError> {
    let object: &Map<String, Value> = value
        .as_object()
        .filter(|object| object.len() <= max)
        .ok_or_else(|| wrong_kind(field, language, &format!("an object of at most {max} texts")))?;
    let mut values = BTreeMap::new();
    for (name, value) in object {
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(invalid(field, "control_characters", errors::control_characters(language, field.name)));
        }
        let text = value.as_str().ok_or_else(|| wrong_kind(field, language, "an object of texts"))?;
        if text.chars().any(char::is_control) {
            return Err(invalid(field, "control_characters", errors::control_characters(language, field.name)));
        }
        too_long(field, text, chars, language)?;
        values.insert(name.clone(), text.to_owned());
    }
    Ok(values)
}

/// The JSON Schema of some fields, for OpenAPI.
pub(crate) fn schema(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), schema_of(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The JSON Schema of one field.
pub(crate) fn schema_of(field: &Field) -> Value {
    let id = json!({ "type": "string", "pattern": "^[0-9]{1,19}$" });
    let mut schema = match field.kind {
        Kind::Line(max) => json!({ "type": "string", "minLength": 1, "maxLength": max }),
        Kind::Text(max) => json!({ "type": "string", "maxLength": max }),
        Kind::Int(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Id => id,
        Kind::Ids(max) => json!({ "type": "array", "maxItems": max, "items": id }),
        Kind::Lines(max, chars) => {
            json!({ "type": "array", "maxItems": max, "items": { "type": "string", "maxLength": chars } })
        }
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Address => json!({ "type": "string", "format": "email", "maxLength": 254 }),
        Kind::Host => json!({ "type": "string", "format": "hostname", "maxLength": 253 }),
        Kind::Values(max, chars) => {
            json!({ "type": "object", "maxProperties": max, "additionalProperties": { "type": "string", "maxLength": chars } })
        }
        Kind::Object(fields) => self::schema(fields),
    };
    schema["description"] = json!(field.help);
    schema
}
