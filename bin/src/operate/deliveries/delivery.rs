//! A delivery as the API tells of it.

use super::attempt::Attempt;
use super::status;
use crate::operate::listing::Listed;
use crate::operate::time::Time;
use crate::terminal::{Cell, CleanText, Column};
use serde::Deserialize;
use slotflow_domain::Timestamp;

/// A delivery. In a list it has neither attempts nor request.
#[derive(Debug, Deserialize)]
pub(in crate::operate) struct Delivery {
    pub(in crate::operate) id: CleanText,
    pub(in crate::operate) webhook_id: CleanText,
    pub(in crate::operate) url: CleanText,
    pub(in crate::operate) event_id: CleanText,
    pub(in crate::operate) event: CleanText,
    pub(in crate::operate) booking_id: Option<CleanText>,
    pub(in crate::operate) status: CleanText,
    pub(in crate::operate) attempt_count: u32,
    pub(in crate::operate) next_attempt_at: Option<Time>,
    pub(in crate::operate) last_error: Option<CleanText>,
    pub(in crate::operate) retry_of: Option<CleanText>,
    pub(in crate::operate) created_at: Time,
    pub(in crate::operate) completed_at: Option<Time>,
    #[serde(default)]
    pub(in crate::operate) attempts: Vec<Attempt>,
    pub(in crate::operate) request: Option<Request>,
}

/// What is sent at each attempt.
#[derive(Debug, Deserialize)]
pub(in crate::operate) struct Request {
    /// As it goes out; whoever prints it cleans it.
    pub(in crate::operate) body: String,
}

impl Delivery {
    /// Whether nothing will change any more by itself.
    pub(in crate::operate) fn is_at_rest(&self) -> bool {
        matches!(self.status.as_str(), "delivered" | "failed" | "cancelled" | "held")
    }

    /// Whether it arrived.
    pub(in crate::operate) fn has_arrived(&self) -> bool {
        self.status.as_str() == "delivered"
    }

    /// Its status as a cell.
    pub(in crate::operate) fn status_cell(&self) -> Cell {
        let word = self.status.as_str();
        status::colour(word).map_or_else(|| Cell::new(word), |colour| Cell::painted(word, colour))
    }

    fn next(&self, now: Timestamp) -> String {
        self.next_attempt_at.map_or_else(String::new, |time| time.relative(now))
    }
}

impl Listed for Delivery {
    const NAME: &'static str = "deliveries";
    const COLUMNS: &'static [Column] = &[
        Column::new("DELIVERY"),
        Column::new("STATUS"),
        Column::new("EVENT"),
        Column::new("CREATED"),
        Column::right("ATTEMPTS"),
        Column::new("NEXT"),
        Column::flexible("URL"),
        Column::flexible("LAST ERROR"),
    ];

    fn row(&self, now: Timestamp) -> Vec<Cell> {
        vec![
            Cell::new(self.id.as_str()),
            self.status_cell(),
            Cell::new(self.event.as_str()),
            Cell::new(self.created_at.relative(now)),
            Cell::new(self.attempt_count.to_string()),
            Cell::new(self.next(now)),
            Cell::new(self.url.as_str()),
            Cell::new(self.last_error.as_ref().map_or("", CleanText::as_str)),
        ]
    }
}
