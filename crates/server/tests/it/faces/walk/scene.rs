//! What stands before the walk begins: an account that lacks its legal notice, one that is suspended, the
//! operator, and everybody's mailboxes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::{Value, json};
use testbench::browser::{Hand, Person};
use testbench::mailbox::Mailbox;
use testbench::people::DOMAINS;
use testbench::provider::{Behaviour, Scope};
use testbench::stage::{self, BARGAINS, PASSWORD};
use testbench::story::{
    Account, LogIn, Reader, SHOP, Setup, World, gather, open_account, owner_log_in, prepare_account,
};

use super::super::program;

/// The stranger who signs up.
pub(super) const NORA: &str = "nora.neumann@post.test";
/// A reader whose mailbox is gone when the newsletter comes.
pub(super) const GONE: &str = "bela.gone@kurier.test";
/// So long the provider takes for each mail, so that there is something to watch.
const SLOW_MS: u64 = 2_000;

/// Everything around the walk.
pub(super) struct Scene {
    pub(super) world: Arc<World>,
    pub(super) mailbox: Mailbox,
    pub(super) account: Account,
    pub(super) owner: LogIn,
    pub(super) operator: LogIn,
    pub(super) suspended: Account,
}

impl Scene {
    pub(super) async fn build() -> Result<Self, String> {
        let world = World::open(Setup { program: program(), database: None, settings: Vec::new() }).await?;
        let account = prepare_account(&world, SHOP).await?;
        let owner = owner_log_in(&world, &account, "Sam Seller", PASSWORD).await?;
        let operator = stage::operator(&world, "de", "Olga Ohm").await?;
        let suspended = open_account(&world, BARGAINS).await?;
        stage::suspend(&world, &suspended).await?;
        let website = account.api.get("/websites").await?["items"][0]["id"].clone();
        let statement = "Once a month the dates of our open evenings, with the place, the guests and the seats";
        account.api.post("/topics", &json!({ "website": website, "statement": statement })).await?;
        let world = Arc::new(world);
        let mailbox = Mailbox::open(&world, &DOMAINS).await.map_err(|error| error.to_string())?;
        Ok(Self { world, mailbox, account, owner, operator, suspended })
    }

    /// Somebody at a browser of their own.
    pub(super) async fn person(
        &self,
        name: &'static str,
        hand: Hand,
        language: &'static str,
    ) -> Result<Person, String> {
        Ok(Person::new(name, hand, language, self.url("")).await?)
    }

    /// An address of the house.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.house.url())
    }

    /// A few readers beside the one of the walk. The mailbox of one is gone when the newsletter comes, and
    /// the provider takes its time.
    pub(super) async fn others_sign_up(&self) -> Result<(), String> {
        let reader = |(place, address): (u8, &str)| Reader {
            address: address.to_owned(),
            given: address.split('.').next().unwrap_or_default().to_owned(),
            ip: Ipv4Addr::new(127, 70, place, 7),
        };
        let addresses = ["ada.abend@post.test", GONE, "cora.clar@posthof.example", "dario.dorn@post.test"];
        let readers: Vec<Reader> = (1..).zip(addresses).map(reader).collect();
        gather(&self.world, &self.account, &readers).await?;
        self.world.slow_down(SLOW_MS);
        self.world.provider.set_behaviour(Scope::Address(GONE.to_owned()), Behaviour::hard());
        Ok(())
    }

    /// What the API says of an account.
    pub(super) async fn account(&self, account: &Account) -> Result<Value, String> {
        self.world.operator.get(&format!("/accounts/{}", account.id)).await
    }

    /// Everything ends; the judges read the mails.
    pub(super) async fn end(self) -> Result<(), String> {
        self.mailbox.close().await;
        let world = Arc::into_inner(self.world).ok_or("somebody still holds the world")?;
        tokio::task::block_in_place(|| drop(world));
        Ok(())
    }
}
