//! Numbers. The integer functions take anything for an int64, the float functions for a float64 (see `cast`).

use super::{
    Function, Host,
    Kind::{Any, Float, Int, Text},
    argument, cast,
    decimal::Decimal,
    limit::{self, Growing},
    power, print,
};
use crate::helm::{
    error::{Error, Result},
    value::{List, ListKind, Value},
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("int", &[Any], |_, arguments| Ok(Value::Int(cast::int(argument::any(arguments, 0)?)))),
    Function::new("int64", &[Any], |_, arguments| Ok(Value::Int64(cast::int(argument::any(arguments, 0)?)))),
    Function::new("float64", &[Any], |_, arguments| Ok(cast::float(argument::any(arguments, 0)?).into())),
    Function::new("atoi", &[Text], |_, arguments| Ok(Value::Int(cast::saturated(argument::text(arguments, 0)?, 10)))),
    Function::new("toDecimal", &[Any], |_, arguments| {
        let text = print::plain(argument::any(arguments, 0)?)?;
        Ok(Value::Int64(cast::of_base(&text, 8).unwrap_or(0)))
    }),
    Function::new("add", &[], |_, arguments| Ok(folded(0, arguments, i64::wrapping_add))).with_rest(Any),
    Function::new("add1", &[Any], |_, arguments| Ok(folded(1, arguments, i64::wrapping_add))),
    Function::new("sub", &[Any, Any], |_, arguments| from_first(arguments, i64::wrapping_sub)),
    Function::new("mul", &[Any], |_, arguments| from_first(arguments, i64::wrapping_mul)).with_rest(Any),
    Function::new("div", &[Any, Any], |_, arguments| divided(arguments, i64::wrapping_div)),
    Function::new("mod", &[Any, Any], |_, arguments| divided(arguments, i64::wrapping_rem)),
    Function::new("max", &[Any], |_, arguments| from_first(arguments, i64::max)).with_rest(Any),
    Function::new("biggest", &[Any], |_, arguments| from_first(arguments, i64::max)).with_rest(Any),
    Function::new("min", &[Any], |_, arguments| from_first(arguments, i64::min)).with_rest(Any),
    Function::new("maxf", &[Any], |_, arguments| floats(arguments, larger)).with_rest(Any),
    Function::new("minf", &[Any], |_, arguments| floats(arguments, |one, other| -larger(-one, -other))).with_rest(Any),
    Function::new("addf", &[], |_, arguments| decimals(&Value::Int(0), arguments, Decimal::plus)).with_rest(Any),
    Function::new("add1f", &[Any], |_, arguments| {
        decimals(argument::any(arguments, 0)?, &[Value::Int(1)], Decimal::plus)
    }),
    Function::new("subf", &[Any], |_, arguments| decimals_from_first(arguments, Decimal::minus)).with_rest(Any),
    Function::new("mulf", &[Any], |_, arguments| decimals_from_first(arguments, Decimal::times)).with_rest(Any),
    Function::new("divf", &[Any], |_, arguments| decimals_from_first(arguments, Decimal::over)).with_rest(Any),
    Function::new("floor", &[Any], |_, arguments| Ok(cast::float(argument::any(arguments, 0)?).floor().into())),
    Function::new("ceil", &[Any], |_, arguments| Ok(cast::float(argument::any(arguments, 0)?).ceil().into())),
    Function::new("round", &[Any, Int], round).with_rest(Float),
    Function::new("until", &[Int], |_, arguments| {
        let stop = argument::int(arguments, 0)?;
        Ok(ints(steps(0, stop, stop.signum())?))
    }),
    Function::new("untilStep", &[Int, Int, Int], |_, arguments| {
        let int = |place| argument::int(arguments, place);
        Ok(ints(steps(int(0)?, int(1)?, int(2)?)?))
    }),
    Function::new("seq", &[], sequence).with_rest(Int),
];

fn folded(start: i64, arguments: &[Value], operation: fn(i64, i64) -> i64) -> Value {
    Value::Int64(arguments.iter().map(cast::int).fold(start, operation))
}

