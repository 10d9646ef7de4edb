//! The acts of the story, in their order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::cast::{Answer, Deed, Mailbox, Player, Side, cast};
use super::figures::{Books, Mailing};
use super::founding::{Account, GARDEN, SHOP, open_account};
use super::mailings::{Words, finished, start_autoresponder, start_newsletter, write_newsletter};
use super::mails::{Kind, Mail, keep, mails};
use super::signing::{Reader, confirm, sign_up};
use super::visits::{Visitor, post, together, unsubscribe_by_mail};
use super::world::{ARRIVES, Setup, World};
use super::{Narrator, failed};
use crate::letter::Letter;
use crate::page::Form;
use crate::provider::{Behaviour, Record, Scope};
use crate::reports::Dsn;

/// How long a newsletter may take.
const RUN: Duration = Duration::from_secs(240);

/// What the story is told with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program `jawort`.
    pub program: PathBuf,
    /// A PostgreSQL database; without it SQLite.
    pub database: Option<String>,
    /// Where all mails are kept.
    pub keep_mail: Option<PathBuf>,
    /// Decides people and figures.
    pub seed: u64,
    /// A show: no judge reads its mails when it ends.
    pub show: bool,
}

/// How the story ended.
pub struct Ending {
    /// Everything is still running.
    pub world: World,
    /// The accounts: the one that kept the rules, and the one that is suspended.
    pub accounts: [Account; 2],
    /// The figures, from the ledger.
    pub figures: Value,
    /// Figures of which the two books differ, in words.
    pub faults: Vec<String>,
    /// Mails that the provider took, by kind.
    pub received: BTreeMap<Kind, usize>,
}

/// The story while it is told.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) accounts: [Account; 2],
    pub(super) players: Vec<Player>,
    pub(super) books: Books,
    says: Narrator,
}

/// Tells the story once.
///
/// # Errors
/// The first step that the product did not take.
pub async fn tell(options: &Options) -> Result<Ending, String> {
    let began = tokio::time::Instant::now();
    let mut story = Story::begin(options).await?;
    story.sign_everybody_up().await?;
    story.answer().await?;
    story.reviews().await?;
    story.welcome().await?;
    story.test_mail().await?;
    story.shop_writes().await?;
    story.garden_writes().await?;
    story.readers_act().await?;
    story.replies_arrive().await?;
    story.shop_is_stopped().await?;
    story.garden_writes_again().await?;
    story.end(options, began).await
}

impl Story {
    async fn begin(options: &Options) -> Result<Self, String> {
        let says = Narrator;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let settings = vec![
            pair("signup.per_form_hour", "100000"),
            pair("delivery.connections_per_group", "3"),
            pair("log.level", "\"warn\""),
        ];
        let setup = Setup { program: options.program.clone(), database: options.database.clone(), settings };
        let mut world = World::open(setup).await?;
        if options.show {
            world.leave_unjudged();
        }
        says.say(format_args!("Jawort is up at {}.", world.house.url()));
        let garden = open_account(&world, GARDEN).await?;
        says.say(format_args!(
            "{} may send from {}: website, topic, domain and sender are proven.",
            GARDEN.name, garden.from
        ));
        let shop = open_account(&world, SHOP).await?;
        says.say(format_args!("{} has no domain of its own and writes from {}.", SHOP.name, shop.from));
        let players = cast(options.seed);
        Ok(Self { world, accounts: [garden, shop], players, books: Books::default(), says })
    }

    fn account(&self, side: Side) -> &Account {
        match side {
            Side::Garden => &self.accounts[0],
            Side::Shop => &self.accounts[1],
        }
    }

    pub(super) fn account_of(&self, side: Side) -> &Account {
        self.account(side)
    }

    /// Whom the address book of this side must hold: members whose own mail did not bounce.
    pub(super) fn known_members(&self, side: Side) -> HashSet<String> {
        let struck = |address: &String| self.books.struck.contains(&(side, address.clone()));
        self.members(side).map(|one| one.address().to_lowercase()).filter(|one| !struck(one)).collect()
    }

    /// Those who confirmed at this side and did not leave it, whatever their mailbox is.
    fn members(&self, side: Side) -> impl Iterator<Item = &Player> {
        self.players.iter().filter(move |one| {
            let gone = self.books.left.contains(&(side, one.address().to_lowercase()));
            one.confirms() && one.sides.contains(&side) && !gone
        })
    }

