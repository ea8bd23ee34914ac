//! Clients that hold what they get, or ask for more than their share.
//!
//! None of it depends on the database.

use std::time::Duration;

use http::header;
use slotflow_tests::database::Fresh;
use slotflow_tests::server::{Organization, Server, create_organization};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::api::{PATIENCE, assert_error};

/// What a client may take over a head, over a body, and over any part of an answer.
const HEAD: Duration = Duration::from_secs(10);
const BODY: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(30);
/// What a measured time may lack of these, as it is not begun at the same moment.
const SLACK: Duration = Duration::from_millis(500);
/// A request in one piece, whose connection ends with its answer.
const WHOLE: &str = "GET /healthz HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n";

struct Api {
    server: Server,
    organization: Organization,
    database: Fresh,
}

impl Api {
    async fn start_with(arguments: &[&str]) -> Api {
        let database = Fresh::sqlite().expect("a directory");
        let server = Server::start_with(&database.url(), arguments).await.expect("a server");
        let organization = create_organization(&database.url(), "free").await.expect("an organization");
        Api { server, organization, database }
    }

    /// A connection on which this has been written.
    async fn connect(&self, begin: &str) -> TcpStream {
        let address = self.server.base_url().strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(begin.as_bytes()).await.expect("room for it");
        stream
    }

