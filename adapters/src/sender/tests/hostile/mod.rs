//! Receivers that mean harm, one row each: whatever they do, an attempt has one outcome, within its one deadline.
//!
//! Certificates that are not to be trusted are in the `tls` tests; here it is what is said before one is shown, and what
//! is done behind one that is good.

mod behind_tls;
mod padded;
mod plain;
mod script;
mod secured;

use super::authority::{Authority, Identity, speaking};
use super::{SLACK, development, request, resolver};
use crate::sender::{HttpSender, SenderSettings};
use futures_util::future::join_all;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, crypto::ring, server::WebPkiClientVerifier};
use script::{Player, Step};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// The deadline of attempts that only the deadline can end.
const DEADLINE: Duration = Duration::from_secs(3);
/// The deadline of all others, which end before it however busy the machine is.
const AMPLE: Duration = Duration::from_secs(60);

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

    /// Whether a receiver that stalls can lead to it: it failed in no other way before.
    fn may_take_the_deadline(&self) -> bool {
        match self {
            Self::Delivered | Self::Refused(_) => true,
            Self::Fails(outcome, _) => *outcome == AttemptOutcome::Timeout,
            Self::Either(one, other) => one.may_take_the_deadline() || other.may_take_the_deadline(),
        }
    }

    /// The other is as good.
    fn or(self, other: Self) -> Self {
        Self::Either(Box::new(self), Box::new(other))
    }
}

impl Row {
    /// Whether only the deadline ends the attempt.
    fn stalls(&self) -> bool {
        self.script.iter().any(Step::stalls) && self.expected.may_take_the_deadline()
    }
}

fn row(what: &'static str, script: impl Into<Vec<Step>>, expected: Expected) -> Row {
    Row { what, script: script.into(), expected }
}

/// How rows are met.
#[derive(Clone)]
struct Stage {
    scheme: &'static str,
    settings: SenderSettings,
    /// With whom the receiver secures its connections before it does as the row says.
    tls: Option<TlsAcceptor>,
}

impl Stage {
    fn plain() -> Self {
        Self { scheme: "http", settings: development(AMPLE), tls: None }
    }

    /// The receiver is to speak TLS, and does what it likes instead.
    fn instead_of_tls() -> Self {
        Self { scheme: "https", ..Self::plain() }
    }

    /// The receiver secures its connections as `config` says of its certificate, which is to be trusted.
    fn behind_tls(authority: &Authority, config: impl FnOnce(Identity) -> ServerConfig) -> Self {
        let config = config(authority.certify(&["127.0.0.1"], |_| ()));
        let tls = Some(TlsAcceptor::from(Arc::new(config)));
        Self { scheme: "https", settings: authority.trusted_by(development(AMPLE)), tls }
    }

    async fn player(&self, script: Vec<Step>) -> Player {
        Player::new(self.tls.clone(), script).await
    }

    fn sender(&self, request_timeout: Duration) -> HttpSender {
        let settings = SenderSettings { request_timeout, ..self.settings.clone() };
        HttpSender::new(settings, resolver(&[])).unwrap()
    }

    fn url(&self, player: &Player) -> String {
        format!("{}://{}/webhook", self.scheme, player.address)
    }
}

/// Makes an attempt at a receiver that does as the row says, and looks at all that must hold.
async fn judge(stage: Stage, row: Row) {
    let stalls = row.stalls();
    let Row { what, script, expected } = row;
    let mut player = stage.player(script).await;
    let sender = stage.sender(if stalls { DEADLINE } else { AMPLE });
    let report = sender.send(request(&stage.url(&player))).await;
    assert!(expected.is(&report), "{what}: {expected:?}, not {report:?}");
    let longest = if stalls { DEADLINE + SLACK } else { AMPLE };
    assert!(report.duration < longest, "{what} took {:?}", report.duration);
    assert_eq!(player.connections(), 1, "{what}: nothing is sent twice");
    if let Some(response) = report.response {
        assert!(response.body.len() <= 16 * 1_024, "{what}: {} bytes of body", response.body.len());
        let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(headers <= 8 * 1_024, "{what}: {headers} bytes of headers");
    }
    // Connections that can be used again end with the sender, all others have ended already.
    drop(sender);
    timeout(AMPLE, player.has_played()).await.unwrap_or_else(|_| panic!("{what}: the connection stays open"));
}

