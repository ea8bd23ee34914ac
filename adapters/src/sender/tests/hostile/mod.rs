//! Receivers that mean harm, one row each: whatever they do, an attempt has one outcome, within its one deadline.
//!
//! Certificates that are not to be trusted are in the `tls` tests; here it is what is said before one is shown.

mod plain;
mod script;
mod secured;

use super::{development, request, resolver};
use crate::sender::HttpSender;
use futures_util::future::join_all;
use script::{Player, Step};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::time::timeout;

/// The deadline of these attempts: enough for what does not stall to end before it on a busy machine.
const DEADLINE: Duration = Duration::from_secs(3);
/// How much later than the deadline a busy machine may be.
const SLACK: Duration = Duration::from_secs(1);

/// A hostile receiver, and what is made of it.
struct Row {
    what: &'static str,
    script: Vec<Step>,
    expected: Expected,
}

/// What an attempt comes to.
#[derive(Debug)]
enum Expected {
    /// The receiver said 2xx, whatever it did then.
    Delivered,
    /// It gave this other status.
    Refused(u16),
    /// It failed in this way, in such words.
    Fails(AttemptOutcome, &'static str),
    /// One of two, by what arrives first.
    Either(Box<Self>, Box<Self>),
}

impl Expected {
    fn is(&self, report: &AttemptReport) -> bool {
        let status = report.response.as_ref().map(|response| response.status);
        match self {
            Self::Delivered => report.outcome == AttemptOutcome::Success && report.error.is_none(),
            Self::Refused(refused) => {
                report.outcome == AttemptOutcome::HttpStatus && status == Some(*refused)
            }
            Self::Fails(outcome, words) => {
                let error = report.error.as_deref().unwrap_or_default();
                report.outcome == *outcome && report.response.is_none() && error.contains(words)
            }
            Self::Either(one, other) => one.is(report) || other.is(report),
        }
    }

    /// The other is as good.
    fn or(self, other: Self) -> Self {
        Self::Either(Box::new(self), Box::new(other))
    }
}

fn row(what: &'static str, script: impl Into<Vec<Step>>, expected: Expected) -> Row {
    Row { what, script: script.into(), expected }
}

/// Makes an attempt at a receiver that does as the row says, and looks at all that must hold.
async fn judge(scheme: &str, row: Row) {
    let Row { what, script, expected } = row;
    let stalls = script.iter().any(Step::stalls);
    let mut player = Player::new(script).await;
    let sender = HttpSender::new(development(DEADLINE), resolver(&[])).unwrap();
    let report = sender.send(request(&format!("{scheme}://{}/webhook", player.address))).await;
    assert!(expected.is(&report), "{what}: {expected:?}, not {report:?}");
    let longest = if stalls { DEADLINE + SLACK } else { DEADLINE };
    assert!(report.duration < longest, "{what} took {:?}", report.duration);
    assert_eq!(player.connections(), 1, "{what}: nothing is sent twice");
    if let Some(response) = report.response {
        assert!(response.body.len() <= 16 * 1_024, "{what}: {} bytes of body", response.body.len());
        let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(headers <= 8 * 1_024, "{what}: {headers} bytes of headers");
    }
    // Connections that can be used again end with the sender, all others have ended already.
    drop(sender);
    timeout(DEADLINE, player.has_played())
        .await
        .unwrap_or_else(|_| panic!("{what}: the connection stays open"));
}

async fn judge_all(scheme: &'static str, rows: Vec<Row>) {
    for judged in join_all(rows.into_iter().map(|row| tokio::spawn(judge(scheme, row)))).await {
        judged.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_receiver_comes_to_its_outcome_in_time() {
    judge_all("http", plain::rows()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_receiver_behind_tls_comes_to_its_outcome_in_time() {
    judge_all("https", secured::rows()).await;
}

#[tokio::test]
async fn a_receiver_that_never_accepts_is_a_timeout() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // The system takes one connection more than it is told, and drops what comes then.
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the backlog does not fill");
    }
    let deadline = Duration::from_secs(1);
    let sender = HttpSender::new(development(deadline), resolver(&[])).unwrap();
    let report = sender.send(request(&format!("http://{address}/"))).await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    assert_eq!(report.error.as_deref(), Some("no connection within 1 s"));
    assert!(report.duration < deadline + SLACK);
}

#[tokio::test]
async fn an_answer_that_is_sent_in_advance_answers_no_later_request() {
    let in_advance = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for status in ["500 No", "101 Switching Protocols"] {
        let first = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n{in_advance}");
        let player = Player::new(vec![Step::Read, script::send(first), Step::Read, Step::Wait]).await;
        let sender = HttpSender::new(development(DEADLINE), resolver(&[])).unwrap();
        for connections in 1..=3 {
            let report = sender.send(request(&format!("http://{}/", player.address))).await;
            assert_eq!(report.outcome, AttemptOutcome::HttpStatus, "{status}");
            assert_eq!(player.connections(), connections, "{status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
