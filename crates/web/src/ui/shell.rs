//! What stands around a page: its head, the navigation, and the foot.

use texts::{Language, entry, ui};

use super::form::Sentence;
use super::navigation::{self, Group};
use super::table::{Who, named};
use super::visit::Visit;
use crate::context::Web;
use crate::pages::encoded;

/// What a page can say about what was just done, by the word in `?said=`.
pub(crate) const SAID: &[(&str, Sentence)] = &[
    ("saved", ui::said_saved),
    ("added", ui::said_added),
    ("removed", ui::said_removed),
    ("sent", ui::said_sent),
    ("started", ui::said_started),
    ("paused", ui::said_paused),
    ("resumed", ui::said_resumed),
    ("stopped", ui::said_stopped),
    ("checked", ui::said_checked),
    ("decided", ui::said_decided),
    ("revoked", ui::said_revoked),
    ("unsubscribed", ui::said_unsubscribed),
    ("erased", ui::said_erased),
    ("asked", ui::said_asked),
    ("again", ui::said_again),
    ("nothing_to_read", ui::said_nothing_to_read),
    ("signed_out", ui::said_signed_out),
    ("reset_sent", entry::said_reset_sent),
    ("password_set", entry::said_password_set),
];

/// One step of the way to a page: its address and its name.
pub(crate) struct Crumb {
    pub(crate) href: String,
    pub(crate) label: String,
}

/// Another place to which the visitor may go.
pub(crate) struct Other {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) current: bool,
}

/// What stands beside a page when somebody is signed in.
pub(crate) struct Side {
    /// The account's name, or the desk's.
    pub(crate) place: String,
    /// What the visitor is there.
    pub(crate) role: String,
    pub(crate) groups: Vec<Group>,
    /// All places of the visitor; the list is shown when there are several.
    pub(crate) others: Vec<Other>,
    /// The visitor's name.
    pub(crate) name: String,
    /// The page of the own access; empty while there is none.
    pub(crate) me: String,
    pub(crate) sign_out: bool,
}

/// Head, navigation and foot of a page; the field `shell` of every template that extends `ui/base.html`.
pub(crate) struct Shell {
    pub(crate) t: ui::Say,
    pub(crate) lang: &'static str,
    pub(crate) title: String,
    /// A sentence under the title; may be empty.
    pub(crate) lead: String,
    pub(crate) crumbs: Vec<Crumb>,
    /// What was just done.
    pub(crate) said: Option<String>,
    pub(crate) side: Option<Side>,
    /// The session's mark, for forms that no [`Form`](super::form::Form) makes.
    pub(crate) csrf: String,
    pub(crate) operator: String,
    pub(crate) abuse: String,
    /// The same page in the other language; for strangers only.
    pub(crate) other_language: Option<(&'static str, String)>,
    /// The page is wider than a letter though it stands alone.
    pub(crate) broad: bool,
}

impl Shell {
    /// The shell of a page that belongs to nobody and no account.
    pub(crate) fn alone(web: &Web, language: Language, title: String) -> Self {
        let house = web.gate.house();
        Self {
            t: ui::Say(language),
            lang: language.code(),
            title,
            lead: String::new(),
            crumbs: Vec::new(),
            said: None,
            side: None,
            csrf: String::new(),
            operator: house.operator_name.clone(),
            abuse: house.abuse_address.as_str().to_owned(),
            other_language: None,
            broad: false,
        }
    }

    /// The same with a sentence under the title.
    pub(crate) fn lead(self, lead: String) -> Self {
        Self { lead, ..self }
    }

    /// The same with one more step of the way before it.
    pub(crate) fn crumb(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { href: href.into(), label: label.into() });
        self
    }

    /// The same, wide.
    pub(crate) fn broad(self) -> Self {
        Self { broad: true, ..self }
    }
}

/// The word for a role.
pub(crate) fn role(language: Language, role: policy::role::Role) -> String {
    match role {
        policy::role::Role::Owner => ui::role_owner(language),
        policy::role::Role::Editor => ui::role_editor(language),
        policy::role::Role::Reader => ui::role_reader(language),
    }
}

/// The shell of a visit.
pub(crate) fn of(visit: &Visit, title: String) -> Shell {
    let language = visit.language;
    let said = visit.query("said");
    Shell {
        said: SAID.iter().find(|(word, _)| *word == said).map(|(_, say)| say(language)),
        side: side(visit),
        csrf: visit.mark(),
        other_language: visit.person.is_none().then(|| other_language(visit)),
        ..Shell::alone(&visit.web, language, title)
    }
}

fn other_language(visit: &Visit) -> (&'static str, String) {
    let other = if visit.language == Language::De { Language::En } else { Language::De };
    let to = visit.query("to");
    let to = if to.is_empty() { to } else { format!("&to={}", encoded(&to)) };
    (other.code(), format!("{}?lang={}{to}", visit.path, other.code()))
}

fn side(visit: &Visit) -> Option<Side> {
    let (person, language) = (visit.person.as_ref()?, visit.language);
    let desk = visit.page.who == Who::Operator;
    let (place, own_role) = match &visit.place {
        Some(place) => (place.name.clone(), role(language, place.role)),
        None if desk => (ui::operator_area(language), ui::role_operator(language)),
        None => (ui::my_access(language), String::new()),
    };
    let path_of = |name: &str| named(name).map(|page| page.path.to_owned()).unwrap_or_default();
    Some(Side {
        place,
        role: own_role,
        groups: navigation::of(visit),
        others: others(visit, person, desk),
        name: person.name.clone(),
        me: path_of("me"),
        sign_out: true,
    })
}

fn others(visit: &Visit, person: &crate::session::SignedIn, desk: bool) -> Vec<Other> {
    let language = visit.language;
    let here = visit.place.as_ref().map(|place| place.account);
    let desk = person.operator.then(|| named("desk")).flatten().map(|page| Other {
        href: page.path.to_owned(),
        name: ui::operator_area(language),
        role: ui::role_operator(language),
        current: desk,
    });
    let accounts = person.accounts.iter().map(|(account, name, held)| Other {
        href: navigation::start(*account),
        name: name.clone(),
        role: role(language, *held),
        current: here == Some(*account),
    });
    desk.into_iter().chain(accounts).collect()
}
