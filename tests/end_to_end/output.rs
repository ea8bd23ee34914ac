//! All that the server prints, when everything is asked for, holds nobody's secret and nobody's name.

use std::collections::BTreeSet;

use serde_json::json;
use slotflow_tests::command_line::SECRET_KEY;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, booking, text};

on_both_databases! {
    nothing_secret_and_nobodys_name_is_printed_even_at_the_loudest_level,
}

const NAME: &str = "Zaphod Quillfeather";
const ADDRESS: &str = "zaphod.quillfeather@attendee.example";

async fn nothing_secret_and_nobodys_name_is_printed_even_at_the_loudest_level(database: Fresh) {
    let mut api = Api::start_with(database, QUICK_RETRIES, "growth").await;
    api.server.process().terminate(PATIENCE).await.expect("an end");
    let loudest = &[("RUST_LOG", Some("trace"))];
    api.server = Server::start_in(&api.database.url(), QUICK_RETRIES, loudest).await.expect("a server");
    api.client = api.server.client();

    let good = api.register("/", BOTH).await;
    let failing = api.register("/failing", BOTH).await;
    api.receiver.answer("/failing", [Reply::status(500).saying("sorry, Zaphod"), Reply::status(200)]);
    let booking =
        booking(&format!(r#", "attendee_email": "{ADDRESS}", "metadata": {{"lead": "quill-4711"}}"#))
            .replace("Alex Rivera", NAME);
    let booked = api.post_text("/v1/bookings", &booking).await.expect_status(201).expect("a booking").json;
    api.wait_for_deliveries(&good, &["delivered"]).await;
    api.wait_for_deliveries(&failing, &["delivered"]).await;
    let rotated = api.post_text(&format!("{}/rotate-secret", good.path()), "{}").await;
    let rotated = text(&rotated.expect_status(200).expect("the webhook").json, "/signing_secret");
    api.cancel(&text(&booked, "/id")).await;
    api.wait_for_deliveries(&good, &["delivered", "delivered"]).await;
    // What is refused, too: by a rule, by the parser, for its key.
    api.try_to_register("ftp://receiver.example.com/", BOTH).await;
    api.post_text("/v1/bookings", &booking[..booking.len() - 5]).await;
    api.post_text("/v1/bookings", &booking.replace(ADDRESS, &format!("{ADDRESS}\\u0000"))).await;
    let refused = format!("{}x", api.key());
    api.client
        .post("/v1/bookings", refused.as_str(), &json!({"attendee_email": ADDRESS}))
        .await
        .expect("a 401");
    api.deliveries(&failing).await;
    api.get("/v1/webhooks").await;

    #[cfg(target_os = "linux")]
    {
        let id = api.server.process().id().expect("it runs");
        let seen = std::fs::read(format!("/proc/{id}/cmdline")).expect("what everybody sees of a process");
        assert!(!String::from_utf8_lossy(&seen).contains(SECRET_KEY));
    }
    api.server.process().terminate(PATIENCE).await.expect("an end");
    let printed = api.server.process().output();
    assert!(printed.contains("DEBUG") && printed.contains("INFO"), "it was loud: {printed}");
    let encoded = |secret: &str| secret.trim_start_matches("whsec_").to_owned();
    let never = [
        encoded(&good.secret),
        encoded(&failing.secret),
        encoded(&rotated),
        "whsec_".to_owned(),
        api.key().to_owned(),
        SECRET_KEY.to_owned(),
        NAME.to_owned(),
        "Zaphod".to_owned(),
        ADDRESS.to_owned(),
        "quill-4711".to_owned(),
    ];
    let found: BTreeSet<_> = printed
        .lines()
        .filter(|line| never.iter().any(|never| line.contains(never)))
        .map(|line| line.chars().take(600).collect::<String>())
        .collect();
    assert!(found.is_empty(), "{} lines, the first: {:#?}", found.len(), found.first());
}
