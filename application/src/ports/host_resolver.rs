//! Names to addresses.

use async_trait::async_trait;
use std::net::IpAddr;

/// A name that could not be turned into addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no such name, or it has no address.
    #[error("the name does not resolve to any address")]
    NotFound,
    /// The name service did not answer.
    #[error("the name service did not answer")]
    Unavailable,
}

/// Looks up the addresses of a host's name.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait HostResolver: Send + Sync {
    /// Every address of `name`, which is absolute (no search list applies). Never an empty list. Bounded in
    /// time by the implementation.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError>;
}
