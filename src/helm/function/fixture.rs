//! A world for tests of functions: a clock that stands, and randomness that is the same in every run.

use super::{Function, Host};
use crate::helm::{
    error::{Error, Result},
    value::Value,
};

/// The world. Its randomness is a `SplitMix64`: every bit is used, and nothing here has to be secret.
pub(super) struct World {
    pub(super) now: i128,
    pub(super) zone: &'static str,
    pub(super) state: u64,
}

impl Default for World {
    fn default() -> Self {
        Self { now: 1_795_235_696_123_456_789, zone: "UTC", state: 1 }
    }
}

impl Host for World {
    fn include(&mut self, name: &str, _: Value) -> Result<String> {
        Err(Error::new(format!("there is no template `{name}`")))
    }

    fn tpl(&mut self, template: &str, _: Value) -> Result<String> {
        Ok(template.to_owned())
    }

    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value> {
        Ok(Value::Nil)
    }

    fn now(&self) -> i128 {
        self.now
    }

    fn zone(&self) -> &str {
        self.zone
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = mixed.to_le_bytes()[4];
        }
    }
}

/// Calls a function of a family, its result as `%v` prints it.
pub(super) fn called(family: &[Function], name: &str, arguments: &[Value]) -> Result<String, String> {
    called_in(&mut World::default(), family, name, arguments)
}

/// The same in a world of its own.
pub(super) fn called_in(
    world: &mut World,
    family: &[Function],
    name: &str,
    arguments: &[Value],
) -> Result<String, String> {
    value_in(world, family, name, arguments).map(|value| print(&value)).map_err(|error| error.to_string())
}

/// The value itself.
pub(super) fn value_in(world: &mut World, family: &[Function], name: &str, arguments: &[Value]) -> Result<Value> {
    let function = family.iter().find(|function| function.name == name).expect("the family has the function");
    (function.body)(world, arguments)
}

pub(super) fn print(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Int(number) | Value::Int64(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Object(object) => object.print(),
        other => format!("{other:?}"),
    }
}
