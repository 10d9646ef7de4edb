//! What an outcome does to a row: the transitions of DESIGN §4 as one pure function.
//!
//! An outcome is fenced by life and attempt, except the truth: what a receiver
//! said to an older attempt (accepted, or refused for good) closes the row all
//! the same, and is kept while a newer attempt is on the wire. The simulator settles its rows by
//! the same function.

use policy::{RowState, Timestamp};

/// What became of an attempt, as the row sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// 2yz to the final dot.
    Accepted {
        /// The receiver's words.
        reply: String,
    },
    /// 5yz.
    Bounced {
        /// The word of its class.
        class: &'static str,
        /// The receiver's words.
        reply: String,
    },
    /// 4yz, or no way to the receiver; due again.
    Deferred {
        /// The word of its class.
        class: &'static str,
        /// The words.
        reply: String,
        /// When it is due again.
        until: Timestamp,
    },
    /// Its time is over.
    Expired {
        /// The word of the last deferral's class, if there was one.
        class: Option<&'static str>,
        /// Its words.
        reply: Option<String>,
    },
    /// A rule said no, for good.
    Refused {
        /// The rule's word.
        reason: String,
    },
    /// A rule said no for now, or the row could not be worked on; the reason is shown.
    Held {
        /// The rule's word; none leaves the reason as it is.
        reason: Option<String>,
        /// When it is looked at again.
        until: Timestamp,
    },
    /// The connection was lost after the final dot; due once more.
    Unknown {
        /// When it is due once more.
        until: Timestamp,
    },
    /// The claim or the ticket was not used.
    HandedBack,
    /// The life that owned the row is gone, or lost its claim. A claim's end never takes a row
    /// that was started meanwhile.
    OwnerGone {
        /// Only a claim ended.
        claims_only: bool,
    },
}

/// The changing columns of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Where it stands.
    pub state: RowState,
    /// When it is looked at next.
    pub due_at: Timestamp,
    /// Counts its claims, from 1.
    pub attempt: i64,
    /// 4yz replies so far.
    pub deferrals: i64,
    /// The life that works on it.
    pub owner: Option<i64>,
    /// An attempt was lost after its final dot.
    pub doubt: bool,
    /// What an older attempt was told while this one is on the wire.
    pub late_truth: Option<RowState>,
    /// Its words.
    pub late_reply: Option<String>,
    /// The word of its class, where the late truth is a bounce.
    pub late_class: Option<String>,
    /// The class or rule of what happened last.
    pub reason: Option<String>,
    /// The receiver's words of what happened last.
    pub reply: Option<String>,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
}

/// What an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row changed.
    Changed,
    /// The truth is kept until the newer attempt ends.
    Kept,
    /// The claim was no longer valid, and the event no truth: nothing changed.
    Fenced,
}

impl Life {
    /// Applies what became of the attempt `attempt` of the life `owner`.
    pub fn settle(&mut self, owner: i64, attempt: i64, event: Event, now: Timestamp) -> Effect {
        let mine = matches!(self.state, RowState::Claimed | RowState::Started)
            && self.owner == Some(owner)
            && self.attempt == attempt;
        if mine {
            if event == (Event::OwnerGone { claims_only: true }) && self.state == RowState::Started {
                return Effect::Fenced;
            }
            self.settle_own(event, now);
            return Effect::Changed;
        }
        match event {
            Event::Accepted { reply } => self.hear(RowState::Accepted, reply, None, now),
            Event::Bounced { class, reply } => self.hear(RowState::Bounced, reply, Some(class), now),
            _ => Effect::Fenced,
        }
    }

    fn settle_own(&mut self, event: Event, now: Timestamp) {
        let was_started = self.state == RowState::Started;
        self.owner = None;
        match event {
            Event::Accepted { reply } => self.end(RowState::Accepted, None, Some(reply), now),
            Event::Bounced { class, reply } => self.end(RowState::Bounced, Some(class.to_owned()), Some(reply), now),
            Event::Expired { class, reply } => {
                let reply = reply.or_else(|| self.reply.take());
                self.end_without_word(RowState::Expired, class.map(str::to_owned), reply, now);
            }
            Event::Refused { reason } => self.end_without_word(RowState::Refused, Some(reason), None, now),
            Event::Deferred { class, reply, until } => self.defer(class, reply, until, now),
            Event::Unknown { until } => self.lose(until, now),
            Event::Held { reason, until } => {
                self.due_again(now);
                self.due_at = until;
                self.reason = reason.or_else(|| self.reason.take());
            }
            Event::HandedBack => self.due_again(now),
            // The attempt in doubt was the second one, and nobody will ever tell.
            Event::OwnerGone { .. } if self.doubt && was_started => self.end(RowState::InDoubt, None, None, now),
            Event::OwnerGone { .. } => self.due_again(now),
        }
        self.use_kept_truth(now);
    }