    async fn sign_everybody_up(&mut self) -> Result<(), String> {
        let account = self.account(Side::Garden);
        let words = Words {
            subject: "Willkommen im Gartenhof".to_owned(),
            body: "Guten Tag,\n\nschön, dass Sie da sind. Jeden Freitag schreiben wir Ihnen.\n".to_owned(),
        };
        let id = start_autoresponder(account, &words, 0).await?;
        let mailing = Mailing { side: Side::Garden, kind: "autoresponders", id, subject: words.subject, expected: 0 };
        self.books.mailings.push(mailing);
        for side in Side::BOTH {
            let all = self.players.iter().filter(|one| one.sides.contains(&side));
            let readers: Vec<Reader> = all
                .map(|one| Reader { address: one.address().to_owned(), given: one.person.given.clone(), ip: one.ip })
                .collect();
            let signed = sign_up(&self.world, self.account(side), &readers).await?;
            let name = self.account(side).firm.name;
            self.says.say(format_args!(
                "{} people signed up with {name}; 95 of 100 had their confirmation mail within {} ms.",
                readers.len(),
                signed.p95_ms()
            ));
            self.books.signups += readers.len();
            self.books.confirm_links.insert(side, signed);
        }
        Ok(())
    }

    async fn answer(&mut self) -> Result<(), String> {
        for side in Side::BOTH {
            let Some(signed) = self.books.confirm_links.get(&side) else { continue };
            let here = self.players.iter().filter(|one| one.sides.contains(&side));
            let mut links = BTreeMap::new();
            let mut not_me = Vec::new();
            for one in here {
                let address = one.address().to_lowercase();
                match one.answer {
                    Answer::Confirms => drop(links.insert(address.clone(), signed.confirm[&address].clone())),
                    Answer::NotMe => not_me.push((one.ip, signed.not_me[&address].clone())),
                    Answer::Ignores => {}
                }
            }
            confirm(&self.world, &links).await?;
            let web = self.world.house.web();
            together(not_me, |(ip, link)| async move { Visitor::new(web, ip).press(&link).await.map(drop) }).await?;
            self.books.confirmed += links.len();
        }
        let silent = self.players.iter().filter(|one| one.answer == Answer::Ignores).count();
        let not_me = self.players.iter().filter(|one| one.answer == Answer::NotMe).count();
        self.says.say(format_args!(
            "{} sign-ups were confirmed; {silent} people did nothing, {not_me} said that it was not them.",
            self.books.confirmed
        ));
        Ok(())
    }

    /// Everybody who confirmed at the garden is welcomed; then some mailboxes stop working.
    async fn welcome(&mut self) -> Result<(), String> {
        let wanted = self.members(Side::Garden).count();
        self.books.mailings[0].expected = wanted;
        let subject = self.books.mailings[0].subject.clone();
        let mails = self.mails_with(&subject, wanted).await?;
        for mail in mails {
            if let Some(link) = Letter::read(&mail.bytes).unsubscribe_uris().into_iter().next() {
                let to = mail.accepted_recipients().next().unwrap_or_default().to_lowercase();
                self.books.welcome_links.insert(to, link);
            }
        }
        self.says.say(format_args!("{wanted} welcome mails followed by autoresponder."));
        for one in &self.players {
            let behaviour = match one.mailbox {
                Mailbox::Gone => Behaviour::hard(),
                Mailbox::Full => Behaviour::at_rcpt("552 5.2.2 mailbox full"),
                Mailbox::Works | Mailbox::GoneLater | Mailbox::FullLater => continue,
            };
            self.world.provider.set_behaviour(Scope::Address(one.address().to_owned()), behaviour);
        }
        Ok(())
    }

    /// The accepted mails with this subject to people, once there are `count` of them.
    async fn mails_with(&self, subject: &str, count: usize) -> Result<Vec<Record>, String> {
        let mut found = Vec::new();
        let mut looked = 0;
        let end = tokio::time::Instant::now() + RUN;
        loop {
            for record in self.world.provider.records_after(looked) {
                looked += 1;
                let own = Letter::read(&record.bytes).words("Subject").is_some_and(|known| known == subject);
                if own && record.accepted {
                    found.push(record);
                }
            }
            if found.len() >= count {
                return Ok(found);
            }
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() || !self.world.provider.wait_ended(looked + 1, left).await {
                let states = self.states().await;
                return Err(format!("{} of {count} mails with the subject {subject} came; {states}", found.len()));
            }
        }
    }

