//! Reading bookings.

use super::Bookings;
use crate::ports::{BookingFilter, BookingPage, StoreError};
use slotflow_domain::booking::Booking;
use slotflow_domain::{BookingId, OrganizationId};

impl Bookings {
    /// The organization's bookings that pass the filter, latest start first.
    pub async fn list(
        &self,
        organization_id: OrganizationId,
        filter: BookingFilter,
    ) -> Result<BookingPage, StoreError> {
        self.directory.bookings(organization_id, filter).await
    }

    /// One of them.
    pub async fn get(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        self.directory.booking(organization_id, id).await
    }
}
