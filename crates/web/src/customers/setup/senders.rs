//! Senders: the account's own address, From and Reply-To in one (R49–R53, D7).

use askama::Template;
use policy::SenderId;
use policy::invalid::Invalid;
use policy::role::Role;
use policy::sender::{MAX_DISPLAY_NAME, is_freemail};
use store::StoreError;
use store::address_proofs::{PROOF_VALID, ProofAsked};
use store::domains::SendingDomain;
use store::senders::Sender;
use texts::{setup as say, setup, ui};

use super::{Badge, at, refuse, ruled, zone};
use crate::error::Fault;
use crate::pages::encoded;
use crate::setting_up::senders as work;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::Visit;

const DISPLAY: Field =
    must("display_name", say::sender_display, Kind::Line(MAX_DISPLAY_NAME)).hint(say::sender_display_hint);
pub(super) const OWN: &[Field] =
    &[must("address", say::sender_address, Kind::Address).hint(say::sender_address_hint), DISPLAY];
pub(super) const PLATFORM: &[Field] = &[
    must("forward_to", say::sender_mailbox, Kind::Address).hint(say::sender_mailbox_hint),
    must("platform", say::sender_wish, Kind::Line(32)).hint(say::sender_wish_hint),
    DISPLAY,
];
pub(super) const NAME: &[Field] = &[DISPLAY];

/// How a sender stands, and what that means.
struct Standing {
    state: Badge,
    text: String,
    /// A mail that proves the mailbox would help.
    may_prove: bool,
}

/// Whether the records of a sender's domain are right; always for an address of the platform.
fn is_authenticated(sender: &Sender, domains: &[SendingDomain]) -> bool {
    let home = |domain: &&SendingDomain| sender.domain == Some(domain.id);
    sender.domain.is_none() || domains.iter().find(home).is_some_and(|domain| domain.authenticated_at.is_some())
}

fn standing(visit: &Visit, zone: &str, sender: &Sender, domains: &[SendingDomain]) -> Standing {
    let language = visit.language;
    let mailbox = sender.forward_to.as_ref().unwrap_or(&sender.address).as_str();
    let of = |kind, word, text, may_prove| Standing { state: (kind, word), text, may_prove };
    if let Some(since) = sender.on_hold_since {
        let since = time::moment(language, zone, since);
        return of("bad", say::sender_on_hold(language), say::sender_on_hold_text(language, mailbox, &since), true);
    }
    let until = sender.proof_sent_at.map(|sent| sent + PROOF_VALID);
    match (sender.proven_at, until) {
        (None, Some(until)) if visit.now() < until => {
            let until = time::moment(language, zone, until);
            of("wait", say::sender_asked(language), say::sender_asked_text(language, mailbox, &until), true)
        }
        (None, Some(_)) => of("bad", say::sender_late(language), say::sender_late_text(language, mailbox), true),
        (None, None) => of("bad", say::sender_not_asked(language), say::sender_not_asked_text(language, mailbox), true),
        (Some(_), _) if !is_authenticated(sender, domains) => {
            of("wait", say::sender_no_dns(language), say::sender_no_dns_text(language), false)
        }
        (Some(at), _) => {
            let at = time::moment(language, zone, at);
            of("good", say::sender_proven(language), say::sender_proven_text(language, &at), false)
        }
    }
}

/// One line of the list.
struct Line {
    href: String,
    address: String,
    name: String,
    /// Where letters to an address of the platform go; empty for an own one.
    forward: String,
    state: Badge,
    /// The account's mail comes from it.
    main: bool,
}

#[derive(Template)]
#[template(path = "customers/setup/senders.html")]
struct List {
    shell: Shell,
    t: setup::Say,
    lines: Vec<Line>,
    new: String,
}

/// GET: the senders.
pub(super) async fn list(visit: Visit) -> Answer {
    let (account, language, zone) = (visit.account()?, visit.language, zone(&visit).await?);
    let domains = visit.web.store.domains(account).await?;
    let mut senders = visit.web.store.senders(account).await?;
    senders.sort_by_key(|sender| !sender.current);
    let line = |sender: &Sender| {
        Ok(Line {
            href: at(&visit, &format!("senders/{}", sender.id))?,
            address: sender.address.to_string(),
            name: sender.display_name.clone(),
            forward: sender.forward_to.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: standing(&visit, &zone, sender, &domains).state,
            main: sender.current,
        })
    };
    let lines = senders.iter().map(line).collect::<Result<_, Fault>>()?;
    visit.show(&List {
        shell: visit.shell(ui::nav_senders(language)).lead(say::senders_lead(language)),
        t: setup::Say(language),
        lines,
        new: if visit.may(Role::Owner) { at(&visit, "senders/new")? } else { String::new() },
    })
}

