//! TLS: authorities of one's own, and certificates of clients.

use std::{fs, path::PathBuf, sync::Arc};

use kubectl_milvus::release::source::Access;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};

use crate::{
    fixture::{archive, folder, index, loaded, refused, request},
    server::{Answer, Server},
    trials,
};

trials![an_authority_of_ones_own_is_trusted_when_it_is_named, a_certificate_says_who_asks];

/// Keys and certificates, as files and as a server takes them.
struct Keys {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    server: Arc<ServerConfig>,
}

fn keys(folder: &std::path::Path, asks_for_a_certificate: bool) -> Keys {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if asks_for_a_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let server = builder.with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    Keys {
        authority: write("authority.crt", authority.pem()),
        certificate: write("client.crt", certificate.pem()),
        key: write("client.key", key.serialize_pem()),
        server: Arc::new(server),
    }
}

fn shop(keys: &Keys) -> Server {
    let server = Server::start_with(Some(Arc::clone(&keys.server)));
    server.give("/index.yaml", Answer::of(index(&[("1.0.0", "m.tgz", None)])));
    server.give("/m.tgz", Answer::of(archive("milvus", "1.0.0")));
    server
}

fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let folder = folder();
    let keys = keys(folder.path(), false);
    let server = shop(&keys);
    let mut request = request(folder.path(), "milvus", Some(&server.address));
    let refusal = refused(&request);
    assert!(refusal.contains("cannot trust the server of"), "{refusal}");
    assert!(refusal.contains("--ca-file FILE names the authority"), "{refusal}");
    request.access = Access { ca_file: Some(keys.authority.clone()), ..Access::default() };
    loaded(&request);
    request.access = Access { insecure_skip_tls_verify: true, ..Access::default() };
    loaded(&request);
    request.access = Access { ca_file: Some(keys.key), ..Access::default() };
    assert!(refused(&request).contains("holds no certificate in PEM"));
    request.access = Access { ca_file: Some(folder.path().join("none")), ..Access::default() };
    assert!(refused(&request).contains("cannot read `"));
    // An answer without TLS is no reason to go on without.
    request.access = Access::default();
    request.repository = Some(Server::start().address.replace("http://", "https://"));
    let refusal = refused(&request);
    assert!(!refusal.contains("HTTP 404"), "{refusal}");
}

fn a_certificate_says_who_asks() {
    let folder = folder();
    let keys = keys(folder.path(), true);
    let server = shop(&keys);
    let mut request = request(folder.path(), "milvus", Some(&server.address));
    request.access = Access { ca_file: Some(keys.authority.clone()), ..Access::default() };
    refused(&request);
    request.access.certificate_file = Some(keys.certificate.clone());
    request.access.key_file = Some(keys.key.clone());
    loaded(&request);
    request.access.key_file = Some(keys.authority);
    assert!(refused(&request).contains("are no certificate and key in PEM"));
}