    /// Where all mailings stand, for an error text.
    async fn states(&self) -> String {
        let mut states = String::new();
        for one in &self.books.mailings {
            let state = super::progress(self.account(one.side), one.kind, &one.id).await;
            states.push_str(&format!("{}: {state:?}; ", one.subject));
        }
        states
    }

    /// The operator reads what waits.
    async fn reviews(&mut self) -> Result<(), String> {
        // Mail that is held by now goes out at once when she has decided.
        self.world.provider.wait_quiet(Duration::from_secs(2), ARRIVES).await;
        let waiting = self.world.operator.get("/reviews/legal-notices").await?;
        for notice in waiting["items"].as_array().into_iter().flatten() {
            let plain = super::api::plain;
            let path = format!("/reviews/legal-notices/{}/{}", plain(&notice["account"]), plain(&notice["version"]));
            let decision = json!({ "approve": true, "by": "Olga", "reason": "Name, place and phone are right." });
            self.world.operator.post(&path, &decision).await?;
            self.says.say("An account has 500 contacts by now, so the operator checked its legal notice.");
        }
        Ok(())
    }

    async fn test_mail(&mut self) -> Result<(), String> {
        let words = Words {
            subject: "Herbst im Garten".to_owned(),
            body: "Liebe Leserin, lieber Leser {{ given_name | default(\"\") }},\n\n# Herbst\n\nJetzt pflanzen Sie \
                   **Knoblauch** und Zwiebeln. [Mehr dazu](https://www.gartenhof.example/herbst)\n"
                .to_owned(),
        };
        let account = self.account(Side::Garden).clone();
        let id = write_newsletter(&account, &words).await?;
        let seen = self.world.seen();
        let users = json!({ "users": [account.user] });
        account.api.post(&format!("/newsletters/{id}/test"), &users).await?;
        let mailbox = account.firm.mailbox;
        let is_test =
            |letter: &Letter<'_>| letter.words("Subject").is_some_and(|text| text.contains("Herbst im Garten"));
        self.world.mail_to(mailbox, seen, is_test).await?;
        self.says.say(format_args!("{mailbox} read the newsletter as a test mail."));
        let mailing = Mailing { side: Side::Garden, kind: "newsletters", id, subject: words.subject, expected: 0 };
        self.books.mailings.push(mailing);
        Ok(())
    }

    /// Whom a newsletter of this side reaches when it starts now.
    fn audience(&self, side: Side) -> usize {
        let reached = |one: &&Player| !self.books.excluded.contains(&one.address().to_lowercase());
        self.members(side).filter(reached).count()
    }

    async fn shop_writes(&mut self) -> Result<(), String> {
        let words = Words {
            subject: "Lamps for long evenings".to_owned(),
            body: "Hello {{ given_name | default(\"there\") }},\n\nour new lamp gives warm light for little power.\n"
                .to_owned(),
        };
        let seen = self.world.seen();
        let place = self.start(Side::Shop, words).await?;
        let state = self.finish(place).await?;
        self.note_bounces(Side::Shop);
        self.says.say(format_args!("{} wrote its newsletter: {state}.", SHOP.name));
        self.send_dsns(Side::Shop, seen).await
    }

    async fn start(&mut self, side: Side, words: Words) -> Result<usize, String> {
        let account = self.account(side).clone();
        let known = self.books.mailings.iter().position(|one| one.subject == words.subject);
        let place = match known {
            Some(place) => place,
            None => {
                let id = write_newsletter(&account, &words).await?;
                let mailing = Mailing { side, kind: "newsletters", id, subject: words.subject, expected: 0 };
                self.books.mailings.push(mailing);
                self.books.mailings.len() - 1
            }
        };
        self.books.mailings[place].expected = self.audience(side);
        start_newsletter(&account, &self.books.mailings[place].id).await?;
        Ok(place)
    }

