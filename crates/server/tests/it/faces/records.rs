//! The page that leads a customer through the records of a domain: open, it turns by itself when a record
//! appears in DNS.

use std::time::Duration;

use testbench::browser::{Browser, Hand, Person};
use testbench::stage::PASSWORD;
use testbench::story::{SHOP, Setup, World, owner_log_in, prepare_account};

use super::program;

const DOMAIN: &str = "mail.lampchair.example";
/// The page looks every ten seconds, and a look may take some.
const TURNS: Duration = Duration::from_secs(40);

async fn watched(world: &World, sam: &mut Person, address: &str) -> Result<(), String> {
    sam.opens(&format!("{}/login", world.house.url())).await?;
    sam.fills("E-mail address", address).await?;
    sam.fills("Password", PASSWORD).await?;
    sam.presses("Sign in").await?;
    sam.follows("Domains").await?;
    sam.follows("Add a domain").await?;
    sam.fills("Domain", DOMAIN).await?;
    sam.presses("On to the records").await?;
    sam.sees("not looked at yet").await?;
    sam.sees("While this page is open, every ten seconds.").await?;
    let page = sam.page().await;
    sam.sees_within("waits for records", TURNS).await?;
    sam.sees("The DNS server that we ask keeps its answer until").await?;
    world.publish_zone()?;
    world.dns.remove(&format!("_dmarc.{DOMAIN}"));
    sam.sees_within("needed records are right. We look every minute", TURNS).await?;
    sam.sees("missing").await?;
    world.publish_zone()?;
    sam.sees_within("The records are right. Senders at this domain can send.", TURNS).await?;
    sam.does_not_see("While this page is open").await?;
    if sam.page().await == page { Ok(()) } else { Err("the page was loaded anew".to_owned()) }
}

/// Proves R62 in a browser: a record that appears in DNS turns the state of the open page, without a hand.
#[tokio::test(flavor = "multi_thread")]
async fn r62_a_record_that_appears_turns_the_open_page() {
    if let Err(reason) = Browser::start().await {
        return testbench::not_run(format!("the page of a domain in a browser: {reason}"));
    }
    let setup = Setup { program: program(), database: None, settings: Vec::new() };
    let world = World::open(setup).await.unwrap_or_else(|error| panic!("{error}"));
    world.dns.set_ttl(300);
    let account = prepare_account(&world, SHOP).await.unwrap_or_else(|error| panic!("{error}"));
    let owner = owner_log_in(&world, &account, "Sam Seller", PASSWORD).await.unwrap_or_else(|error| panic!("{error}"));
    let mut sam = Person::new("Sam, the customer", Hand::Pointer, "en", world.house.url()).await.expect("a browser");
    watched(&world, &mut sam, &owner.address).await.unwrap_or_else(|error| panic!("{error}"));
    sam.goes_home().await.unwrap_or_else(|error| panic!("{error}"));
}
