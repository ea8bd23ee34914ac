//! Replays: which events they take, and how far they have come.

use super::MemoryStore;
use super::state::{State, insert, refused, update};
use super::unit_of_work::MemoryUnitOfWork;
use async_trait::async_trait;
use slotflow_application::ports::{ListPosition, ReplayQueue, ReplayRegistry, StoreError, UnfinishedReplay};
use slotflow_domain::delivery::{Delivery, EventPlace, Replay, ReplaySelection, ReplayStretch};
use slotflow_domain::{ReplayId, WebhookId};
use std::collections::BTreeMap;

/// Which of a webhook's deliveries of one event is the latest.
type Age = (slotflow_domain::Timestamp, slotflow_domain::DeliveryId);

impl State {
    /// The latest deliveries of the events that the selection takes, in the order of the events.
    fn selected(&self, selection: &ReplaySelection) -> BTreeMap<EventPlace, Delivery> {
        let mut latest: BTreeMap<_, &Delivery> = BTreeMap::new();
        let age = |delivery: &Delivery| -> Age { (delivery.created_at, delivery.id) };
        for delivery in self.deliveries.values().filter(|it| it.webhook_id == selection.webhook_id) {
            let known = latest.entry(delivery.event_id).or_insert(delivery);
            if age(known) < age(delivery) {
                *known = delivery;
            }
        }
        let taken = latest.into_values().filter_map(|delivery| {
            let event = self.events.get(&delivery.event_id)?;
            let state = delivery.progress.state();
            let taken = event.organization_id == selection.organization_id
                && selection.takes(&event.event_type, event.created_at, state.status(), state.completed_at());
            let place = EventPlace { created_at: event.created_at, id: event.id };
            taken.then(|| (place, delivery.clone()))
        });
        taken.collect()
    }

    fn size_of(&self, selection: &ReplaySelection) -> u64 {
        u64::try_from(self.selected(selection).len()).unwrap_or(u64::MAX)
    }

    /// The unfinished replays, oldest first.
    pub(super) fn unfinished_replays(&self) -> impl Iterator<Item = &Replay> {
        let mut open: Vec<_> =
            self.replays.values().map(|it| &**it).filter(|it| it.finished_at.is_none()).collect();
        open.sort_by_key(|replay| (replay.selection.accepted_at, replay.id));
        open.into_iter()
    }

    /// How many deliveries of a webhook wait.
    pub(super) fn count_waiting(&self, webhook_id: WebhookId) -> usize {
        let theirs = self.deliveries.values().filter(|it| it.webhook_id == webhook_id);
        theirs.filter(|delivery| !delivery.progress.state().status().is_final()).count()
    }
}

#[async_trait]
impl ReplayRegistry for MemoryUnitOfWork {
    async fn insert_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        if !self.0.state.webhooks.contains_key(&replay.selection.webhook_id) {
            return Err(refused("a replay needs its webhook"));
        }
        insert(&mut self.0.state.replays, replay.id, replay.clone())
    }

    async fn lock_replay(&mut self, id: ReplayId) -> Result<Option<Replay>, StoreError> {
        let replay = self.0.state.replays.get(&id).filter(|replay| replay.finished_at.is_none());
        Ok(replay.map(|replay| Replay::clone(replay)))
    }

    async fn count_waiting(&mut self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError> {
        Ok(self.0.state.count_waiting(webhook_id).min(at_most))
    }

    async fn next_selected(
        &mut self,
        replay: &Replay,
        room: usize,
    ) -> Result<ReplayStretch<Delivery>, StoreError> {
        let mut ahead = self.0.state.selected(&replay.selection);
        ahead.retain(|place, _| *place > replay.position);
        let more = ahead.len() > room;
        let taken: Vec<_> = ahead.into_iter().take(room).collect();
        let reached = taken.last().map(|(place, _)| *place).filter(|_| more);
        Ok(ReplayStretch { found: taken.into_iter().map(|(_, delivery)| delivery).collect(), reached })
    }

    async fn update_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        update(&mut self.0.state.replays, replay.id, replay.clone());
        Ok(())
    }
}

#[async_trait]
impl ReplayQueue for MemoryStore {
    async fn unfinished_replays(
        &self,
        after: Option<ListPosition<ReplayId>>,
        limit: usize,
    ) -> Result<Vec<UnfinishedReplay>, StoreError> {
        let state = self.state();
        let all = state.unfinished_replays().map(|replay| UnfinishedReplay {
            place: ListPosition { created_at: replay.selection.accepted_at, id: replay.id },
            webhook_id: replay.selection.webhook_id,
        });
        Ok(all.filter(|replay| Some(replay.place) > after).take(limit).collect())
    }

    async fn waiting_deliveries(&self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError> {
        Ok(self.state().count_waiting(webhook_id).min(at_most))
    }

    async fn selection_size(&self, selection: ReplaySelection) -> Result<u64, StoreError> {
        Ok(self.state().size_of(&selection))
    }
}
