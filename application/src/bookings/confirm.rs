//! Confirming a booking.

use super::Bookings;
use crate::ports::StoreError;
use crate::{Prepared, publish};
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

impl Bookings {
    /// Makes a booking and publishes `booking.confirmed`: both exist afterwards, or neither.
    pub async fn confirm(
        &self,
        organization_id: OrganizationId,
        request: BookingRequest,
    ) -> Result<Booking, ConfirmBookingError> {
        Ok(self.prepare_booking(organization_id, request, None).await?.commit().await?)
    }

    /// The same, ready to be committed; the event is caused by what is being traced, if anything is.
    pub async fn prepare_booking(
        &self,
        organization_id: OrganizationId,
        request: BookingRequest,
        trace_context: Option<TraceContext>,
    ) -> Result<Prepared<Booking>, ConfirmBookingError> {
        let mut work = self.store.begin().await?;
        let taken = work.lock_calendar(organization_id, request.human_id, request.slot).await?;
        let now = self.clock.now();
        let id = BookingId::new(self.entropy.id(now));
        let booking = Booking::confirm(id, organization_id, request, &taken, now)?;
        work.insert_booking(&booking).await?;

        let event =
            Event::of_booking(EventId::new(self.entropy.id(now)), &booking, now).caused_by(trace_context);
        let published = publish(work.as_mut(), self.entropy.as_ref(), &self.first_attempts, &event).await?;
        Ok(Prepared::publishing(work, booking, published))
    }
}
