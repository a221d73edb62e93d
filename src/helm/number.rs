//! Floats as Go prints them: `%v`, `strconv.FormatFloat` and JSON.

use std::fmt::Write;

/// The forms of `strconv.FormatFloat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `'e'`: `-d.dddde±dd`, with at least two digits in the exponent.
    Exponent,
    /// `'f'`: `-ddd.dddd`, without an exponent.
    Decimal,
    /// `'g'`: like `'e'` for large and small numbers, else like `'f'`.
    General,
}

/// No float64 has a digit other than zero behind this many, so that further ones need no arithmetic.
const EXACT_DIGITS: usize = 1_100;

/// Digits to be read as `0.d₁d₂… × 10^point`, without zeros at the end; none for zero.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

/// As `%v` prints a float64: the shortest digits that read back the same, with an exponent below 1e-04 and from 1e+06 on.
pub fn go_float(number: f64) -> String {
    format(number, Form::General, None)
}

/// As [`go_float`], with the digits of a float32: so `sigs.k8s.io/yaml` turns float keys into text.
#[expect(clippy::cast_possible_truncation, reason = "the digits of a float32 are what is wanted")]
pub fn go_float32(number: f64) -> String {
    let narrow = number as f32;
    let digits = Digits::read(&format!("{:e}", narrow.abs()));
    special(f64::from(narrow))
        .map_or_else(|| digits.written(narrow.is_sign_negative(), Form::General, None), ToOwned::to_owned)
}

/// As `strconv.FormatFloat(number, form, precision, 64)` prints it; without a precision the shortest digits, Go's -1.
///
/// The precision counts digits behind the point, in [`Form::General`] significant ones; Go's `fmt` allows a million.
pub fn format(number: f64, form: Form, precision: Option<usize>) -> String {
    if let Some(word) = special(number) {
        return word.to_owned();
    }
    let size = number.abs();
    let digits = match (form, precision) {
        (_, None) => Digits::read(&format!("{size:e}")),
        (Form::Exponent, Some(behind)) => Digits::read(&format!("{size:.*e}", behind.min(EXACT_DIGITS))),
        (Form::Decimal, Some(behind)) => Digits::read(&format!("{size:.*}", behind.min(EXACT_DIGITS))),
        (Form::General, Some(all)) => Digits::read(&format!("{size:.*e}", all.clamp(1, EXACT_DIGITS) - 1)),
    };
    digits.written(number.is_sign_negative(), form, precision)
}

/// As `encoding/json` prints a float64: an exponent only below 1e-6 and from 1e21 on; `None` for infinities and NaN,
/// which it refuses.
pub fn json_float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Some(format(number, Form::Decimal, None));
    }
    let text = format(number, Form::Exponent, None);
    // `e-09` becomes `e-9`, as in JavaScript; no other exponent that gets here has a leading zero.
    Some(text.replace("e-0", "e-"))
}

