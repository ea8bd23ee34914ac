//! What is left after the worst: servers killed, stopped or cut off from their database in the midst of their
//! work, judged by what the receiver saw and what the clients were told.
//!
//! Each test prints its figures, and its seed if it has one. `SLOTFLOW_TEST_SEED` repeats the random choices of a run, though not
//! the machine's timing.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod accounts;
mod full_store;
mod kills;
mod load;
mod lost_database;
mod outbox_rows;
mod shutdown;
mod stalled;
mod taken_over;
mod verdict;
mod world;

use std::future::Future;

use libtest_mimic::{Arguments, Failed, Trial};

/// Tests at once. Nearly all of their time is spent waiting.
const SIDE_BY_SIDE: usize = 16;

/// Each of these functions as a test of its path's name.
macro_rules! tests {
    ($($module:ident::$test:ident),+ $(,)?) => {
        vec![$(test(concat!(stringify!($module), "::", stringify!($test)), $module::$test)),+]
    };
}

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(SIDE_BY_SIDE);
    let tests = tests![
        kills::nothing_is_lost_when_a_server_on_sqlite_is_killed_again_and_again,
        kills::nothing_is_lost_when_a_server_on_postgres_is_killed_again_and_again,
        kills::nothing_is_lost_when_two_servers_on_postgres_are_killed_again_and_again,
        kills::two_servers_share_an_sqlite_file_and_one_takes_over_from_the_other,
        outbox_rows::each_outbox_row_is_one_event_when_a_server_on_sqlite_is_killed_again_and_again,
        outbox_rows::each_outbox_row_is_one_event_when_two_servers_on_postgres_are_killed_again_and_again,
        taken_over::what_a_killed_server_on_sqlite_was_sending_is_sent_soon_after_its_restart,
        taken_over::what_a_killed_server_on_postgres_was_sending_is_sent_soon_after_its_restart,
        taken_over::what_one_of_two_servers_on_postgres_was_sending_is_taken_over_by_the_other,
        stalled::what_a_stalled_server_settles_too_late_changes_nothing,
        lost_database::a_database_that_crashes_under_load_costs_a_503_and_no_event,
        full_store::a_full_disk_costs_a_503_and_no_event,
        full_store::a_server_that_dies_on_a_full_disk_has_lost_nothing,
        shutdown::a_receiver_that_hangs_delays_the_end_by_one_timeout_only,
        shutdown::a_second_signal_ends_the_server_at_once_and_loses_nothing,
    ];
    libtest_mimic::run(&arguments, tests).exit();
}

fn test<F: Future<Output = ()>>(name: &str, run: impl FnOnce() -> F + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Failed::from(error.to_string()))?;
        runtime.block_on(run());
        Ok(())
    })
}
