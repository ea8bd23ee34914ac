//! Delivering again all that happened in a span of time.
//!
//! A replay takes the events of its span one after the other, oldest first, in batches; what it stores is how
//! far it has come. Which events it takes is settled by the moment it was accepted: what came to its end later
//! is not its business. So the number that is announced is what it comes to, but for deliveries that are retried
//! by hand before it has come to them, or whose end of just before its acceptance was not written yet when it was
//! counted.

use super::DeliveryStatus;
use crate::event::EventType;
use crate::{EventId, OrganizationId, Rejection, ReplayId, Timestamp, WebhookId};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The events from one moment, inclusive, until another, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaySpan {
    since: Timestamp,
    until: Timestamp,
}

impl ReplaySpan {
    /// The span from `since` until `until`, which is now if it is not given or lies ahead. Never empty.
    pub fn new(since: Timestamp, until: Option<Timestamp>, now: Timestamp) -> Result<Self, Rejection> {
        let until_now = until.map_or(now, |until| until.min(now));
        if since < until_now {
            return Ok(Self { since, until: until_now });
        }
        Err(match until {
            Some(until) if since >= until => Rejection::new("since", "must be before until"),
            _ => Rejection::new("since", "must be in the past"),
        })
    }

    /// A span as a store kept it.
    pub const fn from_stored(since: Timestamp, until: Timestamp) -> Self {
        Self { since, until }
    }

    /// Its first moment.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// The first moment behind it.
    pub const fn until(&self) -> Timestamp {
        self.until
    }
}

/// A status that a delivery keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalStatus {
    /// Arrived.
    Delivered,
    /// Given up.
    Failed,
    /// Called off.
    Cancelled,
}

/// A name that no final status has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of failed, cancelled, delivered")]
pub struct UnknownFinalStatus;

impl FinalStatus {
    /// Every final status.
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::Cancelled];

    /// The status.
    pub const fn status(self) -> DeliveryStatus {
        match self {
            Self::Delivered => DeliveryStatus::Delivered,
            Self::Failed => DeliveryStatus::Failed,
            Self::Cancelled => DeliveryStatus::Cancelled,
        }
    }
}

impl fmt::Display for FinalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}

impl FromStr for FinalStatus {
    type Err = UnknownFinalStatus;

    fn from_str(text: &str) -> Result<Self, UnknownFinalStatus> {
        Self::ALL.into_iter().find(|it| it.status().as_str() == text).ok_or(UnknownFinalStatus)
    }
}

/// Which events a replay takes.
///
/// An event of the span whose latest delivery to the webhook came to its end by `accepted_at`, and with the
/// status wanted if there is one: what failed and was retried with success has not failed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaySelection {
    /// Whose events.
    pub organization_id: OrganizationId,
    /// To which webhook.
    pub webhook_id: WebhookId,
    /// Of when.
    pub span: ReplaySpan,
    /// How their latest delivery must have ended.
    pub status: Option<FinalStatus>,
    /// The moment that counts.
    pub accepted_at: Timestamp,
}

impl ReplaySelection {
    /// The type of the events that are never replayed: a test says nothing that anybody could have missed.
    pub const NEVER_REPLAYED: EventType = EventType::WEBHOOK_TEST;

    /// The statuses that the latest delivery may have.
    pub fn statuses(&self) -> impl Iterator<Item = DeliveryStatus> + use<> {
        let wanted = self.status;
        FinalStatus::ALL
            .into_iter()
            .filter(move |it| wanted.is_none_or(|wanted| wanted == *it))
            .map(FinalStatus::status)
    }

    /// Whether an event of this type and moment is taken, whose latest delivery to the webhook has this status
    /// since then.
    pub fn takes(
        &self,
        event_type: &EventType,
        created_at: Timestamp,
        latest: DeliveryStatus,
        completed_at: Option<Timestamp>,
    ) -> bool {
        *event_type != Self::NEVER_REPLAYED
            && self.span.since <= created_at
            && created_at < self.span.until
            && self.statuses().any(|status| status == latest)
            && completed_at.is_some_and(|moment| moment <= self.accepted_at)
    }
}

/// The place of an event among its organization's, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// When it happened.
    pub created_at: Timestamp,
    /// Which of that moment it is.
    pub id: EventId,
}

/// What a store found when it looked on from where a replay stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayStretch<T> {
    /// What is to be sent, in the order of the events.
    pub found: Vec<T>,
    /// How far was looked; nothing if that was the whole span.
    pub reached: Option<EventPlace>,
}

/// A replay that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its identifier.
    pub id: ReplayId,
    /// Which events it takes.
    pub selection: ReplaySelection,
    /// The event that it has come to: those up to it are done with.
    pub position: EventPlace,
    /// How many it was found to take when it was accepted.
    pub queued: u64,
    /// How many deliveries it has made.
    pub made: u64,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

impl Replay {
    /// Most deliveries made at once, 100: one short transaction.
    pub const BATCH: usize = 100;

