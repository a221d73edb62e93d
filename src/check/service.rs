//! Rules about what users of Milvus feel: what stands still, who is refused.

use serde_json::Value;

use super::{Answer, Ground, Problem, evidence};
use crate::milvus::Mode;

/// MV0121: something stands still while the roll goes on.
pub(super) fn stands_still(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    // The one pod of a standalone is replaced as a whole, which its own rule tells.
    if ground.is_resumed() || ground.milvus().mode() != Mode::Cluster {
        return Answer::NotApplicable;
    }
    let pauses: Vec<String> = ground.knowledge.pauses(&from, &target.version).map(|pause| pause.what.clone()).collect();
    if pauses.is_empty() {
        return Answer::NotApplicable;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("while the roll to {} goes on, {}", target.version.line(), pauses.join("; ")),
    )
    .seen([evidence::running(ground), format!("target: {}", target.image)])
    .fix("choose a quiet hour, and let clients try again")
    .into()
}

/// MV0122: calls ask for privileges that nobody was granted.
pub(super) fn privileges_change(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/common/security/authorizationEnabled";
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let milvus = ground.milvus();
    // People write it as a text too, and Milvus takes that.
    let is_on = |value: &Value| *value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"));
    if !milvus.spec["config"].pointer(POINTER).is_some_and(is_on) {
        return Answer::NotApplicable;
    }
    let changes: Vec<String> = ground
        .knowledge
        .privileges(&from, &target.version)
        .map(|row| format!("from {} on: {}", row.since, row.what))
        .collect();
    if changes.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        format!("users other than root may be refused after the step to {}", target.version),
    )
    .seen([evidence::config(milvus, POINTER)].into_iter().chain(changes))
    .fix("write down the grants of every role before, and try the applications' own users after; root is never refused")
    .into()
}

/// MV0702: the backup would be of no use for the way back.
pub(super) fn not_restorable(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    if ground.knowledge.undo_boundary(&from, &target.version).is_none() {
        return Answer::NotApplicable;
    }
    if ground.knowledge.restore(&from).is_some() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("milvus-backup does not restore into {from}, and the way back leads there"),
    )
    .seen([evidence::running(ground)])
    .fix("keep a snapshot of the volumes of etcd and a copy of the bucket, taken while Milvus is stopped")
    .into()
}

/// MV0650: the image may not start under the user that OpenShift gives it.
pub(super) fn constrained(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let pods = match ground.snapshot.workload.pods.as_result() {
        Ok(pods) => pods,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows under which constraint they run")),
    };
    let mut admitted = pods.iter().filter_map(|pod| Some((pod, pod.constraint.as_deref()?))).peekable();
    if admitted.peek().is_none() {
        return Answer::NotApplicable;
    }
    let Some((pod, constraint)) = admitted.find(|(_, constraint)| constraint.starts_with("restricted")) else {
        return Answer::Fine;
    };
    let namespace = &ground.milvus().namespace;
    Problem::new(
        format!("pod/{} in {namespace}", pod.name),
        format!("OpenShift runs the pods under {constraint}, with a user that the image does not know"),
    )
    .seen([format!("pod/{}: openshift.io/scc: {constraint}", pod.name)])
    .fix("start the new image once in a namespace of the same kind; where it cannot write /milvus/configs, give its account anyuid")
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial};
    use crate::snapshot::{
        Part, Snapshot,
        sample::{self, healthy_cluster},
    };

    fn running(version: &str) -> Snapshot {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, &format!("milvusdb/milvus:{version}"));
        snapshot
    }

    #[test]
    fn what_stands_still_is_told_before() {
        assert_eq!(trial(&running("v2.5.22"), Some("2.6.22"), 121).problem().summary.matches("; ").count(), 1);
        assert_eq!(trial(&running("v2.5.22"), Some("2.5.27"), 121).verdict(), Verdict::Absent);
        assert_eq!(trial(&running("v2.5.22"), None, 121).verdict(), Verdict::Absent);
        assert_eq!(trial(&sample::standalone(), Some("2.6.22"), 121).verdict(), Verdict::Absent);
        assert_eq!(trial(&running("latest"), Some("2.6.22"), 121).verdict(), Verdict::Unknown);
        let mut resumed = running("v2.5.22");
        sample::set(&mut resumed.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.22"));
        assert_eq!(trial(&resumed, Some("2.6.22"), 121).verdict(), Verdict::Absent);
    }

    #[test]
    fn privileges_matter_where_somebody_asks_for_them() {
        let guarded = |version: &str, word: serde_json::Value| {
            let mut snapshot = running(version);
            sample::set(&mut snapshot.milvus.spec, "/config/common/security/authorizationEnabled", word);
            snapshot
        };
        assert_eq!(trial(&running("v2.4.5"), Some("2.5.27"), 122).verdict(), Verdict::Absent);
        assert_eq!(trial(&guarded("v2.4.5", json!(false)), Some("2.5.27"), 122).verdict(), Verdict::Absent);
        assert_eq!(trial(&guarded("v2.5.22", json!(true)), Some("2.5.27"), 122).verdict(), Verdict::Fine);
        assert_eq!(trial(&guarded("latest", json!(true)), Some("2.5.27"), 122).verdict(), Verdict::Unknown);
        let problem = trial(&guarded("v2.4.5", json!("True")), Some("2.5.27"), 122).problem();
        assert_eq!(problem.evidence[0], "spec.config.common.security.authorizationEnabled: True");
        let mut release = sample::release("4.2.58", &json!({"cluster.enabled": true, "image.all.tag": "v2.4.5"}));
        sample::set(&mut release.milvus.spec, "/config/common/security/authorizationEnabled", json!(true));
        let of_release = trial(&release, Some("2.5.27"), 122).problem();
        assert_eq!(of_release.evidence[0], "extraConfigFiles user.yaml, common.security.authorizationEnabled: true");
        assert_eq!(problem.evidence[1], "from 2.4.23 on: IndexDetail asks for a privilege of its own");
    }

    #[test]
    fn a_backup_has_to_lead_back() {
        assert_eq!(trial(&running("v2.5.22"), Some("2.6.22"), 702).verdict(), Verdict::Fine);
        assert_eq!(trial(&running("v2.5.22"), Some("2.5.27"), 702).verdict(), Verdict::Absent);
        assert_eq!(trial(&running("latest"), Some("2.6.22"), 702).verdict(), Verdict::Unknown);
        let problem = trial(&running("v2.4.24"), Some("2.6.22"), 702).problem();
        assert_eq!(problem.summary, "milvus-backup does not restore into 2.4.24, and the way back leads there");
    }

    #[test]
    fn a_constraint_of_open_shift_is_told() {
        let under = |constraint: &str| {
            let mut snapshot = healthy_cluster();
            let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("the sample has pods") };
            pods[1].constraint = Some(constraint.into());
            snapshot
        };
        assert_eq!(trial(&healthy_cluster(), Some("2.5.27"), 650).verdict(), Verdict::Absent);
        assert_eq!(trial(&under("anyuid"), Some("2.5.27"), 650).verdict(), Verdict::Fine);
        assert_eq!(trial(&under("restricted-v2"), Some("2.5.27"), 650).verdict(), Verdict::Fires);
        assert_eq!(trial(&under("restricted-v2"), None, 650).verdict(), Verdict::Absent);
        let mut blind = healthy_cluster();
        blind.workload.pods = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, Some("2.5.27"), 650).verdict(), Verdict::Unknown);
    }
}