    fn defer(&mut self, class: &'static str, reply: String, until: Timestamp, now: Timestamp) {
        self.deferrals += 1;
        self.reply = Some(reply);
        self.reason = Some(class.to_owned());
        if self.doubt {
            self.end(RowState::InDoubt, None, None, now);
        } else {
            self.state = RowState::Deferred;
            self.due_at = until;
        }
    }

    fn lose(&mut self, until: Timestamp, now: Timestamp) {
        if self.doubt {
            self.end(RowState::InDoubt, None, None, now);
        } else {
            self.doubt = true;
            self.state = RowState::Unknown;
            self.due_at = until;
        }
    }

    fn due_again(&mut self, now: Timestamp) {
        self.state = match (self.doubt, self.deferrals) {
            (true, _) => RowState::Unknown,
            (false, 0) => RowState::Due,
            (false, _) => RowState::Deferred,
        };
        self.due_at = self.due_at.min(now);
    }

    /// Ends the row without the receiver's word; a row in doubt ends in doubt.
    fn end_without_word(&mut self, state: RowState, reason: Option<String>, reply: Option<String>, now: Timestamp) {
        let state = if self.doubt { RowState::InDoubt } else { state };
        self.state = state;
        self.reason = reason;
        self.reply = reply;
        self.settled_at = Some(now);
    }

    fn end(&mut self, state: RowState, class: Option<String>, reply: Option<String>, now: Timestamp) {
        self.state = state;
        self.owner = None;
        if state != RowState::InDoubt {
            self.reason = class;
            self.reply = reply;
        }
        self.settled_at = Some(now);
    }

    /// The truth of an older attempt.
    fn hear(&mut self, truth: RowState, reply: String, class: Option<&'static str>, now: Timestamp) -> Effect {
        match self.state {
            // Delivered is delivered; and a bounce is not told twice.
            RowState::Accepted => Effect::Fenced,
            RowState::Bounced if truth == RowState::Bounced => Effect::Fenced,
            RowState::Started => {
                if self.late_truth != Some(RowState::Accepted) {
                    self.late_truth = Some(truth);
                    self.late_reply = Some(reply);
                    self.late_class = class.map(str::to_owned);
                }
                Effect::Kept
            }
            _ => {
                self.end(truth, class.map(str::to_owned), Some(reply), now);
                Effect::Changed
            }
        }
    }

