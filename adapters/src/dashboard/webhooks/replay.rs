//! Sending again what happened in a span of time: first it is said how much that is.

use super::{back_to, find};
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::{Fields, FormFields};
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::{When, amount, rule};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use slotflow_application::repairs::{ReplayError, ReplayRequest};
use slotflow_domain::delivery::FinalStatus;
use slotflow_domain::webhook::{Webhook, WebhookActivity};
use slotflow_domain::{Rejection, Timestamp, WebhookId};
use std::time::Duration;

/// Which span is proposed.
const PROPOSED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the seconds of a time end: what a field for dates and times holds.
const TO_THE_SECOND: usize = "2026-03-10T14:05:00".len();

/// The form, and what it would send.
#[derive(Template)]
#[template(path = "webhooks/replay.html")]
pub(super) struct ReplayPage {
    frame: Frame,
    id: WebhookId,
    url: String,
    is_active: bool,
    form: ReplayForm,
    counted: Option<Counted>,
}

/// What stands in the form, and what is wrong with it.
struct ReplayForm {
    since: String,
    until: String,
    choices: Vec<StatusChoice>,
    since_problem: Option<String>,
    until_problem: Option<String>,
}

/// How the latest delivery of an event must have ended.
struct StatusChoice {
    name: &'static str,
    words: &'static str,
    chosen: bool,
}

/// What would be sent, and the request for it.
struct Counted {
    any: bool,
    events: String,
    since: When,
    until: When,
    status: Option<FinalStatus>,
}

