//! Whole and floating point numbers by the flags of a format.

use super::{float::float, printer::Printer, quote};
use crate::helm::error::Result;

impl Printer {
    /// A signed number by a verb; `false` where the verb does not fit.
    pub(super) fn integer(&mut self, number: i64, verb: char) -> Result<bool> {
        match verb {
            'v' | 'd' => self.digits(number.unsigned_abs(), number < 0, 10, verb)?,
            'b' => self.digits(number.unsigned_abs(), number < 0, 2, verb)?,
            'o' | 'O' => self.digits(number.unsigned_abs(), number < 0, 8, verb)?,
            'x' | 'X' => self.digits(number.unsigned_abs(), number < 0, 16, verb)?,
            'c' => self.pad(&character(number).to_string())?,
            'q' => self.pad(&quote::single(character(number), self.flags.plus))?,
            'U' => self.unicode(number)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Digits with sign, prefix and padding.
    pub(super) fn digits(&mut self, number: u64, is_negative: bool, base: u32, verb: char) -> Result<()> {
        let flags = self.flags;
        let has_sign = is_negative || flags.plus || flags.space;
        let mut wanted = 0;
        if let Some(precision) = flags.precision {
            if precision == 0 && number == 0 {
                return self.unpadded_by_zeros(|printer| printer.padding(flags.width.unwrap_or_default()));
            }
            wanted = precision;
        } else if let (true, false, Some(width)) = (flags.zero, flags.minus, flags.width) {
            wanted = width.saturating_sub(usize::from(has_sign));
        }
        let digits = match base {
            2 => format!("{number:b}"),
            8 => format!("{number:o}"),
            16 if verb == 'X' => format!("{number:X}"),
            16 => format!("{number:x}"),
            _ => number.to_string(),
        };
        let digits = "0".repeat(wanted.saturating_sub(digits.len())) + &digits;
        let mut prefix = match base {
            2 if flags.sharp => "0b",
            8 if flags.sharp && !digits.starts_with('0') => "0",
            16 if flags.sharp && verb == 'X' => "0X",
            16 if flags.sharp => "0x",
            _ => "",
        }
        .to_owned();
        if verb == 'O' {
            prefix.insert_str(0, "0o");
        }
        let sign = match (is_negative, flags.plus, flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        self.unpadded_by_zeros(|printer| printer.pad(&format!("{sign}{prefix}{digits}")))
    }

    /// Does something during which padding is space.
    fn unpadded_by_zeros(&mut self, action: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        let result = action(self);
        self.flags.zero = zero;
        result
    }

    fn unicode(&mut self, number: i64) -> Result<()> {
        let number = number.cast_unsigned();
        let wanted = self.flags.precision.unwrap_or_default().max(4);
        let digits = format!("{number:X}");
        let mut text = format!("U+{}{digits}", "0".repeat(wanted.saturating_sub(digits.len())));
        let character = u32::try_from(number).ok().and_then(char::from_u32);
        if let Some(character) = character.filter(|character| self.flags.sharp && quote::is_printable(*character)) {
            text.extend([" '", character.encode_utf8(&mut [0; 4]), "'"]);
        }
        self.unpadded_by_zeros(|printer| printer.pad(&text))
    }

    /// A floating point number by a verb; `false` where the verb does not fit.
    pub(super) fn float(&mut self, number: f64, verb: char) -> Result<bool> {
        let (format, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return Ok(false),
        };
        let flags = self.flags;
        let precision = flags.precision.or(default);
        let text = float(number, format, precision);
        let (mut sign, mut digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits.to_owned()),
            None => ("+", text.strip_prefix('+').unwrap_or(&text).to_owned()),
        };
        if flags.space && sign == "+" && !flags.plus {
            sign = " ";
        }
        if !number.is_finite() {
            let is_bare =
                digits == "NaN" && !flags.space && !flags.plus || sign == "+" && digits == "Inf" && !flags.plus;
            let shown = if is_bare && digits == "NaN" { digits } else { format!("{sign}{digits}") };
            return self.unpadded_by_zeros(|printer| printer.pad(&shown)).map(|()| true);
        }
        if flags.sharp && format != 'b' {
            digits = sharp(&digits, format, precision);
        }
        if !flags.plus && sign == "+" {
            self.pad(&digits)?;
            return Ok(true);
        }
        let length = digits.len() + 1;
        match flags.width {
            Some(width) if flags.zero && !flags.minus && width > length => {
                self.push(sign)?;
                self.padding(width - length)?;
                self.push(&digits)?;
            }
            _ => self.pad(&format!("{sign}{digits}"))?,
        }
        Ok(true)
    }
}

fn character(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The flag `#` wants a decimal point, and the zeros that `%g` leaves away.
fn sharp(digits: &str, format: char, precision: Option<usize>) -> String {
    let tail = match format {
        'x' | 'X' => digits.find(['p', 'P']),
        _ => digits.find(['e', 'E']),
    };
    let (number, tail) = digits.split_at(tail.unwrap_or(digits.len()));
    let mut wanted = if matches!(format, 'g' | 'G' | 'x') { precision.unwrap_or(6) } else { 0 };
    let significant = number.chars().filter(|character| *character != '.').skip_while(|character| *character == '0');
    wanted = wanted.saturating_sub(significant.count());
    let mut text = number.to_owned();
    if !number.contains('.') {
        wanted = wanted.saturating_sub(usize::from(number == "0"));
        text.push('.');
    }
    text.push_str(&"0".repeat(wanted));
    text.push_str(tail);
    text
}
