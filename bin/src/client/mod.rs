//! A client of a running server: JSON over HTTP/1.1, encrypted where the URL says so.
//!
//! | module | is |
//! |---|---|
//! | `server_url` | where the server is |
//! | `trust` | which certificates it may have |
//! | `answer` | what it said, as the text it came in |
//! | `error` | what went wrong, in words for whoever typed the command |

mod answer;
mod error;
mod server_url;
#[cfg(test)]
mod tests;
mod trust;

pub(crate) use answer::Answer;
pub(crate) use error::CallError;
pub(crate) use server_url::ServerUrl;
pub(crate) use trust::trusting;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use serde_json::Value;
use slotflow_adapters::system::SystemEntropy;
use slotflow_application::ports::Entropy as _;
use slotflow_domain::idempotency::IdempotencyKey;
use slotflow_domain::organization::ApiKey;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection may take to come about: long enough for any network, short enough to be waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take in all.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a POST is sent while no answer comes in time.
const POSTS: u32 = 2;
/// Largest answer that is read, in bytes. A full page of the largest events is far below it.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// A client of one server, with one key. Calls after one another share a connection.
pub(crate) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    server: ServerUrl,
    authorization: HeaderValue,
    entropy: SystemEntropy,
}

impl Client {
    /// A client that trusts the certificates that `tls` does.
    pub(crate) fn new(server: ServerUrl, key: &ApiKey, tls: ClientConfig) -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = legacy::Client::builder(TokioExecutor::new()).build(connector);
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose()))?;
        authorization.set_sensitive(true);
        Ok(Self { http, server, authorization, entropy: SystemEntropy::new()? })
    }

    /// `GET`; `path` begins with a slash and may have a query.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, CallError> {
        self.call(Method::GET, path, None).await
    }

    /// `POST` with a JSON body, or without one. It goes out under a key of its own, so that it can be sent once
    /// more when no answer comes in time, and is carried out once all the same.
    pub(crate) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Answer, CallError> {
        let key = self.entropy.token().to_string();
        for _ in 0..POSTS {
            if let Ok(answer) =
                timeout(ANSWER_TIMEOUT, self.exchange(Method::POST, path, body, Some(&key))).await
            {
                return answer;
            }
        }
        Err(CallError::late(&self.server, POSTS * ANSWER_TIMEOUT))
    }

    /// `PATCH` with a JSON body.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Answer, CallError> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE`.
    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, CallError> {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, CallError> {
        match timeout(ANSWER_TIMEOUT, self.exchange(method, path, body, None)).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::late(&self.server, ANSWER_TIMEOUT)),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Answer, CallError> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.server.with(path))
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(key) = key {
            request = request.header(IdempotencyKey::HEADER, key);
        }
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request =
            request.body(Full::new(bytes)).map_err(|error| CallError::unreachable(&self.server, &error))?;
        let response =
            self.http.request(request).await.map_err(|error| CallError::unreachable(&self.server, &error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| CallError::broken_off(&self.server, error.as_ref()))?.to_bytes();
        match Answer::read(&body) {
            Some(answer) if head.status.is_success() => Ok(answer),
            answer => Err(CallError::refused(&self.server, &head, answer)),
        }
    }
}
