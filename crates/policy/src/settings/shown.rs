//! Settings for a person's eyes: what holds, where it comes from, what is allowed. Never a secret.

use std::collections::BTreeMap;

use super::render::{allowed, span};
use super::{Key, Raw, Value, Values};

/// Where the value of a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File,
    /// An environment variable; it stands above the file.
    Environment,
}

/// One setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `section.key`.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Its value, with passwords hidden; empty where it is not set.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What is allowed, in words.
    pub allowed: String,
    /// It touches a control of the published policies (R2).
    pub touches_control: bool,
}

/// Every key in its order, with the value that holds. `file` and `environment` are the layers from which
/// `values` were made, the environment by the names of its variables.
#[must_use]
pub fn shown(keys: &[Key], values: &Values, file: &BTreeMap<String, Raw>, environment: &[String]) -> Vec<Shown> {
    let origin = |key: &Key| {
        if environment.contains(&key.env_name()) {
            Origin::Environment
        } else if file.contains_key(key.name) {
            Origin::File
        } else {
            Origin::Default
        }
    };
    let one = |key: &Key| Shown {
        name: key.name,
        help: key.help,
        value: values.get(key.name).map(|value| told(key.name, value)).unwrap_or_default(),
        origin: origin(key),
        allowed: allowed(key.kind),
        touches_control: key.touches_control,
    };
    keys.iter().map(one).collect()
}

/// A value as text that anybody may read over the operator's shoulder.
fn told(name: &str, value: &Value) -> String {
    let text = match value {
        Value::Int(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(text) => without_password(text),
        Value::List(entries) => entries.iter().map(|entry| without_password(entry)).collect::<Vec<_>>().join(", "),
        Value::Duration(time) => span(time.as_secs()),
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    let secret =
        ["password", "secret", "token"].into_iter().any(|word| last == word || last.ends_with(&format!("_{word}")));
    if secret && !text.is_empty() { HIDDEN.to_owned() } else { text }
}

const HIDDEN: &str = "•••";

/// `scheme://user:password@host` without the password, and without what a query may carry.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => format!("{user}@{host}"),
        },
        None => authority.to_owned(),
    };
    let path = path.split_once('?').map_or_else(|| path.to_owned(), |(path, _)| format!("{path}?{HIDDEN}"));
    format!("{scheme}://{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::{DefaultValue, Kind};
    use super::*;

    #[test]
    fn a_setting_shows_what_holds_and_where_it_comes_from_and_never_a_password() {
        let key =
            |name, default| Key { name, help: "h", default, kind: Kind::Text { max: 200 }, touches_control: false };
        let keys = [
            key("database", DefaultValue::Text("sqlite:jawort.db")),
            key("relay.password", DefaultValue::Text("")),
            key("web.name", DefaultValue::Text("a")),
        ];
        let file = BTreeMap::from([
            ("database".to_owned(), Raw::Text("postgres://jawort:s3:c@ret@db.example/mail?password=x".to_owned())),
            ("web.name".to_owned(), Raw::Text("b".to_owned())),
        ]);
        let env =
            [("JAWORT_RELAY__PASSWORD".to_owned(), "hush".to_owned()), ("JAWORT_WEB__NAME".to_owned(), "c".to_owned())];
        let values = Values::from_layers(&keys, &file, env.clone()).expect("they fit");
        let names = env.map(|(name, _)| name);
        let shown: Vec<_> =
            shown(&keys, &values, &file, &names).into_iter().map(|one| (one.value, one.origin)).collect();
        assert_eq!(shown[0], ("postgres://jawort:•••@db.example/mail?•••".to_owned(), Origin::File));
        assert_eq!(shown[1], ("•••".to_owned(), Origin::Environment));
        assert_eq!(shown[2], ("c".to_owned(), Origin::Environment));
        assert_eq!(without_password("postgres://user@db/x"), "postgres://user@db/x");
        assert_eq!(without_password("sqlite:jawort.db"), "sqlite:jawort.db");
        let none = Values::from_layers(&keys, &BTreeMap::new(), []).expect("defaults");
        assert!(super::shown(&keys, &none, &BTreeMap::new(), &[]).iter().all(|one| one.origin == Origin::Default));
    }
}
