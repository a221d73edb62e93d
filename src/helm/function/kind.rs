//! What a value is: `typeOf`, `kindIs` and their like, in Go's names.

use super::{
    Function,
    Kind::{Any, Text},
    parameter,
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("typeOf", &[Any], |_, arguments| Ok(parameter::any(arguments, 0)?.type_name().into())),
    Function::new("typeIs", &[Text, Any], |_, arguments| {
        Ok((parameter::text(arguments, 0)? == parameter::any(arguments, 1)?.type_name()).into())
    }),
    Function::new("typeIsLike", &[Text, Any], |_, arguments| {
        let (name, own) = (parameter::text(arguments, 0)?, parameter::any(arguments, 1)?.type_name());
        Ok((name == own || own.strip_prefix('*') == Some(name)).into())
    }),
    Function::new("kindOf", &[Any], |_, arguments| Ok(parameter::any(arguments, 0)?.kind_name().into())),
    Function::new("kindIs", &[Text, Any], |_, arguments| {
        Ok((parameter::text(arguments, 0)? == parameter::any(arguments, 1)?.kind_name()).into())
    }),
    Function::new("deepEqual", &[Any, Any], |_, arguments| {
        let (one, other) = (parameter::any(arguments, 0)?, parameter::any(arguments, 1)?);
        Ok(one.is_deeply_equal(other).into())
    }),
];
