//! The retry rules, for any sequence of claims, outcomes, crashes, disables, deletions and clock jumps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use slotflow_domain::delivery::{
    Claim, ClaimToken, DeliveryState, Draw, Jitter, Lease, LeaseDuration, Progress, RetryPolicy, Settlement,
    Verdict,
};
use slotflow_domain::instance::InstanceNumber;
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{DeliveryId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// Something that can happen to a delivery, or around it.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A worker asks for it.
    Claim,
    /// The `n`th claim that was ever granted ends with this verdict: the present one, or a stale one.
    Settle {
        claim: usize,
        verdict: Verdict,
    },
    /// The `n`th claim that was ever granted is given back unused.
    Release {
        claim: usize,
    },
    /// An instance is found dead, which may be the one that holds the claim.
    Death {
        instance: u32,
    },
    /// The clock moves, perhaps back. (A crash is a claim that is never settled, and time.)
    Tick {
        seconds: i64,
    },
    Disable,
    Enable,
    Discard,
    Delete,
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        6 => Just(Verdict::Rejected),
        1 => Just(Verdict::Accepted),
        1 => Just(Verdict::Gone),
    ];
    prop_oneof![
        6 => Just(Step::Claim),
        5 => (0_usize..6, verdict).prop_map(|(claim, verdict)| Step::Settle { claim, verdict }),
        1 => (0_usize..6).prop_map(|claim| Step::Release { claim }),
        2 => (1_u32..3).prop_map(|instance| Step::Death { instance }),
        6 => prop_oneof![0_i64..60, 295..305_i64, 3_595..3_605_i64, -4_000..0_i64].prop_map(|seconds| Step::Tick { seconds }),
        1 => Just(Step::Disable),
        2 => Just(Step::Enable),
        1 => Just(Step::Discard),
        1 => Just(Step::Delete),
    ]
}

fn lease_duration() -> LeaseDuration {
    LeaseDuration::for_timeout(Duration::from_secs(10))
}

/// The token of the `n`th claim. Instances 1 and 2 take turns, and one that is known by no number.
fn token(n: usize) -> ClaimToken {
    ClaimToken::of(InstanceNumber::new(n as u32 % 3), Uuid::from_u128(n as u128))
}

fn policies() -> impl Strategy<Value = RetryPolicy> {
    prop_oneof![
        Just(RetryPolicy::default()),
        proptest::collection::vec(0_u64..7_200, 0..5)
            .prop_map(
                |delays| RetryPolicy::new(delays.into_iter().map(Duration::from_secs).collect()).unwrap()
            ),
    ]
}

/// One delivery, its webhook, and what an observer has written down about both.
struct World {
    id: DeliveryId,
    policy: RetryPolicy,
    jitter: Jitter,
    now: Timestamp,
    standing: WebhookStanding,
    progress: Progress,
    /// Every claim that was ever granted, and when.
    granted: Vec<(ClaimToken, Timestamp)>,
    /// When the attempt to come may begin at the earliest.
    not_before: Timestamp,
    /// Numbers of the attempts that have ended, in order.
    ended: Vec<u16>,
}

impl World {
    fn new(policy: RetryPolicy) -> Self {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap();
        let progress = Progress::first(WebhookStanding::Active, now);
        Self {
            id: DeliveryId::new(Uuid::nil()),
            policy,
            jitter: Jitter::NONE,
            now,
            standing: WebhookStanding::Active,
            progress,
            granted: vec![],
            not_before: now,
            ended: vec![],
        }
    }

    /// The same, claimed as it is made.
    fn claimed_at_birth(policy: RetryPolicy) -> Self {
        let mut world = Self::new(policy);
        let token = token(0);
        let lease = lease_duration().begin(token, world.now);
        world.progress = Progress::claimed_first(lease);
        world.granted.push((token, world.now));
        world
    }

