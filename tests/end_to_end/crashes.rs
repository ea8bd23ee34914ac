//! Ends without order.

use std::time::Duration;

use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;

use crate::api::{Api, BOTH};

const ARGUMENTS: &[&str] = &["--dev", "--request-timeout", "10s", "--retry-delays", "1s,2s"];
/// Half of the lease, which is not waited for.
const SOON: Duration = Duration::from_secs(15);

on_both_databases! {
    an_attempt_whose_process_was_killed_is_made_again_soon_as_the_same_attempt,
}

async fn an_attempt_whose_process_was_killed_is_made_again_soon_as_the_same_attempt(database: Fresh) {
    let mut api = Api::start_with(database, ARGUMENTS, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200).after(Duration::from_secs(60)), Reply::status(200)]);
    api.book().await;
    api.arrivals("/", 1).await;
    api.server.process().kill().await.expect("an end");

    api.start_again(ARGUMENTS).await;
    let arrivals = api.receiver.wait_for("/", 2, SOON).await.expect("the same attempt again");

    for header in ["webhook-id", "x-slotflow-delivery", "x-slotflow-attempt"] {
        assert_eq!(arrivals[1].header(header), arrivals[0].header(header), "{header}");
    }
    assert_eq!(arrivals[1].header("x-slotflow-attempt"), "1");
    assert_eq!(arrivals[1].body, arrivals[0].body);
    let delivery = api.only_delivery(&webhook, "delivered").await;
    assert_eq!(delivery["attempt_count"], 1, "{delivery:#}");
}
