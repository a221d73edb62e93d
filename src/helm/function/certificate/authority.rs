//! The certificate that signs another, as a chart gives it.

use x509_cert::{
    Certificate,
    der::{Decode, Encode, asn1::OctetStringRef},
};

use super::{key::PrivateKey, object_identifier as known, pair::Pair, pem};
use crate::helm::error::{Error, Result};

/// What a new certificate takes over from the one that signs it.
pub(super) struct Authority {
    /// Its subject, encoded: the issuer of the new one.
    pub(super) subject: Vec<u8>,
    /// Its key's identifier, where it has one.
    pub(super) key_identifier: Option<Vec<u8>>,
    /// Its public key with the algorithm, encoded.
    public_key: Vec<u8>,
    /// With what it signs.
    pub(super) key: PrivateKey,
}

impl Authority {
    /// Reads certificate and key of a pair. Whether they belong together is not checked here, as in sprig.
    pub(super) fn new(pair: &Pair) -> Result<Self> {
        let certificate = certificate(&pair.certificate, "decodedSignerCert")?;
        let key = PrivateKey::from_pem(&pair.key).map_err(|error| error.at("error parsing private key"))?;
        let inside = certificate.tbs_certificate();
        let encoded = |result: x509_cert::der::Result<Vec<u8>>| result.map_err(|error| Error::new(error.to_string()));
        let extensions = inside.extensions().into_iter().flatten();
        let identifier = extensions
            .filter(|extension| extension.extn_id == known::SUBJECT_KEY_IDENTIFIER)
            .find_map(|extension| <&OctetStringRef>::from_der(extension.extn_value.as_bytes()).ok())
            .map(|identifier| identifier.as_bytes().to_vec());
        Ok(Self {
            subject: encoded(inside.subject().to_der())?,
            key_identifier: identifier,
            public_key: encoded(inside.subject_public_key_info().to_der())?,
            key,
        })
    }

    /// Whether this public key, with its algorithm, is the certificate's.
    pub(super) fn has_public_key(&self, public_key: &[u8]) -> bool {
        self.public_key == public_key
    }
}

/// Reads the first block of PEM as a certificate, whatever it calls itself; `name` is sprig's for its bytes.
pub(super) fn certificate(text: &str, name: &str) -> Result<Certificate> {
    let block = pem::decode(text).ok_or_else(|| Error::new("unable to decode certificate"))?;
    Certificate::from_der(&block.bytes)
        .map_err(|error| Error::new(format!("error parsing certificate: {name}.Bytes: {error}")))
}
