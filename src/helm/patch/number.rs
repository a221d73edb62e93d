//! Numbers of JSON as Go holds them.

use serde_json::{Number, Value};

/// The value as apimachinery decodes it: whole numbers beyond an int64 become floats.
pub(super) fn decoded(value: Value) -> Value {
    each(value, &|number| if number.is_u64() && !number.is_i64() { Number::from_f64(number.as_f64()?) } else { None })
}

/// The value as Go decodes what it has itself written: a float that is whole is written without a point, and becomes a
/// whole number. So Helm hands manifests and live objects from step to step.
pub(super) fn rewritten(value: Value) -> Value {
    each(decoded(value), &|number| {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        // 2^63 is the first that an int64 cannot hold; -2^63 is the last that it can.
        let fits = float.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        fits.then(|| Number::from(float as i64))
    })
}

fn each(value: Value, change: &impl Fn(&Number) -> Option<Number>) -> Value {
    match value {
        Value::Number(number) => Value::Number(change(&number).unwrap_or(number)),
        Value::Array(items) => items.into_iter().map(|item| each(item, change)).collect(),
        Value::Object(map) => map.into_iter().map(|(key, item)| (key, each(item, change))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{decoded, rewritten};

    #[test]
    fn whole_floats_are_written_as_whole_numbers() {
        assert_eq!(decoded(json!([1, 1.0, u64::MAX])), json!([1, 1.0, 18_446_744_073_709_551_615.0]));
        let numbers = json!({"a": [1.0, -2.0, 1.5, 1e18, 1e19, -0.0, i64::MIN, u64::MAX]});
        let expected =
            json!({"a": [1, -2, 1.5, 1_000_000_000_000_000_000_i64, 1e19, 0, i64::MIN, 18_446_744_073_709_551_615.0]});
        assert_eq!(rewritten(numbers), expected);
    }
}
