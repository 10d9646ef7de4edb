//! The two books: what the ledger says, and what the story and its provider saw themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::cast::Side;
use super::mailings::progress;
use super::mails::{Kind, Mail};
use super::plot::Story;
use super::signing::Signed;

/// A mailing of the story.
#[derive(Clone, Debug)]
pub(super) struct Mailing {
    pub(super) side: Side,
    /// `newsletters` or `autoresponders`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) subject: String,
    /// Whom it should reach, by the story's own book.
    pub(super) expected: usize,
}

/// The story's own book.
#[derive(Default)]
pub(super) struct Books {
    pub(super) signups: usize,
    pub(super) confirmed: usize,
    pub(super) confirm_links: HashMap<Side, Signed>,
    /// One-click links of the welcome mails, by address.
    pub(super) welcome_links: HashMap<String, String>,
    pub(super) mailings: Vec<Mailing>,
    /// Who left whom: by unsubscribing or complaining.
    pub(super) left: HashSet<(Side, String)>,
    /// Refused recipients that were put down so far.
    pub(super) refused: usize,
    /// Hard bounces that the provider told, in the session and later.
    pub(super) hard: usize,
    pub(super) soft: usize,
    /// Who left the address book of a side because mail of that side bounced.
    pub(super) struck: HashSet<(Side, String)>,
    /// Addresses that are gone.
    pub(super) excluded: HashSet<String>,
    pub(super) complaints: HashMap<Side, usize>,
    /// What differs, in words.
    pub(super) faults: Vec<String>,
}

/// Figures of all mailings together.
#[derive(Default)]
struct Sums {
    audience: u64,
    accepted: u64,
    refused: u64,
    open: u64,
    bounced: u64,
}

impl Story {
    fn agree(&mut self, what: &str, ledger: u64, seen: usize) {
        if ledger != seen as u64 {
            self.books.faults.push(format!("{what}: {ledger} in the ledger, {seen} seen"));
        }
    }

    /// Takes every figure from both books and returns those of the ledger.
    pub(super) async fn compare(&mut self, all: &[Mail]) -> Result<Value, String> {
        let figures = self.world.operator.get("/figures").await?;
        let sums = self.sums().await?;
        let (signups, confirmed) = (number(&figures["signups"]), number(&figures["confirmed"]));
        let (hard, soft) = (number(&figures["bounces"]["hard"]), number(&figures["bounces"]["soft"]));
        let (excluded, doubtful) = (number(&figures["excluded"]), number(&figures["doubtful"]));
        let asked: HashSet<_> =
            all.iter().filter(|mail| mail.kind == Kind::Confirmation).map(|mail| &mail.message_id).collect();
        self.agree("sign-ups", signups, asked.len());
        self.agree("sign-ups at the forms", signups, self.books.signups);
        self.agree("confirmed", confirmed, self.books.confirmed);
        let expected = self.books.mailings.iter().map(|one| one.expected).sum();
        self.agree("audience", sums.audience, expected);
        let bulk: Vec<&Mail> =
            all.iter().filter(|mail| matches!(mail.kind, Kind::Newsletter | Kind::Autoresponder)).collect();
        let distinct: HashSet<_> = bulk.iter().map(|mail| &mail.message_id).collect();
        self.agree("accepted", sums.accepted, distinct.len());
        self.agree("hard bounces", hard, self.books.hard);
        self.agree("soft bounces", soft, self.books.soft);
        self.agree("excluded", excluded, self.books.excluded.len());
        let refused: u64 = figures["refused"].as_object().into_iter().flatten().map(|(_, n)| number(n)).sum();
        self.agree("refused by the mailings' own count", sums.refused, usize::try_from(refused).unwrap_or(0));
        let untouched = self.untouched(all);
        self.agree("refused or held", sums.refused + sums.open, untouched);
        let repeats = repeats(all);
        self.agree("repeats", doubtful, repeats);
        let (scores, suspended, complaints) = self.scores(&bulk).await?;
        self.members_agree().await?;
        Ok(json!({
            "signups": signups,
            "confirmed": confirmed,
            "audience": sums.audience,
            "accepted": sums.accepted,
            "hard": hard,
            "soft": soft,
            "refused": figures["refused"],
            "complaints": complaints,
            "scores": scores,
            "suspended": suspended,
            "excluded": excluded,
            "repeats": repeats,
        }))
    }

