//! Whether what came out is what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::Arrival;

use crate::accounts::{Account, Accounts, Delivery, Kill};
use crate::load::{Asked, Journal, Told};
use crate::world::{DELAYS, OUTCOME_RECORDED, World};

/// How late the receiver may notice a request that had been sent, on a machine that is busy.
const UNNOTICED: Duration = Duration::from_secs(2);
/// Most requests of one attempt: one, and twice again after its process died.
const MOST_POSTS: usize = 3;
/// Most violations that are shown.
const SHOWN: usize = 20;

const CONFIRMED: &str = "booking.confirmed";
const CANCELLED: &str = "booking.cancelled";

/// The figures of a run in which nothing was violated.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    acknowledged: usize,
    refused: usize,
    unknown: usize,
    unknown_that_happened: usize,
    deliveries: usize,
    pub(crate) failed: usize,
    posts: usize,
    pub(crate) retries: usize,
    pub(crate) repeated: usize,
    /// Attempts that failed although their receiver would not have refused them.
    failed_by_themselves: u32,
    last_arrival: Option<Instant>,
}

/// Compares what clients were told with what arrived and what is listed.
///
/// # Panics
/// When anything was lost, made up, or sent again without a kill that explains it.
pub(crate) async fn judge(world: &World, client: &JsonClient, journal: &Journal, kills: &[Kill]) -> Figures {
    let accounts = Accounts::read(world, client).await;
    let (violations, grace) = (journal.wrong.clone(), world.grace);
    let mut trial = Trial { figures: Figures::default(), violations, kills, grace };
    trial.bookings(journal, &accounts);
    for account in &accounts.webhooks {
        trial.webhook(account);
    }
    let violations = &trial.violations;
    assert!(
        violations.is_empty(),
        "{} violations:\n{}",
        violations.len(),
        violations.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n")
    );
    trial.figures
}

struct Trial<'a> {
    figures: Figures,
    violations: Vec<String>,
    kills: &'a [Kill],
    /// How long a process must be dead before anybody knows it.
    grace: Duration,
}

