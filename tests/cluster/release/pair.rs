//! Two releases that go the same way, one by a real helm alone and one by us after helm installed it. After each step
//! nothing may tell them apart.

use std::path::Path;

use super::look;
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;

/// Which helm, and how it installs.
#[derive(Clone, Copy)]
pub(super) struct Helm {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    pub(super) install: &'static [&'static str],
}

/// Helm 3, and helm 4 in both of its ways.
pub(super) const HELMS: [Helm; 3] = [
    Helm { name: "3", program: "helm3", install: &[] },
    Helm { name: "4c", program: "helm4", install: &["--server-side=false"] },
    Helm { name: "4s", program: "helm4", install: &["--server-side=true"] },
];

/// The two.
pub(super) struct Pair<'a> {
    pub(super) theirs: Namespace<'a>,
    pub(super) ours: Namespace<'a>,
    helm: Helm,
    chart: String,
    environment: &'static [(&'static str, &'static str)],
}

impl<'a> Pair<'a> {
    /// Has helm install both, with these variables in force from now on.
    pub(super) fn begin(
        testbed: &'a Testbed,
        name: &str,
        helm: Helm,
        chart: &Path,
        environment: &'static [(&'static str, &'static str)],
    ) -> Self {
        let [theirs, ours] = ["theirs", "ours"].map(|side| {
            // Tests of one process share the cluster, and few of these are made.
            testbed.namespace(Box::leak(format!("{name}-{}-{side}", helm.name).into_boxed_str()))
        });
        let pair = Self { theirs, ours, helm, chart: chart.display().to_string(), environment };
        for namespace in [theirs, ours] {
            let mut arguments = vec!["install", "one", &pair.chart];
            arguments.extend(helm.install);
            let output = pair.by_helm(namespace, &arguments);
            assert_eq!(output.code, Some(0), "{}", output.stderr);
        }
        pair
    }

    /// Upgrades both.
    pub(super) fn upgrade(&self, flags: &[&str]) -> [Output; 2] {
        let arguments: Vec<&str> = ["upgrade", "one", &self.chart].into_iter().chain(flags.iter().copied()).collect();
        self.both(&arguments)
    }

    /// Rolls both back.
    pub(super) fn roll_back(&self, revision: &str) -> [Output; 2] {
        self.both(&["rollback", "one", revision])
    }

    /// Runs helm here and us there: both succeed or neither does, and what is left is the same.
    fn both(&self, arguments: &[&str]) -> [Output; 2] {
        let theirs = self.by_helm(self.theirs, arguments);
        let ours = self.by_us(arguments);
        let told = format!("{} {arguments:?}\n--- helm\n{}\n--- we\n{}", self.helm.program, theirs.stderr, ours.stderr);
        assert_eq!(theirs.code == Some(0), ours.code == Some(0), "{told}");
        let differences = look::differences(&look::of(&self.theirs), &look::of(&self.ours));
        assert!(differences.is_empty(), "{}\n{told}", differences.join("\n"));
        [theirs, ours]
    }

    fn by_helm(&self, namespace: Namespace, arguments: &[&str]) -> Output {
        let invocation = namespace.testbed.command_of(self.helm.program, arguments).args(&["-n", namespace.name()]);
        self.environment.iter().fold(invocation, |all, (name, value)| all.env(name, *value)).run()
    }

    /// Runs `release` with these arguments.
    pub(super) fn by_us(&self, arguments: &[&str]) -> Output {
        let arguments: Vec<&str> = std::iter::once("release").chain(arguments.iter().copied()).collect();
        let invocation = self.ours.command(&arguments);
        self.environment.iter().fold(invocation, |all, (name, value)| all.env(name, *value)).run()
    }
}
