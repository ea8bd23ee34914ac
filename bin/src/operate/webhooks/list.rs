//! `slotflow webhooks list`

use super::webhook::Webhook;
use crate::failure::Failure;
use crate::operate::listing::{self, Listed};
use crate::operate::operator::Operator;
use crate::operate::query::Query;
use crate::terminal::{Cell, CleanText, Column};
use slotflow_domain::Timestamp;
use std::process::ExitCode;

/// All of them: whoever looks for a webhook that stopped must see the disabled ones too.
pub(super) async fn run(operator: &Operator) -> Result<ExitCode, Failure> {
    let query = Query::of("/v1/webhooks").with("active", Some("any"));
    listing::print_whole::<Webhook>(operator, &query).await
}

impl Listed for Webhook {
    const NAME: &'static str = "webhooks";
    const COLUMNS: &'static [Column] = &[
        Column::new("WEBHOOK"),
        Column::new("STATE"),
        Column::new("CREATED"),
        Column::new("EVENTS"),
        Column::flexible("URL"),
        Column::flexible("REASON"),
    ];

    fn row(&self, now: Timestamp) -> Vec<Cell> {
        let (state, colour) = self.state();
        vec![
            Cell::new(self.id.as_str()),
            Cell::painted(state, colour),
            Cell::new(self.created_at.relative(now)),
            Cell::new(self.events()),
            Cell::new(self.url.as_str()),
            Cell::new(self.disabled_reason.as_ref().map_or("", CleanText::as_str)),
        ]
    }
}
