//! Who is signed in.
//!
//! A session is a cookie that names the API key that opened it and the moment it ends, and proves both by an HMAC. It is
//! signed with the stored digest of that very key, so that no instance needs to know of another's sessions, and a key
//! that is revoked takes its sessions with it at once. The key itself is never in it.

use super::DashboardServices;
use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use slotflow_application::ports::{ApiKeyRecord, Clock, Directory, StoreError};
use slotflow_domain::organization::ApiKeyDigest;
use slotflow_domain::{ApiKeyId, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long a session lasts: a working day. Then the key is asked for again.
const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

const COOKIE: &str = "slotflow_session";

/// What is signed begins with this, so that a signature made for anything else is none here.
const PURPOSE: &[u8] = b"slotflow dashboard session 1";

/// A secret of the operator's that sessions are signed with beside the digest of their API key: whoever can read the
/// database cannot make sessions then. All instances need the same one. A session lasts for 12 h. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct SessionKey(Option<[u8; 32]>);

impl SessionKey {
    /// Signs with this secret too.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(Some(secret))
    }

    /// Signs with the digests of API keys alone, as by default.
    pub const fn none() -> Self {
        Self(None)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// Opens sessions and recognizes them.
pub(super) struct Sessions {
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    key: SessionKey,
}

impl Sessions {
    pub(super) fn new(services: &DashboardServices, key: SessionKey) -> Self {
        Self {
            directory: Arc::clone(&services.organizations.directory),
            clock: Arc::clone(&services.organizations.clock),
            key,
        }
    }

    /// The cookie of a new session for whoever presented this key, forgotten with the browser's own session. `secure`
    /// is whether the browser came by HTTPS.
    pub(super) fn open(&self, key: &ApiKeyRecord, base: &str, secure: bool) -> Cookie<'static> {
        let ends_at = self.clock.now() + LASTS;
        let mut cookie = cookie(self.token(key, ends_at), base);
        cookie.set_secure(secure);
        cookie
    }

    /// The cookie that ends a session in the browser.
    pub(super) fn closed(base: &str) -> Cookie<'static> {
        let mut cookie = cookie(String::new(), base);
        cookie.make_removal();
        cookie
    }

    /// The key that opened the session of this request, if it has one that is good.
    pub(super) async fn of(&self, headers: &HeaderMap) -> Result<Option<ApiKeyRecord>, StoreError> {
        match CookieJar::from_headers(headers).get(COOKIE) {
            Some(cookie) => self.recognize(cookie.value()).await,
            None => Ok(None),
        }
    }

    /// The key that opened the session of this cookie's text, unless the session has ended, the key was revoked, or
    /// the text is none of ours.
    async fn recognize(&self, token: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
        let Some(claim) = Claim::parse(token) else { return Ok(None) };
        if claim.ends_at <= self.clock.now() {
            return Ok(None);
        }
        let key = self.directory.api_key(claim.key_id).await?;
        Ok(key.filter(|key| self.mac(&key.digest, &claim).verify_slice(&claim.proof).is_ok()))
    }

    fn token(&self, key: &ApiKeyRecord, ends_at: Timestamp) -> String {
        let claim = Claim { key_id: key.id, ends_at, proof: Vec::new() };
        let proof = self.mac(&key.digest, &claim).finalize().into_bytes();
        format!("{}.{}", claim.text(), URL_SAFE_NO_PAD.encode(proof))
    }

    /// Over all that a session claims, keyed with the digest of its API key and the operator's secret.
    fn mac(&self, digest: &ApiKeyDigest, claim: &Claim) -> Hmac<Sha256> {
        let mut key = [0; 64];
        let (of_api_key, of_operator) = key.split_at_mut(32);
        of_api_key.copy_from_slice(digest.as_bytes());
        of_operator.copy_from_slice(&self.key.0.unwrap_or_default());
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
        mac.update(PURPOSE);
        mac.update(claim.key_id.as_uuid().as_bytes());
        mac.update(&claim.ends_at.as_millis().to_be_bytes());
        mac
    }
}

fn cookie(token: String, base: &str) -> Cookie<'static> {
    let mut cookie = Cookie::new(COOKIE, token);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_path(if base.is_empty() { "/".to_owned() } else { base.to_owned() });
    cookie
}

/// What a cookie says, not believed yet.
struct Claim {
    key_id: ApiKeyId,
    ends_at: Timestamp,
    proof: Vec<u8>,
}

