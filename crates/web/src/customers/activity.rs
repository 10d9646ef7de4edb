//! Who changed what in the account, newest first.

use std::collections::BTreeMap;

use askama::Template;
use policy::{AccountId, MailingId, UserId};
use store::audit::AuditLine;
use store::mailings::MailingKind;
use store::users::User;
use texts::{Language, account as t};

use super::authors::Authors;
use super::mailings::list_of;
use crate::error::Fault;
use crate::ui::html::Html;
use crate::ui::shell::{self, Shell};
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit};

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![page!(GET "/a/{account}/activity", Role(Reader), "activity", show)]
}

/// One change.
struct Row {
    at: Html,
    actor: String,
    what: String,
    /// The page of what was changed; may be empty.
    href: String,
    /// The word of the audit where there is no sentence for it.
    word: String,
}

#[derive(Template)]
#[template(path = "customers/activity.html")]
struct Activity {
    shell: Shell,
    t: t::Say,
    rows: Vec<Row>,
    first: String,
    next: String,
}

/// How the audit's detail becomes what a sentence is about.
#[derive(Clone, Copy)]
enum About {
    /// The sentence says all.
    Nothing(fn(Language) -> String),
    /// The detail as it stands.
    Detail(fn(Language, &str) -> String),
    /// What stands behind a number.
    Behind(fn(Language, &str) -> String),
    /// The number of a topic, and what was said of it.
    Topic(fn(Language, &str) -> String),
    /// The number of a mailing: its name.
    Mailing(fn(Language, &str) -> String),
    /// The number of a user, and the new role.
    Role(fn(Language, &str, &str) -> String),
    /// The number of a user, a name, and the role.
    Joins(fn(Language, &str, &str) -> String),
}

/// The changes that have a sentence, by the audit's word.
const CHANGES: &[(&str, About)] = &[
    ("account_created", About::Detail(t::did_account_created)),
    ("account_changed", About::Detail(t::did_account_changed)),
    ("policy_accepted", About::Detail(t::did_policy_accepted)),
    ("address_proven", About::Nothing(t::did_address_proven)),
    ("legal_notice_changed", About::Detail(t::did_legal_notice_changed)),
    ("review_approved", About::Detail(t::did_review_approved)),
    ("review_refused", About::Detail(t::did_review_refused)),
    ("domain_added", About::Detail(t::did_domain_added)),
    ("domain_removed", About::Detail(t::did_domain_removed)),
    ("domain_authenticated", About::Detail(t::did_domain_authenticated)),
    ("domain_lost", About::Detail(t::did_domain_lost)),
    ("sender_added", About::Detail(t::did_sender_added)),
    ("sender_changed", About::Detail(t::did_sender_changed)),
    ("sender_removed", About::Detail(t::did_sender_removed)),
    ("sender_renamed", About::Detail(t::did_sender_renamed)),
    ("website_added", About::Detail(t::did_website_added)),
    ("website_removed", About::Detail(t::did_website_removed)),
    ("topic_submitted", About::Topic(t::did_topic_submitted)),
    ("topic_changed", About::Topic(t::did_topic_changed)),
    ("topic_approved", About::Topic(t::did_topic_approved)),
    ("topic_refused", About::Topic(t::did_topic_refused)),
    ("tag_removed", About::Detail(t::did_tag_removed)),
    ("token_made", About::Behind(t::did_token_made)),
    ("token_revoked", About::Detail(t::did_token_revoked)),
    ("user_added", About::Joins(t::did_user_added)),
    ("user_joined", About::Nothing(t::did_user_joined)),
    ("user_removed", About::Detail(t::did_user_removed)),
    ("role_changed", About::Role(t::did_role_changed)),
    ("mailing_edited", About::Mailing(t::did_mailing_edited)),
    ("mailing_started", About::Mailing(t::did_mailing_started)),
    ("mailing_paused", About::Mailing(t::did_mailing_paused)),
    ("mailing_resumed", About::Mailing(t::did_mailing_resumed)),
    ("mailing_aborted", About::Mailing(t::did_mailing_aborted)),
    ("mailing_scheduled", About::Mailing(t::did_mailing_scheduled)),
    ("mailing_unscheduled", About::Mailing(t::did_mailing_unscheduled)),
];

fn about(action: &str) -> Option<About> {
    CHANGES.iter().find(|(word, _)| *word == action).map(|(_, about)| *about)
}

/// A role's word in the audit as people call it.
fn role_word(language: Language, word: &str) -> String {
    word.parse().map_or_else(|_| word.to_owned(), |role| shell::role(language, role))
}

/// `version 2: why`: why, where that is told.
fn reason(detail: &str) -> &str {
    detail.strip_prefix("version ").and_then(|rest| rest.split_once(": ")).map_or(detail, |(_, why)| why)
}

