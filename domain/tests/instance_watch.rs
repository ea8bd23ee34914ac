//! Who counts as dead, for any life of a lock and any looks at it.

#![allow(clippy::unwrap_used, reason = "tests fail loudly")]

use proptest::prelude::*;
use slotflow_domain::instance::{InstanceNumber, Look, Watch};
use std::collections::BTreeMap;
use std::time::Duration;

/// What happens next to one observer and one observed instance.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The observer looks. Its look takes so long; the lock is read at its beginning or at its end.
    Look {
        takes: u64,
        reads_first: bool,
    },
    /// Time passes, in milliseconds.
    Pass(u64),
    /// The lock is lost, or taken again.
    Lose,
    Take,
    /// The observer loses its own lock.
    Blind,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u64..50, any::<bool>()).prop_map(|(takes, reads_first)| Step::Look { takes, reads_first }),
        6 => prop_oneof![0_u64..1_500, 2_900..3_100_u64, 0..20_000_u64].prop_map(Step::Pass),
        2 => Just(Step::Lose),
        2 => Just(Step::Take),
        1 => Just(Step::Blind),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the observer sees and misses: who counts as dead has been without its lock for the grace, and the observer
    /// could see all that time.
    #[test]
    fn nobody_counts_as_dead_before_the_grace_is_over(steps in proptest::collection::vec(step(), 0..60)) {
        let observed = InstanceNumber::new(7).unwrap();
        let mut watch = Watch::new(Watch::GRACE);
        let (mut now, mut free_since, mut taken, mut blind_at, mut last_look) = (0, None, 1, 0, None);
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Lose => free_since = free_since.or(Some(now)),
                Step::Take => {
                    taken += u64::from(free_since.is_some());
                    free_since = None;
                }
                Step::Blind => {
                    watch.is_blind();
                    blind_at = now;
                    prop_assert!(watch.dead().is_empty(), "a blind observer judges nobody");
                }
                Step::Look { takes, reads_first } => {
                    let began = now;
                    now += takes;
                    let read_at = if reads_first { began } else { now };
                    let free = free_since.map(|_| (observed, taken)).into_iter().collect();
                    watch.saw(Look {
                        began: Duration::from_millis(began),
                        ended: Duration::from_millis(now),
                        free,
                    });
                    if watch.dead().contains(&observed) {
                        let free_since: u64 = free_since.unwrap();
                        let grace = u64::try_from(Watch::GRACE.as_millis()).unwrap();
                        prop_assert!(read_at - free_since >= grace, "it was without its lock for too short");
                        prop_assert!(read_at - blind_at >= grace, "it was seen for too short");
                        let last: u64 = last_look.unwrap();
                        prop_assert!(began - last <= grace, "nobody looked for longer than that");
                    }
                    last_look = Some(now);
                }
            }
        }
    }

    /// Who looks again and again finds out: one step after the grace at the latest.
    #[test]
    fn who_is_dead_is_found_by_regular_looks(pauses in proptest::collection::vec(1_u64..1_500, 8..20)) {
        let observed = InstanceNumber::new(7).unwrap();
        let mut watch = Watch::new(Watch::GRACE);
        let mut now = Duration::ZERO;
        for pause in pauses {
            watch.saw(Look { began: now, ended: now, free: BTreeMap::from([(observed, 1)]) });
            prop_assert_eq!(watch.dead().contains(&observed), now >= Watch::GRACE);
            prop_assert_eq!(watch.next_verdict().is_none(), now >= Watch::GRACE);
            now += Duration::from_millis(pause);
        }
        prop_assert!(watch.dead().contains(&observed) || now < Watch::GRACE + Duration::from_millis(1_500));
    }
}
