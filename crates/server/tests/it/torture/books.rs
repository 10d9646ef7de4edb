//! Newsletters to a few readers, and the provider's book of them.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use testbench::letter::Letter;
use testbench::story::{
    Account, GARDEN, Reader, Setup, Words, World, finished, gather, open_account, readers, start_newsletter,
    write_newsletter,
};

use crate::scratch::program;

/// All newsletters are finished so soon.
const FINISHES: Duration = Duration::from_secs(180);

/// A world with readers, and the newsletters that they get.
pub(super) struct Books {
    pub(super) world: World,
    pub(super) account: Account,
    pub(super) people: Vec<Reader>,
    /// Number and subject of each newsletter.
    pub(super) letters: Vec<(String, String)>,
    before: usize,
}

/// A message by subject and recipient, with the instants at which its copies began (DATA).
pub(super) type Arrivals = HashMap<(String, String), Vec<u64>>;

impl Books {
    /// An installation with so many readers, and these settings.
    pub(super) async fn open(
        database: Option<String>,
        settings: &[(&str, usize)],
        people: usize,
    ) -> Result<Self, String> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut all: Vec<_> = settings.iter().map(|(name, value)| pair(name, value.to_string())).collect();
        all.push(pair("signup.per_form_hour", "100000".to_owned()));
        all.push(pair("log.level", "\"warn\"".to_owned()));
        let world = World::open(Setup { program: program(), database, settings: all }).await?;
        let account = open_account(&world, GARDEN).await?;
        let people = readers(71, people);
        gather(&world, &account, &people).await?;
        let before = world.seen();
        Ok(Self { world, account, people, letters: Vec::new(), before })
    }

    /// Writes a newsletter and starts it; gives its place in [`Self::letters`].
    pub(super) async fn letter(&mut self) -> Result<usize, String> {
        let number = self.letters.len() + 1;
        let subject = format!("Gartenbrief Nummer {number:03}");
        let body = format!("Guten Tag,\n\ndies ist Brief {number} aus dem Garten.\n");
        let id = write_newsletter(&self.account, &Words { subject: subject.clone(), body }).await?;
        start_newsletter(&self.account, &id).await?;
        self.letters.push((id, subject));
        Ok(number - 1)
    }

    /// Waits until every newsletter is finished, with the whole audience accepted.
    pub(super) async fn finish(&self) -> Result<(), String> {
        for (id, subject) in &self.letters {
            let state = finished(&self.world, &self.account, id, FINISHES).await?;
            adds_up(&state);
            assert_eq!(state["ended"]["accepted"], self.people.len(), "{subject}: {state}");
        }
        Ok(())
    }

    /// Every message that the provider received.
    pub(super) fn arrivals(&self) -> Arrivals {
        let mut arrivals = Arrivals::new();
        for record in self.world.provider.records_after(self.before).iter().filter(|record| record.completed) {
            let subject = Letter::read(&record.bytes).words("Subject").unwrap_or_default();
            let to = record.accepted_recipients().next().unwrap_or_default().to_lowercase();
            arrivals.entry((subject, to)).or_default().push(record.data_ns.unwrap_or_default());
        }
        arrivals
    }

    /// Every reader got every newsletter, and no more than once.
    pub(super) fn everybody_got_everything_once(&self) {
        let arrivals = self.arrivals();
        for (_, subject) in &self.letters {
            for one in &self.people {
                let copies = arrivals.get(&(subject.clone(), one.address.to_lowercase())).map_or(0, Vec::len);
                assert_eq!(copies, 1, "{subject} to {}", one.address);
            }
        }
    }

    /// How many rows are in this state.
    pub(super) fn rows(&self, state: u8) -> Result<usize, String> {
        let rows = self.world.house.ask(&format!("SELECT COUNT(*) FROM delivery WHERE state = {state}"))?;
        rows.first().and_then(|row| row.first()?.parse().ok()).ok_or_else(|| format!("no number: {rows:?}"))
    }
}

/// The states of a newsletter are its audience, and it is finished when every mail is at its end.
pub(super) fn adds_up(state: &Value) {
    let ended: i64 = state["ended"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_i64()).sum();
    let open = state["open"].as_i64().expect("a number");
    assert_eq!(Some(ended + open), state["audience"].as_i64(), "{state}");
    assert!(state["state"] != "finished" || open == 0, "finished with open mails: {state}");
}