    /// The same with jitter.
    fn spread(self, id: DeliveryId, jitter: Jitter) -> Self {
        Self { id, policy: self.policy.with_jitter(jitter), jitter, ..self }
    }

    /// What the attempt to come draws of the jitter.
    fn draw(&self) -> Draw {
        Draw::of(self.id, self.progress.next_attempt())
    }

    fn take(&mut self, step: Step) {
        let before = self.progress;
        match step {
            Step::Claim => self.claim(),
            Step::Settle { claim, verdict } => self.settle(claim, verdict),
            Step::Release { claim } => {
                let Some((token, taken_at)) = self.granted.get(claim) else { return };
                if let Ok(after) = before.release(*token, *taken_at, self.standing) {
                    assert_eq!(before.next_attempt(), after.next_attempt(), "a release is no attempt");
                    self.progress = after;
                }
            }
            Step::Death { instance } => self.find_dead(InstanceNumber::new(instance).unwrap()),
            Step::Tick { seconds } => {
                let moved = self.now.as_millis() + seconds * 1_000;
                self.now = Timestamp::from_millis(moved).unwrap();
            }
            Step::Disable if self.standing == WebhookStanding::Active => {
                self.standing = WebhookStanding::Disabled;
                self.progress = before.hold();
            }
            Step::Enable if self.standing == WebhookStanding::Disabled => {
                self.standing = WebhookStanding::Active;
                self.progress = before.resume(self.now);
                if before.state() == DeliveryState::Held {
                    self.not_before = self.now;
                }
            }
            Step::Discard if self.standing == WebhookStanding::Disabled => {
                self.standing = WebhookStanding::Active;
                self.progress = before.discard(self.now);
            }
            Step::Delete if self.standing != WebhookStanding::Deleted => {
                self.standing = WebhookStanding::Deleted;
                self.progress = before.cancel(self.now);
            }
            Step::Disable | Step::Enable | Step::Discard | Step::Delete => {}
        }
        self.check(before);
    }

    fn claim(&mut self) {
        let token = token(self.granted.len());
        let lease = lease_duration().begin(token, self.now);
        match self.progress.claim(self.now, lease, self.standing, &self.policy, self.draw()) {
            Claim::NotDue => {}
            Claim::Granted(after) => {
                assert_eq!(
                    self.standing,
                    WebhookStanding::Active,
                    "nothing is sent to a webhook that is not active"
                );
                assert!(self.now >= self.not_before, "no attempt begins before it is due");
                assert!(
                    after.next_attempt().get() <= self.policy.max_attempts(),
                    "no attempt beyond the policy's"
                );
                assert!(
                    after.lost_claims() < Progress::MAX_LOST_CLAIMS,
                    "an attempt is repeated at most twice"
                );
                self.granted.push((token, self.now));
                self.progress = after;
            }
            Claim::Withdrawn(after) => {
                assert_ne!(self.standing, WebhookStanding::Active);
                self.progress = after;
            }
            Claim::Lost(after, attempt) => {
                self.ended.push(attempt.number.get());
                self.note_delay(self.now, &after);
                self.progress = after;
            }
        }
    }

    fn find_dead(&mut self, instance: InstanceNumber) {
        let before = self.progress;
        self.progress = before.abandoned_by(instance, self.now, lease_duration());
        if self.progress != before {
            let DeliveryState::Delivering { lease } = before.state() else { panic!("only a claim is ended") };
            assert_eq!(lease.token.instance(), Some(instance), "the living keep what they hold");
            let ended = Lease { until: self.now, ..lease };
            assert_eq!(self.progress.state(), DeliveryState::Delivering { lease: ended });
            assert!(lease.until > self.now, "no lease is made longer");
            assert_eq!(
                self.progress.lost_claims(),
                before.lost_claims(),
                "that is for the claim that follows"
            );
        }
    }

