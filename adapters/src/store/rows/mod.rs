//! Row ⇄ domain type, in one place per table. A row that makes no sense is an error that names the column, and
//! never a panic.

pub(super) mod api_key_row;
pub(super) mod attempt_row;
pub(super) mod booking_row;
pub(super) mod delivery_row;
pub(super) mod event_row;
pub(super) mod kept_answer_row;
pub(super) mod organization_row;
pub(super) mod replay_row;
pub(super) mod response_headers;
pub(super) mod webhook_hour_row;
pub(super) mod webhook_row;
