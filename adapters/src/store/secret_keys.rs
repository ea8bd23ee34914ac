//! Signing secrets as they are stored: encrypted, under keys that are not in the database.
//!
//! An encrypted secret is text: `enc1:`, the key's id, `:`, and base64 of what the key's cipher makes of the secret, the
//! product's own a random nonce and XChaCha20-Poly1305. Its webhook and its column are authenticated with it, so that nobody can put one webhook's
//! secret into the row of another. Text that begins otherwise is a secret in the clear, as versions without
//! keys wrote it: it is read as it is, and encrypted when its row is next written.

use super::secret_cipher::{ChaCha, OpenError, SecretCipher};
use super::stored_row::corrupt;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use slotflow_application::ports::StoreError;
use slotflow_domain::WebhookId;
use slotflow_domain::signing::SigningSecret;
use std::fmt;
use std::sync::Arc;

/// How an encrypted secret begins. The number is the form's version.
pub(super) const SEALED: &str = "enc1:";

/// Characters of a key's id, and of an encrypted secret up to its second colon.
const ID_LENGTH: usize = 8;
pub(super) const PREFIX_LENGTH: usize = SEALED.len() + ID_LENGTH + 1;

const KEY_BYTES: usize = 32;

/// The keys that signing secrets are encrypted with where they are stored: the first encrypts, all decrypt.
///
/// None at all is possible too, and the default: secrets are then written in the clear. A clone is the same keys; `Debug` shows
/// their ids alone, and their memory is wiped with the last clone.
#[derive(Clone, Default)]
pub struct SecretKeys(Arc<[SecretKey]>);

/// A text that is no list of keys. It quotes nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be base64 of 32 random bytes, or several of these with commas between them")]
pub struct NotSecretKeys;

#[derive(Clone)]
struct SecretKey {
    /// The beginning of a hash of the key, or of its cipher's name for it, in hexadecimal: says which key it was, and nothing
    /// of it.
    id: String,
    cipher: Arc<dyn SecretCipher>,
    /// What other secrets are derived from; it does not lead back to the key. A cipher that keeps its key to itself has none.
    seed: Option<[u8; KEY_BYTES]>,
}

/// Which of a webhook's secrets it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretColumn {
    Current,
    Retiring,
}

/// That a secret is encrypted with a key that we do not have. Nothing is wrong with the row: others may have it.
#[derive(Debug, thiserror::Error)]
#[error("column {column}: it is encrypted with key {key_id}, which this process was not given")]
struct MissingKey {
    column: &'static str,
    key_id: String,
}

/// That the cipher cannot use its key for now. Nothing is wrong with the row either, and it may be read later: it is a
/// [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
#[error("column {column}: {error}")]
struct UnusableKey {
    column: &'static str,
    #[source]
    error: OpenError,
}

/// Whether all that is wrong is a key that we do not have, or cannot use for now.
pub(super) fn is_missing_key(error: &StoreError) -> bool {
    match error {
        StoreError::Broken(source) => source.is::<MissingKey>(),
        StoreError::Unavailable(source) => source.is::<UnusableKey>(),
        StoreError::Contended(_) | StoreError::Refused(_) => false,
    }
}

impl SecretKeys {
    /// Reads keys: base64 of 32 bytes each, with commas between them.
    ///
    /// # Errors
    /// A text that is anything else.
    pub fn parse(text: &str) -> Result<Self, NotSecretKeys> {
        text.split(',').map(|key| SecretKey::parse(key.trim())).collect::<Result<_, _>>().map(Self)
    }

    /// Keys that are used through ciphers of somebody else's: the first encrypts, all decrypt. Nothing is [derived](Self::derive)
    /// of them.
    pub fn of(ciphers: impl IntoIterator<Item = Arc<dyn SecretCipher>>) -> Self {
        Self(ciphers.into_iter().map(SecretKey::behind).collect())
    }

