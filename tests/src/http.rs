//! A small JSON client for the API, which hides nothing: status, headers and the exact bytes stay visible.

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// One server, called with plain HTTP/1.1.
#[derive(Debug, Clone)]
pub struct JsonClient {
    base_url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What the server answered, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status line's code.
    pub status: StatusCode,
    /// All headers of the answer.
    pub headers: HeaderMap,
    /// The body as JSON; `Null` if it is none.
    pub json: Value,
    /// The body's bytes, as they came.
    pub bytes: Bytes,
}

impl Answer {
    /// The answer, if its status is this one.
    ///
    /// # Errors
    /// Names both statuses and shows the body.
    pub fn expect_status(self, expected: u16) -> anyhow::Result<Answer> {
        let body = String::from_utf8_lossy(&self.bytes);
        anyhow::ensure!(self.status == expected, "expected {expected}, not {}: {body}", self.status);
        Ok(self)
    }

    /// `error.code` of an error answer, in the contract's form.
    pub fn error_code(&self) -> Option<&str> {
        self.json.pointer("/error/code")?.as_str()
    }
}

impl JsonClient {
    /// A client of the server at `base_url`, which has no trailing slash.
    pub fn new(base_url: impl Into<String>) -> JsonClient {
        // A call on a connection that the server had just closed is not sent again: a test sees what it did.
        let client = Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http();
        JsonClient { base_url: base_url.into(), client }
    }

    /// `GET`, with `key` as bearer if there is one.
    pub async fn get<'a>(&self, path: &str, key: impl Into<Option<&'a str>>) -> anyhow::Result<Answer> {
        self.call(Method::GET, path, key.into(), None).await
    }

    /// `POST` of a JSON body.
    pub async fn post<'a>(
        &self,
        path: &str,
        key: impl Into<Option<&'a str>>,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        self.call(Method::POST, path, key.into(), Some(body)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch<'a>(
        &self,
        path: &str,
        key: impl Into<Option<&'a str>>,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        self.call(Method::PATCH, path, key.into(), Some(body)).await
    }

    /// `DELETE`, without a body.
    pub async fn delete<'a>(&self, path: &str, key: impl Into<Option<&'a str>>) -> anyhow::Result<Answer> {
        self.call(Method::DELETE, path, key.into(), None).await
    }

    /// Any request; `path` is put behind the base URL. For the headers and bodies that the calls above can't say.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let url = format!("{}{path}", self.base_url);
        let described = format!("{method} {url}");
        let mut request = Request::builder().method(method).uri(url).body(Full::new(body))?;
        *request.headers_mut() = headers;
        let answer = self.client.request(request).await.with_context(|| described.clone())?;
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.with_context(|| described)?.to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status: parts.status, headers: parts.headers, json, bytes })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            headers.insert(header::AUTHORIZATION, format!("Bearer {key}").parse()?);
        }
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            bytes = serde_json::to_vec(body)?.into();
        }
        self.send(method, path, headers, bytes).await
    }
}
