//! The connection to a collector: plain HTTP, one connection per batch.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

/// Where a collector takes OTLP over HTTP: `http://collector.internal:4318`, perhaps with a path before `/v1/traces`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorUrl(String);

/// A URL that is no collector's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a URL like http://127.0.0.1:4318, without a user or a query (https is not supported)")]
pub struct NotACollector;

impl FromStr for CollectorUrl {
    type Err = NotACollector;

    fn from_str(text: &str) -> Result<Self, NotACollector> {
        let url: Uri = text.parse().map_err(|_| NotACollector)?;
        let has_user = url.authority().is_none_or(|authority| authority.as_str().contains('@'));
        let is_http = url.scheme() == Some(&uri::Scheme::HTTP);
        if !is_http || has_user || url.query().is_some() {
            return Err(NotACollector);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl CollectorUrl {
    /// Where it takes spans.
    pub(super) fn traces_url(&self) -> String {
        format!("{}/v1/traces", self.0)
    }
}

/// Sends what the exporter hands it.
#[derive(Debug)]
pub(super) struct Collector {
    runtime: Handle,
    /// Whether the last batch was lost, which is said once and not with every batch.
    failing: AtomicBool,
}

impl Collector {
    /// How long a batch may take.
    pub(super) const PATIENCE: Duration = Duration::from_secs(5);

    /// Most of an answer that is read, in bytes; a good one is a few.
    const MAX_ANSWER: usize = 64 * 1024;

    /// One that works on the runtime that calls this.
    pub(super) fn on_this_runtime() -> Self {
        Self { runtime: Handle::current(), failing: AtomicBool::new(false) }
    }

    /// Says in the log when batches begin to be lost, and when that is over.
    fn note(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let problem = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        let failed_before = self.failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(error) if !failed_before => tracing::warn!(%error, "the collector does not take spans"),
            None if failed_before => tracing::info!("the collector takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter calls this on a thread of its own, which belongs to no runtime.
        let sending = async { tokio::time::timeout(Self::PATIENCE, send(request)).await };
        let outcome = match self.runtime.spawn(sending).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(HttpError::from("no answer in time")),
            Err(error) => Err(error.into()),
        };
        self.note(&outcome);
        outcome
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().cloned().ok_or("a URL without a host")?;
    let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
    head.headers.insert(header::HOST, HeaderValue::from_str(authority.as_str())?);
    head.uri = head.uri.path_and_query().cloned().ok_or("a URL without a path")?.into();

    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what goes wrong on it is told there.
    tokio::spawn(connection);
    let response = sender.send_request(Request::from_parts(head, Full::new(body))).await?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, Collector::MAX_ANSWER).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_to_the_usual_path_below_the_url() {
        for (text, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://collector.internal:4318/", "http://collector.internal:4318/v1/traces"),
            ("http://[::1]/otlp", "http://[::1]/otlp/v1/traces"),
        ] {
            assert_eq!(text.parse::<CollectorUrl>().unwrap().traces_url(), url);
        }
    }

    #[test]
    fn what_spans_cannot_be_sent_to_is_refused() {
        for wrong in [
            "",
            "collector:4318",
            "/v1/traces",
            "https://collector.internal",
            "grpc://collector.internal:4317",
            "http://user:password@collector.internal",
            "http://collector.internal/?key=1",
            "http://",
        ] {
            assert_eq!(wrong.parse::<CollectorUrl>(), Err(NotACollector), "{wrong}");
        }
    }
}
