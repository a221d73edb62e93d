//! What a value is: `typeOf`, `kindIs` and their like, in Go's names.

use super::{
    Function,
    Kind::{Any, Text},
    argument,
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("typeOf", &[Any], |_, arguments| Ok(argument::any(arguments, 0)?.type_name().into())),
    Function::new("typeIs", &[Text, Any], |_, arguments| {
        Ok((argument::text(arguments, 0)? == argument::any(arguments, 1)?.type_name()).into())
    }),
    Function::new("typeIsLike", &[Text, Any], |_, arguments| {
        let (name, own) = (argument::text(arguments, 0)?, argument::any(arguments, 1)?.type_name());
        Ok((name == own || own.strip_prefix('*') == Some(name)).into())
    }),
    Function::new("kindOf", &[Any], |_, arguments| Ok(argument::any(arguments, 0)?.kind_name().into())),
    Function::new("kindIs", &[Text, Any], |_, arguments| {
        Ok((argument::text(arguments, 0)? == argument::any(arguments, 1)?.kind_name()).into())
    }),
    Function::new("deepEqual", &[Any, Any], |_, arguments| {
        let (one, other) = (argument::any(arguments, 0)?, argument::any(arguments, 1)?);
        Ok(one.is_deeply_equal(other).into())
    }),
];