    fn settle(&mut self, claim: usize, verdict: Verdict) {
        let Some((token, _)) = self.granted.get(claim).copied() else { return };
        let attempt = self.progress.next_attempt();
        let settlement = Settlement::of(attempt, verdict, self.now, &self.policy, self.draw());
        let holds =
            matches!(self.progress.state(), DeliveryState::Delivering { lease } if lease.token == token);
        match self.progress.settle(token, settlement, self.standing) {
            Err(_) => assert!(!holds, "the holder of the claim may settle"),
            Ok(after) => {
                assert!(holds, "a stale claim changes nothing");
                match verdict {
                    Verdict::Accepted => assert!(matches!(after.state(), DeliveryState::Delivered { .. })),
                    Verdict::Gone => assert!(matches!(after.state(), DeliveryState::Failed { .. })),
                    Verdict::Rejected => {}
                }
                self.ended.push(attempt.get());
                self.note_delay(self.now, &after);
                self.progress = after;
            }
        }
    }

    /// The nth delay is the policy's and no more than its jitter longer, never shorter; without jitter it is exact.
    fn note_delay(&mut self, failed_at: Timestamp, after: &Progress) {
        if let DeliveryState::Pending { due } = after.state() {
            let finished = usize::from(after.finished_attempts());
            let attempt = slotflow_domain::delivery::AttemptNumber::new(finished as u16).unwrap();
            let exact = self.policy.clone().with_jitter(Jitter::NONE);
            let delay = exact.delay_after(attempt, self.draw()).unwrap();
            let latest = failed_at + delay + self.jitter.most_of(delay);
            assert!(due >= failed_at + delay, "no retry is early");
            assert!(due <= latest, "no retry is later than its jitter allows");
            assert!(self.jitter != Jitter::NONE || due == latest, "without jitter the delay is exact");
            self.not_before = due;
        }
    }

    fn check(&self, before: Progress) {
        let after = self.progress;
        if before.state().status().is_final() {
            assert_eq!(before, after, "a final state never changes");
        }
        assert!(after.finished_attempts() >= before.finished_attempts(), "attempts are never forgotten");
        let gapless: Vec<u16> = (1..=u16::try_from(self.ended.len()).unwrap()).collect();
        assert_eq!(self.ended, gapless, "attempts are numbered 1, 2, 3 without gaps");
        assert_eq!(usize::from(after.finished_attempts()), self.ended.len());
        assert!(self.ended.len() <= usize::from(self.policy.max_attempts()));
        if self.standing == WebhookStanding::Deleted {
            assert!(
                !matches!(after.state(), DeliveryState::Pending { .. } | DeliveryState::Held),
                "nothing waits for a deleted webhook"
            );
        }
        if after.state() == DeliveryState::Held {
            assert_eq!(self.standing, WebhookStanding::Disabled, "only a disabled webhook holds");
        }
    }

