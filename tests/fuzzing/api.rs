//! The whole API: whatever is sent, the answer is what was asked for or an error in the contract's shape, and never ours.

use crate::corpus;
use crate::installation::{Answer, Installation, Place};
use crate::requests::{BODIES, CAUSED, CURSORS, KEYED, NAMES, QUERIES, choose, request};
use crate::round::{Round, costly_rounds, rounds};
use fastrand::Rng;
use http::{Method, Request};
use serde_json::json;

/// A body that the routes take which look back.
const PERIOD: &[u8] = br#"{"since": "2026-01-01T00:00:00Z"}"#;

/// A route: its method, and its path with places for identifiers.
type Route = (Method, &'static str);

/// What a part of a request makes of the whole.
type Putting = fn(&Installation, &mut Rng, &Route, Vec<u8>) -> Option<Request<Vec<u8>>>;

/// What must be true of the answer beside that it is one of the contract's.
type Judgement = fn(&Installation, &Request<Vec<u8>>, &Answer) -> bool;

/// What is tried: each of these inputs at each of these routes, and then what chance makes of any at any.
struct Target {
    name: &'static str,
    place: Place,
    kept: Vec<String>,
    routes: &'static [Route],
    put: Putting,
    judge: Judgement,
}

impl Target {
    fn new(name: &'static str, kept: Vec<String>, routes: &'static [Route], put: Putting) -> Self {
        Self { name, place: Place::Memory, kept, routes, put, judge: |_, _, _| true }
    }

    /// At the real server, for a shorter time.
    fn on_sqlite(self, name: &'static str) -> Self {
        Self { name, place: Place::Sqlite, ..self }
    }

    fn judged(self, judge: Judgement) -> Self {
        Self { judge, ..self }
    }

    async fn play(&self) {
        let rounds = match self.place {
            Place::Memory => rounds(self.name, &self.kept),
            Place::Sqlite => costly_rounds(self.name, &self.kept),
        };
        for round in rounds {
            self.play_round(round).await;
        }
    }

    async fn play_round(&self, mut round: Round) {
        let mut sent = Sent { target: self, to: Installation::new(self.place).await, tried: 0, accepted: 0 };
        for (route, input) in
            self.routes.iter().flat_map(|route| self.kept.iter().map(move |input| (route, input)))
        {
            let request = (self.put)(&sent.to, round.rng(), route, input.clone().into_bytes());
            sent.send(request).await;
        }
        while let Some(input) = round.next_input() {
            let route = choose(self.routes, round.rng());
            let request = (self.put)(&sent.to, round.rng(), route, input);
            sent.send(request).await;
        }
        sent.to.end();
        round.end(sent.tried, sent.accepted);
    }
}

/// What has been sent in a round, to the last of its installations.
struct Sent<'a> {
    target: &'a Target,
    to: Installation,
    tried: u64,
    accepted: u64,
}

impl Sent<'_> {
    async fn send(&mut self, request: Option<Request<Vec<u8>>>) {
        let Some(request) = request else { return };
        let shown = || {
            let (method, uri, headers) = (request.method(), request.uri(), request.headers());
            format!("{method} {uri} {headers:?} {}", json!(String::from_utf8_lossy(request.body())))
        };
        let answer = self.to.answer(request.clone(), &shown).await;
        assert!((self.target.judge)(&self.to, &request, &answer), "{} to {}", answer.status, shown());
        self.tried += 1;
        self.accepted += u64::from(answer.status.is_success());
        // A webhook that was deleted is missed by all that follows.
        let is_webhook = request.uri().path().starts_with("/v1/webhooks");
        let deleted = request.method() == Method::DELETE && is_webhook && answer.status.is_success();
        if deleted || self.to.is_worn_out() {
            self.to = Installation::new(self.target.place).await;
        }
    }
}

fn bodies() -> Target {
    let kept = corpus::lines(include_str!("corpus/bodies.txt"));
    Target::new("bodies", kept, BODIES, |to, rng, (method, pattern), body| {
        let key = vec![b'k'; 1 + rng.usize(..3)];
        let further = [("idempotency-key", &key[..])];
        let further = if rng.bool() { &further[..] } else { &[] };
        request(method, to.path(pattern).as_bytes(), &to.api_key, further, body)
    })
}

