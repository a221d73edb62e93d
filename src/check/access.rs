//! Rules about what the caller may do.

use serde_json::{Value, json};

use super::{Answer, Ground, Problem, Target, evidence, record, rewriting::RIGHTS};
use crate::snapshot::{Part, Snapshot, shell_word};

/// MV0601: the caller may not patch the resource. A roll that goes on needs no write to begin.
pub(super) fn may_not_patch(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let namespace = shell_word(&milvus.namespace);
    match ground.snapshot.may_patch.as_result() {
        Ok(true) => Answer::Fine,
        Ok(false) => Problem::new(
            evidence::milvus(milvus),
            format!("you may not patch milvuses.milvus.io in {}", milvus.namespace),
        )
        .seen(["missing rule: apiGroups [milvus.io], resources [milvuses], verbs [get, list, watch, patch]"])
        .fix(format!("kubectl apply -f the Role below, and bind it to yourself in {}", milvus.namespace))
        .into(),
        Err(reason) => {
            Answer::Unknown(format!("{reason}; ask with kubectl -n {namespace} auth can-i patch milvuses.milvus.io"))
        }
    }
}

/// MV0602: the caller may not see or watch that in which alone the end of a roll shows.
pub(super) fn may_not_see(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() {
        return Answer::NotApplicable;
    }
    let hidden = hidden(ground.snapshot);
    if hidden.is_empty() {
        return match ground.snapshot.unwatchable.as_result() {
            Ok(_) => Answer::Fine,
            Err(reason) => Answer::Unknown(reason.to_owned()),
        };
    }
    let milvus = ground.milvus();
    let names: Vec<&str> = hidden.iter().map(|(resource, _)| *resource).collect();
    let reasons = hidden.iter().map(|(_, reason)| reason.as_str());
    Problem::new(evidence::milvus(milvus), format!("you may not watch {} in {}", names.join(" and "), milvus.namespace))
        .seen(reasons)
        .fix(format!("kubectl apply -f the Role below, and bind it to yourself in {}", milvus.namespace))
        .into()
}

/// The resources that have to be watched and cannot be, with the reason.
fn hidden(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let unwatchable = snapshot.unwatchable.known();
    let unseen = |name: &str| match name {
        "deployments" => snapshot.workload.deployments.as_result().err().map(str::to_owned),
        "pods" => snapshot.workload.pods.as_result().err().map(str::to_owned),
        _ => None,
    };
    let unwatched = |name: &str| {
        let listed = unwatchable.is_some_and(|list| list.iter().any(|resource| resource == name));
        listed.then(|| format!("no right to watch {name}"))
    };
    let names = ["milvuses", "deployments", "pods"].into_iter();
    names.filter_map(|name| Some((name, unseen(name).or_else(|| unwatched(name))?))).collect()
}

/// A Role with the rights that an upgrade needs in the instance's namespace and the caller lacks; `None` where none does.
pub fn missing_role(snapshot: &Snapshot, target: &Target) -> Option<Value> {
    let rule = |group: &str, resource: &str, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    let mut rules = vec![];
    let hidden = hidden(snapshot);
    if snapshot.may_patch == Part::Known(false) || hidden.iter().any(|(resource, _)| *resource == "milvuses") {
        rules.push(rule("milvus.io", "milvuses", &["get", "list", "watch", "patch"]));
    }
    for (resource, _) in hidden.iter().filter(|(resource, _)| *resource != "milvuses") {
        let group = if *resource == "pods" { "" } else { "apps" };
        rules.push(rule(group, resource, &["get", "list", "watch"]));
    }
    let may_not = snapshot.migration_scene.as_ref().is_some_and(|scene| scene.may_migrate == Part::Known(false));
    if target.is_migration() && may_not && snapshot.release.is_some() {
        rules.extend(RIGHTS.iter().map(|(group, resource, verbs)| rule(group, resource, verbs)));
    } else if target.is_migration() && may_not {
        rules.push(rule("milvus.io", "milvusupgrades", &["get", "list", "watch", "create", "patch"]));
    }
    rules.extend(record::missing_rules(snapshot));
    (!rules.is_empty()).then(|| {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "kubectl-milvus-upgrade", "namespace": snapshot.milvus.namespace},
            "rules": rules,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::trial::{Verdict, target, trial},
        missing_role,
    };
    use crate::snapshot::{
        Part,
        sample::{self, healthy_cluster},
    };

    #[test]
    fn what_cannot_be_seen_stops_the_way_and_stands_in_the_role() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, Some("2.6.6"), 602).verdict(), Verdict::Fine);
        let wanted = target(&snapshot, "2.6.6");
        assert_eq!(missing_role(&snapshot, &wanted), None);
        snapshot.workload.pods = Part::Unknown("no right to list pods".into());
        snapshot.may_patch = Part::Known(false);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 602).problem().evidence, ["no right to list pods"]);
        snapshot.unwatchable = Part::Known(vec!["deployments".into()]);
        assert_eq!(
            trial(&snapshot, Some("2.6.6"), 602).problem().evidence,
            ["no right to watch deployments", "no right to list pods"]
        );
        let role = missing_role(&snapshot, &wanted).expect("a role");
        assert_eq!(role["rules"][0]["resources"], json!(["milvuses"]));
        assert_eq!(
            role["rules"][2],
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]})
        );
    }

    #[test]
    fn the_missing_right_is_named() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, Some("2.6.6"), 601).verdict(), Verdict::Fine);
        snapshot.may_patch = Part::Known(false);
        let problem = trial(&snapshot, Some("2.6.6"), 601).problem();
        assert!(problem.evidence[0].contains("verbs [get, list, watch, patch]"));
        assert_eq!(trial(&snapshot, None, 601).verdict(), Verdict::Absent);
        sample::set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        assert_eq!(trial(&snapshot, Some("2.6.6"), 601).verdict(), Verdict::Absent);
        snapshot.may_patch = Part::Unknown("the review failed".into());
        assert_eq!(trial(&snapshot, Some("2.6.22"), 601).verdict(), Verdict::Unknown);
    }
}
