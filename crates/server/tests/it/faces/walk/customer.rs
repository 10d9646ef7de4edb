//! What a customer does: makes the account ready, writes, looks, tests, sends, watches, and answers for it.

use std::time::Duration;

use testbench::browser::{Person, Step};

use super::scene::{NORA, Scene};

/// The newsletter of the walk.
pub(super) const SUBJECT: &str = "Three lamps for a long evening";
/// How long it may take to a handful of people.
const RUN: Duration = Duration::from_secs(60);

/// Logs in, and finishes what the list of the overview still misses.
pub(super) async fn finishes_the_set_up(sam: &mut Person, scene: &Scene) -> Step {
    sam.opens(&scene.url("/login")).await?;
    sam.fills("E-mail address", &scene.owner.address).await?;
    sam.fills("Password", &scene.owner.password).await?;
    sam.presses("Sign in").await?;
    sam.has_scripts_as_told().await?;
    sam.sees("Set-up").await?;
    sam.follows("Do it now: Legal notice").await?;
    let notice = scene.account.legal_notice();
    let piece = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
    sam.ticks("Natural person").await?;
    for (label, name) in [
        ("Name", "name"),
        ("Street and house number", "street"),
        ("Postal code", "postal_code"),
        ("City", "city"),
        ("Country", "country"),
        ("E-mail address", "email"),
        ("Telephone", "phone"),
    ] {
        sam.fills(label, &piece(name)).await?;
    }
    sam.presses("Save").await?;
    sam.sees("Saved.").await?;
    sam.sees("holds, no review needed yet").await?;
    sam.follows("Overview").await?;
    sam.does_not_see("Do it now: Legal notice").await
}

pub(super) async fn writes_and_sends(sam: &mut Person, scene: &Scene) -> Step {
    scene.account.book.newsletter(SUBJECT);
    writes(sam, scene).await?;
    looks_at_it(sam).await?;
    tests_it(sam, scene).await?;
    starts_and_watches(sam).await
}

async fn writes(sam: &mut Person, scene: &Scene) -> Step {
    sam.follows("Newsletters").await?;
    sam.follows("Write a newsletter").await?;
    sam.fills("Internal name", "Lamps in winter").await?;
    sam.chooses("Topic", scene.account.firm.statement).await?;
    sam.presses("Go on to writing").await?;
    sam.fills("Subject", SUBJECT).await?;
    sam.fills("Text of the mail", "Hello ").await?;
    const FIELD: &str = "{{ given_name | default(\"\") }}";
    if sam.hand().has_scripts() {
        sam.unfolds("Insert fields of contacts").await?;
        sam.presses_here("Insert given_name").await?;
    } else {
        // Without scripts the list says what to write.
        sam.unfolds("Insert fields of contacts").await?;
        sam.sees(FIELD).await?;
        sam.fills("Text of the mail", &format!("Hello {FIELD}")).await?;
    }
    sam.writes_on(",\n\nthree lamps, **one** evening.\n").await?;
    sam.presses("Save and look").await
}

async fn looks_at_it(sam: &mut Person) -> Step {
    sam.sees(SUBJECT).await?;
    sam.sees("of HTML").await?;
    sam.fills("As for this contact", NORA).await?;
    sam.presses("Show").await?;
    sam.follows("Plain text").await?;
    sam.sees("Hello Nora,").await?;
    sam.sees("three lamps, ").await?;
    sam.follows("Telephone").await
}

async fn tests_it(sam: &mut Person, scene: &Scene) -> Step {
    sam.follows("Send").await?;
    sam.ticks("Sam Seller").await?;
    sam.presses("Send a test mail").await?;
    sam.sees("Sent.").await?;
    let page = sam.url().await?;
    sam.opens(&scene.mailbox.box_of(&scene.owner.address)).await?;
    sam.sees(SUBJECT).await?;
    sam.opens(&page).await
}

async fn starts_and_watches(sam: &mut Person) -> Step {
    sam.follows("Go on to confirm").await?;
    sam.sees("Send now?").await?;
    sam.sees(SUBJECT).await?;
    sam.presses("Send to 5 people now").await?;
    sam.sees("Where the mails stand").await?;
    sam.sees_within("Finished", RUN).await?;
    sam.follows("Results").await?;
    sam.sees("Accepted 4 80.00 %").await?;
    sam.sees("Bounced 1 20.00 %").await
}

/// Finds the reader, and prints why she may be written to.
pub(super) async fn looks_nora_up(sam: &mut Person, scene: &Scene) -> Step {
    sam.follows("Contacts").await?;
    sam.fills("Look for", "nora").await?;
    sam.presses("Search").await?;
    sam.follows(NORA).await?;
    sam.sees("What happened").await?;
    sam.sees("Lamps in winter").await?;
    sam.follows("Proof of consent").await?;
    sam.sees("Made for the account Lamp and Chair").await?;
    sam.sees(scene.account.firm.statement).await?;
    let paper = sam.prints().await?;
    if paper.starts_with(b"%PDF") { Ok(()) } else { Err("what is printed is no document".to_owned()) }
}
