//! Text of values, as Go's `fmt` makes it.

mod float;
mod number;
mod printer;
mod printf;
pub mod quote;

pub use float::float;
pub use printf::printf;

use self::printer::Printer;
use crate::helm::{error::Result, value::Value};

/// What Go's templates write for no value; Helm takes it away at the end.
pub(super) const NO_VALUE: &str = "<no value>";

/// `fmt.Sprint`: the default format of each, with space between two of which neither is a string.
pub fn print(values: &[Value]) -> Result<String> {
    let mut printer = Printer::default();
    let mut was_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !was_text {
            printer.push(" ")?;
        }
        printer.argument(value, 'v')?;
        was_text = is_text;
    }
    Ok(printer.text())
}

/// `fmt.Sprintln`: the default format of each, with space between all of them.
pub fn println(values: &[Value]) -> Result<String> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.push(" ")?;
        }
        printer.argument(value, 'v')?;
    }
    printer.push("\n")?;
    Ok(printer.text())
}
