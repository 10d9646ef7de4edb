//! Mail that arrived: what was not understood or not dealt with, why a mail is read as it is, and the wish
//! to have it read again after rules changed (R79, B1).

use askama::Template;
use mail_formats::console;
use mail_formats::rules::RuleSet;
use store::inbox::{KeptMail, ReadAgain, Shown};
use texts::{Language, desk as t};

use super::evidence::visible;
use super::show::{self, Badge};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// One line.
struct Row {
    href: String,
    at: Html,
    from: String,
    to: String,
    kind: Badge,
    effect: String,
    waits: bool,
}

#[derive(Template)]
#[template(path = "desk/arrived.html")]
struct Arrived {
    shell: Shell,
    t: t::Say,
    tabs: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "desk/arrived_one.html")]
struct One {
    shell: Shell,
    t: t::Say,
    row: Row,
    /// What the reader makes of it now, and which rules decide.
    reads: String,
    why: Vec<String>,
    source: String,
    cut: bool,
    csrf: String,
    /// Where the wish is posted; empty where it cannot be made.
    again: String,
}

/// What a mail was read as, in a word. The colour says whether somebody should look.
fn kind(language: Language, word: &str) -> Badge {
    match word {
        "received" => Badge::new("bad", t::arrived_received(language)),
        "unparsed" => Badge::new("wait", t::arrived_unparsed(language)),
        "not_done" => Badge::new("wait", t::arrived_not_done(language)),
        "dsn" => Badge::new("info", t::arrived_dsn(language)),
        "report" => Badge::new("info", t::arrived_report(language)),
        "auto_reply" => Badge::new("open", t::arrived_auto_reply(language)),
        "dmarc_report" => Badge::new("open", t::arrived_dmarc_report(language)),
        "tls_report" => Badge::new("open", t::arrived_tls_report(language)),
        "unsubscribe" => Badge::new("info", t::arrived_unsubscribe(language)),
        "lift" => Badge::new("info", t::arrived_lift(language)),
        "reply" => Badge::new("info", t::arrived_reply(language)),
        "letter" => Badge::new("info", t::arrived_letter(language)),
        // A word of a newer program.
        other => Badge::new("open", other.to_owned()),
    }
}

fn row(language: Language, mail: &KeptMail) -> Row {
    let path = |text: &str| visible(text.as_bytes()).0;
    Row {
        href: format!("/desk/arrived/{}", mail.id),
        at: show::at(language, mail.received_at),
        from: if mail.mail_from.is_empty() { "<>".to_owned() } else { path(&mail.mail_from) },
        to: path(&mail.recipient),
        kind: kind(language, &mail.kind),
        effect: mail.effect.clone(),
        waits: mail.again_at.is_some(),
    }
}

/// GET: what somebody should look at, or everything, the newest first.
pub(super) async fn list(visit: Visit) -> Answer {
    let (language, t) = (visit.language, t::Say(visit.language));
    let all = visit.query("show") == "all";
    let after = visit.after();
    let shown = if all { Shown::All } else { Shown::Unsettled };
    let mut mails = visit.web.store.kept_mails(shown, (after > 0).then_some(after), PAGE + 1).await?;
    let more = i64::try_from(mails.len()).unwrap_or(0) > PAGE;
    mails.truncate(usize::try_from(PAGE).unwrap_or(50));
    let base = if all { "/desk/arrived?show=all" } else { "/desk/arrived?show=open" };
    let next = mails.last().filter(|_| more).map(|last| format!("{base}&after={}", last.id));
    visit.show(&Arrived {
        shell: visit.shell(t.arrived_title()).lead(t.arrived_lead()),
        t,
        tabs: vec![
            ("/desk/arrived?show=open", t.arrived_unsettled(), !all),
            ("/desk/arrived?show=all", t.all_of_them(), all),
        ],
        rows: mails.iter().map(|mail| row(language, mail)).collect(),
        first: if after > 0 { base.to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

/// GET: one mail: what it was and did, what the reader makes of it today and why, and its source.
pub(super) async fn one(visit: Visit) -> Answer {
    let (language, t, id) = (visit.language, t::Say(visit.language), visit.id("mail")?);
    let mail = visit.web.store.kept_mail(id).await?;
    let bytes = visit.web.store.kept_mail_bytes(id).await?;
    let explained = console::explanation(RuleSet::built_in(), &bytes);
    let mut lines = explained.lines().map(|line| visible(line.trim().as_bytes()).0);
    let (source, cut) = visible(&bytes);
    visit.show(&One {
        shell: visit.shell(t.arrived_one(&id.to_string())).crumb("/desk/arrived", t.arrived_title()),
        t,
        row: row(language, &mail),
        reads: lines.next().unwrap_or_default(),
        why: lines.collect(),
        source,
        cut,
        csrf: visit.mark(),
        again: if mail.is_a_wish() { String::new() } else { format!("/desk/arrived/{id}/again") },
    })
}

/// POST: the mail is to be read again.
pub(super) async fn again(visit: Visit) -> Answer {
    let id = visit.id("mail")?;
    let said = match visit.web.store.read_mail_again(id, &show::signer(&visit), visit.now()).await? {
        ReadAgain::Planned => "again",
        ReadAgain::NothingToRead => "nothing_to_read",
    };
    visit.to(&format!("/desk/arrived/{id}"), said)
}
