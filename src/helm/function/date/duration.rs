//! Spans of time, after Go's `time.Duration`: nanoseconds in 64 bits, about 292 years either way.

use std::fmt::Write;

use crate::helm::error::{Error, Result};

use super::time::SECOND;

/// A microsecond, in nanoseconds.
pub(super) const MICROSECOND: i64 = 1_000;
/// A millisecond, in nanoseconds.
pub(super) const MILLISECOND: i64 = 1_000_000;
/// A minute, in nanoseconds.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// An hour, in nanoseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;

/// One more than the longest span, in nanoseconds: only as a negative one does it exist.
const LIMIT: u64 = 1 << 63;

/// Reads `1h2m3.5s`, `-300ms` and the like into nanoseconds, by Go's `time.ParseDuration`.
pub(super) fn parse(text: &[u8]) -> Result<i64> {
    let invalid = || failed("invalid duration", text);
    let negative = text.starts_with(b"-");
    let mut rest = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (part, after) = part(rest, text)?;
        total = total.checked_add(part).filter(|total| *total <= LIMIT).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (true, Ok(total)) => Ok(-total),
        (true, Err(_)) => Ok(i64::MIN),
        (false, total) => total.map_err(|_| invalid()),
    }
}

/// A number with its unit, in nanoseconds, and what follows; `whole` is for the error's text.
fn part<'a>(text: &'a [u8], whole: &[u8]) -> Result<(u64, &'a [u8])> {
    let invalid = || failed("invalid duration", whole);
    let (digits, rest) = digits(text);
    let mut number = 0_u64;
    for digit in digits {
        let larger = number.checked_mul(10).and_then(|number| number.checked_add(u64::from(digit - b'0')));
        number = larger.filter(|number| *number <= LIMIT).ok_or_else(invalid)?;
    }
    let (behind, rest) = match rest {
        [b'.', rest @ ..] => self::digits(rest),
        rest => (&[][..], rest),
    };
    if digits.is_empty() && behind.is_empty() {
        return Err(invalid());
    }
    let length = rest.iter().take_while(|byte| !matches!(byte, b'.' | b'0'..=b'9')).count();
    let (name, rest) = rest.split_at(length);
    if name.is_empty() {
        return Err(failed("missing unit in duration", whole));
    }
    let unit = unit(name).ok_or_else(|| failed(&format!("unknown unit {} in duration", quoted(name)), whole))?;
    let nanoseconds = number.checked_mul(unit).filter(|nanoseconds| *nanoseconds <= LIMIT).ok_or_else(invalid)?;
    let sum = nanoseconds.checked_add(fraction(behind, unit)).filter(|sum| *sum <= LIMIT).ok_or_else(invalid)?;
    Ok((sum, rest))
}

/// The digits with which the text begins, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn unit(name: &[u8]) -> Option<u64> {
    let unit = match std::str::from_utf8(name).ok()? {
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    };
    u64::try_from(unit).ok()
}

/// What stands behind the point, in nanoseconds. It goes by way of a float as in Go, to give the same last digit.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go calculates so, and the result is below an hour"
)]
fn fraction(digits: &[u8], unit: u64) -> u64 {
    let (mut number, mut scale) = (0_u64, 1_f64);
    for digit in digits {
        if number > (LIMIT - 1) / 10 {
            break;
        }
        let longer = number * 10 + u64::from(digit - b'0');
        if longer > LIMIT {
            break;
        }
        number = longer;
        scale *= 10.0;
    }
    if number == 0 { 0 } else { (number as f64 * (unit as f64 / scale)) as u64 }
}

fn failed(what: &str, text: &[u8]) -> Error {
    Error::new(format!("time: {what} {}", quoted(text)))
}

/// Between double quotes, as Go's package of times quotes: each byte that is not plain is written as a number.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x20..=0x7f => text.push(char::from(*byte)),
            _ => write!(text, "\\x{byte:02x}").expect("a string takes all that is written to it"),
        }
    }
    text.push('"');
    text
}

/// As `%v` prints it: `1h2m3.5s`, `1.5ms`, `0s`.
pub(super) fn print(nanoseconds: i64) -> String {
    let (sign, size) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let (thousand, million) = (MICROSECOND.unsigned_abs(), MILLISECOND.unsigned_abs());
    let body = match size {
        0 => "0s".to_owned(),
        _ if size < thousand => format!("{size}ns"),
        _ if size < million => format!("{}µs", decimal(size, 3)),
        _ if size < SECOND.unsigned_abs() => format!("{}ms", decimal(size, 6)),
        _ => clock(size),
    };
    format!("{sign}{body}")
}

