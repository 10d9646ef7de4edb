//! One mailing of a visit, and what every page of it shows.

use policy::facts::MailingState;
use policy::role::Role;
use policy::{AccountId, MailingId};
use store::StoreError;
use store::accounts::Account;
use store::mailings::{Mailing, MailingKind};
use texts::{Language, mailings as say, ui};

use super::words;
use crate::error::Fault;
use crate::ui::shell::Shell;
use crate::ui::time;
use crate::ui::visit::Visit;

/// The part of addresses for a kind.
pub(super) const fn area(kind: MailingKind) -> &'static str {
    match kind {
        MailingKind::Newsletter => "newsletters",
        MailingKind::Autoresponder => "autoresponders",
    }
}

/// What a list of this kind is called.
pub(super) fn area_name(language: Language, kind: MailingKind) -> String {
    match kind {
        MailingKind::Newsletter => ui::nav_newsletters(language),
        MailingKind::Autoresponder => ui::nav_autoresponders(language),
    }
}

/// The address of a kind's list.
pub(in crate::customers) fn list_of(account: AccountId, kind: MailingKind) -> String {
    format!("/a/{account}/{}", area(kind))
}

/// A mailing with its account.
pub(super) struct Letter {
    pub(super) account: Account,
    pub(super) mailing: Mailing,
}

/// One of the pages of a mailing.
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) current: bool,
}

/// A page of a mailing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Edit,
    Preview,
    Send,
    Live,
    Results,
    Revisions,
}

impl Room {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Preview => "preview",
            Self::Send => "send",
            Self::Live => "live",
            Self::Results => "results",
            Self::Revisions => "revisions",
        }
    }

    fn label(self, language: Language, kind: MailingKind, begun: bool) -> String {
        match self {
            Self::Edit => say::tab_edit(language),
            Self::Preview => say::tab_preview(language),
            // An active one has nothing left to send but test mails.
            Self::Send if begun => say::test_title(language),
            Self::Send if kind == MailingKind::Autoresponder => say::tab_activate(language),
            Self::Send => say::tab_send(language),
            Self::Live => say::tab_live(language),
            Self::Results => say::tab_results(language),
            Self::Revisions => say::tab_revisions(language),
        }
    }
}

/// What cannot be done from where the mailing stands, is done already, or was changed meanwhile.
pub(super) fn settled<T>(result: Result<T, StoreError>) -> Result<T, Fault> {
    result.map_err(|error| match error {
        StoreError::Invalid(_) => Fault::Conflict,
        other => other.into(),
    })
}

impl Letter {
    /// The mailing of the path. One of the other kind is unknown.
    pub(super) async fn of(visit: &Visit, kind: MailingKind) -> Result<Self, Fault> {
        let account = visit.account()?;
        let mailing = visit.web.store.mailing(account, MailingId::from_raw(visit.id("mailing")?)).await?;
        if mailing.kind != kind {
            return Err(Fault::NotFound);
        }
        Ok(Self { account: visit.web.store.account(account).await?, mailing })
    }

    /// The address of a page of it, or of something that its forms do.
    pub(super) fn at(&self, what: &str) -> String {
        format!("{}/{}/{what}", list_of(self.account.id, self.mailing.kind), self.mailing.id)
    }

    pub(super) fn is_draft(&self) -> bool {
        self.mailing.state == MailingState::Draft
    }

    /// A newsletter is written while it is a draft, an autoresponder until it ends.
    pub(super) fn is_editable(&self) -> bool {
        use MailingState::{Draft, Paused, Running};
        match self.mailing.kind {
            MailingKind::Newsletter => self.is_draft(),
            MailingKind::Autoresponder => matches!(self.mailing.state, Draft | Running | Paused),
        }
    }

    /// Mails of it are on their way, or may be.
    pub(super) fn is_on_its_way(&self) -> bool {
        matches!(self.mailing.state, MailingState::Running | MailingState::Paused | MailingState::Held)
    }

    /// The page that a link to the mailing leads to.
    pub(super) fn room(&self, may_edit: bool) -> Room {
        match self.mailing.state {
            _ if self.mailing.kind == MailingKind::Autoresponder && !self.is_draft() => Room::Results,
            MailingState::Draft if may_edit => Room::Edit,
            MailingState::Draft => Room::Preview,
            MailingState::Scheduled if may_edit => Room::Send,
            MailingState::Scheduled => Room::Preview,
            MailingState::Running | MailingState::Paused | MailingState::Held => Room::Live,
            MailingState::Aborted | MailingState::Finished => Room::Results,
        }
    }

    /// Its pages, in the order of its way; those that the visitor's role allows.
    pub(super) fn tabs(&self, visit: &Visit, current: Room) -> Vec<Tab> {
        let editor = visit.may(Role::Editor);
        let begun = !matches!(self.mailing.state, MailingState::Draft | MailingState::Scheduled);
        let news = self.mailing.kind == MailingKind::Newsletter;
        let rooms = [
            (Room::Edit, editor && self.is_editable()),
            (Room::Preview, true),
            (Room::Send, editor && (!begun || !news)),
            (Room::Live, news && self.is_on_its_way()),
            (Room::Results, begun),
            (Room::Revisions, editor),
        ];
        let tab = |room: Room| Tab {
            href: self.at(room.word()),
            label: room.label(visit.language, self.mailing.kind, begun),
            current: room == current,
        };
        rooms.into_iter().filter(|(_, shown)| *shown).map(|(room, _)| tab(room)).collect()
    }

    /// Head, navigation and foot of a page of it.
    pub(super) fn shell(&self, visit: &Visit) -> Shell {
        let list = list_of(self.account.id, self.mailing.kind);
        visit.shell(self.mailing.name.clone()).crumb(list, area_name(visit.language, self.mailing.kind))
    }

    /// The sign of its state: kind and word.
    pub(super) fn sign(&self, language: Language) -> (&'static str, String) {
        (words::sign(self.mailing.state), words::state(language, self.mailing.state))
    }

    /// A moment by the account's clock.
    pub(super) fn moment(&self, language: Language, at: policy::Timestamp) -> String {
        time::moment(language, &self.account.time_zone, at)
    }
}