#[derive(Template)]
#[template(path = "customers/setup/sender_new.html")]
struct New {
    shell: Shell,
    t: setup::Say,
    /// The names of the account's domains.
    domains: Vec<String>,
    own: Form,
    own_action: String,
    /// Where a domain is registered.
    add_domain: String,
    /// The address cannot be the account's own; the platform's form is filled in with it.
    rather: bool,
    platform: Form,
    platform_action: String,
    platform_domain: String,
}

/// Both ways to a sender. `own` and `platform` are forms that came back.
async fn new_page(visit: &Visit, own: Option<Form>, platform: Option<Form>) -> Result<New, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let domains = visit.web.store.domains(account).await?;
    let name = visit.web.store.account(account).await?.name;
    let typed = own.as_ref().map(|form| form.text("address").to_owned()).unwrap_or_default();
    let free = typed.rsplit_once('@').is_some_and(|(_, domain)| is_freemail(domain));
    let add_domain = match typed.rsplit_once('@') {
        Some((_, domain)) if !free => at(visit, &format!("domains/new?name={}", encoded(domain)))?,
        _ => at(visit, "domains/new")?,
    };
    let display = own.as_ref().map(|form| form.text("display_name").to_owned()).filter(|name| !name.is_empty());
    let display = display.unwrap_or(name);
    let empty = |fields| Form::empty(language, visit.mark(), fields).with("display_name", &display);
    // Whoever has a mailbox at a provider goes on with it below.
    let mailbox = if free { typed } else { String::new() };
    let wish = mailbox.split('@').next().map(policy::sender::platform_local).filter(|_| free);
    let rest = empty(PLATFORM).with("forward_to", &mailbox).with("platform", wish.unwrap_or_default());
    let shell = visit.shell(say::sender_new_title(language)).lead(say::sender_new_lead(language));
    Ok(New {
        shell: shell.crumb(at(visit, "senders")?, ui::nav_senders(language)),
        t: setup::Say(language),
        domains: domains.into_iter().map(|domain| domain.name).collect(),
        own: own.unwrap_or_else(|| empty(OWN)).at("own"),
        own_action: at(visit, "senders/new")?,
        add_domain,
        rather: free,
        platform: platform.unwrap_or(rest).at("platform"),
        platform_action: at(visit, "senders/new/platform")?,
        platform_domain: visit.web.gate.house().platform_domain.as_str().to_owned(),
    })
}

/// GET: the two ways to a sender.
pub(super) async fn begin(visit: Visit) -> Answer {
    visit.show(&new_page(&visit, None, None).await?)
}

/// The mail that proves the mailbox of a new sender, and its page.
async fn added(visit: &Visit, id: SenderId) -> Answer {
    let asked = work::prove(&visit.web, visit.account()?, id).await?;
    let said = if asked == ProofAsked::Planned { "sent" } else { "added" };
    visit.to(&at(visit, &format!("senders/{id}"))?, said)
}

/// POST: an address at a domain of the account.
pub(super) async fn add_own(visit: Visit) -> Answer {
    let mut form = visit.form();
    let (true, Some(address)) = (form.is_good(), form.address("address")) else {
        return visit.again(&new_page(&visit, Some(form), None).await?);
    };
    let name = form.text("display_name");
    match ruled(work::add_own(&visit.web, visit.account()?, address, name, &visit.actor()).await)? {
        Ok(id) => added(&visit, id).await,
        Err(problem) => {
            refuse(&visit, &mut form, &problem);
            visit.again(&new_page(&visit, Some(form), None).await?)
        }
    }
}

