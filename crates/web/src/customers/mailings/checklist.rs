//! What is still missing before a mailing may be sent: the rules' own refusals, in words, each with the
//! page where it is mended.

use policy::Refusal;
use policy::facts::{AccountFacts, SenderFacts};
use policy::legal_notice;
use policy::send::{MailingContent, account_may_send};
use store::mailings::{MailingKind, Reach, Sample};
use texts::{Language, mailings as say, refusals};

use gate::{Gate, Problem};

use super::letter::Letter;
use super::words;
use crate::context::Web;
use crate::error::Fault;
use crate::ui::visit::Visit;

/// One thing.
pub(super) struct Item {
    /// Nothing is missing here.
    pub(super) done: bool,
    /// It does not stop the sending.
    pub(super) hint: bool,
    pub(super) text: String,
    /// Where it is mended; may be empty.
    pub(super) href: String,
    /// Single problems of a text.
    pub(super) places: Vec<String>,
}

impl Item {
    fn new(done: bool, text: String, href: String) -> Self {
        Self { done, hint: false, text, href, places: Vec::new() }
    }
}

/// Problems of a text that are listed.
const LISTED: usize = 20;

/// Everything that a release would refuse in a text, with its place.
pub(crate) async fn problems(
    web: &Web,
    account: policy::AccountId,
    content: &MailingContent,
) -> Result<Vec<Problem>, Fault> {
    let known = web.store.field_names(account).await?;
    let content = content.clone();
    // A long text costs time; it must not stand in the way of other requests.
    let looked = tokio::task::spawn_blocking(move || {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Gate::check_content(&content, &known)
    });
    looked.await.map_err(|_| {
        tracing::error!("a template ended its check; the panic stands above");
        Fault::Failed
    })
}

/// What a mailing still needs.
pub(super) struct Checklist {
    pub(super) items: Vec<Item>,
    /// People whom a newsletter would reach now.
    pub(super) reach: Option<i64>,
    pub(super) sample: Sample,
}

impl Checklist {
    /// Counts people up to `most`.
    pub(super) async fn of(visit: &Visit, letter: &Letter, most: i64) -> Result<Self, Fault> {
        let (store, account, mailing) = (&visit.web.store, letter.account.id, &letter.mailing);
        let sample = store.sample(account, mailing.id).await?;
        let problems = problems(&visit.web, account, &mailing.content).await?;
        let mut reach = None;
        if mailing.kind == MailingKind::Newsletter {
            let wanted =
                Reach { topic: mailing.topic, include: mailing.include.clone(), exclude: mailing.exclude.clone() };
            // As far as the review of the legal notice asks, whatever is shown.
            let most = most.max(sample.account.legal_review_at);
            reach = Some(store.count_reach(account, &wanted, most, visit.now()).await?);
        }
        let language = visit.language;
        let mut items = of_account(language, letter, &sample.account);
        items.push(of_text(language, letter, &problems));
        let topic = refusal(language, &Refusal::TopicNotApproved);
        let approved = sample.mailing.topic_approved;
        let text = if approved { say::check_topic(language) } else { topic };
        items.push(Item::new(approved, text, of_setup(letter, "topics")));
        items.extend(reach.map(|reach| of_reach(language, letter, &sample, reach)));
        items.extend(of_review(language, letter, &sample, reach));
        Ok(Self { items, reach, sample })
    }

    /// Whether it may be sent.
    pub(super) fn is_done(&self) -> bool {
        self.items.iter().all(|item| item.done || item.hint)
    }
}

fn refusal(language: Language, refusal: &Refusal) -> String {
    refusals::customer(language, refusal.word(), None).unwrap_or_else(|| say::held_by_rule(language))
}

fn of_setup(letter: &Letter, page: &str) -> String {
    format!("/a/{}/{page}", letter.account.id)
}

/// The page on which a refusal is mended; none for those that a person of the operator decides.
fn mended_at(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::NoSender | Refusal::SenderNotProven | Refusal::SenderOnHold => Some("senders"),
        Refusal::DomainNotAuthenticated => Some("domains"),
        Refusal::NoLegalNotice => Some("legal-notice"),
        Refusal::PolicyNotAccepted => Some("settings"),
        _ => None,
    }
}

/// Every refusal of the account, not only the first: what the first one is about is taken as mended
/// and the rules are asked again.
fn account_refusals(account: &AccountFacts) -> Vec<Refusal> {
    let mut facts = account.clone();
    let mut found = Vec::new();
    // There are fewer kinds than this.
    for _ in 0..16 {
        let Err(refusal) = account_may_send(&facts) else { break };
        let mend = |sender: &mut Option<SenderFacts>, change: fn(&mut SenderFacts)| sender.as_mut().map(change);
        let mended = match refusal {
            Refusal::PolicyNotAccepted => {
                facts.policy_accepted = true;
                true
            }
            Refusal::SenderNotProven => mend(&mut facts.sender, |sender| sender.proven = true).is_some(),
            Refusal::SenderOnHold => mend(&mut facts.sender, |sender| sender.on_hold = false).is_some(),
            Refusal::DomainNotAuthenticated => {
                mend(&mut facts.sender, |sender| sender.domain_authenticated = true).is_some()
            }
            _ => false,
        };
        let nothing_behind = matches!(refusal, Refusal::NoSender) && facts.legal_notice.is_none();
        found.push(refusal);
        if nothing_behind {
            found.push(Refusal::NoLegalNotice);
        }
        if !mended {
            break;
        }
    }
    found
}

fn of_account(language: Language, letter: &Letter, account: &AccountFacts) -> Vec<Item> {
    let found = account_refusals(account);
    if found.is_empty() {
        return vec![Item::new(true, say::check_account(language), String::new())];
    }
    let item = |one: &Refusal| {
        let href = mended_at(one).map(|page| of_setup(letter, page)).unwrap_or_default();
        Item::new(false, refusal(language, one), href)
    };
    found.iter().map(item).collect()
}

fn of_text(language: Language, letter: &Letter, problems: &[Problem]) -> Item {
    if problems.is_empty() {
        return Item::new(true, say::check_text(language), String::new());
    }
    let mut places: Vec<String> = Vec::new();
    for place in problems.iter().map(|problem| words::problem(language, problem)) {
        // Text and HTML of a mail can lack the same; that is one thing to mend.
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let count = u64::try_from(places.len()).unwrap_or(u64::MAX);
    places.truncate(LISTED);
    let href = if letter.is_editable() { letter.at("edit") } else { String::new() };
    Item { places, ..Item::new(false, say::check_text_problems(language, count), href) }
}

fn of_reach(language: Language, letter: &Letter, sample: &Sample, reach: i64) -> Item {
    if reach == 0 {
        return Item::new(false, say::check_reach_none(language), letter.at("edit"));
    }
    let text = say::check_reach(language, &words::people(language, reach, words::GLANCE), &sample.statement);
    Item::new(true, text, String::new())
}

/// A send that would wait for the review of the legal notice goes out after it; that is no obstacle (R48).
fn of_review(language: Language, letter: &Letter, sample: &Sample, reach: Option<i64>) -> Option<Item> {
    let account = &sample.account;
    let holds = legal_notice::holds(account.legal_review, reach.unwrap_or(account.contacts), account.legal_review_at);
    holds.then(|| {
        let text = refusal(language, &Refusal::LegalNoticeUnderReview);
        Item { hint: true, ..Item::new(false, text, of_setup(letter, "legal-notice")) }
    })
}
