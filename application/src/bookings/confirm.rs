//! Confirming bookings.

use super::Bookings;
use crate::ports::{StoreError, UnitOfWork, WantedSlot};
use crate::{Prepared, Published, publish_all};
use slotflow_domain::booking::{Booking, BookingRequest, SlotUnavailable};
use slotflow_domain::event::TraceContext;
use slotflow_domain::{BookingId, Event, EventId, OrganizationId};

/// Why a booking was not made.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmBookingError {
    /// The human is taken at that time.
    #[error(transparent)]
    SlotUnavailable(#[from] SlotUnavailable),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A booking that is asked for.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// Whose it will be.
    pub organization_id: OrganizationId,
    /// What is asked for.
    pub request: BookingRequest,
    /// What is being traced, if anything is: it causes the event.
    pub trace_context: Option<TraceContext>,
}

impl Confirmation {
    const fn wanted(&self) -> WantedSlot {
        let Self { organization_id, request, .. } = self;
        WantedSlot { organization_id: *organization_id, human_id: request.human_id, slot: request.slot }
    }
}

impl Bookings {
    /// Makes a booking and publishes `booking.confirmed`: both exist afterwards, or neither.
    pub async fn confirm(
        &self,
        organization_id: OrganizationId,
        request: BookingRequest,
    ) -> Result<Booking, ConfirmBookingError> {
        let asked = Confirmation { organization_id, request, trace_context: None };
        Ok(self.prepare_booking(asked).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_booking(
        &self,
        asked: Confirmation,
    ) -> Result<Prepared<Booking>, ConfirmBookingError> {
        let mut work = self.store.begin().await?;
        let (mut results, published) = self.confirm_within(work.as_mut(), vec![asked]).await?;
        let booking = results.pop().ok_or_else(|| StoreError::corrupt("a booking without an answer"))??;
        Ok(Prepared::publishing(work, booking, published))
    }

    /// Makes several bookings in one unit of work, each with its event, and answers each in the order given. Of those
    /// whose times overlap the first is made. It does not wait for long for what others have locked: see
    /// [`Store::begin_shared`](crate::ports::Store::begin_shared).
    pub async fn confirm_all(
        &self,
        asked: Vec<Confirmation>,
    ) -> Result<Vec<Result<Booking, SlotUnavailable>>, StoreError> {
        let mut work = self.store.begin_shared().await?;
        let (results, published) = self.confirm_within(work.as_mut(), asked).await?;
        work.commit().await?;
        published.committed();
        Ok(results)
    }

    async fn confirm_within(
        &self,
        work: &mut dyn UnitOfWork,
        asked: Vec<Confirmation>,
    ) -> Result<(Vec<Result<Booking, SlotUnavailable>>, Published), StoreError> {
        let wanted: Vec<_> = asked.iter().map(Confirmation::wanted).collect();
        let taken = work.lock_calendars(&wanted).await?;
        if taken.len() != wanted.len() {
            return Err(StoreError::corrupt("a calendar without an answer"));
        }
        let now = self.clock.now();
        let mut confirmed: Vec<Booking> = Vec::with_capacity(asked.len());
        let mut events = Vec::with_capacity(asked.len());
        let mut results = Vec::with_capacity(asked.len());
        for (Confirmation { organization_id, request, trace_context }, mut taken) in
            asked.into_iter().zip(taken)
        {
            let before = confirmed.iter().filter(|booking| {
                booking.organization_id == organization_id && booking.human_id == request.human_id
            });
            taken.extend(before.map(|booking| booking.slot));
            let id = BookingId::new(self.entropy.id(now));
            let result = Booking::confirm(id, organization_id, request, &taken, now);
            if let Ok(booking) = &result {
                let id = EventId::new(self.entropy.id(now));
                events.push(Event::of_booking(id, booking, now).caused_by(trace_context));
                confirmed.push(booking.clone());
            }
            results.push(result);
        }
        if !confirmed.is_empty() {
            work.insert_bookings(&confirmed).await?;
        }
        let published = publish_all(work, self.entropy.as_ref(), &self.first_attempts, &events).await?;
        Ok((results, published))
    }
}
