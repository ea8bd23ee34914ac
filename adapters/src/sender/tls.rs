//! Whom to trust.

use super::failure::AttemptFailure;
use super::settings::UnusableSettings;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, ServerName};
use slotflow_domain::webhook::{Host, WebhookUrl};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// TLS 1.2 and 1.3, HTTP/1.1 only, the public authorities of Mozilla's list, and those in `extra_ca_file`.
/// Nothing switches verification off.
///
/// The cryptography is named here, never the process's default: two of them in one program would make that
/// default a panic.
///
/// # Errors
/// A file that holds no usable certificates.
pub(super) fn connector(extra_ca_file: Option<&Path>) -> Result<TlsConnector, UnusableSettings> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra_ca_file.map_or(Ok(Vec::new()), read_certificates)? {
        roots.add(certificate)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, UnusableSettings> {
    let unreadable = |source: pem::Error| UnusableSettings::CaFile { path: path.to_owned(), source };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(|source| UnusableSettings::CaFile { path: path.to_owned(), source })?;
    if certificates.is_empty() {
        return Err(UnusableSettings::NoCertificate { path: path.to_owned() });
    }
    Ok(certificates)
}

/// The name that the receiver's certificate must be for.
///
/// # Errors
/// A host that no certificate can name.
pub(super) fn expected_name(url: &WebhookUrl) -> Result<ServerName<'static>, AttemptFailure> {
    match url.host() {
        Host::Ip(address) => Ok(ServerName::from(address)),
        Host::Name(name) => ServerName::try_from(name.to_owned())
            .map_err(|_| AttemptFailure::Tls("no certificate can be for this host name".to_owned())),
    }
}
