//! Connection slots of a destination: which mail is served, and what its end means for the next.

use std::sync::Arc;

use delivery::machine::{End, Event, TlsUse};
use delivery::parts::{Case, Group, IDLE, Judged, RELEASED_LASTS, Unwritten};
use policy::RowId;
use policy::retry::Trouble;
use seals::Reading;
use store::claims::ClaimedRow;
use store::deliveries::Start;
use store::incidents::IncidentKind;
use store::outcomes::Outcome;

use super::{Line, LineState, OnTheWay, Ready, Then};
use crate::clock::{MILLI, SECOND};
use crate::network::{Conn, Mood};
use crate::story::About;
use crate::world::{Ask, ToNode, World};

impl World {
    pub(super) fn line(&mut self, node: usize, line: u64) -> Option<&mut Line> {
        self.nodes[node].run.as_mut()?.lines.get_mut(&line)
    }

    pub(crate) fn queue_mail(&mut self, node: usize, ready: Ready) {
        let notice = matches!(ready.row.claim.row, RowId::Notice(_));
        let (provider, domain) = (ready.provider, self.providers[ready.provider].domain.clone());
        let number = self.serial();
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let group = run.groups.get(&domain);
        if group.push(ready, notice) {
            let line = Line {
                group,
                provider,
                state: LineState::Entering,
                dialog: None,
                conn: None,
                for_notices: false,
                tls: TlsUse::Opportunistic,
                tls_failed: false,
                inbox: std::collections::VecDeque::new(),
                reading: false,
                timer: None,
                rests: 0,
            };
            run.lines.insert(number, line);
            return self.enter(node, number);
        }
        let rests =
            |line: &Line| line.provider == provider && matches!(line.state, LineState::Resting) && line.rests > 0;
        if let Some(number) = run.lines.iter().find(|(_, line)| rests(line)).map(|(number, _)| *number) {
            self.stop_resting(node, number);
            self.serve(node, number);
        }
    }

    /// Takes one of the connections that all destinations share.
    pub(crate) fn enter(&mut self, node: usize, line: u64) {
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let Some(open) = run.lines.get_mut(&line) else { return };
        if run.groups.enter(false) {
            open.for_notices = false;
        } else if open.group.has_notice() && run.groups.enter(true) {
            open.for_notices = true;
        } else {
            return self.tell_node(node, Self::poll_every(), ToNode::Enter(line));
        }
        self.serve(node, line);
    }

    /// The next mail of the destination, or rest.
    pub(super) fn serve(&mut self, node: usize, number: u64) {
        let Some(line) = self.line(node, number) else { return };
        match line.group.pop(line.for_notices) {
            Some(ready) => self.deliver(node, number, ready),
            None if line.for_notices => self.goodbye(node, number, Then::End(false)),
            None if line.dialog.is_some() => {
                line.group.rest(true);
                line.state = LineState::Resting;
                line.rests += 1;
                let rest = line.rests;
                let after = self.nodes[node].clock.after(self.now, IDLE) - self.now;
                self.tell_node(node, after, ToNode::RestOver(number, rest));
            }
            None => self.end_line(node, number, false),
        }
    }

    fn stop_resting(&mut self, node: usize, number: u64) {
        if let Some(line) = self.line(node, number) {
            line.group.rest(false);
            line.state = LineState::Nothing;
        }
    }

    pub(crate) fn rest_over(&mut self, node: usize, number: u64, rest: u64) {
        let Some(line) = self.line(node, number) else { return };
        if matches!(line.state, LineState::Resting) && line.rests == rest {
            self.stop_resting(node, number);
            self.goodbye(node, number, Then::Rest);
        }
    }

    fn goodbye(&mut self, node: usize, number: u64, then: Then) {
        let reading = self.nodes[node].clock.reading(self.now);
        let Some(line) = self.line(node, number) else { return };
        if let Some(dialog) = &mut line.dialog {
            dialog.handle(Event::Finish, reading);
            line.state = LineState::Leaving(then);
            self.drive(node, number);
        } else {
            self.left(node, number, then);
        }
    }

    /// The connection is gone after a goodbye.
    pub(super) fn left(&mut self, node: usize, number: u64, then: Then) {
        match then {
            Then::Rest => self.serve(node, number),
            Then::End(left) => self.end_line(node, number, left),
        }
    }

    /// Gives the slot up, unless mail came meanwhile.
    fn end_line(&mut self, node: usize, number: u64, left: bool) {
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let Some(line) = run.lines.get_mut(&number) else { return };
        if left || line.group.leave(false) {
            run.groups.exit();
            run.lines.remove(&number);
        } else if line.for_notices {
            run.groups.exit();
            line.state = LineState::Entering;
            self.enter(node, number);
        } else {
            self.serve(node, number);
        }
    }

