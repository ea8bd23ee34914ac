//! Bytes on a connection to the real server: whatever they are, it answers with what is no fault of its own, or not at
//! all, and goes on.

use crate::corpus;
use crate::round::{Round, costly_rounds};
use futures_util::stream::{self, StreamExt};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::{Server, create_organization};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the server is listened to after it has said nothing: it may well wait for more.
const SILENCE: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 32;

#[tokio::test]
async fn no_bytes_make_the_server_fail() {
    let database = Fresh::sqlite().expect("a directory");
    let mut server = Server::start_with(&database.url(), &[]).await.expect("a server");
    let organization = create_organization(&database.url(), "free").await.expect("an organization");
    let kept: Vec<_> = corpus::lines(include_str!("corpus/raw_requests.txt"))
        .iter()
        .map(|request| request.replace("{key}", &organization.api_key))
        .collect();
    let address = server.base_url().strip_prefix("http://").expect("an address").to_owned();
    for round in costly_rounds("raw HTTP", &kept) {
        play(&address, round).await;
    }
    let healthy = server.client().get("/healthz", None).await.expect("an answer");
    assert_eq!(healthy.status, 200);
    let process = server.process();
    assert!(process.exit_status().expect("a status").is_none(), "{}", process.output());
    assert!(!process.output().contains("panicked"), "{}", process.output());
}

async fn play(address: &str, mut round: Round) {
    let mut inputs = Vec::new();
    while let Some(input) = round.next_input() {
        inputs.push(input);
    }
    let mut answers = stream::iter(inputs)
        .map(|input| async move { (told(address, &input).await, input) })
        .buffer_unordered(AT_ONCE);
    let mut accepted = 0;
    while let Some((answer, input)) = answers.next().await {
        let shown = || format!("{answer:?} to {:?}", String::from_utf8_lossy(&input));
        assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{}", shown());
        // Whatever is behind the first answer, no error of ours is among them: no header or body holds these bytes.
        let fails = ["HTTP/1.1 5", "HTTP/1.0 5"].iter().any(|failure| answer.contains(failure));
        assert!(!fails, "{}", shown());
        accepted += u64::from(answer.starts_with("HTTP/1.1 2"));
    }
    let tried = round.given();
    round.end(tried, accepted);
}

/// What the server says to these bytes, until it is silent or closes.
async fn told(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // It may close before it has read all.
    let _ = timeout(SILENCE * 20, stream.write_all(bytes)).await;
    let (mut answer, mut chunk) = (Vec::new(), vec![0; 64 * 1_024]);
    while let Ok(Ok(length @ 1..)) = timeout(SILENCE, stream.read(&mut chunk)).await {
        answer.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
