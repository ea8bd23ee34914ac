//! One attempt, from the first look-up to the last byte.

use super::answer::Answer;
use super::connection::{Connection, Unanswered};
use super::dialler::Dialler;
use super::failure::AttemptFailure;
use super::idle_connections::{IdleConnections, Place};
use super::post::{Post, post};
use super::settings::{SenderSettings, UnusableSettings};
use super::stopwatch::Stopwatch;
use super::tls;
use async_trait::async_trait;
use http::StatusCode;
use slotflow_application::ports::{HostResolver, WebhookSender};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptRequest, AttemptResponse};
use slotflow_domain::webhook::UrlRejection;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Sends events over HTTP/1.1, following no redirect, to addresses that the rules allow.
///
/// Connections are used again. When the receiver has closed one before a byte of the request was written,
/// the request goes out once more on a fresh connection, within the same deadline. When it closes while the
/// request is being written, nobody can know what it has read: that is a failed attempt, never a second
/// POST. A connection waits for the next request for up to 30 s and lives for up to 5 minutes; up to 8 wait per place,
/// 1,024 in all.
///
/// Up to 16 KiB of a response's body and 8 KiB of its headers are kept (the contract's bounds).
pub struct HttpSender {
    dialler: Dialler,
    idle: IdleConnections,
    request_timeout: Duration,
}

impl HttpSender {
    /// A sender that looks names up with `resolver`.
    ///
    /// # Errors
    /// Settings that it cannot work with.
    pub fn new(settings: SenderSettings, resolver: Arc<dyn HostResolver>) -> Result<Self, UnusableSettings> {
        let tls = tls::connector(settings.extra_ca_file.as_deref())?;
        Ok(Self {
            dialler: Dialler { resolver, rules: settings.url_rules, tls, proxy: settings.egress_proxy },
            idle: IdleConnections::default(),
            request_timeout: settings.request_timeout,
        })
    }

    async fn exchange(
        &self,
        request: &AttemptRequest,
        watch: &mut Stopwatch,
    ) -> Result<AttemptResponse, AttemptFailure> {
        let deadline = watch.started() + self.request_timeout;
        request.url.judge(&self.dialler.rules).map_err(|rejection| match rejection {
            UrlRejection::NotEncrypted => AttemptFailure::NotEncrypted,
            _ => AttemptFailure::Blocked,
        })?;
        let place = Place::of(&request.url, self.dialler.proxy.as_ref());
        let mut post = post(request)?;
        if let Some(connection) = self.idle.take(&place) {
            match self.ask(connection, post, &place, deadline, watch).await {
                Ok(response) => return Ok(response),
                Err(Unanswered::Lost(failure)) => return Err(failure),
                Err(Unanswered::NeverSent(unsent)) => post = *unsent,
            }
        }
        let connection =
            timeout_at(deadline, self.dialler.connect(&request.url, watch)).await.map_err(|_| {
                AttemptFailure::ConnectTimeout { phase: watch.under_way(), within: self.request_timeout }
            })??;
        self.ask(connection, post, &place, deadline, watch).await.map_err(|unanswered| match unanswered {
            Unanswered::Lost(failure) => failure,
            Unanswered::NeverSent(_) => AttemptFailure::Protocol(
                "the receiver answered, or closed the connection, before the request was sent",
            ),
        })
    }

    /// Sends `post` and reads the answer; keeps the connection if it can be used again.
    async fn ask(
        &self,
        mut connection: Connection,
        post: Post,
        place: &Place,
        deadline: Instant,
        watch: &mut Stopwatch,
    ) -> Result<AttemptResponse, Unanswered> {
        watch.connected_to(connection.peer());
        let head = timeout_at(deadline, connection.ask(post))
            .await
            .unwrap_or(Err(Unanswered::Lost(AttemptFailure::AnswerTimeout(self.request_timeout))));
        watch.first_byte_took(connection.first_byte());
        let answer = match (head, connection.seen_status()) {
            (Ok(head), _) => Answer::read(head, deadline).await,
            (Err(Unanswered::Lost(_)), Some(status)) => Answer::of_status(status),
            (Err(unanswered), _) => return Err(unanswered),
        };
        if answer.complete {
            self.idle.keep(place.clone(), connection);
        }
        Ok(answer.response)
    }

    #[cfg(test)]
    pub(super) fn idle_connections(&self) -> usize {
        self.idle.count()
    }
}

#[async_trait]
impl WebhookSender for HttpSender {
    async fn send(&self, request: AttemptRequest) -> AttemptReport {
        let mut watch = Stopwatch::start();
        let result = self.exchange(&request, &mut watch).await;
        let (duration, exchange) = watch.stop();
        match result {
            Ok(response) => {
                let outcome = AttemptOutcome::of_status(response.status);
                let error = (outcome != AttemptOutcome::Success).then(|| refusal(response.status));
                AttemptReport { outcome, response: Some(response), error, duration, exchange }
            }
            Err(failure) => AttemptReport {
                outcome: failure.outcome(),
                response: None,
                error: Some(failure.to_string()),
                duration,
                exchange,
            },
        }
    }
}

/// `the receiver answered 500 Internal Server Error`
fn refusal(status: u16) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let name = name.map(|name| format!(" {name}")).unwrap_or_default();
    let hint = if (300..400).contains(&status) { "; redirects are not followed" } else { "" };
    format!("the receiver answered {status}{name}{hint}")
}
