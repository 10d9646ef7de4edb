//! What a recipient does: signs up, confirms, reads, leaves, comes back, complains.

use testbench::browser::{Person, Step};

use super::customer::SUBJECT;
use super::scene::{NORA, Scene};

/// Opens the own mailbox, and there a mail.
async fn opens_the_mail(nora: &mut Person, scene: &Scene, subject: &str) -> Step {
    nora.opens(&scene.mailbox.box_of(NORA)).await?;
    nora.sees(subject).await?;
    nora.follows(subject).await
}

pub(super) async fn signs_up(nora: &mut Person, scene: &Scene) -> Step {
    nora.opens(&scene.url(&scene.account.form_page())).await?;
    nora.sees(scene.account.firm.statement).await?;
    nora.fills("E-mail address", NORA).await?;
    nora.fills("First name", "Nora").await?;
    nora.takes_time().await;
    nora.presses("Sign up").await?;
    nora.sees("Please look into your mailbox").await?;
    nora.opens(&scene.mailbox.url()).await?;
    nora.fills("Open the mailbox of", NORA).await?;
    nora.presses("Open").await?;
    nora.sees("Please confirm your sign-up").await?;
    nora.follows("Please confirm your sign-up").await?;
    nora.follows("Confirm the sign-up").await?;
    nora.sees("Please confirm your sign-up").await?;
    nora.presses("Confirm sign-up").await?;
    nora.sees("Thank you, you are signed up").await?;
    nora.sees("Download as contact").await
}

pub(super) async fn reads_and_leaves(nora: &mut Person, scene: &Scene) -> Step {
    opens_the_mail(nora, scene, SUBJECT).await?;
    nora.sees("Hello Nora,").await?;
    nora.follows("Preferences").await?;
    nora.sees("I want to receive:").await?;
    nora.ticks("Lamp and Chair").await?;
    nora.presses("Save").await?;
    nora.sees("Your settings are saved.").await?;
    nora.follows("Your latest e-mails as pages").await?;
    nora.sees("Your e-mails from Lamp and Chair").await?;
    nora.follows("E-mail of").await?;
    nora.sees(SUBJECT).await?;
    nora.sees("This is how the e-mail looks today.").await?;
    opens_the_mail(nora, scene, SUBJECT).await?;
    nora.follows("Unsubscribe, or").await?;
    nora.touches_or_presses("Unsubscribe now").await?;
    nora.sees("You are unsubscribed").await
}

pub(super) async fn comes_back_and_complains(nora: &mut Person, scene: &Scene) -> Step {
    nora.presses("Undo").await?;
    nora.sees("You are signed up again").await?;
    opens_the_mail(nora, scene, SUBJECT).await?;
    nora.follows("Preferences").await?;
    nora.sees("I want to receive:").await?;
    nora.follows("Complain about these e-mails").await?;
    nora.sees("You then receive no more e-mails from Lamp and Chair").await?;
    nora.ticks("They are about something else than I signed up for.").await?;
    nora.fills("In your own words", "It is about lamps, and I asked for chairs.").await?;
    nora.presses("Send complaint").await?;
    nora.sees("Your complaint has arrived").await?;
    opens_the_mail(nora, scene, SUBJECT).await?;
    nora.follows("Preferences").await?;
    nora.sees("You are not signed up with Lamp and Chair").await
}
