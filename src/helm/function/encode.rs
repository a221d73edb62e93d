//! Bytes as letters: base64 and base32. What cannot be decoded gives the error's text, as sprig has it.

use super::{Function, Kind::Text, argument};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::Value,
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("b64enc", &[Text], |_, arguments| {
        Ok(BASE64.encode(&raw::bytes(argument::text(arguments, 0)?)).into())
    }),
    Function::new("b64dec", &[Text], |_, arguments| decoded(arguments, decode64)),
    Function::new("b32enc", &[Text], |_, arguments| {
        Ok(BASE32.encode(&raw::bytes(argument::text(arguments, 0)?)).into())
    }),
    Function::new("b32dec", &[Text], |_, arguments| decoded(arguments, decode32)),
];

const BASE64: Alphabet =
    Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", bits: 6, group: 4 };
const BASE32: Alphabet = Alphabet { letters: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bits: 5, group: 8 };

/// Letters that stand for so many bits each, and come in groups filled up with `=`.
struct Alphabet {
    letters: &'static [u8],
    bits: u32,
    group: usize,
}

/// Where decoding stopped.
struct Corrupt(usize);

fn decoded(arguments: &[Value], decode: fn(&[u8]) -> Result<Vec<u8>>) -> Result<Value> {
    Ok(match decode(&raw::bytes(argument::text(arguments, 0)?)) {
        Ok(bytes) => Value::Text(raw::text(&bytes)),
        Err(error) => error.text().into(),
    })
}

/// The bytes of base64, for whoever decodes it as Go does.
pub fn decode64(text: &[u8]) -> Result<Vec<u8>> {
    let decoded = from64(text);
    decoded.map_err(|Corrupt(place)| Error::new(format!("illegal base64 data at input byte {place}")))
}

fn decode32(text: &[u8]) -> Result<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    let decoded = from32(&text);
    decoded.map_err(|Corrupt(place)| Error::new(format!("illegal base32 data at input byte {place}")))
}

impl Alphabet {
    fn encode(&self, bytes: &[u8]) -> String {
        let mut encoded = String::with_capacity(bytes.len() * 8 / self.bits as usize + self.group);
        let (mut held, mut count) = (0_u32, 0);
        let mut put = |value: u32| encoded.push(char::from(self.letters[value as usize % self.letters.len()]));
        for byte in bytes {
            held = held << 8 | u32::from(*byte);
            count += 8;
            while count >= self.bits {
                count -= self.bits;
                put(held >> count);
            }
            held &= 0xFF;
        }
        if count > 0 {
            put(held << (self.bits - count));
        }
        while !encoded.len().is_multiple_of(self.group) {
            encoded.push('=');
        }
        encoded
    }

    fn value(&self, letter: u8) -> Option<u32> {
        self.letters.iter().position(|own| *own == letter).and_then(|place| u32::try_from(place).ok())
    }

    /// The whole bytes that these letters' values make.
    fn bytes(&self, values: &[u32]) -> Vec<u8> {
        let (mut held, mut count, mut bytes) = (0_u32, 0, vec![]);
        for value in values {
            held = held << self.bits | value;
            count += self.bits;
            if count >= 8 {
                count -= 8;
                bytes.extend(u8::try_from(held >> count & 0xFF));
                held &= (1 << count) - 1;
            }
        }
        bytes
    }
}

/// Group by group, line ends left out, nothing behind the filling.
fn from64(text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut letters = text.iter().copied().enumerate().filter(|(_, byte)| !b"\r\n".contains(byte)).peekable();
    let mut bytes = vec![];
    while letters.peek().is_some() {
        let mut values = vec![];
        while values.len() < BASE64.group {
            // Go counts back as many letters as the group has, not knowing of line ends between them.
            let Some((place, letter)) = letters.next() else { return Err(Corrupt(text.len() - values.len())) };
            if let Some(value) = BASE64.value(letter) {
                values.push(value);
                continue;
            }
            if letter != b'=' || values.len() < 2 {
                return Err(Corrupt(place));
            }
            if values.len() == 2 {
                match letters.next() {
                    None => return Err(Corrupt(text.len())),
                    Some((_, b'=')) => {}
                    Some((place, _)) => return Err(Corrupt(place - 1)),
                }
            }
            if let Some((place, _)) = letters.next() {
                return Err(Corrupt(place));
            }
            break;
        }
        bytes.extend(BASE64.bytes(&values));
    }
    Ok(bytes)
}

/// Group by group; what follows the filling of the last group is not looked at, as Go does not.
fn from32(text: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut bytes = vec![];
    let mut place = 0;
    while place < text.len() {
        let mut values = vec![];
        while values.len() < BASE32.group {
            let Some(letter) = text.get(place) else { return Err(Corrupt(text.len() - values.len())) };
            place += 1;
            let behind = &text[place..];
            if *letter == b'=' && values.len() >= 2 && behind.len() < BASE32.group {
                let filling = BASE32.group - 1 - values.len();
                if behind.len() < filling {
                    return Err(Corrupt(text.len()));
                }
                if let Some(wrong) = behind[..filling].iter().position(|byte| *byte != b'=') {
                    return Err(Corrupt(place + wrong - 1));
                }
                if matches!(values.len(), 3 | 6) {
                    return Err(Corrupt(place - 1));
                }
                bytes.extend(BASE32.bytes(&values));
                return Ok(bytes);
            }
            values.push(BASE32.value(*letter).ok_or(Corrupt(place - 1))?);
        }
        bytes.extend(BASE32.bytes(&values));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{BASE32, BASE64, from32, from64};

    #[test]
    fn what_is_encoded_is_decoded() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(97)).collect();
            assert_eq!(from64(BASE64.encode(&bytes).as_bytes()).ok().as_deref(), Some(&*bytes));
            assert_eq!(from32(BASE32.encode(&bytes).as_bytes()).ok().as_deref(), Some(&*bytes));
        }
    }
}
