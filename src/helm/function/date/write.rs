//! Writing a time by a layout, after Go's `Time.Format`.

use std::fmt::Write;

use super::{
    civil::{Civil, MONTHS, WEEKDAYS},
    layout::{Element, Fraction, Offset, Padding, cut},
    time::Time,
};

/// The layout of `Time.String`, by which `%v` prints a time.
pub(super) const PRINTED: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

/// The layout of JSON and of `MarshalText`.
pub(super) const NANOSECONDS: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// Writes a time by a layout.
pub(in crate::helm::function) fn format(time: &Time, layout: &str) -> String {
    let civil = time.civil();
    let mut text = String::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let cut = cut(rest);
        text.push_str(cut.before);
        let Some((element, _)) = cut.element else { return text };
        push(&mut text, element, time, &civil).expect("a string takes all that is written to it");
        rest = cut.after;
    }
}

fn push(text: &mut String, element: Element, time: &Time, civil: &Civil) -> std::fmt::Result {
    let hour_of_half = (civil.hour + 11) % 12 + 1;
    match element {
        Element::Year if civil.year < 0 => write!(text, "-{:04}", civil.year.unsigned_abs()),
        Element::Year => write!(text, "{:04}", civil.year),
        Element::ShortYear => write!(text, "{:02}", civil.year.unsigned_abs() % 100),
        Element::MonthName => text.write_str(name(&MONTHS, civil.month - 1)),
        Element::ShortMonthName => text.write_str(&name(&MONTHS, civil.month - 1)[..3]),
        Element::WeekdayName => text.write_str(name(&WEEKDAYS, civil.weekday)),
        Element::ShortWeekdayName => text.write_str(&name(&WEEKDAYS, civil.weekday)[..3]),
        Element::Month(padding) => number(text, civil.month, padding, 2),
        Element::Day(padding) => number(text, civil.day, padding, 2),
        Element::DayOfYear(padding) => number(text, civil.day_of_year, padding, 3),
        Element::Hour => number(text, civil.hour, Padding::Zero, 2),
        Element::HourOfHalf(padding) => number(text, hour_of_half, padding, 2),
        Element::Minute(padding) => number(text, civil.minute, padding, 2),
        Element::Second(padding) => number(text, civil.second, padding, 2),
        Element::UpperHalf => text.write_str(if civil.hour < 12 { "AM" } else { "PM" }),
        Element::LowerHalf => text.write_str(if civil.hour < 12 { "am" } else { "pm" }),
        Element::ZoneName => zone_name(text, time),
        Element::Offset(form) => offset(text, time.offset(), form),
        Element::Fraction(form) => fraction(text, time.nanoseconds(), form),
    }
}

/// The name of a month or day, both of which are always in range.
pub(super) fn name<'a>(names: &[&'a str], place: i64) -> &'a str {
    usize::try_from(place).ok().and_then(|place| names.get(place)).copied().unwrap_or("???")
}

fn number(text: &mut String, number: i64, padding: Padding, width: usize) -> std::fmt::Result {
    match padding {
        Padding::None => write!(text, "{number}"),
        Padding::Space => write!(text, "{number:width$}"),
        Padding::Zero => write!(text, "{number:0width$}"),
    }
}

/// The abbreviation; a zone without one is written as its offset.
fn zone_name(text: &mut String, time: &Time) -> std::fmt::Result {
    let name = time.zone().abbreviation(time.seconds());
    if name.is_empty() {
        return offset(text, time.offset(), Offset { zulu: false, colon: false, numbers: 2 });
    }
    text.write_str(&name)
}

fn offset(text: &mut String, seconds: i32, form: Offset) -> std::fmt::Result {
    if form.zulu && seconds == 0 {
        return text.write_char('Z');
    }
    // The sign is that of the whole minutes, as in Go.
    let sign = if seconds / 60 < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    write!(text, "{sign}{:02}", size / 3_600)?;
    let numbers = [size / 60 % 60, size % 60];
    for number in &numbers[..usize::from(form.numbers).saturating_sub(1).min(2)] {
        let colon = if form.colon { ":" } else { "" };
        write!(text, "{colon}{number:02}")?;
    }
    Ok(())
}

fn fraction(text: &mut String, nanoseconds: u32, form: Fraction) -> std::fmt::Result {
    let digits = format!("{nanoseconds:09}");
    let digits = &digits[..form.digits.min(9)];
    let digits = if form.trimmed { digits.trim_end_matches('0') } else { digits };
    if form.trimmed && digits.is_empty() {
        return Ok(());
    }
    write!(text, "{}{digits}", form.separator)
}
