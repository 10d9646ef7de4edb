//! Destinations that refuse us, break off, are full of traps, or stand behind a smarthost.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use policy::IncidentId;
use policy::settings::Raw;
use store::conformance::{numbers, texts};
use store::incidents::{IncidentDecision, IncidentKind};
use testbench::clock::monotonic_now_ns;
use testbench::dns::{Fault, Value};
use testbench::provider::{Behaviour, Close, Provider, ProviderConfig, Scope};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::bench::Bench;
use crate::sending::{LIMIT, run, states, until};

const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

type Door = (oneshot::Sender<()>, JoinHandle<Result<(), String>>);

pub(crate) async fn end((stop, door): Door) {
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");
}

fn people_at(bench: &Bench, domain: &str, n: usize) -> Vec<crate::world::Person> {
    (0..n).map(|at| bench.person(&format!("p{at}@{domain}"))).collect()
}

async fn number(bench: &Bench, statement: &'static str) -> i64 {
    numbers(&bench.store, statement, 1).await.expect("a number")[0][0].unwrap_or(0)
}

/// Waits until nothing is claimed or started, and the number is as wanted.
#[expect(clippy::disallowed_methods, reason = "a bounded wait for an event in the database")]
pub(crate) async fn until_rests(bench: &Bench, statement: &'static str, wanted: impl Fn(i64) -> bool) -> i64 {
    let waiting = async {
        loop {
            let found = number(bench, statement).await;
            if wanted(found) && number(bench, "SELECT COUNT(*) FROM delivery WHERE state IN (1, 2)").await == 0 {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(LIMIT, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("{statement}: {}; {:?}", number(bench, statement).await, states(bench).await),
    }
}

const INCIDENTS: &str = "SELECT COUNT(*) FROM incident";
const EXCLUDED: &str = "SELECT COUNT(*) FROM suppression";

/// The only incident: its number, kind, group.
async fn incident(bench: &Bench) -> (IncidentId, IncidentKind, String) {
    let mut found = bench.store.incidents(true, 0, 10).await.expect("incidents");
    assert_eq!(found.len(), 1, "{found:?}");
    let incident = found.remove(0);
    (incident.id, incident.kind, incident.provider_group)
}

// ── smarthost ────────────────────────────────────────────────────────────

async fn by_smarthost(mut bench: Bench) {
    let smarthost = bench.provider.addr().to_string();
    bench.settings.insert("delivery.route".to_owned(), Raw::Text("smarthost".to_owned()));
    bench.settings.insert("delivery.smarthost".to_owned(), Raw::Text(smarthost));
    bench.provider.set_behaviour(Scope::All, Behaviour::closing(Close::AtConnect));
    bench.provider.set_behaviour(Scope::Domain("hard.test".to_owned()), Behaviour::hard());
    let mut people = people_at(&bench, "a.test", 20);
    people.extend(people_at(&bench, "b.test", 20));
    people.extend(people_at(&bench, "hard.test", 2));
    bench.newsletter(&people).await;
    let door = bench.send().await;
    until_connected(&bench, 1).await;
    until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 0", |n| n == 42).await;
    assert_eq!(
        number(&bench, "SELECT SUM(deferrals) FROM delivery").await,
        0,
        "our own server's outage makes no mail older"
    );

    bench.provider.set_behaviour(Scope::All, Behaviour::accept());
    bench.clock.pass(Duration::from_secs(80));
    until(&bench, &[(10, 40), (11, 2)]).await;
    end(door).await;
    assert_eq!(number(&bench, EXCLUDED).await, 2, "the smarthost's word about an address is the receiver's");
    assert_eq!(bench.dns.asked("a.test", "MX") + bench.dns.asked("a.test", "A"), 0);
    let groups = texts(&bench.store, "SELECT DISTINCT provider_group FROM bounce", 1).await.expect("groups");
    assert_eq!(groups, [[Some("hard.test".to_owned())]], "behind a smarthost the domain is the provider");
}

/// Proves DESIGN §4, limits of the destination: what a busy smarthost cannot take yet is not claimed.
#[test]
fn a_busy_smarthost_makes_nobody_claim_what_it_cannot_take() {
    run(async {
        let mut bench = Bench::sqlite("busy-smarthost").await;
        let smarthost = bench.provider.addr().to_string();
        bench.settings.insert("delivery.route".to_owned(), Raw::Text("smarthost".to_owned()));
        bench.settings.insert("delivery.smarthost".to_owned(), Raw::Text(smarthost));
        bench.set("connections_per_group", 2);
        bench.provider.set_behaviour(Scope::All, Behaviour { dot_delay_ms: 10, ..Behaviour::accept() });
        bench.newsletter(&people_at(&bench, "a.test", 300)).await;
        let door = bench.send().await;
        until(&bench, &[(10, 300)]).await;
        end(door).await;
        assert_eq!(number(&bench, "SELECT MAX(attempt) FROM delivery").await, 1, "every row was claimed once");
    });
}

/// Proves R15: receivers of bulk that let every dialog hang keep no confirmation mail waiting, their
/// own users' included; it starts within five seconds.
#[test]
#[expect(clippy::disallowed_methods, reason = "the requirement is a time, and the wait for it is bounded")]
fn r15_a_tarpit_of_bulk_keeps_no_confirmation_mail_waiting() {
    run(async {
        let mut bench = Bench::sqlite("tarpit").await;
        bench.set("connections", 4);
        bench.set("connections_per_group", 4);
        bench.mail_domain("slow.test");
        bench.mail_domain("quick.test");
        let hangs = Behaviour { dot_delay_ms: 300_000, ..Behaviour::accept() };
        bench.provider.set_behaviour(Scope::Domain("slow.test".to_owned()), hangs);
        bench.newsletter(&people_at(&bench, "slow.test", 300)).await;
        let door = bench.send().await;
        let started = async |statement: &'static str, wanted: i64| {
            while number(&bench, statement).await < wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let hung = started("SELECT COUNT(*) FROM delivery WHERE state = 2", 2);
        tokio::time::timeout(LIMIT, hung).await.expect("bulk holds what it may hold");
        // Long enough for bulk to take every hand that it can get.
        let full = started("SELECT COUNT(*) FROM delivery WHERE state = 1", 20);
        tokio::time::timeout(LIMIT, full).await.expect("bulk waits in hand");
        let now = bench.now().millis();
        for (id, domain) in [(700, "quick.test"), (701, "slow.test")] {
            crate::world::sign_up(&bench.store, 1, id, &bench.person(&format!("new@{domain}")), now).await;
        }
        let both = started("SELECT COUNT(*) FROM notice WHERE state IN (2, 10)", 2);
        if tokio::time::timeout(Duration::from_secs(5), both).await.is_err() {
            let seen = texts(
                &bench.store,
                "SELECT domain || ' ' || CAST(state AS TEXT) || ' ' || COALESCE(reason, '') FROM notice",
                1,
            );
            panic!("{:?}", seen.await);
        }
        // The end waits for hung dialogs in steps of this length.
        bench.clock.hurry(Duration::from_millis(200));
        end(door).await;
    });
}

#[expect(clippy::disallowed_methods, reason = "a bounded wait for a connection")]
pub(crate) async fn until_connected(bench: &Bench, connections: u64) {
    let waiting = async {
        while bench.provider.connections() < connections {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.expect("a connection");
}

/// Proves DESIGN §4, routes: by a smarthost nobody's DNS is asked, and its outage defers nothing.
#[test]
fn t5_a_smarthost_takes_all_mail_and_its_outage_makes_none_older() {
    run(async { by_smarthost(Bench::sqlite("smarthost").await).await });
}

// ── pace ─────────────────────────────────────────────────────────────────

#[test]
fn t5_a_rate_holds_over_all_connections_of_a_group() {
    run(async {
        let mut bench = Bench::sqlite("pace").await;
        bench.set("rate_per_group_second", 20);
        bench.mail_domain("slow.test");
        bench.newsletter(&people_at(&bench, "slow.test", 30)).await;
        let before = monotonic_now_ns();
        let door = bench.send().await;
        until(&bench, &[(10, 30)]).await;
        end(door).await;
        let mut begun: Vec<_> = bench.provider.messages().iter().map(|record| record.mail_ns).collect();
        begun.sort_unstable();
        for (at, begun) in (0_u64..).zip(begun) {
            assert!(begun >= before + at * 50_000_000, "mail {at} came before its turn");
        }
    });
}

// ── policy ───────────────────────────────────────────────────────────────

async fn blocked_by_policy(bench: Bench) {
    for domain in ["strict.test", "fine.test"] {
        bench.mail_domain(domain);
    }
    bench.provider.set_behaviour(Scope::Domain("strict.test".to_owned()), Behaviour::policy());
    let mut people = people_at(&bench, "strict.test", 200);
    people.extend(people_at(&bench, "fine.test", 50));
    bench.newsletter(&people).await;
    let door = bench.send().await;
    let waiting =
        "SELECT COUNT(*) FROM delivery WHERE domain = 'strict.test' AND state = 0 AND reason = 'provider_paused'";
    let held = until_rests(&bench, waiting, |n| n > 0).await;
    until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE domain = 'fine.test' AND state = 10", |n| n == 50).await;
    let held = until_rests(&bench, waiting, |n| n >= held).await;
    assert!(held >= 160, "the block was noticed late: {held} of 200 wait");
    assert_eq!(number(&bench, EXCLUDED).await, 0);
    assert_eq!(number(&bench, "SELECT COUNT(*) FROM soft_bounce").await, 0);
    let (_, kind, group) = incident(&bench).await;
    assert_eq!((kind, group.as_str()), (IncidentKind::PolicyBlock, "strict.test"));

    // The block is over, and so is the pause.
    bench.provider.set_behaviour(Scope::Domain("strict.test".to_owned()), Behaviour::accept());
    bench.clock.pass(Duration::from_secs(60 * 60));
    until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state IN (10, 11)", |n| n == 250).await;
    end(door).await;
    assert_eq!((number(&bench, EXCLUDED).await, number(&bench, INCIDENTS).await), (0, 1));
}

/// Proves B6: 5.7.1 for many addresses excludes none, opens one incident, and pauses that provider alone.
#[test]
fn b6_a_policy_block_of_many_addresses_excludes_none_and_is_one_incident() {
    run(async {
        blocked_by_policy(Bench::sqlite("policy").await).await;
        if let Some(bench) = Bench::postgres().await {
            blocked_by_policy(bench).await;
        }
    });
}

/// Proves B6 for a refusal in the greeting: it never becomes a soft bounce, not even when the time is over.
#[test]
fn b6_a_greeting_that_refuses_us_counts_against_no_address() {
    run(async {
        let bench = Bench::sqlite("greeting").await;
        bench.mail_domain("wall.test");
        bench
            .provider
            .set_behaviour(Scope::All, Behaviour::at_connect("554 5.7.1 your address is listed at a blocklist"));
        bench.newsletter(&people_at(&bench, "wall.test", 5)).await;
        let door = bench.send().await;
        until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 3 AND reason = 'policy'", |n| n > 0).await;
        assert_eq!(incident(&bench).await.1, IncidentKind::PolicyBlock);
        bench.clock.pass(Duration::from_secs(5 * 24 * 3600));
        until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 12", |n| n == 5).await;
        end(door).await;
        let counted = number(&bench, "SELECT COUNT(*) FROM soft_bounce").await + number(&bench, EXCLUDED).await;
        assert_eq!(counted, 0);
    });
}

// ── breaker ──────────────────────────────────────────────────────────────

async fn jump(bench: Bench, decision: IncidentDecision) {
    bench.mail_domain("jump.test");
    bench.provider.set_behaviour(Scope::Domain("jump.test".to_owned()), Behaviour::hard());
    bench.newsletter(&people_at(&bench, "jump.test", 120)).await;
    let door = bench.send().await;
    let held =
        until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 0 AND reason = 'provider_paused'", |n| n > 0)
            .await;
    assert!(held >= 80, "the breaker tripped late: {held} of 120 wait");
    let bounced = number(&bench, "SELECT COUNT(*) FROM bounce").await;
    let excluded = number(&bench, EXCLUDED).await;
    let (id, kind, group) = incident(&bench).await;
    assert_eq!((kind, group.as_str()), (IncidentKind::HardBounceJump, "jump.test"));
    assert!(excluded < 10, "{excluded} of {bounced}");

    bench.provider.set_behaviour(Scope::Domain("jump.test".to_owned()), Behaviour::accept());
    let outcome =
        bench.store.decide_incident(id, decision, "operator", "looked at it", bench.now()).await.expect("decided");
    bench.clock.pass(Duration::from_secs(15 * 60));
    until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state IN (10, 11)", |n| n == 120).await;
    end(door).await;
    let (lifted, held) = (i64::try_from(outcome.lifted).expect("few"), bounced - excluded);
    match decision {
        IncidentDecision::ProvidersFault => {
            assert_eq!((lifted, i64::try_from(outcome.dropped).expect("few")), (excluded, held));
            assert_eq!(number(&bench, EXCLUDED).await, 0, "one decision lifts all");
        }
        IncidentDecision::BouncesTrue => assert_eq!(number(&bench, EXCLUDED).await, bounced),
    }
    assert_eq!(number(&bench, INCIDENTS).await, 1, "what was decided is not told again");
}

/// Proves D6: a jump of hard bounces opens an incident, pauses the group, holds what follows, and
/// one decision lifts what came before.
#[test]
fn d6_r57_a_jump_of_hard_bounces_pauses_the_group_and_one_decision_lifts_its_exclusions() {
    run(async {
        jump(Bench::sqlite("jump").await, IncidentDecision::ProvidersFault).await;
        if let Some(bench) = Bench::postgres().await {
            jump(bench, IncidentDecision::ProvidersFault).await;
        }
    });
}

#[test]
fn d6_r57_hard_bounces_of_a_jump_that_were_true_exclude_after_the_decision() {
    run(async { jump(Bench::sqlite("true-jump").await, IncidentDecision::BouncesTrue).await });
}

/// Proves D6 for DNS: a domain that is suddenly gone with many contacts is an incident too.
#[test]
fn d6_a_domain_that_vanishes_with_many_contacts_excludes_few_until_somebody_looked() {
    run(async {
        let bench = Bench::sqlite("vanished").await;
        bench.newsletter(&people_at(&bench, "vanished.test", 60)).await;
        let door = bench.send().await;
        until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state IN (0, 11)", |n| n == 60).await;
        until_rests(&bench, INCIDENTS, |n| n == 1).await;
        let (id, kind, group) = incident(&bench).await;
        assert_eq!((kind, group.as_str()), (IncidentKind::HardBounceJump, "vanished.test"));
        assert!(number(&bench, EXCLUDED).await < 10);
        end(door).await;
        bench
            .store
            .decide_incident(id, IncidentDecision::ProvidersFault, "operator", "DNS failed", bench.now())
            .await
            .expect("decided");
        assert_eq!(number(&bench, EXCLUDED).await, 0);
    });
}

// ── broken dialogs ───────────────────────────────────────────────────────

async fn breaking(close: Close, most: u64) {
    let mut bench = Bench::sqlite(&format!("breaking-{close:?}")).await;
    bench.set("connections_per_group", 4);
    bench.mail_domain("broken.test");
    bench.provider.set_behaviour(Scope::All, Behaviour::closing(close));
    bench.newsletter(&people_at(&bench, "broken.test", 100)).await;
    let door = bench.send().await;
    let broken = "SELECT COUNT(*) FROM delivery WHERE state IN (3, 4)";
    until_rests(&bench, broken, |n| n > 0).await;
    // Everything was looked at once: what waits, waits for the end of the pause.
    until_rests(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 0 AND attempt = 0", |n| n == 0).await;
    let herd = bench.provider.connections();
    assert!(herd <= most, "{herd} connections to a host that breaks each one ({close:?})");
    // The pause is over: one connection tries, and is enough.
    bench.clock.pass(Duration::from_secs(75));
    until_connected(&bench, herd + 1).await;
    until_rests(&bench, "SELECT COUNT(*) FROM delivery", |_| true).await;
    assert_eq!(bench.provider.connections(), herd + 1, "{close:?}");
    end(door).await;
}

/// Proves T5: a host that breaks every dialog gets a pause and no herd, wherever it breaks.
#[test]
fn t5_a_host_that_breaks_every_dialog_is_left_alone_for_a_while() {
    run(async {
        breaking(Close::AtConnect, 4).await;
        breaking(Close::AtEhlo, 4).await;
        breaking(Close::AtMail, 8).await;
        breaking(Close::AfterDot, 8).await;
    });
}

// ── several hosts ────────────────────────────────────────────────────────

async fn second_provider(bench: &Bench) -> Provider {
    let listen = vec![SocketAddr::new(OTHER, bench.provider.addr().port())];
    Provider::start(ProviderConfig { listen, ..ProviderConfig::default() }).await.expect("a second provider")
}

fn two_hosts(bench: &Bench, domain: &str, preferences: [u16; 2]) {
    for (at, (preference, address)) in preferences.into_iter().zip([HERE, OTHER]).enumerate() {
        let host = format!("mx{at}.{domain}");
        bench.dns.set(domain, Value::Mx(preference, host.clone()));
        bench.dns.address(&host, address);
    }
}

/// Proves T6: a first host that says 4yz or nothing costs no attempt; the next one is tried.
#[test]
fn t6_the_next_host_is_tried_when_the_first_one_refuses_in_its_greeting_or_is_silent() {
    run(async {
        let bench = Bench::sqlite("next-host").await;
        let second = second_provider(&bench).await;
        two_hosts(&bench, "busy.test", [10, 20]);
        // Nobody listens at the third address.
        bench.dns.set("dead.test", Value::Mx(10, "mx0.dead.test".to_owned()));
        bench.dns.set("dead.test", Value::Mx(20, "mx1.dead.test".to_owned()));
        bench.dns.address("mx0.dead.test", IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)));
        bench.dns.address("mx1.dead.test", OTHER);
        bench.provider.set_behaviour(Scope::All, Behaviour::at_connect("421 4.3.2 too busy"));
        bench.newsletter(&["a@busy.test", "b@dead.test"].map(|text| bench.person(text))).await;
        let door = bench.send().await;
        until(&bench, &[(10, 2)]).await;
        end(door).await;
        bench.read_too(&second);
        assert_eq!((bench.provider.connections() > 0, second.completed()), (true, 2));
        assert_eq!(number(&bench, "SELECT SUM(deferrals) FROM delivery").await, 0);
    });
}

/// Proves T4: hosts of equal preference share the load of one domain; a worse one gets none.
#[test]
fn t4_hosts_of_equal_preference_share_the_load() {
    run(async {
        let mut bench = Bench::sqlite("equals").await;
        bench.set("mails_per_connection", 1);
        let second = second_provider(&bench).await;
        two_hosts(&bench, "twin.test", [10, 10]);
        bench.dns.set("twin.test", Value::Mx(20, "mx2.twin.test".to_owned()));
        bench.dns.address("mx2.twin.test", IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)));
        bench.newsletter(&people_at(&bench, "twin.test", 40)).await;
        let door = bench.send().await;
        until(&bench, &[(10, 40)]).await;
        end(door).await;
        bench.read_too(&second);
        let (first, second) = (bench.provider.completed(), second.completed());
        assert!(first > 5 && second > 5 && first + second == 40, "{first} and {second}");
    });
}

/// Proves T4 and A13: only what DNS says twice and without contradiction is a hard bounce.
#[test]
fn t4_a_domain_that_exists_for_one_question_only_is_no_bounce() {
    run(async {
        let bench = Bench::sqlite("contradiction").await;
        bench.dns.address("half.test", HERE);
        bench.dns.fail_for("half.test", "MX", Fault::NxDomain);
        bench.dns.set("lost.test", Value::Mx(10, "mx.elsewhere.test".to_owned()));
        bench.newsletter(&["a@half.test", "b@lost.test", "c@gone.test"].map(|text| bench.person(text))).await;
        let door = bench.send().await;
        until(&bench, &[(3, 2), (11, 1)]).await;
        end(door).await;
        assert_eq!(number(&bench, EXCLUDED).await, 1);
        assert!(
            bench.dns.asked("gone.test", "MX") > 0 && bench.dns.asked("gone.test", "A") > 0,
            "asked twice before a hard bounce"
        );
    });
}
