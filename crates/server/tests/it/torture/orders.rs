//! Newsletters are paused, resumed, and sent by a program that is ended and started with other
//! limits, in random orders. Others' figures break here; ours add up at every look.

use std::time::Duration;

use serde_json::Value;
use testbench::clock::monotonic_now_ns;
use testbench::people::Seed;
use testbench::story::{Narrator, progress};

use super::books::{Books, adds_up};
use crate::scratch::program;

/// Orders of pauses and resumptions, one for each newsletter.
const ORDERS: usize = 200;
/// Newsletters that are under way at once.
const AT_ONCE: usize = 20;
/// Who gets each.
const READERS: usize = 24;
/// Steps of each order.
const STEPS: usize = 5;
/// The most connections of any limit.
const CONNECTIONS: u64 = 12;
/// The program ends so soon.
const ENDS: Duration = Duration::from_secs(30);

/// A pause: from the answer to it, until the resumption was asked for.
struct Pause {
    subject: String,
    from_ns: u64,
    to_ns: u64,
}

/// What happens to the newsletters of one round.
struct Order {
    books: Books,
    chance: Seed,
    pauses: Vec<Pause>,
}

impl Order {
    /// A round: newsletters start, each is paused and resumed at random, and once meanwhile the
    /// program is ended and started with another limit.
    async fn round(&mut self) -> Result<(), String> {
        let mut letters = Vec::new();
        for _ in 0..AT_ONCE {
            letters.push((self.books.letter().await?, None));
        }
        let restart = self.chance.below(STEPS as u64);
        for step in 0..STEPS {
            self.chance.shuffle(&mut letters);
            for (letter, paused) in &mut letters {
                if self.chance.chance(500) {
                    self.turn(*letter, paused).await?;
                }
            }
            tokio::time::sleep(Duration::from_millis(self.chance.below(120))).await;
            if step as u64 == restart {
                self.restart()?;
            }
            self.look().await?;
        }
        for (letter, paused) in &mut letters {
            if paused.is_some() {
                self.turn(*letter, paused).await?;
            }
        }
        self.books.finish().await
    }

    /// Pauses what is not paused, and the other way round. What is finished refuses both.
    async fn turn(&mut self, letter: usize, paused: &mut Option<u64>) -> Result<(), String> {
        let (id, subject) = self.books.letters[letter].clone();
        let action = if paused.is_some() { "resume" } else { "pause" };
        let asked_ns = monotonic_now_ns();
        let path = format!("/newsletters/{id}/{action}");
        let answer = self.books.account.api.send("POST", &path, &Value::Null).await?;
        match (answer.status, paused.take()) {
            (200..300, None) => *paused = Some(monotonic_now_ns()),
            (200..300, Some(from_ns)) => self.pauses.push(Pause { subject, from_ns, to_ns: asked_ns }),
            (422, None) if answer.text().contains("finished") => {}
            (status, _) => return Err(format!("{action} of {subject}: {status} {}", answer.text())),
        }
        Ok(())
    }

    /// Ends the program in good order and starts it with another limit.
    fn restart(&mut self) -> Result<(), String> {
        let limit = (1 + self.chance.below(CONNECTIONS)).to_string();
        let variables = [("JAWORT_DELIVERY__CONNECTIONS", limit.as_str())];
        tokio::task::block_in_place(|| {
            let house = &mut self.books.world.house;
            let ended = house.stop(ENDS).map_err(|error| error.to_string())?;
            assert!(ended, "it ends in good order");
            house.launch(&program(), "serve", &variables, |_| {})?;
            house.ready()
        })
    }

    /// The figures of the newest newsletters add up.
    async fn look(&self) -> Result<(), String> {
        for (id, _) in self.books.letters.iter().rev().take(AT_ONCE) {
            let state = progress(&self.books.account, "newsletters", id).await?;
            if state["audience_complete"] == true {
                adds_up(&state);
            }
        }
        Ok(())
    }

    /// Nothing began after the answer to a pause and before its end was asked for.
    fn pauses_held(&self) {
        let arrivals = self.books.arrivals();
        for ((subject, to), began) in &arrivals {
            let of_this = self.pauses.iter().filter(|pause| pause.subject == *subject);
            for pause in of_this {
                let inside = began.iter().any(|began| *began > pause.from_ns && *began < pause.to_ns);
                assert!(!inside, "{subject} to {to} began while it was paused");
            }
        }
    }
}

async fn two_hundred_orders() -> Result<(), String> {
    let connections = usize::try_from(CONNECTIONS).unwrap_or(1);
    let settings = [("delivery.connections", connections), ("delivery.connections_per_group", connections)];
    let books = Books::open(None, &settings, READERS).await?;
    books.world.slow_down(20);
    let mut order = Order { books, chance: Seed::new(79), pauses: Vec::new() };
    while order.books.letters.len() < ORDERS {
        order.round().await?;
    }
    order.books.everybody_got_everything_once();
    Narrator.say(format_args!("{} newsletters, {} pauses", order.books.letters.len(), order.pauses.len()));
    assert!(order.pauses.len() > ORDERS / 2, "only {} pauses", order.pauses.len());
    order.pauses_held();
    Ok(())
}

/// Proves promise 6 (ARMOUR A3): finished is what has every mail at its end, the states are the
/// audience, nothing comes twice, and a pause holds.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a3_pauses_resumptions_limits_and_restarts_in_two_hundred_orders_double_nothing() {
    two_hundred_orders().await.unwrap_or_else(|error| panic!("{error}"));
}
