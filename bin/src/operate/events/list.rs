//! Events in a table.

use super::event::Event;
use crate::operate::listing::Listed;
use crate::terminal::{Cell, CleanText, Column};
use slotflow_domain::Timestamp;

impl Listed for Event {
    const NAME: &'static str = "events";
    const COLUMNS: &'static [Column] = &[
        Column::new("EVENT"),
        Column::new("TYPE"),
        Column::new("BOOKING"),
        Column::new("CREATED"),
        Column::flexible("DELIVERIES"),
    ];

    fn row(&self, now: Timestamp) -> Vec<Cell> {
        vec![
            Cell::new(self.id.as_str()),
            Cell::new(self.event.as_str()),
            Cell::new(self.booking_id.as_ref().map_or("", CleanText::as_str)),
            Cell::new(self.created_at.relative(now)),
            Cell::new(self.deliveries()),
        ]
    }
}
