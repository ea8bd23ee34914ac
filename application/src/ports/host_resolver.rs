//! Names to addresses.

use async_trait::async_trait;
use std::net::IpAddr;

/// A name that could not be turned into addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no such name.
    #[error("the host name does not exist")]
    NotFound,
    /// The name is there, but not for a host that could be connected to.
    #[error("the host name has no address")]
    NoAddress,
    /// More addresses than any receiver needs; so many that nobody will judge them all.
    #[error("the host name has more than {most} addresses")]
    TooManyAddresses {
        /// How many there may be.
        most: usize,
    },
    /// The name service did not answer, or could not.
    #[error("the name server did not answer")]
    Unavailable,
}

/// Looks up the addresses of a host's name.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait HostResolver: Send + Sync {
    /// Every address of `name`, which is absolute (no search list applies). Never an empty list. Bounded in
    /// time, and in how many they may be, by the implementation.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError>;
}
