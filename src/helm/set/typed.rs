//! What a value of `--set` is by its looks.

use crate::helm::value::Value;

/// `true`, `false` and `null` in any case, and whole numbers that do not begin with a zero; everything else is text.
pub(super) fn value(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        Value::Bool(true)
    } else if text.eq_ignore_ascii_case("false") {
        Value::Bool(false)
    } else if text.eq_ignore_ascii_case("null") {
        Value::Nil
    } else if text == "0" {
        Value::Int64(0)
    } else {
        let whole = (!text.starts_with('0')).then(|| text.parse().ok()).flatten();
        whole.map_or_else(|| Value::text(text), Value::Int64)
    }
}
