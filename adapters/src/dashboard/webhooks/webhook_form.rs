//! The form that a webhook is made and changed with.

use super::event_choice::EventChoice;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::Fields;
use crate::dashboard::words::rule;
use slotflow_domain::Rejection;
use slotflow_domain::event::EventCatalog;
use slotflow_domain::webhook::Webhook;

/// What stands in the form, and what is wrong with it.
pub(super) struct WebhookForm {
    pub(super) url: String,
    pub(super) choices: Vec<EventChoice>,
    pub(super) url_problem: Option<String>,
    pub(super) events_problem: Option<String>,
}

/// The names of the events that were chosen, whether or not there is a box for them.
pub(super) fn chosen_events(fields: &Fields) -> Vec<String> {
    fields.all("events").map(str::to_owned).collect()
}

impl WebhookForm {
    /// For a new webhook: of bookings all is wanted, until somebody says otherwise.
    pub(super) fn empty(catalog: &EventCatalog) -> Self {
        Self::new(String::new(), EventChoice::all(catalog, |it| it.as_str().starts_with("booking.")))
    }

    /// As a webhook is.
    pub(super) fn of(webhook: &Webhook, catalog: &EventCatalog) -> Self {
        let choices = EventChoice::all(catalog, |event_type| webhook.events.contains(event_type));
        Self::new(webhook.url.as_sent().to_owned(), choices)
    }

    /// As it was sent.
    pub(super) fn typed(fields: &Fields, catalog: &EventCatalog) -> Self {
        let choices = EventChoice::all(catalog, |it| fields.all("events").any(|name| name == it.as_str()));
        Self::new(fields.get("url").unwrap_or_default().to_owned(), choices)
    }

    fn new(url: String, choices: Vec<EventChoice>) -> Self {
        Self { url, choices, url_problem: None, events_problem: None }
    }

    /// The same with what is wrong, beside the field that it is about.
    pub(super) fn refused(mut self, rejection: Rejection) -> Result<Self, PageFailure> {
        let problem = Some(rule::sentence(&rejection.rule));
        match rejection.field {
            "url" => self.url_problem = problem,
            "events" => self.events_problem = problem,
            _ => return Err(rejection.into()),
        }
        Ok(self)
    }

    /// The same, with this wrong about the URL.
    pub(super) fn with_url_problem(mut self, problem: &str) -> Self {
        self.url_problem = Some(rule::sentence(problem));
        self
    }
}
