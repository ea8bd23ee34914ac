//! The demo's client: JSON to the API over real HTTP.

use crate::failure::Failure;
use anyhow::Context;
use axum::body::Bytes;
use axum::http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;

/// A client of one server, with one key.
pub(super) struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
    authorization: String,
}

impl Client {
    pub(super) fn new(server: SocketAddr, key: &str) -> Self {
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { http, server, authorization: format!("Bearer {key}") }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.request(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.request(Method::POST, path, body.to_string().into()).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.request(Method::DELETE, path, Bytes::new()).await
    }

    async fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.server))
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(anyhow::Error::from)?;
        let response = self.http.request(request).await.context("the server does not answer")?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(anyhow::Error::from)?.to_bytes();
        if !status.is_success() {
            let said = String::from_utf8_lossy(&body);
            return Err(anyhow::anyhow!("the server answered {status} to {path}: {said}").into());
        }
        Ok(serde_json::from_slice(&body).map_err(anyhow::Error::from)?)
    }
}
