//! Changing replays.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::delivery::{Delivery, Replay, ReplayStretch};
use slotflow_domain::{ReplayId, WebhookId};

/// Replays, within a unit of work.
#[async_trait]
pub trait ReplayRegistry {
    /// Adds a replay.
    async fn insert_replay(&mut self, replay: &Replay) -> Result<(), StoreError>;

    /// An unfinished replay, locked until the unit of work ends. Nothing, without waiting, if somebody else has
    /// it or it is finished: so that several who drive replays make each delivery once.
    async fn lock_replay(&mut self, id: ReplayId) -> Result<Option<Replay>, StoreError>;

    /// How many of the webhook's deliveries wait (pending, being made or held), counted up to `at_most`.
    async fn count_waiting(&mut self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError>;

    /// Looks on from where the replay stands: the latest deliveries of the events that it takes, at most
    /// `room`, in the order of the events. A long way without any is made in several stretches.
    async fn next_selected(
        &mut self,
        replay: &Replay,
        room: usize,
    ) -> Result<ReplayStretch<Delivery>, StoreError>;

    /// Writes how far a locked replay has come.
    async fn update_replay(&mut self, replay: &Replay) -> Result<(), StoreError>;
}