fn queries() -> Target {
    let kept = corpus::lines(include_str!("corpus/queries.txt"));
    Target::new("queries", kept, QUERIES, |to, rng, (method, pattern), query| {
        let cursor = choose(&to.cursors, rng);
        let query = replace(&query, b"{cursor}", cursor.as_bytes());
        let target = [to.path(pattern).as_bytes(), b"?", &query].concat();
        request(method, &target, &to.api_key, &[], PERIOD.to_vec())
    })
}

#[tokio::test]
async fn no_body_gets_anything_but_an_answer_of_the_contract() {
    bodies().play().await;
    bodies().on_sqlite("bodies on SQLite").play().await;
}

#[tokio::test]
async fn no_query_gets_anything_but_an_answer_of_the_contract() {
    queries().play().await;
    queries().on_sqlite("queries on SQLite").play().await;
}

#[tokio::test]
async fn no_cursor_gets_anything_but_an_answer_of_the_contract() {
    let kept = Installation::new(Place::Memory).await.cursors.to_vec();
    let target = Target::new("cursors", kept, CURSORS, |to, _, (method, path), cursor| {
        request(method, &[path.as_bytes(), &cursor].concat(), &to.api_key, &[], Vec::new())
    });
    target.play().await;
}

#[tokio::test]
async fn no_path_gets_anything_but_an_answer_of_the_contract() {
    let mut kept = corpus::lines(include_str!("corpus/names.txt"));
    kept.extend(Installation::new(Place::Memory).await.names());
    let target = Target::new("paths", kept, NAMES, |to, _, (method, path), name| {
        request(method, &[path.as_bytes(), &name].concat(), &to.api_key, &[], b"{}".to_vec())
    });
    target.play().await;
}

#[tokio::test]
async fn no_idempotency_key_gets_anything_but_an_answer_of_the_contract() {
    let kept = corpus::lines(include_str!("corpus/idempotency_keys.txt"));
    let put: Putting = |to, _, (method, pattern), key| {
        let further = [("idempotency-key", &key[..])];
        request(method, to.path(pattern).as_bytes(), &to.api_key, &further, PERIOD.to_vec())
    };
    Target::new("idempotency keys at the API", kept, BODIES, put).play().await;
}

#[tokio::test]
async fn no_authorization_but_that_of_a_key_is_taken() {
    let kept = corpus::lines(include_str!("corpus/authorizations.txt"));
    let put: Putting = |to, _, (method, path), authorization| {
        let authorization = replace(&authorization, b"{key}", to.api_key.as_bytes());
        request(method, path.as_bytes(), &to.api_key, &[("authorization", &authorization)], Vec::new())
    };
    let is_right: Judgement = |to, request, answer| {
        let sent = String::from_utf8_lossy(request.headers()["authorization"].as_bytes()).into_owned();
        let (scheme, token) = sent.split_once(' ').unwrap_or_default();
        let is_good = scheme.eq_ignore_ascii_case("bearer") && token.trim_matches(' ') == to.api_key;
        answer.status == if is_good { 200 } else { 401 }
    };
    Target::new("authorizations", kept, KEYED, put).judged(is_right).play().await;
}

#[tokio::test]
async fn no_request_fails_for_how_it_is_traced() {
    let kept = corpus::lines(include_str!("corpus/traceparents.txt"));
    let put: Putting = |to, _, (method, pattern), traceparent| {
        let further = [("traceparent", &traceparent[..])];
        request(method, to.path(pattern).as_bytes(), &to.api_key, &further, Vec::new())
    };
    Target::new("traceparents", kept, CAUSED, put).judged(|_, _, answer| answer.status == 200).play().await;
}

#[tokio::test]
async fn no_request_is_called_anything_that_could_do_harm() {
    let kept = corpus::lines(include_str!("corpus/request_ids.txt"));
    let put: Putting = |to, _, (method, path), id| {
        request(method, path.as_bytes(), &to.api_key, &[("x-request-id", &id)], Vec::new())
    };
    let is_harmless: Judgement = |_, request, answer| {
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=~".contains(byte);
        let is_good = |id: &[u8]| (1..=128).contains(&id.len()) && id.iter().all(known);
        let sent = request.headers()["x-request-id"].as_bytes();
        let told = answer.headers["x-request-id"].as_bytes();
        answer.status == 200 && is_good(told) && (told == sent || !is_good(sent))
    };
    Target::new("request identifiers", kept, KEYED, put).judged(is_harmless).play().await;
}

fn replace(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match bytes.windows(what.len()).position(|window| window == what) {
        Some(at) => [&bytes[..at], with, &bytes[at + what.len()..]].concat(),
        None => bytes.to_vec(),
    }
}
