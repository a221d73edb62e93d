//! What templates can call: Go's builtins, sprig's functions and Helm's own, by family.
//!
//! A family is a table of [`Function`]s. The executor checks arguments against the parameters as Go does by reflection,
//! so that a function's body can take what it asked for; it never runs with wrong types.

pub mod certificate;
pub mod convert;
pub mod crypto;
pub mod date;
pub mod default;
pub mod dict;
pub mod encode;
pub mod flow;
pub mod hash;
pub mod kind;
pub mod list;
pub mod math;
pub mod path;
pub mod print;
pub mod random;
pub mod regex;
pub mod semver;
pub mod text;
pub mod url;
pub mod uuid;

mod argument;
mod base64;
mod cast;
mod decimal;
mod entropy;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod inventory;
mod letter;
mod limit;
mod merge;
mod parameter;
mod password;
mod pattern;
mod power;
#[cfg(test)]
mod vector;

use super::{error::Result, value::Value};

/// The families of sprig's functions and Helm's own that stand here. Conversions, cryptography and dates are rooms of
/// their own; Go's builtins belong to the executor.
pub const FAMILIES: [&[Function]; 16] = [
    default::FUNCTIONS,
    dict::FUNCTIONS,
    encode::FUNCTIONS,
    flow::FUNCTIONS,
    kind::FUNCTIONS,
    list::FUNCTIONS,
    math::FUNCTIONS,
    path::FUNCTIONS,
    random::FUNCTIONS,
    regex::FUNCTIONS,
    semver::FUNCTIONS,
    text::FUNCTIONS,
    text::case::FUNCTIONS,
    text::cut::FUNCTIONS,
    text::split::FUNCTIONS,
    url::FUNCTIONS,
];

/// Every family that templates can call, besides Go's builtins.
pub fn all() -> Vec<&'static [Function]> {
    let others = [
        convert::FUNCTIONS,
        certificate::FUNCTIONS,
        crypto::FUNCTIONS,
        date::FUNCTIONS,
        hash::FUNCTIONS,
        uuid::FUNCTIONS,
    ];
    FAMILIES.into_iter().chain(others).collect()
}

/// What a parameter takes, as Go's types tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `interface {}`: anything, nil too.
    Any,
    /// `bool`.
    Bool,
    /// `int`. A float64 is refused, an int64 too, as Go refuses them.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float,
    /// `string`.
    Text,
    /// `[]byte`.
    Bytes,
    /// `map[string]interface {}`; Helm's named map of values fits.
    Map,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// Some other type that the function names, such as `time.Time`; the function itself looks at the value.
    Other(&'static str),
}

/// The body of a function. Arguments are of the kinds of its parameters.
pub type Body = fn(&mut dyn Host, &[Value]) -> Result<Value>;

/// A function of templates.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name in templates.
    pub name: &'static str,
    /// What its fixed parameters take.
    pub parameters: &'static [Kind],
    /// What each further argument takes, where there may be any number more.
    pub rest: Option<Kind>,
    /// What it does.
    pub body: Body,
}

impl Function {
    /// A function of fixed parameters.
    pub const fn new(name: &'static str, parameters: &'static [Kind], body: Body) -> Self {
        Self { name, parameters, rest: None, body }
    }

    /// The same with any number of arguments of this kind behind the fixed ones.
    #[must_use]
    pub const fn with_rest(self, kind: Kind) -> Self {
        Self { rest: Some(kind), ..self }
    }
}

/// What functions ask of the engine and of the world. The caller gives the world: nothing here reads a clock, a source of
/// randomness or a cluster by itself.
pub trait Host {
    /// Renders the named template (`include`).
    fn include(&mut self, name: &str, data: Value) -> Result<String>;

    /// Renders `template` as if it stood in the chart (`tpl`).
    fn tpl(&mut self, template: &str, data: Value) -> Result<String>;

    /// What the cluster holds (`lookup`): an object, a list where `name` is empty, an empty map where there is none.
    fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value>;

    /// The time, in nanoseconds since 1970 UTC.
    fn now(&self) -> i128;

    /// The IANA name of the time zone in which dates are written where a chart names none: what Go calls `Local`.
    #[expect(clippy::unnecessary_literal_bound, reason = "a caller's own name lives as long as the caller")]
    fn zone(&self) -> &str {
        "UTC"
    }

    /// Fills `bytes` with randomness.
    fn random(&mut self, bytes: &mut [u8]);
}