    /// The same keys, and these behind them, which only decrypt: to change from the one kind to the other.
    #[must_use]
    pub fn and(self, older: Self) -> Self {
        Self(self.0.iter().chain(older.0.iter()).cloned().collect())
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of the key that encrypts, as encrypted secrets name it.
    pub fn first_id(&self) -> Option<&str> {
        self.0.first().map(|key| key.id.as_str())
    }

    /// How what is encrypted with the first key begins.
    pub(super) fn first_prefix(&self) -> Option<String> {
        self.first_id().map(|id| format!("{SEALED}{id}:"))
    }

    /// A secret for another purpose, the same wherever the first key is the same. It says nothing of the key.
    pub fn derive(&self, purpose: &str) -> Option<[u8; 32]> {
        let seed = self.0.first()?.seed?;
        Some(Sha256::new().chain_update(seed).chain_update(purpose).finalize().into())
    }

    /// Whether one of the keys has this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// The secret as it is stored in this column of this webhook.
    pub(super) fn seal(
        &self,
        secret: &SigningSecret,
        column: SecretColumn,
        id: WebhookId,
    ) -> Result<String, StoreError> {
        let (Some(key), Some(mut text)) = (self.0.first(), self.first_prefix()) else {
            return Ok(secret.expose().to_owned());
        };
        let sealed = key.cipher.seal(secret.expose().as_bytes(), &column.place(id));
        STANDARD.encode_string(sealed.map_err(StoreError::Unavailable)?, &mut text);
        Ok(text)
    }

    /// The secret of what is stored in this column of this webhook. Errors name the column and the key, nothing of
    /// what is stored; of a key that cannot be used for now they are transient.
    pub(super) fn open(
        &self,
        stored: &str,
        column: SecretColumn,
        id: WebhookId,
    ) -> Result<SigningSecret, StoreError> {
        let parse = |text: &str| SigningSecret::parse(text).map_err(|error| corrupt(column.name(), error));
        let Some(sealed) = stored.strip_prefix(SEALED) else { return parse(stored) };
        let is_id = |text: &str| text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (key_id, encoded) = sealed
            .split_once(':')
            .filter(|(key_id, _)| is_id(key_id))
            .ok_or_else(|| corrupt(column.name(), "it names no key"))?;
        let Some(key) = self.0.iter().find(|key| key.id == key_id) else {
            let missing = MissingKey { column: column.name(), key_id: key_id.to_owned() };
            return Err(StoreError::Broken(Box::new(missing)));
        };
        let broken = || corrupt(column.name(), format_args!("it cannot be decrypted with key {key_id}"));
        let sealed = STANDARD.decode(encoded).map_err(|_| broken())?;
        let text = key.cipher.open(&sealed, &column.place(id)).map_err(|error| match error {
            OpenError::NotSealedHere => broken(),
            error @ OpenError::Unusable(_) => {
                StoreError::Unavailable(Box::new(UnusableKey { column: column.name(), error }))
            }
        })?;
        parse(std::str::from_utf8(&text).map_err(|_| broken())?)
    }
}

impl SecretKey {
    fn parse(text: &str) -> Result<Self, NotSecretKeys> {
        let bytes = STANDARD.decode(text).map_err(|_| NotSecretKeys)?;
        let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| NotSecretKeys)?;
        let seed =
            Sha256::new().chain_update(b"slotflow derived secrets").chain_update(key).finalize().into();
        let id = Self::id(b"slotflow secret key", &key);
        Ok(Self { id, cipher: Arc::new(ChaCha::new(key)), seed: Some(seed) })
    }

    fn behind(cipher: Arc<dyn SecretCipher>) -> Self {
        let id = Self::id(b"slotflow secret cipher", cipher.key_name().as_bytes());
        Self { id, cipher, seed: None }
    }

