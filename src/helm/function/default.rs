//! What stands in for what is missing: `default`, `coalesce`, `ternary`. Empty is what `if` takes for false.

use super::{
    Function,
    Kind::{Any, Bool},
    argument,
};
use crate::helm::value::Value;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("default", &[Any], |_, arguments| {
        let given = arguments.get(1).filter(|given| given.is_true());
        Ok(given.map_or_else(|| argument::any(arguments, 0), Ok)?.clone())
    })
    .with_rest(Any),
    Function::new("empty", &[Any], |_, arguments| Ok((!argument::any(arguments, 0)?.is_true()).into())),
    Function::new("coalesce", &[], |_, arguments| {
        Ok(arguments.iter().find(|value| value.is_true()).cloned().unwrap_or_default())
    })
    .with_rest(Any),
    Function::new("all", &[], |_, arguments| Ok(arguments.iter().all(Value::is_true).into())).with_rest(Any),
    Function::new("any", &[], |_, arguments| Ok(arguments.iter().any(Value::is_true).into())).with_rest(Any),
    Function::new("ternary", &[Any, Any, Bool], |_, arguments| {
        let place = usize::from(!argument::bool(arguments, 2)?);
        Ok(argument::any(arguments, place)?.clone())
    }),
];
