//! "The URL must be reachable from the internet": at registration, and again at every delivery.

use slotflow_tests::database::Fresh;

use crate::api::{Api, BOTH, OFFLINE, PATIENCE, SLOW_RETRIES, assert_error};

on_both_databases! {
    a_url_that_the_internet_cannot_reach_is_refused,
    an_address_is_judged_again_at_delivery,
}

async fn a_url_that_the_internet_cannot_reach_is_refused(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "growth").await;
    for url in [
        "http://hooks.acme.dev/",
        "https://localhost/",
        "https://printer.local/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://192.168.1.1:8443/",
        "https://168.63.129.16/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://hooks.acme.dev:0/",
    ] {
        assert_error(&api.try_to_register(url, BOTH).await, 422, "VALIDATION_ERROR");
    }
    assert_eq!(api.get("/v1/webhooks").await["total"], 0);
    api.try_to_register("https://8.8.8.8/", BOTH).await.expect_status(201).expect("a public address");
}

async fn an_address_is_judged_again_at_delivery(database: Fresh) {
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    let ended = api.server.process().terminate(PATIENCE).await.expect("an end");
    assert!(ended.success(), "{ended}");

    // What development allowed, production does not.
    api.start_again(&["--retry-delays", "none", "--allow-http"]).await;
    api.book().await;
    let delivery = api.only_delivery(&webhook, "failed").await;
    assert_eq!(delivery["attempts"][0]["outcome"], "blocked_address", "{delivery:#}");
    assert_eq!(api.receiver.arrivals("/").len(), 0);
}
