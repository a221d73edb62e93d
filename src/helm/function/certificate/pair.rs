//! What the functions of this family give: sprig's `certificate`, a struct with the fields `Cert` and `Key`.

use std::any::Any;

use crate::helm::{
    error::Result,
    function::parameter,
    value::{Encoded, Object, Value},
};

/// The name of the type in Go.
pub(super) const TYPE: &str = "sprig.certificate";

/// A certificate and its private key, both as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Pair {
    /// The pair at `place` of a function's arguments.
    pub(super) fn given(arguments: &[Value], place: usize) -> Result<&Self> {
        let given = arguments.get(place);
        let pair = match given {
            Some(Value::Object(object)) => object.as_any().downcast_ref(),
            _ => None,
        };
        pair.ok_or_else(|| parameter::wrong(TYPE, given))
    }
}

impl Object for Pair {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.certificate.as_str().into()),
            "Key" => Some(self.key.as_str().into()),
            _ => None,
        }
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value>> {
        None
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.certificate, self.key)
    }

    fn json(&self) -> Option<Encoded> {
        let fields = ["Cert", "Key"].into_iter().filter_map(|name| Some((name.into(), self.field(name)?)));
        Some(Encoded::Struct(fields.collect()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
