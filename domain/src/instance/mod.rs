//! The running processes on one store, and which of them count as dead.
//!
//! A delivery is claimed under a lease, which outlives the longest attempt by far. A process that is killed cannot give
//! its claims back, but whoever knows that it is dead need not wait for their ends: each process enrols as an instance
//! with a number, its claims carry that number, and it holds a lock that ends with it. [`Watch`] says what one may
//! conclude from the locks of others.

mod number;
mod watch;

pub use number::InstanceNumber;
pub use watch::{Look, Watch};