/// The mailing that a line is about: `12`, or `12: why`.
fn mailing(line: &AuditLine) -> Option<MailingId> {
    let number = line.detail.split(':').next()?;
    let is_mailing = matches!(about(&line.action), Some(About::Mailing(_)));
    number.parse().ok().filter(|_| is_mailing).map(MailingId::from_raw)
}

/// The names behind the numbers of a page's lines.
struct Names {
    authors: Authors,
    users: Vec<User>,
    mailings: BTreeMap<MailingId, (MailingKind, String)>,
}

impl Names {
    async fn of(visit: &Visit, account: AccountId, lines: &[AuditLine]) -> Result<Self, Fault> {
        let mut ids: Vec<MailingId> = lines.iter().filter_map(mailing).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self {
            authors: Authors::of(visit, account).await?,
            users: visit.web.store.users(account).await?,
            mailings: visit.web.store.mailing_names(account, &ids).await?,
        })
    }

    /// `12 is editor`: the person's name, and the role's word.
    fn role(&self, language: Language, detail: &str) -> (String, String) {
        let (number, word) = detail.split_once(" is ").unwrap_or((detail, ""));
        let id = number.parse().ok().map(UserId::from_raw);
        let name = self.users.iter().find(|user| Some(user.id) == id).map(|user| user.name.clone());
        (name.unwrap_or_else(|| number.to_owned()), role_word(language, word))
    }

    /// What a line says, the page of what it is about, and the audit's own word where nothing else says it.
    fn say(&self, language: Language, account: AccountId, line: &AuditLine) -> (String, String, String) {
        let detail = line.detail.as_str();
        let plain = |what: String| (what, String::new(), String::new());
        match about(&line.action) {
            Some(About::Nothing(say)) => plain(say(language)),
            Some(About::Detail(say)) => plain(say(language, detail)),
            Some(About::Behind(say)) => plain(say(language, detail.split_once(' ').map_or(detail, |(_, rest)| rest))),
            Some(About::Topic(say)) => {
                let (number, rest) = detail.split_once(' ').unwrap_or((detail, detail));
                (say(language, reason(rest)), format!("/a/{account}/topics/{number}"), String::new())
            }
            Some(About::Role(say)) => {
                let (name, role) = self.role(language, detail);
                plain(say(language, &name, &role))
            }
            Some(About::Joins(say)) => {
                let person = detail.split_once(' ').map_or(detail, |(_, person)| person);
                let (name, word) = person.rsplit_once(" as ").unwrap_or((person, ""));
                plain(say(language, name, &role_word(language, word)))
            }
            Some(About::Mailing(say)) => match mailing(line).and_then(|id| Some((id, self.mailings.get(&id)?))) {
                Some((id, (kind, name))) => {
                    (say(language, name), format!("{}/{id}", list_of(account, *kind)), String::new())
                }
                None => plain(say(language, detail)),
            },
            None => (detail.to_owned(), String::new(), line.action.clone()),
        }
    }
}

/// GET: the changes.
async fn show(visit: Visit) -> Answer {
    let (language, id) = (visit.language, visit.account()?);
    let store = &visit.web.store;
    let zone = store.account(id).await?.time_zone;
    let before = Some(visit.after()).filter(|after| *after > 0);
    let mut lines = store.audit_before(id, before, PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(50);
    let more = lines.len() > page;
    lines.truncate(page);
    let names = Names::of(&visit, id, &lines).await?;
    let here = format!("/a/{id}/activity");
    let next = lines.last().filter(|_| more).map(|line| format!("{here}?after={}", line.id));
    let row = |line: &AuditLine| {
        let (what, href, word) = names.say(language, id, line);
        let actor = names.authors.actor(language, &line.actor);
        Row { at: time::marked(language, &zone, line.at), actor, what, href, word }
    };
    visit.show(&Activity {
        shell: visit.shell(texts::ui::nav_activity(language)).lead(t::activity_lead(language)),
        t: t::Say(language),
        rows: lines.iter().map(row).collect(),
        first: if before.is_some() { here } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// What the memory notes of the installation, and of no account.
    const OF_THE_OPERATOR: &[&str] = &["mail_read_again", "operator_invited", "provider_pause_ended", "silence_lifted"];

    fn noted(folder: &Path, words: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("sources of the memory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                noted(&path, words);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("a source");
            for call in source.split("audit::note(").skip(1).filter_map(|rest| rest.split(";\n").next()) {
                words.extend(call.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }

    /// The audit's words are read from the crate that writes them: what it notes of accounts has a sentence.
    #[test]
    fn every_change_that_the_memory_notes_has_a_sentence() {
        let mut words = BTreeSet::new();
        noted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src"), &mut words);
        words.retain(|word| word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        assert!(words.len() > 20, "the sources were not understood: {words:?}");
        words.retain(|word| !OF_THE_OPERATOR.contains(&word.as_str()));
        let silent: Vec<_> = words.iter().filter(|word| about(word).is_none()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
