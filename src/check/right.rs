//! The rights that each command needs, as data: what `docs rbac` prints, and what a test gives a user and nothing more.

use serde_json::{Value, json};

/// What is to be done with rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Look, and change nothing.
    Check,
    /// Go to a newer version.
    Upgrade,
    /// Go back to an older one.
    Rollback,
    /// Rewrite metadata.
    Migrate,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Check, Self::Upgrade, Self::Rollback, Self::Migrate];

    /// The command's own name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Migrate => "migrate",
        }
    }
}

/// A rule of a Role: group, resources and verbs.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str]);

const SEE: &[&str] = &["get", "list", "watch"];
const LIST: &[&str] = &["list"];

/// What a look at an instance cannot do without.
const LOOK: &[Rule] =
    &[("milvus.io", &["milvuses"], &["get"]), ("apps", &["deployments"], LIST), ("", &["pods"], LIST)];

/// What moves an instance, watches it move and writes that down. The Lease is read by name only.
const MOVE: &[Rule] = &[
    ("milvus.io", &["milvuses"], &["get", "list", "watch", "patch"]),
    ("apps", &["deployments"], SEE),
    ("", &["pods"], SEE),
    ("", &["secrets"], &["get", "list", "create", "update", "delete"]),
    ("coordination.k8s.io", &["leases"], &["get", "create", "update", "delete"]),
];

/// The way back also gives its image to a Deployment that the operator waits for in vain, and asks the `ReplicaSet`s what
/// ran before where no run is recorded.
const BACK: &[Rule] = &[("apps", &["deployments"], &["patch"]), ("apps", &["replicasets"], LIST)];

/// A migration is an object of its own.
const REWRITE: &[Rule] = &[("milvus.io", &["milvusupgrades"], &["get", "list", "watch", "create", "patch"])];

/// What the rest of the rules looks at in the instance's namespace, what runs announce there, and how they ask Milvus
/// whether it serves: a WebSocket begins with GET, and newer servers ask for `create` too.
const NEAR: &[Rule] = &[
    ("", &["pods/portforward"], &["get", "create"]),
    ("", &["events", "persistentvolumeclaims", "resourcequotas"], LIST),
    ("apps", &["statefulsets"], LIST),
    ("autoscaling", &["horizontalpodautoscalers"], LIST),
    ("events.k8s.io", &["events"], &["create"]),
    ("policy", &["poddisruptionbudgets"], LIST),
];

/// What the rest of the rules looks at elsewhere: the operator and what it may do, the definition, room on nodes, volumes,
/// who is asked about writes, where releases of Helm keep their data.
const FAR: &[Rule] = &[
    ("", &["namespaces"], &["get", "list"]),
    ("", &["configmaps", "nodes", "persistentvolumes"], LIST),
    ("admissionregistration.k8s.io", &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], LIST),
    ("apiextensions.k8s.io", &["customresourcedefinitions"], &["get"]),
    ("apps", &["deployments"], LIST),
    ("authorization.k8s.io", &["subjectaccessreviews"], &["create"]),
    ("discovery.k8s.io", &["endpointslices"], LIST),
    ("milvus.io", &["milvuses"], LIST),
    ("storage.k8s.io", &["storageclasses"], LIST),
];

fn values(rules: &[Rule]) -> Vec<Value> {
    let rule = |(group, resources, verbs): &Rule| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    rules.iter().map(rule).collect()
}

fn object(kind: &str, name: &str, rules: &[Value]) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "rules": rules})
}

/// The least Role with which a command does its work in the namespace of an instance that the operator runs.
pub fn least_role(purpose: Purpose) -> Value {
    let rules = match purpose {
        Purpose::Check => values(LOOK),
        Purpose::Upgrade => values(MOVE),
        Purpose::Rollback => [values(MOVE), values(BACK)].concat(),
        Purpose::Migrate => [values(MOVE), values(REWRITE)].concat(),
    };
    object("Role", &format!("kubectl-milvus-{}", purpose.word()), &rules)
}

/// A Role for the same namespace with which the remaining rules can look there as well, and runs leave Events.
pub fn near_role() -> Value {
    object("Role", "kubectl-milvus-more", &values(NEAR))
}

/// A `ClusterRole` with which the remaining rules can look at the operator, the nodes and the cluster.
pub fn far_role() -> Value {
    object("ClusterRole", "kubectl-milvus-more", &values(FAR))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Purpose, least_role};
    use crate::{
        check::{Target, missing_role},
        snapshot::{Part, sample::healthy_cluster},
    };

    /// Group, resource and verb of every right.
    fn rights(role: &Value) -> Vec<String> {
        let words = |rule: &Value, key: &str| -> Vec<String> {
            rule[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let mut rights = vec![];
        for rule in role["rules"].as_array().unwrap() {
            for resource in words(rule, "resources") {
                for verb in words(rule, "verbs") {
                    rights.push(format!("{} {resource} {verb}", words(rule, "apiGroups")[0]));
                }
            }
        }
        rights.sort();
        rights
    }

    #[test]
    fn who_can_do_nothing_is_told_the_same_rights_by_the_rules() {
        let mut snapshot = healthy_cluster();
        snapshot.may_patch = Part::Known(false);
        snapshot.unwatchable = Part::Known(["milvuses", "deployments", "pods"].map(str::to_owned).to_vec());
        snapshot.unrecordable = Part::Known(["secrets", "leases"].map(str::to_owned).to_vec());
        let image: crate::milvus::Image = "milvusdb/milvus:v2.5.27".parse().unwrap();
        let target = Target::new(image.version().unwrap(), image);
        let missing = missing_role(&snapshot, &target).unwrap();
        assert_eq!(rights(&missing), rights(&least_role(Purpose::Upgrade)));
    }

    #[test]
    fn each_command_needs_what_the_one_before_it_needs() {
        let [check, upgrade, rollback, migrate] = Purpose::ALL.map(|purpose| rights(&least_role(purpose)));
        assert!(check.iter().all(|right| upgrade.contains(right)), "{check:?}");
        for more in [rollback, migrate] {
            assert!(upgrade.iter().all(|right| more.contains(right)) && more.len() > upgrade.len());
        }
        assert!(check.iter().all(|right| right.ends_with(" get") || right.ends_with(" list")), "{check:?}");
    }
}
