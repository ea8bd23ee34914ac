//! True time: it moves only when nobody has anything left to do at the present moment.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Microseconds since the beginning of the simulation.
pub type Micros = u64;

/// A second.
pub const SECOND: Micros = 1_000_000;
/// A minute.
pub const MINUTE: Micros = 60 * SECOND;
/// An hour.
pub const HOUR: Micros = 60 * MINUTE;

/// True time, and everyone who waits for a later moment. Clones are the same timeline.
///
/// Sleepers wake one by one, in the order of their moments and then of their falling asleep, so that a run
/// is the same each time.
#[derive(Clone, Default)]
pub struct Timeline(Arc<Mutex<Sleepers>>);

#[derive(Default)]
struct Sleepers {
    now: Micros,
    next_place: u64,
    waiting: BTreeMap<(Micros, u64), Waker>,
}

impl Timeline {
    /// The present moment.
    pub fn now(&self) -> Micros {
        self.sleepers().now
    }

    /// Returns when `moment` has come. May be dropped at any time.
    pub fn sleep_until(&self, moment: Micros) -> Sleep {
        Sleep { timeline: self.clone(), moment, place: None }
    }

    /// Returns after `span`.
    pub fn sleep(&self, span: Micros) -> Sleep {
        self.sleep_until(self.now().saturating_add(span))
    }

    /// Moves on to the next moment that somebody waits for, and wakes one who does. For the runtime, when it
    /// has nothing else to do.
    pub fn move_on(&self) {
        let woken = {
            let mut sleepers = self.sleepers();
            let Some(((moment, _), waker)) = sleepers.waiting.pop_first() else { return };
            sleepers.now = sleepers.now.max(moment);
            waker
        };
        woken.wake();
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait for a moment.
pub struct Sleep {
    timeline: Timeline,
    moment: Micros,
    place: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let timeline = self.timeline.clone();
        let mut sleepers = timeline.sleepers();
        if sleepers.now >= self.moment {
            return Poll::Ready(());
        }
        let place = *self.place.get_or_insert_with(|| {
            sleepers.next_place += 1;
            sleepers.next_place
        });
        sleepers.waiting.insert((self.moment, place), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.timeline.sleepers().waiting.remove(&(self.moment, place));
        }
    }
}
