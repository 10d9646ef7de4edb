//! What machines that look after the program read: metrics, health, readiness, and which of them goes
//! first at a stop.
#![expect(clippy::disallowed_methods, reason = "a visitor of the program under test, in real time")]

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use testbench::house::House;
use testbench::http::{Client, Response};
use testbench::postgres::Scratch;
use testbench::process::Signal;

use crate::scratch::{finish, house, plan, program, start, written};

const PATIENCE: Duration = Duration::from_secs(30);
const ANYWHERE: &str = "[\"127.0.0.1:0\"]";

fn with(settings: &[(&str, &str)]) -> testbench::house::Plan {
    let mut plan = plan();
    plan.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    plan
}

/// Where the program says that it tells its status.
fn told_at(said: &Arc<Mutex<Vec<String>>>) -> Option<SocketAddr> {
    let said = said.lock().expect("no panic");
    let line = said.iter().find(|line| line.starts_with("ready web=")).expect("it is ready");
    line.split(' ').find_map(|part| part.strip_prefix("status=")).map(|at| at.parse().expect("an address"))
}

fn started(plan: testbench::house::Plan) -> (House, Client) {
    let mut house = house(plan);
    let said = start(&mut house);
    let at = told_at(&said).expect("a listener");
    (house, Client::new(at))
}

async fn get(client: &Client, path: &str) -> Response {
    client.get(path).await.expect("an answer")
}

/// Asks until the answer has this status; what it says then.
async fn until(client: &Client, path: &str, status: u16) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = get(client, path).await;
        if answer.status == status {
            return answer.text();
        }
        assert!(Instant::now() < end, "{path} says {} {}", answer.status, answer.text());
        // Nobody tells a client of HTTP when an answer changes.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_unless_an_address_is_set() {
    let mut plain = house(plan());
    let said = start(&mut plain);
    assert_eq!(told_at(&said), None);
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(get(&plain.client(), path).await.status, 404, "{path} is no page");
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let other = house(with(&[("status.listen", &format!("[\"{address}\"]"))]));
    let (code, _, told) = finish(std::process::Command::new(program()).arg("serve").current_dir(other.folder()));
    assert_eq!(code, Some(1));
    assert!(told.contains("status.listen") && told.contains(&address), "{told}");
    let wrong = house(with(&[("status.providers", "[\"no domain!\"]")]));
    let (code, _, told) = finish(std::process::Command::new(program()).arg("serve").current_dir(wrong.folder()));
    assert_eq!(code, Some(1));
    assert!(told.contains("status.providers") && told.contains("no domain!"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_hears_that_it_lives_and_is_ready_and_reads_every_metric() {
    let (mut house, client) = started(with(&[("status.listen", ANYWHERE)]));
    assert_eq!(get(&client, "/healthz").await.text(), "alive\n");
    assert_eq!(until(&client, "/readyz", 200).await, "ready\n");
    assert_eq!(get(&client, "/").await.status, 404);
    assert_eq!(client.post_form("/metrics", &[]).await.expect("an answer").status, 405);
    assert_eq!(get(&house.client(), "/u/0123456789012345678901").await.status, 404);
    let answer = get(&client, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    let named: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(named.len() > 25, "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = name.split('{').next().unwrap_or_default();
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        assert!(named.contains(name) || named.contains(base), "{line}");
    }
    for line in ["jawort_database_up 1", "jawort_ready 1", "jawort_sending_allowed 1", "jawort_nodes 1"] {
        assert!(text.contains(&format!("\n{line}\n")), "{line} is missing: {text}");
    }
    assert!(text.contains("jawort_http_requests_total{area=\"recipients\",answer=\"4xx\"} 1"), "{text}");
    assert!(!text.contains("0123456789"), "a token in a metric");
    assert!(house.stop(PATIENCE).expect("it stops"));
}

/// The order of a stop: not ready first, then no more visitors, then the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_readiness_first_and_visitors_are_served_until_the_drain_is_over() {
    let (mut house, client) = started(with(&[("status.listen", ANYWHERE), ("status.drain", "\"5s\"")]));
    until(&client, "/readyz", 200).await;
    house.program().expect("it runs").signal(Signal::Terminate).expect("asked");
    let told = until(&client, "/readyz", 503).await;
    assert!(told.starts_with("not ready\n") && told.contains("draining"), "{told}");
    assert_eq!(get(&house.client(), "/robots.txt").await.status, 200, "visitors are still served");
    assert_eq!(get(&client, "/healthz").await.status, 200, "it lives to the end");
    assert!(get(&client, "/metrics").await.text().contains("\njawort_ready 0\n"));
    // Nothing fits, so this ends with the program's outputs. A second TERM would cut the drain short.
    let ended = tokio::task::block_in_place(|| house.program().expect("it ran").wait_for(PATIENCE, |_| None::<()>));
    assert!(ended.is_err());
    assert!(house.stop(PATIENCE).expect("its state"), "it ended by itself, in good order");
}

/// Whoever waits out the drain can cut it short, as any other stop.
#[test]
fn a_second_signal_cuts_the_drain_short() {
    let (mut house, _) = started(with(&[("status.listen", ANYWHERE), ("status.drain", "\"20s\"")]));
    let program = house.program().expect("it runs");
    program.signal(Signal::Terminate).expect("asked");
    program.wait_for(PATIENCE, |line| line.contains("asked to stop").then_some(())).expect("it says so");
    let begun = Instant::now();
    program.signal(Signal::Interrupt).expect("asked again");
    program.wait_for(PATIENCE, |line| line.contains("second signal; the next start").then_some(())).expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(!house.stop(PATIENCE).unwrap_or(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_another_program_changed_is_named() {
    let (mut house, client) = started(with(&[("status.listen", ANYWHERE)]));
    until(&client, "/readyz", 200).await;
    written(&house, None, "INSERT INTO migration (version, applied_at) VALUES (9999, 0)").expect("written");
    let told = until(&client, "/readyz", 503).await;
    assert!(told.contains("schema: the schema is 9999, and this program knows"), "{told}");
    assert_eq!(get(&client, "/healthz").await.status, 200);
    assert!(house.stop(PATIENCE).expect("it stops"));
}

/// A database that is away: not ready, alive, and what nobody knows is not told as if somebody did.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_named_and_nothing_is_made_up() {
    let server = match Scratch::start() {
        Ok(server) => server,
        Err(missing) => return testbench::not_run(format!("readiness without PostgreSQL: {missing}")),
    };
    let mut plan = with(&[("status.listen", ANYWHERE)]);
    plan.database = Some(server.create_database().expect("a database"));
    let (mut house, client) = started(plan);
    until(&client, "/readyz", 200).await;
    server.crash().expect("it is gone");
    let told = until(&client, "/readyz", 503).await;
    assert!(told.contains("database: ") || told.contains("life: "), "{told}");
    assert_eq!(get(&client, "/healthz").await.text(), "alive\n");
    let text = get(&client, "/metrics").await.text();
    assert!(text.contains("\njawort_database_up 0\n") && text.contains("\njawort_ready 0\n"), "{text}");
    assert!(!text.contains("\njawort_open_mails{") && !text.contains("\njawort_sending_allowed "), "{text}");
    server.start_again().expect("it is back");
    assert_eq!(until(&client, "/readyz", 200).await, "ready\n");
    house.kill().expect("it is killed");
}
