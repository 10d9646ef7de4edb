//! The nodes of a run: the first opens all doors, the others only send. Each sends from an address of
//! its own, by which the provider's book tells them apart.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use failpoints::{Point, STANDS, VARIABLE};

use super::Options;
use crate::house::House;
use crate::story::World;

/// An armed program comes to its place so soon.
const COMES: Duration = Duration::from_secs(60);
/// The connections of a killed program end so soon.
const ENDS: Duration = Duration::from_secs(20);

/// The address from which a node sends.
pub(super) fn address(node: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, u8::try_from(node + 1).unwrap_or(u8::MAX)))
}

/// The node behind an address.
pub(super) fn node_of(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(address) => usize::from(address.octets()[3]).saturating_sub(1),
        IpAddr::V6(_) => 0,
    }
}

/// All nodes, and the world around them. Dropping it ends them, the first one last.
pub(super) struct Nodes<'a> {
    options: &'a Options,
    twins: Vec<House>,
    /// The name of each node in the ledger.
    names: Vec<String>,
    world: World,
}

impl<'a> Nodes<'a> {
    /// The world's own house is running and becomes the first node; the others do not run yet.
    pub(super) fn new(world: World, options: &'a Options) -> Result<Self, String> {
        let twin = |node: usize| {
            let source = ("network.source_addresses".to_owned(), format!("[\"{}\"]", address(node)));
            world.house.twin(&[source]).map_err(|error| error.to_string())
        };
        let twins = (1..options.nodes).map(twin).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { options, twins, names: vec![String::new(); options.nodes], world })
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// Ends all nodes but the first.
    pub(super) fn into_world(mut self) -> World {
        tokio::task::block_in_place(|| self.twins.clear());
        self.world
    }

    fn house(&mut self, node: usize) -> &mut House {
        if node == 0 { &mut self.world.house } else { &mut self.twins[node - 1] }
    }

    fn look(&self, node: usize) -> &House {
        if node == 0 { &self.world.house } else { &self.twins[node - 1] }
    }

    /// Whether it was started and not killed since.
    pub(super) fn runs(&self, node: usize) -> bool {
        self.look(node).program().is_some()
    }

    /// Starts a node: as it ships, or to stand still at a pass of a place.
    pub(super) fn launch(&mut self, node: usize, armed: Option<(Point, u64)>) -> Result<(), String> {
        let subcommand = if node == 0 { "serve" } else { "deliver" };
        let options = self.options;
        tokio::task::block_in_place(|| match armed {
            None => self.house(node).launch(&options.program, subcommand, &[], |_| {}),
            Some((place, pass)) => {
                let text = format!("{}:{pass}", place.name());
                self.house(node).launch(&options.armed, subcommand, &[(VARIABLE, text.as_str())], |_| {})
            }
        })
    }

    /// Waits until a node is ready.
    pub(super) fn ready(&mut self, node: usize) -> Result<(), String> {
        tokio::task::block_in_place(|| self.house(node).ready())
    }

    /// Waits until a node stands at its place.
    pub(super) fn stands(&self, node: usize, place: Point) -> Result<(), String> {
        let program = self.look(node).program().ok_or("nothing runs")?;
        let stands = |line: &str| (line.strip_prefix(STANDS)? == place.name()).then_some(());
        let came = tokio::task::block_in_place(|| program.wait_for(COMES, stands));
        came.map_err(|error| format!("the program did not come to {}: {error}", place.name()))
    }

    /// Kills a node and waits until its connections have ended. Returns how many there were.
    pub(super) async fn kill(&mut self, node: usize) -> Result<usize, String> {
        let open = self.world.provider.open_connections_from(address(node));
        self.house(node).kill().map_err(|error| error.to_string())?;
        if self.world.provider.wait_idle_from(address(node), ENDS).await {
            return Ok(open);
        }
        Err("connections of a killed program do not end".to_owned())
    }

    /// The rows that the lives of a node have claimed or started, says the ledger.
    pub(super) fn in_flight(&mut self, node: usize) -> Result<usize, String> {
        if self.names[node].is_empty() {
            self.names[node] = self.look(node).node_name()?;
        }
        let own = format!("state IN (1, 2) AND owner IN (SELECT id FROM life WHERE node = '{}')", self.names[node]);
        let query =
            format!("SELECT (SELECT COUNT(*) FROM delivery WHERE {own}) + (SELECT COUNT(*) FROM notice WHERE {own})");
        let rows = self.world.house.ask(&query)?;
        let number = rows.first().and_then(|row| row.first()?.parse().ok());
        number.ok_or_else(|| format!("no number: {rows:?}"))
    }
}
