//! A small release that goes from one shape to another and back, however often.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::look;
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;

/// Both ways of applying, as helm 4 is told them.
pub(super) const METHODS: [&str; 2] = ["--server-side=false", "--server-side=true"];

/// What is left of a release that came to rest.
pub(super) type State = BTreeMap<String, Value>;

/// A release of the small chart, at shape `a`.
pub(super) struct Course<'a> {
    pub(super) namespace: Namespace<'a>,
    chart: String,
}

impl<'a> Course<'a> {
    /// Has helm 4 install it.
    pub(super) fn begin(testbed: &'a Testbed, name: &str, chart: &Path, method: &str) -> Self {
        // Tests of one process share the cluster, and few of these are made.
        let namespace = testbed.namespace(Box::leak(name.to_owned().into_boxed_str()));
        let chart = chart.display().to_string();
        let output = testbed.command_of("helm4", &["install", "one", &chart, method, "-n", namespace.name()]).run();
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        Self { namespace, chart }
    }

    /// What takes it to shape `b`.
    pub(super) fn there(&self) -> Vec<String> {
        ["release", "upgrade", "one", &self.chart, "--set", "shape=b"].map(str::to_owned).to_vec()
    }

    /// What takes it back to what is deployed now.
    pub(super) fn back(&self) -> Vec<String> {
        let (_, now) = self.deployed();
        ["release", "rollback", "one", &now["version"].to_string()].map(str::to_owned).to_vec()
    }

    /// Runs ours to its end, not disturbed.
    pub(super) fn run(&self, arguments: &[String], more: &[&str]) -> Output {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.namespace.command(&arguments).run()
    }

    /// The objects, and what the record that is deployed says, but for its number and its past.
    pub(super) fn state(&self) -> State {
        let mut state = look::of(&self.namespace);
        state.retain(|name, _| !name.starts_with("secrets/sh.helm"));
        let (_, mut record) = self.deployed();
        for passing in ["namespace", "version", "info", "hooks"] {
            record[passing].take();
        }
        state.insert("record".to_owned(), record);
        state.values_mut().for_each(look::without_count);
        state
    }

    /// Fails where the last record is pending, which locks the release. Older ones stay as they were: helm leaves them too.
    pub(super) fn is_free(&self, when: &str) {
        let number = |record: &Value| record["version"].as_i64();
        let (name, last) = self.records().into_iter().max_by_key(|(_, record)| number(record)).expect("a record");
        let status = last["info"]["status"].as_str().unwrap_or_default();
        assert!(!status.starts_with("pending"), "{name} is {status} {when}");
    }

    /// The one record that is deployed.
    pub(super) fn deployed(&self) -> (String, Value) {
        let mut records = self.records();
        let told: Vec<String> =
            records.iter().map(|(name, record)| format!("{name} {}", record["info"]["status"])).collect();
        records.retain(|(_, record)| record["info"]["status"] == "deployed");
        assert_eq!(records.len(), 1, "{told:?}");
        records.remove(0)
    }

    /// All records by their names.
    pub(super) fn records(&self) -> Vec<(String, Value)> {
        look::records(&self.namespace)
    }
}
