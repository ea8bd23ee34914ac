//! Who is enrolled on the store, and whose lock is free: what the database knows of its instances.

use super::timeline::Micros;
use slotflow_domain::instance::InstanceNumber;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Notify;

/// The instances, by the numbers of their processes.
#[derive(Default)]
pub struct Roster {
    enrolled: BTreeSet<InstanceNumber>,
    /// Whose lock is free, and since when.
    free_since: BTreeMap<InstanceNumber, Micros>,
    /// Until when a process cannot take its lock again.
    kept_away: BTreeMap<InstanceNumber, Micros>,
    /// How often each has taken its lock again.
    taken: BTreeMap<InstanceNumber, u64>,
    changed: Arc<Notify>,
}

impl Roster {
    /// One more, which holds its lock.
    pub fn enrol(&mut self, number: InstanceNumber) {
        self.enrolled.insert(number);
        self.changed.notify_waiters();
    }

    /// One that has left in order.
    pub fn leave(&mut self, number: InstanceNumber) {
        self.enrolled.remove(&number);
        self.free_since.remove(&number);
        self.kept_away.remove(&number);
        self.changed.notify_waiters();
    }

    /// Its lock is free from `now` on: its process is dead, or its connection was cut and it cannot take it again before
    /// `until`.
    pub fn lose(&mut self, number: InstanceNumber, now: Micros, until: Micros) {
        if self.enrolled.contains(&number) {
            self.free_since.entry(number).or_insert(now);
            let kept_away = self.kept_away.entry(number).or_insert(until);
            *kept_away = until.max(*kept_away);
            self.changed.notify_waiters();
        }
    }

    /// All locks are free: the database was started anew.
    pub fn lose_all(&mut self, now: Micros) {
        for number in self.enrolled.clone() {
            self.lose(number, now, now);
        }
    }

    /// Nothing keeps anybody from its lock any more.
    pub fn heal(&mut self) {
        self.kept_away.clear();
        self.changed.notify_waiters();
    }

    /// A living process takes its lock again, and is enrolled again if somebody took it for dead. Answers until when it
    /// cannot, if so.
    pub fn take(&mut self, number: InstanceNumber, now: Micros) -> Result<(), Micros> {
        match self.kept_away.get(&number) {
            Some(until) if *until > now => Err(*until),
            _ => {
                self.kept_away.remove(&number);
                self.free_since.remove(&number);
                *self.taken.entry(number).or_default() += 1;
                self.enrol(number);
                Ok(())
            }
        }
    }

    /// Whether it is enrolled and holds its lock.
    pub fn holds(&self, number: InstanceNumber) -> bool {
        self.enrolled.contains(&number) && !self.is_free(number)
    }

    /// Whether its lock is free.
    pub fn is_free(&self, number: InstanceNumber) -> bool {
        self.free_since.contains_key(&number)
    }

    /// Since when its lock has been free.
    pub fn free_since(&self, number: InstanceNumber) -> Option<Micros> {
        self.free_since.get(&number).copied()
    }

    /// The enrolled ones whose locks are free, and how often each has taken its own again.
    pub fn free(&self) -> BTreeMap<InstanceNumber, u64> {
        let free = self.enrolled.iter().filter(|number| self.is_free(**number));
        free.map(|number| (*number, self.taken.get(number).copied().unwrap_or(0))).collect()
    }

    /// Everybody who is enrolled.
    pub fn enrolled(&self) -> Vec<InstanceNumber> {
        self.enrolled.iter().copied().collect()
    }

    /// Removes those that somebody took for dead.
    pub fn forget(&mut self, dead: &[InstanceNumber]) {
        self.enrolled.retain(|number| !dead.contains(number));
        self.changed.notify_waiters();
    }

    /// Rings at each change.
    pub fn changes(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }
}
