//! Organizations, plans and keys, changed from the command line beside a running server.

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use slotflow_tests::command_line::run;
use slotflow_tests::database::Fresh;
use std::time::Duration;

use crate::api::{Api, BOTH, OFFLINE, text};

on_both_databases! {
    a_key_works_as_soon_as_it_exists_and_stops_when_it_is_revoked,
    a_change_of_plan_counts_at_once,
    organizations_are_listed_without_their_keys,
    a_row_that_was_set_aside_is_listed_and_judged_again,
    a_type_that_the_server_was_told_is_registered_for_and_comes_out_of_the_outbox,
}

async fn a_key_works_as_soon_as_it_exists_and_stops_when_it_is_revoked(database: Fresh) {
    let api = Api::start(database).await;
    let url = api.database.url();
    let created = ["key", "create", &api.organization.id, "--database-url", &url];
    let created = run(&created).await.expect("an end").json().expect("a key");
    let (id, key) = (text(&created, "/key_id"), text(&created, "/api_key"));
    assert!(key.starts_with("sk_live_") && key != api.key(), "not a key of its own");
    let status =
        async |key: &str| api.client.get("/v1/webhooks", key).await.expect("an answer").status.as_u16();
    assert_eq!(status(&key).await, 200);

    let listed = run(&["key", "list", &api.organization.id, "--database-url", &url]).await.expect("an end");
    assert_eq!((listed.code, listed.stdout.len()), (Some(0), 2), "{listed:?}");
    assert!(listed.stdout.iter().all(|line| !line.contains(&key)), "a key is shown once only");

    let revoked = run(&["key", "revoke", &id, "--database-url", &url]).await.expect("an end");
    assert!(revoked.json().expect("a key")["revoked_at"].is_string(), "{revoked:?}");
    assert_eq!(status(&key).await, 401);
    assert_eq!(status(api.key()).await, 200, "the other key goes on");
    let unknown =
        run(&["key", "revoke", &api.organization.id, "--database-url", &url]).await.expect("an end");
    assert_eq!((unknown.code, unknown.stderr.len()), (Some(1), 1), "{unknown:?}");
}

async fn a_change_of_plan_counts_at_once(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "free").await;
    let url = api.database.url();
    let set_plan = async |plan: &str| {
        let changed = run(&["org", "set-plan", &api.organization.id, plan, "--database-url", &url]).await;
        let changed = changed.expect("an end").json().expect("an organization");
        assert_eq!(changed["plan"], plan);
    };
    let register = async |number: u32| {
        let url = format!("https://hooks.acme.dev/{number}");
        api.try_to_register(&url, BOTH).await.status.as_u16()
    };
    assert_eq!((register(1).await, register(2).await, register(3).await), (201, 201, 402));
    set_plan("starter").await;
    assert_eq!(register(3).await, 201);

    set_plan("free").await;
    assert_eq!(register(4).await, 402);
    let kept = api.get("/v1/webhooks").await;
    assert_eq!(kept["total"], 3, "what exists stays");
    for (index, status) in [(0, 402), (1, 201)] {
        let path = format!("/v1/webhooks/{}", text(&kept, &format!("/webhooks/{index}/id")));
        api.delete(&path).await.expect_status(200).expect("a deleted webhook");
        assert_eq!(register(4).await, status, "two are the limit");
    }
}

async fn organizations_are_listed_without_their_keys(database: Fresh) {
    let url = database.url();
    // Flags may stand before the words, and behind them.
    let acme = run(&["--database-url", &url, "org", "create", "--name", "Acme", "--plan", "starter"]).await;
    let acme = acme.expect("an end").json().expect("an organization");
    let zoe = run(&["org", "--database-url", &url, "create", "--name", "Zoë's"]).await;
    let zoe = zoe.expect("an end").json().expect("an organization");
    assert_eq!((&acme["plan"], &zoe["plan"]), (&json!("starter"), &json!("free")));

    let listed = run(&["org", "list", "--database-url", &url]).await.expect("an end");
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let lines: Vec<Value> = listed
        .stdout
        .iter()
        .map(|line| serde_json::from_str(line).expect("a JSON object per line"))
        .collect();
    let without_key = |organization: &Value| {
        let mut organization = organization.clone();
        organization.as_object_mut().expect("an object").remove("api_key");
        organization
    };
    assert_eq!(lines, [without_key(&acme), without_key(&zoe)]);
}

async fn a_row_that_was_set_aside_is_listed_and_judged_again(database: Fresh) {
    let api = Api::start(database).await;
    let url = api.database.url();
    let connection = Database::connect(&url).await.expect("a connection");
    let insert =
        "INSERT INTO outbox (organization_id, event_type, data) VALUES ('acme', 'booking.confirmed', '{}')";
    connection.execute_unprepared(insert).await.expect("a row");
    let list = ["outbox", "list", "--database-url", &url];
    let row = eventually(async || run(&list).await.expect("an end").stdout.first().cloned()).await;
    let row: Value = serde_json::from_str(&row).expect("JSON");
    assert_eq!((&row["organization_id"], &row["event_type"]), (&json!("acme"), &json!("booking.confirmed")));
    assert_eq!(row["reason"], "organization_id must be a UUID");

    let corrected = format!("UPDATE outbox SET organization_id = '{}'", api.organization.id);
    connection.execute_unprepared(&corrected).await.expect("a row");
    let position = row["position"].to_string();
    let retry = ["outbox", "retry", &position, "--database-url", &url];
    assert_eq!(run(&retry).await.expect("an end").code, Some(0));
    let events = async || {
        api.get("/v1/events").await["events"].as_array().is_some_and(|it| it.len() == 1).then_some(())
    };
    eventually(events).await;
    assert_eq!(run(&list).await.expect("an end").stdout, [""; 0]);
    let again = run(&retry).await.expect("an end");
    assert_eq!((again.code, again.stderr.len()), (Some(1), 1), "{again:?}");
}

async fn a_type_that_the_server_was_told_is_registered_for_and_comes_out_of_the_outbox(database: Fresh) {
    let api =
        Api::start_with(database, &["--dev", "--event-types", "order.paid,order.refunded"], "growth").await;
    let webhook = api.register("/orders", &["order.paid"]).await;
    let connection = Database::connect(api.database.url()).await.expect("a connection");
    for event_type in ["order.refunded", "order.paid"] {
        let insert = format!(
            "INSERT INTO outbox (organization_id, event_type, data) VALUES ('{}', '{event_type}', '{{\"order_id\": 7}}')",
            api.organization.id
        );
        connection.execute_unprepared(&insert).await.expect("a row");
    }
    let arrived = api.arrivals("/orders", 1).await;
    let body: Value = serde_json::from_slice(&arrived[0].body).expect("JSON");
    assert_eq!((&body["event"], &body["data"]), (&json!("order.paid"), &json!({"order_id": 7})));
    assert_eq!(api.wait_for_deliveries(&webhook, &["delivered"]).await.len(), 1);
    let described = api.client.get("/openapi.json", "").await.expect("an answer").json;
    assert!(described.to_string().contains("order.refunded"), "the description names them");
    let refused = api.try_to_register("https://example.com/", &["order.lost"]).await;
    assert_eq!(refused.status.as_u16(), 422, "{refused:?}");
}

/// What `look` finds in the end: the outbox is read every second.
async fn eventually<T>(look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..100 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing was found within 10 s")
}