fn special(number: f64) -> Option<&'static str> {
    match number {
        number if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

impl Digits {
    /// Reads what Rust writes of a number that is not negative: `ddd.ddd` or `d.ddde±d`.
    fn read(text: &str) -> Self {
        let (number, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Self { digits, point: 0 };
        }
        let size = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + size(whole.len()) - size(leading) }
    }

    fn count(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    fn written(&self, negative: bool, form: Form, precision: Option<usize>) -> String {
        let mut text = String::from(if negative { "-" } else { "" });
        let behind_first = self.digits.len().saturating_sub(1);
        let behind_point = usize::try_from(self.count() - self.point).unwrap_or(0);
        match form {
            Form::Exponent => self.write_exponent(&mut text, precision.unwrap_or(behind_first)),
            Form::Decimal => self.write_decimal(&mut text, precision.unwrap_or(behind_point)),
            Form::General => {
                let limit = match precision.map(|precision| i32::try_from(precision.max(1)).unwrap_or(i32::MAX)) {
                    None => 6,
                    Some(precision) if precision > self.count() && self.count() >= self.point => self.count(),
                    Some(precision) => precision,
                };
                if self.point - 1 < -4 || self.point > limit {
                    self.write_exponent(&mut text, behind_first);
                } else {
                    self.write_decimal(&mut text, behind_point);
                }
            }
        }
        text
    }

    fn write_exponent(&self, text: &mut String, behind: usize) {
        let digit = |place: usize| char::from(self.digits.get(place).copied().unwrap_or(b'0'));
        text.push(digit(0));
        if behind > 0 {
            text.push('.');
            text.extend((1..=behind).map(digit));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(text, "e{sign}{:02}", exponent.unsigned_abs()).expect("a string takes all that is written to it");
    }

    fn write_decimal(&self, text: &mut String, behind: usize) {
        let digit = |place: i32| {
            let place = usize::try_from(place).ok();
            char::from(place.and_then(|place| self.digits.get(place)).copied().unwrap_or(b'0'))
        };
        if self.point > 0 {
            text.extend((0..self.point).map(digit));
        } else {
            text.push('0');
        }
        if behind > 0 {
            text.push('.');
            let behind = i32::try_from(behind).unwrap_or(i32::MAX - 2_000);
            text.extend((self.point..self.point + behind).map(digit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, format, go_float, go_float32, json_float};

    /// Values as `%v`, with `'g'` and precisions 1, 3 and 20, and as `encoding/json` print them in Go 1.26.
    const PRINTED: &[(f64, &str, [&str; 3], &str)] = &[
        (0.0, "0", ["0", "0", "0"], "0"),
        (-0.0, "-0", ["-0", "-0", "-0"], "-0"),
        (1.0, "1", ["1", "1", "1"], "1"),
        (2.5, "2.5", ["2", "2.5", "2.5"], "2.5"),
        (100.0, "100", ["1e+02", "100", "100"], "100"),
        (100_000.0, "100000", ["1e+05", "1e+05", "100000"], "100000"),
        (1e6, "1e+06", ["1e+06", "1e+06", "1000000"], "1000000"),
        (1_234_567.0, "1.234567e+06", ["1e+06", "1.23e+06", "1234567"], "1234567"),
        (12_345_678_901.0, "1.2345678901e+10", ["1e+10", "1.23e+10", "12345678901"], "12345678901"),
        (1e20, "1e+20", ["1e+20", "1e+20", "1e+20"], "100000000000000000000"),
        (1e21, "1e+21", ["1e+21", "1e+21", "1e+21"], "1e+21"),
        (0.0001, "0.0001", ["0.0001", "0.0001", "0.00010000000000000000479"], "0.0001"),
        (0.00001, "1e-05", ["1e-05", "1e-05", "1.0000000000000000818e-05"], "0.00001"),
        (1e-7, "1e-07", ["1e-07", "1e-07", "9.9999999999999995475e-08"], "1e-7"),
        (1e-10, "1e-10", ["1e-10", "1e-10", "1.0000000000000000364e-10"], "1e-10"),
    ];

    #[test]
    fn floats_print_as_in_go() {
        for (number, plain, precise, json) in PRINTED {
            assert_eq!(go_float(*number), *plain);
            for (precision, text) in [1, 3, 20].into_iter().zip(precise) {
                assert_eq!(format(*number, Form::General, Some(precision)), *text, "{number} {precision}");
            }
            assert_eq!(json_float(*number).as_deref(), Some(*json));
        }
    }

    #[test]
    fn fixed_forms_round_half_to_even_and_pad_without_limit() {
        assert_eq!(format(2.5, Form::Decimal, Some(0)), "2");
        assert_eq!(format(0.125, Form::Decimal, Some(2)), "0.12");
        assert_eq!(format(1_234.5, Form::Exponent, Some(2)), "1.23e+03");
        assert_eq!(format(0.0, Form::Exponent, Some(1)), "0.0e+00");
        assert_eq!(format(1.0, Form::Decimal, Some(100_000)).len(), 100_002);
        assert_eq!(format(5e-324, Form::Exponent, Some(70_000)).len(), 70_000 + "5.e-324".len());
    }

    #[test]
    fn what_is_no_number_has_a_name_and_no_json() {
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(go_float), ["NaN", "+Inf", "-Inf"]);
        assert_eq!(json_float(f64::NAN), None);
    }

    #[test]
    fn keys_have_the_digits_of_a_float32() {
        assert_eq!(go_float32(0.1), "0.1");
        assert_eq!(go_float32(1.234_567_890_123), "1.2345679");
        assert_eq!(go_float32(1e300), "+Inf");
    }
}
