//! Private keys: sprig's `genPrivateKey`, and the keys that charts give to certificates.

use dsa::{Components, KeySize};
use ed25519_dalek::{Signer, SigningKey};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey},
    pkcs1v15,
    pkcs8::PrivateKeyInfoRef,
    signature::{RandomizedSigner, SignatureEncoding},
};
use sec1::{EcParameters, EcPrivateKey};
use sha2::Sha256;
use x509_cert::der::{
    Decode, Reader, SliceReader,
    asn1::{ObjectIdentifier, OctetStringRef, UintRef},
};

use super::{
    der,
    elliptic::{Curve, EllipticKey},
    object_identifier as known, pem,
};
use crate::helm::{
    error::{Error, Result},
    function::entropy::Randomness,
};

/// A private key.
pub(super) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    Elliptic(EllipticKey),
    Ed25519(Box<SigningKey>),
    /// One that can neither sign certificates nor have one; Go's name of the public key's type.
    Other(&'static str),
}

/// `genPrivateKey`: a new key of this type as PEM. An unknown type gives a text, not an error, as in sprig.
pub(super) fn generate(kind: &str, randomness: &mut Randomness) -> Result<String> {
    let key = match kind {
        "" | "rsa" => PrivateKey::rsa(4096, randomness)?,
        "ecdsa" => PrivateKey::Elliptic(EllipticKey::generate(Curve::P256, randomness)),
        "ed25519" => PrivateKey::Ed25519(Box::new(SigningKey::from_bytes(&randomness.bytes()))),
        "dsa" => return Ok(dsa_key(randomness)),
        other => return Ok(format!("Unknown type {other}")),
    };
    key.to_pem()
}

/// A new DSA key in the form that OpenSSL gave it: a version, p, q, g, y and x.
fn dsa_key(randomness: &mut Randomness) -> String {
    let Ok(components) = Components::try_generate_from_rng_with_key_size(randomness, KeySize::DSA_2048_256);
    let Ok(key) = dsa::SigningKey::try_generate_from_rng_with_components(randomness, components);
    let public = key.verifying_key();
    let components = public.components();
    let numbers = [
        components.p().to_be_bytes(),
        components.q().to_be_bytes(),
        components.g().to_be_bytes(),
        public.y().to_be_bytes(),
        key.x().to_be_bytes(),
    ];
    let mut elements = vec![der::integer(&[])];
    elements.extend(numbers.iter().map(|number| der::integer(number)));
    pem::encode("DSA PRIVATE KEY", &der::sequence(&elements))
}

impl PrivateKey {
    /// A new RSA key with a modulus of this many bits.
    pub(super) fn rsa(bits: usize, randomness: &mut Randomness) -> Result<Self> {
        RsaPrivateKey::new(randomness, bits)
            .map(|key| Self::Rsa(Box::new(key)))
            .map_err(|error| Error::new(error.to_string()))
    }

    /// The key of the first block of PEM.
    pub(super) fn from_pem(text: &str) -> Result<Self> {
        let block = pem::decode(text).ok_or_else(|| Error::new("no PEM data in input"))?;
        if block.label == "PRIVATE KEY" {
            return from_pkcs8(&block.bytes).map_err(|error| error.at("decoding PEM as PKCS#8"));
        }
        match block.label.strip_suffix(" PRIVATE KEY") {
            Some("RSA") => from_pkcs1(&block.bytes).map_err(|error| error.at("parsing RSA private key from PEM")),
            Some("EC") => from_sec1(&block.bytes, None).map_err(|error| error.at("parsing EC private key from PEM")),
            Some("DSA") => from_dsa(&block.bytes).map_err(|error| error.at("parsing DSA private key from PEM")),
            Some(_) => Err(Error::new(format!("invalid private key type {}", block.label))),
            None => Err(Error::new(format!("no private key data in PEM block of type {}", block.label))),
        }
    }

    /// As PEM, in the form of sprig: PKCS#1 for RSA, RFC 5915 for elliptic curves, else PKCS#8.
    pub(super) fn to_pem(&self) -> Result<String> {
        match self {
            Self::Rsa(key) => {
                let encoded = key.to_pkcs1_der().map_err(|error| Error::new(error.to_string()))?;
                Ok(pem::encode("RSA PRIVATE KEY", encoded.as_bytes()))
            }
            Self::Elliptic(key) => Ok(pem::encode("EC PRIVATE KEY", &key.to_der())),
            Self::Ed25519(key) => {
                let algorithm = der::sequence(&[der::identifier(&known::ED25519)]);
                let seed = der::octets(&der::octets(key.as_bytes()));
                Ok(pem::encode("PRIVATE KEY", &der::sequence(&[der::integer(&[]), algorithm, seed])))
            }
            Self::Other(kind) => Err(unsupported(kind)),
        }
    }

