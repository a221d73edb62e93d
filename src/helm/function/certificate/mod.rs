//! Keys and certificates: sprig's `genPrivateKey`, `genCA`, `genSelfSignedCert`, `genSignedCert`, the same with a given
//! key, and `buildCustomCert`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`pair`] | a certificate with its key, as templates see it |
//! | [`issue`] | making a certificate |
//! | [`authority`] | the certificate that signs another |
//! | [`key`] | private keys; [`elliptic`] those on curves |
//! | [`der`], [`pem`], [`object_identifier`] | how all that is written |

mod authority;
mod der;
mod elliptic;
mod issue;
mod key;
mod object_identifier;
mod pair;
mod pem;
#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use self::pair::Pair;
use self::{
    authority::Authority,
    issue::{Alternatives, Request, Usage, issue},
    key::PrivateKey,
};
use super::{Function, Host, Kind, base64, entropy::Randomness, parameter};
use crate::helm::{
    error::{Error, Result},
    number, raw,
    value::Value,
};

/// What Go calls a certificate with its key.
const PAIR: Kind = Kind::Other(pair::TYPE);

/// The bits of a new certificate's RSA key.
const BITS: usize = 2048;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "buildCustomCert", parameters: &[Kind::Text, Kind::Text], rest: None, body: build_custom },
    Function { name: "genCA", parameters: &[Kind::Text, Kind::Int], rest: None, body: authority },
    Function {
        name: "genCAWithKey",
        parameters: &[Kind::Text, Kind::Int, Kind::Text],
        rest: None,
        body: authority_with_key,
    },
    Function { name: "genPrivateKey", parameters: &[Kind::Text], rest: None, body: private_key },
    Function {
        name: "genSelfSignedCert",
        parameters: &[Kind::Text, Kind::List, Kind::List, Kind::Int],
        rest: None,
        body: self_signed,
    },
    Function {
        name: "genSelfSignedCertWithKey",
        parameters: &[Kind::Text, Kind::List, Kind::List, Kind::Int, Kind::Text],
        rest: None,
        body: self_signed_with_key,
    },
    Function {
        name: "genSignedCert",
        parameters: &[Kind::Text, Kind::List, Kind::List, Kind::Int, PAIR],
        rest: None,
        body: signed,
    },
    Function {
        name: "genSignedCertWithKey",
        parameters: &[Kind::Text, Kind::List, Kind::List, Kind::Int, PAIR, Kind::Text],
        rest: None,
        body: signed_with_key,
    },
];

fn private_key(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    key::generate(parameter::text(arguments, 0)?, &mut Randomness(host)).map(Value::from)
}

/// A pair from what was given in base64, as long as both parts can be read; whether they belong together is not asked.
fn build_custom(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let given = |place, name| {
        let decoded = base64::decode(parameter::text(arguments, place)?);
        decoded.map_err(|_| Error::new(format!("unable to decode base64 {name}")))
    };
    let (certificate, key) = (raw::text(&given(0, "certificate")?), raw::text(&given(1, "private key")?));
    authority::certificate(&certificate, "decodedCert")?;
    PrivateKey::from_pem(&key).map_err(|error| error.at("error parsing private key"))?;
    Ok(value(Pair { certificate: certificate.to_string(), key: key.to_string() }))
}

fn authority(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let key = new_key(host)?;
    issued_authority(host, arguments, &key)
}

fn authority_with_key(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    issued_authority(host, arguments, &given_key(arguments, 2)?)
}

fn issued_authority(host: &mut dyn Host, arguments: &[Value], key: &PrivateKey) -> Result<Value> {
    let request = Request {
        name: parameter::text(arguments, 0)?,
        alternatives: Alternatives::default(),
        days: parameter::whole(arguments, 1)?,
        usage: Usage::Authority,
    };
    issue(host, &request, key, None).map(value)
}

fn self_signed(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let request = request(arguments)?;
    let key = new_key(host)?;
    issue(host, &request, &key, None).map(value)
}

fn self_signed_with_key(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let key = given_key(arguments, 4)?;
    issue(host, &request(arguments)?, &key, None).map(value)
}

fn signed(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let authority = Authority::new(Pair::given(arguments, 4)?)?;
    let request = request(arguments)?;
    let key = new_key(host)?;
    issue(host, &request, &key, Some(&authority)).map(value)
}

fn signed_with_key(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let key = given_key(arguments, 5)?;
    let authority = Authority::new(Pair::given(arguments, 4)?)?;
    issue(host, &request(arguments)?, &key, Some(&authority)).map(value)
}

fn value(pair: Pair) -> Value {
    Value::Object(Rc::new(pair))
}

fn new_key(host: &mut dyn Host) -> Result<PrivateKey> {
    PrivateKey::rsa(BITS, &mut Randomness(host)).map_err(|error| error.at("error generating rsa key"))
}

fn given_key(arguments: &[Value], place: usize) -> Result<PrivateKey> {
    PrivateKey::from_pem(parameter::text(arguments, place)?).map_err(|error| error.at("parsing private key"))
}

/// What is asked for by name, addresses, names and days.
fn request(arguments: &[Value]) -> Result<Request<'_>> {
    let addresses = parameter::items(arguments, 1)?;
    let names = parameter::items(arguments, 2)?;
    Ok(Request {
        name: parameter::text(arguments, 0)?,
        alternatives: Alternatives {
            addresses: addresses.iter().map(address).collect::<Result<_>>()?,
            names: names.iter().map(name).collect::<Result<_>>()?,
        },
        days: parameter::whole(arguments, 3)?,
        usage: Usage::Peer,
    })
}

fn address(value: &Value) -> Result<Vec<u8>> {
    let Value::Text(text) = value else {
        return Err(Error::new(format!("error parsing ip: {} is not a string", printed(value))));
    };
    // `core::net` knows addresses, but no network.
    match text.parse::<core::net::IpAddr>().map(|address| address.to_canonical()) {
        Ok(core::net::IpAddr::V4(address)) => Ok(address.octets().to_vec()),
        Ok(core::net::IpAddr::V6(address)) => Ok(address.octets().to_vec()),
        Err(_) => Err(Error::new(format!("error parsing ip: {text}"))),
    }
}

fn name(value: &Value) -> Result<String> {
    value
        .as_text()
        .map(ToOwned::to_owned)
        .ok_or_else(|| Error::new(format!("error processing alternate dns name: {} is not a string", printed(value))))
}

/// A value that is no text in an error; lists and maps by their types.
fn printed(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(number) | Value::Int64(number) => number.to_string(),
        Value::Float(number) => number::go_float(*number),
        other => other.type_name().to_owned(),
    }
}
