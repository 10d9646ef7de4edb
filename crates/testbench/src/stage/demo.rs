//! What the demo shows after its story: log-ins, and where to look.

use super::{PASSWORD, ask, furnish, operator, trouble};
use crate::story::{Account, LogIn, Member, World, owner_log_in};

/// The accounts of the story are told apart from those of tests by it: addresses of readers hold it.
const NUMBER: usize = 5;

/// Who may sign in, and what is worth a look.
pub struct Demo {
    /// What somebody is, and the log-in.
    pub log_ins: Vec<(String, LogIn)>,
    /// What is there, and its path.
    pub places: Vec<(&'static str, String)>,
}

/// Puts on the stage what the story does not tell, and makes the log-ins.
///
/// # Errors
/// The first step that the product did not take.
pub async fn demo(world: &World, accounts: &[Account; 2]) -> Result<Demo, String> {
    let [garden, shop] = accounts;
    let olga = operator(world, "de", "Olga Ohm").await?;
    let gabi = owner_log_in(world, garden, "Gabi Gerber", PASSWORD).await?;
    let sam = owner_log_in(world, shop, "Sam Seller", PASSWORD).await?;
    furnish(world, garden, NUMBER).await?;
    ask(world, garden, &gabi).await?;
    trouble(world, garden).await?;
    let places = places(world, garden, &gabi).await?;
    let log_ins = vec![
        ("the operator".to_owned(), olga),
        (format!("owner of {}", garden.firm.name), gabi),
        (format!("owner of {}, which is suspended", shop.firm.name), sam),
    ];
    Ok(Demo { log_ins, places })
}

async fn places(world: &World, garden: &Account, owner: &LogIn) -> Result<Vec<(&'static str, String)>, String> {
    let member = Member::new(world.house.web(), garden.firm.language);
    member.sign_in(owner).await?;
    let newsletters = garden.api.all("/newsletters").await?;
    let running = newsletters.iter().find(|one| one["state"] == "running").map(super::id);
    let cases = world.operator.all("/cases?open=true").await?;
    let case = cases.iter().find(|case| case["kind"] == "suspension").or(cases.first()).map(super::id);
    let account = &garden.id;
    let mut places = vec![
        ("log in", "/login".to_owned()),
        ("sign up", garden.form_page()),
        ("the customer's newsletters", format!("/a/{account}/newsletters")),
    ];
    places.extend(running.map(|id| ("a newsletter on its way", format!("/a/{account}/newsletters/{id}/live"))));
    places.push(("the operator's desk", "/desk".to_owned()));
    places.extend(case.map(|id| ("the case of the suspension", format!("/desk/cases/{id}"))));
    places.push(("whoever has no link of ours", "/contact".to_owned()));
    places.push(("OpenAPI", "/api/v1/openapi.json".to_owned()));
    for (what, path) in &places {
        let answer = member.get(path).await?;
        let there = answer.status == 200 || (path.starts_with("/desk") && answer.status == 404);
        // Who is signed in is led on from the log-in.
        if !there && answer.status != 303 {
            return Err(format!("{what} ({path}) answers {}", answer.status));
        }
    }
    Ok(places)
}
