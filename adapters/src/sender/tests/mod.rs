//! The sender against real sockets on loopback.

mod addresses;
mod answers;
mod authority;
mod connections;
mod exchanges;
mod hostile;
mod name_server;
mod names;
mod proxies;
mod rebinding;
mod receiver;
mod request_bytes;
mod stalls;
mod tls;

use super::{HttpSender, SenderSettings};
use async_trait::async_trait;
use receiver::Receiver;
use slotflow_application::ports::{HostResolver, ResolveError, WebhookSender};
use slotflow_domain::delivery::{AttemptReport, AttemptRequest};
use slotflow_domain::event::Payload;
use slotflow_domain::webhook::{UrlRules, WebhookUrl};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Long enough that no test that passes gets near it.
const PATIENT: Duration = Duration::from_secs(10);
/// Short enough to wait for.
const HASTY: Duration = Duration::from_millis(400);
/// How much later than its deadline an attempt may end on a busy machine.
const SLACK: Duration = Duration::from_secs(3);

/// A name service that says the same of every name.
struct Resolver(Result<Vec<IpAddr>, ResolveError>);

#[async_trait]
impl HostResolver for Resolver {
    async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
        self.0.clone()
    }
}

/// A name service that says of each name what this function does.
struct Answering<F>(F);

#[async_trait]
impl<F: Fn(&str) -> Vec<IpAddr> + Send + Sync> HostResolver for Answering<F> {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        Ok((self.0)(name))
    }
}

fn resolver(addresses: &[&str]) -> Arc<Resolver> {
    Arc::new(Resolver(Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())))
}

fn development(request_timeout: Duration) -> SenderSettings {
    SenderSettings { request_timeout, url_rules: UrlRules::development(), ..SenderSettings::default() }
}

/// A sender that may send to loopback, where every name leads.
fn sender(request_timeout: Duration) -> HttpSender {
    HttpSender::new(development(request_timeout), resolver(&["127.0.0.1"])).unwrap()
}

fn request(url: &str) -> AttemptRequest {
    AttemptRequest {
        url: WebhookUrl::from_stored(url).unwrap(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "Slotflow-Webhooks/0.1.0".to_owned()),
            ("x-slotflow-signature", "t=1773151500,v1=00ff".to_owned()),
            ("webhook-id", "0195a8c4-0000-7000-8000-000000000000".to_owned()),
        ],
        body: Payload::from_stored(r#"{"event":"booking.confirmed","name":"Zoë"}"#.as_bytes()),
    }
}

/// What comes of one attempt at a receiver that answers each request with `answer`.
async fn attempt_at(answer: impl Into<Vec<u8>>) -> AttemptReport {
    let receiver = Receiver::answering(answer).await;
    sender(PATIENT).send(request(&receiver.url())).await
}
