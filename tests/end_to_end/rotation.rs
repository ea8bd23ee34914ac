//! Renewing a webhook's secret while its receiver goes on checking signatures.

use std::time::Duration;

use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Arrival;
use standardwebhooks::Webhook as StandardWebhook;
use tokio::time::sleep;

use crate::api::{Api, BOTH, Webhook, text};
use crate::signatures::slotflow_tag;

on_both_databases! {
    a_receiver_never_meets_a_delivery_that_it_cannot_check,
}

impl Webhook {
    /// The same webhook, known by another secret.
    fn with(&self, secret: String) -> Webhook {
        Webhook { id: self.id.clone(), secret }
    }

    /// Whether a receiver that knows this webhook's secret takes the request, by either family of headers.
    fn accepts(&self, arrival: &Arrival) -> bool {
        let standard = StandardWebhook::new(&self.secret).expect("a secret");
        let by_standard = standard.verify(&arrival.body, &arrival.headers).is_ok();
        let tag = slotflow_tag(&self.secret, arrival.header("webhook-timestamp"), &arrival.body);
        let by_ours = arrival.header("x-slotflow-signature").contains(&format!(",v1={tag}"));
        assert_eq!(by_standard, by_ours, "both families say the same");
        by_ours
    }
}

/// How many signatures a request carries, by either family of headers.
fn signatures(arrival: &Arrival) -> usize {
    let ours = arrival.header("x-slotflow-signature").matches("v1=").count();
    assert_eq!(arrival.header("webhook-signature").split(' ').count(), ours);
    ours
}

async fn a_receiver_never_meets_a_delivery_that_it_cannot_check(database: Fresh) {
    let api = Api::start(database).await;
    let old = api.register("/", BOTH).await;
    let path = format!("{}/rotate-secret", old.path());
    let rotated = api.post_text(&path, r#"{"overlap_seconds": 4}"#).await;
    let rotated = rotated.expect_status(200).expect("the webhook").json;
    let new = old.with(text(&rotated, "/signing_secret"));
    assert_ne!(new.secret, old.secret);
    assert_eq!(api.get(&old.path()).await["signing_secret"], json!(new.secret));

    api.book().await;
    let during = &api.arrivals("/", 1).await[0];
    assert_eq!(signatures(during), 2);
    assert!(old.accepts(during) && new.accepts(during), "both secrets fit during the overlap");

    sleep(Duration::from_secs(4)).await;
    api.book().await;
    let after = &api.arrivals("/", 2).await[1];
    assert_eq!(signatures(after), 1);
    assert!(new.accepts(after) && !old.accepts(after), "the new secret alone fits after it");

    // Without a body and its label, as one would type it.
    let newest = api.client.send(http::Method::POST, &path, api.authorized(), bytes::Bytes::new()).await;
    let newest = newest.expect("an answer").expect_status(200).expect("the webhook").json;
    assert_ne!(text(&newest, "/signing_secret"), new.secret);
    api.book().await;
    let later = &api.arrivals("/", 3).await[2];
    assert!(
        new.accepts(later) && new.with(text(&newest, "/signing_secret")).accepts(later),
        "a day's overlap"
    );
}
