//! Literals: strings, characters and numbers, by the rules of Go's `strconv`.

use super::format::quote;
use crate::helm::raw;

/// A number in a template. Like an untyped constant of Go it fits every parameter that can hold it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    /// As a signed whole number.
    pub(super) int: Option<i64>,
    /// As an unsigned whole number.
    pub(super) unsigned: Option<u64>,
    /// As a floating point number.
    pub(super) float: Option<f64>,
    /// Whether it looks like a floating point number, and is one where nothing else is asked for.
    pub(super) looks_float: bool,
}

/// What a literal in quotes means. The fault is Go's.
pub(super) fn unquote(literal: &str) -> Result<String, String> {
    if let Some(raw) = literal.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        return Ok(raw.replace('\r', ""));
    }
    let inside = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(SYNTAX)?;
    if !inside.contains('\\') {
        return Ok(inside.to_owned());
    }
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while !rest.is_empty() {
        let (unit, tail) = unquote_unit(rest, '"').ok_or(SYNTAX)?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Character(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
    }
    Ok(raw::text(&bytes).as_ref().to_owned())
}

/// The character constant `literal`.
pub(super) fn character(literal: &str) -> Result<Number, String> {
    let (unit, tail) = unquote_unit(&literal[1..], '\'').ok_or(SYNTAX)?;
    if tail != "'" {
        return Err(format!("malformed character constant: {literal}"));
    }
    let code = match unit {
        Unit::Byte(byte) => u32::from(byte),
        Unit::Character(character) => u32::from(character),
    };
    let (int, unsigned, float) = (Some(i64::from(code)), Some(u64::from(code)), Some(f64::from(code)));
    Ok(Number { int, unsigned, float, looks_float: false })
}

/// The number `literal`.
#[expect(clippy::cast_precision_loss, reason = "Go promotes whole numbers to floats in the same way")]
pub(super) fn number(literal: &str) -> Result<Number, String> {
    if literal.ends_with('i') {
        return Err(format!("complex number {literal} is not supported"));
    }
    let unsigned = parse_unsigned(literal);
    let int = match literal.as_bytes().first() {
        Some(b'-') => parse_unsigned(&literal[1..]).and_then(|number| 0_i64.checked_sub_unsigned(number)),
        Some(b'+') => parse_unsigned(&literal[1..]).and_then(|number| i64::try_from(number).ok()),
        _ => unsigned.and_then(|number| i64::try_from(number).ok()),
    };
    let unsigned = if int == Some(0) { Some(0) } else { unsigned };
    let looks_float = literal.contains(['.', 'e', 'E', 'p', 'P']) && !is_hexadecimal(literal);
    if int.is_some() || unsigned.is_some() {
        let float = int.map(|number| number as f64).or(unsigned.map(|number| number as f64));
        return Ok(Number { int, unsigned, float, looks_float });
    }
    let float = parse_float(literal).ok_or_else(|| format!("illegal number syntax: {}", quote::double(literal)))?;
    if !literal.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote::double(literal)));
    }
    Ok(Number { int: whole(float), unsigned: whole(float), float: Some(float), looks_float })
}

const SYNTAX: &str = "invalid syntax";

enum Unit {
    Byte(u8),
    Character(char),
}

fn unquote_unit(text: &str, mark: char) -> Option<(Unit, &str)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    if first == mark {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Character(first), characters.as_str()));
    }
    let escape = characters.next()?;
    let rest = characters.as_str();
    let numbered = |text: &str, digits: usize, radix: u32| {
        let piece = text.get(..digits).filter(|piece| piece.chars().all(|c| c.is_digit(radix)))?;
        u32::from_str_radix(piece, radix).ok()
    };
    Some(match escape {
        'x' => (Unit::Byte(u8::try_from(numbered(rest, 2, 16)?).ok()?), &rest[2..]),
        'u' => (Unit::Character(char::from_u32(numbered(rest, 4, 16)?)?), &rest[4..]),
        'U' => (Unit::Character(char::from_u32(numbered(rest, 8, 16)?)?), &rest[8..]),
        '0'..='7' => (Unit::Byte(u8::try_from(numbered(&text[1..], 3, 8)?).ok()?), &text[4..]),
        _ => {
            let character = match escape {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                '\\' => '\\',
                _ if escape == mark => mark,
                _ => return None,
            };
            (Unit::Character(character), rest)
        }
    })
}

/// `strconv.ParseUint` with base 0: the prefix tells the base, underscores may part digits.
fn parse_unsigned(literal: &str) -> Option<u64> {
    let lower = literal.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', _, ..] => (16, &lower[2..]),
        [b'0', b'o', _, ..] => (8, &lower[2..]),
        [b'0', b'b', _, ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        [b'0'..=b'9', ..] => (10, lower.as_str()),
        _ => return None,
    };
    if digits.contains('_') && !are_underscores_between_digits(&lower) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

fn are_underscores_between_digits(literal: &str) -> bool {
    let literal = literal.strip_prefix(['+', '-']).unwrap_or(literal).as_bytes();
    let prefixed = matches!(literal, [b'0', b'b' | b'o' | b'x', ..]);
    let hexadecimal = matches!(literal, [b'0', b'x', ..]);
    let mut last = if prefixed { b'0' } else { b'^' };
    for byte in literal.iter().skip(if prefixed { 2 } else { 0 }) {
        let now = match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'f' if hexadecimal => b'0',
            b'_' => b'_',
            _ => b'!',
        };
        if now == b'_' && last != b'0' || now == b'!' && last == b'_' {
            return false;
        }
        last = now;
    }
    last != b'_'
}

