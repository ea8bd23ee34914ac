//! What removing finished deliveries needs.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    // Which deliveries repeat this one? Only those made by hand are in it: the others cost nothing. What is
    // old enough needs no index, as identifiers are in the order of their making.
    vec!["CREATE INDEX deliveries_repeating ON deliveries (retry_of) WHERE retry_of IS NOT NULL".to_owned()]
}
