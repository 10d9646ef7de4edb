//! One life of a node: it is started, sends, and is killed.

use std::time::Duration;

use failpoints::Point;

use super::books::{Books, Kill};
use super::leaving::Leaving;
use super::nodes::{Nodes, address};
use super::schedule::{Blow, needs_arrival, passes, while_starting};
use super::stock::Stock;
use super::{Options, TAKES_MS};
use crate::clock::monotonic_now_ns;
use crate::people::Seed;
use crate::story::finished;

/// Mail flows so soon after a start.
const FLOWS: Duration = Duration::from_secs(60);
/// A start takes about so long; kills that hit it come at any instant of this.
const START_MS: u64 = 600;

/// What a life needs.
pub(super) struct Round<'a> {
    pub(super) options: &'a Options,
    pub(super) nodes: Nodes<'a>,
    pub(super) stock: Stock,
    pub(super) books: Books,
    pub(super) leaving: Leaving,
}

impl Round<'_> {
    /// Starts the nodes beside the first, which runs already.
    pub(super) async fn begin(&mut self) -> Result<(), String> {
        for node in 1..self.options.nodes {
            self.start(node).await?;
        }
        Ok(())
    }

    /// Messages of started newsletters that have not come yet.
    pub(super) fn remaining(&self) -> usize {
        self.stock.remaining(&self.books)
    }

    /// Kills a node in the way that is asked for. Where there are several, it was running before, and
    /// runs after; to arm it, it is killed once more.
    pub(super) async fn strike(&mut self, node: usize, blow: Blow, mut chance: Seed) -> Result<(), String> {
        if self.nodes.runs(node) && blow != Blow::Flowing {
            self.fly(node, &mut chance).await?;
            self.kill(node, None).await?;
        }
        let place = match blow {
            Blow::Flowing => {
                if !self.nodes.runs(node) {
                    self.start(node).await?;
                }
                self.fly(node, &mut chance).await?;
                None
            }
            Blow::Starting => {
                self.launch(node, None)?;
                tokio::time::sleep(Duration::from_millis(chance.below(START_MS))).await;
                None
            }
            Blow::At(place) => {
                self.launch(node, Some((place, 1 + chance.below(passes(place)))))?;
                self.come_to(node, place).await?;
                Some(place)
            }
        };
        self.kill(node, place).await?;
        if self.options.nodes > 1 { self.start(node).await } else { Ok(()) }
    }

    /// Waits for a random instant while the node sends: not only right after a reply, but anywhere in
    /// a dialog.
    async fn fly(&mut self, node: usize, chance: &mut Seed) -> Result<(), String> {
        if self.nodes.runs(0) {
            self.top_up().await?;
        }
        self.flow(node, 5 + chance.below(25)).await?;
        tokio::time::sleep(Duration::from_micros(chance.below(TAKES_MS * 1_200))).await;
        Ok(())
    }

    async fn kill(&mut self, node: usize, place: Option<Point>) -> Result<(), String> {
        let open = self.nodes.kill(node).await?;
        let killed_ns = monotonic_now_ns();
        self.leaving.hear().await?;
        let in_flight = self.nodes.in_flight(node)?;
        self.books.killed(self.nodes.world(), Kill { node, place, killed_ns, open, in_flight })
    }

    fn launch(&mut self, node: usize, armed: Option<(Point, u64)>) -> Result<(), String> {
        self.books.starts(node, monotonic_now_ns());
        self.nodes.launch(node, armed)
    }

    /// Starts a node as it ships, and sees to it that there is mail to send.
    async fn start(&mut self, node: usize) -> Result<(), String> {
        self.launch(node, None)?;
        self.nodes.ready(node)?;
        if node == 0 {
            self.leaving.send_again(self.nodes.world().house.inbound()).await?;
            self.top_up().await?;
        }
        Ok(())
    }

    async fn top_up(&mut self) -> Result<(), String> {
        self.books.read(self.nodes.world());
        self.stock.top_up(&self.books).await
    }

    /// Waits until so many more mails have come from a node.
    async fn flow(&self, node: usize, mails: u64) -> Result<(), String> {
        let provider = &self.nodes.world().provider;
        let mut looked = provider.ended();
        let mut came = 0;
        let end = tokio::time::Instant::now() + FLOWS;
        while came < mails {
            for record in provider.records_after(looked) {
                looked += 1;
                came += u64::from(record.peer.is_some_and(|peer| peer.ip() == address(node)));
            }
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if came < mails && !provider.wait_ended(looked + 1, left).await {
                return Err(format!("no mail flows from node {node}"));
            }
        }
        Ok(())
    }

    /// Does what the place needs, and waits until the program stands there.
    async fn come_to(&mut self, node: usize, place: Point) -> Result<(), String> {
        if !while_starting(place) && (needs_arrival(place) || place == Point::AudiencePage) {
            self.nodes.ready(node)?;
            self.flow(node, 3).await?;
            if needs_arrival(place) {
                self.leaving.begin(self.nodes.world().house.inbound())?;
            } else {
                self.stock.start().await?;
            }
        }
        self.nodes.stands(node, place)
    }

    /// The last lives: nobody kills them, and every newsletter is sent to its end.
    pub(super) async fn end(&mut self, limit: Duration) -> Result<(), String> {
        if !self.nodes.runs(0) {
            self.launch(0, None)?;
            self.nodes.ready(0)?;
        }
        let world = self.nodes.world();
        self.leaving.send_again(world.house.inbound()).await?;
        self.stock.settle().await?;
        for letter in self.stock.started() {
            let state = finished(world, self.stock.account(), &letter.id, limit).await?;
            if state["open"] != 0 {
                return Err(format!("a finished newsletter has open mails: {state}"));
            }
        }
        Ok(())
    }
}
