//! Rules about what else the next pods need: a quota, a budget, an autoscaler that follows them, a fitting CPU.

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::{Autoscaler, Budget, Deployment, Node, QuotaLimit, shell_word};

/// How node-feature-discovery begins its labels about the CPU.
const FEATURES: &str = "feature.node.kubernetes.io/cpu-cpuid.";
/// The instructions that the builds of Milvus for x86 use.
const INSTRUCTIONS: &str = "AVX2";
/// What a process leaves that met an instruction its CPU does not know: 128 and the number of SIGILL.
const ILLEGAL_INSTRUCTION: i64 = 132;

/// MV0505: pods that may not go, so that a node cannot be emptied.
pub(super) fn budget_spent(ground: &Ground<'_>) -> Answer {
    let budgets = match ground.snapshot.surroundings.budgets.as_result() {
        Ok(budgets) => budgets,
        Err(reason) => {
            let namespace = shell_word(&ground.milvus().namespace);
            return Answer::Unknown(format!("{reason}; look with kubectl -n {namespace} get pdb"));
        }
    };
    if budgets.is_empty() {
        return Answer::NotApplicable;
    }
    // A single etcd has a budget of nothing from its chart and is none the worse; one that has lost pods is.
    let is_spent = |budget: &&Budget| {
        budget.expected > 0 && budget.allowed == 0 && (budget.is_of_milvus || budget.healthy < budget.expected)
    };
    let spent: Vec<&Budget> = budgets.iter().filter(is_spent).collect();
    let Some(first) = spent.first() else { return Answer::Fine };
    let namespace = &ground.milvus().namespace;
    let whose = if first.is_of_milvus { "Milvus" } else { "a dependency" };
    let seen = spent.iter().map(|budget| {
        format!(
            "pdb/{}: {} of {} pods healthy, {} have to stay, none may go",
            budget.name, budget.healthy, budget.expected, budget.desired
        )
    });
    Problem::new(
        format!("pdb/{} in {namespace}", first.name),
        format!("no pod of {whose} may be evicted: a node that has to be emptied stands still, and the roll with it"),
    )
    .seen(seen)
    .fix(format!("kubectl -n {} describe pdb {}", shell_word(namespace), shell_word(&first.name)))
    .into()
}

/// What one pod adds to a line of a quota; `None` where the line is about something else.
fn asked(deployment: &Deployment, resource: &str) -> Option<i64> {
    match resource {
        "pods" | "count/pods" => Some(1),
        "cpu" | "requests.cpu" => Some(deployment.requests.cpu_milli),
        "memory" | "requests.memory" => Some(deployment.requests.memory),
        "limits.cpu" => Some(deployment.limits.cpu_milli),
        "limits.memory" => Some(deployment.limits.memory),
        _ => None,
    }
}

fn amount(resource: &str, number: i64) -> String {
    match resource {
        _ if resource.ends_with("cpu") => format!("{number}m"),
        _ if resource.ends_with("memory") => format!("{}Mi", number >> 20),
        _ => number.to_string(),
    }
}

