//! A webhook as clients see it.

use crate::api::json_answer::Kept;
use crate::api::openapi::schemas;
use serde::ser::{Serialize, Serializer};
use slotflow_domain::event::EventType;
use slotflow_domain::idempotency::AnswerBody;
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{Webhook, WebhookActivity};
use slotflow_domain::{Timestamp, WebhookId};
use utoipa::ToSchema;

/// A webhook.
// It shows the signing secret: whoever may see the webhook verifies with it.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(in crate::api) struct WebhookView<'a> {
    #[schema(value_type = Uuid)]
    id: WebhookId,
    /// As it was sent in.
    url: &'a str,
    #[schema(value_type = Vec<schemas::EventType>)]
    events: Vec<&'a str>,
    /// What to verify signatures with. Null if the server cannot read it: then deliveries wait, until it can or the
    /// secret is rotated.
    #[schema(required, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    signing_secret: Option<&'a str>,
    active: bool,
    #[schema(value_type = schemas::Time)]
    created_at: Timestamp,
    /// Why it is not active, in words.
    #[schema(required)]
    disabled_reason: Option<String>,
}

/// What clients call `active`.
pub(super) fn is_active(webhook: &Webhook) -> bool {
    webhook.activity == WebhookActivity::Active
}

/// An owned webhook, written as its view.
pub(in crate::api) struct Shown(pub(in crate::api) Webhook);

/// It shows a secret, which is kept in one place only.
impl Kept for Shown {
    fn kept(&self, _json: &[u8]) -> AnswerBody {
        AnswerBody::Webhook(self.0.id)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let webhook = &self.0;
        let view = WebhookView {
            id: webhook.id,
            url: webhook.url.as_sent(),
            events: webhook.events.iter().map(EventType::as_str).collect(),
            signing_secret: webhook.secrets.current().map(SigningSecret::expose),
            active: is_active(webhook),
            created_at: webhook.created_at,
            disabled_reason: webhook.activity.disabled_reason().map(|reason| reason.to_string()),
        };
        view.serialize(serializer)
    }
}
