//! Finding the webhooks that want to hear of webhooks.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let position = dialect.position();
    // Does anybody in this organization want to hear of a failure? Mostly nobody does, and this index is
    // empty: to ask costs next to nothing, however many webhooks there are.
    vec![format!(
        "CREATE INDEX webhooks_operational ON webhooks (organization_id) WHERE deleted_at IS NULL \
         AND ({position}(events, ',delivery.failed,') > 0 OR {position}(events, ',webhook.disabled,') > 0)"
    )]
}
