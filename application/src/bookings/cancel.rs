//! Cancelling a booking.

use super::Bookings;
use crate::ports::StoreError;
use crate::publish;
use slotflow_domain::booking::Booking;
use slotflow_domain::event::TraceContext;
use slotflow_domain::{BookingId, Event, EventId, OrganizationId};

impl Bookings {
    /// Cancels a booking and publishes `booking.cancelled`, once, however often it is called. Answers the
    /// cancelled booking, or nothing if there is none. The event is caused by what is being traced, if anything is.
    pub async fn cancel(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
        trace_context: Option<TraceContext>,
    ) -> Result<Option<Booking>, StoreError> {
        let mut work = self.store.begin().await?;
        let Some(mut booking) = work.lock_booking(organization_id, id).await? else {
            return Ok(None);
        };
        if booking.cancel() {
            work.update_booking(&booking).await?;
            let now = self.clock.now();
            let event =
                Event::of_booking(EventId::new(self.entropy.id(now)), &booking, now).caused_by(trace_context);
            let published =
                publish(work.as_mut(), self.entropy.as_ref(), &self.first_attempts, &event).await?;
            work.commit().await?;
            published.committed();
        }
        Ok(Some(booking))
    }
}
