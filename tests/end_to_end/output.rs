//! All that the server prints, when everything is asked for, holds nobody's secret and nobody's name.

use std::collections::BTreeSet;

use http::{HeaderValue, Method};
use sea_orm::{ConnectionTrait, Database, DbBackend};
use serde_json::json;
use slotflow_tests::command_line::SECRET_KEY;
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, booking, text};

on_both_databases! {
    nothing_secret_and_nobodys_name_is_printed_even_at_the_loudest_level,
}

const NAME: &str = "Zaphod Quillfeather";
const ADDRESS: &str = "zaphod.quillfeather@attendee.example";
const IDEMPOTENCY_KEY: &str = "order-quill-9f3a";

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
    // Once more under a key, and what is refused: by a rule, by the parser, for its key, for what was before it.
    let rebooking = booking.replace("2031-03-10", "2031-03-11");
    for (body, status) in [(&rebooking, 201), (&rebooking, 201), (&booking, 409)] {
        post_keyed(&api, "/v1/bookings", body).await.expect_status(status).expect("an answer of before");
    }
    api.post_text("/v1/bookings", &rebooking).await.expect_status(409).expect("a slot that is taken");
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
    // The store fails, and tells of the row that it did not take.
    refuse_bookings(&api.database.url()).await;
    let another = booking.replace("2031-03-10", "2031-03-12");
    api.post_text("/v1/bookings", &another).await.expect_status(500).expect("a failure");

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
        IDEMPOTENCY_KEY.to_owned(),
    ];
    let printed = end(&mut api.server, &never).await;
    // Nothing in the program says anything at TRACE as of now; what comes to do so is searched too.
    for level in [" INFO ", " DEBUG "] {
        assert!(printed.contains(level), "it was not that loud: {level}");
    }
    assert!(printed.contains("status=500"), "no failure");
    assert_silent(&printed, &never);

    // Whoever asks too much, on a server of its own: above, looking again is asking.
    let arguments = [QUICK_RETRIES, &["--rate-limit", "1"]].concat();
    api.server = Server::start_in(&api.database.url(), &arguments, loudest).await.expect("a server");
    api.client = api.server.client();
    let mut refused = false;
    for _ in 0..20 {
        refused |= api.post_text("/v1/bookings", &booking).await.status == 429;
    }
    assert!(refused, "no 429");
    assert_silent(&end(&mut api.server, &never).await, &never);
}

async fn post_keyed(api: &Api, path: &str, body: &str) -> Answer {
    let mut headers = api.authorized();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("idempotency-key", HeaderValue::from_static(IDEMPOTENCY_KEY));
    api.client.send(Method::POST, path, headers, body.to_owned().into()).await.expect("an answer")
}

/// Makes the database refuse every booking.
async fn refuse_bookings(url: &str) {
    let connection = Database::connect(url).await.expect("a connection");
    let statement = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "CREATE TRIGGER refuse BEFORE INSERT ON bookings BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        // Its message has the whole row as a detail.
        _ => "ALTER TABLE bookings ADD CONSTRAINT refused CHECK (false) NOT VALID",
    };
    connection.execute_unprepared(statement).await.expect("a rule");
    connection.close().await.expect("an end");
}

/// Looks at what everybody on the machine sees of the process, and ends it. What it has printed.
async fn end(server: &mut Server, never: &[String]) -> String {
    #[cfg(target_os = "linux")]
    {
        let id = server.process().id().expect("it runs");
        let seen = std::fs::read(format!("/proc/{id}/cmdline")).expect("what everybody sees of a process");
        let seen = String::from_utf8_lossy(&seen);
        assert!(seen.contains("serve"), "{seen}");
        assert_silent(&seen, never);
    }
    server.process().terminate(PATIENCE).await.expect("an end");
    server.process().output()
}

#[track_caller]
fn assert_silent(printed: &str, never: &[String]) {
    let found: BTreeSet<_> = printed
        .lines()
        .filter(|line| never.iter().any(|never| line.contains(never)))
        .map(|line| line.chars().take(600).collect::<String>())
        .collect();
    assert!(found.is_empty(), "{} lines, the first: {:#?}", found.len(), found.first());
}
