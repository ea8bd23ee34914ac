//! Requests that take effect once, however often they are sent.
//!
//! A client that does not know whether its request arrived sends it again under the same [`IdempotencyKey`].
//! The first answer is kept with a [`RequestDigest`] of what was asked, and [`precedent`] says what follows
//! from it for a later request under that key: nothing, the same answer again, or a conflict.

mod answer;
mod key;
mod precedent;
mod request_digest;

pub use answer::{Answer, AnswerBody, is_kept};
pub use key::IdempotencyKey;
pub use precedent::{KEPT_FOR, KeptAnswer, Precedent, expired_at, precedent};
pub use request_digest::RequestDigest;
