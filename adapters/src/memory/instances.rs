//! The processes on the in-memory store, as far as a test lets them live.

use super::MemoryStore;
use async_trait::async_trait;
use slotflow_application::ports::{Instances, StoreError};
use slotflow_domain::instance::InstanceNumber;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who runs on an in-memory store. Whoever is killed counts as dead at once, as it does on one machine. Clones are the
/// same list.
#[derive(Clone, Debug)]
pub struct MemoryInstances {
    store: MemoryStore,
    enrolled: Arc<Mutex<Enrolled>>,
}

#[derive(Debug, Default)]
struct Enrolled {
    last: u32,
    /// Each instance that is not forgotten, and whether it lives.
    lives: BTreeMap<InstanceNumber, bool>,
}

/// One of them, for its [`Dispatcher`](slotflow_application::Dispatcher).
#[derive(Clone, Debug)]
pub struct MemoryInstance {
    all: MemoryInstances,
    number: Option<InstanceNumber>,
}

impl MemoryInstances {
    /// Nobody yet.
    pub fn new(store: &MemoryStore) -> Self {
        Self { store: store.clone(), enrolled: Arc::default() }
    }

    /// One more, alive.
    pub fn enrol(&self) -> MemoryInstance {
        let mut enrolled = self.enrolled();
        enrolled.last += 1;
        let number = InstanceNumber::new(enrolled.last);
        enrolled.lives.extend(number.map(|number| (number, true)));
        drop(enrolled);
        MemoryInstance { all: self.clone(), number }
    }

    /// Those who live, in the order in which they enrolled.
    pub fn living(&self) -> Vec<InstanceNumber> {
        self.enrolled().lives.iter().filter(|(_, lives)| **lives).map(|(number, _)| *number).collect()
    }

    /// From now on this one counts as dead: the others take over what it is delivering. What it does itself is not stopped
    /// by that.
    pub fn kill(&self, number: InstanceNumber) {
        if let Some(lives) = self.enrolled().lives.get_mut(&number) {
            *lives = false;
        }
        self.store.ring();
    }

    fn enrolled(&self) -> MutexGuard<'_, Enrolled> {
        self.enrolled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Instances for MemoryInstance {
    fn own(&self) -> Option<InstanceNumber> {
        self.number
    }

    fn dead(&self) -> Vec<InstanceNumber> {
        let enrolled = self.all.enrolled();
        let dead = enrolled.lives.iter().filter(|(number, lives)| !**lives && Some(**number) != self.number);
        dead.map(|(number, _)| *number).collect()
    }

    async fn forget(&self, dead: Vec<InstanceNumber>) -> Result<(), StoreError> {
        self.all.enrolled().lives.retain(|number, lives| *lives || !dead.contains(number));
        Ok(())
    }
}
