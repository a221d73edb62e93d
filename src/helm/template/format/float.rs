//! Floating point numbers, as Go's `strconv.FormatFloat` writes them.

use std::fmt::Write as _;

use crate::helm::number::shortest;

/// No float64 has a digit other than zero behind this many. Rust's own formats end at 65,535, Go's at a million.
const EXACT: usize = 1_100;

/// The format `verb` (one of `b e E f g G x X`) with this precision; `None` is Go's -1, as many digits as are needed.
///
/// ```
/// use kubectl_milvus::helm::template::format::float;
/// assert_eq!(float(1_000_000.0, 'g', None), "1e+06");
/// ```
pub fn float(number: f64, verb: char, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let text = unsigned(number.abs(), verb.to_ascii_lowercase(), precision);
    let text = if verb.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text };
    format!("{sign}{text}")
}

fn unsigned(number: f64, verb: char, precision: Option<usize>) -> String {
    match (verb, precision) {
        ('f', Some(precision)) => format!("{number:.*}{}", precision.min(EXACT), zeros(precision)),
        ('f', None) => format!("{number}"),
        ('e', Some(precision)) => {
            let text = format!("{number:.*e}", precision.min(EXACT));
            exponent(&text.replace('e', &format!("{}e", zeros(precision))))
        }
        ('e', None) => exponent(&shortest(number)),
        ('b', _) => binary(number),
        ('x', _) => hexadecimal(number, precision),
        _ => general(number, precision),
    }
}

/// The zeros behind the exact digits.
fn zeros(precision: usize) -> String {
    "0".repeat(precision.saturating_sub(EXACT))
}

/// Rust's `1.5e7` as Go's `1.5e+07`.
fn exponent(text: &str) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

/// With an exponent where it is below -4 or not below the precision, which counts as 6 for the shortest form.
fn general(number: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|precision| precision.max(1));
    let text = precision.map_or_else(|| shortest(number), |digits| format!("{number:.*e}", (digits - 1).min(EXACT)));
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i64 = power.parse().unwrap_or_default();
    let digits = digits.replace('.', "");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let count = digits.len();
    // How many digits stand before the point.
    let before = power + 1;
    let limit = match precision {
        None => 6,
        Some(precision) if precision > count && as_signed(count) >= before => as_signed(count),
        Some(precision) => as_signed(precision),
    };
    if power < -4 || power >= limit {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return exponent(&format!("{first}{point}{rest}e{power}"));
    }
    if before <= 0 {
        let zeros = "0".repeat(usize::try_from(-before).unwrap_or_default());
        return format!("0.{zeros}{digits}");
    }
    let before = usize::try_from(before).unwrap_or_default();
    if before >= count {
        return format!("{digits}{}", "0".repeat(before - count));
    }
    format!("{}.{}", &digits[..before], &digits[before..])
}

fn as_signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The mantissa and the power of two that the number is made of.
fn parts(number: f64) -> (u64, i64) {
    let bits = number.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match i64::try_from(bits >> 52 & 0x7ff).unwrap_or_default() {
        0 => (fraction, -1022),
        power => (fraction | 1 << 52, power - 1023),
    }
}

fn binary(number: f64) -> String {
    let (mantissa, power) = parts(number);
    format!("{mantissa}p{:+}", power - 52)
}

fn hexadecimal(number: f64, precision: Option<usize>) -> String {
    let (mantissa, mut power) = parts(number);
    if mantissa == 0 {
        power = 0;
    }
    // The first digit stands in bit 60.
    let mut mantissa = mantissa << 8;
    while mantissa != 0 && mantissa & 1 << 60 == 0 {
        mantissa <<= 1;
        power -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision * 4;
        let extra = mantissa << shift & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | mantissa & 1 > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & 1 << 61 != 0 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let mut text = format!("0x{}", mantissa >> 60 & 1);
    let digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None if mantissa & ((1 << 60) - 1) == 0 => {}
        None => text.extend([".", digits.trim_end_matches('0')]),
        Some(0) => {}
        Some(precision) => {
            text.extend([".", &digits[..precision.min(15)], &"0".repeat(precision.saturating_sub(15))]);
        }
    }
    let sign = if power < 0 { '-' } else { '+' };
    write!(text, "p{sign}{:02}", power.abs()).expect("a string takes all");
    text
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        for (number, verb, precision, text) in [
            (1e6, 'g', None, "1e+06"),
            (999_999.0, 'g', None, "999999"),
            (12_345_678_901.0, 'g', None, "1.2345678901e+10"),
            (2.5, 'g', None, "2.5"),
            (0.0001, 'g', None, "0.0001"),
            (0.000_01, 'g', None, "1e-05"),
            (0.0, 'g', None, "0"),
            (-0.0, 'g', None, "-0"),
            (1e20, 'g', None, "1e+20"),
            (100.0, 'g', Some(3), "100"),
            (1000.0, 'g', Some(3), "1e+03"),
            (100_000.0, 'g', Some(10), "100000"),
            (123.456, 'g', Some(4), "123.5"),
            (1e-10, 'G', None, "1E-10"),
            (1.23456, 'g', Some(0), "1"),
            (0.25, 'f', Some(1), "0.2"),
            (2.5, 'f', Some(0), "2"),
            (1e21, 'f', None, "1000000000000000000000"),
            (1234.5678, 'e', Some(2), "1.23e+03"),
            (1e-7, 'e', None, "1e-07"),
            (0.0, 'e', None, "0e+00"),
            (1.5, 'b', None, "6755399441055744p-52"),
            (1.5, 'x', None, "0x1.8p+00"),
            (3.140_625, 'x', Some(2), "0x1.92p+01"),
            (-0.1, 'X', None, "-0X1.999999999999AP-04"),
            (0.0, 'x', None, "0x0p+00"),
            (1.0, 'x', Some(17), "0x1.00000000000000000p+00"),
            (f64::INFINITY, 'g', None, "+Inf"),
            (f64::NEG_INFINITY, 'f', Some(2), "-Inf"),
            (f64::NAN, 'g', None, "NaN"),
            (16_326_530_612_244_898.0 / 8.0, 'g', None, "2.0408163265306122e+15"),
            (5e-324, 'g', None, "5e-324"),
            (f64::MAX, 'g', None, "1.7976931348623157e+308"),
        ] {
            assert_eq!(float(number, verb, precision), text, "{number} {verb} {precision:?}");
        }
    }
}
