//! Paths that name the neighbour's account, or a thing of the neighbour in the own account.

use testbench::http::Response;
use web::{PageInfo, Who};

use super::{Hand, NOBODY, Stage, Watch, filled, of_accounts, own_paths, parameters, same, told, unchanged};
use crate::browser::Browser;
use crate::door::{Door, run};
use crate::tenants::{Tenant, nothing_like};

const VERBS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A path that names something of the neighbour, and the same path naming nothing.
struct Probe {
    theirs: String,
    nothing: String,
    /// The numbers by which the two differ, as they stand in the paths; empty for the account's own.
    numbers: (String, String),
}

/// Paths into the neighbour's account.
fn into_their_account(page: &PageInfo, theirs: &Tenant) -> Vec<Probe> {
    let nobody = |path: &str| path.replacen(&format!("/a/{}", theirs.account), &format!("/a/{NOBODY}"), 1);
    let path = |theirs: String| Probe { nothing: nobody(&theirs), theirs, numbers: Default::default() };
    own_paths(page.path, theirs, usize::MAX).into_iter().map(path).collect()
}

/// Paths of the own account that name a thing of the neighbour, one parameter after the other.
fn with_their_things(page: &PageInfo, theirs: &Tenant, own: &Tenant) -> Vec<Probe> {
    let mut probes = Vec::new();
    for name in parameters(page.path) {
        // What is counted within a thing (revisions, versions) is nobody's by itself.
        for number in theirs.all(name, page.path).iter().filter(|number| **number > 1_000_000) {
            let with = |given: i64| {
                filled(page.path, |other| match other {
                    "account" => own.account,
                    other if other == name => given,
                    other => own.all(other, page.path)[0],
                })
            };
            let nothing = nothing_like(*number);
            let numbers = (number.to_string(), nothing.to_string());
            probes.push(Probe { theirs: with(*number), nothing: with(nothing), numbers });
        }
    }
    probes
}

/// Asks for both and compares.
async fn compare(
    hand: &Hand<'_>,
    watch: &mut Watch,
    method: &str,
    page: &PageInfo,
    probe: &Probe,
    who: &str,
) -> Response {
    let fields: Vec<(&str, &str)> = page.fields.iter().map(|name| (*name, "7")).collect();
    let what = format!("{method} {} by {who}", page.path);
    let theirs = hand.ask(method, &probe.theirs, &fields).await;
    let nothing = hand.ask(method, &probe.nothing, &fields).await;
    watch.look(&what, &theirs, &probe.numbers.0);
    let what = format!("{what}: {} and {}", probe.theirs, probe.nothing);
    same(&what, &told(&theirs, &probe.numbers.0), &told(&nothing, &probe.numbers.1));
    theirs
}

/// Every page by everybody who has no business there.
async fn all_pages(stage: &Stage, watch: &mut Watch) {
    let Stage { door, theirs, own, .. } = stage;
    let owner = Hand::of(door.signed_in(own.owner).await).await;
    let reader = Hand::of(door.signed_in(own.reader).await).await;
    let operator = Hand::of(door.operator().await).await;
    let before = stage.everything().await;
    for page in of_accounts() {
        let inside = with_their_things(&page, theirs, own);
        let outside = into_their_account(&page, theirs);
        for method in VERBS {
            let right_verb = method == page.method || (method == "HEAD" && page.method == "GET");
            for (who, hand) in [("an owner", &owner), ("a reader", &reader), ("the operator", &operator)] {
                for probe in &outside {
                    let answer = compare(hand, watch, method, &page, probe, who).await;
                    assert!(matches!(answer.status, 404 | 405), "{method} {}: {}", probe.theirs, answer.status);
                    assert!(!right_verb || answer.status == 404, "{method} {}: {}", probe.theirs, answer.status);
                }
            }
            for probe in &inside {
                let answer = compare(&owner, watch, method, &page, probe, "an owner").await;
                assert!(answer.status >= 400, "{method} {}: {}", probe.theirs, answer.status);
                compare(&reader, watch, method, &page, probe, "a reader").await;
            }
        }
        unchanged(page.path, &before, &stage.everything().await);
    }
}

/// Whoever is not signed in hears the same of everything.
async fn strangers(stage: &Stage, watch: &mut Watch) {
    let stranger = Browser::new(&stage.door);
    for page in of_accounts() {
        for probe in into_their_account(&page, &stage.theirs) {
            let ask = async |path: &str| match page.method.as_str() {
                "GET" => stranger.get(path).await,
                _ => stranger.post(path, &[]).await,
            };
            let theirs = ask(&probe.theirs).await;
            watch.look(page.path, &theirs, &probe.theirs.replace('/', "%2F"));
            assert_eq!(theirs.status, 303, "{}", probe.theirs);
            // The way back names what was asked for.
            let place = |account: i64| format!("a%2F{account}");
            let nothing = ask(&probe.nothing).await;
            same(&probe.theirs, &told(&theirs, &place(stage.theirs.account)), &told(&nothing, &place(NOBODY)));
        }
    }
}

/// What the desk has is not there for customers, whoever's it is.
async fn the_desk(stage: &Stage, watch: &mut Watch) {
    let owner = Hand::of(stage.door.signed_in(stage.own.owner).await).await;
    let nothing = owner.ask("GET", "/desk/nothing", &[]).await;
    let before = stage.everything().await;
    for page in web::pages().into_iter().filter(|page| page.who == Who::Operator) {
        for tenant in [&stage.theirs, &stage.own] {
            for path in own_paths(page.path, tenant, 2) {
                let answer = owner.ask(&page.method, &path, &[("reason", "x"), ("sure", "yes")]).await;
                watch.look(page.path, &answer, "");
                same(&format!("{} {path}", page.method), &told(&answer, ""), &told(&nothing, ""));
            }
        }
    }
    unchanged("the desk", &before, &stage.everything().await);
}

/// The things are there: their owner sees them, with the words by which a leak would be known.
async fn their_owner_sees_them(door: &Door, theirs: &Tenant) {
    let browser = door.signed_in(theirs.owner).await;
    let mut shown = 0;
    for page in of_accounts().iter().filter(|page| page.method == "GET" && !page.path.ends_with("/events")) {
        let mut there = false;
        for path in own_paths(page.path, theirs, usize::MAX) {
            let answer = browser.get(&path).await;
            there |= answer.status < 400;
            shown += usize::from(answer.text().matches(theirs.word).count() > 2);
        }
        assert!(there, "{} shows none of the things to their own owner: the probes would prove nothing", page.path);
    }
    assert!(shown > 20, "only {shown} pages show something of the account");
}

/// Proves D1 of the armour for pages.
#[test]
fn armour_d1_what_is_the_neighbours_does_not_exist_on_any_page() {
    run(async {
        let stage = Stage::open().await;
        let mut watch = Watch::over(&stage.theirs);
        all_pages(&stage, &mut watch).await;
        strangers(&stage, &mut watch).await;
        the_desk(&stage, &mut watch).await;
        their_owner_sees_them(&stage.door, &stage.theirs).await;
        assert!(watch.probes >= 3_000, "only {} probes", watch.probes);
        println_probes("pages", &watch);
    });
}

#[expect(clippy::print_stdout, reason = "a test with a figure says it")]
pub(super) fn println_probes(what: &str, watch: &Watch) {
    println!("{what}: {} probes of {} kinds, 0 leaks, 0 changes", watch.probes, watch.by_page.len());
}
