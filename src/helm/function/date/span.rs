//! Spans of time for calculation: `mustToDuration`, `durationSeconds` and their like, which are Helm's own since 4.0.

use super::{
    super::{Function, Kind::Any, cast, parameter},
    duration::{self, HOUR, MICROSECOND, MILLISECOND, MINUTE},
    object::Number,
    time::SECOND,
};
use crate::helm::{
    error::{Error, Result},
    number::go_float,
    quote::quote,
    raw,
    value::Value,
};

/// The family. Those without `must` take for no time what is none.
pub const FUNCTIONS: &[Function] = &[
    Function::new("mustToDuration", &[Any], |_, arguments| {
        Ok(Number::Duration(span(parameter::any(arguments, 0)?)?).into())
    }),
    Function::new("durationNanoseconds", &[Any], |_, arguments| whole(arguments, 1)),
    Function::new("durationMicroseconds", &[Any], |_, arguments| whole(arguments, MICROSECOND)),
    Function::new("durationMilliseconds", &[Any], |_, arguments| whole(arguments, MILLISECOND)),
    Function::new("durationSeconds", &[Any], |_, arguments| Ok(units(arguments, SECOND)?.into())),
    Function::new("durationMinutes", &[Any], |_, arguments| Ok(units(arguments, MINUTE)?.into())),
    Function::new("durationHours", &[Any], |_, arguments| Ok(units(arguments, HOUR)?.into())),
    Function::new("durationDays", &[Any], |_, arguments| Ok((units(arguments, HOUR)? / 24.0).into())),
    Function::new("durationWeeks", &[Any], |_, arguments| Ok((units(arguments, HOUR)? / 24.0 / 7.0).into())),
    Function::new("durationRoundTo", &[Any, Any], |_, arguments| to_multiple(arguments, duration::round)),
    Function::new("durationTruncateTo", &[Any, Any], |_, arguments| to_multiple(arguments, duration::truncate)),
];

/// The nanoseconds of a span: a `time.Duration`, text such as `1h30m`, or seconds as a number or text.
fn span(value: &Value) -> Result<i64> {
    match value {
        Value::Nil => Err(Error::new("invalid duration")),
        Value::Text(text) => of_text(text),
        Value::Int(seconds) | Value::Int64(seconds) => {
            seconds.checked_mul(SECOND).ok_or_else(|| Error::new(format!("duration seconds overflow: {seconds}")))
        }
        Value::Float(seconds) => of_float(*seconds),
        Value::Object(object) => match object.as_any().downcast_ref() {
            Some(Number::Duration(span)) => Ok(*span),
            _ => Err(unsupported(value)),
        },
        _ => Err(unsupported(value)),
    }
}

fn unsupported(value: &Value) -> Error {
    Error::new(format!("unsupported duration type {}", value.type_name()))
}

fn of_text(text: &str) -> Result<i64> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Error::new("empty duration"));
    }
    duration::parse(&raw::bytes(trimmed)).or_else(|_| match cast::float_literal(trimmed) {
        Some(seconds) => of_float(seconds),
        None => Err(Error::new(format!("could not parse duration {}", quote(text)))),
    })
}

/// Go asks whether the seconds fit, not the nanoseconds to the last one.
#[expect(clippy::cast_precision_loss, reason = "so does Go")]
fn of_float(seconds: f64) -> Result<i64> {
    let fault = |reason: &str| Err(Error::new(format!("{reason}: {}", go_float(seconds))));
    if !seconds.is_finite() {
        return fault("invalid duration seconds");
    }
    if seconds.abs() > i64::MAX as f64 / SECOND as f64 {
        return fault("duration seconds overflow");
    }
    Ok(cast::truncated(seconds * SECOND as f64))
}

fn whole(arguments: &[Value], unit: i64) -> Result<Value> {
    Ok(Value::Int64(span(parameter::any(arguments, 0)?).unwrap_or(0) / unit))
}

/// How many units the span has: whole ones and the rest apart, as in Go, for the same last digit.
#[expect(clippy::cast_precision_loss, reason = "so does Go")]
fn units(arguments: &[Value], unit: i64) -> Result<f64> {
    let span = span(parameter::any(arguments, 0)?).unwrap_or(0);
    Ok((span / unit) as f64 + (span % unit) as f64 / unit as f64)
}

/// A span at a multiple of another; as it is where that is no span.
fn to_multiple(arguments: &[Value], change: fn(i64, i64) -> i64) -> Result<Value> {
    let (own, unit) = (span(parameter::any(arguments, 0)?), span(parameter::any(arguments, 1)?));
    Ok(Number::Duration(own.map_or(0, |own| unit.map_or(own, |unit| change(own, unit)))).into())
}
