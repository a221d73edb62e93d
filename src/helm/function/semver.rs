//! Versions: `semver`, whose parts templates read, and `semverCompare`.

use std::{any::Any, rc::Rc};

use super::{
    Function,
    Kind::{self, Text},
    argument,
};
use crate::helm::{
    constraint::{self, Version},
    error::{Error, Result},
    value::{Object, Value},
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Text], |_, arguments| {
        let version = Version::new(argument::text(arguments, 0)?)?;
        Ok(Value::Object(Rc::new(Read { version, form: Form::Pointer })))
    }),
    Function::new("semverCompare", &[Text, Text], |_, arguments| {
        Ok(constraint::matches(argument::text(arguments, 0)?, argument::text(arguments, 1)?)?.into())
    }),
];

/// A version as templates hold it.
#[derive(Debug)]
struct Read {
    version: Version,
    form: Form,
}

/// Whether Go has a pointer to it, as `semver` gives it, or the struct itself, as its `Inc…` and `Set…` methods do; the
/// struct lacks the methods that ask for a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pointer,
    Struct,
}

impl Object for Read {
    fn type_name(&self) -> &'static str {
        match self.form {
            Form::Pointer => "*semver.Version",
            Form::Struct => "semver.Version",
        }
    }

    fn kind_name(&self) -> &'static str {
        match self.form {
            Form::Pointer => "ptr",
            Form::Struct => "struct",
        }
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        let is_pointer = self.form == Form::Pointer;
        match method {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "String" | "IncMajor" | "IncMinor"
            | "IncPatch" => Some(&[]),
            "SetPrerelease" | "SetMetadata" => Some(&[Text]),
            "Original" if is_pointer => Some(&[]),
            "Compare" | "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" if is_pointer => {
                Some(&[Kind::Other("*semver.Version")])
            }
            _ => None,
        }
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let parameters = self.parameters(method)?;
        if parameters.len() != arguments.len() {
            let (wanted, given) = (parameters.len(), arguments.len());
            return Some(Err(Error::new(format!("wrong number of args for {method}: want {wanted} got {given}"))));
        }
        Some(self.answer(method, arguments))
    }

    fn print(&self) -> String {
        self.version.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Read {
    fn answer(&self, method: &str, arguments: &[Value]) -> Result<Value> {
        let version = &self.version;
        let next = |next: Option<Version>| {
            next.map(next_value).ok_or_else(|| Error::new(format!("the version `{version}` has no next one")))
        };
        match method {
            "Major" => Ok(number(version.major())),
            "Minor" => Ok(number(version.minor())),
            "Patch" => Ok(number(version.patch())),
            "Prerelease" => Ok(version.prerelease().into()),
            "Metadata" => Ok(version.metadata().into()),
            "String" => Ok(version.to_string().into()),
            "Original" => Ok(version.original().into()),
            "IncMajor" => next(version.next_major()),
            "IncMinor" => next(version.next_minor()),
            "IncPatch" => next(version.next_patch()),
            "SetPrerelease" => version.with_prerelease(argument::text(arguments, 0)?).map(next_value),
            "SetMetadata" => version.with_metadata(argument::text(arguments, 0)?).map(next_value),
            _ => self.comparison(method, argument::any(arguments, 0)?),
        }
    }

    /// The methods that compare with another version, which must be a pointer too.
    fn comparison(&self, method: &str, other: &Value) -> Result<Value> {
        let read = match other {
            Value::Object(object) => object.as_any().downcast_ref::<Self>().filter(|read| read.form == Form::Pointer),
            _ => None,
        };
        let Some(read) = read else {
            let given = other.type_name();
            return Err(Error::new(format!("wrong type for value; expected *semver.Version; got {given}")));
        };
        let order = self.version.compare(&read.version);
        Ok(match method {
            "Compare" => Value::Int(order as i64),
            "Equal" => order.is_eq().into(),
            "LessThan" => order.is_lt().into(),
            "LessThanEqual" => order.is_le().into(),
            "GreaterThan" => order.is_gt().into(),
            _ => order.is_ge().into(),
        })
    }
}

/// Go has uint64 here. `typeOf` tells the difference; comparing and calculating do not.
fn number(number: u64) -> Value {
    Value::Int64(i64::try_from(number).unwrap_or(i64::MAX))
}

fn next_value(version: Version) -> Value {
    Value::Object(Rc::new(Read { version, form: Form::Struct }))
}
