//! Identifiers, claim tokens and secrets.

use super::ordered_ids::OrderedIds;
use super::random::{NoRandomness, Random};
use slotflow_application::ports::Entropy;
use slotflow_domain::Timestamp;
use std::sync::{Mutex, PoisonError};
use uuid::{Builder, Uuid};

/// Makes what must not be guessed or repeated, from the system's randomness.
///
/// Whether there is any is found out once, when it is made; from then on nothing here can fail.
#[derive(Debug)]
pub struct SystemEntropy {
    random: Random,
    ids: Mutex<OrderedIds>,
}

impl SystemEntropy {
    /// One for the whole process: ids grow within one instance only.
    ///
    /// # Errors
    /// A system that gives no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        Ok(Self { random: Random::new()?, ids: Mutex::default() })
    }
}

impl Entropy for SystemEntropy {
    fn id(&self, now: Timestamp) -> Uuid {
        let random = self.random.number();
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now, random)
    }

    fn token(&self) -> Uuid {
        Builder::from_random_bytes(self.random.number().to_be_bytes()).into_uuid()
    }

    fn secret_bytes(&self) -> [u8; 32] {
        self.random.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_of_several_threads_grow_in_each_and_never_repeat() {
        let entropy = SystemEntropy::new().unwrap();
        let now = Timestamp::from_millis(1_773_151_500_000).unwrap();
        let make = || (0..5_000).map(|_| entropy.id(now)).collect::<Vec<_>>();
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(made.iter().all(|ids| ids.is_sorted_by(|one, next| one < next)));
        assert_eq!(made.concat().into_iter().collect::<HashSet<_>>().len(), 20_000);
    }

    #[test]
    fn tokens_are_random_uuids() {
        let entropy = SystemEntropy::new().unwrap();
        let (one, other) = (entropy.token(), entropy.token());
        assert_ne!(one, other);
        assert_eq!(one.get_version(), Some(uuid::Version::Random));
    }

    #[test]
    fn secrets_differ() {
        let entropy = SystemEntropy::new().unwrap();
        assert_ne!(entropy.secret_bytes(), entropy.secret_bytes());
    }
}
