//! TLS to PostgreSQL.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connector that believes the authority in this PEM file and no other, and asks the server's certificate for the host's
/// name: what PostgreSQL calls `verify-full`.
pub(crate) fn connector(ca_file: &Path) -> anyhow::Result<MakeRustlsConnect> {
    let place = || format!("setting database.ca_file: {}", ca_file.display());
    let mut roots = RootCertStore::empty();
    for found in CertificateDer::pem_file_iter(ca_file).with_context(place)? {
        roots.add(found.with_context(place)?).with_context(place)?;
    }
    ensure!(!roots.is_empty(), "{} holds no certificate", place());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
