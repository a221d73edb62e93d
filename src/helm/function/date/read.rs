//! Reading a time by a layout, after Go's `time.ParseInLocation`.

use super::{
    civil::{self, MONTHS, WEEKDAYS},
    duration::quoted,
    layout::{Element, Fraction, Offset, Padding, cut},
    number::{digit, exact, fraction_digits, nanoseconds, number},
    time::Time,
    zone::Zone,
};
use crate::helm::{
    error::{Error, Result},
    raw,
};

/// What has been read so far; what a layout does not name stays `None` or zero.
#[derive(Default)]
struct Reading {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    afternoon: Option<bool>,
    is_utc: bool,
    offset: Option<i32>,
    zone_name: Vec<u8>,
}

/// Why an element could not be read.
pub(super) enum Fault {
    /// The text is not of its form.
    Form,
    /// This is too large or too small.
    Range(&'static str),
}

/// The rest of the text, or why it is not of the form.
type Read<'a, T = ()> = Result<(T, &'a [u8]), Fault>;

/// Reads a time by a layout; where it tells no zone, it is that of `local`.
pub(super) fn parse(layout: &str, text: &str, local: &Zone) -> Result<Time> {
    let value = raw::bytes(text);
    let mut reading = Reading::default();
    let mut rest = &*value;
    let mut left = layout;
    loop {
        let cut = cut(left);
        let prefix = raw::bytes(cut.before);
        rest = skip(rest, &prefix).map_err(|at| mismatch(layout, &value, &prefix, at))?;
        let Some((element, word)) = cut.element else { break };
        left = cut.after;
        let ((), after) = reading.read(element, rest, left).map_err(|fault| match fault {
            Fault::Form => mismatch(layout, &value, word.as_bytes(), rest),
            Fault::Range(what) => out_of_range(&value, what),
        })?;
        rest = after;
    }
    if !rest.is_empty() {
        return Err(unusable(&value, &format!("extra text: {}", quoted(rest))));
    }
    reading.time(local).map_err(|what| unusable(&value, what))
}

fn mismatch(layout: &str, value: &[u8], element: &[u8], at: &[u8]) -> Error {
    let (layout, element) = (quoted(&raw::bytes(layout)), quoted(element));
    Error::new(format!("parsing time {} as {layout}: cannot parse {} as {element}", quoted(value), quoted(at)))
}

fn out_of_range(value: &[u8], what: &str) -> Error {
    unusable(value, &format!("{what} out of range"))
}

fn unusable(value: &[u8], why: &str) -> Error {
    Error::new(format!("parsing time {}: {why}", quoted(value)))
}

/// What follows `prefix`, in which any number of spaces is as good as one; else where it stopped.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some((wanted, rest)) = prefix.split_first() {
        match value.split_first() {
            Some((given, _)) if *wanted == b' ' && *given != b' ' => return Err(value),
            _ if *wanted == b' ' => (prefix, value) = (without_spaces(prefix), without_spaces(value)),
            Some((given, after)) if given == wanted => (prefix, value) = (rest, after),
            _ => return Err(value),
        }
    }
    Ok(value)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| **byte == b' ').count()..]
}

