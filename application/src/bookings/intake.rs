//! Bookings that come in at the same time.

use super::{Bookings, ConfirmBookingError, Confirmation};
use crate::batches::{Batched, Batches};
use crate::ports::StoreError;
use async_trait::async_trait;
use slotflow_domain::booking::{Booking, SlotUnavailable};
use std::sync::Arc;

/// Most bookings in one unit of work.
const MOST: usize = 64;

/// Takes bookings of many callers and makes those that come together in one unit of work. To its caller each is as
/// alone as by [`Bookings::confirm`]: it is made, or refused, whatever becomes of the others.
#[derive(Clone)]
pub struct BookingIntake(Batches<Bookings>);

impl BookingIntake {
    /// An intake with so many units of work side by side, at least 1, each of up to 64 bookings.
    pub fn new(bookings: Bookings, side_by_side: usize) -> Self {
        let clock = Arc::clone(&bookings.clock);
        Self(Batches::new(bookings, clock, MOST, side_by_side))
    }

    /// Makes a booking and publishes `booking.confirmed`: both exist afterwards, or neither.
    pub async fn confirm(&self, asked: Confirmation) -> Result<Booking, ConfirmBookingError> {
        Ok(self.0.submit(asked).await??)
    }
}

#[async_trait]
impl Batched for Bookings {
    type Asked = Confirmation;
    type Done = Result<Booking, SlotUnavailable>;

    async fn together(&self, asked: Vec<Confirmation>) -> Result<Vec<Self::Done>, StoreError> {
        self.confirm_all(asked).await
    }

    async fn alone(&self, asked: Confirmation) -> Result<Self::Done, StoreError> {
        let prepared = match self.prepare_booking(asked).await {
            Ok(prepared) => prepared,
            Err(ConfirmBookingError::SlotUnavailable(taken)) => return Ok(Err(taken)),
            Err(ConfirmBookingError::Store(error)) => return Err(error),
        };
        prepared.commit().await.map(Ok)
    }
}