    async fn finish(&self, place: usize) -> Result<String, String> {
        let mailing = &self.books.mailings[place];
        let state = finished(&self.world, self.account(mailing.side), &mailing.id, RUN).await?;
        let ended = &state["ended"];
        Ok(format!(
            "{} readers, {} accepted, {} bounced, {} refused",
            state["audience"], ended["accepted"], ended["bounced"], ended["refused"]
        ))
    }

    /// Puts down what the provider refused since then: who is gone is excluded from now on.
    fn note_bounces(&mut self, side: Side) {
        let refused = self.world.provider.refused_after(self.books.refused);
        self.books.refused += refused.len();
        for recipient in refused {
            if recipient.reply.starts_with("550 5.1.1") {
                self.books.hard += 1;
                self.strike(side, &recipient.address);
            } else {
                self.books.soft += 1;
            }
        }
    }

    fn strike(&mut self, side: Side, address: &str) {
        self.books.struck.insert((side, address.to_lowercase()));
        self.books.excluded.insert(address.to_lowercase());
    }

    /// The provider tells of mail that it had taken first.
    async fn send_dsns(&mut self, side: Side, seen: usize) -> Result<(), String> {
        let later: HashMap<String, Mailbox> = self
            .players
            .iter()
            .filter(|one| matches!(one.mailbox, Mailbox::GoneLater | Mailbox::FullLater))
            .map(|one| (one.address().to_lowercase(), one.mailbox))
            .collect();
        let inbound = self.world.house.inbound();
        let mut told = 0;
        for record in self.world.provider.records_after(seen).into_iter().filter(|record| record.accepted) {
            let Some(to) = record.accepted_recipients().next().map(str::to_owned) else { continue };
            let Some(mailbox) = later.get(&to.to_lowercase()) else { continue };
            let dsn = match mailbox {
                Mailbox::GoneLater => Dsn::hard(&record.mail_from, &to, &record.bytes),
                _ => Dsn::soft(&record.mail_from, &to, &record.bytes),
            };
            post(inbound, "", &record.mail_from, &dsn.build()).await?;
            told += 1;
            if *mailbox == Mailbox::GoneLater {
                self.books.hard += 1;
                self.strike(side, &to);
            } else {
                self.books.soft += 1;
            }
        }
        self.says.say(format_args!(
            "The provider sent {told} delivery status notifications for mail that it had taken first."
        ));
        Ok(())
    }

    /// A newsletter runs, and some leave in the middle of it.
    async fn garden_writes(&mut self) -> Result<(), String> {
        self.slow_down(60);
        let seen = self.world.seen();
        let words = Words { subject: "Herbst im Garten".to_owned(), body: String::new() };
        let place = self.start(Side::Garden, words).await?;
        if !self.world.provider.wait_ended(seen + 10, ARRIVES).await {
            return Err("the newsletter does not start".to_owned());
        }
        let leavers = self.doers(Side::Garden, Deed::LeavesMeanwhile);
        let links: Vec<_> = leavers
            .iter()
            .filter_map(|one| Some((one.ip, self.books.welcome_links.get(&one.address().to_lowercase())?.clone())))
            .collect();
        let web = self.world.house.web();
        together(links, |(ip, link)| async move { Visitor::new(web, ip).one_click(&link).await.map(drop) }).await?;
        self.leave(Side::Garden, &leavers);
        self.slow_down(0);
        let state = self.finish(place).await?;
        self.note_bounces(Side::Garden);
        self.says.say(format_args!(
            "{} wrote its newsletter, and {} readers left in the middle of it: {state}.",
            GARDEN.name,
            leavers.len()
        ));
        self.send_dsns(Side::Garden, seen).await
    }

    fn slow_down(&self, dot_delay_ms: u64) {
        self.world.slow_down(dot_delay_ms);
    }

    /// Those of this side who do this.
    fn doers(&self, side: Side, deed: Deed) -> Vec<Player> {
        self.members(side).filter(|one| one.deed == deed).cloned().collect()
    }

    fn leave(&mut self, side: Side, players: &[Player]) {
        let gone = players.iter().map(|one| (side, one.address().to_lowercase()));
        self.books.left.extend(gone);
    }

