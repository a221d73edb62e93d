//! sprig's `uuidv4`.

use super::{Function, Host, entropy::Randomness};
use crate::helm::{error::Result, value::Value};

/// The family.
pub const FUNCTIONS: &[Function] = &[Function { name: "uuidv4", parameters: &[], rest: None, body: uuidv4 }];

/// A random UUID: 122 random bits, the version 4 and the variant of RFC 9562.
#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn uuidv4(host: &mut dyn Host, _: &[Value]) -> Result<Value> {
    let number = u128::from_be_bytes(Randomness(host).bytes());
    let number = number & !(0xf000 << 64 | 0xc000 << 48) | 0x4000 << 64 | 0x8000 << 48;
    let digits = format!("{number:032x}");
    Ok(format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]).into())
}

#[cfg(test)]
mod tests {
    use crate::helm::function::fixture::{World, called_in};

    #[test]
    fn version_and_variant_are_set_whatever_is_drawn() {
        let mut world = World::default();
        let mut seen = vec![];
        for _ in 0..64 {
            let text = called_in(&mut world, super::FUNCTIONS, "uuidv4", &[]).unwrap();
            let parts: Vec<_> = text.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{text}");
            assert_eq!(&text[14..15], "4");
            assert!("89ab".contains(&text[19..20]), "{text}");
            assert!(!seen.contains(&text));
            seen.push(text);
        }
    }
}
