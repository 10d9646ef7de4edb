//! What a customer sees while a newsletter leaves: the figures add up, however receivers behave.

use std::collections::BTreeSet;
use std::time::Duration;

use store::Store;
use store::mailings::Live;
use testbench::provider::{Behaviour, Close, Scope};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::bench::Bench;
use crate::sending::{run, until};
use crate::world::World;

/// Looks of a watched run, at least.
const SAMPLES: usize = 500;

/// Somebody who looks at a mailing again and again while it leaves.
struct Watcher {
    over: oneshot::Sender<()>,
    taken: watch::Receiver<usize>,
    looks: JoinHandle<Vec<Live>>,
}

impl Watcher {
    fn begin(store: Store, world: &World) -> Self {
        let (account, mailing) = (world.account, world.mailing);
        let (over, mut ended) = oneshot::channel();
        let (count, taken) = watch::channel(0);
        let looks = tokio::spawn(async move {
            let mut looks = Vec::new();
            while ended.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
                looks.push(store.live(account, mailing).await.expect("figures").1);
                count.send_replace(looks.len());
                tokio::task::yield_now().await;
            }
            looks
        });
        Self { over, taken, looks }
    }

    /// Waits for so many looks: a fast run must not end before it was seen, and a slow look is no fault.
    async fn looked(&mut self, times: usize) {
        self.taken.wait_for(|taken| *taken >= times).await.expect("the watcher looks");
    }

    /// Every look.
    async fn end(self) -> Vec<Live> {
        self.over.send(()).expect("the watcher looks");
        self.looks.await.expect("every look")
    }
}

async fn watched(bench: Bench) {
    let domains = [
        ("accept.test", 120, Behaviour::accept()),
        ("hard.test", 8, Behaviour::hard()),
        ("soft.test", 20, Behaviour::soft()),
        ("drop.test", 4, Behaviour::closing(Close::AfterDot)),
        ("grey.test", 20, Behaviour::greylist()),
    ];
    let mut people = Vec::new();
    for (domain, n, behaviour) in domains {
        bench.mail_domain(domain);
        bench.provider.set_behaviour(Scope::Domain(domain.to_owned()), behaviour);
        people.extend((0..n).map(|at| bench.person(&format!("p{at}@{domain}"))));
    }
    let world = bench.newsletter(&people).await;
    let mut watcher = Watcher::begin(bench.store.clone(), &world);
    let (stop, door) = bench.send().await;
    until(&bench, &[(3, 40), (4, 4), (10, 120), (11, 8)]).await;
    watcher.looked(SAMPLES * 4 / 5).await;
    for domain in ["soft.test", "drop.test"] {
        bench.provider.set_behaviour(Scope::Domain(domain.to_owned()), Behaviour::accept());
    }
    bench.clock.forward(Duration::from_secs(40 * 60));
    until(&bench, &[(10, 164), (11, 8)]).await;
    watcher.looked(SAMPLES).await;
    let looks = watcher.end().await;
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");

    for look in &looks {
        assert_eq!((look.audience, look.sum()), (172, 172), "{look:?}");
        assert!(look.due >= 0, "{look:?}");
    }
    let different: BTreeSet<String> = looks.iter().map(|look| format!("{look:?}")).collect();
    assert!(different.len() > 20, "the run was hardly seen: {} different looks", different.len());
    assert!(looks.iter().any(|look| look.in_flight > 0), "nothing was ever seen on the wire");
    assert!(looks.iter().any(|look| look.deferred > 0 && look.unknown > 0), "no trouble was ever seen");

    let (words, groups) = bench.store.provider_words(world.account, world.mailing).await.expect("words");
    let heard = |of: fn(&store::mailings::ProviderWord) -> i64| words.iter().map(of).sum::<i64>();
    assert_eq!((heard(|word| word.accepted), heard(|word| word.bounced)), (164, 8));
    assert!(groups >= 5 && heard(|word| word.deferred) >= 40, "{words:?}");
    assert!(words.iter().all(|word| word.reply.starts_with(['2', '4', '5'])), "the receiver's own words: {words:?}");
}

#[test]
fn the_figures_of_a_faulty_run_add_up_in_every_sample_on_sqlite() {
    run(async {
        watched(Bench::sqlite("live").await).await;
    });
}

#[test]
fn the_figures_of_a_faulty_run_add_up_in_every_sample_on_postgres() {
    run(async {
        let Some(bench) = Bench::postgres().await else { return };
        watched(bench).await;
    });
}