fn from_first(arguments: &[Value], operation: fn(i64, i64) -> i64) -> Result<Value> {
    Ok(folded(cast::int(argument::any(arguments, 0)?), argument::rest(arguments, 1), operation))
}

fn divided(arguments: &[Value], operation: fn(i64, i64) -> i64) -> Result<Value> {
    let (dividend, divisor) = (cast::int(argument::any(arguments, 0)?), cast::int(argument::any(arguments, 1)?));
    if divisor == 0 {
        return Err(Error::new("runtime error: integer divide by zero"));
    }
    Ok(Value::Int64(operation(dividend, divisor)))
}

/// `math.Max`: infinity before NaN, NaN before numbers, 0 before -0.
fn larger(one: f64, other: f64) -> f64 {
    if one == f64::INFINITY || other == f64::INFINITY {
        f64::INFINITY
    } else if one.is_nan() || other.is_nan() {
        f64::NAN
    } else if one == 0.0 && other == 0.0 {
        if one.is_sign_negative() { other } else { one }
    } else {
        one.max(other)
    }
}

fn floats(arguments: &[Value], operation: fn(f64, f64) -> f64) -> Result<Value> {
    let first = cast::float(argument::any(arguments, 0)?);
    Ok(argument::rest(arguments, 1).iter().map(cast::float).fold(first, operation).into())
}

fn decimals(first: &Value, rest: &[Value], operation: fn(&Decimal, &Decimal) -> Result<Decimal>) -> Result<Value> {
    let mut result = Decimal::new(cast::float(first))?;
    for value in rest {
        result = operation(&result, &Decimal::new(cast::float(value))?)?;
    }
    Ok(result.float().into())
}

fn decimals_from_first(arguments: &[Value], operation: fn(&Decimal, &Decimal) -> Result<Decimal>) -> Result<Value> {
    decimals(argument::any(arguments, 0)?, argument::rest(arguments, 1), operation)
}

/// Rounds to so many places, up from a fraction of .5 or of the third argument on.
fn round(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let up_from = match arguments.get(2) {
        Some(Value::Float(up_from)) => *up_from,
        _ => 0.5,
    };
    let power = power::of_ten(argument::int(arguments, 1)?);
    let number = power * cast::float(argument::any(arguments, 0)?);
    let fraction = if number.is_infinite() { f64::NAN } else { number.fract() };
    Ok((if fraction >= up_from { number.ceil() } else { number.floor() } / power).into())
}

/// From `start` on by `step` as long as `end` is not reached; nothing where the step leads away from it.
fn steps(start: i64, end: i64, step: i64) -> Result<Vec<i64>> {
    let mut numbers = vec![];
    let mut next = Some(start);
    while let Some(number) = next.filter(|number| if step > 0 { *number < end } else { step < 0 && *number > end }) {
        numbers.push(number);
        limit::items(numbers.len())?;
        next = number.checked_add(step);
    }
    Ok(numbers)
}

fn ints(numbers: Vec<i64>) -> Value {
    List::of_kind(ListKind::Ints, numbers.into_iter().map(Value::Int).collect()).into()
}

/// As the shell's `seq`: to, from and to, or from, step and to, the last included.
fn sequence(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let int = |place| argument::int(arguments, place);
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match arguments.len() {
        1 => (1, int(0)?, direction(1, int(0)?)),
        2 => (int(0)?, int(1)?, direction(int(0)?, int(1)?)),
        3 if int(2)? < int(0)? && int(1)? > 0 => return Ok("".into()),
        3 => (int(0)?, int(2)?, int(1)?),
        _ => return Ok("".into()),
    };
    let numbers = steps(start, end.wrapping_add(direction(start, end)), step)?;
    let mut text = Growing::default();
    for (place, number) in numbers.iter().enumerate() {
        if place > 0 {
            text.push(" ")?;
        }
        text.push(&number.to_string())?;
    }
    Ok(text.into_text().into())
}