    /// The newsletter of this side that somebody received.
    fn received(&self, side: Side, player: &Player) -> Result<Record, String> {
        let newsletters: HashSet<&str> = self
            .books
            .mailings
            .iter()
            .filter(|one| one.side == side && one.kind == "newsletters")
            .map(|one| one.subject.as_str())
            .collect();
        let own = self.world.provider.messages().into_iter().filter(|record| record.is_message_for(player.address()));
        let mut own = own.filter(|record| {
            Letter::read(&record.bytes).words("Subject").is_some_and(|text| newsletters.contains(text.as_str()))
        });
        own.next().ok_or_else(|| failed(player.address(), "received no newsletter"))
    }

    async fn readers_act(&mut self) -> Result<(), String> {
        let (web, inbound) = (self.world.house.web(), self.world.house.inbound());
        let side = Side::Garden;
        for (deed, words) in [
            (Deed::OneClick, "left by one click in their mail program"),
            (Deed::Page, "left by the page behind the link"),
            (Deed::PageAndBack, "left by the page and came back at once"),
            (Deed::Mailto, "left by writing a mail"),
            (Deed::ComplainsByReport, "complained to their provider, which sent a report"),
        ] {
            let doers = self.doers(side, deed);
            for one in &doers {
                let record = self.received(side, one)?;
                let letter = Letter::read(&record.bytes);
                let visitor = Visitor::new(web, one.ip);
                match deed {
                    Deed::OneClick => {
                        let link = letter.unsubscribe_uris().into_iter().next().ok_or("no List-Unsubscribe")?;
                        visitor.one_click(&link).await?;
                    }
                    Deed::Mailto => unsubscribe_by_mail(inbound, one.address(), &letter).await?,
                    Deed::ComplainsByReport => self.world.report(&record.bytes).await?,
                    _ => leave_by_page(&visitor, &letter, deed == Deed::PageAndBack).await?,
                }
            }
            if deed != Deed::PageAndBack {
                self.leave(side, &doers);
            }
            if deed == Deed::ComplainsByReport {
                *self.books.complaints.entry(side).or_default() += doers.len();
            }
            self.says.say(format_args!("{} readers {words}.", doers.len()));
        }
        Ok(())
    }

    /// Letters to the shop's platform address arrive in its own mailbox, byte for byte.
    async fn replies_arrive(&mut self) -> Result<(), String> {
        let account = self.account(Side::Shop).clone();
        let writers = self.doers(Side::Shop, Deed::Replies);
        for (number, one) in writers.iter().enumerate() {
            let id = format!("<letter.{number}@mua.example>");
            let letter = format!(
                "From: {} <{}>\r\nTo: <{}>\r\nSubject: Re: Lamps for long evenings\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\
                 Message-ID: {id}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                 Hello,\r\n\r\nis the lamp to be had in green?\r\n.\r\n..and in blue?\r\n",
                crate::people::plain(&one.person.given),
                one.address(),
                account.from
            );
            self.world.book.letter(&id, letter.as_bytes());
            let seen = self.world.seen();
            post(self.world.house.inbound(), one.address(), &account.from, letter.as_bytes()).await?;
            let is_it = |arrived: &Letter<'_>| arrived.header("Message-ID") == Some(id.clone());
            let arrived = self.world.mail_to(account.firm.mailbox, seen, is_it).await?;
            if *arrived.bytes != *letter.as_bytes() {
                self.books.faults.push(format!("the letter {id} did not arrive byte for byte"));
            }
        }
        self.says.say(format_args!(
            "{} answers to {} arrived in {}.",
            writers.len(),
            account.from,
            account.firm.mailbox
        ));
        Ok(())
    }