impl Trial<'_> {
    fn hold(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(violation());
        }
    }

    fn bookings(&mut self, journal: &Journal, accounts: &Accounts) {
        for asked in &journal.asked {
            self.booking(asked, accounts);
        }
        let asked: BTreeSet<_> = journal.asked.iter().map(|asked| &asked.guest).collect();
        for guest in accounts.bookings.keys() {
            self.hold(asked.contains(guest), || format!("made up: a booking of {guest}"));
        }
    }

    fn booking(&mut self, asked: &Asked, accounts: &Accounts) {
        let none = Vec::new();
        let listed = accounts.bookings.get(&asked.guest).unwrap_or(&none);
        match asked.booking {
            Told::Done => {
                self.figures.acknowledged += 1;
                let is_listed = listed.len() == 1 && asked.booking_id.as_ref() == Some(&listed[0].id);
                self.hold(is_listed, || format!("lost: {asked:?}, listed {listed:?}"));
            }
            Told::Refused | Told::Unreached => {
                self.figures.refused += usize::from(asked.booking == Told::Refused);
                self.hold(listed.is_empty(), || format!("refused and yet there: {asked:?}"));
            }
            Told::Nothing => {
                self.figures.unknown += 1;
                self.figures.unknown_that_happened += listed.len();
                self.hold(listed.len() <= 1, || format!("booked twice: {asked:?}, listed {listed:?}"));
            }
        }
        for booking in listed {
            let may_be_cancelled = matches!(asked.cancelled, Some(Told::Done | Told::Nothing));
            let must_be_cancelled = asked.cancelled == Some(Told::Done);
            let fits = if booking.is_cancelled { may_be_cancelled } else { !must_be_cancelled };
            self.hold(fits, || format!("{asked:?} is {booking:?}"));
            for account in &accounts.webhooks {
                self.events(account, &booking.id, CONFIRMED, 1);
                self.events(account, &booking.id, CANCELLED, usize::from(booking.is_cancelled));
            }
            let arrived = accounts.arrived(&booking.id, CONFIRMED);
            self.figures.last_arrival = self.figures.last_arrival.max(arrived);
        }
    }

    /// All or nothing: so many events of this type, delivered or given up in the open.
    fn events(&mut self, account: &Account, booking_id: &str, event: &str, expected: usize) {
        let of_booking: Vec<_> = account.of_booking(booking_id, event).collect();
        let path = account.webhook.path;
        self.hold(of_booking.len() == expected, || {
            format!("{path}: {} deliveries of {event} for {booking_id}, not {expected}", of_booking.len())
        });
        for delivery in of_booking {
            self.hold(delivery.posts().next().is_some(), || format!("{path}: never sent: {delivery:?}"));
        }
    }

    fn webhook(&mut self, account: &Account) {
        let path = account.webhook.path;
        self.hold(account.unlisted.is_empty(), || {
            format!("{path}: unknown deliveries {:?}", account.unlisted)
        });
        let mut by_event: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
        for delivery in &account.deliveries {
            by_event.entry(&delivery.event_id).or_default().push(delivery);
            self.delivery(account, delivery);
        }
        for (event, deliveries) in by_event {
            self.hold(deliveries.len() == 1, || format!("{path}: event {event} has {deliveries:?}"));
        }
    }

    fn delivery(&mut self, account: &Account, delivery: &Delivery) {
        let shown = || format!("{}: {}", account.webhook.path, Summary(delivery));
        let refused = (account.webhook.refuses)(&delivery.event_id);
        self.figures.deliveries += 1;
        self.figures.posts += delivery.posts().count();
        self.figures.retries += delivery.arrivals.len().saturating_sub(1);

        let is_consistent = delivery.posts().all(|post| {
            let first = delivery.posts().next();
            post.header("webhook-id") == delivery.event_id
                && post.header("x-slotflow-event") == delivery.event
                && first.is_some_and(|first| first.body == post.body)
        });
        self.hold(is_consistent, || format!("its requests differ: {}", shown()));
        let numbers_are_right =
            delivery.arrivals.keys().all(|number| (1..=delivery.attempts).contains(number));
        self.hold(numbers_are_right && delivery.attempts <= 3, || format!("attempt numbers: {}", shown()));
        match delivery.status.as_str() {
            "delivered" => {
                let taken = delivery.attempts > refused && delivery.arrivals.contains_key(&delivery.attempts);
                self.hold(taken, || format!("not taken by the receiver: {}", shown()));
                self.figures.failed_by_themselves += delivery.attempts.saturating_sub(refused + 1);
            }
            "failed" => {
                self.figures.failed += 1;
                self.hold(delivery.attempts == 3, || format!("given up early: {}", shown()));
                self.figures.failed_by_themselves += 3u32.saturating_sub(refused);
            }
            _ => self.violations.push(format!("not final: {}", shown())),
        }
        for posts in delivery.arrivals.values() {
            self.hold(posts.len() <= MOST_POSTS, || format!("too often: {}", shown()));
            for pair in posts.windows(2) {
                self.figures.repeated += 1;
                self.hold(self.explains(&pair[0], &pair[1]), || {
                    format!("again without a cause: {}", shown())
                });
            }
        }
        for (number, posts) in &delivery.arrivals {
            let index = usize::try_from(*number).unwrap_or(0);
            let (Some(next), Some(delay)) = (delivery.arrivals.get(&(number + 1)), DELAYS.get(index - 1))
            else {
                continue;
            };
            let waited = posts.last().zip(next.first()).map(|(last, next)| next.at.duration_since(last.at));
            self.hold(waited >= Some(*delay), || format!("too early, after {waited:?}: {}", shown()));
        }
    }

    /// Whether a process was killed between the first request and the moment when its outcome must have been recorded, and
    /// the second request came no sooner than anybody may have taken it for dead.
    fn explains(&self, first: &Arrival, second: &Arrival) -> bool {
        let must_be_recorded = first.at + OUTCOME_RECORDED;
        let explains = |kill: &Kill| {
            let during_it = kill.after + UNNOTICED >= first.at && kill.before <= must_be_recorded;
            during_it && second.at >= kill.before + self.grace
        };
        self.kills.iter().any(explains)
    }
}

impl Figures {
    /// Prints them, with how long after `healed` the last booking's event came for the first time, and how long
    /// after it every delivery had ended, which was just now.
    pub(crate) fn print(&self, test: &str, kills: usize, healed: Instant) {
        let arrived = self.last_arrival.and_then(|at| at.checked_duration_since(healed)).unwrap_or_default();
        println!(
            "{test}: {kills} kills, lost 0, {self}; after the last fault the last event came in {arrived:.1?}, and all \
             had ended in {:.1?}",
            healed.elapsed()
        );
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bookings {} acknowledged + {} refused + {} unknown ({} of them made); deliveries {} ({} failed after \
             three attempts), {} requests, {} retries, {} repeated by a kill, {} failed without the receiver",
            self.acknowledged,
            self.refused,
            self.unknown,
            self.unknown_that_happened,
            self.deliveries,
            self.failed,
            self.posts,
            self.retries,
            self.repeated,
            self.failed_by_themselves
        )
    }
}

/// A delivery without bodies and headers.
struct Summary<'a>(&'a Delivery);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delivery { id, event, event_id, booking_id, status, attempts, arrivals } = self.0;
        write!(
            f,
            "delivery {id} of {event} {event_id} of booking {booking_id}, {status} after {attempts} attempts; "
        )?;
        let first = self.0.posts().map(|post| post.at).min();
        for (number, posts) in arrivals {
            let times: Vec<_> = posts.iter().map(|post| post.at - first.unwrap_or(post.at)).collect();
            write!(f, "attempt {number} arrived at {times:.1?} ")?;
        }
        Ok(())
    }
}
