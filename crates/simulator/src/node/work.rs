//! From a due row to a mail in the queue of its destination: claims, facts, rules.

use std::time::Duration;

use delivery::parts::{CLAIM, Case, POLL, of_refusal};
use policy::{Purpose, RowId, may_send};
use store::claims::{ClaimedRow, Wanted};
use store::outcomes::{Outcome, Report};

use super::{Ready, Run, Told};
use crate::clock::MILLI;
use crate::memory::Brief;
use crate::story::About;
use crate::world::{Ask, ToNode, World};

impl World {
    /// Looks for due mail, if no claim is under way.
    pub(crate) fn poll(&mut self, node: usize) {
        let (reading, wall) = (self.nodes[node].clock.reading(self.now), self.wall(node));
        let may_send = self.may_send(node);
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if run.claiming || !may_send {
            return;
        }
        let free = run.hands.free(usize::MAX, true, true);
        if free.notices == 0 && free.bulk == 0 {
            return;
        }
        let mailings = if free.bulk == 0 {
            Vec::new()
        } else {
            let mut due = self.memory.due_mailings(run.turns.after, wall);
            if run.turns.after.is_some() && due.is_empty() {
                due = self.memory.due_mailings(None, wall);
            }
            run.turns.shares(&due, free.bulk.min(CLAIM))
        };
        let (mut closed, mut full) = (Vec::new(), Vec::new());
        for provider in &self.providers {
            let group = run.groups.get(&provider.domain);
            if group.closed_for(reading) > Duration::ZERO || run.providers.paused(&provider.domain, wall).is_some() {
                closed.push(provider.domain.clone());
            }
            if group.is_full(None) {
                full.push(provider.domain.clone());
            }
        }
        let wanted = Wanted { notices: free.notices.min(CLAIM), mailings, closed_domains: closed, full_domains: full };
        run.claiming = true;
        let (life, beat) = (run.life.get(), run.beat);
        self.ask(node, life, Ask::Claim(wanted, beat));
    }

    pub(crate) fn claimed(&mut self, node: usize, rows: Vec<ClaimedRow>) {
        let claims: Vec<_> = rows.iter().map(|row| row.claim).collect();
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        run.claiming = false;
        for row in rows {
            let hand = run.hands.take(matches!(row.claim.row, RowId::Delivery { .. }));
            run.preparing.insert(row.claim, (row, hand));
        }
        let life = run.life.get();
        for claim in &claims {
            self.tell_of_node(node, About::row(claim.row), format!("claims the row, attempt {}", claim.attempt));
        }
        if !claims.is_empty() {
            self.ask(node, life, Ask::Brief(claims));
            self.tell_node(node, MILLI, ToNode::Poll);
        }
    }

    /// The claim may stand all the same: it ends by the beats that its life counts on.
    pub(crate) fn claim_failed(&mut self, node: usize) {
        if let Some(run) = self.nodes[node].run.as_mut() {
            run.claiming = false;
        }
    }

    pub(crate) fn briefed(&mut self, node: usize, briefs: Vec<Brief>, asked: &[store::deliveries::Claim]) {
        let found: Vec<_> = briefs.iter().map(|brief| brief.claim).collect();
        let until = self.wall(node) + Duration::from_millis(500);
        for claim in asked.iter().filter(|claim| !found.contains(claim)) {
            if let Some(run) = self.nodes[node].run.as_mut()
                && run.preparing.remove(claim).is_some()
            {
                self.tell_outcome(node, *claim, None, Outcome::Held { reason: None, until }, None);
            }
        }
        let mut after = 0;
        for brief in briefs {
            after += self.chance.between(MILLI, 4 * MILLI);
            self.tell_node(node, after, ToNode::Release(Box::new(brief)));
        }
    }

    /// The gate's question, and the queue of the destination.
    pub(crate) fn release(&mut self, node: usize, brief: Brief) {
        let (reading, wall) = (self.nodes[node].clock.reading(self.now), self.wall(node));
        let dice = self.chance.roll();
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let Some((row, hand)) = run.preparing.remove(&brief.claim) else { return };
        let domain = row.domain.clone();
        let claim = row.claim;
        let case = |row| Case {
            row,
            address_key: brief.key,
            provider: &domain,
            host: &domain,
            proof: None,
            by_smarthost: false,
            now: wall,
            dice,
        };
        if row.expires_at <= wall {
            let outcome = case(&row).out_of_time();
            return self.tell_outcome(node, claim, None, outcome, None);
        }
        if brief.facts.person.address().is_some() {
            let group = run.groups.get(&domain);
            let full = matches!(claim.row, RowId::Delivery { .. }) && group.is_full(None);
            let held = run.providers.closed(&group, &domain, wall, reading);
            let held =
                held.or_else(|| full.then(|| Outcome::Held { reason: None, until: wall + Duration::from_secs(1) }));
            if let Some(outcome) = held {
                return self.tell_outcome(node, claim, None, outcome, None);
            }
        }
        if let Err(refusal) = may_send(brief.purpose, &brief.facts, wall) {
            self.tell_of_node(node, About::row(claim.row), format!("refuses: {refusal}"));
            return self.tell_outcome(node, claim, None, of_refusal(&refusal, wall), None);
        }
        let Some(address) = brief.facts.person.address() else { return };
        let provider = self.provider_of_domain(&domain);
        let ready = Ready {
            versions: brief.facts.versions,
            bytes: content(&row, brief.purpose),
            return_path: format!("b.{}@b.house.example", claim.attempt),
            recipient: address.as_str().to_owned(),
            released_at: reading,
            key: brief.key,
            provider,
            row,
            hand,
        };
        self.queue_mail(node, ready);
    }

    /// Records an outcome; `line` waits until it is durable.
    pub(crate) fn tell_outcome(
        &mut self,
        node: usize,
        claim: store::deliveries::Claim,
        provider: Option<&str>,
        outcome: Outcome,
        line: Option<u64>,
    ) {
        let now = self.now;
        let report = Report { claim, provider_group: provider.map(str::to_owned), outcome };
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if run.told.is_empty() {
            run.told_since = now;
        }
        run.told.push_back(Told { report, line });
        self.flush(node);
    }

    /// Between two looks for due mail.
    pub(crate) fn poll_every() -> u64 {
        u64::try_from(POLL.as_millis()).unwrap_or(200) * MILLI
    }

    /// Whether this node may start mails and send final dots. On SQLite the OS lock cannot be lost.
    pub(crate) fn may_send(&self, node: usize) -> bool {
        let reading = self.nodes[node].clock.reading(self.now);
        let proved = |run: &Run| store::watch::proof_holds(run.proved, reading);
        !self.memory.postgres || self.nodes[node].run.as_ref().is_some_and(proved)
    }
}

/// A mail as the gate would make it, as far as this world looks at it: a name that is the same in
/// every attempt, and the way out (unless the rule is broken).
fn content(row: &ClaimedRow, purpose: Purpose) -> Vec<u8> {
    let name = match row.claim.row {
        RowId::Delivery { mailing, contact } => format!("{mailing}.{contact}"),
        RowId::Notice(notice) => format!("n.{notice}"),
    };
    let mut text = format!("Message-ID: <{name}@house.example>\r\nSubject: {}\r\n\r\n", purpose.word());
    for _ in 0..12 {
        text.push_str("A line of a mail that nobody reads, so that it has more than a first piece.\r\n");
    }
    text.into_bytes()
}
