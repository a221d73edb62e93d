//! An instance as it is now: the tree from the instance down to its pods, what lies below it, and who waits for whom.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{
    Asked, Blocker, ComponentRoll, LogEvidence, Missing, Roll, State, WorkloadStatus, aim::aim, branch::workloads,
    dependency, summary,
};
use crate::{
    knowledge::Knowledge,
    milvus::{Component, Mode},
    snapshot::{Scene, Snapshot, Unready},
};

/// An instance as it is now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// When it was looked at.
    pub taken: Timestamp,
    /// Its namespace.
    pub namespace: String,
    /// `milvus/NAME` or `release/NAME`.
    pub reference: String,
    /// The version of its chart, where Helm runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// The newest revision of its release, where Helm runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// How its parts are laid out.
    pub mode: Mode,
    /// The version that was last wholly rolled out.
    pub version: Option<String>,
    /// The version that it is on its way to, where that is another.
    pub target: Option<String>,
    /// In a few words: `healthy`, `rolling: querynode (3 of 5)`.
    pub state: String,
    /// A row for each component, in the order in which they move.
    pub components: Vec<ComponentStatus>,
    /// What it stands on.
    pub dependencies: Vec<Dependency>,
    /// Who waits for whom, and why.
    pub blockers: Vec<Blocker>,
    /// What Milvus answered when it was asked last whether it serves; nothing where nobody is known to have asked.
    pub serving: Option<Asked>,
    /// What the logs of those say that do not do what they are for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogEvidence>,
    /// What is not as the instance asks for it.
    pub missing: Vec<Missing>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}

/// A component, its Deployments and their pods.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentStatus {
    /// Where it is.
    #[serde(flatten, serialize_with = "plainly")]
    pub roll: ComponentRoll,
    /// Its Deployments, without those that are stopped.
    pub workloads: Vec<WorkloadStatus>,
}

/// Something that an instance stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// `etcd`, `storage` or `message queue`; where it is an object of its own, that: `statefulset/my-etcd`.
    pub name: String,
    /// Whether it is ready; `None` where nobody says.
    pub ready: Option<bool>,
    /// Why it is not, or why nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The objects that it is made of, where they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

impl Status {
    /// Looks at `snapshot`; `unready` is what was found not ready among the objects besides the components.
    pub fn of(snapshot: &Snapshot, unready: &[Unready], knowledge: &Knowledge) -> Self {
        let scene = Scene { unready, ..snapshot.scene() };
        let roll = match aim(snapshot, knowledge) {
            Some((goal, order)) => Roll::of(scene, &goal, &order).explained(knowledge),
            None => Roll { components: vec![], missing: vec![], blockers: vec![] },
        };
        let milvus = &snapshot.milvus;
        let summary = summary(milvus, snapshot.workload.deployments(), knowledge);
        let components: Vec<ComponentStatus> = roll
            .components
            .iter()
            .map(|line| ComponentStatus { workloads: workloads(snapshot, line.component), roll: line.clone() })
            // What was to leave and runs nowhere has left, whether or not its Deployment is still there.
            .filter(|it| !matches!(it.roll.state, State::Leaves { .. }) || !it.workloads.is_empty())
            .collect();
        let state = match &snapshot.release {
            None => summary.state,
            Some(release) => match (release.status.as_str(), roll.is_complete()) {
                ("deployed", true) => "healthy".to_owned(),
                ("deployed", false) => of_unfinished(&components),
                (word, _) => format!("the release is {word}"),
            },
        };
        let release = snapshot.release.as_ref();
        Self {
            taken: snapshot.workload.taken,
            namespace: milvus.namespace.clone(),
            reference: milvus.reference(),
            chart: release.map(|release| release.chart.to_string()),
            revision: release.map(|release| release.revision),
            mode: milvus.mode(),
            version: summary.version,
            target: summary.target,
            state,
            components,
            dependencies: dependency::of(snapshot, unready),
            blockers: roll.blockers,
            serving: None,
            logs: vec![],
            missing: roll.missing,
            unseen: unseen(snapshot),
        }
    }

