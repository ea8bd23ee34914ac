//! The receivers of webhooks: URLs, how they behave, and how that changes.

use super::dice::Dice;
use super::scenario::Plan;
use super::timeline::{Micros, SECOND};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptResponse, Exchange};
use std::collections::BTreeMap;
use std::time::Duration;

/// How a receiver treats a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers 2xx, soon.
    Accept,
    /// Answers this status.
    Status(u16),
    /// Answers 500 or 200, by chance.
    Flaky,
    /// Answers 500 to the first two attempts of each delivery.
    FailTwice,
    /// Answers 200 just before the sender's time is up.
    Slow,
    /// Answers 200 just after.
    TooSlow,
    /// Never answers.
    BlackHole,
    /// Refuses the connection.
    Refuse,
    /// Has a name that does not resolve.
    NoName,
    /// Takes the request, answers 200, and the answer gets lost.
    AnswerLost,
    /// Answers 200 with bytes that are no text.
    Garbage,
}

/// What comes of one request.
pub struct Treatment {
    /// How long it takes.
    pub takes: Micros,
    /// Whether the receiver answered 2xx, heard or not.
    pub accepted: bool,
    /// What the sender has to say of it.
    pub report: AttemptReport,
}

/// All receivers. A URL behaves as its last word says, whoever registered it.
pub struct Receivers {
    dice: Dice,
    healthy: u64,
    behaviours: BTreeMap<String, Behaviour>,
}

impl Behaviour {
    const UNHEALTHY: [Self; 18] = [
        Self::Status(500),
        Self::Status(503),
        Self::Status(302),
        Self::Status(404),
        Self::Status(410),
        Self::Flaky,
        Self::Flaky,
        Self::FailTwice,
        Self::FailTwice,
        Self::FailTwice,
        Self::Slow,
        Self::TooSlow,
        Self::BlackHole,
        Self::Refuse,
        Self::NoName,
        Self::AnswerLost,
        Self::AnswerLost,
        Self::Garbage,
    ];
}

impl Receivers {
    /// How long the sender waits for a request to end.
    pub const REQUEST_TIMEOUT: Micros = 10 * SECOND;

    /// Receivers that behave by chance, as far as the plan lets them.
    pub fn new(dice: Dice, plan: &Plan) -> Self {
        Self { dice, healthy: plan.healthy_receivers, behaviours: BTreeMap::new() }
    }

    /// How a URL behaves from now on.
    pub fn change(&mut self, url: &str) -> Behaviour {
        let behaviour = if self.dice.below(100) < self.healthy {
            Behaviour::Accept
        } else {
            self.dice.one_of(&Behaviour::UNHEALTHY).copied().unwrap_or(Behaviour::Accept)
        };
        self.behaviours.insert(url.to_owned(), behaviour);
        behaviour
    }

    /// What becomes of a request to `url`.
    pub fn treat(&mut self, url: &str, attempt: u16) -> Treatment {
        let behaviour = match self.behaviours.get(url) {
            Some(behaviour) => *behaviour,
            None => self.change(url),
        };
        let soon = self.dice.within(500..300_000);
        let answer = |status, takes| Treatment {
            takes,
            accepted: (200..300).contains(&status),
            report: answered(AttemptResponse { status, ..AttemptResponse::default() }),
        };
        let failure = |outcome, takes, accepted| Treatment { takes, accepted, report: failed(outcome) };
        match behaviour {
            Behaviour::Accept => answer(200, soon),
            Behaviour::Status(status) => answer(status, soon),
            Behaviour::Flaky => answer(if self.dice.chance(500_000) { 204 } else { 500 }, soon),
            Behaviour::FailTwice => answer(if attempt < 3 { 500 } else { 200 }, soon),
            Behaviour::Slow => answer(200, Self::REQUEST_TIMEOUT - SECOND / 10),
            Behaviour::TooSlow => failure(AttemptOutcome::Timeout, Self::REQUEST_TIMEOUT, true),
            Behaviour::BlackHole => failure(AttemptOutcome::Timeout, Self::REQUEST_TIMEOUT, false),
            Behaviour::Refuse => failure(AttemptOutcome::Connect, soon, false),
            Behaviour::NoName => failure(AttemptOutcome::Dns, soon, false),
            Behaviour::AnswerLost => failure(AttemptOutcome::Protocol, soon, true),
            Behaviour::Garbage => Treatment {
                takes: soon,
                accepted: true,
                report: answered(AttemptResponse {
                    status: 200,
                    headers: vec![("x-odd".to_owned(), vec![0xff, 0xfe])],
                    body: vec![0, 0xff, 0xc3, 0x28, 0],
                    truncated: true,
                }),
            },
        }
    }
}

fn answered(response: AttemptResponse) -> AttemptReport {
    let outcome = AttemptOutcome::of_status(response.status);
    let error = (outcome != AttemptOutcome::Success).then(|| "refused".to_owned());
    let exchange = Exchange::default();
    AttemptReport { outcome, response: Some(response), error, duration: Duration::ZERO, exchange }
}

fn failed(outcome: AttemptOutcome) -> AttemptReport {
    let (error, exchange) = (Some("failed".to_owned()), Exchange::default());
    AttemptReport { outcome, response: None, error, duration: Duration::ZERO, exchange }
}
