//! Beginning and end of a life, its beats, its look at the lives of others, and the answers of the
//! memory.

use std::collections::HashMap;
use std::time::Duration;

use delivery::parts::{LOOK, RARELY};
use store::lives::LifeId;
use store::watch::PROVE_EVERY;

use super::Run;
use crate::clock::{MILLI, Nanos, SECOND};
use crate::story::About;
use crate::world::{Ask, Event, Failed, Reply, Tick, World};

impl World {
    /// A machine starts the program.
    pub(crate) fn begin(&mut self, node: usize) {
        let at = &mut self.nodes[node];
        if at.run.is_some() || at.starting {
            return;
        }
        at.starting = true;
        let way = self.chance.between(MILLI, 30 * MILLI);
        self.at(self.now + way, Event::Ask(node, 0, 0, Ask::BeginLife));
    }

    pub(crate) fn born(&mut self, node: usize, life: LifeId) {
        let reading = self.nodes[node].clock.reading(self.now);
        if !self.nodes[node].starting {
            // It died before it knew its name.
            self.memory.locks.remove(&life.get());
            return;
        }
        self.nodes[node].starting = false;
        self.nodes[node].stopped_until = 0;
        self.nodes[node].run = Some(Run::new(life, reading));
        self.tell_of_node(node, About::WORLD, format!("begins life {}", life.get()));
        let ticks = [Tick::Prove, Tick::Look, Tick::Poll];
        for tick in ticks {
            self.plan_tick(node, life.get(), tick, 1);
        }
        for (place, (name, every)) in scheduler::table().enumerate() {
            if chore(name).is_some() {
                let first = scheduler::first_wait(every, self.chance.dice());
                self.order += 1;
                let when = self.now + nanos(first);
                self.ticks.insert((when, self.order), (node, life.get(), Tick::Chore(place)));
            }
        }
    }

    /// The process dies: what it knew is gone.
    pub(crate) fn kill(&mut self, node: usize) {
        self.nodes[node].starting = false;
        self.nodes[node].stopped_until = 0;
        let Some(run) = self.nodes[node].run.take() else { return };
        let life = run.life.get();
        let now = self.now;
        let gone: Vec<u64> =
            self.conns.iter().filter(|(_, conn)| conn.node == node && conn.life == life).map(|(id, _)| *id).collect();
        for conn in gone {
            let latency = self.conns.get(&conn).map_or(MILLI, |open| self.providers[open.provider].latency);
            self.at(now + latency, Event::Provider(conn, None));
        }
        self.check_crash(node, &run);
        self.ticks.retain(|_, (of, ..)| *of != node);
        drop(run);
        self.visits_of_dead(node, life);
    }

    // ── ticks ────────────────────────────────────────────────────────────

    fn every(tick: Tick) -> Duration {
        match tick {
            Tick::Prove => PROVE_EVERY,
            Tick::Look => LOOK,
            Tick::Poll => Duration::from_nanos(Self::poll_every()),
            Tick::Chore(place) => scheduler::table().nth(place).map_or(LOOK, |(_, every)| every),
        }
    }

    fn plan_tick(&mut self, node: usize, life: i64, tick: Tick, times: u64) {
        let every = self.nodes[node].clock.after(self.now, Self::every(tick)) - self.now;
        self.order += 1;
        self.ticks.insert((self.now + every * times.max(1), self.order), (node, life, tick));
    }

    pub(crate) fn tick(&mut self, node: usize, life: i64, tick: Tick) {
        if self.life_of(node) != Some(life) {
            return;
        }
        let stopped = self.nodes[node].stopped_until;
        if stopped > self.now {
            self.order += 1;
            self.ticks.insert((stopped, self.order), (node, life, tick));
            return;
        }
        let quiet = self.quiet_for();
        match tick {
            Tick::Prove => self.prove(node, life),
            Tick::Look => self.look_after(node, life),
            Tick::Poll => self.poll(node),
            Tick::Chore(place) => {
                if let Some(ask) = scheduler::table().nth(place).and_then(|(name, _)| chore(name)) {
                    self.ask(node, life, ask);
                }
            }
        }
        let every = self.nodes[node].clock.after(self.now, Self::every(tick)) - self.now;
        let times = quiet.map_or(1, |quiet| (quiet / every).max(1));
        if times > 1 && tick == Tick::Prove {
            self.skip_beats(node, life, times - 1);
        }
        self.plan_tick(node, life, tick, times);
    }

    /// Beats of a time in which nothing happens, at once.
    fn skip_beats(&mut self, node: usize, life: i64, times: u64) {
        let beat = self.memory.beat(LifeId::from_raw(life), i64::try_from(times).unwrap_or(0));
        self.memory.commit(self.memory.postgres);
        if let Some(run) = self.nodes[node].run.as_mut() {
            run.beat = beat;
        }
    }

