//! An installation on which every page has something to show: for the demo, and for tests that open
//! every page in a browser.
//!
//! Everything comes by the doors that the world uses: API, pages, mails, DNS. Nothing is written into the
//! books, and time is the machine's: what needs weeks (curves over months, answers that were not given) is
//! not here, because it cannot be had honestly in a minute.

mod account;
mod demo;
mod desk;
mod words;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::story::{
    Account, Firm, GARDEN, LogIn, SHOP, Setup, World, accept, invite, open_account, operator_log_in, owner_log_in,
    path_of, reset_link, start_link,
};

pub use account::{LATE, ask, audience, furnish};
pub use demo::{Demo, demo};
pub use desk::{suspend, trouble};

/// The password of everybody on the stage. It is shown, so it guards nothing.
pub const PASSWORD: &str = "drei kurze woerter";

/// A shop that buys no permission and is stopped.
pub const BARGAINS: Firm = Firm {
    name: "Bargain Basement",
    language: "en",
    site: "www.bargains.example",
    statement: "Offers of the week from Bargain Basement: what is cheaper this week, and for how long",
    domain: None,
    local: "offers",
    mailbox: "bea@buero.example",
    place: ["Cellar Lane 3", "98765", "Sampleford"],
};

/// Everything that somebody sees who reads one language.
pub struct Set {
    /// `de` or `en`.
    pub language: &'static str,
    /// The account.
    pub account: Account,
    /// Its owner.
    pub owner: LogIn,
    /// Somebody who needs a code after the password.
    pub half: LogIn,
    /// Somebody of the operator's people.
    pub operator: LogIn,
    /// Paths that stand in mails and on the command line alone.
    pub doors: Vec<String>,
}

/// The whole.
pub struct Stage {
    /// The installation and what is around it.
    pub world: World,
    /// German and English.
    pub sets: Vec<Set>,
}

impl Stage {
    /// Builds it, with a few readers for each account.
    ///
    /// # Errors
    /// The first step that the product did not take.
    pub async fn build(program: PathBuf) -> Result<Self, String> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let settings = vec![pair("signup.per_form_hour", "100000"), pair("log.level", "\"warn\"")];
        let world = World::open(Setup { program, database: None, settings }).await?;
        let mut sets = Vec::new();
        let people = [("de", GARDEN, "Gabi Gerber", "Olga Ohm"), ("en", SHOP, "Sam Seller", "Owen Odd")];
        for (number, (language, firm, owner, desk)) in people.into_iter().enumerate() {
            let account = open_account(&world, firm).await?;
            let owner = owner_log_in(&world, &account, owner, PASSWORD).await?;
            let operator = operator(&world, language, desk).await?;
            audience(&world, &account, number).await?;
            let mut doors = furnish(&world, &account, number).await?;
            ask(&world, &account, &owner).await?;
            let half = half_way(&world, &account).await?;
            doors.push(path_of(&reset_link(&world, &owner).await?));
            doors.push(path_of(&start_link(&world, &format!("new.{language}@amt.example"))?));
            sets.push(Set { language, account, owner, half, operator, doors });
        }
        suspend(&world, &open_account(&world, BARGAINS).await?).await?;
        trouble(&world, &sets[0].account).await?;
        Ok(Self { world, sets })
    }
}

/// Somebody of the operator's people.
///
/// # Errors
/// As [`operator_log_in`].
pub async fn operator(world: &World, language: &str, name: &str) -> Result<LogIn, String> {
    let local = name.split(' ').next().unwrap_or_default().to_lowercase();
    let who = LogIn::new(name, &format!("{local}@amt.example"), PASSWORD);
    operator_log_in(world, language, &who).await?;
    Ok(who)
}

/// Somebody of the account who signs in with password and code.
async fn half_way(world: &World, account: &Account) -> Result<LogIn, String> {
    let who = LogIn::new("Kim Keller", &format!("kim.{}@buero.example", account.id), PASSWORD);
    let link = invite(world, account, &who, "reader").await?;
    let member = accept(world, &link, account.firm.language, &who).await?;
    member.turn_codes_on(&who).await?;
    Ok(who)
}

/// The number of a thing that the API made.
fn id(made: &Value) -> String {
    made["id"].as_str().map_or_else(|| made["id"].to_string(), str::to_owned)
}

/// A thing that the API makes.
async fn made(account: &Account, path: &str, body: Value) -> Result<String, String> {
    Ok(id(&account.api.post(path, &body).await?))
}

/// A decision of the operator's.
fn signed(by: &str, reason: &str) -> Value {
    json!({ "by": by, "reason": reason })
}