/// `GET /webhooks/{id}/replay`
pub(super) async fn form(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Page<ReplayPage>, PageFailure> {
    let webhook = find(&dashboard, &viewer, id).await?;
    let form = ReplayForm::proposed(viewer.now);
    Ok(Page::ok(ReplayPage::new(&dashboard, &viewer, &webhook, form, None)))
}

/// `POST /webhooks/{id}/replay`: sends if `step` is `send`, and else counts what it would send.
pub(super) async fn replay(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
    FormFields(fields): FormFields,
) -> Result<Response, PageFailure> {
    let webhook = find(&dashboard, &viewer, id).await?;
    let form = ReplayForm::typed(&fields);
    let refused = |rejection: Rejection| -> Result<Response, PageFailure> {
        let page = ReplayPage::new(&dashboard, &viewer, &webhook, form.refused(rejection)?, None);
        Ok(Page(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let request = match read(&fields) {
        Ok(request) => request,
        Err(rejection) => return refused(rejection),
    };
    let repairs = &dashboard.services.repairs;
    let organization_id = viewer.organization.id;
    if fields.get("step") == Some("send") {
        return match repairs.replay(organization_id, id, request).await {
            Ok(queued) => Ok(back_to(&dashboard, id, Notice::new(Done::Replayed, queued)).into_response()),
            Err(ReplayError::Invalid(rejection)) => refused(rejection),
            Err(error) => Err(error.into()),
        };
    }
    match repairs.replay_size(organization_id, id, request).await {
        Ok(events) => {
            let counted = Counted::new(events, request, viewer.now);
            let form = ReplayForm::typed(&fields);
            let page = ReplayPage::new(&dashboard, &viewer, &webhook, form, Some(counted));
            Ok(Page::ok(page).into_response())
        }
        Err(ReplayError::Invalid(rejection)) => refused(rejection),
        Err(error) => Err(error.into()),
    }
}

fn read(fields: &Fields) -> Result<ReplayRequest, Rejection> {
    let since = fields.get("since").ok_or_else(|| Rejection::new("since", "must be given"))?;
    let status = fields.get("status").map(str::parse::<FinalStatus>).transpose();
    Ok(ReplayRequest {
        since: read_time("since", since)?,
        until: fields.get("until").map(|until| read_time("until", until)).transpose()?,
        status: status.map_err(|unknown| Rejection::new("status", unknown.to_string()))?,
    })
}

/// A moment as browsers send it, without an offset and often without seconds, or as we write it.
fn read_time(field: &'static str, text: &str) -> Result<Timestamp, Rejection> {
    let spellings = [text.to_owned(), format!("{text}Z"), format!("{text}:00Z")];
    let read = spellings.iter().find_map(|text| Timestamp::parse_rfc3339(text).ok());
    read.ok_or_else(|| Rejection::new(field, "must be a date and a time in UTC, such as 2026-03-10T14:05"))
}

/// What a field for dates and times shows.
fn field_value(moment: Timestamp) -> String {
    moment.to_string().chars().take(TO_THE_SECOND).collect()
}

impl ReplayPage {
    fn new(
        dashboard: &Dashboard,
        viewer: &Viewer,
        webhook: &Webhook,
        form: ReplayForm,
        counted: Option<Counted>,
    ) -> Self {
        Self {
            frame: Frame::new(dashboard, viewer, Section::Webhooks, None),
            id: webhook.id,
            url: webhook.url.as_sent().to_owned(),
            is_active: webhook.activity == WebhookActivity::Active,
            form,
            counted,
        }
    }
}

impl ReplayForm {
    /// What failed within a day.
    fn proposed(now: Timestamp) -> Self {
        let failed = FinalStatus::Failed.status().as_str();
        Self::new(field_value(now.saturating_sub(PROPOSED)), String::new(), failed)
    }

    /// As it was sent.
    fn typed(fields: &Fields) -> Self {
        let text = |name| fields.get(name).unwrap_or_default();
        Self::new(text("since").to_owned(), text("until").to_owned(), text("status"))
    }

    fn new(since: String, until: String, status: &str) -> Self {
        let choices = [
            (FinalStatus::Failed.status().as_str(), "that failed"),
            (FinalStatus::Cancelled.status().as_str(), "that were cancelled"),
            (FinalStatus::Delivered.status().as_str(), "that were delivered"),
            ("", "all of them, however they ended"),
        ];
        let choices =
            choices.map(|(name, words)| StatusChoice { name, words, chosen: name == status }).into();
        Self { since, until, choices, since_problem: None, until_problem: None }
    }

    /// The same with what is wrong, beside the field that it is about.
    fn refused(mut self, rejection: Rejection) -> Result<Self, PageFailure> {
        let problem = Some(rule::sentence(&rejection.rule));
        match rejection.field {
            "since" => self.since_problem = problem,
            "until" => self.until_problem = problem,
            _ => return Err(rejection.into()),
        }
        Ok(self)
    }
}

impl Counted {
    /// The end of the span is fixed now, so that what is sent is what was counted.
    fn new(events: u64, request: ReplayRequest, now: Timestamp) -> Self {
        let until = request.until.map_or(now, |until| until.min(now));
        Self {
            any: events > 0,
            events: amount::of(events, "event", "events"),
            since: When::new(request.since, now),
            until: When::new(until, now),
            status: request.status,
        }
    }
}

impl From<ReplayError> for PageFailure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Invalid(rejection) => rejection.into(),
            ReplayError::NotFound => Self::NotFound,
            ReplayError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_browsers_send_them_and_as_we_write_them() {
        for (text, moment) in [
            ("2026-03-10T14:05", "2026-03-10T14:05:00.000Z"),
            ("2026-03-10T14:05:06", "2026-03-10T14:05:06.000Z"),
            ("2026-03-10T14:05:06.789", "2026-03-10T14:05:06.789Z"),
            ("2026-03-10T14:05:06.789Z", "2026-03-10T14:05:06.789Z"),
        ] {
            let read = read_time("since", text).unwrap();
            assert_eq!(read.to_string(), moment, "{text}");
            assert_eq!(
                read_time("since", &field_value(read)).unwrap().as_unix_seconds(),
                read.as_unix_seconds()
            );
        }
        for text in ["", "now", "2026-03-10", "10.03.2026 14:05"] {
            assert_eq!(read_time("until", text).unwrap_err().field, "until", "{text}");
        }
    }
}
