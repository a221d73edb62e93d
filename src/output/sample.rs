//! Values to render in tests, with facts of a real roll.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::Header;
use crate::{
    check::{Code, Finding, Outcome, Problem, Severity, Target},
    knowledge::Knowledge,
    milvus::{Component, Image, ImageUpdateMode, MilvusVersion, Mode},
    plan::{Action, Change, Ending, Fingerprint, Gate, Next, Plan, Progress, RunResult, Step, Undo},
    rollout::{
        self, Blocker, ComponentRoll, ComponentStatus, Dependency, Goal, Known, LogEvidence, Missing, Order, PodStatus,
        Reason, Roll, State, Status, Verdict, WorkloadStatus,
    },
    snapshot::{Instance, LogSource},
};

pub(super) fn now() -> Timestamp {
    "2026-11-21T10:42:00Z".parse().unwrap()
}

/// What a look can say, all of it.
pub(super) fn verdicts() -> [Verdict; 4] {
    let known = Known { code: "MV0609".into(), title: "t".into(), cure: "c".into(), link: "l".into() };
    let reason = |severity, collection: &str, text: &str| Reason {
        severity,
        collection: collection.into(),
        text: text.into(),
        known: None,
    };
    let words = "a query is not answered; the server says \"channel not available\"";
    let outage = Reason { known: Some(known), ..reason(rollout::Severity::Outage, "docs", words) };
    let disaster = reason(rollout::Severity::Disaster, "", "all 14 collections are gone");
    [
        Verdict::Serving { collections: 14, answered: 14, compared: true, notes: vec!["databases: unseen".into()] },
        Verdict::NotYet { collections: 14, reasons: vec![outage] },
        Verdict::Lost { collections: 14, reasons: vec![disaster] },
        Verdict::Unknown { reason: "no right".into() },
    ]
}

pub(super) fn header() -> Header {
    Header {
        reference: "milvus/prod".into(),
        namespace: "vec".into(),
        mode: Some(Mode::Cluster),
        version: Some("2.5.22".into()),
        operator: Some("1.3.7".into()),
        chart: None,
        kubernetes: Some("1.36".into()),
    }
}

/// A rule that passed.
pub(super) fn finding(code: u16) -> Finding {
    Finding {
        code: Code::new(code),
        title: format!("the title of {code}"),
        result: Outcome::Passed,
        link: "https://milvus.io/docs".into(),
    }
}

pub(super) fn found(code: u16, severity: Severity, summary: &str, seen: &[&str], fix: &str) -> Finding {
    let (object, evidence) = seen.split_first().map_or(("", &[][..]), |(object, evidence)| (*object, evidence));
    let problem = Problem {
        summary: summary.into(),
        object: object.into(),
        evidence: evidence.iter().map(|line| (*line).to_owned()).collect(),
        fix: fix.into(),
    };
    Finding { result: Outcome::Found { severity, accepted: false, problem }, ..finding(code) }
}

pub(super) fn accept(finding: &mut Finding) {
    if let Outcome::Found { accepted, .. } = &mut finding.result {
        *accepted = true;
    }
}

pub(super) fn ready() -> Vec<Finding> {
    let room = "querynode needs room for one more pod (8 CPU, 32Gi); 1 of 3 nodes has it";
    let seen = ["milvus/prod in vec", "spec.components.queryNode.resources"];
    let mut findings = vec![found(503, Severity::Warning, room, &seen, "add a node")];
    let reason = "no right to exec in pods of vec".into();
    let title = "etcd size against its quota".into();
    findings.push(Finding { result: Outcome::Unknown { reason }, title, ..finding(301) });
    findings.extend((401..404).map(|code| Finding { result: Outcome::NotApplicable, ..finding(code) }));
    findings.extend((100..138).map(finding));
    findings
}

pub(super) fn blocked() -> Vec<Finding> {
    vec![
        finding(101),
        found(
            201,
            Severity::Problem,
            "operator 1.2.8 cannot roll to 2.6: it needs 1.3.0 or newer (1.3.7 advised)",
            &["deployment/milvus-operator in milvus-operator", "image milvusdb/milvus-operator:v1.2.8"],
            "kubectl milvus upgrade operator --to 1.3.7",
        ),
        found(
            104,
            Severity::Problem,
            "2.5.10 cannot go to 2.6 in one step",
            &[
                "milvus/prod in vec",
                "spec.components.image milvusdb/milvus:v2.5.10",
                "rootCoord, dataCoord, indexCoord, queryCoord apart",
            ],
            "the route below does it in three steps",
        ),
        found(503, Severity::Warning, "querynode needs room for one more pod", &[], ""),
    ]
}

fn step(id: &str, title: &str, undo: Undo, felt: &str, estimate_seconds: u64) -> Step {
    let (title, felt) = (title.to_owned(), felt.to_owned());
    let action = Action::Patch { patch: json!({}) };
    Step { id: id.into(), title, action, gate: Gate::Written, undo, felt, estimate_seconds }
}