impl Reading {
    /// Reads one element; `layout` is what follows it.
    fn read<'a>(&mut self, element: Element, text: &'a [u8], layout: &str) -> Read<'a> {
        let rest = match element {
            Element::ShortYear => {
                let (year, rest) = signed_pair(text)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
                rest
            }
            Element::Year => put(&mut self.year, exact(text, 4)?),
            Element::MonthName => self.name_of_month(text, usize::MAX)?,
            Element::ShortMonthName => self.name_of_month(text, 3)?,
            Element::WeekdayName => named(&WEEKDAYS, text, usize::MAX)?.1,
            Element::ShortWeekdayName => named(&WEEKDAYS, text, 3)?.1,
            Element::Month(padding) => {
                let (month, rest) = number(text, 2, padding == Padding::Zero)?;
                self.month = Some(within(month, 1, 12, "month")?);
                rest
            }
            Element::Day(padding) => {
                let text = if padding == Padding::Space { without_space(text) } else { text };
                let (day, rest) = number(text, 2, padding == Padding::Zero)?;
                self.day = Some(day);
                rest
            }
            Element::DayOfYear(padding) => {
                let text = if padding == Padding::Space { without_space(without_space(text)) } else { text };
                let (day, rest) = number(text, 3, padding == Padding::Zero)?;
                self.day_of_year = Some(day);
                rest
            }
            Element::Hour => limited(&mut self.hour, number(text, 2, false)?, 23, "hour")?,
            Element::HourOfHalf(padding) => {
                limited(&mut self.hour, number(text, 2, padding == Padding::Zero)?, 12, "hour")?
            }
            Element::Minute(padding) => {
                limited(&mut self.minute, number(text, 2, padding == Padding::Zero)?, 59, "minute")?
            }
            Element::Second(padding) => {
                let rest = limited(&mut self.second, number(text, 2, padding == Padding::Zero)?, 59, "second")?;
                self.fraction_of_its_own(rest, layout)?
            }
            Element::UpperHalf => self.half(text, *b"AM", *b"PM")?,
            Element::LowerHalf => self.half(text, *b"am", *b"pm")?,
            Element::ZoneName => self.zone(text)?,
            Element::Offset(form) => self.offset(text, form)?,
            Element::Fraction(form) => self.fraction(text, form)?,
        };
        Ok(((), rest))
    }

    fn name_of_month<'a>(&mut self, text: &'a [u8], length: usize) -> Result<&'a [u8], Fault> {
        let (place, rest) = named(&MONTHS, text, length)?;
        self.month = Some(place + 1);
        Ok(rest)
    }

    fn half<'a>(&mut self, text: &'a [u8], morning: [u8; 2], afternoon: [u8; 2]) -> Result<&'a [u8], Fault> {
        let (half, rest) = text.split_first_chunk().ok_or(Fault::Form)?;
        self.afternoon = Some(match half {
            _ if *half == afternoon => true,
            _ if *half == morning => false,
            _ => return Err(Fault::Form),
        });
        Ok(rest)
    }

    /// A fraction after the seconds is read even where the layout has none.
    fn fraction_of_its_own<'a>(&mut self, text: &'a [u8], layout: &str) -> Result<&'a [u8], Fault> {
        let follows = matches!(cut(layout).element, Some((Element::Fraction(_), _)));
        let digits = fraction_digits(text);
        if follows || digits == 0 {
            return Ok(text);
        }
        let (fraction, rest) = text.split_at(1 + digits);
        self.nanoseconds = nanoseconds(fraction)?;
        Ok(rest)
    }

    fn fraction<'a>(&mut self, text: &'a [u8], form: Fraction) -> Result<&'a [u8], Fault> {
        let length = if form.trimmed {
            match fraction_digits(text) {
                0 => return Ok(text),
                digits => 1 + digits,
            }
        } else {
            1 + form.digits
        };
        let (fraction, rest) = text.split_at_checked(length).ok_or(Fault::Form)?;
        self.nanoseconds = nanoseconds(fraction)?;
        Ok(rest)
    }

    fn zone<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], Fault> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.is_utc = true;
            return Ok(rest);
        }
        let (name, rest) =
            zone_name_length(text).and_then(|length| text.split_at_checked(length)).ok_or(Fault::Form)?;
        self.zone_name = name.to_vec();
        Ok(rest)
    }

    fn offset<'a>(&mut self, text: &'a [u8], form: Offset) -> Result<&'a [u8], Fault> {
        if let (true, Some(rest)) = (form.zulu, text.strip_prefix(b"Z")) {
            self.is_utc = true;
            return Ok(rest);
        }
        let count = usize::from(form.numbers);
        let length = 1 + 2 * count + if form.colon { count - 1 } else { 0 };
        let (offset, rest) = text.split_at_checked(length).ok_or(Fault::Form)?;
        let (sign, offset) = offset.split_first().ok_or(Fault::Form)?;
        let mut numbers = [0; 3];
        for (place, part) in offset.chunks(if form.colon { 3 } else { 2 }).enumerate() {
            if part.get(2).is_some_and(|separator| *separator != b':') {
                return Err(Fault::Form);
            }
            numbers[place.min(2)] = number(part, 2, true)?.0;
        }
        let [hours, minutes, seconds] = numbers;
        within(hours, 0, 24, "time zone offset hour")?;
        within(minutes, 0, 60, "time zone offset minute")?;
        within(seconds, 0, 60, "time zone offset second")?;
        let offset = i32::try_from(hours * 3_600 + minutes * 60 + seconds).map_err(|_| Fault::Form)?;
        self.offset = Some(match sign {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(Fault::Form),
        });
        Ok(rest)
    }

    /// The time that has been read, or what of it cannot be.
    fn time(self, local: &Zone) -> Result<Time, &'static str> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = self.month_and_day()?;
        let clock = civil::seconds(self.year, month, day, hour * 3_600 + self.minute * 60 + self.second);
        let at = |offset: i32, zone| {
            Time::of_clock(clock - i64::from(offset), self.nanoseconds, Zone::utc()).seen_from(zone)
        };
        if self.is_utc {
            return Ok(at(0, Zone::utc()));
        }
        let name = String::from_utf8_lossy(&self.zone_name);
        // Go keeps -1 for an offset that was not told, so that one of a second west of UTC is not seen either.
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let seconds = clock - i64::from(offset);
            let is_local = local.offset(seconds) == offset && (name.is_empty() || local.abbreviation(seconds) == name);
            return Ok(at(offset, if is_local { local.clone() } else { Zone::fixed(&name, offset) }));
        }
        if name.is_empty() {
            return Ok(Time::of_clock(clock, self.nanoseconds, local.clone()));
        }
        Ok(match local.offset_of(&name, clock) {
            Some(offset) => at(offset, local.clone()),
            None => at(0, Zone::fixed(&name, greenwich_offset(&name))),
        })
    }

    fn month_and_day(&self) -> Result<(i64, i64), &'static str> {
        let (month, day) = match self.day_of_year {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(day_of_year) => {
                if !(1..=365 + i64::from(civil::is_leap(self.year))).contains(&day_of_year) {
                    return Err("day-of-year out of range");
                }
                let (mut month, mut day) = (1, day_of_year);
                while day > civil::days_of_month(self.year, month) {
                    day -= civil::days_of_month(self.year, month);
                    month += 1;
                }
                if self.month.is_some_and(|given| given != month) {
                    return Err("day-of-year does not match month");
                }
                if self.day.is_some_and(|given| given != day) {
                    return Err("day-of-year does not match day");
                }
                (month, day)
            }
        };
        let in_range = (1..=civil::days_of_month(self.year, month)).contains(&day);
        if in_range { Ok((month, day)) } else { Err("day out of range") }
    }
}

