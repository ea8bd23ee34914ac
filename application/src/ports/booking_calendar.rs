//! Changing bookings.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::booking::{Booking, TimeSlot};
use slotflow_domain::{BookingId, HumanId, OrganizationId};

/// A time of a human that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedSlot {
    /// Whose human it is.
    pub organization_id: OrganizationId,
    /// Whose time.
    pub human_id: HumanId,
    /// Which.
    pub slot: TimeSlot,
}

/// Bookings, within a unit of work.
#[async_trait]
pub trait BookingCalendar {
    /// For each wanted slot, in the order given, the confirmed slots of its human that overlap it. The humans'
    /// calendars are locked until the unit of work ends: two that lock the same one run one after the other.
    async fn lock_calendars(&mut self, wanted: &[WantedSlot]) -> Result<Vec<Vec<TimeSlot>>, StoreError>;

    /// Adds bookings.
    async fn insert_bookings(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;

    /// The organization's booking, locked until the unit of work ends.
    async fn lock_booking(
        &mut self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError>;

    /// Writes a locked booking's status.
    async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError>;
}
