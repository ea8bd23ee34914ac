//! What one seed plays: how large, how long, and what may go wrong.

use super::defect::Defect;
use super::dice::Dice;
use super::fault::{FaultKind, FaultSet};
use super::timeline::{HOUR, MINUTE, Micros, SECOND};

/// One run, given by its seed, and cut down when a failure is narrowed.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What all chance follows from.
    pub seed: u64,
    /// The kinds of faults; `None` leaves them to the seed.
    pub faults: Option<FaultSet>,
    /// How many requests the clients make at the most.
    pub requests: u64,
    /// What is deliberately wrong with the store or the wiring.
    pub defect: Option<Defect>,
    /// A single fault, besides those of chance.
    pub strike: Option<Strike>,
    /// Whether it is a small one: two processes, few requests, no faults by chance.
    pub small: bool,
    /// Whether to keep the trace's last lines.
    pub keep_trace: bool,
}

/// One fault at one place: the `occasion`th time, from 1, that this kind could strike.
#[derive(Clone, Copy, Debug)]
pub struct Strike {
    /// What strikes.
    pub kind: FaultKind,
    /// When.
    pub occasion: u64,
}

/// What a scenario's seed has decided.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What may go wrong.
    pub faults: FaultSet,
    /// How often a step of a process does, in a million; per kind it is this or less.
    pub fault_rate: u64,
    /// Processes on the one store.
    pub processes: usize,
    /// Organizations.
    pub organizations: u64,
    /// Humans per organization: the fewer, the more bookings collide.
    pub humans: u64,
    /// Requests that the clients make.
    pub requests: u64,
    /// How long the clients are busy.
    pub busy: Micros,
    /// How long the store takes for a call at the most.
    pub latency: Micros,
    /// The dispatchers' poll interval.
    pub poll: Micros,
    /// Sending slots of a dispatcher.
    pub concurrency: usize,
    /// Sending slots of a webhook in one dispatcher.
    pub concurrency_per_webhook: usize,
    /// Receivers in a hundred that work as they should.
    pub healthy_receivers: u64,
    /// Whether many bookings come at once at times.
    pub rushes: bool,
}

impl Scenario {
    /// The whole scenario of a seed.
    pub const fn of(seed: u64) -> Self {
        Self {
            seed,
            faults: None,
            requests: u64::MAX,
            defect: None,
            strike: None,
            small: false,
            keep_trace: false,
        }
    }

    /// A small scenario without faults of chance, struck once: for going through every place at which a fault
    /// of this kind could strike.
    pub const fn struck_once(seed: u64, kind: FaultKind, occasion: u64) -> Self {
        let strike = Some(Strike { kind, occasion });
        Self { strike, small: true, ..Self::of(seed) }
    }

    /// Every so many seeds one plays a crowded day: many more requests in the same time, so that deliveries of
    /// one webhook queue up behind each other, claims are larger and faults strike many at once.
    const CROWDED_EVERY: u64 = 4;

    /// Of as many, this one plays rushes: several bookings at the same moment, on a quick store, to webhooks with few
    /// slots, so that first attempts wait for one.
    const RUSHES_AT: u64 = 2;

    /// What its seed decides. Cutting the scenario down changes nothing else in it.
    pub fn plan(&self) -> (Plan, Dice) {
        let mut dice = Dice::new(self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(7));
        let faults = FaultSet::random(&mut dice);
        let long = dice.chance(250_000);
        let plan = Plan {
            faults: self.faults.unwrap_or(faults),
            fault_rate: dice.one_of(&[500, 3_000, 12_000, 40_000]).copied().unwrap_or(500),
            processes: usize::try_from(dice.within(2..5)).unwrap_or(2),
            organizations: dice.within(1..4),
            humans: dice.within(1..5),
            requests: dice.within(10..70).min(self.requests),
            busy: if long { dice.within(12 * HOUR..48 * HOUR) } else { dice.within(10 * MINUTE..6 * HOUR) },
            latency: dice.one_of(&[200, 2_000, 20_000, 200_000]).copied().unwrap_or(200),
            poll: if long { 5 * MINUTE } else { dice.within(15 * SECOND..2 * MINUTE) },
            concurrency: usize::try_from(dice.within(2..24)).unwrap_or(4),
            concurrency_per_webhook: usize::try_from(dice.within(1..9)).unwrap_or(2),
            healthy_receivers: dice.below(90),
            rushes: false,
        };
        let plan = match self.seed % Self::CROWDED_EVERY {
            0 => Plan { requests: (12 * plan.requests).min(self.requests), ..plan },
            Self::RUSHES_AT => Plan {
                rushes: true,
                latency: plan.latency.min(2_000),
                concurrency: plan.concurrency.max(8),
                concurrency_per_webhook: plan.concurrency_per_webhook.min(3),
                ..plan
            },
            _ => plan,
        };
        if self.small {
            let plan = Plan {
                faults: FaultSet::NONE,
                processes: 2,
                organizations: 1,
                requests: 8.min(self.requests),
                busy: 20 * MINUTE,
                poll: 5 * MINUTE,
                healthy_receivers: 30,
                rushes: false,
                ..plan
            };
            return (plan, dice);
        }
        (plan, dice)
    }
}

impl Plan {
    /// How often `kind` strikes a step, in a million.
    pub const fn rate(&self, kind: FaultKind) -> u64 {
        if !self.faults.contains(kind) {
            return 0;
        }
        match kind {
            FaultKind::Crash => self.fault_rate / 4,
            FaultKind::Pause | FaultKind::LockLost => self.fault_rate / 8,
            FaultKind::StoreError | FaultKind::AnswerLost | FaultKind::StoreSlow => self.fault_rate,
            FaultKind::WakeLost => 700_000,
            FaultKind::Poison => 150_000,
            // This comes by the clock, besides.
            FaultKind::StoreDown => self.fault_rate / 4,
            // And this by the clock only.
            FaultKind::ClockStep => 0,
        }
    }
}