impl Claim {
    fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (id, end, proof) = (parts.next()?, parts.next()?, parts.next()?);
        let key_id = ApiKeyId::new(Uuid::try_parse(id).ok()?);
        let ends_at = Timestamp::from_millis(end.parse().ok()?).ok()?;
        let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
        let claim = Self { key_id, ends_at, proof };
        // One spelling, one session: numbers and UUIDs could be written in others.
        let as_written = claim.text().strip_prefix(id).and_then(|rest| rest.strip_prefix('.')) == Some(end);
        (parts.next().is_none() && as_written).then_some(claim)
    }

    /// What is claimed, without its proof.
    fn text(&self) -> String {
        format!("{}.{}", self.key_id.as_uuid().simple(), self.ends_at.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotflow_application::ports::{MockClock, MockDirectory};
    use slotflow_domain::OrganizationId;
    use slotflow_domain::organization::ApiKey;

    const MOMENT: Duration = Duration::from_millis(1);

    fn start() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
    }

    fn record(bytes: [u8; 32]) -> ApiKeyRecord {
        let key = ApiKey::from_random(bytes);
        ApiKeyRecord {
            id: ApiKeyId::new(Uuid::from_u128(0x0195_7f3c_8a10_7abc_8def_0000_0000_0001)),
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            digest: key.digest(),
            visible_prefix: key.visible_prefix().to_owned(),
            created_at: start(),
            revoked_at: None,
        }
    }

    /// The sessions of an installation that signs with `key`, at this moment, and knows one API key.
    fn sessions(key: SessionKey, now: Timestamp, known: ApiKeyRecord) -> Sessions {
        let mut directory = MockDirectory::new();
        directory.expect_api_key().returning(move |id| Ok((id == known.id).then(|| known.clone())));
        let mut clock = MockClock::new();
        clock.expect_now().returning(move || now);
        Sessions { directory: Arc::new(directory), clock: Arc::new(clock), key }
    }

    fn ours(now: Timestamp) -> Sessions {
        sessions(SessionKey::new([7; 32]), now, record([1; 32]))
    }

    /// The text of a session that began at [`start`].
    fn token() -> String {
        ours(start()).open(&record([1; 32]), "/dashboard", true).value().to_owned()
    }

    async fn is_recognized(sessions: &Sessions, token: &str) -> bool {
        sessions.recognize(token).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_session_is_recognized_until_it_ends() {
        let ends_at = start() + LASTS;
        for (now, lasts) in [(start(), true), (ends_at.saturating_sub(MOMENT), true), (ends_at, false)] {
            assert_eq!(is_recognized(&ours(now), &token()).await, lasts, "{now}");
        }
    }

    #[tokio::test]
    async fn a_changed_character_anywhere_is_refused() {
        let (sessions, token) = (ours(start()), token());
        assert!(is_recognized(&sessions, &token).await);
        let characters = || (b' '..=b'~').map(char::from);
        for place in 0..token.len() {
            let (before, after) = (&token[..place], &token[place + 1..]);
            let dropped = format!("{before}{after}");
            assert!(!is_recognized(&sessions, &dropped).await, "{dropped}");
            for other in characters().filter(|other| !token[place..].starts_with(*other)) {
                let changed = format!("{before}{other}{after}");
                assert!(!is_recognized(&sessions, &changed).await, "{changed}");
            }
        }
        for place in 0..=token.len() {
            for more in characters() {
                let longer = format!("{}{more}{}", &token[..place], &token[place..]);
                assert!(!is_recognized(&sessions, &longer).await, "{longer}");
            }
        }
    }

    #[tokio::test]
    async fn another_session_key_refuses_it() {
        for key in [SessionKey::none(), SessionKey::new([8; 32])] {
            let elsewhere = sessions(key, start(), record([1; 32]));
            assert!(!is_recognized(&elsewhere, &token()).await);
        }
    }

    #[tokio::test]
    async fn the_digest_of_another_api_key_refuses_it() {
        let changed = sessions(SessionKey::new([7; 32]), start(), record([2; 32]));
        assert!(!is_recognized(&changed, &token()).await);
    }

    #[test]
    fn the_key_is_not_in_its_session_nor_the_session_key_in_debug() {
        let key = ApiKey::from_random([1; 32]);
        assert!(!token().contains(&key.expose()["sk_live_".len()..][..8]));
        assert_eq!(format!("{:?}", SessionKey::new([7; 32])), "SessionKey(..)");
    }
}
