//! One byte of a string or of bytes, as `index` and `range` give it: Go's `uint8`, which is no `int`.

use std::{any::Any, rc::Rc};

use crate::helm::{
    error::Result,
    value::{Encoded, Object, Value},
};

/// Go's name of its type.
pub(super) const TYPE: &str = "uint8";

#[derive(Debug)]
struct Byte(u8);

/// The byte as a value.
pub(super) fn value(byte: u8) -> Value {
    Value::Object(Rc::new(Byte(byte)))
}

impl Object for Byte {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn kind_name(&self) -> &'static str {
        TYPE
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value>> {
        None
    }

    fn print(&self) -> String {
        self.0.to_string()
    }

    fn is_true(&self) -> bool {
        self.0 != 0
    }

    fn json(&self) -> Option<Encoded> {
        Some(Encoded::Plain(Value::Int(self.0.into())))
    }

    fn whole(&self) -> Option<i64> {
        Some(self.0.into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
