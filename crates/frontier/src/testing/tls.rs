//! An authority, and certificates for loopback.

use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::error::{Result, io};

/// The files of a server's TLS, in its folder.
pub(super) const CA_FILE: &str = "ca.pem";
/// Its certificate.
pub(super) const CERTIFICATE_FILE: &str = "server.pem";
/// Its private key.
pub(super) const KEY_FILE: &str = "server.key";

/// An authority that nobody else trusts. A clone is the same one: servers of one authority can
/// replicate from one another.
#[derive(Clone)]
pub struct Authority(Arc<CertifiedIssuer<'static, KeyPair>>);

impl Authority {
    /// Makes one.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "newshound test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(Arc::new(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)))
    }

    /// Its certificate, for those who are to trust it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes the authority's certificate, and a new one for loopback with its key.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.0)?;
        let files = [
            (CA_FILE, self.pem()),
            (CERTIFICATE_FILE, certificate.pem()),
            (KEY_FILE, key.serialize_pem()),
        ];
        for (name, text) in files {
            fs::write(folder.join(name), text).map_err(io(format!("write {name}")))?;
        }
        Ok(())
    }
}

/// The key stays out of messages.
impl Debug for Authority {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}