fn put<'a>(place: &mut i64, (number, rest): (i64, &'a [u8])) -> &'a [u8] {
    *place = number;
    rest
}

fn limited<'a>(
    place: &mut i64,
    (number, rest): (i64, &'a [u8]),
    most: i64,
    what: &'static str,
) -> Result<&'a [u8], Fault> {
    *place = within(number, 0, most, what)?;
    Ok(rest)
}

fn within(number: i64, least: i64, most: i64, what: &'static str) -> Result<i64, Fault> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(Fault::Range(what)) }
}

fn without_space(text: &[u8]) -> &[u8] {
    text.strip_prefix(b" ").unwrap_or(text)
}

/// Two characters that are a number: one of them may be a sign, as Go takes them.
fn signed_pair(text: &[u8]) -> Read<'_, i64> {
    let (pair, rest) = text.split_first_chunk::<2>().ok_or(Fault::Form)?;
    let number = match pair {
        [b'-', last] => -digit(*last)?,
        [b'+', last] => digit(*last)?,
        [first, last] => digit(*first)? * 10 + digit(*last)?,
    };
    Ok((number, rest))
}

/// The place of the name, of which `length` characters are written in any case, and what follows.
fn named<'a>(names: &[&str], text: &'a [u8], length: usize) -> Read<'a, i64> {
    for (place, name) in (0..).zip(names) {
        let name = &name.as_bytes()[..length.min(name.len())];
        let head = text.split_at_checked(name.len()).filter(|(head, _)| head.eq_ignore_ascii_case(name));
        if let Some((_, rest)) = head {
            return Ok((place, rest));
        }
    }
    Err(Fault::Form)
}

/// How long the abbreviation of a zone is with which the text begins, as far as that can be told from its letters.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hour_length(rest));
    }
    if matches!(text, [b'+' | b'-', ..]) {
        return Some(signed_hour_length(text)).filter(|length| *length > 0);
    }
    let capitals = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match capitals {
        3 => Some(3),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        5 if text[4] == b'T' => Some(5),
        _ => None,
    }
}

/// How long a sign and a number of up to 23 are; 0 where there is none.
fn signed_hour_length(text: &[u8]) -> usize {
    let [b'+' | b'-', rest @ ..] = text else { return 0 };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse::<u64>().ok());
    if number.is_some_and(|number| number <= 23) { 1 + digits } else { 0 }
}

/// The seconds of `GMT+3` east of UTC.
fn greenwich_offset(name: &str) -> i32 {
    let hours = name.strip_prefix("GMT").and_then(|hours| hours.parse::<i32>().ok());
    hours.filter(|hours| hours.abs() <= 23).map_or(0, |hours| hours * 3_600)
}
