//! An exhaustive model of how deliveries are claimed, leased and settled: every interleaving of two dispatchers
//! that stall and die, a webhook that changes, and the passing of time, within bounds, checked state by state.
//!
//! The store's steps are the domain's own; what is modelled is what lies around them.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod action;
mod openings;
mod protocol;
mod provisions;
mod row;
mod rules;
mod sights;
mod store;
mod world;

use protocol::Protocol;
use row::span;
use slotflow_domain::delivery::RetryPolicy;
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::collections::BTreeSet;
use std::thread::available_parallelism;
use std::time::Instant;
use store::{Mistake, Store};
use world::Budget;

const DELAYS: [u8; 2] = [1, 2];

/// The protocol with a lease of two ticks and retries after one and two. Real leases are shorter than real delays;
/// here some are longer, which is the harder case.
fn protocol(budget: Budget, sights: fn() -> Vec<Property<Protocol>>) -> Protocol {
    let policy = RetryPolicy::new(DELAYS.map(span).to_vec()).expect("two short delays");
    Protocol { store: Store { policy, lease: 2, mistake: None }, needed: 2, delays: DELAYS, budget, sights }
}

/// What may go wrong with one delivery: dispatchers die, and stall as long and as often as they like.
const ONE_DELIVERY: Budget =
    Budget { publications: 1, crashes: 2, changes: 2, give_backs: 1, lost_replies: 1, slow_ticks: None };

/// What may go wrong with two, where all that can be done is done before time passes.
const TWO_DELIVERIES: Budget =
    Budget { publications: 2, crashes: 2, changes: 2, give_backs: 0, lost_replies: 0, slow_ticks: Some(0) };

/// What may go wrong with two, where dispatchers stall for a lease.
const TWO_SLOW_DELIVERIES: Budget =
    Budget { publications: 2, crashes: 0, changes: 1, give_backs: 0, lost_replies: 0, slow_ticks: Some(2) };

fn holds_throughout(protocol: Protocol) {
    let (began, budget) = (Instant::now(), protocol.budget);
    let threads = available_parallelism().map_or(1, usize::from);
    let checker = protocol.checker().threads(threads).spawn_bfs().join();
    println!(
        "{} unique states, {} steps, depth {}, {:?}: {budget:?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        began.elapsed()
    );
    checker.assert_properties();
}

#[test]
fn one_delivery_comes_to_a_good_end_whatever_happens() {
    holds_throughout(protocol(ONE_DELIVERY, sights::of_one_delivery));
}

#[test]
fn two_deliveries_come_to_a_good_end_whoever_dies_and_whatever_is_changed() {
    holds_throughout(protocol(TWO_DELIVERIES, sights::of_two_deliveries));
}

#[test]
fn two_deliveries_come_to_a_good_end_however_dispatchers_stall() {
    holds_throughout(protocol(TWO_SLOW_DELIVERIES, sights::of_two_slow_deliveries));
}

#[test]
#[ignore = "takes minutes"]
fn all_that_at_once_changes_nothing() {
    holds_throughout(protocol(Budget { changes: 3, give_backs: 2, ..ONE_DELIVERY }, sights::of_one_delivery));
    holds_throughout(protocol(Budget { crashes: 1, ..TWO_SLOW_DELIVERIES }, sights::of_two_slow_deliveries));
}

/// Whether a store that makes this mistake is found to break that property.
fn is_caught(mistake: Mistake, property: &'static str) {
    let mut protocol = protocol(ONE_DELIVERY, Vec::new);
    protocol.store.mistake = Some(mistake);
    let until = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = protocol.checker().finish_when(until).spawn_bfs().join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{mistake:?} went unnoticed: \"{property}\" held"));
    println!("{mistake:?}: {:?}", path.into_actions());
}

#[test]
fn a_store_that_settles_without_looking_at_the_token_is_caught() {
    is_caught(Mistake::SettlesWithoutToken, rules::STALE_CHANGES_NOTHING);
}

#[test]
fn a_store_that_ignores_leases_is_caught() {
    is_caught(Mistake::ClaimsDespiteLease, rules::ONE_VALID_CLAIM);
}

#[test]
fn a_store_that_does_not_count_lost_claims_is_caught() {
    is_caught(Mistake::ForgetsLostClaims, rules::THREE_REQUESTS);
    is_caught(Mistake::ForgetsLostClaims, rules::EVERY_RUN_ENDS);
}

#[test]
fn a_store_that_claims_too_early_is_caught() {
    is_caught(Mistake::ClaimsBeforeDue, rules::NOT_BEFORE_DUE);
}

#[test]
fn a_store_that_claims_for_any_webhook_is_caught() {
    is_caught(Mistake::ClaimsDespiteStanding, rules::ONLY_FOR_ACTIVE_WEBHOOKS);
}

#[test]
fn a_store_that_leaves_deliveries_held_is_caught() {
    is_caught(Mistake::ForgetsHeld, rules::WAITING_AS_WEBHOOK_STANDS);
}

#[test]
fn a_store_that_leaves_deliveries_waiting_for_a_deleted_webhook_is_caught() {
    is_caught(Mistake::ForgetsWaiting, rules::WAITING_AS_WEBHOOK_STANDS);
}

#[test]
fn a_store_that_never_takes_over_is_caught() {
    is_caught(Mistake::NeverTakesOver, rules::EVERY_END_IS_GOOD);
}

#[test]
fn a_store_that_forgets_attempts_is_caught() {
    is_caught(Mistake::ForgetsAttempts, rules::ATTEMPTS_IN_ORDER);
}

#[test]
fn a_store_that_cancels_what_is_over_is_caught() {
    is_caught(Mistake::CancelsWhatIsOver, rules::FINAL_STAYS_FINAL);
}
