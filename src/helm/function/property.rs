//! Any argument of the declared kinds gives a value or an error.

use std::rc::Rc;

use proptest::{collection::vec, prelude::*};

use super::{Function, Kind, certificate, crypto, date, fixture::World, hash, uuid};
use crate::helm::value::Value;

/// Functions that take a quarter of a second and more each time.
const SLOW: [&str; 6] = ["bcrypt", "derivePassword", "genCA", "genSelfSignedCert", "genSignedCert", "htpasswd"];

fn functions() -> impl Iterator<Item = &'static Function> {
    let families = [certificate::FUNCTIONS, crypto::FUNCTIONS, date::FUNCTIONS, hash::FUNCTIONS, uuid::FUNCTIONS];
    families.into_iter().flatten().filter(|function| !SLOW.contains(&function.name))
}

/// Text of any letters, or of those of which dates, spans, keys and base64 are made.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+]?[0-9.]{0,22}(ns|us|µs|ms|s|m|h)([0-9.]{1,5}[hms])?",
        "(2006|06|01|Jan|January|02|_2|__2|002|15|03|3|04|05|PM|pm|MST|-07:00|Z0700|Mon|Monday|[.,](0|9){1,11}|[- :T]){0,12}",
        "[0-9]{0,6}[-:. TZ+,]?([0-9]{1,3}[-:. TZ+,]?){0,6}(UTC|CET|GMT[+-][0-9]{1,2}|[A-Z]{1,6})?",
        "[A-Za-z0-9+/]{0,80}={0,2}",
        "(-----(BEGIN|END) (RSA |EC |DSA )?(PRIVATE KEY|CERTIFICATE)-----\n|[A-Za-z0-9+/]{4}\n|A: b\n){0,6}",
        Just("Europe/Berlin".to_owned()),
    ]
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -100_000..100_000_i64, 0..4_000_000_000_i64]
}

fn time() -> impl Strategy<Value = Value> {
    number().prop_map(|seconds| {
        let time = date::Time::of_nanoseconds(i128::from(seconds) * 1_000_000_007, date::Zone::utc());
        Value::Object(Rc::new(time))
    })
}

fn pair() -> impl Strategy<Value = Value> {
    (text(), text()).prop_map(|(certificate, key)| Value::Object(Rc::new(certificate::Pair { certificate, key })))
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Int),
        number().prop_map(Value::Int64),
        any::<f64>().prop_map(Value::Float),
        text().prop_map(Value::from),
        time(),
        pair(),
    ]
}

fn argument(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => text().prop_map(Value::from).boxed(),
        // More random bytes than these are only more of the same.
        Kind::Int => prop_oneof![-100..100_000_i64, any::<i64>()].prop_map(Value::Int).boxed(),
        Kind::List => vec(anything(), 0..4).prop_map(Value::list).boxed(),
        Kind::Other("time.Time") => time().boxed(),
        Kind::Other("sprig.certificate") => pair().boxed(),
        _ => anything().boxed(),
    }
}

/// The place of a function.
fn place() -> impl Strategy<Value = usize> {
    0..functions().count()
}

/// A function's place with arguments of the kinds of its parameters.
fn call() -> impl Strategy<Value = (usize, Vec<Value>)> {
    place().prop_flat_map(|place| {
        let kinds = functions().nth(place).map_or(&[][..], |function| function.parameters);
        let arguments: Vec<_> = kinds.iter().map(|kind| argument(*kind)).collect();
        (Just(place), arguments)
    })
}

/// Calls a function; its result is printed and encoded.
fn run(place: usize, arguments: &[Value]) {
    let function = functions().nth(place).expect("the place is one of a function");
    // New keys of these types take their time.
    let slow = matches!(arguments.first().and_then(Value::as_text), Some("" | "rsa" | "dsa"));
    if function.name == "genPrivateKey" && slow {
        return;
    }
    if let Ok(Value::Object(object)) = (function.body)(&mut World::default(), arguments) {
        let _ = (object.print(), object.json());
    }
}

proptest! {
    #[test]
    fn no_argument_of_its_kind_makes_a_function_panic((place, arguments) in call()) {
        run(place, &arguments);
    }

    #[test]
    fn no_argument_at_all_makes_a_function_panic(place in place(), arguments in vec(anything(), 0..6)) {
        run(place, &arguments);
    }

    #[test]
    fn what_a_layout_writes_it_reads_again(seconds in -62_167_219_200..253_402_300_800_i64, nanoseconds in 0..1_000_000_000_i64) {
        let layout = "2006-01-02T15:04:05.999999999Z07:00";
        let time = date::Time::of_nanoseconds(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds), date::Zone::utc());
        let written = date::format(&time, layout);
        let arguments = [layout.into(), written.as_str().into()];
        let read = super::fixture::value_in(&mut World::default(), date::FUNCTIONS, "mustToDate", &arguments).unwrap();
        prop_assert!(read.is_deeply_equal(&Value::Object(Rc::new(time))), "{written}");
    }

    #[test]
    fn no_argument_makes_a_method_panic(
        value in prop_oneof![time(), pair()],
        method in "Add|AddDate|Sub|Round|Truncate|Format|Local|Location|UTC|Month|Year|UnixNano|Compare|In",
        arguments in vec(anything(), 0..4),
    ) {
        let Value::Object(object) = value else { return Ok(()) };
        if let Some(Ok(Value::Object(result))) = object.call(&method, &arguments) {
            let _ = (result.print(), result.json(), result.call("Round", &arguments));
        }
        let _ = (object.print(), object.json());
    }
}