    /// A newer attempt ended: what an older one was told counts, unless this one was accepted.
    fn use_kept_truth(&mut self, now: Timestamp) {
        let Some(truth) = self.late_truth.take() else { return };
        let (reply, class) = (self.late_reply.take(), self.late_class.take());
        let told =
            matches!(self.state, RowState::Accepted) || (self.state == RowState::Bounced && truth == RowState::Bounced);
        if !told {
            self.end(truth, class, reply, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const GONE: Event = Event::OwnerGone { claims_only: false };
    const LATER: Timestamp = Timestamp::from_millis(9_000_000);

    fn row(state: RowState, attempt: i64, owner: Option<i64>) -> Life {
        Life {
            state,
            due_at: NOW,
            attempt,
            deferrals: 0,
            owner,
            doubt: false,
            late_truth: None,
            late_reply: None,
            late_class: None,
            reason: None,
            reply: None,
            settled_at: None,
        }
    }

    fn accepted() -> Event {
        Event::Accepted { reply: "250 ok".to_owned() }
    }

    fn bounced() -> Event {
        Event::Bounced { class: "hard", reply: "550 no".to_owned() }
    }

    fn deferred() -> Event {
        Event::Deferred { class: "soft", reply: "450 later".to_owned(), until: LATER }
    }

    #[test]
    fn an_outcome_of_the_owner_settles_the_row() {
        let table = [
            (accepted(), RowState::Accepted),
            (bounced(), RowState::Bounced),
            (deferred(), RowState::Deferred),
            (Event::Expired { class: None, reply: None }, RowState::Expired),
            (Event::Refused { reason: "suppressed".to_owned() }, RowState::Refused),
            (Event::Held { reason: None, until: LATER }, RowState::Due),
            (Event::Unknown { until: LATER }, RowState::Unknown),
            (Event::HandedBack, RowState::Due),
            (GONE, RowState::Due),
        ];
        for (event, state) in table {
            let mut row = row(RowState::Started, 3, Some(7));
            assert_eq!(row.settle(7, 3, event.clone(), NOW), Effect::Changed, "{event:?}");
            assert_eq!(row.state, state, "{event:?}");
            assert_eq!(row.owner, None);
            assert_eq!(row.settled_at.is_some(), state.is_terminal(), "{event:?}");
        }
    }

    #[test]
    fn an_outcome_of_a_lost_claim_changes_nothing_unless_it_is_the_truth() {
        for event in [
            deferred(),
            Event::HandedBack,
            GONE,
            Event::Unknown { until: LATER },
            Event::Refused { reason: String::new() },
        ] {
            for (owner, attempt) in [(7, 2), (8, 3)] {
                let mut row = row(RowState::Started, 3, Some(7));
                let before = row.clone();
                assert_eq!(row.settle(owner, attempt, event.clone(), NOW), Effect::Fenced);
                assert_eq!(row, before);
            }
        }
    }

    #[test]
    fn a_late_truth_closes_a_row_whose_newer_attempt_has_not_started() {
        for state in [
            RowState::Due,
            RowState::Claimed,
            RowState::Deferred,
            RowState::Unknown,
            RowState::Refused,
            RowState::Expired,
            RowState::InDoubt,
        ] {
            for (event, end) in [(accepted(), RowState::Accepted), (bounced(), RowState::Bounced)] {
                let mut row = row(state, 3, Some(8));
                assert_eq!(row.settle(7, 2, event, NOW), Effect::Changed);
                assert_eq!((row.state, row.owner), (end, None));
            }
        }
    }

    #[test]
    fn a_late_truth_waits_while_a_newer_attempt_is_started_and_then_counts() {
        for event in [deferred(), GONE, Event::HandedBack, Event::Unknown { until: LATER }, bounced()] {
            let mut row = row(RowState::Started, 3, Some(8));
            assert_eq!(row.settle(7, 2, accepted(), NOW), Effect::Kept);
            assert_eq!(row.state, RowState::Started);
            row.settle(8, 3, event.clone(), NOW);
            assert_eq!(row.state, RowState::Accepted, "{event:?}");
            assert_eq!(row.reply.as_deref(), Some("250 ok"));
        }
    }

    #[test]
    fn a_late_bounce_that_waited_keeps_the_word_of_its_class() {
        let mut row = row(RowState::Started, 3, Some(8));
        assert_eq!(row.settle(7, 2, bounced(), NOW), Effect::Kept);
        row.settle(8, 3, deferred(), NOW);
        assert_eq!(
            (row.state, row.reason.as_deref(), row.reply.as_deref()),
            (RowState::Bounced, Some("hard"), Some("550 no"))
        );
        assert_eq!(row.late_class, None);
    }

    #[test]
    fn a_row_in_doubt_is_tried_once_more_and_then_ends() {
        for event in
            [deferred(), Event::Unknown { until: LATER }, Event::Refused { reason: "not_a_contact".to_owned() }, GONE]
        {
            let mut row = row(RowState::Started, 1, Some(7));
            row.settle(7, 1, Event::Unknown { until: LATER }, NOW);
            assert_eq!((row.state, row.due_at), (RowState::Unknown, LATER));
            (row.state, row.owner, row.attempt) = (RowState::Started, Some(7), 2);
            row.settle(7, 2, event.clone(), NOW);
            assert_eq!(row.state, RowState::InDoubt, "{event:?}");
        }
        let mut row = row(RowState::Started, 2, Some(7));
        row.doubt = true;
        row.settle(7, 2, accepted(), NOW);
        assert_eq!(row.state, RowState::Accepted);
    }

    #[test]
    fn the_end_of_a_claim_never_takes_a_started_row() {
        let mut row = row(RowState::Started, 2, Some(7));
        assert_eq!(row.settle(7, 2, Event::OwnerGone { claims_only: true }, NOW), Effect::Fenced);
        assert_eq!(row.state, RowState::Started);
        row.state = RowState::Claimed;
        assert_eq!(row.settle(7, 2, Event::OwnerGone { claims_only: true }, NOW), Effect::Changed);
        assert_eq!(row.state, RowState::Due);
    }

    #[test]
    fn a_claim_in_doubt_that_was_not_started_stays_due() {
        let mut row = row(RowState::Claimed, 2, Some(7));
        row.doubt = true;
        row.settle(7, 2, GONE, NOW);
        assert_eq!(row.state, RowState::Unknown);
    }
}
