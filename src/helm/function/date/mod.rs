//! Dates and spans of time: sprig's `now`, `date`, `toDate`, `ago`, `duration` and their like, after Go's package `time`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`] | moments |
//! | [`zone`] | from where they are seen |
//! | [`civil`] | days and hours |
//! | [`duration`] | spans |
//! | [`layout`] | Go's layouts, by which [`write`] writes and [`read`] reads |
//! | [`object`] | moments and spans as templates see them |
//! | [`span`] | Helm's functions that calculate with spans |

mod civil;
mod duration;
mod layout;
mod number;
mod object;
mod read;
pub mod span;
#[cfg(test)]
mod tests;
mod time;
mod write;
mod zone;

pub use self::time::Time;
pub(super) use self::{write::format, zone::Zone};

use super::{Function, Host, Kind, parameter};
use crate::helm::{error::Result, raw, value::Value};

/// What Go calls the type of a moment.
const TIME: Kind = Kind::Other("time.Time");

/// The layout of `htmlDate`.
const DATE: &str = "2006-01-02";

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "ago", parameters: &[Kind::Any], rest: None, body: ago },
    Function { name: "date", parameters: &[Kind::Text, Kind::Any], rest: None, body: date },
    Function { name: "dateInZone", parameters: &[Kind::Text, Kind::Any, Kind::Text], rest: None, body: date_in_zone },
    Function { name: "dateModify", parameters: &[Kind::Text, TIME], rest: None, body: date_modify },
    Function { name: "date_in_zone", parameters: &[Kind::Text, Kind::Any, Kind::Text], rest: None, body: date_in_zone },
    Function { name: "date_modify", parameters: &[Kind::Text, TIME], rest: None, body: date_modify },
    Function { name: "duration", parameters: &[Kind::Any], rest: None, body: duration_text },
    Function { name: "durationRound", parameters: &[Kind::Any], rest: None, body: duration_round },
    Function { name: "htmlDate", parameters: &[Kind::Any], rest: None, body: html_date },
    Function { name: "htmlDateInZone", parameters: &[Kind::Any, Kind::Text], rest: None, body: html_date_in_zone },
    Function { name: "mustDateModify", parameters: &[Kind::Text, TIME], rest: None, body: must_date_modify },
    Function { name: "mustToDate", parameters: &[Kind::Text, Kind::Text], rest: None, body: must_to_date },
    Function { name: "must_date_modify", parameters: &[Kind::Text, TIME], rest: None, body: must_date_modify },
    Function { name: "now", parameters: &[], rest: None, body: now },
    Function { name: "toDate", parameters: &[Kind::Text, Kind::Text], rest: None, body: to_date },
    Function { name: "unixEpoch", parameters: &[TIME], rest: None, body: unix_epoch },
];

/// The time that RFC 3339 text tells, as TOML holds one; what tells no offset is in a zone of this name.
pub(in crate::helm) fn of_internet(text: &str, zone: Option<&str>) -> Result<Value> {
    let time = read::parse("2006-01-02T15:04:05.999999999Z07:00", text, &Zone::utc())?;
    Ok(object::value(match zone {
        Some(name) => time.seen_from(Zone::fixed(name, 0)),
        None => time,
    }))
}

fn current(host: &dyn Host) -> Time {
    Time::of_nanoseconds(host.now(), Zone::local(host))
}

/// The time at `place`, which has to be one.
fn time(arguments: &[Value], place: usize) -> Result<&Time> {
    let given = arguments.get(place);
    given.and_then(object::time).ok_or_else(|| parameter::wrong("time.Time", given))
}

/// The time that a value stands for: a time, or a whole number of seconds since 1970; anything else is now.
fn time_or_now(host: &dyn Host, value: Option<&Value>) -> Time {
    match value {
        Some(Value::Int(seconds) | Value::Int64(seconds)) => Time::of_seconds(*seconds, Zone::local(host)),
        other => other.and_then(object::time).cloned().unwrap_or_else(|| current(host)),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn now(host: &mut dyn Host, _: &[Value]) -> Result<Value> {
    Ok(object::value(current(host)))
}

/// Writes a time in a zone; an unknown zone is UTC.
fn written(host: &dyn Host, layout: &str, value: Option<&Value>, zone: &str) -> Value {
    let zone = Zone::named(zone, host).unwrap_or_else(Zone::utc);
    format(&time_or_now(host, value).seen_from(zone), layout).into()
}

fn date(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(written(host, parameter::text(arguments, 0)?, arguments.get(1), "Local"))
}

fn date_in_zone(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(written(host, parameter::text(arguments, 0)?, arguments.get(1), parameter::text(arguments, 2)?))
}

#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn html_date(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(written(host, DATE, arguments.first(), "Local"))
}

fn html_date_in_zone(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(written(host, DATE, arguments.first(), parameter::text(arguments, 1)?))
}

/// Later by a span; a span that cannot be read changes nothing.
fn date_modify(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let time = time(arguments, 1)?;
    let span = duration::parse(&raw::bytes(parameter::text(arguments, 0)?)).unwrap_or_default();
    Ok(object::value(time.later(span)))
}

fn must_date_modify(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let time = time(arguments, 1)?;
    Ok(object::value(time.later(duration::parse(&raw::bytes(parameter::text(arguments, 0)?))?)))
}

/// Reads a date; what cannot be read is Go's zero time.
fn to_date(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (layout, text) = (parameter::text(arguments, 0)?, parameter::text(arguments, 1)?);
    let zone = Zone::local(host);
    Ok(object::value(read::parse(layout, text, &zone).unwrap_or_else(|_| Time::zero().at_home_in(&zone))))
}

fn must_to_date(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (layout, text) = (parameter::text(arguments, 0)?, parameter::text(arguments, 1)?);
    read::parse(layout, text, &Zone::local(host)).map(object::value)
}

fn unix_epoch(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(time(arguments, 0)?.seconds().to_string().into())
}

/// How long ago a time was, in whole seconds.
#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn ago(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let since = current(host).since(&time_or_now(host, arguments.first()));
    Ok(duration::print(duration::round(since, time::SECOND)).into())
}

/// Seconds, as text or as an `int64`, as a span. Everything else is none, an `int` too: so does sprig.
#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn duration_text(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let seconds = match arguments.first() {
        Some(Value::Text(text)) => whole(text),
        Some(Value::Int64(seconds)) => *seconds,
        _ => 0,
    };
    Ok(duration::print(seconds.wrapping_mul(time::SECOND)).into())
}

/// A whole number as Go's `strconv.ParseInt` reads it when its error is not asked for: the nearest there is, else zero.
fn whole(text: &str) -> i64 {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// The largest unit of a span: text, nanoseconds as an `int64`, or the time since then.
#[expect(clippy::unnecessary_wraps, reason = "the body of a function may fail")]
fn duration_round(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let span = match arguments.first() {
        Some(Value::Text(text)) => duration::parse(&raw::bytes(text)).unwrap_or_default(),
        Some(Value::Int64(nanoseconds)) => *nanoseconds,
        Some(other) => object::time(other).map_or(0, |time| current(host).since(time)),
        None => 0,
    };
    Ok(duration::largest_unit(span).into())
}
