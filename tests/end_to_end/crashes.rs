//! Ends without order.

use std::time::Duration;

use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;

use crate::api::{Api, BOTH};

/// The shortest lease there is: it decides how long this test takes.
const ARGUMENTS: &[&str] = &["--dev", "--request-timeout", "1s", "--lease", "21s", "--retry-delays", "1s,2s"];
const LEASE: Duration = Duration::from_secs(21);

#[tokio::test]
async fn an_attempt_whose_process_was_killed_is_made_again_as_the_same_attempt() {
    let database = Fresh::sqlite().expect("a directory");
    let mut api = Api::start_with(database, ARGUMENTS, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200).after(Duration::from_secs(5)), Reply::status(200)]);
    api.book().await;
    api.arrivals("/", 1).await;
    api.server.process().kill().await.expect("an end");

    api.start_again(ARGUMENTS).await;
    assert_eq!(api.deliveries(&webhook).await[0]["status"], "delivering");
    let arrivals = api.receiver.wait_for("/", 2, LEASE * 2).await.expect("the same attempt again");

    let waited = arrivals[1].at.duration_since(arrivals[0].at);
    // The lease began before the request was sent.
    assert!(waited > LEASE - Duration::from_secs(1), "the lease was not waited for: {waited:?}");
    for header in ["webhook-id", "x-slotflow-delivery", "x-slotflow-attempt"] {
        assert_eq!(arrivals[1].header(header), arrivals[0].header(header), "{header}");
    }
    assert_eq!(arrivals[1].header("x-slotflow-attempt"), "1");
    assert_eq!(arrivals[1].body, arrivals[0].body);
    let delivery = api.only_delivery(&webhook, "delivered").await;
    assert_eq!(delivery["attempt_count"], 1, "{delivery:#}");
}