/// Hours, minutes and seconds; the first that are zero are left out.
fn clock(nanoseconds: u64) -> String {
    let (hour, minute) = (HOUR.unsigned_abs(), MINUTE.unsigned_abs());
    let hours = if nanoseconds < hour { String::new() } else { format!("{}h", nanoseconds / hour) };
    let minutes = if nanoseconds < minute { String::new() } else { format!("{}m", nanoseconds / minute % 60) };
    format!("{hours}{minutes}{}s", decimal(nanoseconds % minute, 9))
}

/// `number`, its last `places` digits behind a point, without zeros at the end.
fn decimal(number: u64, places: usize) -> String {
    let digits = format!("{number:0width$}", width = places + 1);
    let (whole, behind) = digits.split_at(digits.len() - places);
    let behind = behind.trim_end_matches('0');
    if behind.is_empty() { whole.to_owned() } else { format!("{whole}.{behind}") }
}

/// To the nearest multiple of `unit`, away from zero in the midst of two; as it is where `unit` is not positive.
pub(super) fn round(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanoseconds;
    }
    let (size, unit) = (i128::from(nanoseconds).abs(), i128::from(unit));
    let below = size - size % unit;
    let rounded = if size % unit * 2 < unit { below } else { below + unit };
    let end = if nanoseconds < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(if nanoseconds < 0 { -rounded } else { rounded }).unwrap_or(end)
}

/// Towards zero to a multiple of `unit`; as it is where `unit` is not positive.
pub(super) fn truncate(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 { nanoseconds } else { nanoseconds - nanoseconds % unit }
}

/// The largest unit of which there is more than one, cut off: `3d`, `2mo`, as sprig's `durationRound` prints it.
pub(super) fn largest_unit(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let day = 24 * HOUR;
    let units = [(365 * day, "y"), (30 * day, "mo"), (day, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let largest = units.iter().find(|(unit, _)| size > unit.unsigned_abs());
    largest.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::{parse, print, round, truncate};

    #[test]
    fn spans_are_read_and_printed_as_in_go() {
        let table = [
            ("0", Ok("0s")),
            ("-0", Ok("0s")),
            ("1h2m3s", Ok("1h2m3s")),
            ("+1h", Ok("1h0m0s")),
            ("-90s", Ok("-1m30s")),
            ("1.5h", Ok("1h30m0s")),
            (".5s", Ok("500ms")),
            ("1.s", Ok("1s")),
            ("1500us", Ok("1.5ms")),
            ("7µs", Ok("7µs")),
            ("7μs", Ok("7µs")),
            ("1234ns", Ok("1.234µs")),
            ("0.3333333333333333333h", Ok("20m0s")),
            ("9223372036854775807ns", Ok("2562047h47m16.854775807s")),
            ("-9223372036854775808ns", Ok("-2562047h47m16.854775808s")),
            ("9223372036854775808ns", Err("time: invalid duration \"9223372036854775808ns\"")),
            ("99999999999999999999s", Err("time: invalid duration \"99999999999999999999s\"")),
            ("3000000h", Err("time: invalid duration \"3000000h\"")),
            ("", Err("time: invalid duration \"\"")),
            ("-", Err("time: invalid duration \"-\"")),
            (".s", Err("time: invalid duration \".s\"")),
            ("1", Err("time: missing unit in duration \"1\"")),
            ("1d", Err("time: unknown unit \"d\" in duration \"1d\"")),
            ("1é\"", Err("time: unknown unit \"\\xc3\\xa9\\\"\" in duration \"1\\xc3\\xa9\\\"\"")),
        ];
        for (text, wanted) in table {
            let given = parse(text.as_bytes()).map(print).map_err(|error| error.to_string());
            assert_eq!(given, wanted.map(ToOwned::to_owned).map_err(ToOwned::to_owned), "{text}");
        }
    }

    #[test]
    fn spans_are_rounded_away_from_zero_and_cut_towards_it() {
        for (span, unit, rounded, cut) in [(15, 10, 20, 10), (-15, 10, -20, -10), (14, 10, 10, 10), (7, 0, 7, 7)] {
            assert_eq!((round(span, unit), truncate(span, unit)), (rounded, cut), "{span} {unit}");
        }
        assert_eq!(round(i64::MAX, 3_600_000_000_000), i64::MAX);
        assert_eq!(round(i64::MIN, 3_600_000_000_000), i64::MIN);
    }
}
