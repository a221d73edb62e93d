//! Keys on the NIST curves, as Go's `crypto/elliptic` has them.

use p256::elliptic_curve::{Generate, sec1::ToSec1Point};
use rsa::signature::hazmat::PrehashSigner;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::der::asn1::ObjectIdentifier;

use super::{der, object_identifier as known};
use crate::helm::{
    error::{Error, Result},
    function::entropy::Randomness,
};

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

/// A private key: its number is from 1 to below the order of the curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EllipticKey {
    curve: Curve,
    /// The number, as long as the curve's order.
    scalar: Vec<u8>,
    /// The public point, not compressed.
    point: Vec<u8>,
}

/// Does the same on each curve, whose crates have the same names.
macro_rules! on_each_curve {
    ($curve:expr, $name:ident => $body:expr) => {
        match $curve {
            Curve::P224 => {
                use p224 as $name;
                $body
            }
            Curve::P256 => {
                use p256 as $name;
                $body
            }
            Curve::P384 => {
                use p384 as $name;
                $body
            }
            Curve::P521 => {
                use p521 as $name;
                $body
            }
        }
    };
}

impl Curve {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::P224, Self::P256, Self::P384, Self::P521];

    /// The curve of this name in certificates.
    pub(super) fn named(identifier: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.identifier() == *identifier)
    }

    /// Its name in certificates.
    pub(super) fn identifier(self) -> ObjectIdentifier {
        match self {
            Self::P224 => known::P224,
            Self::P256 => known::P256,
            Self::P384 => known::P384,
            Self::P521 => known::P521,
        }
    }

    /// The name of the signatures that its keys make, as Go chooses the hash.
    pub(super) fn signature(self) -> ObjectIdentifier {
        match self {
            Self::P224 | Self::P256 => known::ECDSA_WITH_SHA256,
            Self::P384 => known::ECDSA_WITH_SHA384,
            Self::P521 => known::ECDSA_WITH_SHA512,
        }
    }

    /// The length of its numbers, in bytes.
    fn length(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl EllipticKey {
    /// A new key.
    pub(super) fn generate(curve: Curve, randomness: &mut Randomness) -> Self {
        let scalar =
            on_each_curve!(curve, module => module::SecretKey::generate_from_rng(randomness).to_bytes().to_vec());
        Self { curve, point: point(curve, &scalar).unwrap_or_default(), scalar }
    }

    /// The key of this number, the highest byte first, with zeros before it or without.
    pub(super) fn new(curve: Curve, scalar: &[u8]) -> Result<Self> {
        let bare = &scalar[scalar.iter().take_while(|byte| **byte == 0).count()..];
        let zeros =
            curve.length().checked_sub(bare.len()).ok_or_else(|| Error::new("x509: invalid private key length"))?;
        let scalar = [vec![0; zeros].as_slice(), bare].concat();
        let point =
            point(curve, &scalar).ok_or_else(|| Error::new("x509: invalid elliptic curve private key value"))?;
        Ok(Self { curve, scalar, point })
    }

    /// The curve it is on.
    pub(super) fn curve(&self) -> Curve {
        self.curve
    }

    /// The public point, not compressed.
    pub(super) fn point(&self) -> &[u8] {
        &self.point
    }

    /// As an `ECPrivateKey` of RFC 5915.
    pub(super) fn to_der(&self) -> Vec<u8> {
        der::sequence(&[
            der::integer(&[1]),
            der::octets(&self.scalar),
            der::explicit(0, &der::identifier(&self.curve.identifier())),
            der::explicit(1, &der::bits(&self.point)),
        ])
    }

    /// Its signature of `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let hash = match self.curve {
            Curve::P224 | Curve::P256 => Sha256::digest(message).to_vec(),
            Curve::P384 => Sha384::digest(message).to_vec(),
            Curve::P521 => Sha512::digest(message).to_vec(),
        };
        on_each_curve!(self.curve, module => {
            module::ecdsa::SigningKey::from_slice(&self.scalar)
                .and_then(|key| key.sign_prehash(&hash))
                .map(|signature: module::ecdsa::Signature| signature.to_der().as_bytes().to_vec())
                .map_err(|error| Error::new(error.to_string()))
        })
    }
}

/// The public point of this number, which has the full length; `None` where it is zero or too large.
fn point(curve: Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    on_each_curve!(curve, module => {
        let key = module::SecretKey::from_slice(scalar).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    })
}