/// POST: an address of the platform.
pub(super) async fn add_platform(visit: Visit) -> Answer {
    let mut form = visit.form();
    let (true, Some(mailbox)) = (form.is_good(), form.address("forward_to")) else {
        return visit.again(&new_page(&visit, None, Some(form)).await?);
    };
    let (wish, name) = (form.text("platform"), form.text("display_name"));
    match ruled(work::add_platform(&visit.web, visit.account()?, wish, mailbox, name, &visit.actor()).await)? {
        Ok(id) => added(&visit, id).await,
        Err(Invalid::MailboxExcluded) => {
            form.wrong("forward_to", Invalid::MailboxExcluded.say(visit.language));
            visit.again(&new_page(&visit, None, Some(form)).await?)
        }
        Err(problem) => {
            refuse(&visit, &mut form, &problem);
            visit.again(&new_page(&visit, None, Some(form)).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "customers/setup/sender.html")]
struct Page {
    shell: Shell,
    t: setup::Say,
    state: Badge,
    text: String,
    main: bool,
    facts: Vec<(String, String)>,
    /// The page of its domain, where that is what it waits for; empty otherwise.
    domain: String,
    /// Why something could not be done; empty for nothing.
    refused: String,
    path: String,
    remove: String,
    owner: bool,
    may_prove: bool,
    may_choose: bool,
    form: Form,
    question: String,
}

/// The sender of the path; what is none of this account's does not exist.
async fn sender(visit: &Visit) -> Result<Sender, Fault> {
    Ok(visit.web.store.sender(visit.account()?, SenderId::from_raw(visit.id("sender")?)).await?)
}

async fn page(visit: &Visit, sender: &Sender, form: Option<Form>, refused: String) -> Result<Page, Fault> {
    let (account, language, zone) = (visit.account()?, visit.language, zone(visit).await?);
    let domains = visit.web.store.domains(account).await?;
    let standing = standing(visit, &zone, sender, &domains);
    let mut facts = vec![
        (say::sender_address(language), sender.address.to_string()),
        (say::sender_display(language), sender.display_name.clone()),
    ];
    if let Some(mailbox) = &sender.forward_to {
        facts.push((say::sender_forwarded(language), mailbox.to_string()));
    }
    facts.push((say::sender_since(language), time::moment(language, &zone, sender.created_at)));
    let waits = sender.domain.filter(|_| sender.proven_at.is_some() && !is_authenticated(sender, &domains));
    let empty = Form::empty(language, visit.mark(), NAME).with("display_name", &sender.display_name);
    Ok(Page {
        shell: visit.shell(sender.address.to_string()).crumb(at(visit, "senders")?, ui::nav_senders(language)),
        t: setup::Say(language),
        main: sender.current,
        facts,
        domain: waits.map(|domain| at(visit, &format!("domains/{domain}"))).transpose()?.unwrap_or_default(),
        refused,
        remove: at(visit, &format!("senders/{}/remove", sender.id))?,
        path: at(visit, &format!("senders/{}", sender.id))?,
        owner: visit.may(Role::Owner),
        may_prove: standing.may_prove,
        state: standing.state.clone(),
        text: standing.text,
        // Whoever chose one that cannot send yet would stop everything else.
        may_choose: !sender.current && standing.state.0 == "good",
        form: form.unwrap_or(empty),
        question: say::sender_remove_question(language, sender.address.as_str()),
    })
}

/// GET: one sender.
pub(super) async fn show(visit: Visit) -> Answer {
    let sender = sender(&visit).await?;
    visit.show(&page(&visit, &sender, None, String::new()).await?)
}

/// POST: changes the name beside the address.
pub(super) async fn rename(visit: Visit) -> Answer {
    let (sender, mut form) = (sender(&visit).await?, visit.form());
    if form.is_good() {
        let name = form.text("display_name");
        match ruled(work::rename(&visit.web, visit.account()?, sender.id, name, &visit.actor()).await)? {
            Ok(()) => return visit.to(&at(&visit, &format!("senders/{}", sender.id))?, "saved"),
            Err(problem) => refuse(&visit, &mut form, &problem),
        }
    }
    visit.again(&page(&visit, &sender, Some(form), String::new()).await?)
}

/// POST: sends the mail that proves the mailbox once more.
pub(super) async fn prove(visit: Visit) -> Answer {
    let sender = sender(&visit).await?;
    let problem = match work::prove(&visit.web, visit.account()?, sender.id).await? {
        ProofAsked::Planned => return visit.to(&at(&visit, &format!("senders/{}", sender.id))?, "sent"),
        ProofAsked::Limited(_) => Invalid::ProofLimited,
        ProofAsked::Excluded => Invalid::MailboxExcluded,
    };
    visit.again(&page(&visit, &sender, None, problem.say(visit.language)).await?)
}

/// A rule's refusal is told on the sender's page.
async fn done(visit: &Visit, sender: &Sender, result: Result<(), StoreError>, to: &str, said: &'static str) -> Answer {
    match ruled(result)? {
        Ok(()) => visit.to(&at(visit, to)?, said),
        Err(problem) => visit.again(&page(visit, sender, None, problem.say(visit.language)).await?),
    }
}

/// POST: the account's mail comes from this sender from now on (R52).
pub(super) async fn choose(visit: Visit) -> Answer {
    let sender = sender(&visit).await?;
    let chosen = visit.web.store.choose_sender(visit.account()?, sender.id, &visit.actor(), visit.now()).await;
    done(&visit, &sender, chosen, "senders", "saved").await
}

/// POST: removes a sender that the account's mail does not come from.
pub(super) async fn remove(visit: Visit) -> Answer {
    let sender = sender(&visit).await?;
    let removed = visit.web.store.remove_sender(visit.account()?, sender.id, &visit.actor(), visit.now()).await;
    done(&visit, &sender, removed, "senders", "removed").await
}