/// MV0506: the quota of the namespace has no room for the pod that comes before an old one goes.
pub(super) fn quota_full(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let namespace = shell_word(&ground.milvus().namespace);
    let quotas = match ground.snapshot.surroundings.quotas.as_result() {
        Ok(quotas) if quotas.is_empty() => return Answer::NotApplicable,
        Ok(quotas) => quotas,
        Err(reason) => {
            return Answer::Unknown(format!("{reason}; look with kubectl -n {namespace} describe resourcequotas"));
        }
    };
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows what a new pod asks for")),
    };
    let surging: Vec<&Deployment> =
        deployments.iter().filter(|deployment| !deployment.is_idle() && deployment.strategy != "Recreate").collect();
    let lacks = |line: &QuotaLimit| {
        let over = |deployment: &&&Deployment| {
            asked(deployment, &line.resource).is_some_and(|asked| line.used.saturating_add(asked) > line.hard)
        };
        surging.iter().find(over).map(|deployment| (*deployment, line.clone()))
    };
    let mut found = quotas.iter().flat_map(|quota| quota.limits.iter().filter_map(lacks).map(move |it| (quota, it)));
    let (certain, doubtful): (Vec<_>, Vec<_>) = found.by_ref().partition(|(quota, _)| !quota.is_scoped);
    let words = |deployment: &Deployment, line: &QuotaLimit| {
        let asked = asked(deployment, &line.resource).unwrap_or_default();
        let show = |number| amount(&line.resource, number);
        format!(
            "{}: {} of {} used, a pod of {} asks for {}",
            line.resource,
            show(line.used),
            show(line.hard),
            deployment.component,
            show(asked)
        )
    };
    match (certain.first(), doubtful.first()) {
        (Some((quota, (first, _))), _) => Problem::new(
            format!("resourcequota/{} in {}", quota.name, ground.milvus().namespace),
            format!(
                "the quota has no room for one more pod of {}: the new pod is refused, and the roll waits",
                first.component
            ),
        )
        .seen(certain.iter().map(|(quota, (deployment, line))| format!("{}: {}", quota.name, words(deployment, line))))
        .fix(format!("raise it for the roll: kubectl -n {namespace} edit resourcequota {}", shell_word(&quota.name)))
        .into(),
        (None, Some((quota, (deployment, line)))) => Answer::Unknown(format!(
            "resourcequota/{} counts only some pods, and nobody knows whether these are among them ({})",
            quota.name,
            words(deployment, line)
        )),
        (None, None) => Answer::Fine,
    }
}

/// MV0507: an autoscaler holds on to one of two Deployments that take turns.
pub(super) fn autoscaler_left_behind(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let (autoscalers, deployments) =
        match (ground.snapshot.workload.autoscalers.as_result(), ground.snapshot.workload.deployments.as_result()) {
            (Ok(autoscalers), Ok(deployments)) => (autoscalers, deployments),
            (Err(reason), _) | (_, Err(reason)) => {
                return Answer::Unknown(format!("{reason}; nobody knows what autoscalers hold on to"));
            }
        };
    let find = |name: &str| deployments.iter().find(|deployment| deployment.name == name);
    let group = |deployment: &Deployment| {
        let key = format!("milvus.io/{}-group-id", deployment.component.label());
        deployment.labels.get(&key).cloned()
    };
    let follows = |wanted: &Deployment| {
        autoscalers.iter().any(|other| find(&other.deployment).is_some_and(|it| it.name == wanted.name))
    };
    let mut sizes_one = false;
    for autoscaler in autoscalers {
        let Some(held) = find(&autoscaler.deployment).filter(|held| group(held).is_some()) else { continue };
        sizes_one = true;
        let twin = deployments.iter().find(|it| it.component == held.component && group(it) != group(held));
        if twin.is_some_and(&follows) {
            continue;
        }
        return left_behind(ground, autoscaler, held);
    }
    if sizes_one { Answer::Fine } else { Answer::NotApplicable }
}

