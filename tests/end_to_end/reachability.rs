//! "The URL must be reachable from the internet": at registration, and again at every delivery.

use slotflow_tests::database::Fresh;
use slotflow_tests::egress_proxy::EgressProxy;

use crate::api::{Api, BOTH, OFFLINE, SLOW_RETRIES, assert_error, text};

on_both_databases! {
    a_url_that_the_internet_cannot_reach_is_refused,
    a_name_is_looked_up_when_it_is_registered,
    an_address_is_judged_again_at_delivery,
    operators_open_and_close_networks,
    requests_leave_through_the_proxy_alone,
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

async fn a_name_is_looked_up_when_it_is_registered(database: Fresh) {
    // As it is installed. With no name server in reach the words are others, but there are some.
    let mut api = Api::start_with(database, &[], "growth").await;
    let nowhere = "https://receiver.example.com./";
    let answer = api.try_to_register(nowhere, BOTH).await;
    assert_error(&answer, 422, "VALIDATION_ERROR");
    let message = text(&answer.json, "/error/message");
    assert!(message.starts_with("url: host receiver.example.com cannot be reached: the "), "{message}");
    assert_eq!(api.get("/v1/webhooks").await["total"], 0);

    // A name that no name server may know (RFC 6761), so none is asked; strict rules refuse it before.
    api.restart(&["--allow-private-networks"]).await;
    let never = "https://receiver.invalid./";
    let answer = api.try_to_register(never, BOTH).await;
    assert_error(&answer, 422, "VALIDATION_ERROR");
    let words = "url: host receiver.invalid cannot be reached: the host name does not exist";
    assert_eq!(answer.json["error"]["message"], words);

    api.restart(&["--allow-private-networks", "--resolve-on-registration=false"]).await;
    for url in [nowhere, never] {
        api.try_to_register(url, BOTH).await.expect_status(201).expect("a name that is not looked up");
    }
}

async fn an_address_is_judged_again_at_delivery(database: Fresh) {
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;

    // What development allowed, production does not.
    api.restart(&["--retry-delays", "none", "--allow-http"]).await;
    api.book().await;
    let delivery = api.only_delivery(&webhook, "failed").await;
    assert_eq!(delivery["attempts"][0]["outcome"], "blocked_address", "{delivery:#}");
    assert_eq!(api.receiver.arrivals("/").len(), 0);
}

async fn operators_open_and_close_networks(database: Fresh) {
    let opened = ["--allow-http", "--allow-cidr", "127.0.0.0/8,10.1.0.0/16", "--retry-delays", "none"];
    let denied = ["--deny-cidr", "127.0.0.2", "--deny-cidr", "10.1.2.0/24, 8.8.8.8"];
    let mut api = Api::start_with(database, &[&opened[..], &denied].concat(), "growth").await;
    let webhook = api.register("/", BOTH).await;
    for (url, why) in [
        ("http://127.0.0.2/", "host 127.0.0.2 is in a network that this installation does not send to"),
        ("http://0xa.1.515/", "host 10.1.2.3 is in a network that this installation does not send to"),
        ("https://8.8.8.8/", "host 8.8.8.8 is in a network that this installation does not send to"),
        ("http://10.2.0.1/", "host 10.2.0.1 is not a public address (private network)"),
        ("http://169.254.169.254/", "host 169.254.169.254 is not a public address (cloud metadata)"),
        ("http://[::ffff:10.1.0.1]/", "host ::ffff:10.1.0.1 is not a public address (IPv4-mapped)"),
    ] {
        let answer = api.try_to_register(url, BOTH).await;
        assert_error(&answer, 422, "VALIDATION_ERROR");
        assert_eq!(answer.json["error"]["message"], format!("url: {why}"));
    }
    api.book().await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    assert_eq!(delivery["attempts"][0]["outcome"], "success", "{delivery:#}");

    // A network that is closed later is closed to webhooks that are there already.
    api.restart(&[&opened[..], &["--deny-cidr", "127.0.0.1/32"]].concat()).await;
    api.book().await;
    let deliveries = api.wait_for_deliveries(&webhook, &["failed", "delivered"]).await;
    let blocked = api.get(&format!("/v1/deliveries/{}", text(&deliveries[0], "/id"))).await;
    assert_eq!(blocked["attempts"][0]["outcome"], "blocked_address", "{blocked:#}");
    assert_eq!(api.receiver.arrivals("/").len(), 1);
}

async fn requests_leave_through_the_proxy_alone(database: Fresh) {
    let proxy = EgressProxy::start().await.expect("a proxy");
    let through = format!("http://me:hunter2@{}", proxy.address);
    let arguments = ["--dev", "--retry-delays", "none", "--egress-proxy", &through];
    let mut api = Api::start_with(database, &arguments, "growth").await;
    let url = api.receiver.url("/hook").replace("127.0.0.1", "localhost");
    let webhook = api.register_url(&url, BOTH).await;
    api.book().await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    let arrivals = api.receiver.arrivals("/hook");
    assert_eq!(arrivals.len(), 1);
    let heads = proxy.heads();
    assert!(!heads.is_empty(), "the proxy was passed by: {delivery:#}");
    for head in heads {
        // By its address, whichever of the two, and with the credentials that nobody else sees.
        assert!(!head.contains("localhost"), "{head}");
        assert!(head.contains("\r\nProxy-Authorization: Basic bWU6aHVudGVyMg==\r\n"), "{head}");
    }
    assert!(!delivery.to_string().contains("hunter2"), "{delivery:#}");
    assert!(!api.server.process().output().contains("hunter2"));
}
