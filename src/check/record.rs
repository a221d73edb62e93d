//! Rules about what a run leaves behind, and about who is kept out meanwhile.

use serde_json::{Value, json};

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::Snapshot;

/// What the record of a run needs: resource, group and verbs.
const RECORDED: [(&str, &str, &[&str]); 2] = [
    ("secrets", "", &["get", "list", "create", "update", "delete"]),
    ("leases", "coordination.k8s.io", &["get", "create", "update", "delete"]),
];

/// MV1101: the caller may not write Secrets, in which runs are kept.
pub(super) fn may_not_write_down(ground: &Ground<'_>) -> Answer {
    lacking(ground, "secrets", "the run leaves no record")
}

/// MV1102: the caller may not write Leases, which keep others out.
pub(super) fn may_not_keep_others_out(ground: &Ground<'_>) -> Answer {
    lacking(ground, "leases", "somebody else may begin meanwhile")
}

fn lacking(ground: &Ground<'_>, resource: &str, therefore: &str) -> Answer {
    if ground.target.is_none() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    match ground.snapshot.unrecordable.as_result() {
        Ok(unrecordable) if unrecordable.iter().any(|name| name == resource) => {
            let rule = RECORDED.iter().find(|(name, ..)| *name == resource);
            let missing = rule.map(|(name, group, verbs)| {
                format!("missing rule: apiGroups [\"{group}\"], resources [{name}], verbs [{}]", verbs.join(", "))
            });
            let problem = format!("you may not write {resource} in {}: {therefore}", milvus.namespace);
            Problem::new(evidence::milvus(milvus), problem)
                .seen(missing)
                .fix(format!("kubectl apply -f the Role below, and bind it to yourself in {}", milvus.namespace))
                .into()
        }
        Ok(_) => Answer::Fine,
        Err(reason) => Answer::Unknown(reason.to_owned()),
    }
}

/// The rules of a Role that the record of a run needs and the caller lacks.
pub(super) fn missing_rules(snapshot: &Snapshot) -> Vec<Value> {
    let unrecordable = snapshot.unrecordable.known().map(Vec::as_slice).unwrap_or_default();
    let lacking = RECORDED.iter().filter(|(name, ..)| unrecordable.iter().any(|other| other == name));
    lacking.map(|(name, group, verbs)| json!({"apiGroups": [group], "resources": [name], "verbs": verbs})).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{
        missing_role,
        trial::{Verdict, target, trial},
    };
    use crate::snapshot::{Part, sample::healthy_cluster};

    #[test]
    fn who_may_not_write_secrets_or_leases_is_asked_and_told_the_rule() {
        let mut snapshot = healthy_cluster();
        assert_eq!([1101, 1102].map(|code| trial(&snapshot, Some("2.6.6"), code).verdict()), [Verdict::Fine; 2]);
        snapshot.unrecordable = Part::Known(vec!["leases".into()]);
        let codes = [1101, 1102].map(|code| trial(&snapshot, Some("2.6.6"), code).verdict());
        assert_eq!(codes, [Verdict::Fine, Verdict::Fires]);
        let role = missing_role(&snapshot, &target(&snapshot, "2.6.6")).expect("a role");
        assert_eq!(role["rules"][0]["apiGroups"][0], "coordination.k8s.io");
        assert_eq!(trial(&snapshot, None, 1102).verdict(), Verdict::Absent);
        snapshot.unrecordable = Part::default();
        assert_eq!(trial(&snapshot, Some("2.6.6"), 1101).verdict(), Verdict::Unknown);
    }
}