/// Judges those that stall when the others are through: they are to have the processor while their clock runs.
async fn judge_all(stage: Stage, rows: Vec<Row>) {
    let (stalling, ending): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(Row::stalls);
    for rows in [ending, stalling] {
        for judged in join_all(rows.into_iter().map(|row| tokio::spawn(judge(stage.clone(), row)))).await {
            judged.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_receiver_comes_to_its_outcome_in_time() {
    judge_all(Stage::plain(), plain::rows()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_receiver_instead_of_tls_comes_to_its_outcome_in_time() {
    judge_all(Stage::instead_of_tls(), secured::rows()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_receiver_behind_tls_comes_to_its_outcome_in_time() {
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        let stage = Stage::behind_tls(&authority, |identity| identity.config(&[version]));
        judge_all(stage, plain::rows().into_iter().chain(behind_tls::rows()).collect()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_demands_a_certificate_gets_none() {
    let authority = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let demand = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    for version in [&TLS12, &TLS13] {
        for (demand, rows) in [
            (demand.clone().build().unwrap(), behind_tls::rows_of_a_demand()),
            (demand.clone().allow_unauthenticated().build().unwrap(), behind_tls::rows_of_a_wish()),
        ] {
            let speaking = speaking(ring::default_provider(), &[version]).with_client_cert_verifier(demand);
            judge_all(Stage::behind_tls(&authority, |identity| identity.shown_by(speaking)), rows).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_for_later_sessions_have_an_end() {
    let authority = Authority::new();
    let stage = |tickets: usize, record: Option<usize>| {
        Stage::behind_tls(&authority, |identity| {
            let mut config = identity.config(&[&TLS13]);
            config.send_tls13_tickets = tickets;
            config.max_fragment_size = record;
            config
        })
    };
    judge_all(stage(100, None), behind_tls::rows_of_few_tickets()).await;
    judge_all(stage(20_000, None), behind_tls::rows_of_tickets_at_once()).await;
    // A ticket has 81 bytes, and a record's head counts.
    judge_all(stage(20_000, Some(81 + 5)), behind_tls::rows_of_tickets_one_by_one()).await;
}

/// Where every record is padded.
fn padding(authority: &Authority) -> Stage {
    Stage::behind_tls(authority, |identity| {
        let speaking = speaking(padded::provider(), &[&TLS13]).with_no_client_auth();
        let mut config = identity.shown_by(speaking);
        config.max_fragment_size = Some(1_024);
        config
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_pads_every_record_comes_to_its_outcome_in_time() {
    let authority = Authority::new();
    let stage = padding(&authority);
    judge_all(stage.clone(), padded::rows()).await;

    // Of a body in records of one byte no more than those of 1 MiB are read.
    let player = stage.player(padded::body_byte_by_byte()).await;
    let report = stage.sender(AMPLE).send(request(&stage.url(&player))).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    let response = report.response.unwrap();
    assert!(response.truncated && response.body.len() <= 64, "{} bytes of body", response.body.len());
}

#[tokio::test]
async fn each_exchange_on_a_connection_has_its_own_mebibyte() {
    let authority = Authority::new();
    let stage = padding(&authority);
    let player = stage.player([padded::turn(), padded::turn(), padded::turn()].concat()).await;
    let sender = stage.sender(AMPLE);
    for _ in 0..3 {
        let report = sender.send(request(&stage.url(&player))).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        assert!(!report.response.unwrap().truncated);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(player.connections(), 1);
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
        let player =
            Stage::plain().player(vec![Step::Read, script::send(first), Step::Read, Step::Wait]).await;
        let sender = HttpSender::new(development(DEADLINE), resolver(&[])).unwrap();
        for connections in 1..=3 {
            let report = sender.send(request(&format!("http://{}/", player.address))).await;
            assert_eq!(report.outcome, AttemptOutcome::HttpStatus, "{status}");
            assert_eq!(player.connections(), connections, "{status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
