//! What a delivery sends, as clients see it.

use serde::ser::{Serialize, Serializer};
use slotflow_application::ports::AttemptLog;
use utoipa::ToSchema;

/// The request of the last attempt that is over, or of the first before there is one. The signatures and their
/// timestamp are made anew for each attempt and kept nowhere, so they are not in it.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = DeliveryRequest)]
pub(in crate::api) struct RequestView {
    method: &'static str,
    url: String,
    #[schema(value_type = HashMap<String, String>)]
    headers: Headers,
    /// The exact payload.
    body: String,
}

impl RequestView {
    pub(super) fn of(log: &AttemptLog) -> Self {
        Self {
            method: "POST",
            url: log.delivery.url.clone(),
            headers: Headers(log.last_subject().lasting_headers()),
            body: String::from_utf8_lossy(log.payload.as_bytes()).into_owned(),
        }
    }
}

/// Headers as a JSON object, in the order they are sent.
struct Headers(Vec<(&'static str, String)>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
