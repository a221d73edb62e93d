//! What functions a template can call, by name.

use std::{collections::HashMap, fmt};

use super::{builtin::Builtin, engine};
use crate::helm::function::{Function, Kind};

/// The functions of templates. Where names clash, the later table wins, as in Helm: sprig's `slice` hides Go's, Helm's own
/// `fail`, `include`, `required` and `tpl` hide everything.
pub struct Registry {
    callees: HashMap<&'static str, Callee>,
}

/// What is called.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    /// Go's own.
    Builtin(&'static Builtin),
    /// A function of a table.
    Function(&'static Function),
    /// Helm's `include`.
    Include,
    /// Helm's `tpl`.
    Tpl,
}

impl Registry {
    /// Go's builtins, then `tables` in order, then Helm's own.
    pub fn new(tables: &[&'static [Function]]) -> Self {
        let mut callees: HashMap<_, _> =
            super::builtin::BUILTINS.iter().map(|builtin| (builtin.name, Callee::Builtin(builtin))).collect();
        let functions = tables.iter().copied().chain([engine::FUNCTIONS]).flatten();
        callees.extend(functions.map(|function| (function.name, Callee::Function(function))));
        callees.extend([("include", Callee::Include), ("tpl", Callee::Tpl)]);
        Self { callees }
    }

    /// The names of all functions, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.callees.keys().copied()
    }

    pub(super) fn find(&self, name: &str) -> Option<Callee> {
        self.callees.get(name).copied()
    }
}

impl Callee {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Builtin(builtin) => builtin.name,
            Self::Function(function) => function.name,
            Self::Include => "include",
            Self::Tpl => "tpl",
        }
    }

    /// What its fixed parameters take, and each further argument.
    pub(super) fn parameters(self) -> (&'static [Kind], Option<Kind>) {
        match self {
            Self::Builtin(builtin) => (builtin.parameters, builtin.rest),
            Self::Function(function) => (function.parameters, function.rest),
            Self::Include | Self::Tpl => (&[Kind::Text, Kind::Any], None),
        }
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.callees.keys()).finish()
    }
}