    fn id(purpose: &[u8], of: &[u8]) -> String {
        let digest = Sha256::new().chain_update(purpose).chain_update(of).finalize();
        digest.iter().take(ID_LENGTH / 2).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl SecretColumn {
    const fn name(self) -> &'static str {
        match self {
            Self::Current => "secret",
            Self::Retiring => "retiring_secret",
        }
    }

    /// Where a secret belongs, for authentication with it.
    fn place(self, id: WebhookId) -> Vec<u8> {
        [self.name().as_bytes(), id.as_uuid().as_bytes()].concat()
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use uuid::Uuid;

    fn text(byte: u8) -> String {
        STANDARD.encode([byte; KEY_BYTES])
    }

    fn keys(bytes: &[u8]) -> SecretKeys {
        SecretKeys::parse(&bytes.iter().map(|byte| text(*byte)).collect::<Vec<_>>().join(",")).unwrap()
    }

    fn secret() -> SigningSecret {
        SigningSecret::from_random([7; 32])
    }

    fn webhook(number: u128) -> WebhookId {
        WebhookId::new(Uuid::from_u128(number))
    }

    fn seal(keys: &SecretKeys) -> String {
        keys.seal(&secret(), SecretColumn::Current, webhook(1)).unwrap()
    }

    fn open(keys: &SecretKeys, stored: &str) -> Result<SigningSecret, StoreError> {
        keys.open(stored, SecretColumn::Current, webhook(1))
    }

    #[test]
    fn what_was_encrypted_is_read_back_and_shows_nothing() {
        let keys = keys(&[1]);
        let (one, other) = (seal(&keys), seal(&keys));
        assert_ne!(one, other, "each has a nonce of its own");
        for stored in [one, other] {
            assert_eq!(open(&keys, &stored).unwrap(), secret());
            assert!(stored.starts_with(&format!("enc1:{}:", keys.first_id().unwrap())), "{stored}");
            assert_eq!(stored.rfind(':').unwrap() + 1, PREFIX_LENGTH);
            assert!(!stored.contains(secret().expose().trim_start_matches("whsec_")), "{stored}");
        }
    }

    #[test]
    fn a_changed_character_anywhere_is_noticed() {
        let keys = keys(&[1]);
        let stored = seal(&keys);
        for place in 0..stored.len() {
            let mut changed = stored.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let error = open(&keys, std::str::from_utf8(&changed).unwrap()).unwrap_err();
            assert!(matches!(error, StoreError::Broken(_)), "{place}: {error}");
        }
        for cut in [0, 5, PREFIX_LENGTH, PREFIX_LENGTH + 8, stored.len() - 4] {
            assert!(open(&keys, &stored[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_secret_is_of_use_in_its_own_webhook_and_column_alone() {
        let keys = keys(&[1]);
        let stored = seal(&keys);
        for (column, id) in [(SecretColumn::Current, webhook(2)), (SecretColumn::Retiring, webhook(1))] {
            let error = keys.open(&stored, column, id).unwrap_err();
            let id = keys.first_id().unwrap();
            assert!(error.to_string().ends_with(&format!("cannot be decrypted with key {id}")), "{error}");
            assert!(!is_missing_key(&error));
        }
    }

    #[test]
    fn another_key_does_not_open_it_and_is_told_from_a_broken_row() {
        let stored = seal(&keys(&[1]));
        for others in [SecretKeys::default(), keys(&[2]), keys(&[2, 3])] {
            let error = open(&others, &stored).unwrap_err();
            assert!(is_missing_key(&error));
            assert!(error.to_string().contains(keys(&[1]).first_id().unwrap()), "{error}");
            assert!(!error.to_string().contains(&stored[PREFIX_LENGTH..]), "{error}");
        }
    }

    /// Opens nothing, for the one reason or for the other.
    struct Shut {
        for_now: bool,
    }

    impl SecretCipher for Shut {
        fn key_name(&self) -> &str {
            "shut"
        }

        fn seal(&self, secret: &[u8], _: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
            Ok(secret.to_vec())
        }

        fn open(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, OpenError> {
            Err(if self.for_now { OpenError::Unusable("shut".into()) } else { OpenError::NotSealedHere })
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_for_now_is_told_from_a_secret_that_will_never_open() {
        for for_now in [true, false] {
            let keys = SecretKeys::of([Arc::new(Shut { for_now }) as Arc<dyn SecretCipher>]);
            let error = open(&keys, &seal(&keys)).unwrap_err();
            assert_eq!((error.is_transient(), is_missing_key(&error)), (for_now, for_now), "{error}");
        }
        let elsewhere = StoreError::Unavailable("connection refused".into());
        assert!(!is_missing_key(&elsewhere), "the whole store is something else");
    }

    #[test]
    fn the_first_key_encrypts_and_all_decrypt() {
        let (old, both, new) = (keys(&[1]), keys(&[2, 1]), keys(&[2]));
        assert_eq!(open(&both, &seal(&old)).unwrap(), secret());
        assert_eq!(open(&new, &seal(&both)).unwrap(), secret());
        assert!(open(&old, &seal(&both)).is_err());
    }

    #[test]
    fn a_secret_in_the_clear_is_read_as_it_is_and_written_so_without_keys() {
        let none = SecretKeys::default();
        assert_eq!(seal(&none), secret().expose());
        for keys in [none, keys(&[1])] {
            assert_eq!(open(&keys, secret().expose()).unwrap(), secret());
        }
    }

    #[test]
    fn keys_are_base64_of_32_bytes() {
        let spaced = format!(" {} , {}\n", text(1), text(2));
        assert_eq!(SecretKeys::parse(&spaced).unwrap().0.len(), 2);
        let short = STANDARD.encode([1; 31]);
        for wrong in ["", ",", "x", &short, &format!("{},", text(1)), &text(1)[1..], &"A".repeat(100_000)] {
            assert_eq!(SecretKeys::parse(wrong).unwrap_err(), NotSecretKeys);
        }
    }

    #[test]
    fn debug_shows_ids_alone() {
        let keys = keys(&[1, 2]);
        let shown = format!("{keys:?}");
        assert_eq!(shown.len(), 2 * (ID_LENGTH + 2) + 4, "{shown}");
        assert!(shown.contains(keys.first_id().unwrap()) && !shown.contains(&text(1)), "{shown}");
    }
}