    /// Brings the delivery to its end with nothing but time, claims, failures and, if it is held, enabling.
    fn run_out(&mut self) {
        for _ in 0..(4 * usize::from(self.policy.max_attempts()) + 8) {
            if self.progress.state().status().is_final() {
                return;
            }
            if self.progress.state() == DeliveryState::Held {
                self.take(Step::Enable);
            }
            if let Some(wake_at) = self.progress.state().wake_at() {
                self.now = self.now.max(wake_at);
            }
            self.take(Step::Claim);
            if let Some(last) = self.granted.len().checked_sub(1) {
                self.take(Step::Settle { claim: last, verdict: Verdict::Rejected });
            }
        }
        panic!("{:?} has no way to an end", self.progress);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_rules_hold_for_any_sequence(
        policy in policies(),
        (id, percent) in (any::<u128>(), prop_oneof![Just(0), 1_u8..=100]),
        claimed_at_birth: bool,
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let world = if claimed_at_birth { World::claimed_at_birth(policy) } else { World::new(policy) };
        let mut world = world.spread(DeliveryId::new(Uuid::from_u128(id)), Jitter::percent(percent).unwrap());
        for step in steps {
            world.take(step);
        }
        world.run_out();
    }
}

#[test]
fn three_failures_are_final_and_the_third_attempt_comes_65_minutes_after_the_first() {
    let mut world = World::new(RetryPolicy::default());
    let start = world.now;
    let mut begun = vec![];
    for attempt in 0..3 {
        world.now = world.progress.state().wake_at().unwrap();
        begun.push(world.now.since(start).as_secs() / 60);
        world.take(Step::Claim);
        world.take(Step::Settle { claim: attempt, verdict: Verdict::Rejected });
    }
    assert_eq!(begun, [0, 5, 65]);
    assert_eq!(world.progress.state(), DeliveryState::Failed { at: world.now });
}

#[test]
fn an_attempt_that_is_lost_three_times_counts_as_failed() {
    let mut world = World::new(RetryPolicy::default());
    for _ in 0..3 {
        world.take(Step::Claim);
        assert_eq!(world.progress.next_attempt().get(), 1, "it is repeated as the same attempt");
        world.now = world.progress.state().wake_at().unwrap();
    }
    assert_eq!(world.granted.len(), 3);
    world.take(Step::Claim);
    assert_eq!(world.ended, [1]);
    assert_eq!(world.progress.state(), DeliveryState::Pending { due: world.now + Duration::from_secs(300) });
    assert_eq!(world.progress.lost_claims(), 0);
}

#[test]
fn what_a_dead_instance_held_is_due_at_once_as_the_same_attempt_and_its_losses_count() {
    let mut world = World::new(RetryPolicy::default());
    // The claims of one instance only: of each three, one is nobody's and one another's.
    for n in [1, 4, 7] {
        let lease = lease_duration().begin(token(n), world.now);
        let Claim::Granted(held) =
            world.progress.claim(world.now, lease, world.standing, &world.policy, world.draw())
        else {
            panic!("it is due");
        };
        world.now = world.now + Duration::from_secs(1);
        let [one, two] = [1, 2].map(|number| InstanceNumber::new(number).unwrap());
        assert_eq!(held.abandoned_by(two, world.now, lease_duration()), held);
        world.progress = held.abandoned_by(one, world.now, lease_duration());
        assert_eq!(world.progress.next_attempt().get(), 1);
        // An outcome that comes before anybody else is taken.
        let settlement =
            Settlement::of(held.next_attempt(), Verdict::Accepted, world.now, &world.policy, world.draw());
        assert!(world.progress.settle(token(n), settlement, world.standing).is_ok());
    }
    world.take(Step::Claim);
    assert_eq!(world.ended, [1], "a third loss is a failed attempt");
}

#[test]
fn a_failure_while_disabled_is_held_and_its_attempt_counts() {
    let mut world = World::new(RetryPolicy::default());
    world.take(Step::Claim);
    world.take(Step::Disable);
    world.take(Step::Settle { claim: 0, verdict: Verdict::Rejected });
    assert_eq!(world.progress.state(), DeliveryState::Held);
    world.take(Step::Enable);
    assert_eq!(world.progress.state(), DeliveryState::Pending { due: world.now });
    assert_eq!(world.progress.next_attempt().get(), 2);
}

#[test]
fn a_success_on_the_wire_counts_even_if_the_webhook_was_deleted_meanwhile() {
    let mut world = World::new(RetryPolicy::default());
    world.take(Step::Claim);
    world.take(Step::Delete);
    world.take(Step::Settle { claim: 0, verdict: Verdict::Accepted });
    assert_eq!(world.progress.state(), DeliveryState::Delivered { at: world.now });
}

#[test]
fn a_claim_given_back_after_the_clock_went_back_is_not_due_early() {
    let mut world = World::new(RetryPolicy::default());
    let due = world.now;
    world.take(Step::Claim);
    world.take(Step::Tick { seconds: -60 });
    world.take(Step::Release { claim: 0 });
    assert_eq!(world.progress.state(), DeliveryState::Pending { due });
}