    async fn sums(&mut self) -> Result<Sums, String> {
        let mut sums = Sums::default();
        for mailing in self.books.mailings.clone() {
            let state = progress(self.account_of(mailing.side), mailing.kind, &mailing.id).await?;
            let ended = &state["ended"];
            let audience = number(&state["audience"]);
            self.agree(&format!("audience of {}", mailing.subject), audience, mailing.expected);
            sums.audience += audience;
            sums.accepted += number(&ended["accepted"]);
            sums.refused += number(&ended["refused"]);
            sums.bounced += number(&ended["bounced"]);
            sums.open += number(&state["open"]);
        }
        let told = sums.accepted + sums.refused + sums.bounced + sums.open;
        if told != sums.audience {
            self.books
                .faults
                .push(format!("the states of all mails add up to {told}, the audiences to {}", sums.audience));
        }
        Ok(sums)
    }

    /// Mails of mailings that should have come and of which the provider never heard.
    fn untouched(&self, all: &[Mail]) -> usize {
        let expected: usize = self.books.mailings.iter().map(|one| one.expected).sum();
        let bulk = all.iter().filter(|mail| matches!(mail.kind, Kind::Newsletter | Kind::Autoresponder));
        let taken: HashSet<_> = bulk.map(|mail| &mail.message_id).collect();
        expected.saturating_sub(taken.len() + self.books.refused)
    }

    async fn scores(&mut self, bulk: &[&Mail]) -> Result<(Value, Value, u64), String> {
        let mut scores = BTreeMap::new();
        let mut suspended = Vec::new();
        let mut complaints = 0;
        for side in Side::BOTH {
            let account = self.account_of(side).clone();
            let shown = self.world.operator.get(&format!("/accounts/{}", account.id)).await?;
            let score = &shown["score"]["ever"];
            let (told, sent) = (number(&score["complaints"]), number(&score["sent"]));
            complaints += told;
            let name = account.firm.name;
            let reported = self.books.complaints.get(&side).copied().unwrap_or(0);
            self.agree(&format!("complaints about {name}"), told, reported);
            let own: HashSet<_> =
                bulk.iter().filter(|mail| mail.from == account.from).map(|mail| &mail.message_id).collect();
            self.agree(&format!("sent by {name}"), sent, own.len());
            let above = reported >= 3 && reported * 1000 > own.len() * 2;
            let is_suspended = shown["standing"] == "suspended";
            if above != is_suspended {
                self.books.faults.push(format!("{name} is {}, and its figures say otherwise", shown["standing"]));
            }
            if is_suspended {
                suspended.push(account.id.clone());
            }
            let permille: Option<f64> = score["permille"].as_str().and_then(|text| text.parse().ok());
            let shown = json!({ "complaints": told, "sent": sent, "permille": permille });
            scores.insert(account.id, shown);
        }
        Ok((json!(scores), json!(suspended), complaints))
    }

    /// The address books hold just those whom the story knows as members.
    async fn members_agree(&mut self) -> Result<(), String> {
        for side in Side::BOTH {
            let account = self.account_of(side).clone();
            let held = account.api.all("/contacts").await?;
            let held = super::visits::addresses(held.iter().filter_map(|one| one["address"].as_str()));
            let known = self.known_members(side);
            let (strange, missing) = (held.difference(&known).count(), known.difference(&held).count());
            if strange + missing > 0 {
                let words =
                    format!("the address book of {} holds {strange} strangers and misses {missing}", account.firm.name);
                self.books.faults.push(words);
            }
        }
        Ok(())
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// Messages that the provider accepted more than once, of any kind.
fn repeats(all: &[Mail]) -> usize {
    let own = all.iter().filter(|mail| mail.kind != Kind::Forwarded);
    let ids: Vec<_> = own.map(|mail| &mail.message_id).collect();
    let distinct: HashSet<_> = ids.iter().collect();
    ids.len() - distinct.len()
}
