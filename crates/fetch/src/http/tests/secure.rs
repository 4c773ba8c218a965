//! TLS: whom we trust, and under which name.

use std::io::Write;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use super::server::{Server, read_head};
use super::*;

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    pem: String,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (der, pem) = (certificate.der().to_vec(), certificate.pem());
    Authority { issuer: Issuer::new(params, key), der, pem }
}

/// An HTTPS server with a certificate for `name`.
async fn server(authority: &Authority, name: &str) -> Server {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |stream, heads| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while let Some(head) = read_head(&mut stream).await {
                heads.lock().unwrap().push(head);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe";
                let sent = stream.write_all(answer).await.is_ok() && stream.flush().await.is_ok();
                if !sent {
                    return;
                }
            }
        }
    })
    .await
}

fn https(server: &Server) -> String {
    server.url("/").replace("http:", "https:")
}

#[tokio::test]
async fn an_extra_root_is_trusted_for_the_right_name() {
    let authority = authority();
    let server = server(&authority, "a.test").await;
    let config = Config { tls_roots_extra: vec![authority.der], ..loopback() };
    let got = get(&config, names(&["127.0.0.1"]), &https(&server)).await;
    assert_eq!(server.heads()[0], got.request_head);
    assert_eq!(response(got).body[..], b"safe"[..]);
}

#[tokio::test]
async fn a_rule_leaves_the_tls_name_alone() {
    let authority = authority();
    let server = server(&authority, "a.test").await;
    let mut config = Config { tls_roots_extra: vec![authority.der], ..loopback() };
    config.connect_to = vec![format!("*={}", server.address).parse().unwrap()];
    assert_eq!(response(get(&config, Names::NeverCome, "https://a.test/").await).status, 200);
    assert_eq!(failure(get(&config, Names::NeverCome, "https://b.test/").await).kind(), "tls");
}

#[tokio::test]
async fn unknown_roots_and_wrong_names_are_refused() {
    let (known, unknown) = (authority(), authority());
    let config = Config { tls_roots_extra: vec![known.der.clone()], ..loopback() };
    for (authority, name) in [(&unknown, "a.test"), (&known, "b.test")] {
        let server = server(authority, name).await;
        let got = failure(get(&config, names(&["127.0.0.1"]), &https(&server)).await);
        assert_eq!((got.kind(), got.is_transient()), ("tls", false), "{name}: {got}");
        assert!(got.may_be_https_only() && server.heads().is_empty());
    }
}

#[tokio::test]
async fn https_to_a_server_that_speaks_http_is_a_tls_failure() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = read_head(&mut stream).await;
    })
    .await;
    let got = failure(get(&loopback(), names(&["127.0.0.1"]), &https(&server)).await);
    assert_eq!(got.kind(), "tls");
}

#[tokio::test]
async fn roots_come_from_pem_files_too() {
    let authority = authority();
    let server = server(&authority, "a.test").await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let config = Config { tls_ca: vec![file.path().to_owned()], ..loopback() };
    let made = |config: &Config| {
        HttpWeb::new(config, &identity(), Arc::new(Ticks::default()), names(&[])).err()
    };
    let error = made(&config).unwrap().to_string();
    assert!(error.contains("no certificate in it") && error.contains("--tls-ca"), "{error}");
    file.write_all(authority.pem.as_bytes()).unwrap();
    assert!(made(&config).is_none());
    let got = get(&config, names(&["127.0.0.1"]), &https(&server)).await;
    assert_eq!(response(got).status, 200);
    let broken = Config { tls_roots_extra: vec![b"none".to_vec()], ..loopback() };
    assert!(matches!(made(&broken), Some(Error::Root { index: 0, .. })));
}
