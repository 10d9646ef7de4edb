//! Forged tokens at the doors that take them (D3). The readers of tokens are tried a million times
//! in `seals`; here every door is, over HTTP.

use seals::fake::SeededDice;
use seals::{Dice as _, LinkPurpose, Seals, u64_below};
use testbench::http::Client;

use crate::door::{Door, run, user};

const SEED: u64 = 0xd3;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Paths that act for whoever holds a token, `{}` being the token.
const DOORS: [&str; 9] =
    ["/u/{}", "/u/{}?x=1", "/u/{}/undo", "/u/{}/keep", "/c/{}", "/c/{}/card", "/p/{}", "/p/{}/all", "/e/{}"];
const ROUNDS: usize = 250;

/// Everything that a token could change here.
async fn facts(door: &Door) -> Vec<i64> {
    let mut facts = Vec::new();
    for count in [
        "SELECT COUNT(*) FROM contact",
        "SELECT COUNT(*) FROM former_contact",
        "SELECT COUNT(*) FROM signup",
        "SELECT COUNT(*) FROM signup_bar",
        "SELECT COUNT(*) FROM contact_tag",
        "SELECT COUNT(*) FROM consent_event",
        "SELECT COUNT(*) FROM app_user WHERE tests_stopped_at IS NULL",
        "SELECT COALESCE(SUM(facts_version), 0) FROM contact",
    ] {
        facts.push(door.count(count).await);
    }
    facts
}

/// A token that this installation did not mint, made from one that it did.
fn forge(sort: u64, genuine: &str, dice: &SeededDice, lost: &Seals, person: u64) -> String {
    let place = usize::try_from(u64_below(dice, genuine.len() as u64)).expect("small");
    let mut text = genuine.as_bytes().to_vec();
    match sort {
        0 => {
            dice.fill(&mut text);
            text.iter_mut().for_each(|byte| *byte = BASE62[usize::from(*byte) % 62]);
        }
        1 => text[place] = BASE62[(usize::from(text[place]) + 7) % 62],
        2 => text.truncate(place),
        3 => text.iter_mut().for_each(|byte| *byte = byte.to_ascii_lowercase()),
        4 => return lost.link_token(person, LinkPurpose::UnsubscribeBody).expect("fits").as_str().to_owned(),
        _ => text.rotate_left(1 + place % 20),
    }
    String::from_utf8(text).expect("ASCII")
}

async fn refused(client: Client, method: &'static str, path: String) {
    let answer = client.request(method, &path, &[], b"tag=31").await.expect("an answer");
    assert!(matches!(answer.status, 404 | 405), "seed {SEED}: {method} {path}: {}", answer.status);
}

/// ARMOUR D3. Proves U6: no door acts for a forged token, or for a genuine one of another kind of
/// page, and nothing is told but that there is no such page.
#[test]
fn armour_d3_no_door_takes_a_forged_token() {
    run(async {
        let (door, dice) = (Door::open().await, SeededDice::new(SEED));
        let (lost, _) = Seals::generate(&SeededDice::new(SEED + 1));
        let (id, pending) = (door.contact("ada@mail.example").await, door.pending("bob@mail.example").await);
        let before = facts(&door).await;
        let mut forged = Vec::new();
        for round in 0..ROUNDS {
            let person = [id, pending, user()][round % 3];
            let purpose = LinkPurpose::ALL[round % LinkPurpose::ALL.len()];
            let genuine = door.link(person, purpose)[3..].to_owned();
            let token = forge(round as u64 % 6, &genuine, &dice, &lost, person.bits());
            if token != genuine {
                forged.extend(DOORS.iter().map(|path| path.replace("{}", &token)));
            }
            // The page that a person sees after leaving by the preferences takes its token for the way back.
            let way_back = |path: &str| purpose == LinkPurpose::Preferences && path.starts_with("/u/{}/");
            let others = DOORS.iter().filter(|path| !path[1..].starts_with(purpose.path_letter()) && !way_back(path));
            forged.extend(others.map(|path| path.replace("{}", &genuine)));
        }
        assert!(forged.len() > 3_000);
        for some in forged.chunks(50) {
            let mut asking = tokio::task::JoinSet::new();
            for path in some {
                asking.spawn(refused(door.client.clone(), "POST", path.clone()));
            }
            asking.join_all().await;
        }
        assert_eq!(facts(&door).await, before, "seed {SEED}");
        // The doors are open for those who have the token.
        assert_eq!(door.post(&door.link(id, LinkPurpose::UnsubscribeBody), &[]).await.status, 200);
        assert_ne!(facts(&door).await, before);
    });
}
