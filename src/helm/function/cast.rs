//! Numbers out of anything, as spf13/cast makes them: text is read, what is no number is 0.

use crate::helm::value::Value;

/// `cast.ToInt64`: floats lose their fraction; text is read by Go's rules for literals (`0x1F`, `0644`, `1_000`, `2.0`).
pub(super) fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Float(number) => truncated(*number),
        Value::Text(text) => literal(without_zero_fraction(text)).unwrap_or(0),
        Value::Bool(value) => i64::from(*value),
        // Of named numbers cast knows bytes, months and weekdays, which are an `int`, but not spans of time.
        Value::Object(object) if matches!(object.kind_name(), "int" | "uint8") => object.whole().unwrap_or(0),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
#[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
pub(super) fn float(value: &Value) -> f64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Text(text) => float_literal(text).unwrap_or(0.0),
        Value::Bool(value) => f64::from(*value),
        Value::Object(_) => int(value) as f64,
        _ => 0.0,
    }
}

/// A float as an int64, as amd64 converts it: what does not fit is the smallest number.
#[expect(clippy::cast_possible_truncation, reason = "only what fits is converted")]
pub(super) fn truncated(number: f64) -> i64 {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if (-END..END).contains(&number) { number as i64 } else { i64::MIN }
}

/// `2.00` as `2`.
fn without_zero_fraction(text: &str) -> &str {
    let whole = text.trim_end_matches('0');
    match whole.strip_suffix('.') {
        Some(whole_number) if whole.len() < text.len() => whole_number,
        _ => text,
    }
}

/// `strconv.ParseInt(text, base, 64)` without its errors: the digits' value, or the nearest that fits.
pub(super) fn saturated(text: &str, base: u32) -> i64 {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return 0;
    }
    i64::from_str_radix(&format!("{}{digits}", if is_negative { "-" } else { "" }), base).unwrap_or(if is_negative {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// The same, `None` where the text is no such number or does not fit.
pub(super) fn of_base(text: &str, base: u32) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    signed(is_negative, digits, base)
}

fn signed(is_negative: bool, digits: &str, base: u32) -> Option<i64> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{}{digits}", if is_negative { "-" } else { "" }), base).ok()
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `strconv.ParseInt(text, 0, 64)`: the base by its prefix, underscores between digits.
fn literal(text: &str) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    if !has_fit_underscores(digits) {
        return None;
    }
    let small = digits.to_ascii_lowercase();
    let (base, digits) = match small.as_bytes() {
        [b'0', b'x', _, ..] => (16, &small[2..]),
        [b'0', b'o', _, ..] => (8, &small[2..]),
        [b'0', b'b', _, ..] => (2, &small[2..]),
        [b'0', _, ..] => (8, &small[1..]),
        _ => (10, small.as_str()),
    };
    signed(is_negative, &digits.replace('_', ""), base)
}

/// Whether each underscore stands between digits, or between the base's prefix and a digit.
fn has_fit_underscores(number: &str) -> bool {
    if !number.contains('_') {
        return true;
    }
    let small = number.to_ascii_lowercase();
    let prefixed = ["0x", "0o", "0b"].iter().find_map(|prefix| small.strip_prefix(prefix));
    let is_hexadecimal = small.starts_with("0x");
    let is_digit = |byte: u8| byte.is_ascii_digit() || is_hexadecimal && byte.is_ascii_hexdigit();
    let mut before = if prefixed.is_some() { b'0' } else { b'!' };
    for byte in prefixed.unwrap_or(&small).bytes() {
        if byte == b'_' && !is_digit(before) || before == b'_' && !is_digit(byte) {
            return false;
        }
        before = byte;
    }
    before != b'_'
}

/// `strconv.ParseFloat`: decimal, hexadecimal, `inf` and `nan`; `None` where it is none or too large.
pub(super) fn float_literal(text: &str) -> Option<f64> {
    let (is_negative, unsigned) = sign(text);
    let small = unsigned.to_ascii_lowercase();
    let size = match small.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" if unsigned.len() == text.len() => f64::NAN,
        _ if !has_fit_underscores(&small) => return None,
        _ => {
            let digits = small.replace('_', "");
            let size = match digits.strip_prefix("0x") {
                Some(digits) => hexadecimal(digits)?,
                None if digits.starts_with(|first: char| first == '.' || first.is_ascii_digit()) => {
                    digits.parse().ok()?
                }
                None => return None,
            };
            if f64::is_infinite(size) {
                return None;
            }
            size
        }
    };
    Some(if is_negative { -size } else { size })
}

/// `1.8p3`: sixteenths before the letter, a power of two behind it.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let exponent = of_base(exponent, 10)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut size, mut shift, mut is_inexact) = (0_u64, exponent, false);
    for (place, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if place >= whole.len() {
            shift = shift.saturating_sub(4);
        }
        if size >> 58 == 0 {
            size = size << 4 | digit;
        } else {
            is_inexact |= digit != 0;
            shift = shift.saturating_add(4);
        }
    }
    Some(power_of_two(size | u64::from(is_inexact), shift))
}

/// `size × 2^shift`, the power in two steps, as one alone may be too large or too small to be a float.
#[expect(clippy::cast_precision_loss, reason = "the rounding that is wanted")]
fn power_of_two(size: u64, shift: i64) -> f64 {
    let steps = i32::try_from(shift.clamp(-2_000, 2_000)).unwrap_or(0);
    size as f64 * 2_f64.powi(steps / 2) * 2_f64.powi(steps - steps / 2)
}

#[cfg(test)]
mod tests {
    use super::{float_literal, has_fit_underscores, literal};

    #[test]
    fn integers_are_read_by_their_prefix() {
        for (text, number) in
            [("0644", 420), ("-0x1f", -31), ("0b1_1", 3), ("0o17", 15), ("+7", 7), ("0", 0), ("1_0", 10)]
        {
            assert_eq!(literal(text), Some(number), "{text}");
        }
        for text in
            ["", "08", "0x", "--1", "+-1", "1__0", "_1", "1_", "0-2", "0x-2", "1.5", " 1", "9223372036854775808"]
        {
            assert_eq!(literal(text), None, "{text}");
        }
        assert!(has_fit_underscores("0x_1") && !has_fit_underscores("1_.5"));
    }

    #[test]
    fn floats_are_read_in_every_form_of_go() {
        for (text, number) in
            [("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-1e3", -1e3), ("0x1p4", 16.0), ("0x1.8p-1", 0.75)]
        {
            assert_eq!(float_literal(text), Some(number), "{text}");
        }
        assert_eq!(float_literal("0x1p-1074"), Some(5e-324));
        assert_eq!(float_literal("0x1p1023"), Some(2_f64.powi(1_023)));
        assert_eq!(float_literal("0x1.fffffffffffff8p0"), Some(2.0));
        assert_eq!(float_literal("-Inf"), Some(f64::NEG_INFINITY));
        for text in ["", ".", "1e", "e1", "1e400", "0x1", "0x1p5000", "+nan", "1_", " 1", "infinit", "--1"] {
            assert_eq!(float_literal(text), None, "{text}");
        }
    }
}
