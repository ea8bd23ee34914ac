//! What the operating system gives: time and randomness.
//!
//! | item | is |
//! |---|---|
//! | [`SystemClock`] | the wall clock, and waiting for it |
//! | [`SystemEntropy`] | identifiers (UUIDs of version 7 that never go back), claim tokens and secrets |
//! | [`NoRandomness`] | why there is no randomness |

// | module | what |
// |---|---|
// | `clock` | the wall clock, and waiting for it |
// | `entropy` | identifiers, claim tokens and secrets |
// | `ordered_ids` | UUIDs of version 7 that never go back |
// | `random` | random bytes, even while the system has none to give |

mod clock;
mod entropy;
mod ordered_ids;
mod random;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use random::NoRandomness;
