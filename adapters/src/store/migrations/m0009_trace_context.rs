//! What caused each event, where that is being traced.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    vec!["ALTER TABLE events ADD COLUMN trace_context text".to_owned()]
}
