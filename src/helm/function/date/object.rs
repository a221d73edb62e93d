//! Moments, places, spans, months and days of the week as templates see them, with Go's methods.

use std::{any::Any, rc::Rc};

use super::{
    civil::{self, MONTHS, WEEKDAYS},
    duration::{self, HOUR, MICROSECOND, MILLISECOND, MINUTE},
    time::{SECOND, Time},
    write::{NANOSECONDS, PRINTED, format as written, name},
    zone::Zone,
};
use crate::helm::{
    error::{Error, Result},
    function::{Kind, parameter},
    value::{Encoded, Object, Value},
};

/// What Go calls the type of a span.
const DURATION: Kind = Kind::Other("time.Duration");

/// A time as a value.
pub(super) fn value(time: Time) -> Value {
    Value::Object(Rc::new(time))
}

/// The time that a value is.
pub(super) fn time(value: &Value) -> Option<&Time> {
    object(value)
}

fn object<T: 'static>(value: &Value) -> Option<&T> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref(),
        _ => None,
    }
}

/// The object of this type at `place`.
fn given<'a, T: 'static>(arguments: &'a [Value], place: usize, name: &str) -> Result<&'a T> {
    let given = arguments.get(place);
    given.and_then(object).ok_or_else(|| parameter::wrong(name, given))
}

/// The span at `place`: a number in a template is one too, in nanoseconds.
fn span(arguments: &[Value], place: usize) -> Result<i64> {
    match arguments.get(place).and_then(object::<Number>) {
        Some(Number::Duration(nanoseconds)) => Ok(*nanoseconds),
        _ => parameter::whole(arguments, place),
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        if let Some(part) = part(self, method) {
            return Some(Ok(part));
        }
        let other = || given::<Self>(arguments, 0, "time.Time");
        let result = match method {
            "Format" => parameter::text(arguments, 0).map(|layout| written(self, layout).into()),
            "Add" => span(arguments, 0).map(|span| value(self.later(span))),
            "AddDate" => added(self, arguments).map(value),
            "Sub" => other().map(|other| Number::Duration(self.since(other)).into()),
            "Before" => other().map(|other| Value::Bool(nanoseconds(self) < nanoseconds(other))),
            "After" => other().map(|other| Value::Bool(nanoseconds(self) > nanoseconds(other))),
            "Equal" => other().map(|other| Value::Bool(nanoseconds(self) == nanoseconds(other))),
            "Compare" => other().map(|other| Value::Int(i64::from(nanoseconds(self).cmp(&nanoseconds(other)) as i8))),
            "In" => given::<Place>(arguments, 0, "*time.Location").map(|place| value(self.seen_from(place.0.clone()))),
            "Round" => span(arguments, 0).map(|unit| value(rounded(self, unit, true))),
            "Truncate" => span(arguments, 0).map(|unit| value(rounded(self, unit, false))),
            "Local" => local(self),
            _ => return None,
        };
        Some(result)
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        Some(match method {
            "Format" => &[Kind::Text],
            "Add" | "Round" | "Truncate" => &[DURATION],
            "AddDate" => &[Kind::Int, Kind::Int, Kind::Int],
            "Sub" | "Before" | "After" | "Equal" | "Compare" => &[Kind::Other("time.Time")],
            "In" => &[Kind::Other("*time.Location")],
            "Local" => &[],
            _ => return part(self, method).map(|_| &[][..]),
        })
    }

    fn print(&self) -> String {
        written(self, PRINTED)
    }

    fn json(&self) -> Option<Encoded> {
        let year = self.civil().year;
        (0..=9999).contains(&year).then(|| Encoded::Plain(written(self, NANOSECONDS).into()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn nanoseconds(time: &Time) -> i128 {
    time.nanoseconds_since_1970()
}

/// What a method without parameters gives. Those of two or more results are missing, as templates cannot call them.
fn part(time: &Time, method: &str) -> Option<Value> {
    let civil = time.civil();
    Some(match method {
        "Year" => Value::Int(civil.year),
        "Month" => Number::Month(civil.month).into(),
        "Day" => Value::Int(civil.day),
        "Hour" => Value::Int(civil.hour),
        "Minute" => Value::Int(civil.minute),
        "Second" => Value::Int(civil.second),
        "Nanosecond" => Value::Int(time.nanoseconds().into()),
        "YearDay" => Value::Int(civil.day_of_year),
        "Weekday" => Number::Weekday(civil.weekday).into(),
        "Unix" => Value::Int64(time.seconds()),
        "UnixMilli" => Value::Int64(since_1970(time, MILLISECOND)),
        "UnixMicro" => Value::Int64(since_1970(time, MICROSECOND)),
        "UnixNano" => Value::Int64(since_1970(time, 1)),
        "IsZero" => Value::Bool(time.is_zero()),
        "IsDST" => Value::Bool(time.zone().is_summer_time(time.seconds())),
        "UTC" => value(time.seen_from(Zone::utc())),
        "Location" => Value::Object(Rc::new(Place(time.zone().clone()))),
        "String" => time.print().into(),
        "MarshalText" => Value::Bytes(written(time, NANOSECONDS).as_bytes().into()),
        "MarshalJSON" => Value::Bytes(format!("\"{}\"", written(time, NANOSECONDS)).as_bytes().into()),
        _ => return None,
    })
}

/// Since 1970 in this unit; beyond 64 bits Go's number wraps around.
#[expect(clippy::cast_possible_truncation, reason = "so does Go")]
fn since_1970(time: &Time, unit: i64) -> i64 {
    nanoseconds(time).div_euclid(unit.into()) as i64
}

/// The time seen from the caller's zone: only a time that is seen from there knows it.
fn local(time: &Time) -> Result<Value> {
    if time.zone().name() == "Local" {
        return Ok(value(time.clone()));
    }
    Err(Error::new("`Local` of a time in another zone is not supported; use `dateInZone` with \"Local\""))
}

/// Years, months and days later by the calendar.
fn added(time: &Time, arguments: &[Value]) -> Result<Time> {
    let [years, months, days] = [0, 1, 2].map(|place| parameter::whole(arguments, place));
    let civil = time.civil();
    let clock = civil.hour * 3_600 + civil.minute * 60 + civil.second;
    let (year, month, day) =
        (civil.year.saturating_add(years?), civil.month.saturating_add(months?), civil.day.saturating_add(days?));
    Ok(Time::of_clock(civil::seconds(year, month, day, clock), time.nanoseconds(), time.zone().clone()))
}

/// To a multiple of `unit` since Go's zero time: the nearest, the later one of two, or the one before.
fn rounded(time: &Time, unit: i64, nearest: bool) -> Time {
    if unit <= 0 {
        return time.clone();
    }
    let rest = time.nanoseconds_since_zero().rem_euclid(unit.into());
    let up = nearest && rest * 2 >= i128::from(unit);
    let rounded = nanoseconds(time) - rest + if up { unit.into() } else { 0 };
    Time::of_nanoseconds(rounded, time.zone().clone())
}

/// Go's `*time.Location`.
#[derive(Debug)]
struct Place(Zone);

impl Object for Place {
    fn type_name(&self) -> &'static str {
        "*time.Location"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, method: &str, _: &[Value]) -> Option<Result<Value>> {
        (method == "String").then(|| Ok(self.print().into()))
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        (method == "String").then_some(&[])
    }

    fn print(&self) -> String {
        self.0.name().to_owned()
    }

    fn json(&self) -> Option<Encoded> {
        Some(Encoded::Struct(vec![]))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A number with a name of its own: Go's `time.Duration`, `time.Month` and `time.Weekday`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// Nanoseconds.
    Duration(i64),
    /// From 1.
    Month(i64),
    /// From 0, Sunday.
    Weekday(i64),
}

impl Number {
    /// The number itself.
    fn get(self) -> i64 {
        match self {
            Self::Duration(number) | Self::Month(number) | Self::Weekday(number) => number,
        }
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Object(Rc::new(number))
    }
}

impl Object for Number {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
        }
    }

    fn kind_name(&self) -> &'static str {
        match self {
            Self::Duration(_) => "int64",
            Self::Month(_) | Self::Weekday(_) => "int",
        }
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let Self::Duration(span) = *self else {
            return (method == "String").then(|| Ok(self.print().into()));
        };
        let unit = || self::span(arguments, 0);
        Some(match method {
            "Round" => unit().map(|unit| Self::Duration(duration::round(span, unit)).into()),
            "Truncate" => unit().map(|unit| Self::Duration(duration::truncate(span, unit)).into()),
            _ => Ok(span_in(span, method)?),
        })
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        match (self, method) {
            (_, "String") => Some(&[]),
            (Self::Duration(_), "Round" | "Truncate") => Some(&[DURATION]),
            (Self::Duration(span), _) => span_in(*span, method).map(|_| &[][..]),
            _ => None,
        }
    }

    fn print(&self) -> String {
        match *self {
            Self::Duration(span) => duration::print(span),
            Self::Month(month) => name(&MONTHS, month - 1).to_owned(),
            Self::Weekday(day) => name(&WEEKDAYS, day).to_owned(),
        }
    }

    fn is_true(&self) -> bool {
        self.get() != 0
    }

    fn whole(&self) -> Option<i64> {
        Some(self.get())
    }

    fn json(&self) -> Option<Encoded> {
        Some(Encoded::Plain(Value::Int64(self.get())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a method of a span without parameters gives.
fn span_in(span: i64, method: &str) -> Option<Value> {
    Some(match method {
        "String" => duration::print(span).into(),
        "Nanoseconds" => Value::Int64(span),
        "Microseconds" => Value::Int64(span / MICROSECOND),
        "Milliseconds" => Value::Int64(span / MILLISECOND),
        "Seconds" => float(span, SECOND).into(),
        "Minutes" => float(span, MINUTE).into(),
        "Hours" => float(span, HOUR).into(),
        "Abs" => Number::Duration(span.saturating_abs()).into(),
        _ => return None,
    })
}

/// The span in this unit: whole ones and the rest apart, as in Go, for the same last digit.
#[expect(clippy::cast_precision_loss, reason = "so does Go")]
fn float(span: i64, unit: i64) -> f64 {
    (span / unit) as f64 + (span % unit) as f64 / unit as f64
}
