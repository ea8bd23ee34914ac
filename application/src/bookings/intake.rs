//! Bookings that come in at the same time.

use super::{Bookings, ConfirmBookingError, Confirmation};
use crate::batches::Batches;
use crate::ports::StoreError;
use slotflow_domain::booking::Booking;

/// Most bookings in one unit of work.
const MOST: usize = 64;

/// Takes bookings of many callers and makes those that come together in one unit of work. To its caller each is as
/// alone as by [`Bookings::confirm`]: it is made, or refused, whatever becomes of the others.
#[derive(Clone)]
pub struct BookingIntake(Batches<Confirmation, Result<Booking, ConfirmBookingError>>);

impl BookingIntake {
    /// An intake with so many units of work side by side.
    pub fn new(bookings: Bookings, side_by_side: usize) -> Self {
        Self(Batches::new(MOST, side_by_side, move |asked| confirm_each(bookings.clone(), asked)))
    }

    /// Makes a booking and publishes `booking.confirmed`: both exist afterwards, or neither.
    pub async fn confirm(&self, asked: Confirmation) -> Result<Booking, ConfirmBookingError> {
        let unknown = || Err(StoreError::Broken("confirming a booking came to no end".into()).into());
        self.0.submit(asked).await.unwrap_or_else(unknown)
    }
}

async fn confirm_each(
    bookings: Bookings,
    asked: Vec<Confirmation>,
) -> Vec<Result<Booking, ConfirmBookingError>> {
    match bookings.confirm_all(asked.clone()).await {
        Ok(results) => results.into_iter().map(|result| result.map_err(Into::into)).collect(),
        // To ask again would only make the callers wait longer.
        Err(error) if error.is_transient() || asked.len() == 1 => {
            asked.iter().map(|_| Err(error.for_another().into())).collect()
        }
        Err(error) => {
            tracing::warn!(%error, bookings = asked.len(), "confirming together failed; confirming one by one");
            let mut results = Vec::with_capacity(asked.len());
            for one in asked {
                results.push(confirm_alone(&bookings, one).await);
            }
            results
        }
    }
}

async fn confirm_alone(bookings: &Bookings, asked: Confirmation) -> Result<Booking, ConfirmBookingError> {
    Ok(bookings.prepare_booking(asked).await?.commit().await?)
}
