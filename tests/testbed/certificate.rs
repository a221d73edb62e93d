//! The keys of a cluster: an authority of its own, the API server's certificate, and the key that
//! signs the tokens of service accounts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

/// Files in the cluster's temporary directory.
pub(crate) struct Certificates {
    /// Signs the others; clients trust it.
    pub(crate) authority: PathBuf,
    pub(crate) server: PathBuf,
    pub(crate) server_key: PathBuf,
    pub(crate) account_key: PathBuf,
    pub(crate) account_public_key: PathBuf,
    /// The authority's certificate as text.
    pub(crate) authority_pem: String,
}

/// Makes them all, valid for loopback only.
pub(crate) fn create(directory: &Path) -> Result<Certificates> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "testbed");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let server_key = KeyPair::generate()?;
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
    let server = CertificateParams::new(names)?.signed_by(&server_key, &authority)?;

    let account_key = KeyPair::generate()?;
    let authority_pem = authority.pem();
    Ok(Certificates {
        authority: write(directory, "authority.crt", &authority_pem)?,
        server: write(directory, "server.crt", &server.pem())?,
        server_key: write(directory, "server.key", &server_key.serialize_pem())?,
        account_key: write(directory, "account.key", &account_key.serialize_pem())?,
        account_public_key: write(directory, "account.pub", &account_key.public_key_pem())?,
        authority_pem,
    })
}

fn write(directory: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(path)
}
