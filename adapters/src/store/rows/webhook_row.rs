//! `webhooks`.

use crate::store::SecretKeys;
use crate::store::secret_keys::SecretColumn;
use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::event::{EventSet, EventType};
use slotflow_domain::signing::{RetiringSecret, WebhookSecrets};
use slotflow_domain::webhook::{
    CanonicalUrl, DisabledReason, Webhook, WebhookActivity, WebhookStanding, WebhookUrl,
};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};

/// All of a webhook, for [`read`]. One that a version without `active_since` registers while this one runs beside
/// it has none, and is active since it was registered.
pub(in crate::store) const COLUMNS: &str = "id, organization_id, url, events, secret, \
     retiring_secret, retiring_until, disabled_reason, COALESCE(active_since, created_at) AS active_since, \
     created_at";

pub(in crate::store) const INSERT: &str = "INSERT INTO webhooks \
     (id, organization_id, url, url_digest, events, secret, retiring_secret, retiring_until, disabled_reason, \
     active_since, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// What may change later: the URL, the events and the activity.
const UPDATE: &str = "UPDATE webhooks SET url = $2, url_digest = $3, events = $4, disabled_reason = $5, \
     active_since = $6 WHERE id = $1";

/// The same and the secrets.
const UPDATE_WITH_SECRETS: &str = "UPDATE webhooks SET url = $2, url_digest = $3, events = $4, \
     disabled_reason = $5, active_since = $6, secret = $7, retiring_secret = $8, retiring_until = $9 WHERE id = $1";

pub(in crate::store) fn write(webhook: &Webhook, keys: &SecretKeys) -> Result<Vec<Value>, StoreError> {
    let secrets = write_secrets(&webhook.secrets, webhook.id, keys)?;
    let [secret, retiring_secret, retiring_until] =
        secrets.ok_or_else(|| StoreError::Refused("a webhook without secrets".into()))?;
    Ok(vec![
        webhook.id.as_uuid().into(),
        webhook.organization_id.as_uuid().into(),
        webhook.url.as_sent().into(),
        digest(webhook.url.canonical()),
        events(&webhook.events),
        secret,
        retiring_secret,
        retiring_until,
        disabled_reason(webhook.activity),
        webhook.active_since.as_millis().into(),
        webhook.created_at.as_millis().into(),
    ])
}

/// The statement that changes a webhook, and its values. Secrets that are unreadable stay as they are stored.
pub(in crate::store) fn write_update(
    webhook: &Webhook,
    keys: &SecretKeys,
) -> Result<(&'static str, Vec<Value>), StoreError> {
    let mut values: Vec<Value> = vec![
        webhook.id.as_uuid().into(),
        webhook.url.as_sent().into(),
        digest(webhook.url.canonical()),
        events(&webhook.events),
        disabled_reason(webhook.activity),
        webhook.active_since.as_millis().into(),
    ];
    Ok(match write_secrets(&webhook.secrets, webhook.id, keys)? {
        Some(secrets) => {
            values.extend(secrets);
            (UPDATE_WITH_SECRETS, values)
        }
        None => (UPDATE, values),
    })
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

/// `secret, retiring_secret, retiring_until`; nothing of secrets that are unreadable.
pub(in crate::store) fn write_secrets(
    secrets: &WebhookSecrets,
    id: WebhookId,
    keys: &SecretKeys,
) -> Result<Option<[Value; 3]>, StoreError> {
    let Some(current) = secrets.current() else { return Ok(None) };
    let retiring = secrets.retiring();
    let retiring_secret =
        retiring.map(|retiring| keys.seal(&retiring.secret, SecretColumn::Retiring, id)).transpose()?;
    Ok(Some([
        keys.seal(current, SecretColumn::Current, id)?.into(),
        retiring_secret.into(),
        retiring.map(|retiring| retiring.until.as_millis()).into(),
    ]))
}

fn disabled_reason(activity: WebhookActivity) -> Value {
    activity.disabled_reason().map(|reason| reason.as_str().to_owned()).into()
}

/// The webhook. Secrets that cannot be read make it one that cannot be signed for, and nothing worse.
pub(in crate::store) fn read(row: &QueryResult, keys: &SecretKeys) -> Result<Webhook, StoreError> {
    let row = StoredRow(row);
    let id = WebhookId::new(row.uuid("id")?);
    with_secrets(&row, id, readable_secrets(&row, id, keys))
}

/// The same for whoever is about to change it: secrets that cannot be read for now are an error, as they would be taken for
/// lost, and be replaced.
pub(in crate::store) fn read_to_change(row: &QueryResult, keys: &SecretKeys) -> Result<Webhook, StoreError> {
    let row = StoredRow(row);
    let id = WebhookId::new(row.uuid("id")?);
    with_secrets(&row, id, secrets_to_change(&row, id, keys)?)
}

fn with_secrets(row: &StoredRow<'_>, id: WebhookId, secrets: WebhookSecrets) -> Result<Webhook, StoreError> {
    let events: Vec<EventType> = row
        .text("events")?
        .split_terminator(',')
        .skip(1)
        .map(|name| EventType::parse(name).map_err(|error| corrupt("events", error)))
        .collect::<Result<_, _>>()?;
    Ok(Webhook {
        id,
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        url: url(row)?,
        events: EventSet::from_stored(events).ok_or_else(|| corrupt("events", "empty"))?,
        secrets,
        activity: activity(row.maybe_named("disabled_reason")?),
        active_since: row.time("active_since")?,
        created_at: row.time("created_at")?,
    })
}

pub(in crate::store) fn url(row: &StoredRow<'_>) -> Result<WebhookUrl, StoreError> {
    WebhookUrl::from_stored(&row.text("url")?).map_err(|error| corrupt("url", error))
}

/// The secrets of the webhook; [unreadable](WebhookSecrets::UNREADABLE) ones if they cannot be read, whatever the reason,
/// which is in the log.
fn readable_secrets(row: &StoredRow<'_>, id: WebhookId, keys: &SecretKeys) -> WebhookSecrets {
    secrets(row, id, keys).unwrap_or_else(|error| unreadable(id, &error))
}

/// The same for whoever goes by what is unreadable: that something cannot be read for now is an error here.
pub(in crate::store) fn secrets_to_change(
    row: &StoredRow<'_>,
    id: WebhookId,
    keys: &SecretKeys,
) -> Result<WebhookSecrets, StoreError> {
    match secrets(row, id, keys) {
        Err(error) if !error.is_transient() => Ok(unreadable(id, &error)),
        secrets => secrets,
    }
}

fn unreadable(id: WebhookId, error: &StoreError) -> WebhookSecrets {
    tracing::error!(webhook_id = %id, %error, "the signing secrets of a webhook cannot be read");
    WebhookSecrets::UNREADABLE
}

/// The secrets of the webhook, of `secret`, `retiring_secret` and `retiring_until`.
pub(in crate::store) fn secrets(
    row: &StoredRow<'_>,
    id: WebhookId,
    keys: &SecretKeys,
) -> Result<WebhookSecrets, StoreError> {
    let current = keys.open(&row.text("secret")?, SecretColumn::Current, id)?;
    let retiring = match row.get::<Option<String>>("retiring_secret")? {
        Some(text) => Some(RetiringSecret {
            secret: keys.open(&text, SecretColumn::Retiring, id)?,
            until: row.time("retiring_until")?,
        }),
        None => None,
    };
    Ok(WebhookSecrets::from_stored(current, retiring))
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
