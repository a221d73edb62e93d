//! Rules about what the caller may do.

use super::{Answer, Ground, Problem, evidence};

/// MV0601: the caller may not patch the resource. A roll that goes on needs no write to begin.
pub(super) fn may_not_patch(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let namespace = evidence::word(&milvus.namespace);
    match ground.snapshot.may_patch.as_result() {
        Ok(true) => Answer::Fine,
        Ok(false) => Problem::new(
            evidence::milvus(milvus),
            format!("you may not patch milvuses.milvus.io in {}", milvus.namespace),
        )
        .seen(["missing rule: apiGroups [milvus.io], resources [milvuses], verbs [get, list, watch, patch]"])
        .fix(format!(
            "kubectl -n {namespace} create role milvus-upgrade --verb=get,list,watch,patch --resource=milvuses.milvus.io   and bind it to yourself"
        ))
        .into(),
        Err(reason) => Answer::Unknown(format!(
            "{reason}; ask with kubectl -n {namespace} auth can-i patch milvuses.milvus.io"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial};
    use crate::snapshot::{
        Part,
        sample::{self, healthy_cluster},
    };

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
