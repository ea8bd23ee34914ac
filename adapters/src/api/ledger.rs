//! A bound on bytes that are in memory at once, and on each organization's part of them.

use slotflow_domain::OrganizationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose bytes they are; `None` is everybody who needs no key.
pub(super) type Holder = Option<OrganizationId>;

/// Counts what is held. A clone is the same one.
#[derive(Clone)]
pub(super) struct Ledger(Arc<Book>);

struct Book {
    most: usize,
    most_of_one: usize,
    held: Mutex<Held>,
}

/// Only who holds something stands here, so it is bounded by what is held.
#[derive(Default)]
struct Held {
    in_all: usize,
    by_holder: HashMap<Holder, usize>,
}

/// Bytes that are held until this is dropped.
pub(super) struct Hold {
    ledger: Ledger,
    holder: Holder,
    bytes: usize,
}

impl Ledger {
    /// A ledger of at most so many bytes in all, and of one holder.
    pub(super) fn new(most: usize, most_of_one: usize) -> Self {
        Self(Arc::new(Book { most, most_of_one, held: Mutex::default() }))
    }

    /// Holds nothing yet.
    pub(super) fn open(&self, holder: Holder) -> Hold {
        Hold { ledger: self.clone(), holder, bytes: 0 }
    }

    /// What is kept is whole after every statement, so a panic elsewhere spoils nothing.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn of(&self, holder: Holder) -> usize {
        self.by_holder.get(&holder).copied().unwrap_or_default()
    }

    fn change(&mut self, holder: Holder, from: usize, to: usize) {
        let changed = |held: usize| held.saturating_sub(from).saturating_add(to);
        self.in_all = changed(self.in_all);
        match changed(self.of(holder)) {
            0 => self.by_holder.remove(&holder),
            held => self.by_holder.insert(holder, held),
        };
    }
}

impl Hold {
    /// Whose bytes they are.
    pub(super) const fn holder(&self) -> Holder {
        self.holder
    }

    /// Makes what is held from now on somebody's.
    pub(super) fn belong_to(&mut self, holder: Holder) {
        if self.bytes > 0 {
            let mut held = self.ledger.held();
            held.change(self.holder, self.bytes, 0);
            held.change(holder, 0, self.bytes);
        }
        self.holder = holder;
    }

    /// Holds so many bytes in all, if there is room for them; else what it held before.
    pub(super) fn try_raise_to(&mut self, bytes: usize) -> bool {
        let mut held = self.ledger.held();
        let others =
            (held.in_all.saturating_sub(self.bytes), held.of(self.holder).saturating_sub(self.bytes));
        let Book { most, most_of_one, .. } = *self.ledger.0;
        let has_room =
            bytes <= self.bytes || fits(others.0, bytes, most) && fits(others.1, bytes, most_of_one);
        if has_room {
            let bytes = bytes.max(self.bytes);
            held.change(self.holder, self.bytes, bytes);
            self.bytes = bytes;
        }
        has_room
    }

    /// Holds so many bytes, room or not: others find less of it.
    pub(super) fn take(&mut self, bytes: usize) {
        self.ledger.held().change(self.holder, self.bytes, bytes);
        self.bytes = bytes;
    }
}

/// What is larger than the bound fits alone: otherwise nobody could ever have it.
fn fits(others: usize, bytes: usize, most: usize) -> bool {
    others == 0 || others.saturating_add(bytes) <= most
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.ledger.held().change(self.holder, self.bytes, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const fn organization(number: u128) -> Holder {
        Some(OrganizationId::new(Uuid::from_u128(number)))
    }

    /// A hold of so many bytes, if there is room.
    fn hold(ledger: &Ledger, holder: Holder, bytes: usize) -> Option<Hold> {
        let mut hold = ledger.open(holder);
        hold.try_raise_to(bytes).then_some(hold)
    }

    #[test]
    fn nobody_holds_more_than_a_share_and_all_together_no_more_than_the_bound() {
        let ledger = Ledger::new(100, 40);
        let first = hold(&ledger, organization(1), 30).unwrap();
        assert!(hold(&ledger, organization(1), 11).is_none(), "beyond the share");
        let _rest_of_share = hold(&ledger, organization(1), 10).unwrap();
        let _second = hold(&ledger, organization(2), 40).unwrap();
        assert!(hold(&ledger, organization(3), 21).is_none(), "beyond the bound");
        let _third = hold(&ledger, organization(3), 20).unwrap();
        assert!(hold(&ledger, None, 1).is_none(), "full");
        drop(first);
        assert!(hold(&ledger, None, 30).is_some() && hold(&ledger, organization(1), 30).is_some());
    }

    #[test]
    fn what_is_larger_than_a_bound_has_to_be_alone() {
        let ledger = Ledger::new(100, 40);
        let large = hold(&ledger, organization(1), 90).unwrap();
        assert!(hold(&ledger, organization(1), 1).is_none() && hold(&ledger, organization(2), 11).is_none());
        drop(large);
        let larger = hold(&ledger, organization(1), 1_000).unwrap();
        assert!(hold(&ledger, organization(2), 1).is_none());
        drop(larger);
        let _small = hold(&ledger, organization(2), 1).unwrap();
        assert!(hold(&ledger, organization(1), 1_000).is_none());
    }

    #[test]
    fn a_hold_grows_while_there_is_room_and_keeps_what_it_has() {
        let ledger = Ledger::new(100, 40);
        let mut growing = hold(&ledger, organization(1), 20).unwrap();
        let other = hold(&ledger, organization(1), 15).unwrap();
        assert!(growing.try_raise_to(25) && !growing.try_raise_to(26) && growing.try_raise_to(7));
        drop(other);
        assert!(growing.try_raise_to(40));
        assert_eq!(ledger.held().in_all, 40);
    }

    #[test]
    fn what_cannot_be_refused_is_counted_beyond_the_bound() {
        let ledger = Ledger::new(100, 40);
        let mut taken = ledger.open(organization(1));
        taken.take(120);
        assert!(hold(&ledger, organization(2), 1).is_none());
        drop(taken);
        assert!(hold(&ledger, organization(2), 40).is_some());
    }

    #[test]
    fn nothing_is_remembered_of_whoever_holds_nothing() {
        let ledger = Ledger::new(100, 40);
        for number in 0..1_000 {
            let mut held = hold(&ledger, None, 10).unwrap();
            held.belong_to(organization(number));
            assert_eq!(ledger.held().of(organization(number)), 10);
        }
        let held = ledger.held();
        assert_eq!((held.in_all, held.by_holder.len()), (0, 0));
    }
}