    /// Complaints reach the shop while its next newsletter runs.
    async fn shop_is_stopped(&mut self) -> Result<(), String> {
        self.slow_down(400);
        let seen = self.world.seen();
        let words = Words {
            subject: "Chairs, and more chairs".to_owned(),
            body: "Hello {{ given_name | default(\"there\") }},\n\nchairs, chairs, chairs.\n".to_owned(),
        };
        let place = self.start(Side::Shop, words).await?;
        if !self.world.provider.wait_ended(seen + 10, ARRIVES).await {
            return Err("the newsletter does not start".to_owned());
        }
        for deed in [Deed::ComplainsByReport, Deed::ComplainsByLetter] {
            let doers = self.doers(Side::Shop, deed);
            for one in &doers {
                let record = self.received(Side::Shop, one)?;
                if deed == Deed::ComplainsByReport {
                    self.world.report(&record.bytes).await?;
                } else {
                    let words = "I never wanted this. Stop it.";
                    self.world.forward_to_abuse(one.address(), words, &record.bytes).await?;
                }
            }
            self.leave(Side::Shop, &doers);
            *self.books.complaints.entry(Side::Shop).or_default() += doers.len();
        }
        self.world.provider.wait_quiet(Duration::from_secs(3), ARRIVES).await;
        self.slow_down(0);
        self.note_bounces(Side::Shop);
        let mailing = &self.books.mailings[place];
        let state = super::progress(self.account(Side::Shop), mailing.kind, &mailing.id).await?;
        self.says.say(format_args!(
            "{} readers complained about {}: it is suspended in the middle of its newsletter. {} of {} had it accepted, {} are held.",
            self.books.complaints[&Side::Shop],
            SHOP.name,
            state["ended"]["accepted"],
            state["audience"],
            state["open"],
        ));
        self.send_dsns(Side::Shop, seen).await?;
        self.suspended_cannot_send().await
    }

    async fn suspended_cannot_send(&mut self) -> Result<(), String> {
        let account = self.account(Side::Shop).clone();
        let words = Words { subject: "One more try".to_owned(), body: "Hello again\n".to_owned() };
        let refused = match write_newsletter(&account, &words).await {
            Ok(id) => start_newsletter(&account, &id).await,
            Err(why) => Err(why),
        };
        match refused {
            Ok(()) => Err("a suspended account started a newsletter".to_owned()),
            Err(why) => {
                let why: String = why.chars().skip_while(|letter| *letter != '"').take(160).collect();
                self.says.say(format_args!("It tried to go on and was told: {why}"));
                Ok(())
            }
        }
    }

    async fn garden_writes_again(&mut self) -> Result<(), String> {
        let seen = self.world.seen();
        let words = Words {
            subject: "Der erste Frost".to_owned(),
            body:
                "Guten Tag {{ given_name | default(\"\") }},\n\nheute Nacht wird es kalt. Holen Sie die Kübel herein.\n"
                    .to_owned(),
        };
        let place = self.start(Side::Garden, words).await?;
        let state = self.finish(place).await?;
        self.note_bounces(Side::Garden);
        self.says.say(format_args!("{} goes on: {state}.", GARDEN.name));
        self.send_dsns(Side::Garden, seen).await
    }

    async fn end(mut self, options: &Options, began: tokio::time::Instant) -> Result<Ending, String> {
        self.world.provider.wait_quiet(Duration::from_secs(2), ARRIVES).await;
        let all = mails(&self.world.provider, &self.world.book.facts());
        let mut figures = self.compare(&all).await?;
        figures["seconds"] = json!(began.elapsed().as_secs());
        let mut received = BTreeMap::new();
        for mail in &all {
            *received.entry(mail.kind).or_default() += 1;
        }
        if let Some(folder) = &options.keep_mail {
            self.keep(folder, &all)?;
        }
        for fault in &self.books.faults {
            self.says.say(format_args!("The books differ: {fault}"));
        }
        Ok(Ending { world: self.world, accounts: self.accounts, figures, faults: self.books.faults, received })
    }

    fn keep(&self, folder: &Path, all: &[Mail]) -> Result<(), String> {
        let zone = self.world.publish_zone()?;
        let notices: Vec<_> = self.accounts.iter().map(|one| (one.from.clone(), one.notice())).collect();
        keep(folder, all, &zone, &notices)
    }
}

/// Presses the button of the page behind the link; `and_back` takes it back by the next page.
async fn leave_by_page(visitor: &Visitor, letter: &Letter<'_>, and_back: bool) -> Result<(), String> {
    let link = letter.link("/u/").ok_or("no unsubscribe link in the text")?;
    let done = visitor.press(&link).await?.text();
    if !and_back {
        return Ok(());
    }
    let undo = Form::read_all(&done).into_iter().find(|form| form.action.ends_with("/undo"));
    let undo = undo.ok_or_else(|| failed("no way back on the page", done))?;
    visitor.send(&undo).await.map(drop)
}
