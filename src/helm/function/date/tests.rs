use serde_json::Value as Json;

use super::FUNCTIONS;
use crate::helm::{
    function::fixture::{World, called, called_in, value_in},
    value::{Object, Value},
};

/// What Helm wrote and read.
fn vectors() -> Json {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/date.json"));
    serde_json::from_str(text).unwrap()
}

fn text<'a>(row: &'a Json, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} is text"))
}

#[test]
fn dates_are_written_as_in_helm() {
    let vectors = vectors();
    let layouts = vectors["layouts"].as_array().unwrap();
    let mut wrong = vec![];
    for row in vectors["written"].as_array().unwrap() {
        let (zone, time) = (text(row, "zone"), row["time"].as_i64().unwrap());
        for (layout, wanted) in layouts.iter().zip(row["texts"].as_array().unwrap()) {
            let layout = layout.as_str().unwrap();
            let arguments = [layout.into(), Value::Int64(time), zone.into()];
            let given = called(FUNCTIONS, "dateInZone", &arguments).unwrap();
            if given != wanted.as_str().unwrap() {
                wrong.push(format!("{zone} {time} {layout}: {given}, not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn dates_are_read_as_in_helm() {
    let vectors = vectors();
    for row in vectors["read"].as_array().unwrap() {
        let zone = if text(row, "local") == "UTC" { "UTC" } else { "Europe/Berlin" };
        let mut world = World { zone, ..World::default() };
        let arguments = [text(row, "layout").into(), text(row, "text").into()];
        let printed = called_in(&mut world, FUNCTIONS, "toDate", &arguments).unwrap();
        let date = value_in(&mut world, FUNCTIONS, "toDate", &arguments).unwrap();
        let seconds = called_in(&mut world, FUNCTIONS, "unixEpoch", &[date]).unwrap();
        assert_eq!((printed.as_str(), seconds.as_str()), (text(row, "time"), text(row, "unix")), "{row}");
        if let Some(error) = row["error"].as_str() {
            assert_eq!(called_in(&mut world, FUNCTIONS, "mustToDate", &arguments), Err(error.to_owned()));
        }
    }
}

/// The 29th of February 2024, a Thursday.
fn leap_day() -> Value {
    let arguments = ["2006-01-02T15:04:05.999999999Z07:00".into(), "2024-02-29T13:04:05.123456789Z".into()];
    value_in(&mut World::default(), FUNCTIONS, "toDate", &arguments).unwrap()
}

fn object(value: &Value) -> &dyn Object {
    match value {
        Value::Object(object) => object.as_ref(),
        other => panic!("{other:?} is no object"),
    }
}

fn method(value: &Value, name: &str, arguments: &[Value]) -> Value {
    let kinds = object(value).parameters(name).unwrap_or_else(|| panic!("{name} tells what it takes"));
    assert_eq!(kinds.len(), arguments.len(), "{name}");
    object(value).call(name, arguments).unwrap_or_else(|| panic!("there is a method {name}")).unwrap()
}

#[test]
fn a_time_has_the_methods_of_go() {
    let time = leap_day();
    let table = [
        ("Year", "2024"),
        ("Month", "February"),
        ("Day", "29"),
        ("Weekday", "Thursday"),
        ("YearDay", "60"),
        ("Hour", "13"),
        ("Minute", "4"),
        ("Second", "5"),
        ("Nanosecond", "123456789"),
        ("Unix", "1709211845"),
        ("UnixMilli", "1709211845123"),
        ("UnixMicro", "1709211845123456"),
        ("UnixNano", "1709211845123456789"),
        ("IsZero", "false"),
        ("IsDST", "false"),
        ("Location", "UTC"),
        ("UTC", "2024-02-29 13:04:05.123456789 +0000 UTC"),
        ("String", "2024-02-29 13:04:05.123456789 +0000 UTC"),
    ];
    for (name, wanted) in table {
        assert_eq!(print(&method(&time, name, &[])), wanted, "{name}");
    }
    let Value::Bytes(text) = method(&time, "MarshalText", &[]) else { panic!("bytes") };
    assert_eq!(&*text, b"2024-02-29T13:04:05.123456789Z");
    assert!(object(&time).call("ISOWeek", &[]).is_none(), "a method of two results cannot be called");
    assert_eq!(print(&method(&time, "Format", &["Jan".into()])), "Feb");
}

#[test]
fn times_are_added_and_compared_as_in_go() {
    let time = leap_day();
    let other = method(&time, "AddDate", &[Value::Int(1), Value::Int(13), Value::Int(-40)]);
    assert_eq!(print(&other), "2026-02-17 13:04:05.123456789 +0000 UTC");
    let span = method(&other, "Sub", std::slice::from_ref(&time));
    let hour = Value::Int(3_600_000_000_000);
    let table = [
        (&time, "Sub", &other, "-17256h0m0s"),
        (&time, "Before", &other, "true"),
        (&time, "After", &other, "false"),
        (&time, "Equal", &time, "true"),
        (&time, "Compare", &other, "-1"),
        (&time, "Add", &Value::Int(1_500_000_000), "2024-02-29 13:04:06.623456789 +0000 UTC"),
        (&time, "Add", &span, "2026-02-17 13:04:05.123456789 +0000 UTC"),
        (&time, "Round", &hour, "2024-02-29 13:00:00 +0000 UTC"),
        (&time, "Truncate", &hour, "2024-02-29 13:00:00 +0000 UTC"),
        (&span, "Round", &Value::Int(36_000_000_000_000), "17260h0m0s"),
        (&span, "Truncate", &Value::Int(36_000_000_000_000), "17250h0m0s"),
    ];
    for (value, name, argument, wanted) in table {
        assert_eq!(print(&method(value, name, std::slice::from_ref(argument))), wanted, "{name}");
    }
    for (name, wanted) in [("Hours", 17_256.0), ("Minutes", 1_035_360.0), ("Seconds", 62_121_600.0)] {
        assert!(method(&span, name, &[]).is_deeply_equal(&Value::Float(wanted)), "{name}");
    }
    assert_eq!(object(&span).whole(), Some(62_121_600_000_000_000));
    assert_eq!((object(&span).type_name(), object(&span).kind_name()), ("time.Duration", "int64"));
}

#[test]
fn a_day_that_does_not_exist_is_the_next_hour() {
    let mut world = World { zone: "Europe/Berlin", ..World::default() };
    let arguments = ["2006-01-02 15:04".into(), "2024-03-31 02:30".into()];
    let date = value_in(&mut world, FUNCTIONS, "toDate", &arguments).unwrap();
    let next = method(&date, "AddDate", &[Value::Int(0), Value::Int(0), Value::Int(1)]);
    assert_eq!(print(&next), "2024-04-01 03:30:00 +0200 CEST");
}

fn print(value: &Value) -> String {
    crate::helm::function::fixture::print(value)
}

#[test]
fn spans_are_told_as_in_helm() {
    let table = [
        ("duration", Value::text("95"), "1m35s"),
        ("duration", Value::Int(95), "0s"),
        ("duration", Value::Int64(95), "1m35s"),
        ("duration", "x".into(), "0s"),
        ("duration", "99999999999999999999".into(), "-1s"),
        ("duration", "-99999999999999999999".into(), "0s"),
        ("duration", "9223372037".into(), "-2562047h47m16.709551616s"),
        ("duration", Value::Nil, "0s"),
        ("duration", "+5".into(), "5s"),
        ("duration", "1_0".into(), "0s"),
        ("durationRound", "2h10m5s".into(), "2h"),
        ("durationRound", "8760h".into(), "12mo"),
        ("durationRound", "8761h".into(), "1y"),
        ("durationRound", "721h".into(), "1mo"),
        ("durationRound", "24h".into(), "24h"),
        ("durationRound", "25h".into(), "1d"),
        ("durationRound", "1s".into(), "0s"),
        ("durationRound", "2s".into(), "2s"),
        ("durationRound", "-61m".into(), "1h"),
        ("durationRound", Value::Int(5), "0s"),
        ("durationRound", Value::Int64(61_000_000_000), "1m"),
        ("durationRound", leap_day(), "2y"),
        ("durationRound", "x".into(), "0s"),
        ("ago", Value::Int(1_795_235_000), "11m36s"),
        ("ago", Value::Int64(1_795_236_000), "-5m4s"),
        ("ago", "x".into(), "0s"),
        ("htmlDate", Value::Int(0), "1970-01-01"),
        ("htmlDate", Value::Float(0.0), "2026-11-21"),
        ("unixEpoch", leap_day(), "1709211845"),
    ];
    for (name, argument, wanted) in table {
        assert_eq!(
            called(FUNCTIONS, name, std::slice::from_ref(&argument)),
            Ok(wanted.to_owned()),
            "{name} {argument:?}"
        );
    }
}

#[test]
fn dates_are_modified_or_left() {
    let table = [
        ("dateModify", "-1h", Ok("2024-02-29 12:04:05.123456789 +0000 UTC")),
        ("date_modify", "x", Ok("2024-02-29 13:04:05.123456789 +0000 UTC")),
        ("mustDateModify", "1h", Ok("2024-02-29 14:04:05.123456789 +0000 UTC")),
        ("must_date_modify", "x", Err("time: invalid duration \"x\"")),
    ];
    for (name, span, wanted) in table {
        let given = called(FUNCTIONS, name, &[span.into(), leap_day()]);
        assert_eq!(given, wanted.map(ToOwned::to_owned).map_err(ToOwned::to_owned), "{name} {span}");
    }
    let error = called(FUNCTIONS, "dateModify", &["1h".into(), "x".into()]);
    assert_eq!(error, Err("wrong type for value; expected time.Time; got string".to_owned()));
}

#[test]
fn now_is_what_the_caller_says_where_the_caller_is() {
    let mut world = World { zone: "Asia/Kolkata", ..World::default() };
    let now = called_in(&mut world, FUNCTIONS, "now", &[]);
    assert_eq!(now, Ok("2026-11-21 10:04:56.123456789 +0530 IST".to_owned()));
    let layout = || Value::text("15:04 MST");
    assert_eq!(called_in(&mut world, FUNCTIONS, "date", &[layout(), Value::Int(0)]), Ok("05:30 IST".to_owned()));
    let zoned = called_in(&mut world, FUNCTIONS, "dateInZone", &[layout(), Value::Nil, "America/New_York".into()]);
    assert_eq!(zoned, Ok("23:34 EST".to_owned()));
    world.zone = "Nowhere";
    assert_eq!(called_in(&mut world, FUNCTIONS, "date", &[layout(), Value::Int(0)]), Ok("00:00 UTC".to_owned()));
}
