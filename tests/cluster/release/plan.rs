//! `kill -9` at the writes of a plan of several steps over several runs: the same command ends where it would have ended.

use serde_json::{Value, json};

use super::look;
use super::way::{Chart, chart, install, running};
use crate::journal::{ending, leases, run_of, secrets};
use crate::kill;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::{Invocation, Output};
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ROLL, ended_with, says};

trials![an_upgrade_of_a_release_over_two_charts_may_be_killed_at_any_write];

/// All points were gone through once; every so many of them are each time.
const STRIDE: usize = 7;
/// Releases that are worked on at once.
const WORKERS: usize = 6;

/// The charts of the way: what there is, one mixcoord, and streaming.
struct Charts([Chart; 3]);

/// A release of 2.4 with four coordinators.
struct Scene<'a> {
    vec: Namespace<'a>,
    charts: &'a Charts,
}

impl Charts {
    fn lay_out() -> Self {
        Self([chart("4.2.0", "2.4.6"), chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15")])
    }

    fn begin<'a>(&'a self, testbed: &'a Testbed, name: &str) -> Scene<'a> {
        let vec = testbed.namespace(Box::leak(format!("plan-{name}").into_boxed_str()));
        let apart = "mixCoordinator.enabled=false,rootCoordinator.enabled=true,queryCoordinator.enabled=true,\
                     indexCoordinator.enabled=true,dataCoordinator.enabled=true";
        install(&vec, &self.0[0], &["--set", apart, "--set", "image.all.tag=v2.4.6,queryNode.replicas=2"]);
        Scene { vec, charts: self }
    }
}

impl<'a> Scene<'a> {
    fn upgrade(&self) -> Invocation<'a> {
        let upgrade = ["upgrade", "release/my", "--to", "2.6.22", "--backup", "nightly", "--yes"];
        let [_, joined, new] = &self.charts.0;
        let charts = ["--chart", &joined.path(), "--chart", &new.path(), "--lease-length", "2s"];
        self.vec.command(&upgrade).args(&charts)
    }

    /// The same command; with the word that it gives itself where Helm's lock was left.
    fn again(&self) -> Output {
        let output = self.upgrade().run();
        if output.code == Some(3) && output.stdout.contains("MV0901") {
            says(&output.stdout, "kubectl milvus upgrade release/my");
            says(&output.stdout, "--unlock");
            return self.upgrade().args(&["--unlock"]).run();
        }
        output
    }

    /// The objects, what the deployed record says, and how the runs ended.
    fn state(&self) -> Value {
        let mut objects = look::of(&self.vec);
        // Another number of revisions, and of runs, is another number of records.
        objects.retain(|name, _| !name.starts_with("secrets/sh.helm") && !name.starts_with("secrets/kubectl-milvus"));
        objects.values_mut().for_each(look::without_count);
        let records = look::records(&self.vec);
        let status = |record: &Value| record["info"]["status"].as_str().unwrap_or_default().to_owned();
        let statuses: Vec<_> = records.iter().map(|(name, record)| format!("{name} {}", status(record))).collect();
        assert!(!statuses.iter().any(|it| it.contains("pending")), "no lock is left: {statuses:?}");
        let deployed: Vec<_> = records.iter().filter(|(_, record)| status(record) == "deployed").collect();
        assert_eq!(deployed.len(), 1, "{statuses:?}");
        let record = &deployed[0].1;
        let runs: Vec<Value> = secrets(&self.vec).iter().map(run_of).collect();
        let runs: Vec<_> = runs.iter().map(|run| json!([run["to"], ending(run)])).collect();
        json!({
            "objects": objects,
            "running": running(&self.vec),
            "values": record["config"],
            "chart": record["chart"]["metadata"]["version"],
            "runs": runs,
            "leases": leases(&self.vec).len(),
        })
    }
}

fn an_upgrade_of_a_release_over_two_charts_may_be_killed_at_any_write(testbed: &Testbed) {
    let charts = Charts::lay_out();
    let scene = charts.begin(testbed, "alone");
    let proxy = testbed.proxy();
    let undisturbed = scene.upgrade().kubeconfig(proxy.kubeconfig()).run();
    ended_with(&undisturbed, 0);
    says(&undisturbed.stdout, "The way: 2.4.6 -> 2.5.27");
    let (end, requests) = (scene.state(), proxy.seen());
    assert_eq!(end["runs"], json!([["2.5.27", "done"], ["2.6.22", "done"]]));
    let points: Vec<_> = kill::of_writes(&requests).into_iter().step_by(STRIDE).collect();
    let count = points.len();
    let hits = kill::through(points, WORKERS, drop, |(), number, point| {
        let scene = charts.begin(testbed, &format!("kill-{number}"));
        let is_hit = point.kills(&testbed.proxy(), |proxy| scene.upgrade().kubeconfig(proxy), ROLL);
        kill::goes_on(ROLL, point, || scene.again());
        let differences = look::differences_of(&end, &scene.state());
        assert!(differences.is_empty(), "{point:?}:\n{}", differences.join("\n"));
        is_hit
    });
    report(&format!(
        "an upgrade of a release over two charts: {} requests killed at {count} points (both sides of its writes, one of \
         {STRIDE}): {hits} were reached, all came to the same end",
        requests.len()
    ));
}
