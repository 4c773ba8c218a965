//! TLS as clients speak it: bundled root certificates, ring, HTTP/1.1.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::Error;
use crate::Config;

/// Hosts whose TLS sessions are remembered, so that the next lease resumes them.
const RESUMED_MAX: usize = 1_024;

/// Made once: parsing the bundled roots takes milliseconds. Its clones share all that is large.
pub(super) fn client_config(config: &Config) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for path in &config.tls_ca {
        add_file(&mut roots, path)?;
    }
    for (index, der) in config.tls_roots_extra.iter().enumerate() {
        roots
            .add(CertificateDer::from_slice(der))
            .map_err(|source| Error::Root { index, source })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(RESUMED_MAX);
    Ok(config)
}

/// Adds every certificate of a PEM file; one without any is a mistake.
fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), Error> {
    let wrong = |reason: String| Error::CaFile { path: path.to_owned(), reason };
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(wrong("there is no certificate in it".to_owned())) } else { Ok(()) }
}
