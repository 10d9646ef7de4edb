//! What the operator's people do: decide a case by its evidence, approve what waits, lift an exclusion.

use testbench::browser::{Person, Step};

use super::scene::{GONE, Scene};

pub(super) async fn decides_the_case(olga: &mut Person, scene: &Scene) -> Step {
    olga.opens(&scene.url("/login")).await?;
    olga.fills("E-Mail-Adresse", &scene.operator.address).await?;
    olga.fills("Passwort", &scene.operator.password).await?;
    olga.presses("Anmelden").await?;
    olga.sees("Beschwerdequote").await?;
    olga.follows("Fälle").await?;
    olga.near("Bargain Basement").follows("Sperre").await?;
    olga.sees("Was geschehen ist").await?;
    olga.presses("Ich sehe es mir an").await?;
    olga.sees("Zuerst angesehen von Olga Ohm").await?;
    olga.follows("Versandte Mail").await?;
    olga.sees("Everything must go").await?;
    olga.goes_back().await?;
    olga.follows("Einwilligung").await?;
    olga.sees("Anmeldung bestätigt").await?;
    olga.goes_back().await?;
    olga.near("Entscheidung").chooses("Entscheidung", "Wieder freigeben").await?;
    olga.near("Entscheidung").fills("Begründung", "Drei Leute hatten sich verlesen; das Konto hat es erklärt.").await?;
    olga.near("Entscheidung").presses("Weiter").await?;
    olga.sees("Was jetzt geschieht").await?;
    olga.sees("Bargain Basement").await?;
    olga.presses("Wieder freigeben").await?;
    olga.sees("Die Entscheidung ist festgehalten.").await?;
    let now = scene.account(&scene.suspended).await?;
    if now["standing"] == "active" { Ok(()) } else { Err(format!("the account is not reinstated: {now}")) }
}

pub(super) async fn approves_a_topic(olga: &mut Person, scene: &Scene) -> Step {
    const STATEMENT: &str = "Once a month the dates of our open evenings";
    olga.follows("Prüfungen").await?;
    olga.near(STATEMENT).ticks("Genehmigen").await?;
    olga.near(STATEMENT).fills("Begründung", "Eng und klar.").await?;
    olga.near(STATEMENT).presses("Entscheiden").await?;
    olga.sees("Die Entscheidung ist festgehalten.").await?;
    olga.does_not_see(STATEMENT).await?;
    let topics = scene.account.api.get("/topics").await?;
    let approved =
        topics["items"].as_array().into_iter().flatten().filter(|topic| topic["state"] == "approved").count();
    if approved == 2 { Ok(()) } else { Err(format!("the topic is not approved: {topics}")) }
}

pub(super) async fn lifts_an_exclusion(olga: &mut Person, scene: &Scene) -> Step {
    olga.follows("Ausschlussliste").await?;
    olga.fills("Mailadresse", GONE).await?;
    olga.presses("Suchen").await?;
    olga.sees("Harter Bounce").await?;
    olga.sees("Lamps in winter").await?;
    olga.near("Ausschluss aufheben")
        .fills("Begründung", "Das Postfach ist wieder da; die Person hat angerufen.")
        .await?;
    olga.near("Ausschluss aufheben").presses("Weiter").await?;
    olga.sees("darf sich wieder anmelden").await?;
    olga.presses("Ausschluss aufheben").await?;
    olga.sees("nicht ausgeschlossen").await?;
    let listed = scene.world.operator.post("/exclusions/find", &serde_json::json!({ "address": GONE })).await;
    match listed {
        Err(_) => Ok(()),
        Ok(entry) => Err(format!("still excluded: {entry}")),
    }
}
