//! What to do about a record that does not do what is wanted, in both languages.

use std::fmt;

use texts::{Language, dns};

use super::{RecordType, Wanted};

/// What to do. It is kept beside what was found, so it holds everything that its sentence needs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Advice {
    /// Nothing of it is there: publish it.
    Publish {
        /// Its name.
        name: String,
        /// Its type.
        kind: String,
        /// Its value.
        value: String,
        /// For an alias: the text that does as well.
        text: Option<String>,
    },
    /// DNS did not answer; nothing is to be done.
    AskAgain,
    /// More than one SPF or Sender ID record: receivers use none.
    JoinPolicies {
        /// One record instead of all of them.
        joined: String,
    },
    /// The SPF or Sender ID record does not name our hosts.
    AddTerm {
        /// What is missing.
        term: String,
        /// The whole record with it.
        joined: String,
    },
    /// The record lets anybody send.
    CloseAll {
        /// The whole record without that.
        joined: String,
    },
    /// The record leaves open what holds for everybody else.
    EndRecord,
    /// The mechanism `ptr` is used.
    DropPtr,
    /// More than one key under a selector.
    OneKey,
    /// The key is revoked.
    RevokedKey,
    /// Another key stands there.
    OtherKey,
    /// The kind of key is not the one that is signed with.
    KeyKind {
        /// What `k=` must say.
        kind: String,
    },
    /// The record does not allow the hash that is used.
    KeyHash {
        /// What `h=` must allow.
        hash: String,
    },
    /// The record restricts the key to some addresses.
    KeyScope,
    /// The record says that the key is only being tested.
    KeyTesting,
    /// More than one DMARC record: receivers use none.
    OneDmarc,
    /// The DMARC record asks for nothing.
    DmarcPolicy,
    /// The DMARC record of the platform is weaker than it should be.
    DmarcStricter,
    /// A tag is missing.
    MissingTag {
        /// Its name.
        tag: String,
    },
    /// Other mail hosts are named beside ours.
    OtherHosts,
}

impl Advice {
    /// To publish a record as it is wanted.
    pub(super) fn publish(wanted: &Wanted) -> Self {
        let Wanted { name, kind, value, resolved, .. } = wanted;
        Self::Publish {
            name: name.clone(),
            kind: kind.to_string(),
            value: value.clone(),
            text: (*kind == RecordType::Cname).then(|| resolved.clone()),
        }
    }

    /// The sentence.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::Publish { name, kind, value, text: None } => dns::publish(language, name, kind, value),
            Self::Publish { name, kind, value, text: Some(text) } => {
                dns::publish_alias(language, name, kind, value, text)
            }
            Self::AskAgain => dns::ask_again(language),
            Self::JoinPolicies { joined } => dns::join_policies(language, joined),
            Self::AddTerm { term, joined } => dns::add_term(language, term, joined),
            Self::CloseAll { joined } => dns::close_all(language, joined),
            Self::EndRecord => dns::end_record(language),
            Self::DropPtr => dns::drop_ptr(language),
            Self::OneKey => dns::one_key(language),
            Self::RevokedKey => dns::revoked_key(language),
            Self::OtherKey => dns::other_key(language),
            Self::KeyKind { kind } => dns::key_kind(language, kind),
            Self::KeyHash { hash } => dns::key_hash(language, hash),
            Self::KeyScope => dns::key_scope(language),
            Self::KeyTesting => dns::key_testing(language),
            Self::OneDmarc => dns::one_dmarc(language),
            Self::DmarcPolicy => dns::dmarc_policy(language),
            Self::DmarcStricter => dns::dmarc_stricter(language),
            Self::MissingTag { tag } => dns::missing_tag(language, tag),
            Self::OtherHosts => dns::other_hosts(language),
        }
    }

    /// One record to publish in place of those that were found; none where the wanted one serves.
    #[must_use]
    pub fn instead(&self) -> Option<&str> {
        match self {
            Self::JoinPolicies { joined } | Self::AddTerm { joined, .. } | Self::CloseAll { joined } => Some(joined),
            _ => None,
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

/// One SPF or Sender ID record that does what all of these do, with our terms in it: an owner who has
/// a record already must not put ours beside it, nor lose his.
pub(super) fn joined(found: &[&str], wanted: &Wanted) -> String {
    let version = found.first().and_then(|record| record.split_whitespace().next()).unwrap_or("v=spf1");
    let mut terms: Vec<String> = Vec::new();
    let mut strict = false;
    let bare = |term: &str| term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
    let ours = wanted.value.split_whitespace().skip(1).filter(|term| bare(term) != "all");
    let ours: Vec<String> = ours.map(str::to_owned).collect();
    for term in found.iter().flat_map(|record| record.split_whitespace().skip(1)) {
        let name = bare(term);
        if name == "all" {
            strict |= term.starts_with('-');
        } else if let Some(other) = name.strip_prefix("redirect=") {
            // A record that joins several cannot hand everything over to one of them.
            push(&mut terms, format!("include:{other}"));
        } else if !ours.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
            push(&mut terms, term.to_owned());
        }
    }
    for own in ours {
        push(&mut terms, own);
    }
    let end = if strict { "-all" } else { "~all" };
    format!("{version} {} {end}", terms.join(" "))
}

fn push(terms: &mut Vec<String>, term: String) {
    if !terms.iter().any(|known| known.eq_ignore_ascii_case(&term)) {
        terms.push(term);
    }
}
