//! The colours of statuses. The word says all; the colour is for the eye that runs down a column.

use crate::terminal::Colour;

/// The colour of a delivery's status; of one that is not known, none.
pub(super) fn colour(status: &str) -> Option<Colour> {
    match status {
        "delivered" => Some(Colour::Good),
        "failed" => Some(Colour::Bad),
        "pending" | "held" => Some(Colour::Waiting),
        "delivering" => Some(Colour::Moving),
        "cancelled" => Some(Colour::Faint),
        _ => None,
    }
}
