//! People sign up and answer the confirmation mail.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::time::Duration;

use super::founding::Account;
use super::visits::{Visitor, together};
use super::world::{ARRIVES, World};
use crate::clock::monotonic_now_ns;
use crate::letter::Letter;
use crate::page::Form;

/// Nobody fills in a form faster; the product takes faster ones for programs.
const READING: Duration = Duration::from_millis(2_200);

/// Somebody who signs up.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The address.
    pub address: String,
    /// The given name, for the form's field.
    pub given: String,
    /// Where they come from.
    pub ip: Ipv4Addr,
}

/// What became of sign-ups.
#[derive(Clone, Debug, Default)]
pub struct Signed {
    /// The link of each confirmation mail (`/c/…`), by address in lower case.
    pub confirm: HashMap<String, String>,
    /// The link of "that was not me" (`/u/…`), by address in lower case.
    pub not_me: HashMap<String, String>,
    /// Milliseconds from sending the form until the provider had the confirmation mail.
    pub delays_ms: Vec<u64>,
}

impl Signed {
    /// The delay that 95 of 100 mails kept, in milliseconds.
    #[must_use]
    pub fn p95_ms(&self) -> u64 {
        let mut delays = self.delays_ms.clone();
        delays.sort_unstable();
        delays.get(delays.len().saturating_sub(1) * 95 / 100).copied().unwrap_or(0)
    }
}

/// Signs everybody up at the account's form and waits for all confirmation mails.
///
/// # Errors
/// A form that was not taken; mails that did not come.
pub async fn sign_up(world: &World, account: &Account, readers: &[Reader]) -> Result<Signed, String> {
    let seen = world.seen();
    let web = world.house.web();
    let page = account.form_page();
    let opened = together(readers.to_vec(), |reader| {
        let page = page.clone();
        async move {
            let visitor = Visitor::new(web, reader.ip);
            let form = visitor.forms(&page).await?.remove(0);
            Ok((visitor, reader, form))
        }
    })
    .await?;
    tokio::time::sleep(READING).await;
    let sent = together(opened, |(visitor, reader, form)| send(visitor, reader, form)).await?;
    let sent: HashMap<String, u64> = sent.into_iter().collect();
    collect(world, account, seen, &sent).await
}

async fn send(visitor: Visitor, reader: Reader, mut form: Form) -> Result<(String, u64), String> {
    form.fill("email", &reader.address)?;
    form.fill("f_given_name", &reader.given)?;
    let began = monotonic_now_ns();
    visitor.send(&form).await?;
    Ok((reader.address.to_lowercase(), began))
}

async fn collect(world: &World, account: &Account, seen: usize, sent: &HashMap<String, u64>) -> Result<Signed, String> {
    let mut signed = Signed::default();
    let mut looked = seen;
    let end = tokio::time::Instant::now() + ARRIVES * 2;
    loop {
        for record in world.provider.records_after(looked) {
            looked += 1;
            let Some(to) = record.accepted_recipients().next().map(str::to_lowercase) else {
                continue;
            };
            let letter = Letter::read(&record.bytes);
            if !record.accepted || letter.address("From").as_ref() != Some(&account.from) {
                continue;
            }
            let (Some(began), Some(confirm)) = (sent.get(&to), letter.link("/c/")) else {
                continue;
            };
            let not_me = letter.link("/u/").ok_or("a confirmation mail without a way out")?;
            let arrived = record.dot_ns.unwrap_or(*began);
            signed.delays_ms.push(arrived.saturating_sub(*began) / 1_000_000);
            signed.not_me.insert(to.clone(), not_me);
            signed.confirm.insert(to, confirm);
        }
        if signed.confirm.len() == sent.len() {
            return Ok(signed);
        }
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        if left.is_zero() || !world.provider.wait_ended(looked + 1, left).await {
            let (have, wanted) = (signed.confirm.len(), sent.len());
            return Err(format!("{have} of {wanted} confirmation mails came"));
        }
    }
}

/// Everybody presses the button behind the confirmation link.
///
/// # Errors
/// One of them was not taken.
pub async fn confirm(world: &World, links: &BTreeMap<String, String>) -> Result<(), String> {
    let web = world.house.web();
    let all: Vec<String> = links.values().cloned().collect();
    let pressed =
        together(
            all,
            |link| async move { Visitor::new(web, Ipv4Addr::new(127, 8, 0, 1)).press(&link).await.map(drop) },
        );
    pressed.await.map(drop)
}

/// Signs everybody up and confirms all.
///
/// # Errors
/// As [`sign_up`] and [`confirm`].
pub async fn gather(world: &World, account: &Account, readers: &[Reader]) -> Result<(), String> {
    let signed = sign_up(world, account, readers).await?;
    confirm(world, &signed.confirm.into_iter().collect()).await
}

/// Invented readers at the usual domains, each with an address of this machine of their own.
#[must_use]
pub fn readers(seed: u64, count: usize) -> Vec<Reader> {
    let octet = |value: usize| u8::try_from(value).expect("fewer than 250");
    crate::people::people(seed, count)
        .into_iter()
        .enumerate()
        .map(|(number, person)| Reader {
            address: person.address,
            given: person.given,
            ip: Ipv4Addr::new(127, octet(10 + number / 200), octet(1 + number % 200), 7),
        })
        .collect()
}