    /// After a mail: the next one, or none where there are more connections than allowed now.
    pub(super) fn next(&mut self, node: usize, number: u64) {
        let Some(line) = self.line(node, number) else { return };
        line.state = LineState::Nothing;
        if line.group.is_crowded() && line.group.leave(true) {
            return self.goodbye(node, number, Then::End(true));
        }
        self.serve(node, number);
    }

    fn deliver(&mut self, node: usize, number: u64, ready: Ready) {
        let (reading, wall) = (self.nodes[node].clock.reading(self.now), self.wall(node));
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let Some(line) = run.lines.get_mut(&number) else { return };
        let domain = &self.providers[ready.provider].domain;
        if let Some(outcome) = run.providers.closed(&line.group, domain, wall, reading) {
            let claim = ready.row.claim;
            drop(ready);
            self.tell_outcome(node, claim, None, outcome, None);
            return self.next(node, number);
        }
        if line.dialog.is_none() {
            line.tls = TlsUse::Opportunistic;
            line.state = LineState::Opening(Box::new(ready));
            return self.dial(node, number);
        }
        self.begin_mail(node, number, Box::new(ready));
    }

    /// The connection stands: asks for the ticket, or releases the mail afresh.
    pub(super) fn begin_mail(&mut self, node: usize, number: u64, ready: Box<Ready>) {
        let reading = self.nodes[node].clock.reading(self.now);
        if reading.elapsed_since(ready.released_at) > RELEASED_LASTS {
            self.prepare_again(node, *ready);
            return self.next(node, number);
        }
        let start = Start { claim: ready.row.claim, versions: ready.versions };
        if let Some(line) = self.line(node, number) {
            line.state = LineState::Starting(ready);
            line.reading = false;
        }
        self.want_ticket(node, number, start, false);
    }

    fn prepare_again(&mut self, node: usize, ready: Ready) {
        let claim = ready.row.claim;
        self.tell_of_node(node, About::row(claim.row), "the mail waited too long and is released afresh");
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        run.preparing.insert(claim, (ready.row, ready.hand));
        let life = run.life.get();
        self.ask(node, life, Ask::Brief(vec![claim]));
    }

    fn dial(&mut self, node: usize, number: u64) {
        let conn = self.serial();
        let Some(life) = self.life_of(node) else { return };
        let Some(line) = self.line(node, number) else { return };
        line.tls_failed = false;
        line.inbox.clear();
        let provider = line.provider;
        let latency = self.providers[provider].latency;
        if self.providers[provider].mood == Mood::Down {
            let wait = if self.chance.permille(600) { 2 * latency } else { 30 * SECOND };
            return self.tell_node(node, wait, ToNode::NoConnection(number));
        }
        let mut open = Conn::new(provider, node, life, number);
        let answers = open.greet(&self.providers[provider], &self.chance);
        self.conns.insert(conn, open);
        self.tell_node(node, 2 * latency, ToNode::Connected(number, conn));
        self.provider_answers(conn, answers, 2 * latency + MILLI);
    }

    pub(crate) fn connected(&mut self, node: usize, number: u64, conn: u64) {
        let reading = self.nodes[node].clock.reading(self.now);
        let Some(line) = self.line(node, number) else { return };
        line.conn = Some(conn);
        line.dialog = Some(delivery::machine::Dialog::new("mx.house.example", line.tls, reading));
        self.drive(node, number);
    }

    /// No host let us in; `trouble` is what it said.
    pub(crate) fn no_connection(&mut self, node: usize, number: u64, trouble: Option<mail_formats::reply::Reply>) {
        let (wall, dice) = (self.wall(node), self.chance.roll());
        let Some(line) = self.line(node, number) else { return };
        if line.tls_failed && line.tls == TlsUse::Opportunistic {
            // Encrypted if possible, in clear if not (RFC 7435).
            line.tls = TlsUse::Off;
            return self.dial(node, number);
        }
        let LineState::Opening(ready) = std::mem::replace(&mut line.state, LineState::Nothing) else { return };
        let group = Arc::clone(&line.group);
        let provider = &self.providers[ready.provider];
        let (domain, host) = (provider.domain.clone(), provider.host.clone());
        let words = trouble.as_ref().map_or_else(|| format!("451 4.4.1 {host}: no answer"), ToString::to_string);
        let case = Case {
            row: &ready.row,
            address_key: ready.key,
            provider: &domain,
            host: &host,
            proof: None,
            by_smarthost: false,
            now: wall,
            dice,
        };
        let judged = case.not_let_in(trouble.as_ref(), words);
        self.tell_destination(node, &judged, &group, &domain);
        let claim = ready.row.claim;
        drop(ready);
        self.tell_of_node(node, About::row(claim.row), format!("gets no connection to {domain}"));
        self.tell_outcome(node, claim, Some(&domain), judged.outcome, None);
        self.next(node, number);
    }

