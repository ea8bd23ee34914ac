//! What an earlier request under a key means for this one.

use super::{Answer, IdempotencyKey, RequestDigest};
use crate::{OrganizationId, Timestamp};
use std::time::Duration;

/// How long the first answer is given again: 24 h (wire contract, Every POST).
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The first answer to a request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Whose key it is.
    pub organization_id: OrganizationId,
    /// The key.
    pub key: IdempotencyKey,
    /// What was asked.
    pub request: RequestDigest,
    /// What was answered.
    pub answer: Answer,
    /// When.
    pub answered_at: Timestamp,
}

/// What an earlier request under the same key means for a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precedent {
    /// There is none, or none any more: the request is carried out.
    None,
    /// It was the same request: its answer is given again.
    Same(Answer),
    /// It was another request: this one is refused.
    Other,
}

/// What the answer that is kept under a request's key, if there is one, means for the request at `now`.
///
/// An answer from a clock that was ahead is as good as one of this moment.
pub fn precedent(kept: Option<KeptAnswer>, request: RequestDigest, now: Timestamp) -> Precedent {
    match kept {
        Some(kept) if kept.answered_at <= expired_at(now) => Precedent::None,
        Some(kept) if kept.request == request => Precedent::Same(kept.answer),
        Some(_) => Precedent::Other,
        None => Precedent::None,
    }
}

/// The latest moment whose answers do not count any more at `now`. They may be replaced and removed.
pub fn expired_at(now: Timestamp) -> Timestamp {
    now.saturating_sub(KEPT_FOR)
}

#[cfg(test)]
mod tests {
    use super::super::AnswerBody;
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn digest(of: u8) -> RequestDigest {
        RequestDigest::of("POST", "/v1/bookings", None, &[of])
    }

    fn kept(request: RequestDigest, answered_at: Timestamp) -> KeptAnswer {
        KeptAnswer {
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            key: IdempotencyKey::parse(b"k").unwrap(),
            request,
            answer: Answer { status: 201, body: AnswerBody::Bytes(b"{}".to_vec()) },
            answered_at,
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn an_answer_counts_for_less_than_24_hours() {
        let day = 24 * 60 * 60 * 1_000;
        let answer = kept(digest(1), at(0));
        let same = Precedent::Same(answer.answer.clone());
        assert_eq!(precedent(Some(answer.clone()), digest(1), at(day - 1)), same);
        assert_eq!(precedent(Some(answer.clone()), digest(1), at(day)), Precedent::None);
        assert_eq!(precedent(Some(answer), digest(2), at(day - 1)), Precedent::Other);
        assert_eq!(precedent(None, digest(1), at(0)), Precedent::None);
    }

    proptest! {
        #[test]
        fn it_is_the_first_answer_or_a_conflict_while_it_counts_and_nothing_afterwards(
            answered in 0_i64..10_000_000_000,
            later in -200_000_000_i64..200_000_000,
            first: u8,
            second: u8,
        ) {
            let (answered_at, now) = (at(answered), at(answered + later));
            let answer = kept(digest(first), answered_at);
            let expected = match (now.since(answered_at) < KEPT_FOR, first == second) {
                (false, _) => Precedent::None,
                (true, true) => Precedent::Same(answer.answer.clone()),
                (true, false) => Precedent::Other,
            };
            prop_assert_eq!(precedent(Some(answer), digest(second), now), expected);
        }
    }
}
