//! `webhooks`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::event::{EventSet, EventType};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{
    CanonicalUrl, DisabledReason, Webhook, WebhookActivity, WebhookStanding, WebhookUrl,
};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};

pub(in crate::store) const COLUMNS: &str =
    "id, organization_id, url, events, secret, disabled_reason, created_at";

pub(in crate::store) const INSERT: &str = "INSERT INTO webhooks \
     (id, organization_id, url, url_digest, events, secret, disabled_reason, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// What may change later: the URL, the events and the activity.
pub(in crate::store) const UPDATE: &str = "UPDATE webhooks \
     SET url = $2, url_digest = $3, events = $4, disabled_reason = $5 WHERE id = $1";

pub(in crate::store) fn write(webhook: &Webhook) -> Vec<Value> {
    vec![
        webhook.id.as_uuid().into(),
        webhook.organization_id.as_uuid().into(),
        webhook.url.as_sent().into(),
        digest(webhook.url.canonical()),
        events(&webhook.events),
        webhook.signing_secret.expose().into(),
        disabled_reason(webhook.activity),
        webhook.created_at.as_millis().into(),
    ]
}

pub(in crate::store) fn write_update(webhook: &Webhook) -> Vec<Value> {
    vec![
        webhook.id.as_uuid().into(),
        webhook.url.as_sent().into(),
        digest(webhook.url.canonical()),
        events(&webhook.events),
        disabled_reason(webhook.activity),
    ]
}

pub(in crate::store) fn digest(url: &CanonicalUrl) -> Value {
    url.digest().to_vec().into()
}

/// How one type stands in `events`: a comma on either side, so that it can be found as a whole.
pub(in crate::store) fn event_to_find(event_type: &EventType) -> Value {
    format!(",{event_type},").into()
}

fn events(events: &EventSet) -> Value {
    let mut text = String::from(",");
    for event_type in events.iter() {
        text.push_str(event_type.as_str());
        text.push(',');
    }
    text.into()
}

fn disabled_reason(activity: WebhookActivity) -> Value {
    activity.disabled_reason().map(|reason| reason.as_str().to_owned()).into()
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Webhook, StoreError> {
    let row = StoredRow(row);
    let events: Vec<EventType> = row
        .text("events")?
        .split_terminator(',')
        .skip(1)
        .map(|name| EventType::parse(name).map_err(|error| corrupt("events", error)))
        .collect::<Result<_, _>>()?;
    Ok(Webhook {
        id: WebhookId::new(row.uuid("id")?),
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        url: url(&row)?,
        events: EventSet::from_stored(events).ok_or_else(|| corrupt("events", "empty"))?,
        signing_secret: secret(&row)?,
        activity: activity(row.maybe_named("disabled_reason")?),
        created_at: row.time("created_at")?,
    })
}

pub(in crate::store) fn url(row: &StoredRow<'_>) -> Result<WebhookUrl, StoreError> {
    WebhookUrl::from_stored(&row.text("url")?).map_err(|error| corrupt("url", error))
}

pub(in crate::store) fn secret(row: &StoredRow<'_>) -> Result<SigningSecret, StoreError> {
    SigningSecret::parse(&row.text("secret")?).map_err(|error| corrupt("secret", error))
}

/// How the webhook stands, of `disabled_reason` and `deleted_at`.
pub(in crate::store) fn standing(row: &StoredRow<'_>) -> Result<WebhookStanding, StoreError> {
    let deleted_at: Option<Timestamp> = row.maybe_time("deleted_at")?;
    match deleted_at {
        Some(_) => Ok(WebhookStanding::Deleted),
        None => Ok(activity(row.maybe_named("disabled_reason")?).standing()),
    }
}

fn activity(reason: Option<DisabledReason>) -> WebhookActivity {
    reason.map_or(WebhookActivity::Active, WebhookActivity::Disabled)
}
