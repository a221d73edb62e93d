//! How fast all instances of a large cluster are checked, and with how much memory, against `kubectl get` of the same.

use std::{
    path::Path,
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    FROM, INSTANCE,
    measure::Contestant,
    memory, race,
    table::{Row, Table},
    testbed::{self, Testbed, report},
    time,
};

const ROUNDS: usize = 5;

/// How many instances there are, and what each has.
const INSTANCES: usize = 1_000;
const DEPLOYMENTS: usize = 8;
const PODS: usize = 20;
/// How many there are in the end, the rest of them without Deployments and pods.
const RESOURCES: usize = 10_000;

const NAMESPACES: [&str; 10] =
    ["many-0", "many-1", "many-2", "many-3", "many-4", "many-5", "many-6", "many-7", "many-8", "many-9"];

/// How many writers there are at once.
const WRITERS: usize = 8;

/// Only this, as a table of its own.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare() -> Result<ExitCode> {
    testbed::end_on_signals()?;
    let program = testbed::program::build()?;
    let testbed = Testbed::start(&program)?;
    let rows = rows(&testbed, &program)?;
    testbed.stop();
    println!("\nMedians of {ROUNDS} checks of all instances, run in turn with those of kubectl:\n\n{}", Table(rows));
    Ok(ExitCode::SUCCESS)
}

fn rows(testbed: &Testbed, program: &Path) -> Result<Vec<Row>> {
    let pattern = Pattern::of_a_real_instance(testbed)?;
    report(&format!("creating {INSTANCES} instances with all they have; this takes some minutes"));
    in_parallel(INSTANCES, |number| pattern.create(testbed, number, DEPLOYMENTS, PODS))?;
    let kubectl = testbed.tool("kubectl");
    let check = ["check", "-A"];
    let get = ["get", "milvus,deploy,pods", "-A", "-o", "json"];
    report("measuring check -A, and kubectl get of the same");
    let contestants = [Contestant { program, arguments: &check }, Contestant { program: &kubectl, arguments: &get }];
    let runs = race(testbed, &contestants, ROUNDS)?;
    let [ours, theirs] = &runs[..] else { return Ok(Vec::new()) };
    let few = requests(testbed, &check);
    let mut rows = vec![
        Row::ratio("time of check -A : kubectl get milvus,deploy,pods -A -o json", time(ours), time(theirs), 1.0),
        Row::ratio("peak memory of the same two", memory(ours), memory(theirs), 0.5),
    ];
    report(&format!("{few} requests, pages among them; creating {} more resources", RESOURCES - INSTANCES));
    in_parallel(RESOURCES - INSTANCES, |number| pattern.create(testbed, INSTANCES + number, 0, 0))?;
    let runs = race(testbed, &contestants[..1], ROUNDS)?;
    let [more] = &runs[..] else { return Ok(rows) };
    let times = f64::from(u32::try_from(RESOURCES / INSTANCES)?);
    rows.push(Row::ratio("time of check -A over ten times the resources", time(more), time(ours), times));
    rows.push(Row::ratio("peak memory of the same", memory(more), memory(ours), times));
    Ok(rows)
}

/// How many requests this takes.
fn requests(testbed: &Testbed, arguments: &[&str]) -> usize {
    let proxy = testbed.proxy();
    testbed.command(arguments).kubeconfig(proxy.kubeconfig()).run();
    proxy.seen().len()
}

/// What each of the many is made after.
struct Pattern {
    milvus: Value,
    deployments: Vec<Value>,
}

impl Pattern {
    fn of_a_real_instance(testbed: &Testbed) -> Result<Self> {
        for name in NAMESPACES {
            testbed.namespace(name);
        }
        let real = testbed.namespace("many-real").milvus(INSTANCE).cluster().version(FROM);
        let real = real.create_and_wait_until_healthy();
        let deployments = real.deployments();
        ensure!(!deployments.is_empty(), "the pattern has no Deployments");
        Ok(Self { milvus: real.get(), deployments })
    }

    fn create(&self, testbed: &Testbed, number: usize, deployments: usize, pods: usize) -> Result<()> {
        let (namespace, name) = (NAMESPACES[number % NAMESPACES.len()], format!("m-{number}"));
        let metadata = |name: &str, labels: &Value| {
            let mut labels = labels.clone();
            labels["app.kubernetes.io/instance"] = name.split('.').next().unwrap_or_default().into();
            json!({"name": name.replace('.', "-"), "namespace": namespace, "labels": labels})
        };
        let client = testbed.client();
        let mut milvus = json!({"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "spec": self.milvus["spec"]});
        milvus["metadata"] = metadata(&name, &json!({"app": "milvus"}));
        // As on a real cluster: a thousand that share one place would each be told of all the others.
        for store in ["etcd", "minio"] {
            milvus["spec"]["config"][store]["rootPath"] = name.as_str().into();
        }
        // The operator leaves it alone.
        milvus["metadata"]["annotations"] = json!({"milvus.io/pause-reconcile": "true"});
        client.create(&format!("/apis/milvus.io/v1beta1/namespaces/{namespace}/milvuses"), &milvus)?;
        for (index, pattern) in self.deployments.iter().cycle().take(deployments).enumerate() {
            let mut spec = pattern["spec"].clone();
            // No controller makes anything of it.
            (spec["replicas"], spec["paused"]) = (0.into(), true.into());
            let metadata = metadata(&format!("{name}.{index}"), &pattern["metadata"]["labels"]);
            let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec});
            client.create(&format!("/apis/apps/v1/namespaces/{namespace}/deployments"), &object)?;
        }
        for (index, pattern) in self.deployments.iter().cycle().take(pods).enumerate() {
            let template = &pattern["spec"]["template"];
            let mut spec = template["spec"].clone();
            // No scheduler gives it a node.
            spec["schedulerName"] = "nobody".into();
            let metadata = metadata(&format!("{name}.pod-{index}"), &template["metadata"]["labels"]);
            let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
            client.create(&format!("/api/v1/namespaces/{namespace}/pods"), &object)?;
        }
        Ok(())
    }
}

/// Does it for every number below `count`, some at a time; the first failure ends it.
fn in_parallel(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let worker = || loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(());
        }
        work(number).with_context(|| format!("cannot create number {number}"))?;
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a writer does not panic"))
    })
}