    /// What an outcome means for the next mails to this destination.
    fn tell_destination(&mut self, node: usize, judged: &Judged, group: &Group<Ready>, domain: &str) {
        let (wall, dice) = (self.wall(node), self.chance.roll());
        if let Some(pause) = judged.policy_pause(wall, dice) {
            self.open_incident(node, domain, pause);
        } else if let Some(trouble) = judged.trouble {
            self.close_group(node, group, trouble);
        }
    }

    fn close_group(&mut self, node: usize, group: &Group<Ready>, trouble: Trouble) {
        let (reading, wall, dice) = (self.nodes[node].clock.reading(self.now), self.wall(node), self.chance.roll());
        let pause = group.had_trouble(trouble, reading, dice);
        self.tell_of_node(node, About::WORLD, format!("{} gets a pause of {} s", group.name, pause.as_secs()));
        for waiting in group.drain() {
            let claim = waiting.row.claim;
            drop(waiting);
            self.tell_outcome(node, claim, None, Outcome::Held { reason: None, until: wall + pause }, None);
        }
    }

    pub(crate) fn open_incident(&mut self, node: usize, domain: &str, pause: Unwritten) {
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        run.providers.pause(domain, pause);
        self.write_incidents(node);
    }

    /// A mail ended: what that says to the row, and to the destination.
    pub(super) fn ended(&mut self, node: usize, number: u64, end: End) {
        let (reading, wall, dice) = (self.nodes[node].clock.reading(self.now), self.wall(node), self.chance.roll());
        let Some(line) = self.line(node, number) else { return };
        let LineState::Talking(mail) = std::mem::replace(&mut line.state, LineState::Nothing) else { return };
        let OnTheWay { row, key, hand, dot_at, .. } = *mail;
        let (group, provider, conn) = (Arc::clone(&line.group), line.provider, line.conn);
        self.check_end(node, &row, &end, dot_at, conn);
        self.tell_of_node(
            node,
            About::row(row.claim.row),
            format!("attempt {} ends: {}", row.claim.attempt, words(&end)),
        );
        if group.heard(&end) {
            self.close_group(node, &group, Trouble::Connection);
        }
        let (domain, host) = (self.providers[provider].domain.clone(), self.providers[provider].host.clone());
        let judged = judge(&row, key, (&domain, &host), wall, dice, end);
        let jumped = |world: &Self| {
            world.nodes[node].run.as_ref().is_some_and(|run| run.providers.jumped(&domain, judged.hard, wall, reading))
        };
        if jumped(self) {
            let detail = "hard bounces jumped".to_owned();
            self.open_incident(node, &domain, Unwritten { kind: IncidentKind::HardBounceJump, detail, until: None });
        }
        self.tell_destination(node, &judged, &group, &domain);
        if let Some(line) = self.line(node, number) {
            line.state = LineState::Recording { _hand: hand };
        }
        self.tell_outcome(node, row.claim, Some(&domain), judged.outcome, Some(number));
    }

    /// A ticket came, or none did.
    pub(super) fn started(&mut self, node: usize, number: u64, start: Start, ticket: Option<Reading>) {
        let reading = self.nodes[node].clock.reading(self.now);
        let Some(line) = self.line(node, number) else { return };
        let LineState::Starting(ready) = std::mem::replace(&mut line.state, LineState::Nothing) else { return };
        let Some(started) = ticket else {
            self.tell_of_node(node, About::row(start.claim.row), "is refused the ticket");
            return self.next(node, number);
        };
        let Ready { row, bytes, return_path, recipient, key, hand, .. } = *ready;
        let order = delivery::machine::Order {
            return_path,
            recipient,
            smtputf8: false,
            eight_bit: !bytes.is_ascii(),
            size: bytes.len(),
            started,
        };
        let content = delivery::parts::on_the_wire(&bytes);
        let Some(dialog) = &mut line.dialog else { return };
        dialog.take(order, reading);
        let mail = OnTheWay { row, start, content, key, hand, dot_at: None, looked_at: 0 };
        line.state = LineState::Talking(Box::new(mail));
        self.tell_of_node(node, About::row(start.claim.row), "starts");
        self.drive(node, number);
    }
}

fn judge(
    row: &ClaimedRow,
    address_key: seals::AddressKey,
    (provider, host): (&str, &str),
    now: policy::Timestamp,
    dice: u64,
    end: End,
) -> Judged {
    Case { row, address_key, provider, host, proof: None, by_smarthost: false, now, dice }.judge(end)
}

/// The end of a dialog in words.
fn words(end: &End) -> String {
    match end {
        End::Accepted(_) => "accepted".to_owned(),
        End::Refused(_, reply) => format!("refused: {reply}"),
        End::NoSmtpUtf8 => "the server takes no such address".to_owned(),
        End::Broken(why) => format!("broken: {why}"),
        End::TicketReturned => "the ticket is returned, no final dot was sent".to_owned(),
        End::Unknown => "unknown: lost after the final dot".to_owned(),
    }
}
