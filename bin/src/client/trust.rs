//! Which certificates a server may have.

use anyhow::{Context, ensure};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;

/// TLS 1.2 and 1.3 with the public authorities of Mozilla's list, and those in `ca_file`. Nothing switches
/// verification off. The cryptography is named here, never the process's default: two of them in one program
/// would make that default a panic.
///
/// # Errors
/// A file that holds no usable certificates.
pub(crate) fn trusting(ca_file: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let unreadable = || format!("--ca-file: no certificates can be read from {}", path.display());
        let certificates = CertificateDer::pem_file_iter(path).with_context(unreadable)?;
        let known = roots.len();
        for certificate in certificates {
            roots.add(certificate.with_context(unreadable)?).with_context(unreadable)?;
        }
        ensure!(roots.len() > known, unreadable());
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