    /// What comes back until the server closes, and after how long it does, if `drip` is sent again and again.
    async fn outlast(&self, begin: &str, drip: &str) -> (String, Duration) {
        let began = Instant::now();
        let (mut reading, mut writing) = self.connect(begin).await.into_split();
        let drip = drip.to_owned();
        let dripping = tokio::spawn(async move {
            while writing.write_all(drip.as_bytes()).await.is_ok() {
                sleep(Duration::from_millis(500)).await;
            }
        });
        let mut answer = Vec::new();
        // It may end in a reset, as what is dripped is no longer read.
        let _ = timeout(BODY + PATIENCE, reading.read_to_end(&mut answer)).await.expect("an end");
        dripping.abort();
        (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
    }
}

async fn rest_of(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an end").expect("an answer");
    answer
}

#[tokio::test]
async fn whoever_is_slow_is_let_go_in_time() {
    let api = Api::start_with(&[]).await;
    let post = format!(
        "POST /v1/webhooks HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\nConnection: close\r\n\r\n",
        api.organization.api_key
    );
    let kept_alive = "GET /healthz HTTP/1.1\r\nHost: api\r\n\r\n";
    let (silent, slow_head, idle, slow_body) = tokio::join!(
        api.outlast("", ""),
        api.outlast("GET /healthz HTTP/1.1\r\n", "X-A: b\r\n"),
        api.outlast(kept_alive, ""),
        api.outlast(&post, " "),
    );
    for (what, (answer, after)) in [("silent", silent), ("slow head", slow_head), ("idle", idle.clone())] {
        assert!(after + SLACK >= HEAD && after < BODY, "{what}: {after:?}, {answer}");
    }
    assert!(idle.0.starts_with("HTTP/1.1 200 "), "{}", idle.0);
    let (answer, after) = slow_body;
    assert!(after + SLACK >= BODY && after < BODY + PATIENCE, "slow body: {after:?}, {answer}");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains(r#""message":"the body did not arrive in time""#), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let api = Api::start_with(&["--max-connections", "2"]).await;
    let first = api.connect("GET /healthz HTTP/1.1\r\n").await;
    let _second = api.connect("GET /healthz HTTP/1.1\r\n").await;
    let mut third = api.connect(WHOLE).await;
    let mut byte = [0];
    assert!(timeout(Duration::from_secs(1), third.read(&mut byte)).await.is_err(), "a third place");
    drop(first);
    let answer = rest_of(&mut third).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // Nobody gives a place up now, and yet it is a matter of seconds.
    let _fourth = api.connect("GET /healthz HTTP/1.1\r\n").await;
    let answer = rest_of(&mut api.connect(WHOLE).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn whoever_asks_for_much_and_reads_nothing_loses_the_place() {
    let api = Api::start_with(&["--max-connections", "1"]).await;
    let asking = "GET /openapi.json HTTP/1.1\r\nHost: api\r\n\r\n";
    let (_unread, mut writing) = api.connect(asking).await.into_split();
    // More than all buffers on the way hold, of questions and of answers.
    let hog = tokio::spawn(async move { while writing.write_all(asking.as_bytes()).await.is_ok() {} });
    let began = Instant::now();
    let mut next = api.connect(WHOLE).await;
    let mut answer = String::new();
    timeout(ANSWER + PATIENCE, next.read_to_string(&mut answer)).await.expect("a place").expect("an answer");
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && began.elapsed() + SLACK >= ANSWER,
        "{:?}: {answer}",
        began.elapsed()
    );
    hog.abort();
}

#[tokio::test]
async fn whoever_asks_again_and_again_gives_the_place_up_to_those_who_wait() {
    let api = Api::start_with(&["--max-connections", "1"]).await;
    let mut asking = api.connect("").await;
    let hog = tokio::spawn(async move {
        let mut answers = Vec::new();
        loop {
            asking.write_all(b"GET /healthz HTTP/1.1\r\nHost: api\r\n\r\n").await.expect("a connection");
            let mut answer = vec![0; 4_096];
            let length = asking.read(&mut answer).await.expect("an answer");
            answers.push(String::from_utf8_lossy(&answer[..length]).into_owned());
            if length == 0 || answers.last().is_some_and(|answer| answer.contains("connection: close")) {
                return answers;
            }
            sleep(Duration::from_millis(500)).await;
        }
    });
    let began = Instant::now();
    let mut next = api.connect(WHOLE).await;
    let mut answer = String::new();
    timeout(ANSWER + PATIENCE, next.read_to_string(&mut answer)).await.expect("a place").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 ") && began.elapsed() + SLACK * 2 >= ANSWER, "{answer}");
    // Nothing that was asked is lost by it.
    let answers = hog.await.expect("answers");
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200 ")), "{answers:#?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn large_answers_that_nobody_reads_do_not_use_up_the_memory() {
    const CLIENTS: usize = 100;
    let mut api = Api::start_with(&[]).await;
    let key = api.organization.api_key.clone();
    let client = api.server.client();
    let metadata = "x".repeat(60 * 1_024);
    for day in 0..100 {
        let starts_at = format!("2031-{:02}-{:02}T09:00:00Z", 1 + day / 25, 1 + day % 25);
        let booking = serde_json::json!({"human_id": uuid::Uuid::new_v4(), "starts_at": starts_at, "duration": 30,
            "attendee_name": "Alex", "metadata": {"x": metadata}});
        let answer = client.post("/v1/bookings", key.as_str(), &booking).await.expect("an answer");
        answer.expect_status(201).expect("a booking");
    }
    let asking =
        format!("GET /v1/bookings?limit=100 HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {key}\r\n\r\n");
    let mut unread = Vec::new();
    for _ in 0..CLIENTS {
        unread.push(api.connect(&asking).await);
    }
    // Each has its answer's first bytes; the rest of it waits.
    let mut refused = 0;
    for stream in &mut unread {
        let mut first = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut first)).await.expect("an answer").expect("its first bytes");
        match &first {
            b"HTTP/1.1 200" => {}
            b"HTTP/1.1 503" => refused += 1,
            other => panic!("{}", String::from_utf8_lossy(other)),
        }
    }
    assert!(refused > 0 && refused < CLIENTS, "{refused} of {CLIENTS} are refused");
    let mib = resident(&mut api.server) / (1_024 * 1_024);
    // Some 620 MiB of answers.
    assert!(mib < 200, "{mib} MiB");
    let answer = client.get("/v1/webhooks", key.as_str()).await.expect("an answer");
    answer.expect_status(200).expect("what is small");
    drop(unread);
    let answer = client.get("/v1/bookings?limit=100", key.as_str()).await.expect("an answer");
    answer.expect_status(200).expect("room again");
}

/// How many bytes of memory the server has.
#[cfg(target_os = "linux")]
fn resident(server: &mut Server) -> u64 {
    let id = server.process().id().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1_024
}

#[tokio::test]
async fn a_head_that_is_too_large_or_has_too_much_in_it_is_refused() {
    let api = Api::start_with(&[]).await;
    let large = |bytes: usize| format!("X-A: {}\r\n", "x".repeat(bytes));
    let many = |count: usize| "X-A: b\r\n".repeat(count);
    for (headers, status) in [
        (large(30 * 1_024), "200"),
        (large(100 * 1_024), "431"),
        (large(1_024 * 1_024), "431"),
        (many(90), "200"),
        (many(200), "431"),
        (many(2_000), "431"),
        (format!("Cookie: {}\r\n", "a=b; ".repeat(20_000)), "431"),
    ] {
        let whole = WHOLE.replace("\r\n\r\n", &format!("\r\n{headers}\r\n"));
        // Refused before all of it is read: writing and reading may both be cut short.
        let (answer, _) = api.outlast("", &whole).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{} bytes: {answer}", headers.len());
    }
    let uri = format!("/healthz?{}", "x".repeat(70_000));
    let (answer, _) = api.outlast("", &WHOLE.replace("/healthz", &uri)).await;
    assert!(answer.starts_with("HTTP/1.1 414 ") || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_key_is_held_to_the_limit_and_admitted_again_when_it_was_told() {
    let api = Api::start_with(&["--rate-limit", "1"]).await;
    let client = api.server.client();
    let key = api.organization.api_key.as_str();
    let (mut admitted, mut refused) = (0, None);
    while admitted < 50 && refused.is_none() {
        let answer = client.get("/v1/webhooks", key).await.expect("an answer");
        match answer.status.as_u16() {
            200 => admitted += 1,
            _ => refused = Some(answer),
        }
    }
    let refused = refused.expect("a refusal");
    assert_error(&refused, 429, "RATE_LIMITED");
    assert!(admitted >= 2, "two at once are within the limit");
    let wait = refused.headers[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert_eq!(wait, 1);
    // What asks for no key is not counted, and another key not with this one.
    client.get("/readyz", None).await.expect("an answer").expect_status(200).expect("readiness");
    let other = create_organization(&api.database.url(), "free").await.expect("another organization");
    let answer = client.get("/v1/webhooks", other.api_key.as_str()).await.expect("an answer");
    answer.expect_status(200).expect("another key");
    sleep(Duration::from_secs(wait)).await;
    let answer = client.get("/v1/webhooks", key).await.expect("an answer");
    answer.expect_status(200).expect("to be admitted again");
}
