//! `your_http`: the API and the dashboard beneath a prefix of somebody else's service, for its own users.

use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::http::JsonClient;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server_binary::example;
use std::time::Duration;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(30);

const USER: &str = "ann";

#[tokio::test]
async fn their_users_have_the_api_and_the_dashboard_and_nobody_else_has() {
    let Some(database) = Fresh::sqlite() else { return };
    let mut program = Command::new(example("your_http").expect("an example"));
    program.env("DATABASE_URL", database.url()).env("LISTEN", "127.0.0.1:0");
    let mut service = CapturedProcess::start("your_http", program).expect("a start");
    let listening = |lines: &[String]| Some(lines.first()?.strip_prefix("listening on ")?.to_owned());
    let address = service.wait_for("address", PATIENCE, listening).await.expect("an address");
    let client = JsonClient::new(address);
    let get = async |path: &str, user: Option<&str>| client.get(path, user).await.expect("an answer");

    let registration = json!({"url": "https://example.com/hook", "events": ["order.paid"]});
    let webhooks = "/shop/hooks/v1/webhooks";
    let nobodys = client.post(webhooks, None, &registration).await.expect("an answer");
    assert_eq!((nobodys.status.as_u16(), nobodys.error_code()), (401, Some("UNAUTHORIZED")));
    assert_eq!(get(webhooks, Some(USER)).await.json["total"], 0);

    let page = get("/shop/hooks/dashboard/", Some(USER)).await.expect_status(200).expect("a page");
    let page = String::from_utf8_lossy(&page.bytes).into_owned();
    assert!(page.contains("href=\"/shop/hooks/dashboard/webhooks\"") && !page.contains("Sign out"), "{page}");
    let nobodys = get("/shop/hooks/dashboard/", None).await.expect_status(303).expect("a redirect");
    assert_eq!(nobodys.headers["location"], "/login");

    let description = get("/shop/hooks/openapi.json", None).await.json;
    assert_eq!(description["servers"][0]["url"], "/shop/hooks");
    // Bookings are not among their events.
    assert_eq!(description["paths"].get("/v1/bookings"), None);
    assert_eq!(get("/shop/hooks/v1/bookings", Some(USER)).await.status, 404);

    service.signal("INT").await.expect("a signal");
    assert!(service.finish(PATIENCE).await.expect("an end").success(), "{}", service.output());
}
