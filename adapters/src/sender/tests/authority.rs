//! An authority that only one test knows, and the certificates that it signs.

use crate::sender::SenderSettings;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::WantsServerCert;
use rustls::{ConfigBuilder, ServerConfig, SupportedProtocolVersion, WantsVerifier};
use rustls_pki_types::CertificateDer;
use std::io::Write;
use std::sync::Arc;
use tempfile::NamedTempFile;

pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

/// A certificate and its key.
pub(super) struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    /// The same settings, with trust in this authority.
    pub(super) fn trusted_by(&self, settings: SenderSettings) -> SenderSettings {
        SenderSettings { extra_ca_file: Some(self.file.path().to_owned()), ..settings }
    }

    /// Its own certificate.
    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.as_ref().der().clone()
    }

    /// A certificate for `names`, changed by `change`.
    pub(super) fn certify(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate: certificate.der().clone(), key }
    }
}

impl Identity {
    /// A certificate that is its own authority.
    pub(super) fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap().der().clone(), key }
    }

    /// What a receiver with this certificate speaks by default, in these versions of TLS.
    pub(super) fn config(self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        self.shown_by(speaking(ring::default_provider(), versions).with_no_client_auth())
    }

    pub(super) fn shown_by(self, builder: ConfigBuilder<ServerConfig, WantsServerCert>) -> ServerConfig {
        builder.with_single_cert(vec![self.certificate], self.key.into()).unwrap()
    }
}

/// A receiver's settings that are still to say whom it wants to know and how it is known.
pub(super) fn speaking(
    provider: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).unwrap()
}
