//! When an instance counts as dead.

use super::InstanceNumber;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One instance's look at the locks of the others.
///
/// Its moments are counted from any beginning, on a clock that is never set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When the look began.
    pub began: Duration,
    /// When it had ended.
    pub ended: Duration,
    /// The enrolled instances whose locks were free some time in between, and how often each had taken its lock before:
    /// what comes and goes between two looks is seen by that.
    pub free: BTreeMap<InstanceNumber, u64>,
}

/// What one instance has seen of the others, and which of them it may take for dead.
///
/// The lock of an instance that lives can be free for a moment: the database was started anew, or a connection was cut,
/// and it is about to take its lock again. So dead is only who was seen without it for all of a grace. Where a lock cannot
/// be lost (a file's, on the same machine) the grace is nothing, and dead is who is seen without it once.
///
/// Whoever cannot see judges nobody: while the observer's own lock is lost, whatever took it may have taken everybody's.
#[derive(Clone, Debug)]
pub struct Watch {
    grace: Duration,
    /// Since when each was seen without its lock, on end, having taken it so often before.
    free_since: BTreeMap<InstanceNumber, (u64, Duration)>,
    last_look: Option<Duration>,
    dead: BTreeSet<InstanceNumber>,
}

impl Watch {
    /// For locks that a living process can lose, and takes again within a second or so: 3 s.
    pub const GRACE: Duration = Duration::from_secs(3);

    /// A watch that has seen nothing yet.
    pub const fn new(grace: Duration) -> Self {
        Self { grace, free_since: BTreeMap::new(), last_look: None, dead: BTreeSet::new() }
    }

    /// Takes what was seen. Counted is only the time between the end of the first look and the beginning of this one,
    /// and only if no two looks in between lay further apart than the grace: nobody knows what happened meanwhile.
    pub fn saw(&mut self, look: Look) {
        let Look { began, ended, free } = look;
        if self.last_look.is_some_and(|last| began.saturating_sub(last) > self.grace) {
            self.free_since.clear();
        }
        self.last_look = Some(ended);
        self.free_since.retain(|number, (taken, _)| free.get(number) == Some(taken));
        for (number, taken) in free {
            self.free_since.entry(number).or_insert((taken, ended));
        }
        let is_over = |since: Duration| self.grace.is_zero() || began >= since + self.grace;
        let over = self.free_since.iter().filter(|(_, (_, since))| is_over(*since));
        self.dead = over.map(|(number, _)| *number).collect();
    }

    /// The observer has lost its own lock, or could not look: all that it had seen counts for nothing.
    pub fn is_blind(&mut self) {
        *self = Self::new(self.grace);
    }

    /// Who counts as dead.
    pub const fn dead(&self) -> &BTreeSet<InstanceNumber> {
        &self.dead
    }

    /// The first moment at which a look may find somebody dead who is not yet. Nothing if everybody has its lock.
    pub fn next_verdict(&self) -> Option<Duration> {
        let waited_for = self.free_since.iter().filter(|(number, _)| !self.dead.contains(number));
        waited_for.map(|(_, (_, since))| *since + self.grace).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u32) -> InstanceNumber {
        InstanceNumber::new(number).unwrap()
    }

    fn look(began: u64, ended: u64, free: &[u32]) -> Look {
        let free = free.iter().map(|it| (number(*it), 1)).collect();
        Look { began: Duration::from_millis(began), ended: Duration::from_millis(ended), free }
    }

    fn dead(watch: &Watch) -> Vec<u32> {
        watch.dead().iter().map(|number| number.get()).collect()
    }

    #[test]
    fn who_was_seen_without_its_lock_for_the_grace_is_dead() {
        let mut watch = Watch::new(Watch::GRACE);
        assert_eq!(watch.next_verdict(), None);
        for (began, expected) in
            [(0, vec![]), (1_000, vec![]), (2_000, vec![]), (3_004, vec![]), (3_005, vec![7])]
        {
            watch.saw(look(began, began + 5, &[7]));
            assert_eq!(dead(&watch), expected, "at {began}");
        }
        assert_eq!(watch.next_verdict(), None);
        watch.saw(look(3_900, 3_901, &[7, 8]));
        assert_eq!((dead(&watch), watch.next_verdict()), (vec![7], Some(Duration::from_millis(6_901))));
        watch.saw(look(4_000, 4_001, &[8]));
        assert_eq!(dead(&watch), [0; 0], "it is back");
    }

    #[test]
    fn a_lock_that_was_taken_again_meanwhile_counts_anew() {
        let mut watch = Watch::new(Watch::GRACE);
        for (began, free) in
            [(0, vec![7]), (1_000, vec![7]), (2_000, vec![]), (3_000, vec![7]), (5_900, vec![7])]
        {
            watch.saw(look(began, began, &free));
            assert_eq!(dead(&watch), [0; 0], "at {began}");
        }
        watch.saw(look(6_000, 6_000, &[7]));
        assert_eq!(dead(&watch), [7]);
    }

    #[test]
    fn so_does_one_that_was_taken_and_lost_again_between_two_looks() {
        let mut watch = Watch::new(Watch::GRACE);
        for (began, taken) in [(0, 1), (1_000, 1), (2_000, 2), (3_000, 2), (4_900, 2)] {
            watch.saw(Look { free: BTreeMap::from([(number(7), taken)]), ..look(began, began, &[]) });
            assert_eq!(dead(&watch), [0; 0], "at {began}");
        }
        watch.saw(Look { free: BTreeMap::from([(number(7), 2)]), ..look(5_000, 5_000, &[]) });
        assert_eq!(dead(&watch), [7]);
    }

    #[test]
    fn whoever_was_blind_or_did_not_look_for_long_begins_anew() {
        let mut watch = Watch::new(Watch::GRACE);
        watch.saw(look(0, 0, &[7]));
        watch.saw(look(2_000, 2_000, &[7]));
        watch.is_blind();
        watch.saw(look(4_000, 4_000, &[7]));
        assert_eq!(dead(&watch), [0; 0]);
        // It stood still.
        watch.saw(look(60_000, 60_000, &[7]));
        assert_eq!(dead(&watch), [0; 0]);
        watch.saw(look(63_000, 63_000, &[7]));
        assert_eq!(dead(&watch), [7]);
        watch.is_blind();
        assert_eq!(dead(&watch), [0; 0]);
    }

    #[test]
    fn without_a_grace_one_look_is_enough() {
        let mut watch = Watch::new(Duration::ZERO);
        watch.saw(look(5, 9, &[7]));
        assert_eq!(dead(&watch), [7]);
        watch.saw(look(90_000, 90_000, &[]));
        assert_eq!(dead(&watch), [0; 0]);
    }
}