fn left_behind(ground: &Ground<'_>, autoscaler: &Autoscaler, held: &Deployment) -> Answer {
    let namespace = &ground.milvus().namespace;
    let patch = shell_word(r#"{"spec":{"scaleTargetRef":{"name":"THE OTHER DEPLOYMENT"}}}"#);
    Problem::new(
        format!("hpa/{} in {namespace}", autoscaler.name),
        format!(
            "after the roll another Deployment runs {}, and this autoscaler looks at the empty one",
            held.component
        ),
    )
    .seen([format!("hpa/{}: deployment/{}, {} to {}", autoscaler.name, held.name, autoscaler.min, autoscaler.max)])
    .fix(format!(
        "afterwards: kubectl -n {} patch hpa {} --type=merge -p {patch}",
        shell_word(namespace),
        shell_word(&autoscaler.name)
    ))
    .into()
}

/// MV0508: a node whose CPU lacks what the builds use.
pub(super) fn processor_lacks(ground: &Ground<'_>) -> Answer {
    let pods = match ground.snapshot.workload.pods.as_result() {
        Ok(pods) => pods,
        Err(reason) => {
            return Answer::Unknown(format!("{reason}; nobody knows whether one met an instruction too many"));
        }
    };
    let namespace = &ground.milvus().namespace;
    let died = pods.iter().find(|pod| pod.containers.iter().any(|it| it.exit_code == Some(ILLEGAL_INSTRUCTION)));
    if let Some(pod) = died {
        let node = pod.node.as_deref().unwrap_or("no node");
        return Problem::new(
            format!("pod/{} in {namespace}", pod.name),
            format!("the CPU of {node} lacks an instruction that this build uses"),
        )
        .seen([format!("pod/{}: exit code {ILLEGAL_INSTRUCTION}, on {node}", pod.name)])
        .fix("keep Milvus off this node with a node selector, or let the virtual machine show its real CPU")
        .into();
    }
    let nodes = match ground.snapshot.workload.nodes.as_result() {
        Ok(nodes) => nodes,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows their CPUs")),
    };
    let is_described = |node: &&Node| {
        let is_x86 = node.labels.get("kubernetes.io/arch").is_none_or(|arch| arch == "amd64");
        is_x86 && !node.closed && node.labels.keys().any(|key| key.starts_with(FEATURES))
    };
    let described: Vec<&Node> = nodes.iter().filter(is_described).collect();
    if described.is_empty() {
        return Answer::NotApplicable;
    }
    let key = format!("{FEATURES}{INSTRUCTIONS}");
    let lacking: Vec<&Node> = described.into_iter().filter(|node| !node.labels.contains_key(&key)).collect();
    let Some(first) = lacking.first() else { return Answer::Fine };
    let deployments = ground.snapshot.workload.deployments();
    let is_reachable = deployments
        .iter()
        .any(|deployment| deployment.node_selector.iter().all(|(key, value)| first.labels.get(key) == Some(value)));
    if !is_reachable {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("the CPU of node/{} does not know {INSTRUCTIONS}: a pod that lands there ends at once", first.name),
    )
    .seen(lacking.iter().map(|node| format!("node/{}: no label {key}", node.name)))
    .fix("keep Milvus off these nodes with a node selector")
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial};
    use crate::snapshot::{Autoscaler, Budget, Node, Part, Quota, QuotaLimit, Snapshot, sample::healthy_cluster};

    const TO: Option<&str> = Some("2.5.27");

    fn with_budget(is_of_milvus: bool, healthy: i64, allowed: i64) -> Snapshot {
        let mut snapshot = healthy_cluster();
        let name = "prod".into();
        let budget = Budget { name, is_of_milvus, allowed, healthy, desired: 2, expected: 3 };
        snapshot.surroundings.budgets = Part::Known(vec![budget]);
        snapshot
    }

    #[test]
    fn a_budget_matters_where_it_is_spent() {
        assert_eq!(trial(&healthy_cluster(), None, 505).verdict(), Verdict::Absent);
        for (snapshot, verdict) in [
            (with_budget(true, 3, 1), Verdict::Fine),
            (with_budget(true, 3, 0), Verdict::Fires),
            (with_budget(false, 3, 0), Verdict::Fine),
            (with_budget(false, 2, 0), Verdict::Fires),
        ] {
            assert_eq!(trial(&snapshot, None, 505).verdict(), verdict, "{:?}", snapshot.surroundings.budgets);
        }
        let mut blind = healthy_cluster();
        blind.surroundings.budgets = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, None, 505).verdict(), Verdict::Unknown);
    }

    fn with_quota(resource: &str, hard: i64, used: i64, is_scoped: bool) -> Snapshot {
        let mut snapshot = healthy_cluster();
        let limits = vec![QuotaLimit { resource: resource.into(), hard, used }];
        snapshot.surroundings.quotas = Part::Known(vec![Quota { name: "team".into(), is_scoped, limits }]);
        snapshot
    }

    #[test]
    fn a_quota_needs_room_for_the_largest_pod() {
        for (resource, hard, used, verdict) in [
            ("pods", 10, 9, Verdict::Fine),
            ("pods", 10, 10, Verdict::Fires),
            ("requests.cpu", 20_000, 16_000, Verdict::Fine),
            ("requests.cpu", 20_000, 16_001, Verdict::Fires),
            ("limits.memory", 64 << 30, 50 << 30, Verdict::Fires),
            ("services", 1, 1, Verdict::Fine),
        ] {
            let snapshot = with_quota(resource, hard, used, false);
            assert_eq!(trial(&snapshot, TO, 506).verdict(), verdict, "{resource} {used} of {hard}");
            assert_eq!(trial(&snapshot, None, 506).verdict(), Verdict::Absent);
        }
        assert_eq!(
            trial(&with_quota("limits.memory", 64 << 30, 50 << 30, false), TO, 506).problem().evidence,
            ["team: limits.memory: 51200Mi of 65536Mi used, a pod of querynode asks for 16384Mi"]
        );
        assert_eq!(trial(&with_quota("pods", 10, 10, true), TO, 506).verdict(), Verdict::Unknown);
        assert_eq!(trial(&healthy_cluster(), TO, 506).verdict(), Verdict::Absent);
        let mut blind = with_quota("pods", 10, 10, false);
        blind.workload.deployments = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, TO, 506).verdict(), Verdict::Unknown);
        blind.surroundings.quotas = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, TO, 506).verdict(), Verdict::Unknown);
    }

    fn with_autoscalers(deployments: &[&str]) -> Snapshot {
        let mut snapshot = healthy_cluster();
        let autoscaler = |deployment: &&str| {
            let (name, deployment) = (format!("of-{deployment}"), (*deployment).to_owned());
            Autoscaler { name, deployment, min: 2, max: 8 }
        };
        snapshot.workload.autoscalers = Part::Known(deployments.iter().map(autoscaler).collect());
        snapshot
    }

    #[test]
    fn an_autoscaler_of_one_twin_is_left_behind() {
        let (zero, one) = ("prod-milvus-querynode-0", "prod-milvus-querynode-1");
        assert_eq!(trial(&with_autoscalers(&[zero]), TO, 507).verdict(), Verdict::Fires);
        assert_eq!(trial(&with_autoscalers(&[zero]), None, 507).verdict(), Verdict::Absent);
        assert_eq!(trial(&with_autoscalers(&[zero, one]), TO, 507).verdict(), Verdict::Fine);
        assert_eq!(trial(&with_autoscalers(&["prod-milvus-proxy"]), TO, 507).verdict(), Verdict::Absent);
        let mut blind = with_autoscalers(&[zero]);
        blind.workload.autoscalers = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, TO, 507).verdict(), Verdict::Unknown);
    }

    fn nodes(snapshot: &mut Snapshot) -> &mut Vec<Node> {
        let Part::Known(nodes) = &mut snapshot.workload.nodes else { panic!("the sample has nodes") };
        nodes
    }

    #[test]
    fn a_processor_is_judged_by_what_is_known_of_it() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Absent);
        for node in nodes(&mut snapshot) {
            node.labels.insert("feature.node.kubernetes.io/cpu-cpuid.AVX2".into(), "true".into());
        }
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Fine);
        let old = &mut nodes(&mut snapshot)[2].labels;
        old.clear();
        old.insert("feature.node.kubernetes.io/cpu-cpuid.SSE4".into(), "true".into());
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Fires);
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has deployments") };
        for deployment in deployments {
            deployment.node_selector.insert("disk".into(), "fast".into());
        }
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Fine, "no pod goes there");
        snapshot.workload.nodes = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Unknown);
        let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("the sample has pods") };
        pods[0].containers[1].exit_code = Some(132);
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Fires);
        snapshot.workload.pods = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, None, 508).verdict(), Verdict::Unknown);
    }
}