fn parse_float(literal: &str) -> Option<f64> {
    let lower = literal.to_ascii_lowercase();
    if lower.contains('_') && !are_underscores_between_digits(&lower) {
        return None;
    }
    let plain = lower.replace('_', "");
    let (negative, unsigned) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let number = match unsigned.strip_prefix("0x") {
        Some(digits) => parse_hexadecimal_float(digits)?,
        None => unsigned.parse().ok()?,
    };
    number.is_finite().then_some(if negative { -number } else { number })
}

/// A floating point number in hexadecimal, such as `1.8p3`; the power of two must be there.
fn parse_hexadecimal_float(text: &str) -> Option<f64> {
    let (digits, power) = text.split_once('p')?;
    let mut power: i32 = power.parse::<i32>().ok()?.clamp(-5000, 5000);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa = 0_u64;
    for (place, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | digit;
            power = power.saturating_sub(if place >= whole.len() { 4 } else { 0 });
        } else {
            mantissa |= u64::from(digit != 0);
            power = power.saturating_add(if place >= whole.len() { 0 } else { 4 });
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    let mut number = mantissa as f64;
    while power > 0 && number.is_finite() && number != 0.0 {
        let step = power.min(500);
        number *= 2_f64.powi(step);
        power -= step;
    }
    while power < 0 && number != 0.0 {
        let step = (-power).min(500);
        number /= 2_f64.powi(step);
        power += step;
    }
    Some(number)
}

fn is_hexadecimal(literal: &str) -> bool {
    literal.len() > 2 && literal.starts_with("0x") | literal.starts_with("0X") && !literal.contains(['p', 'P'])
}

/// The whole number that `float` is exactly.
#[expect(clippy::cast_possible_truncation, reason = "numbers that do not fit are not taken")]
fn whole<T: TryFrom<i128>>(float: f64) -> Option<T> {
    (float.fract() == 0.0).then(|| T::try_from(float as i128).ok()).flatten()
}

#[cfg(test)]
mod tests {

    use super::{character, number, raw, unquote};

    #[test]
    fn strings_are_read_as_go_reads_them() {
        assert_eq!(unquote(r#""tab\there \u00e9 \x41 \101 \"q\"""#).as_deref(), Ok("tab\there é A A \"q\""));
        assert_eq!(unquote(r#""\xe6\x97\xa5""#).as_deref(), Ok("日"));
        assert_eq!(unquote("`a\r\\n`").as_deref(), Ok("a\\n"));
        for wrong in [r#""\q""#, r#""\'""#, r#""\ud800""#, r#""\x4""#, r#""\400""#, r#""\u12é""#] {
            assert_eq!(unquote(wrong), Err("invalid syntax".to_owned()), "{wrong}");
        }
        assert_eq!(unquote(r#""\xff""#).as_deref(), Ok(raw::text(&[0xFF]).as_ref()));
    }

    #[test]
    fn numbers_fit_what_they_are_equal_to() {
        for (literal, int, float) in [
            ("0x1F", Some(31), Some(31.0)),
            ("1_000", Some(1000), Some(1000.0)),
            ("0b11", Some(3), Some(3.0)),
            ("0o17", Some(15), Some(15.0)),
            ("0644", Some(420), Some(420.0)),
            ("1e3", Some(1000), Some(1000.0)),
            ("-7", Some(-7), Some(-7.0)),
            ("+7", Some(7), Some(7.0)),
            ("-9223372036854775808", Some(i64::MIN), Some(-9_223_372_036_854_775_808.0)),
            ("1.5", None, Some(1.5)),
            (".5", None, Some(0.5)),
            ("5.", Some(5), Some(5.0)),
            ("0x1.8p3", Some(12), Some(12.0)),
            ("1e300", None, Some(1e300)),
        ] {
            let number = number(literal).unwrap();
            assert_eq!((number.int, number.float), (int, float), "{literal}");
        }
        assert_eq!(number("18446744073709551615").unwrap().unsigned, Some(u64::MAX));
        assert!(!number("0x1E").unwrap().looks_float);
        assert!(number("-0x1E").unwrap().looks_float, "an oddity of Go");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for (literal, fault) in [
            ("089", "integer overflow: \"089\""),
            ("18446744073709551616", "integer overflow: \"18446744073709551616\""),
            ("1__0", "illegal number syntax: \"1__0\""),
            ("0x", "illegal number syntax: \"0x\""),
            ("0x1.8", "illegal number syntax: \"0x1.8\""),
            ("1e999", "illegal number syntax: \"1e999\""),
            (".", "illegal number syntax: \".\""),
            ("1i", "complex number 1i is not supported"),
        ] {
            assert_eq!(number(literal), Err(fault.to_owned()), "{literal}");
        }
    }

    #[test]
    fn a_character_is_its_number() {
        assert_eq!(character("'a'").unwrap().int, Some(97));
        assert_eq!(character(r"'\n'").unwrap().int, Some(10));
        assert_eq!(character("'日'").unwrap().int, Some(0x65e5));
        assert_eq!(character("'ab'"), Err("malformed character constant: 'ab'".to_owned()));
        assert_eq!(character("''"), Err("invalid syntax".to_owned()));
    }
}