fn goal() -> Goal {
    Goal { image: image("milvusdb/milvus:v2.6.6"), arriving: vec![], leaving: vec![Component::IndexNode] }
}

fn image(text: &str) -> Image {
    text.parse().unwrap()
}

pub(super) fn plan() -> Plan {
    let version = MilvusVersion::new(2, 6, 6);
    Plan {
        is_release: false,
        is_operator: false,
        namespace: "vec".into(),
        name: "prod".into(),
        mode: Some(Mode::Cluster),
        from: Some(image("milvusdb/milvus:v2.5.22")),
        target: Target::new(version, goal().image),
        fingerprint: Fingerprint {
            uid: "8f1c".into(),
            generation: 4,
            image: Some("milvusdb/milvus:v2.5.22".into()),
            operator: Some("milvusdb/milvus-operator:v1.3.7".into()),
        },
        changes: vec![
            Change::new("image", "milvusdb/milvus:v2.5.22 -> v2.6.6", "(6 components)"),
            Change::between("streamingnode", None, Some("1 replica".into()), "required by 2.6"),
            Change::between("indexnode", Some("1 replica".into()), None, "its work moves to datanode"),
            Change::between("message queue", Some("kafka".into()), Some("kafka".into()), "stays"),
            Change::between("mode", Some("cluster".into()), Some("cluster".into()), "stays"),
            Change::between("bucket", Some("prod".into()), Some("prod".into()), "stays"),
        ],
        update_mode: ImageUpdateMode::RollingUpgrade,
        order: Order::default(),
        command: "kubectl milvus upgrade prod -n vec --to 2.6.6".into(),
        way_back: None,
        notes: vec![],
        steps: vec![
            step("set-image", "set the image, mode rollingUpgrade", Undo::PatchBack, "nothing", 1),
            step("roll-coordinators", "streamingnode, then mixcoord", Undo::ReverseRoll, "DDL waits", 90),
            step("roll-workers", "querynode, datanode", Undo::RestoreBackup, "short stalls of searches", 225),
            step("roll-proxy", "proxy; indexnode leaves", Undo::RestoreBackup, "clients reconnect", 45),
        ],
    }
}

fn component(component: Component, old: Option<&str>, pods: i64, state: State) -> ComponentRoll {
    ComponentRoll {
        component,
        old: old.map(str::to_owned),
        new: "2.6.6".into(),
        ready: pods,
        wanted: pods,
        youngest: now().checked_sub(40.seconds()).ok(),
        restarts: 0,
        state,
    }
}

pub(super) fn progress() -> Progress {
    let old = Some("2.5.22");
    let waits = |after| State::Waits { after };
    let details = ["0/3 nodes are available: 3 Insufficient memory", "it asks for 32Gi; the largest node has 11Gi"];
    let roll = Roll {
        components: vec![
            component(Component::StreamingNode, None, 1, State::Done),
            component(Component::MixCoord, None, 2, State::Done),
            component(Component::QueryNode, old, 2, State::Rolling { new: 1, old: 1 }),
            component(Component::DataNode, old, 1, waits(Component::QueryNode)),
            component(Component::Proxy, old, 2, waits(Component::DataNode)),
            component(Component::IndexNode, old, 1, State::Leaves { after: Some(Component::Proxy) }),
        ],
        missing: vec![
            Missing::Condition { kind: "MilvusUpdated".into(), message: "querynode is updating".into() },
            Missing::Deployment { component: Component::QueryNode, name: "prod-milvus-querynode-1".into() },
            Missing::Departure { component: Component::IndexNode },
        ],
        blockers: vec![Blocker {
            component: Some(Component::QueryNode),
            reason: "pod prod-milvus-querynode-1-7d9f-x2k is unschedulable".into(),
            seconds: Some(40),
            details: details.map(str::to_owned).to_vec(),
            stuck: true,
            ..Blocker::default()
        }],
    };
    Progress {
        elapsed_seconds: 80,
        estimate_seconds: 401,
        step: 3,
        steps: 4,
        title: "querynode, datanode".into(),
        roll: Some(roll),
        migration: None,
        trouble: vec![],
    }
}

pub(super) fn result(ending: Ending) -> RunResult {
    let next = |purpose: &str, command: &str| Next { purpose: purpose.into(), command: command.into() };
    RunResult {
        plan: plan(),
        ending,
        elapsed_seconds: 401,
        writes: 1,
        is_open: false,
        is_followed: false,
        is_lost: false,
        roll: progress().roll,
        edits: vec![
            "spec.components.disableMetric: false".into(),
            "spec.components.indexNode: removed (was {\"replicas\":1})".into(),
            "spec.components.streamingNode: {\"replicas\":1,\"paused\":false}".into(),
            "spec.components.toolImage: \"milvusdb/milvus-config-tool:v1.3.7\"".into(),
            "spec.config.a.b: 1".into(),
        ],
        serving: None,
        interruption: None,
        drain: None,
        proof: vec![],
        logs: vec![],
        next: vec![
            next("Go on watching", "kubectl milvus upgrade prod --to 2.6.6"),
            next("Look", "kubectl milvus get prod"),
        ],
    }
}

