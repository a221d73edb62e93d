use std::{collections::BTreeMap, ops::AddAssign};

use serde::{Deserialize, Serialize};

/// CPU and memory, asked for or to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantities {
    /// Thousandths of a CPU.
    pub cpu_milli: i64,
    /// Bytes.
    pub memory: i64,
}

impl Quantities {
    /// Whether `self` has room for `asked`.
    pub fn has_room_for(self, asked: Self) -> bool {
        self.cpu_milli >= asked.cpu_milli && self.memory >= asked.memory
    }

    /// What is left of `self` when `used` is taken away; never below nothing.
    #[must_use]
    pub fn less(self, used: Self) -> Self {
        let less = |have: i64, used: i64| have.saturating_sub(used).max(0);
        Self { cpu_milli: less(self.cpu_milli, used.cpu_milli), memory: less(self.memory, used.memory) }
    }
}

impl AddAssign for Quantities {
    fn add_assign(&mut self, other: Self) {
        self.cpu_milli = self.cpu_milli.saturating_add(other.cpu_milli);
        self.memory = self.memory.saturating_add(other.memory);
    }
}

/// A node, as far as room for pods goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `spec.unschedulable`, or a taint that keeps ordinary pods away.
    pub closed: bool,
    /// `status.allocatable`.
    pub allocatable: Quantities,
    /// `status.images`, by all their names; fifty images at most, for kubelets tell no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
}