    /// Whether anything has an image to leave, or comes or goes.
    pub fn is_rolling(&self) -> bool {
        self.components.iter().any(|it| {
            let waits = matches!(it.roll.state, State::Waits { .. } | State::Comes | State::Leaves { .. });
            waits || it.roll.old.is_some()
        })
    }

    /// The roll in it.
    pub fn roll(&self) -> Roll {
        Roll {
            components: self.components.iter().map(|it| it.roll.clone()).collect(),
            missing: self.missing.clone(),
            blockers: self.blockers.clone(),
        }
    }

    /// Whether both tell the same but for how long it has lasted.
    pub fn tells_the_same_as(&self, other: &Self) -> bool {
        let timeless = |status: &Self| {
            let mut status = Self { taken: Timestamp::UNIX_EPOCH, ..status.clone() };
            status.blockers.iter_mut().for_each(|blocker| blocker.seconds = None);
            status
        };
        timeless(self) == timeless(other)
    }
}

fn of_unfinished(components: &[ComponentStatus]) -> String {
    let place = components.iter().position(|it| it.roll.state != State::Done);
    place.map_or_else(
        || "not ready".to_owned(),
        |place| {
            let component = components[place].roll.component;
            let word = if components[place].roll.old.is_some() { "rolling" } else { "not ready" };
            format!("{word}: {component} ({} of {})", place + 1, components.len())
        },
    )
}

fn unseen(snapshot: &Snapshot) -> Vec<String> {
    let workload = &snapshot.workload;
    let objects = snapshot.release.as_ref().map(|release| release.unready.as_result().err());
    let parts =
        [workload.deployments.as_result().err(), workload.pods.as_result().err(), workload.events.as_result().err()];
    let mut unseen: Vec<String> = parts.into_iter().chain(objects).flatten().map(str::to_owned).collect();
    unseen.dedup();
    unseen
}

