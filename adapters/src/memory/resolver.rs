//! A name service that answers as told.

use async_trait::async_trait;
use slotflow_application::ports::{HostResolver, ResolveError};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Answer = Result<Vec<IpAddr>, ResolveError>;

/// Answers every name with a public address, until told otherwise. Clones share their answers.
#[derive(Clone, Debug, Default)]
pub struct ScriptedResolver(Arc<Mutex<BTreeMap<String, Answer>>>);

impl ScriptedResolver {
    /// What a name without an answer of its own resolves to: a public address.
    pub const DEFAULT: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34));

    /// From now on `name` has these addresses; none means that there is no such name. Calling it again
    /// between two attempts is what rebinding does.
    pub fn answer(&self, name: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses: Vec<_> = addresses.into_iter().collect();
        let answer = if addresses.is_empty() { Err(ResolveError::NotFound) } else { Ok(addresses) };
        self.answers().insert(Self::key(name), answer);
    }

    /// From now on looking up `name` fails.
    pub fn fail(&self, name: &str, error: ResolveError) {
        self.answers().insert(Self::key(name), Err(error));
    }

    fn key(name: &str) -> String {
        name.trim_end_matches('.').to_ascii_lowercase()
    }

    fn answers(&self) -> MutexGuard<'_, BTreeMap<String, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HostResolver for ScriptedResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        self.answers().get(&Self::key(name)).cloned().unwrap_or_else(|| Ok(vec![Self::DEFAULT]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn resolve(resolver: &ScriptedResolver, name: &str) -> Answer {
        resolver.resolve(name).now_or_never().unwrap()
    }

    #[test]
    fn every_name_is_public_until_told_otherwise() {
        let resolver = ScriptedResolver::default();
        assert_eq!(resolve(&resolver, "hooks.shop.io"), Ok(vec![ScriptedResolver::DEFAULT]));
        resolver.answer("Hooks.Shop.io.", [IpAddr::from([10, 0, 0, 1])]);
        assert_eq!(resolve(&resolver, "hooks.shop.io"), Ok(vec![IpAddr::from([10, 0, 0, 1])]));
        assert_eq!(resolve(&resolver, "other.io"), Ok(vec![ScriptedResolver::DEFAULT]));
    }

    #[test]
    fn a_name_can_fail() {
        let resolver = ScriptedResolver::default();
        resolver.fail("down.io", ResolveError::Unavailable);
        resolver.answer("gone.io", []);
        assert_eq!(resolve(&resolver, "down.io"), Err(ResolveError::Unavailable));
        assert_eq!(resolve(&resolver, "gone.io"), Err(ResolveError::NotFound));
    }
}
