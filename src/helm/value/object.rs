//! What has fields and methods.

use std::{any::Any, fmt, rc::Rc};

use super::Value;
use crate::helm::{error::Result, function::Kind};

/// What Go's JSON makes of an [`Object`].
#[derive(Clone, Debug)]
pub enum Encoded {
    /// Another value: a time becomes text.
    Plain(Value),
    /// A struct: its fields as they are named in JSON, in the order of their declaration, without those left out.
    Struct(Vec<(Rc<str>, Value)>),
}

/// A struct, or anything else with fields and methods.
pub trait Object: fmt::Debug {
    /// As `typeOf` prints it: `*common.Capabilities`.
    fn type_name(&self) -> &str;

    /// As `kindOf` prints it: `struct`, `ptr`, `map`, `slice`.
    fn kind_name(&self) -> &'static str;

    /// A field, or a key of a map type with methods; `None` where there is none.
    fn field(&self, name: &str) -> Option<Value>;

    /// What a method takes, where there is one whose arguments are to be counted and checked as Go does before the call.
    fn parameters(&self, _method: &str) -> Option<&'static [Kind]> {
        None
    }

    /// Calls a method; `None` where there is none.
    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>>;

    /// As `%v` prints it.
    fn print(&self) -> String;

    /// As a pipeline that ends in it writes it: what a pointer points to, and what knows to print itself does so.
    fn written(&self) -> String {
        self.print()
    }

    /// Whether `if` takes it for true: structs always, maps and slices where they are not empty.
    fn is_true(&self) -> bool {
        true
    }

    /// What `range` goes over, keys and values; `None` where it cannot be gone over.
    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// What `encoding/json` makes of it, which is what `toYaml` prints too; `None` where it refuses it. Of what can be
    /// gone over, its entries.
    fn json(&self) -> Option<Encoded> {
        let entries = self.entries()?.into_iter();
        let fields = entries.map(|(key, value)| Some((key.as_text()?.into(), value))).collect::<Option<_>>()?;
        Some(Encoded::Struct(fields))
    }

    /// The number that it is, where its type is one of whole numbers with a name of its own: a month, a span of time.
    fn whole(&self) -> Option<i64> {
        None
    }

    /// For functions that know what it is.
    fn as_any(&self) -> &dyn Any;
}
