//! The use cases around bookings, each change with its event.

mod cancel;
mod confirm;
mod intake;
mod read;

#[cfg(test)]
mod tests;

pub use confirm::{ConfirmBookingError, Confirmation};
pub use intake::BookingIntake;

use crate::dispatcher::FirstAttempts;
use crate::ports::{Clock, Directory, Entropy, Store};
use std::sync::Arc;

/// Booking, cancelling and listing.
#[derive(Clone)]
pub struct Bookings {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where they are read.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where first attempts begin.
    pub first_attempts: FirstAttempts,
}
