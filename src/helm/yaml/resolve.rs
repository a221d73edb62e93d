//! What a plain scalar is, by go-yaml's rules: YAML 1.1 with Go's number syntax and without base 60.

use super::timestamp;

/// A scalar's type and value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond `i64`.
    Uint(u64),
    Float(f64),
    Timestamp,
    Text,
}

impl Scalar {
    /// The tag, as go-yaml's errors print it.
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Text => "!!str",
        }
    }
}

/// What `text` is when it stands unquoted and without a tag.
pub(super) fn resolve(text: &str) -> Scalar {
    match text.bytes().next() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text).unwrap_or(Scalar::Text)
        }
        Some(b'.') => word(text).or_else(|| float(text).map(Scalar::Float)).unwrap_or(Scalar::Text),
        Some(b'0'..=b'9' | b'+' | b'-') => word(text).unwrap_or_else(|| number(text)),
        Some(_) => Scalar::Text,
    }
}

/// The words that are more than text. The first letter decides for nearly all texts.
fn word(text: &str) -> Option<Scalar> {
    let is = |words: &[&str]| words.contains(&text);
    match text.bytes().next()? {
        b't' | b'T' if is(&["true", "True", "TRUE"]) => Some(Scalar::Bool(true)),
        b'f' | b'F' if is(&["false", "False", "FALSE"]) => Some(Scalar::Bool(false)),
        b'y' | b'Y' if is(&["y", "Y", "yes", "Yes", "YES"]) => Some(Scalar::Bool(true)),
        b'n' | b'N' if is(&["n", "N", "no", "No", "NO"]) => Some(Scalar::Bool(false)),
        b'n' | b'N' | b'~' if is(&["~", "null", "Null", "NULL"]) => Some(Scalar::Null),
        b'o' | b'O' if is(&["on", "On", "ON"]) => Some(Scalar::Bool(true)),
        b'o' | b'O' if is(&["off", "Off", "OFF"]) => Some(Scalar::Bool(false)),
        b'.' if is(&[".nan", ".NaN", ".NAN"]) => Some(Scalar::Float(f64::NAN)),
        b'.' if is(&[".inf", ".Inf", ".INF"]) => Some(Scalar::Float(f64::INFINITY)),
        b'+' if is(&["+.inf", "+.Inf", "+.INF"]) => Some(Scalar::Float(f64::INFINITY)),
        b'-' if is(&["-.inf", "-.Inf", "-.INF"]) => Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// A timestamp, integer or float; underscores count for nothing in numbers.
fn number(text: &str) -> Scalar {
    if timestamp::is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    integer(&plain).or_else(|| float(&plain).map(Scalar::Float)).or_else(|| odd_binary(&plain)).unwrap_or(Scalar::Text)
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`: `0x`, `0b`, `0o` and a leading `0` choose the base.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = unsigned.len() != text.len();
    let (digits, base) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (&unsigned[2..], 16),
        [b'0', b'b' | b'B', _, ..] => (&unsigned[2..], 2),
        [b'0', b'o' | b'O', _, ..] => (&unsigned[2..], 8),
        [b'0', _, ..] => (&unsigned[1..], 8),
        _ => (unsigned, 10),
    };
    // Rust takes a sign before the digits, Go has none behind the base.
    if !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    match i64::try_from(size) {
        Ok(size) => Some(Scalar::Int(if negative { -size } else { size })),
        Err(_) if negative => (size == i64::MIN.unsigned_abs()).then_some(Scalar::Int(i64::MIN)),
        Err(_) => (!signed).then_some(Scalar::Uint(size)),
    }
}

/// `0b-1` and its like, which go-yaml reads as a signed binary number behind the prefix.
fn odd_binary(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix("0b")?;
    digits.starts_with(['+', '-']).then(|| i64::from_str_radix(digits, 2).ok().map(Scalar::Int)).flatten()
}

/// A decimal float; one that is too large is text, as in go-yaml.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sound = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    sound.then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};

    #[test]
    fn plain_scalars_are_what_go_yaml_takes_them_for() {
        let cases = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("Null", Scalar::Null),
            ("nULL", Scalar::Text),
            ("y", Scalar::Bool(true)),
            ("oFF", Scalar::Text),
            ("Off", Scalar::Bool(false)),
            ("0644", Scalar::Int(420)),
            ("08", Scalar::Float(8.0)),
            ("-0o17", Scalar::Int(-15)),
            ("0O17", Scalar::Int(15)),
            ("0x", Scalar::Text),
            ("+0X1f", Scalar::Int(31)),
            ("0b", Scalar::Text),
            ("0b-101", Scalar::Int(-5)),
            ("0x-1", Scalar::Text),
            ("1_000", Scalar::Int(1000)),
            ("+_1", Scalar::Int(1)),
            ("_1", Scalar::Text),
            ("1_0.5", Scalar::Float(10.5)),
            ("-", Scalar::Text),
            ("+", Scalar::Text),
            (".", Scalar::Text),
            ("...", Scalar::Text),
            (".5", Scalar::Float(0.5)),
            (".5_0", Scalar::Text),
            ("5.", Scalar::Float(5.0)),
            ("1e3", Scalar::Float(1000.0)),
            ("1e", Scalar::Text),
            ("1e400", Scalar::Text),
            ("-.inf", Scalar::Float(f64::NEG_INFINITY)),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("9223372036854775808", Scalar::Uint(1 << 63)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("+9223372036854775808", Scalar::Float(9_223_372_036_854_775_808.0)),
            ("1:30", Scalar::Text),
            ("2020-01-01", Scalar::Timestamp),
            ("<<", Scalar::Text),
        ];
        for (text, scalar) in cases {
            assert_eq!(resolve(text), scalar, "{text}");
        }
    }
}
