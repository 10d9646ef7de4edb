//! People who leave by mail while the program is killed: whoever heard 250 has left, once, and gets
//! nothing that began after that; whoever did not hear it sends the mail again, as mail servers do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::books::Books;
use super::stock::Stock;
use crate::clock::monotonic_now_ns;
use crate::letter::Letter;
use crate::story::{Reader, World, finished, unsubscribe_by_mail};

/// The first newsletter is with everybody so soon.
const FIRST: Duration = Duration::from_secs(120);

/// Somebody who leaves.
#[derive(Clone)]
struct Leaver {
    address: String,
    /// A newsletter that names the way out.
    mail: Vec<u8>,
}

/// A mail on its way: who sent it, and when 250 was heard, if it was.
type Sent = JoinHandle<(Leaver, Option<u64>)>;

/// All who leave in a run.
pub(super) struct Leaving {
    addresses: Vec<String>,
    waiting: Vec<Leaver>,
    /// Sent, and not answered.
    again: Vec<Leaver>,
    on_the_way: Vec<Sent>,
    /// When each was told 250.
    gone: HashMap<String, u64>,
}

impl Leaving {
    pub(super) fn new(people: &[Reader]) -> Self {
        let addresses = people.iter().map(|one| one.address.to_lowercase()).collect();
        Self { addresses, waiting: Vec::new(), again: Vec::new(), on_the_way: Vec::new(), gone: HashMap::new() }
    }

    /// Sends everybody a first newsletter and keeps what the leavers got.
    pub(super) async fn collect_letters(
        &mut self,
        world: &World,
        stock: &mut Stock,
        books: &Books,
    ) -> Result<(), String> {
        let seen = world.seen();
        stock.top_up(books).await?;
        for letter in stock.started() {
            finished(world, stock.account(), &letter.id, FIRST).await?;
        }
        let records = world.provider.records_after(seen);
        for address in &self.addresses {
            let record = records.iter().find(|record| record.is_message_for(address));
            let mail = record.ok_or_else(|| format!("{address} got no newsletter"))?.bytes.to_vec();
            self.waiting.push(Leaver { address: address.clone(), mail });
        }
        Ok(())
    }

    /// One more leaves, and nobody waits for the answer yet.
    pub(super) fn begin(&mut self, inbound: SocketAddr) -> Result<(), String> {
        let leaver = self.waiting.pop().ok_or("everybody has left")?;
        self.on_the_way.push(send(inbound, leaver));
        Ok(())
    }

    /// Hears what became of the mails on their way. The program that should answer is dead by now.
    pub(super) async fn hear(&mut self) -> Result<(), String> {
        for sent in std::mem::take(&mut self.on_the_way) {
            match sent.await.map_err(|error| error.to_string())? {
                (leaver, Some(answered_ns)) => drop(self.gone.insert(leaver.address, answered_ns)),
                (leaver, None) => self.again.push(leaver),
            }
        }
        Ok(())
    }

    /// Sends what was not answered again. The program lives, so every mail must be taken.
    pub(super) async fn send_again(&mut self, inbound: SocketAddr) -> Result<(), String> {
        self.on_the_way.extend(std::mem::take(&mut self.again).into_iter().map(|leaver| send(inbound, leaver)));
        self.hear().await?;
        match self.again.first() {
            None => Ok(()),
            Some(leaver) => Err(format!("the mail by which {} leaves was not taken", leaver.address)),
        }
    }

    /// Holds the provider's book and the ledger against what the leavers were told.
    pub(super) fn judge(&self, world: &World) -> Result<Vec<String>, String> {
        let mut faults = Vec::new();
        for record in world.provider.records() {
            let to = record.accepted_recipients().next().map(str::to_lowercase).unwrap_or_default();
            let told = self.gone.get(&to);
            if told.is_some_and(|told| record.completed && record.data_ns.is_some_and(|began| began > *told)) {
                faults.push(format!("{to} left, was told so, and got a mail that began after that"));
            }
        }
        let rows = world.house.ask(
            "SELECT f.address, f.reason, (SELECT COUNT(*) FROM consent_event e
                WHERE e.account_id = f.account_id AND e.contact_id = f.id AND e.kind = 'withdrawn')
             FROM former_contact f",
        )?;
        let left: HashMap<String, &[String]> =
            rows.iter().filter_map(|row| Some((row.first()?.to_lowercase(), row.get(1..)?))).collect();
        for address in self.gone.keys() {
            match left.get(address).copied() {
                Some([reason, times]) if reason == "unsubscribed" && times == "1" => {}
                other => faults.push(format!("{address} left once by mail, and the ledger says {other:?}")),
            }
        }
        if left.len() != self.gone.len() {
            faults.push(format!("{} people left, and the ledger has {}", self.gone.len(), left.len()));
        }
        Ok(faults)
    }
}

fn send(inbound: SocketAddr, leaver: Leaver) -> Sent {
    tokio::spawn(async move {
        let taken = unsubscribe_by_mail(inbound, &leaver.address, &Letter::read(&leaver.mail)).await;
        let answered = monotonic_now_ns();
        (leaver, taken.is_ok().then_some(answered))
    })
}
