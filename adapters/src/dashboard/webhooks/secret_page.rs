//! The one page that shows a signing secret, right after it was made.

use crate::dashboard::Dashboard;
use crate::dashboard::page::{Frame, Section};
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::When;
use askama::Template;
use slotflow_domain::WebhookId;
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::Webhook;

/// A new secret, and how to verify with it. It has no `Debug`.
#[derive(Template)]
#[template(path = "webhooks/secret.html")]
pub(super) struct SecretPage {
    frame: Frame,
    id: WebhookId,
    url: String,
    secret: String,
    /// Whether there was another one before.
    rotated: bool,
    /// Until when that one signs too.
    old_until: Option<When>,
}

impl SecretPage {
    /// Of a webhook that was just made.
    pub(super) fn of_new(dashboard: &Dashboard, viewer: &Viewer, webhook: &Webhook) -> Self {
        Self::new(dashboard, viewer, webhook, false)
    }

    /// Of one whose secret has just been replaced.
    pub(super) fn of_rotated(dashboard: &Dashboard, viewer: &Viewer, webhook: &Webhook) -> Self {
        Self::new(dashboard, viewer, webhook, true)
    }

    fn new(dashboard: &Dashboard, viewer: &Viewer, webhook: &Webhook, rotated: bool) -> Self {
        let retiring = webhook.secrets.retiring();
        Self {
            frame: Frame::new(dashboard, viewer, Section::Webhooks, None),
            id: webhook.id,
            url: webhook.url.as_sent().to_owned(),
            // One that was made just now can be read.
            secret: webhook.secrets.current().map(SigningSecret::expose).unwrap_or_default().to_owned(),
            rotated,
            old_until: When::maybe(retiring.map(|retiring| retiring.until), viewer.now),
        }
    }
}
