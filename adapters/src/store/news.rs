//! Telling organizations of deliveries that failed and webhooks that were disabled, in the transaction that made
//! them so.

use super::bulk::in_list;
use super::rows::{delivery_row, webhook_row};
use super::statement::all;
use super::stored_row::StoredRow;
use super::{SecretKeys, dialect::Dialect, outbox};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use slotflow_application::Announcer;
use slotflow_application::ports::StoreError;
use slotflow_domain::event::{DisabledWebhook, News};
use slotflow_domain::webhook::DisabledReason;
use slotflow_domain::{DeliveryId, OrganizationId, Timestamp, WebhookId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The webhooks that want operational events, in the organizations that these webhooks belong to. Mostly there are
/// none, and then nothing need be told: by `webhooks_operational`, which is mostly empty.
///
/// Whoever goes on to tell locks them first, together with the webhooks that it locks anyway.
pub(super) async fn listeners<C: ConnectionTrait>(
    connection: &C,
    webhooks: &BTreeSet<WebhookId>,
) -> Result<BTreeSet<WebhookId>, StoreError> {
    if webhooks.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut values = vec![];
    let list = in_list(webhooks.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let rows = all(connection, listeners_sql(Dialect::of(connection), &list), values).await?;
    rows.iter().map(|row| StoredRow(row).uuid("id").map(WebhookId::new)).collect()
}

/// The condition is that of the index, letter for letter.
pub(super) fn listeners_sql(dialect: Dialect, list: &str) -> String {
    let position = dialect.position();
    format!(
        "SELECT id FROM webhooks \
         WHERE organization_id IN (SELECT organization_id FROM webhooks WHERE id IN ({list})) \
         AND deleted_at IS NULL \
         AND ({position}(events, ',delivery.failed,') > 0 OR {position}(events, ',webhook.disabled,') > 0)"
    )
}

/// What became of these deliveries, which have failed.
pub(super) async fn of_failures<C: ConnectionTrait>(
    connection: &C,
    failed: &BTreeSet<DeliveryId>,
) -> Result<Vec<News>, StoreError> {
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![];
    let list = in_list(failed.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT d.organization_id, {} FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id \
         JOIN events e ON e.id = d.event_id WHERE d.id IN ({list}) ORDER BY d.id",
        delivery_row::RECORD_COLUMNS
    );
    let mut news = Vec::with_capacity(failed.len());
    for row in all(connection, sql, values).await? {
        let organization_id = OrganizationId::new(StoredRow(&row).uuid("organization_id")?);
        let record = readable(&row, delivery_row::read_record(&row));
        news.extend(record.and_then(|it| it.failure(organization_id)).map(News::DeliveryFailed));
    }
    Ok(news)
}

/// That these webhooks were disabled, and when.
pub(super) async fn of_disabled<C: ConnectionTrait>(
    connection: &C,
    disabled: &BTreeMap<WebhookId, Timestamp>,
    reason: DisabledReason,
) -> Result<Vec<News>, StoreError> {
    if disabled.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![];
    let list = in_list(disabled.keys().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!("SELECT id, organization_id, url FROM webhooks WHERE id IN ({list}) ORDER BY id");
    let mut news = Vec::with_capacity(disabled.len());
    for row in all(connection, sql, values).await? {
        let stored = StoredRow(&row);
        let webhook_id = WebhookId::new(stored.uuid("id")?);
        let organization_id = OrganizationId::new(stored.uuid("organization_id")?);
        let Some(at) = disabled.get(&webhook_id).copied() else { continue };
        let Some(url) = readable(&row, webhook_row::url(&stored)) else { continue };
        let url = url.as_sent().to_owned();
        news.push(News::WebhookDisabled(DisabledWebhook { organization_id, webhook_id, url, reason, at }));
    }
    Ok(news)
}

/// Writes the events of what is news to somebody, and their deliveries: some hundred in one statement each. Answers
/// whether there were any.
pub(super) async fn announce<C: ConnectionTrait>(
    connection: &C,
    announcer: &Announcer,
    news: &[News],
    secret_keys: &SecretKeys,
) -> Result<bool, StoreError> {
    let mut wanting = BTreeMap::new();
    let (mut events, mut deliveries) = (Vec::new(), Vec::new());
    for one in news {
        let (organization_id, event_type) = (one.organization_id(), one.event_type());
        let wanting = match wanting.entry((organization_id, event_type.clone())) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let rows =
                    outbox::rows_wanting(connection, &BTreeSet::from([organization_id]), &event_type).await?;
                let webhooks =
                    rows.iter().filter_map(|row| readable(row, webhook_row::read(row, secret_keys)));
                entry.insert(webhooks.collect::<Vec<_>>())
            }
        };
        if let Some((event, theirs)) = announcer.announce(one, wanting) {
            events.push(event);
            deliveries.extend(theirs);
        }
    }
    outbox::insert_events(connection, &events).await?;
    outbox::insert_deliveries(connection, &deliveries).await?;
    Ok(!events.is_empty())
}

/// What a row says; of one that cannot be read, a line in the log. Whoever tells is about to record what became of
/// other deliveries too, or to claim them, which one bad row must not stop.
fn readable<T>(row: &QueryResult, read: Result<T, StoreError>) -> Option<T> {
    let id = StoredRow(row).uuid("id").ok().map(tracing::field::display);
    read.inspect_err(|error| tracing::error!(id, %error, "a row cannot be read and goes without news")).ok()
}
