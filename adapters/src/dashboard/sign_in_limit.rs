//! How many wrong keys somebody may try.
//!
//! A key has 256 random bits, so that none is found by trying; this bounds what trying costs us.

use super::Shared;
use crate::api::Allowances;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use slotflow_application::ports::Clock;
use slotflow_domain::rate_limit::RateLimit;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// One wrong key a second, and two at once.
const LIMIT: RateLimit = RateLimit::per_second(NonZeroU32::MIN);

/// Who tries: a network address. All whom a proxy lets through are one, as are those of whom the server does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Guest(Option<IpAddr>);

impl Guest {
    /// IPv6 networks are handed out by the /64: whoever has one has all its addresses.
    fn of(address: SocketAddr) -> Self {
        Self(Some(match address.ip().to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
            ip => ip,
        }))
    }
}

impl FromRequestParts<Arc<Shared>> for Guest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(peer.map_or(Self(None), |ConnectInfo(address)| Self::of(*address)))
    }
}

/// Counts the wrong keys of each guest, within this process.
pub(super) struct SignInLimit {
    failures: Allowances<Guest>,
}

impl SignInLimit {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { failures: Allowances::new(LIMIT, clock) }
    }

    /// Whether another key may be tried, or after how long.
    pub(super) fn admit(&self, guest: &Guest) -> Result<(), Duration> {
        self.failures.check(guest).map_err(|too_many| too_many.0)
    }

    /// Counts a wrong key.
    pub(super) fn failed(&self, guest: &Guest) {
        let _ = self.failures.take(*guest);
    }
}
