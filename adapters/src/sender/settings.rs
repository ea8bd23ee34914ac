//! What can be chosen about sending.

use super::egress_proxy::EgressProxy;
use slotflow_domain::webhook::UrlRules;
use std::path::PathBuf;
use std::time::Duration;

/// How attempts are made. Each field says what it is by [`Default`].
#[derive(Clone, Debug)]
pub struct SenderSettings {
    /// From the start of the connection attempt to the end of the response; by default the contract's 10 s.
    pub request_timeout: Duration,
    /// How strictly URLs and addresses are judged, at every attempt; by default `https` to public addresses only
    /// ([`UrlRules::strict`]).
    pub url_rules: UrlRules,
    /// Certificate authorities (PEM) that are trusted besides the public ones, for receivers of one's own; none by default.
    pub extra_ca_file: Option<PathBuf>,
    /// The proxy that all requests leave through; nothing is connected to but it. By default there is none.
    pub egress_proxy: Option<EgressProxy>,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            url_rules: UrlRules::strict(),
            extra_ca_file: None,
            egress_proxy: None,
        }
    }
}

/// Settings that no sender can be made of.
#[derive(Debug, thiserror::Error)]
pub enum UnusableSettings {
    /// The file with further certificate authorities cannot be read, or is not PEM.
    #[error("the CA file {path} cannot be read: {source}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls_pki_types::pem::Error,
    },
    /// The file holds no certificate.
    #[error("the CA file {path} holds no certificate")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// TLS cannot be set up, for example with a certificate that is not one.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}
