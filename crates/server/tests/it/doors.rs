//! Each door in processes of its own: on one PostgreSQL they do together what `serve` does, and on
//! SQLite they are refused.

use std::time::Duration;

use testbench::house::House;
use testbench::letter::Letter;
use testbench::postgres::Scratch;
use testbench::story::{
    GARDEN, Setup, Words, World, finished, gather, open_account, readers, start_newsletter, unsubscribe_by_mail,
    write_newsletter,
};

use crate::scratch::{house, plan, program, refused};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_door_of_its_own_is_refused_on_sqlite() {
    let house = house(plan());
    for door in ["web", "inbound", "deliver", "schedule"] {
        let told = refused(&house, &[door], 1);
        assert!(told.contains("needs PostgreSQL") && told.contains("jawort serve"), "{told}");
        assert!(!house.folder().join("jawort.db").exists(), "nothing was founded");
    }
}

/// Runs one door in a process of its own.
fn open(world: &World, door: &str) -> House {
    let mut twin = world.house.twin(&[]).expect("a folder for one more process");
    let started = twin.launch(&program(), door, &[], |_| {}).and_then(|()| twin.ready());
    started.unwrap_or_else(|error| panic!("{door}: {error}"));
    twin
}

/// A newsletter to twelve people through processes that open one door each; one of them leaves by
/// mail afterwards.
async fn send(database: String) -> Result<(), String> {
    let settings = vec![("signup.per_form_hour".to_owned(), "1000".to_owned())];
    let mut world = World::open(Setup { program: program(), database: Some(database), settings }).await?;
    let account = open_account(&world, GARDEN).await?;
    let people = readers(61, 12);
    gather(&world, &account, &people).await?;
    let ended = tokio::task::block_in_place(|| world.house.stop(PATIENCE)).map_err(|error| error.to_string())?;
    assert!(ended, "serve ends in good order");
    let doors = tokio::task::block_in_place(|| {
        world.house.launch(&program(), "web", &[], |_| {})?;
        world.house.ready()?;
        Ok::<_, String>(["inbound", "schedule", "deliver", "deliver"].map(|door| open(&world, door)))
    })?;
    let seen = world.seen();
    let words =
        Words { subject: "Vier Türen".to_owned(), body: "Guten Tag,\n\ndies geht durch vier Türen.\n".to_owned() };
    let id = write_newsletter(&account, &words).await?;
    start_newsletter(&account, &id).await?;
    let state = finished(&world, &account, &id, PATIENCE).await?;
    assert_eq!((&state["audience"], &state["ended"]["accepted"]), (&12.into(), &12.into()), "{state}");
    let records = world.provider.records_after(seen);
    for one in &people {
        assert_eq!(records.iter().filter(|record| record.is_message_for(&one.address)).count(), 1, "{}", one.address);
    }
    let mail =
        records.iter().find(|record| record.is_message_for(&people[0].address)).map(|record| record.bytes.clone());
    unsubscribe_by_mail(world.house.inbound(), &people[0].address, &Letter::read(&mail.unwrap_or_default())).await?;
    let former = world.house.ask("SELECT reason FROM former_contact")?;
    assert_eq!(former, [["unsubscribed"]]);
    for mut door in doors {
        let ended = tokio::task::block_in_place(|| door.stop(PATIENCE)).map_err(|error| error.to_string())?;
        assert!(ended, "a door ends in good order");
    }
    Ok(())
}

/// Proves DESIGN §9: the doors share nothing but the database.
#[tokio::test(flavor = "multi_thread")]
async fn doors_in_processes_of_their_own_send_a_newsletter_together() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => send(database).await.unwrap_or_else(|error| panic!("{error}")),
        Err(reason) => testbench::not_run(format!("doors of their own on PostgreSQL: {reason}")),
    }
}
