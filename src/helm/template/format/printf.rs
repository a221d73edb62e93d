//! `printf`: verbs, flags, widths and precisions, by the rules of Go's `fmt.Sprintf`.

use super::printer::{Flags, Printer};
use crate::helm::{error::Result, value::Value};

/// The largest width, precision and argument number; larger ones are not taken for numbers.
const LARGEST: usize = 1_000_000;

/// `fmt.Sprintf`. What does not fit is said in the text, as in Go: `%!d(string=a)`, `%!s(MISSING)`, `%!(EXTRA int=1)`.
pub fn printf(format: &str, arguments: &[Value]) -> Result<String> {
    let mut writer = Writer {
        printer: Printer::default(),
        rest: format,
        arguments,
        next: 0,
        was_reordered: false,
        is_good_number: true,
    };
    writer.all()?;
    Ok(writer.printer.text())
}

struct Writer<'f> {
    printer: Printer,
    rest: &'f str,
    arguments: &'f [Value],
    /// The number of the next argument, from 0.
    next: usize,
    was_reordered: bool,
    is_good_number: bool,
}

impl Writer<'_> {
    fn all(&mut self) -> Result<()> {
        while let Some(percent) = self.rest.find('%') {
            let (text, rest) = self.rest.split_at(percent);
            self.printer.push(text)?;
            self.rest = &rest[1..];
            self.is_good_number = true;
            if !self.one()? {
                break;
            }
        }
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.printer.push(rest)?;
        }
        self.extra()
    }

    /// One verb with all that stands before it; `false` where the format ends before the verb.
    fn one(&mut self) -> Result<bool> {
        self.printer.flags = Flags::default();
        self.flags();
        let mut after_number = self.number_in_brackets();
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            match self.number_of_argument() {
                Some(width) => {
                    self.printer.flags.width = usize::try_from(width.abs()).ok();
                    if width < 0 {
                        self.printer.flags.minus = true;
                        self.printer.flags.zero = false;
                    }
                }
                None => self.printer.push("%!(BADWIDTH)")?,
            }
            after_number = false;
        } else {
            self.printer.flags.width = self.number();
            if after_number && self.printer.flags.width.is_some() {
                self.is_good_number = false;
            }
        }
        if self.rest.len() > 1 && self.rest.starts_with('.') {
            self.rest = &self.rest[1..];
            if after_number {
                self.is_good_number = false;
            }
            after_number = self.number_in_brackets();
            if let Some(rest) = self.rest.strip_prefix('*') {
                self.rest = rest;
                let number = self.number_of_argument();
                self.printer.flags.precision = number.and_then(|number| usize::try_from(number).ok());
                if self.printer.flags.precision.is_none() {
                    self.printer.push("%!(BADPREC)")?;
                }
                after_number = false;
            } else {
                self.printer.flags.precision = Some(self.number().unwrap_or_default());
            }
        }
        if !after_number {
            self.number_in_brackets();
        }
        let Some(verb) = self.rest.chars().next() else {
            self.printer.push("%!(NOVERB)")?;
            return Ok(false);
        };
        self.rest = &self.rest[verb.len_utf8()..];
        self.verb(verb)?;
        Ok(true)
    }

    fn flags(&mut self) {
        let length = self.rest.find(|character| !"#0+- ".contains(character)).unwrap_or(self.rest.len());
        let (flags, rest) = self.rest.split_at(length);
        self.rest = rest;
        for flag in flags.chars() {
            match flag {
                '#' => self.printer.flags.sharp = true,
                '0' => self.printer.flags.zero = true,
                '+' => self.printer.flags.plus = true,
                '-' => self.printer.flags.minus = true,
                _ => self.printer.flags.space = true,
            }
        }
    }

    fn verb(&mut self, verb: char) -> Result<()> {
        if verb == '%' {
            return self.printer.push("%");
        }
        if !self.is_good_number {
            return self.printer.push(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(argument) = self.arguments.get(self.next) else {
            return self.printer.push(&format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        if matches!(verb, 'v' | 'w') {
            let flags = &mut self.printer.flags;
            flags.source = std::mem::take(&mut flags.sharp);
            flags.plus = false;
        }
        self.printer.argument(argument, verb)
    }

    /// Arguments for which there was no verb.
    fn extra(&mut self) -> Result<()> {
        if self.was_reordered || self.next >= self.arguments.len() {
            return Ok(());
        }
        self.printer.flags = Flags::default();
        self.printer.push("%!(EXTRA ")?;
        for (index, argument) in self.arguments[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.push(", ")?;
            }
            if !matches!(argument, Value::Nil) {
                self.printer.push(&format!("{}=", argument.type_name()))?;
            }
            self.printer.argument(argument, 'v')?;
        }
        self.printer.push(")")
    }

    /// A number of the format. One that is too large ends the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let length = self.rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        if digits.is_empty() {
            return None;
        }
        // Go looks at the number before each further digit.
        let is_too_large =
            digits.len() > 1 && digits[..digits.len() - 1].parse::<usize>().map_or(true, |number| number > LARGEST);
        if is_too_large {
            self.rest = "";
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// A width or precision that stands among the arguments.
    fn number_of_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        match argument {
            Value::Int(number) | Value::Int64(number) => {
                Some(*number).filter(|number| number.unsigned_abs() <= LARGEST as u64)
            }
            _ => None,
        }
    }

    /// The number of an argument, `[2]`; whether there is one.
    fn number_in_brackets(&mut self) -> bool {
        if !self.rest.starts_with('[') {
            return false;
        }
        self.was_reordered = true;
        let Some(end) = self.rest.find(']').filter(|_| self.rest.len() >= 3) else {
            self.is_good_number = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let digits = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse::<usize>().ok().filter(|number| is_number && *number <= LARGEST * 10);
        let index = number.and_then(|number| number.checked_sub(1)).filter(|index| *index < self.arguments.len());
        self.is_good_number &= index.is_some();
        self.next = index.unwrap_or(self.next);
        number.is_some()
    }
}