    /// How many of the webhook's deliveries may wait while more are made: 200. With that many the dispatcher is busy,
    /// and an endpoint that fails is left alone instead of being sent everything that it will fail.
    pub const MOST_WAITING: usize = 200;

    /// A replay at its beginning. With nothing to take it is finished at once.
    pub fn accept(id: ReplayId, selection: ReplaySelection, queued: u64) -> Self {
        Self {
            id,
            selection,
            // No event has the nil id: this is before every one of the first moment.
            position: EventPlace { created_at: selection.span.since, id: EventId::new(Uuid::nil()) },
            queued,
            made: 0,
            finished_at: (queued == 0).then_some(selection.accepted_at),
        }
    }

    /// How many deliveries may be made now, while `waiting` of the webhook's wait.
    pub const fn room(waiting: usize) -> usize {
        if waiting > Self::MOST_WAITING { 0 } else { Self::BATCH }
    }

    /// A stretch is done with: `made` deliveries were made of it.
    pub fn advance(&mut self, reached: Option<EventPlace>, made: usize, now: Timestamp) {
        self.made = self.made.saturating_add(u64::try_from(made).unwrap_or(u64::MAX));
        match reached {
            Some(place) => self.position = self.position.max(place),
            None => self.end(now),
        }
    }

    /// There is nothing more to do, or nowhere to send it.
    pub fn end(&mut self, now: Timestamp) {
        self.finished_at.get_or_insert(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000).unwrap()
    }

    fn selection(since: i64, until: i64, status: Option<FinalStatus>) -> ReplaySelection {
        ReplaySelection {
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            webhook_id: WebhookId::new(Uuid::from_u128(2)),
            span: ReplaySpan::from_stored(at(since), at(until)),
            status,
            accepted_at: at(100),
        }
    }

    #[test]
    fn a_span_begins_before_it_ends_and_ends_now_at_the_latest() {
        let span = |since, until: Option<i64>| ReplaySpan::new(at(since), until.map(at), at(50));
        assert_eq!(span(10, Some(20)), Ok(ReplaySpan::from_stored(at(10), at(20))));
        assert_eq!(span(10, None), Ok(ReplaySpan::from_stored(at(10), at(50))));
        assert_eq!(span(10, Some(90)), Ok(ReplaySpan::from_stored(at(10), at(50))));
        for (since, until) in [(20, Some(20)), (21, Some(20)), (70, Some(60))] {
            assert_eq!(span(since, until).unwrap_err().rule, "must be before until");
        }
        for (since, until) in [(50, None), (51, None), (60, Some(70))] {
            assert_eq!(span(since, until).unwrap_err().rule, "must be in the past");
        }
    }

    #[test]
    fn only_final_statuses_can_be_asked_for() {
        for status in DeliveryStatus::ALL {
            let parsed = status.as_str().parse::<FinalStatus>();
            assert_eq!(parsed.is_ok(), status.is_final(), "{status}");
            assert!(parsed.is_ok_and(|it| it.status() == status) || !status.is_final());
        }
    }

    #[test]
    fn a_replay_ends_once_and_never_goes_back() {
        let mut replay = Replay::accept(ReplayId::new(Uuid::from_u128(1)), selection(0, 50, None), 3);
        let place = |seconds| EventPlace { created_at: at(seconds), id: EventId::new(Uuid::from_u128(5)) };
        replay.advance(Some(place(10)), 2, at(101));
        replay.advance(Some(place(5)), 0, at(102));
        assert_eq!((replay.position, replay.made, replay.finished_at), (place(10), 2, None));
        replay.advance(None, 1, at(103));
        replay.end(at(104));
        assert_eq!((replay.made, replay.finished_at), (3, Some(at(103))));
        let empty = Replay::accept(replay.id, selection(0, 50, None), 0);
        assert_eq!(empty.finished_at, Some(at(100)));
    }

    proptest! {
        #[test]
        fn nothing_waits_for_long_behind_a_replay(waiting in 0_usize..1_000) {
            let after = waiting + Replay::room(waiting);
            prop_assert!(after <= waiting.max(Replay::MOST_WAITING + Replay::BATCH));
            prop_assert_eq!(Replay::room(waiting) == 0, waiting > Replay::MOST_WAITING);
        }

        #[test]
        fn an_event_is_taken_for_its_moment_its_type_and_how_it_ended(
            created in 0_i64..60, status in 0_usize..6, wanted in 0_usize..4, completed in 90_i64..110, test: bool,
        ) {
            let status = DeliveryStatus::ALL[status];
            let wanted = FinalStatus::ALL.get(wanted).copied();
            let event_type = if test { EventType::WEBHOOK_TEST } else { EventType::BOOKING_CONFIRMED };
            let completed_at = status.is_final().then(|| at(completed));
            let taken = selection(10, 50, wanted).takes(&event_type, at(created), status, completed_at);
            prop_assert_eq!(
                taken,
                !test && (10..50).contains(&created) && status.is_final() && completed <= 100
                    && wanted.is_none_or(|wanted| wanted.status() == status)
            );
        }
    }
}