    /// The algorithm of the public key, and its bits.
    pub(super) fn public(&self) -> Result<(Vec<u8>, Vec<u8>)> {
        match self {
            Self::Rsa(key) => {
                let encoded = key.to_public_key().to_pkcs1_der().map_err(|error| Error::new(error.to_string()))?;
                Ok((der::sequence(&[der::identifier(&known::RSA), der::null()]), encoded.as_bytes().to_vec()))
            }
            Self::Elliptic(key) => {
                let curve = der::identifier(&key.curve().identifier());
                Ok((der::sequence(&[der::identifier(&known::ELLIPTIC_CURVE), curve]), key.point().to_vec()))
            }
            Self::Ed25519(key) => {
                Ok((der::sequence(&[der::identifier(&known::ED25519)]), key.verifying_key().to_bytes().to_vec()))
            }
            Self::Other(kind) => Err(unsupported(kind)),
        }
    }

    /// The algorithm by which it signs: what Go takes for such a key.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Rsa(_) => der::sequence(&[der::identifier(&known::RSA_WITH_SHA256), der::null()]),
            Self::Elliptic(key) => der::sequence(&[der::identifier(&key.curve().signature())]),
            Self::Ed25519(_) => der::sequence(&[der::identifier(&known::ED25519)]),
            Self::Other(_) => return Err(no_signer()),
        })
    }

    /// Its signature of `message`.
    pub(super) fn sign(&self, message: &[u8], randomness: &mut Randomness) -> Result<Vec<u8>> {
        match self {
            Self::Rsa(key) => pkcs1v15::SigningKey::<Sha256>::new(key.as_ref().clone())
                .try_sign_with_rng(randomness, message)
                .map(|signature| signature.to_vec())
                .map_err(|error| Error::new(error.to_string())),
            Self::Elliptic(key) => key.sign(message),
            Self::Ed25519(key) => Ok(key.sign(message).to_vec()),
            Self::Other(_) => Err(no_signer()),
        }
    }
}

fn no_signer() -> Error {
    Error::new("x509: certificate private key does not implement crypto.Signer")
}

fn unsupported(kind: &str) -> Error {
    Error::new(format!("x509: unsupported public key type: {kind}"))
}

/// What Go says of bytes that are no key, as far as a user can act on it.
fn malformed(error: impl std::fmt::Display) -> Error {
    Error::new(format!("the key is malformed: {error}"))
}

fn from_pkcs1(bytes: &[u8]) -> Result<PrivateKey> {
    RsaPrivateKey::from_pkcs1_der(bytes).map(|key| PrivateKey::Rsa(Box::new(key))).map_err(malformed)
}

/// An `ECPrivateKey`; its curve may be named outside of it, as in PKCS#8.
fn from_sec1(bytes: &[u8], curve: Option<ObjectIdentifier>) -> Result<PrivateKey> {
    let key = EcPrivateKey::from_der(bytes).map_err(malformed)?;
    let named = curve.or_else(|| key.parameters.and_then(EcParameters::named_curve));
    let curve = named.as_ref().and_then(Curve::named).ok_or_else(|| Error::new("x509: unknown elliptic curve"))?;
    EllipticKey::new(curve, key.private_key).map(PrivateKey::Elliptic)
}

fn from_pkcs8(bytes: &[u8]) -> Result<PrivateKey> {
    let information = PrivateKeyInfoRef::from_der(bytes).map_err(malformed)?;
    let (algorithm, inside) = (information.algorithm, information.private_key.as_bytes());
    match algorithm.oid {
        known::RSA => {
            from_pkcs1(inside).map_err(|error| error.at("x509: failed to parse RSA private key embedded in PKCS#8"))
        }
        known::ELLIPTIC_CURVE => from_sec1(inside, algorithm.parameters_oid().ok())
            .map_err(|error| error.at("x509: failed to parse EC private key embedded in PKCS#8")),
        known::ED25519 => {
            let seed = <&OctetStringRef>::from_der(inside).map_err(malformed)?;
            let seed = seed.as_bytes().try_into().map_err(|_| {
                Error::new(format!("x509: invalid Ed25519 private key length: {}", seed.as_bytes().len()))
            })?;
            Ok(PrivateKey::Ed25519(Box::new(SigningKey::from_bytes(seed))))
        }
        known::X25519 => Ok(PrivateKey::Other("*ecdh.PublicKey")),
        other => {
            Err(Error::new(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {other}")))
        }
    }
}

/// A DSA key is only looked at, as no certificate can be made with it.
fn from_dsa(bytes: &[u8]) -> Result<PrivateKey> {
    let numbers = |reader: &mut SliceReader<'_>| {
        reader.sequence(|inside| {
            for _ in 0..6 {
                UintRef::decode(inside)?;
            }
            Ok::<_, x509_cert::der::Error>(())
        })
    };
    SliceReader::new(bytes).and_then(|mut reader| numbers(&mut reader)).map_err(malformed)?;
    Ok(PrivateKey::Other("*dsa.PublicKey"))
}
