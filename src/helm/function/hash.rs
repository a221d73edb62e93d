//! Checksums: sprig's `sha1sum`, `sha256sum`, `sha512sum` and `adler32sum`.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Function, Host, Kind, parameter};
use crate::helm::{error::Result, raw, value::Value};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "adler32sum", parameters: &[Kind::Text], rest: None, body: adler32sum },
    Function { name: "sha1sum", parameters: &[Kind::Text], rest: None, body: sum::<Sha1> },
    Function { name: "sha256sum", parameters: &[Kind::Text], rest: None, body: sum::<Sha256> },
    Function { name: "sha512sum", parameters: &[Kind::Text], rest: None, body: sum::<Sha512> },
];

/// The largest prime below 2¹⁶, by which Adler-32 divides.
const ADLER_PRIME: u32 = 65_521;

fn sum<D: Digest>(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let digest = D::digest(raw::bytes(parameter::text(arguments, 0)?));
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    Ok(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect::<String>().into())
}

/// Adler-32 in decimal, as sprig prints it.
fn adler32sum(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let bytes = raw::bytes(parameter::text(arguments, 0)?);
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % ADLER_PRIME;
        (low, (high + low) % ADLER_PRIME)
    });
    Ok((high << 16 | low).to_string().into())
}

#[cfg(test)]
mod tests {
    use crate::helm::function::fixture::called;

    #[test]
    fn checksums_are_those_of_helm() {
        let table = [
            ("sha1sum", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("sha1sum", "Milvus é", "54cce58f48e241867dfc335865fe845b8334b5fb"),
            ("sha256sum", "Milvus é", "0b000321d54fe50b80fee5703d8b856087090241ec98fca021571e44adae70c3"),
            (
                "sha512sum",
                "Milvus é",
                "a0e969cb3a02c27604dd3570896d88846e8b5b083c02845a0f0ece416c047d8ffc340cd6d4b31f74687f26ece7ff3dc07c2f7ee9eceb2fbec7d02833d35cf791",
            ),
            ("adler32sum", "", "1"),
            ("adler32sum", "Milvus é", "308413453"),
        ];
        for (name, text, sum) in table {
            assert_eq!(called(super::FUNCTIONS, name, &[text.into()]), Ok(sum.to_owned()), "{name} {text}");
        }
    }
}
