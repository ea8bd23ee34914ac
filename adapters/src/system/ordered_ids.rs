//! UUIDs of version 7 that never go back.

use slotflow_domain::Timestamp;
use uuid::Uuid;

/// The bits behind the time: 12 and 62 of them, around version and variant (RFC 9562, section 5.7).
const TAIL_BITS: u32 = 74;
const TAIL_MASK: u128 = (1 << TAIL_BITS) - 1;
/// A fresh tail leaves its first bit free, so that many ids fit behind it within its millisecond.
const FRESH_MASK: u128 = TAIL_MASK >> 1;
/// How far the next id of the same millisecond lies at the most: far enough not to be guessed.
const STEP_MASK: u128 = (1 << 40) - 1;

/// The last id that was made; each next one is greater.
///
/// Within a millisecond, and while the clock is behind where it was before, ids count up from the last one
/// in random steps (RFC 9562, section 6.2, method 2).
#[derive(Debug, Default)]
pub(super) struct OrderedIds {
    millis: u64,
    tail: u128,
}

impl OrderedIds {
    /// The next id, for `now`, or for the latest moment that an id was made for if that is later. `random`
    /// is 128 random bits.
    pub(super) fn next(&mut self, now: Timestamp, random: u128) -> Uuid {
        let now = u64::try_from(now.as_millis()).unwrap_or(0);
        let stepped = self.tail + 1 + (random & STEP_MASK);
        if now > self.millis {
            (self.millis, self.tail) = (now, random & FRESH_MASK);
        } else if stepped <= TAIL_MASK {
            self.tail = stepped;
        } else {
            // 2^33 ids within one millisecond.
            (self.millis, self.tail) = (self.millis + 1, random & FRESH_MASK);
        }
        let (first, rest) = (self.tail >> 62, self.tail & ((1 << 62) - 1));
        Uuid::from_u128(u128::from(self.millis) << 80 | 7 << 76 | first << 64 | 0b10 << 62 | rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn an_id_is_a_version_7_uuid_of_its_moment() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00.123Z").unwrap();
        let id = OrderedIds::default().next(now, u128::MAX);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(i64::try_from(id.as_u128() >> 80).unwrap(), now.as_millis());
    }

    #[test]
    fn ids_grow_whatever_the_clock_does() {
        let mut ids = OrderedIds::default();
        let mut last = Uuid::nil();
        for millis in [5_000, 5_000, 5_001, 4_000, -7, 5_001, 9_000, 8_999] {
            for random in [0, u128::MAX, 1, 0x5555 << 60] {
                let id = ids.next(at(millis), random);
                assert!(id > last, "{id} after {last}, at {millis}");
                last = id;
            }
        }
    }

    #[test]
    fn a_full_millisecond_runs_over_into_the_next() {
        let mut ids = OrderedIds { millis: 5_000, tail: TAIL_MASK - 1 };
        let last = ids.next(at(5_000), 0);
        let id = ids.next(at(5_000), 0);
        assert!(id > last);
        assert_eq!(id.as_u128() >> 80, 5_001);
    }
}
