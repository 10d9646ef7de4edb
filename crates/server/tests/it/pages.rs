//! Recipients' pages in a real Chromium, used by hand: trusted clicks, keys and pointer moves.
//! With `XTASK_SCREENSHOTS` set to a folder, each step leaves a picture there.
#![expect(clippy::disallowed_methods, reason = "a browser is left alone, and moved, in real time")]

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use testbench::browser::{Browser, NoBrowser};
use testbench::letter::Letter;
use testbench::story::{
    Account, Reader, SHOP, Setup, Words, World, gather, open_account, start_newsletter, write_newsletter,
};

/// How long a page may take to show what is waited for.
const SOON: Duration = Duration::from_secs(20);
/// So long a page is left alone, with its script running, as programs that scan links do.
const LEFT_ALONE: Duration = Duration::from_secs(5);

async fn picture(browser: &Browser, name: &str) -> Result<(), NoBrowser> {
    match std::env::var_os("XTASK_SCREENSHOTS") {
        Some(folder) => browser.screenshot(&PathBuf::from(folder).join(format!("{name}.png"))).await,
        None => Ok(()),
    }
}

fn is_member(world: &World, address: &str) -> bool {
    let query = format!("SELECT COUNT(*) FROM contact WHERE address = '{address}'");
    world.house.ask(&query).unwrap_or_else(|error| panic!("{error}")) == [["1"]]
}

/// Waits until the page says `words`; by then the row of the person must be there, or gone.
async fn says(browser: &Browser, world: &World, address: &str, words: &str, member: bool) -> Result<(), NoBrowser> {
    let said = browser.wait_text(words, SOON).await?;
    assert!(said, "no {words:?} on {}: {}", browser.url().await?, browser.text().await?);
    assert_eq!(is_member(world, address), member, "{address} after {words:?}");
    Ok(())
}

/// Signs up and confirms by hand.
async fn sign_up_by_hand(world: &World, account: &Account, browser: &Browser, address: &str) -> Result<(), NoBrowser> {
    let seen = world.seen();
    browser.open(&format!("{}{}", world.house.url(), account.form_page())).await?;
    picture(browser, "1-form").await?;
    browser.type_into("#email", address).await?;
    // Nobody fills in a form faster than this.
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    browser.click("form button").await?;
    assert!(browser.wait_text("Please look into your mailbox", SOON).await?, "{}", browser.text().await?);
    picture(browser, "2-check-your-mail").await?;
    let mail = world.mail_to(address, seen, |letter| letter.link("/c/").is_some()).await;
    let mail = mail.unwrap_or_else(|error| panic!("{error}"));
    let link = Letter::read(&mail.bytes).link("/c/").expect("a link");
    browser.open(&link).await?;
    picture(browser, "3-confirm").await?;
    tokio::time::sleep(LEFT_ALONE).await;
    assert!(!is_member(world, address), "the page of the confirmation acted by itself");
    browser.click("form button").await?;
    says(browser, world, address, "Thank you, you are signed up", true).await?;
    picture(browser, "4-confirmed").await
}

/// The links of a newsletter to this address: unsubscribing, preferences.
async fn newsletter(world: &World, account: &Account, address: &str) -> (String, String) {
    let seen = world.seen();
    let words = Words { subject: "Lamps".to_owned(), body: "Hello,\n\na lamp.\n".to_owned() };
    let id = write_newsletter(account, &words).await.expect("written");
    start_newsletter(account, &id).await.expect("started");
    let mail = world.mail_to(address, seen, |letter| letter.words("Subject").as_deref() == Some("Lamps")).await;
    let mail = mail.unwrap_or_else(|error| panic!("{error}"));
    let letter = Letter::read(&mail.bytes);
    (letter.link("/u/").expect("a way out"), letter.link("/p/").expect("preferences"))
}

async fn by_hand(world: &World, account: &Account, browser: &Browser) -> Result<(), NoBrowser> {
    let address = "ada.abendrot@post.test";
    sign_up_by_hand(world, account, browser, address).await?;
    let (leave, preferences) = newsletter(world, account, address).await;
    browser.open(&preferences).await?;
    picture(browser, "5-preferences").await?;
    browser.open(&leave).await?;
    picture(browser, "6-unsubscribe").await?;
    tokio::time::sleep(LEFT_ALONE).await;
    assert!(is_member(world, address), "a page that nobody touched unsubscribed");
    browser.move_pointer().await?;
    says(browser, world, address, "You are unsubscribed", false).await?;
    picture(browser, "7-unsubscribed").await?;
    browser.click("form[action$='/undo'] button").await?;
    says(browser, world, address, "You are signed up again", true).await?;
    picture(browser, "8-back").await
}

/// Proves R16, R27, R38, R40 and D1 in a real browser: pages that nobody touches change nothing,
/// though their scripts run; one touch of a person unsubscribes, and one press takes it back.
#[tokio::test(flavor = "multi_thread")]
async fn r16_r27_r38_r40_a_browser_that_nobody_touches_changes_nothing_and_a_hand_does() {
    let browser = match Browser::start().await {
        Ok(browser) => browser,
        Err(reason) => return testbench::not_run(format!("pages in a browser: {reason}")),
    };
    let program = PathBuf::from(env!("CARGO_BIN_EXE_jawort"));
    let setup = Setup { program, database: None, settings: Vec::new() };
    let world = World::open(setup).await.unwrap_or_else(|error| panic!("{error}"));
    let account = open_account(&world, SHOP).await.unwrap_or_else(|error| panic!("{error}"));
    let other =
        Reader { address: "bela@mail.test".to_owned(), given: "Bela".to_owned(), ip: Ipv4Addr::new(127, 6, 0, 1) };
    gather(&world, &account, &[other]).await.unwrap_or_else(|error| panic!("{error}"));
    by_hand(&world, &account, &browser).await.unwrap_or_else(|error| panic!("{error}"));
}
