//! A receiver whose every record is filled up with nothing (RFC 8446, section 5.4).

use super::Expected::{Delivered, Fails};
use super::script::Step::{self, Read};
use super::script::{flood, send};
use super::{Row, row};
use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::ring::{cipher_suite::TLS13_AES_128_GCM_SHA256, default_provider};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite, Tls13CipherSuite,
};
use slotflow_domain::delivery::AttemptOutcome::Protocol;

/// As long as the inside of a record may be, but for the last byte.
const FULL: usize = 16 * 1_024;

/// Cryptography that pads.
pub(super) fn provider() -> CryptoProvider {
    let SupportedCipherSuite::Tls13(suite) = TLS13_AES_128_GCM_SHA256 else {
        unreachable!("a suite of TLS 1.3");
    };
    let common = CipherSuiteCommon {
        suite: suite.common.suite,
        hash_provider: suite.common.hash_provider,
        confidentiality_limit: suite.common.confidentiality_limit,
    };
    let aead_alg = Box::leak(Box::new(Padding(suite.aead_alg)));
    let suite = Tls13CipherSuite { common, hkdf_provider: suite.hkdf_provider, aead_alg, quic: None };
    CryptoProvider {
        cipher_suites: vec![SupportedCipherSuite::Tls13(Box::leak(Box::new(suite)))],
        ..default_provider()
    }
}

/// Encrypts as the other does, after padding.
struct Padding(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Padding {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Padded(self.0.encrypter(key, iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }
}

struct Padded(Box<dyn MessageEncrypter>);

impl MessageEncrypter for Padded {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let mut inside = message.payload.to_vec();
        inside.push(message.typ.into());
        inside.resize(FULL, 0);
        // The other appends the type of what it is given: one more zero.
        let padded = OutboundPlainMessage {
            typ: ContentType::Unknown(0),
            version: message.version,
            payload: OutboundChunks::Single(&inside),
        };
        self.0.encrypt(padded, seq)
    }

    fn encrypted_payload_len(&self, _: usize) -> usize {
        self.0.encrypted_payload_len(FULL)
    }
}

pub(super) fn rows() -> Vec<Row> {
    let too_much = || Fails(Protocol, "more than 1 MiB through TLS");
    vec![
        row("an answer in a padded record", [Read, send("HTTP/1.1 204 No Content\r\n\r\n")], Delivered),
        row("a padded status line byte by byte", [Read, send("HTTP/1.1 200 "), flood("x")], too_much()),
        row("padded interim answers", [Read, flood("HTTP/1.1 102 Processing\r\n\r\n")], too_much()),
        row("padded headers byte by byte", [Read, send("HTTP/1.1 200 OK\r\nX: "), flood("x")], Delivered),
        row("a padded body byte by byte", body_byte_by_byte(), Delivered),
    ]
}

/// A success whose body has no end, in records of one byte.
pub(super) fn body_byte_by_byte() -> Vec<Step> {
    vec![Read, send("HTTP/1.1 200 OK\r\n\r\n"), flood("x")]
}

/// A request and an answer of some 700 KiB on the wire.
pub(super) fn turn() -> Vec<Step> {
    let body = std::iter::repeat_n(send("x"), 40);
    let head = send("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
    [Read, head].into_iter().chain(body).collect()
}
