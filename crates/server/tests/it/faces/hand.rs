//! The hand of somebody who signs in.

use std::time::Duration;

use testbench::browser::{Browser, NoBrowser};
use testbench::story::LogIn;

/// How long a page may take to show what is waited for.
const SOON: Duration = Duration::from_secs(20);

/// Signs in as a person does.
pub(crate) async fn sign_in(browser: &Browser, house: &str, who: &LogIn) -> Result<(), NoBrowser> {
    browser.open(&format!("{house}/login")).await?;
    browser.type_into("input[name=address]", &who.address).await?;
    browser.type_into("input[name=password]", &who.password).await?;
    browser.click("main form button").await?;
    browser.wait_for("main", SOON).await
}