/// A component's roll with names of its own for what `State` calls alike.
fn plainly<S: Serializer>(roll: &ComponentRoll, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Plain<'a> {
        component: Component,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<Component>,
        old_image: Option<&'a str>,
        new_image: &'a str,
        ready: i64,
        wanted: i64,
        restarts: i64,
        youngest: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_pods_ready: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        old_pods_left: Option<i64>,
    }
    let (state, after, new, old) = match &roll.state {
        State::Done => ("ready", None, None, None),
        State::Rolling { new, old } if roll.old.is_some() => ("rolling", None, Some(*new), Some(*old)),
        State::Rolling { .. } => ("not-ready", None, None, None),
        State::Waits { after } => ("waits", Some(*after), None, None),
        State::Comes => ("comes", None, None, None),
        State::Leaves { after } => ("leaves", *after, None, None),
    };
    let plain = Plain {
        component: roll.component,
        state,
        after,
        old_image: roll.old.as_deref(),
        new_image: &roll.new,
        ready: roll.ready,
        wanted: roll.wanted,
        restarts: roll.restarts,
        youngest: roll.youngest,
        new_pods_ready: new,
        old_pods_left: old,
    };
    plain.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{State, Status};
    use crate::{
        knowledge::Knowledge,
        milvus::Component,
        snapshot::{
            Part, Snapshot, StatefulSet, Unready,
            sample::{healthy_cluster, set, set_condition},
        },
    };

    fn status(snapshot: &Snapshot) -> Status {
        Status::of(snapshot, &[], Knowledge::builtin())
    }

    #[test]
    fn a_healthy_one_waits_for_nothing() {
        let status = status(&healthy_cluster());
        assert_eq!(
            (status.state.as_str(), status.version.as_deref(), status.target),
            ("healthy", Some("2.5.22"), None)
        );
        assert_eq!((status.missing, status.blockers, status.unseen), (vec![], vec![], vec![]));
        assert!(status.components.iter().all(|it| it.roll.state == State::Done && it.workloads.len() == 1));
        assert!(status.dependencies.iter().all(|it| it.ready == Some(true)), "{:?}", status.dependencies);
    }

    #[test]
    fn every_pod_stands_below_the_deployment_that_made_it() {
        let mut snapshot = healthy_cluster();
        let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
        let lost = pods.iter_mut().find(|pod| pod.component == Component::Proxy).expect("a proxy");
        lost.name = "from-elsewhere-1".into();
        let status = status(&snapshot);
        let of = |component| {
            let found = status.components.iter().find(|it| it.roll.component == component).expect("a row");
            found.workloads.iter().map(|it| (it.reference.as_str(), it.pods.len())).collect::<Vec<_>>()
        };
        assert_eq!(of(Component::QueryNode), [("deployment/prod-milvus-querynode-0", 2)]);
        assert_eq!(of(Component::Proxy), [("deployment/prod-milvus-proxy", 1), ("", 1)]);
    }

    #[test]
    fn what_left_long_ago_has_no_row() {
        let mut snapshot = healthy_cluster();
        crate::snapshot::sample::run_image(&mut snapshot, "milvusdb/milvus:v2.6.6");
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("samples are known") };
        for it in deployments.iter_mut().filter(|it| it.component == Component::IndexNode) {
            (it.wanted, it.running, it.updated, it.ready, it.available) = (0, 0, 0, 0, 0);
        }
        let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
        pods.retain(|pod| pod.component != Component::IndexNode);
        let rows = status(&snapshot).components;
        assert!(rows.iter().all(|it| it.roll.component != Component::IndexNode), "{rows:?}");
    }

    #[test]
    fn a_dependency_says_why_with_the_objects_that_it_is_made_of() {
        let mut snapshot = healthy_cluster();
        set_condition(&mut snapshot, "EtcdReady", "False", "EtcdNotReady");
        let own =
            StatefulSet { name: "prod-etcd".into(), part: "etcd".into(), wanted: 3, ready: 2, ..Default::default() };
        snapshot.surroundings.sets = Part::Known(vec![own]);
        let unready = [Unready {
            object: "statefulset/prod-etcd".into(),
            reason: "2 of 3 pods are ready".into(),
            details: vec![],
            failed: false,
            logs: vec![],
        }];
        let status = Status::of(&snapshot, &unready, Knowledge::builtin());
        let etcd = &status.dependencies[0];
        assert_eq!((etcd.name.as_str(), etcd.ready), ("etcd", Some(false)));
        assert_eq!(etcd.reason.as_deref(), Some("EtcdReady=False EtcdNotReady: "));
        assert_eq!(etcd.parts[0].reason.as_deref(), Some("2 of 3 pods are ready"));
        let waits: Vec<&str> = status.blockers.iter().filter_map(|it| it.object.as_deref()).collect();
        assert_eq!(waits, ["statefulset/prod-etcd"]);
    }

    #[test]
    fn what_cannot_be_seen_is_said_and_not_taken_for_healthy() {
        let mut snapshot = healthy_cluster();
        snapshot.workload.pods = Part::Unknown("no right to list pods".into());
        let status = status(&snapshot);
        assert_eq!(status.unseen, ["no right to list pods"]);
        assert!(!status.missing.is_empty());
    }

    #[test]
    fn time_alone_changes_nothing_and_a_pod_does() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        snapshot.milvus.generation += 1;
        let before = status(&snapshot);
        snapshot.workload.taken += jiff::SignedDuration::from_secs(7);
        let after = status(&snapshot);
        assert!(before != after && before.tells_the_same_as(&after));
        let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
        pods[0].ready = false;
        assert!(!status(&snapshot).tells_the_same_as(&after));
    }

    #[test]
    fn a_row_of_a_document_tells_images_and_pods_apart() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.5.27"));
        let rows = serde_json::to_value(&status(&snapshot).components).expect("a document");
        let row = &rows[0];
        let told = [&row["component"], &row["state"], &row["oldImage"], &row["newImage"], &row["oldPodsLeft"]];
        assert_eq!(
            told,
            [&json!("indexnode"), &json!("rolling"), &json!("2.5.22"), &json!("2.5.27"), &json!(1)],
            "{row}"
        );
        assert_eq!((&rows[1]["state"], &rows[1]["after"]), (&json!("waits"), &json!("indexnode")), "{rows}");
        assert_eq!(row["workloads"][0]["pods"][0]["state"], "ready");
    }
}