/// A log in which a line is known, and one in which none is.
pub(super) fn logs() -> Vec<LogEvidence> {
    let source = LogSource { pod: "prod-etcd-0".into(), container: "etcd".into(), has_run_before: true };
    let of = |previous, log| LogEvidence::of(&source, previous, log, Knowledge::builtin()).expect("lines");
    vec![of(true, "begin\netcdserver: mvcc: database space exceeded\n"), of(false, "one\ntwo\n")]
}

pub(super) fn instances() -> Vec<Instance> {
    let created = |days: i64| now().checked_sub((days * 24).hours()).ok();
    let instance = |reference: &str, version: &str, days| Instance {
        namespace: "vec".into(),
        reference: reference.into(),
        manager: "operator".into(),
        mode: Mode::Cluster,
        version: Some(version.into()),
        target: None,
        state: "healthy".into(),
        created: created(days),
        image: Some(format!("milvusdb/milvus:v{version}")),
    };
    vec![
        instance("milvus/prod", "2.5.22", 41),
        Instance {
            mode: Mode::Standalone,
            target: Some("2.6.6".into()),
            state: "rolling: querynode (3 of 5)".into(),
            ..instance("milvus/demo", "2.5.22", 9)
        },
        Instance {
            namespace: "search".into(),
            manager: "helm, 4.2.58".into(),
            ..instance("release/my", "2.5.16", 120)
        },
    ]
}

fn dependency(name: &str, reason: Option<&str>, parts: Vec<Dependency>) -> Dependency {
    Dependency { name: name.into(), ready: Some(reason.is_none()), reason: reason.map(str::to_owned), parts }
}

fn workloads(roll: &ComponentRoll) -> Vec<WorkloadStatus> {
    let name = format!("prod-milvus-{}", roll.component);
    let is_new = matches!(roll.state, State::Done | State::Rolling { .. });
    let image = roll.old.clone().filter(|_| !is_new).unwrap_or_else(|| roll.new.clone());
    let pod = |index: i64| {
        let ready = index < roll.ready;
        PodStatus {
            name: format!("{name}-7d9f-x{index}k"),
            image: image.clone(),
            ready,
            restarts: roll.restarts,
            created: roll.youngest,
            node: ready.then(|| "node-1".to_owned()),
            state: if ready { "ready" } else { "unschedulable" }.into(),
        }
    };
    let created = now().checked_sub((41 * 24).hours()).ok();
    let (ready, wanted) = (roll.ready, roll.wanted);
    let pods = (0..wanted).map(pod).collect();
    vec![WorkloadStatus { reference: format!("deployment/{name}"), image, ready, wanted, created, pods }]
}

/// `milvus/prod` while the roll of `progress` stands still, and one member of its etcd is away.
pub(super) fn status() -> Status {
    let mut roll = progress().roll.expect("the sample rolls");
    roll.components[2].ready = 1;
    let components = roll.components.into_iter();
    let components = components.map(|roll| ComponentStatus { workloads: workloads(&roll), roll });
    let etcd = dependency("statefulset/prod-etcd", Some("2 of 3 pods are ready"), vec![]);
    let storage = dependency("statefulset/prod-minio", None, vec![]);
    Status {
        taken: now(),
        namespace: "vec".into(),
        reference: "milvus/prod".into(),
        chart: None,
        revision: None,
        mode: Mode::Cluster,
        version: Some("2.5.22".into()),
        target: Some("2.6.6".into()),
        state: "rolling: querynode (3 of 6)".into(),
        components: components.collect(),
        dependencies: vec![
            dependency("etcd", Some("EtcdReady=False EtcdNotReady: one member is away"), vec![etcd]),
            dependency("storage", None, vec![storage]),
            dependency("message queue", None, vec![]),
        ],
        blockers: roll.blockers,
        serving: None,
        logs: vec![],
        missing: roll.missing,
        unseen: vec![],
    }
}

/// The same in the best of health, at the version before.
pub(super) fn healthy_status() -> Status {
    let mut status = status();
    status.components.retain(|it| it.roll.component != Component::StreamingNode);
    for it in &mut status.components {
        (it.roll.state, it.roll.old, it.roll.new, it.roll.ready) = (State::Done, None, "2.5.22".into(), it.roll.wanted);
        it.workloads = workloads(&it.roll);
    }
    for it in &mut status.dependencies {
        *it = dependency(&it.name, None, vec![]);
    }
    (status.blockers, status.missing) = (vec![], vec![]);
    Status { target: None, state: "healthy".into(), ..status }
}