    fn prove(&mut self, node: usize, life: i64) {
        let before = self.nodes[node].clock.reading(self.now);
        if self.nodes[node].run.as_ref().is_some_and(|run| run.proving.is_none()) {
            let request = self.ask(node, life, Ask::Prove);
            if let Some(run) = self.nodes[node].run.as_mut() {
                run.proving = Some((request, before));
            }
        }
    }

    fn look_after(&mut self, node: usize, life: i64) {
        self.write_incidents(node);
        let changes = self.nodes[node].run.as_ref().map_or(0, |run| run.providers.changes());
        self.ask(node, life, Ask::Pauses(changes));
        self.ask(node, life, Ask::FinishMailings);
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let rarely = run.looks.is_multiple_of(RARELY);
        run.looks += 1;
        if rarely {
            self.ask(node, life, Ask::Watch);
            self.ask(node, life, Ask::CancelStranded);
        }
    }

    pub(crate) fn write_incidents(&mut self, node: usize) {
        let Some(run) = self.nodes[node].run.as_ref() else { return };
        let life = run.life.get();
        for (provider, _) in run.providers.unwritten() {
            self.ask(node, life, Ask::Incident(provider));
        }
    }

    // ── answers ──────────────────────────────────────────────────────────

    pub(crate) fn replied(&mut self, node: usize, request: u64, reply: Reply) {
        let Some(life) = self.life_of(node) else { return };
        match reply {
            Reply::Claimed(rows) => self.claimed(node, rows),
            Reply::Briefed(briefs, asked) => self.briefed(node, briefs, &asked),
            Reply::Started(granted) => self.tickets_came(node, request, Some(&granted)),
            Reply::Recorded(recorded) => self.recorded(node, request, &recorded),
            Reply::Proved(beat) => self.proved(node, request, beat),
            Reply::Watched(lives) => self.watched(node, life, &lives),
            Reply::Pauses(pauses, changes) => {
                let known: HashMap<_, _> = pauses.into_iter().collect();
                if let Some(run) = self.nodes[node].run.as_ref() {
                    run.providers.set_pauses(known, changes);
                }
            }
            Reply::IncidentWritten(provider) => {
                if let Some(run) = self.nodes[node].run.as_ref() {
                    run.providers.written(&provider);
                }
            }
            Reply::Visited(visit, done) => self.visited(visit, done),
            Reply::Swept(visit) => self.swept(visit),
            Reply::Looked(visit, started) => self.looked(visit, started),
            Reply::Plain => {}
            Reply::Failed(failed) => self.failed(node, request, failed),
        }
    }

    fn failed(&mut self, node: usize, request: u64, failed: Failed) {
        match failed {
            Failed::Claim => self.claim_failed(node),
            Failed::Brief(claims) => self.briefed(node, Vec::new(), &claims),
            Failed::Start => self.tickets_came(node, request, None),
            Failed::Record => self.record_failed(node),
            Failed::Prove => {
                if let Some(run) = self.nodes[node].run.as_mut() {
                    run.proving = None;
                }
            }
            Failed::Visit(visit) => self.visit_failed(visit),
            Failed::Other => {}
        }
    }

    fn proved(&mut self, node: usize, request: u64, beat: i64) {
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if let Some((_, before)) = run.proving.take_if(|(of, _)| *of == request) {
            run.proved = Some(before);
            run.beat = beat;
        }
    }

    fn watched(&mut self, node: usize, life: i64, lives: &[(i64, i64, bool)]) {
        let reading = self.nodes[node].clock.reading(self.now);
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        run.watch.forget_all_but(|known| lives.iter().any(|(of, ..)| *of == known));
        let mut asks = Vec::new();
        for (of, beat, gone) in lives {
            let sentence = run.watch.look(*of, *of == life, *beat, *gone, reading);
            let owns = !self.memory.owned_by(*of).is_empty();
            // The statements find nothing where a life owns nothing.
            asks.extend(sentence.take.into_iter().filter(|_| owns).map(|what| Ask::TakeBack(*of, what)));
            asks.extend(sentence.ended.then_some(Ask::Ended(*of)));
        }
        for ask in asks {
            self.ask(node, life, ask);
        }
    }
}

/// The chores of the scheduler's table that this world knows.
fn chore(name: &str) -> Option<Ask> {
    Some(match name {
        "list audiences" => Ask::ListAudiences,
        "finish mailings" => Ask::FinishMailings,
        "cancel what is stranded" => Ask::CancelStranded,
        "forget sign-ups that timed out" => Ask::ForgetSignups,
        "end provider pauses" => Ask::EndPauses,
        _ => return None,
    })
}

fn nanos(time: Duration) -> Nanos {
    u64::try_from(time.as_nanos()).unwrap_or(SECOND)
}
