//! TLS as clients speak it: bundled root certificates, ring, HTTP/1.1.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::Error;

/// Hosts whose TLS sessions are remembered, so that the next lease resumes them.
const RESUMED_MAX: usize = 1_024;

/// Made once: parsing the bundled roots takes milliseconds. Its clones share all that is large.
pub(super) fn client_config(roots_extra: &[Vec<u8>]) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for (index, der) in roots_extra.iter().enumerate() {
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
