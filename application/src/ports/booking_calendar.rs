//! Changing bookings.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::booking::{Booking, TimeSlot};
use slotflow_domain::{BookingId, HumanId, OrganizationId};

/// Bookings, within a unit of work.
#[async_trait]
pub trait BookingCalendar {
    /// The human's confirmed slots that overlap `around`, with the human's calendar locked until the unit of
    /// work ends: two that lock the same one run one after the other.
    async fn lock_calendar(
        &mut self,
        organization_id: OrganizationId,
        human_id: HumanId,
        around: TimeSlot,
    ) -> Result<Vec<TimeSlot>, StoreError>;

    /// Adds a booking.
    async fn insert_booking(&mut self, booking: &Booking) -> Result<(), StoreError>;

    /// The organization's booking, locked until the unit of work ends.
    async fn lock_booking(
        &mut self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError>;

    /// Writes a locked booking's status.
    async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError>;
}
