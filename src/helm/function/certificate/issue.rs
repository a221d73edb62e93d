//! Making a certificate, as sprig asks Go's `x509.CreateCertificate` for it.

use sha2::{Digest, Sha256};
use x509_cert::der::asn1::ObjectIdentifier;

use super::{authority::Authority, der, key::PrivateKey, object_identifier as known, pair::Pair, pem};
use crate::helm::{
    error::{Error, Result},
    function::{
        Host,
        date::{Time, Zone, format},
        entropy::Randomness,
    },
    quote::quote,
};

/// A day, in nanoseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000_000;

/// The bits of the key usage.
const SIGNATURE: u8 = 0x80;
const ENCIPHERMENT: u8 = 0x20;
const CERTIFICATE_SIGNATURE: u8 = 0x04;

/// Version 3, counted from zero.
const VERSION: u8 = 2;

/// What is asked for.
pub(super) struct Request<'a> {
    /// The subject's common name, its only attribute; without it the subject is empty.
    pub(super) name: &'a str,
    /// Alternative names and addresses.
    pub(super) alternatives: Alternatives,
    /// How long it is valid, from now on.
    pub(super) days: i64,
    /// What it is for.
    pub(super) usage: Usage,
}

/// Names and addresses besides the subject.
#[derive(Default)]
pub(super) struct Alternatives {
    /// DNS names.
    pub(super) names: Vec<String>,
    /// IP addresses, four bytes each where they are of version 4 or mapped from it, else sixteen.
    pub(super) addresses: Vec<Vec<u8>>,
}

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// A server and a client.
    Peer,
    /// Signing other certificates too.
    Authority,
}

/// A certificate for `key`, signed by `authority` or by itself.
pub(super) fn issue(
    host: &mut dyn Host,
    request: &Request,
    key: &PrivateKey,
    authority: Option<&Authority>,
) -> Result<Pair> {
    let certificate =
        certificate(host, request, key, authority).map_err(|error| error.at("error creating certificate"))?;
    Ok(Pair { certificate: pem::encode("CERTIFICATE", &certificate), key: key.to_pem()? })
}

fn certificate(
    host: &mut dyn Host,
    request: &Request,
    key: &PrivateKey,
    authority: Option<&Authority>,
) -> Result<Vec<u8>> {
    let signer = authority.map_or(key, |authority| &authority.key);
    let signature_algorithm = signer.signature_algorithm()?;
    let (algorithm, public_key) = key.public()?;
    if let Some(authority) = authority {
        let (algorithm, public_key) = signer.public()?;
        if !authority.has_public_key(&der::sequence(&[algorithm, der::bits(&public_key)])) {
            return Err(Error::new("x509: provided PrivateKey doesn't match parent's PublicKey"));
        }
    }
    let subject = subject(request.name);
    let issuer = authority.map_or(&subject, |authority| &authority.subject);
    let named_by = authority.filter(|_| *issuer != subject).and_then(|authority| authority.key_identifier.as_deref());
    let extensions = extensions(request, &public_key, named_by)?;
    let serial: [u8; 16] = Randomness(host).bytes();
    let body = der::sequence(&[
        der::explicit(0, &der::integer(&[VERSION])),
        der::integer(&serial),
        signature_algorithm.clone(),
        issuer.clone(),
        validity(host.now(), request.days)?,
        subject,
        der::sequence(&[algorithm, der::bits(&public_key)]),
        der::explicit(3, &der::sequence(&extensions)),
    ]);
    let signature = signer.sign(&body, &mut Randomness(host))?;
    Ok(der::sequence(&[body, signature_algorithm, der::bits(&signature)]))
}

/// A name with nothing but the common name.
fn subject(name: &str) -> Vec<u8> {
    if name.is_empty() {
        return der::sequence(&[]);
    }
    let attribute = der::sequence(&[der::identifier(&known::COMMON_NAME), der::text(name)]);
    der::sequence(&[der::set(&attribute)])
}

/// From now on for so many days, which are counted in 64 bits of nanoseconds: beyond 292 years Go wraps around.
pub(super) fn validity(now: i128, days: i64) -> Result<Vec<u8>> {
    let end = now + i128::from(DAY.wrapping_mul(days));
    Ok(der::sequence(&[moment(now)?, moment(end)?]))
}

/// `UTCTime` where it can tell the year, else `GeneralizedTime`.
fn moment(nanoseconds: i128) -> Result<Vec<u8>> {
    let time = Time::of_nanoseconds(nanoseconds, Zone::utc());
    match format(&time, "2006").parse() {
        Ok(1950..=2049) => Ok(der::element(0x17, format(&time, "060102150405Z").as_bytes())),
        Ok(0..=9999) => Ok(der::element(0x18, format(&time, "20060102150405Z").as_bytes())),
        _ => Err(Error::new("cannot represent time as GeneralizedTime")),
    }
}

/// The extensions in the order of Go. Whose key it is signed with is told where issuer and subject differ.
fn extensions(request: &Request, public_key: &[u8], named_by: Option<&[u8]>) -> Result<Vec<Vec<u8>>> {
    let is_authority = request.usage == Usage::Authority;
    let usage = SIGNATURE | ENCIPHERMENT | if is_authority { CERTIFICATE_SIGNATURE } else { 0 };
    let purposes =
        [known::SERVER_AUTHENTICATION, known::CLIENT_AUTHENTICATION].map(|purpose| der::identifier(&purpose));
    let constraints = if is_authority { vec![der::truth()] } else { vec![] };
    let mut extensions = vec![
        critical(&known::KEY_USAGE, &der::flags(usage)),
        extension(&known::EXTENDED_KEY_USAGE, &der::sequence(&purposes)),
        critical(&known::BASIC_CONSTRAINTS, &der::sequence(&constraints)),
    ];
    if is_authority {
        // RFC 7093, the first method: the left 160 bits of the key's SHA-256.
        let identifier = der::octets(&Sha256::digest(public_key)[..20]);
        extensions.push(extension(&known::SUBJECT_KEY_IDENTIFIER, &identifier));
    }
    if let Some(identifier) = named_by.filter(|identifier| !identifier.is_empty()) {
        let identifier = der::sequence(&[der::implicit(0, identifier)]);
        extensions.push(extension(&known::AUTHORITY_KEY_IDENTIFIER, &identifier));
    }
    if let Some(names) = request.alternatives.to_der()? {
        // Where there is no subject, these names have to be understood (RFC 5280, 4.2.1.6).
        let form = if request.name.is_empty() { critical } else { extension };
        extensions.push(form(&known::SUBJECT_ALTERNATIVE_NAME, &names));
    }
    Ok(extensions)
}

fn extension(identifier: &ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    der::sequence(&[der::identifier(identifier), der::octets(content)])
}

fn critical(identifier: &ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    der::sequence(&[der::identifier(identifier), der::truth(), der::octets(content)])
}

impl Alternatives {
    /// The content of the extension; `None` where there are no names.
    fn to_der(&self) -> Result<Option<Vec<u8>>> {
        let mut elements = vec![];
        for name in &self.names {
            if !name.is_ascii() {
                return Err(Error::new(format!("x509: {} cannot be encoded as an IA5String", quote(name))));
            }
            elements.push(der::implicit(2, name.as_bytes()));
        }
        elements.extend(self.addresses.iter().map(|address| der::implicit(7, address)));
        Ok((!elements.is_empty()).then(|| der::sequence(&elements)))
    }
}
