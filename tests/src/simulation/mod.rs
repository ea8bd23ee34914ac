//! The application under every fault at once, in virtual time.
//!
//! Real use cases and real dispatchers of several processes work on one store in memory. Around them all is
//! simulated: clocks that are set, a store that fails before or after taking effect, receivers of every mind,
//! processes that die between any two steps or stand still longer than a lease. All chance follows from a
//! seed, and a seed plays the same each time, so that a failure can be looked at as often as needed.
//!
//! | module | holds |
//! |---|---|
//! | [`scenario`], [`fault`], [`dice`] | what a seed decides |
//! | [`timeline`] | true time, which moves when nobody has anything left to do |
//! | [`process`], `process_*` | a process, and its ports with everything that may happen at them |
//! | [`fleet`], [`client`], `repeating_client`, `rush`, [`receivers`] | processes, clients and receivers, and what they do |
//! | [`roster`] | who is enrolled, and whose lock is free |
//! | [`ledger`] | what is known outside the system |
//! | [`oracle`] | what must be true of it |
//! | [`defect`] | deliberate mistakes, which the oracle must notice |
//! | [`mod@run`], [`mod@shrink`], [`report`], [`counters`], [`trace`] | running, making failures small, saying what was met |

#![allow(clippy::expect_used, reason = "only tests and their tools call it, and a panic is how they fail")]

pub mod changes;
pub mod client;
pub mod counters;
pub mod defect;
pub mod dice;
pub mod fault;
pub mod fleet;
pub mod ledger;
pub mod oracle;
pub mod process;
mod process_clock;
mod process_instances;
mod process_queue;
mod process_sender;
mod process_store;
pub mod receivers;
mod repeating_client;
pub mod report;
pub mod roster;
pub mod run;
mod rush;
pub mod scenario;
pub mod shrink;
pub mod timeline;
pub mod trace;
pub mod world;

pub use defect::Defect;
pub use fault::{FaultKind, FaultSet};
pub use report::{Totals, failure};
pub use run::{Outcome, run};
pub use scenario::Scenario;
pub use shrink::shrink;
