//! The walk of docs/walk.md, whole, by three hands: by pointer, without scripts, and by keyboard alone.
//!
//! What people do is written once, in the words that they read on the pages; how it is done is the hand's
//! (`testbench::browser::Person`). A customer makes the account ready; a stranger signs up and confirms; the
//! customer writes, sends and watches; the recipient reads, leaves, comes back and complains; the operator
//! decides. Each step fails when its page does not offer it, or does not do it.

mod customer;
mod operator;
mod recipient;
mod scene;

use testbench::browser::{Browser, Hand};

use scene::Scene;

/// The whole walk by one hand.
async fn walk(hand: Hand) -> Result<(), String> {
    let scene = Scene::build().await?;
    let mut sam = scene.person("Sam, the customer", hand, "en").await?;
    customer::finishes_the_set_up(&mut sam, &scene).await?;
    scene.others_sign_up().await?;
    let mut nora = scene.person("Nora, the recipient", hand, "en").await?;
    recipient::signs_up(&mut nora, &scene).await?;
    customer::writes_and_sends(&mut sam, &scene).await?;
    customer::looks_nora_up(&mut sam, &scene).await?;
    recipient::reads_and_leaves(&mut nora, &scene).await?;
    recipient::comes_back_and_complains(&mut nora, &scene).await?;
    let mut olga = scene.person("Olga, the operator", hand, "de").await?;
    operator::decides_the_case(&mut olga, &scene).await?;
    operator::approves_a_topic(&mut olga, &scene).await?;
    operator::lifts_an_exclusion(&mut olga, &scene).await?;
    for person in [sam, nora, olga] {
        person.goes_home().await?;
    }
    scene.end().await
}

async fn walked(hand: Hand) {
    if let Err(reason) = Browser::start().await {
        return testbench::not_run(format!("the walk {hand}: {reason}"));
    }
    walk(hand).await.unwrap_or_else(|why| panic!("{why}"));
}

/// Proves R38, R52, R71, R80 and R93 on the pages, by hand: from the sign-up to the decision of a case.
#[tokio::test(flavor = "multi_thread")]
async fn r38_r52_r71_r80_r93_the_walk_by_pointer() {
    walked(Hand::Pointer).await;
}

/// The same where no page may run a script: every page is complete without.
#[tokio::test(flavor = "multi_thread")]
async fn r38_r52_r71_r80_r93_the_walk_without_scripts() {
    walked(Hand::WithoutScripts).await;
}

/// The same by Tab, Enter, Space and arrow keys: each stop shows where the focus is, and no page holds it.
#[tokio::test(flavor = "multi_thread")]
async fn r38_r52_r71_r80_r93_the_walk_by_keyboard() {
    walked(Hand::Keyboard).await;
}
