//! Rules about Deployments that are missing or too many, and Secrets that are not there.

use super::{Answer, Ground, Problem, evidence};
use crate::{
    milvus::{Component, Mode, count},
    snapshot::{Deployment, shell_word},
};

fn deployments<'a>(ground: &Ground<'a>) -> Result<&'a [Deployment], Answer> {
    let deployments = ground.snapshot.workload.deployments.as_result();
    deployments.map(Vec::as_slice).map_err(|reason| Answer::Unknown(format!("{reason}; nobody knows what is there")))
}

/// MV0417: a Secret with which images are pulled is not there.
pub(super) fn pull_secret_missing(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let deployments = match deployments(ground) {
        Ok(deployments) => deployments,
        Err(answer) => return answer,
    };
    let naming: Vec<&Deployment> =
        deployments.iter().filter(|deployment| !deployment.is_idle() && !deployment.pull_secrets.is_empty()).collect();
    let present = match ground.snapshot.surroundings.pull_secrets.as_result() {
        // Snapshots from before this was looked at have Deployments that name none.
        Err(reason) => return Answer::Unknown(reason.to_owned()),
        Ok(_) if naming.is_empty() => return Answer::NotApplicable,
        Ok(present) => present,
    };
    let missing =
        |deployment: &Deployment| deployment.pull_secrets.iter().find(|name| !present.contains(name)).cloned();
    let lacking: Vec<(&Deployment, String)> =
        naming.into_iter().filter_map(|deployment| Some((deployment, missing(deployment)?))).collect();
    let Some((_, first)) = lacking.first() else { return Answer::Fine };
    let namespace = &ground.milvus().namespace;
    let seen = lacking.iter().map(|(deployment, name)| {
        format!("deployment/{}: imagePullSecrets {name}, and there is no such Secret for images", deployment.name)
    });
    Problem::new(
        format!("secret/{first} in {namespace}"),
        "a Secret with which images are pulled is not there: old pods run on, new ones may not get their image",
    )
    .seen(seen)
    .fix(format!(
        "kubectl -n {} create secret docker-registry {} --docker-server=… --docker-username=… --docker-password=…",
        shell_word(namespace),
        shell_word(first)
    ))
    .into()
}

/// MV0418: the operator stops at a component of which one of two Deployments was deleted.
pub(super) fn twin_missing(ground: &Ground<'_>) -> Answer {
    let deployments = match deployments(ground) {
        Ok(deployments) => deployments,
        Err(answer) => return answer,
    };
    let milvus = ground.milvus();
    let mut in_groups = false;
    for component in Component::ALL {
        let key = format!("milvus.io/{}-current-group-id", component.label());
        let Some(current) = milvus.annotations.get(&key) else { continue };
        let label = format!("milvus.io/{}-group-id", component.label());
        let own: Vec<(&Deployment, &str)> = deployments
            .iter()
            .filter(|deployment| deployment.component == component)
            .filter_map(|deployment| Some((deployment, deployment.labels.get(&label)?.as_str())))
            .collect();
        let Some((there, group)) = own.first() else { continue };
        in_groups = true;
        let is_there = |group: &str| own.iter().any(|(_, own)| *own == group);
        let lacking = if !is_there(current) {
            current.as_str()
        } else if current != "0" && !is_there("0") {
            "0"
        } else {
            continue;
        };
        let name = there.name.strip_suffix(group).map_or_else(|| there.name.clone(), |stem| format!("{stem}{lacking}"));
        let namespace = shell_word(&milvus.namespace);
        return Problem::new(
            format!("deployment/{name} in {}", milvus.namespace),
            format!("one of the two Deployments of {component} was deleted, and the operator does not come past it"),
        )
        .seen([format!("metadata.annotations.{key}: {current}"), format!("there is deployment/{} only", there.name)])
        .fix(format!(
            "make it again from the other one, with its group, no replicas and a name of its own: \
             kubectl -n {namespace} get deployment {} -o yaml",
            shell_word(&there.name)
        ))
        .into();
    }
    if in_groups { Answer::Fine } else { Answer::NotApplicable }
}

/// MV0419: a component runs that the running line no longer has.
pub(super) fn outlived(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if milvus.mode() != Mode::Cluster || ground.is_under_way() {
        return Answer::NotApplicable;
    }
    let running = match ground.running() {
        Ok(running) => running,
        Err(answer) => return answer,
    };
    let rules = ground.knowledge.lines().into_iter().filter(|line| *line <= running.line());
    let gone: Vec<Component> = rules
        .filter_map(|line| ground.knowledge.line_rules(line))
        .flat_map(|rules| rules.leaves.iter().copied())
        .collect();
    if gone.is_empty() {
        return Answer::NotApplicable;
    }
    let deployments = match deployments(ground) {
        Ok(deployments) => deployments,
        Err(answer) => return answer,
    };
    let left: Vec<&Deployment> =
        deployments.iter().filter(|deployment| gone.contains(&deployment.component) && !deployment.is_idle()).collect();
    let Some(first) = left.first() else { return Answer::Fine };
    let component = first.component;
    let fix = if milvus.is_release {
        format!("set {}.enabled to false among the values", component.spec_key())
    } else {
        milvus.patch_command(&serde_json::json!({"spec": {"components": {component.spec_key(): null}}}))
    };
    Problem::new(
        format!("deployment/{} in {}", first.name, milvus.namespace),
        format!("{running} knows no {component}, and one still runs"),
    )
    .seen(left.iter().map(|it| format!("deployment/{}: {}, {} ready", it.name, count(it.running, "pod"), it.ready)))
    .fix(fix)
    .into()
}

/// MV0913: the chart stops the old coordinator before it starts the new one.
pub(super) fn coordinator_gap(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if !milvus.is_release || ground.target.is_none() || ground.is_resumed() || milvus.mode() != Mode::Cluster {
        return Answer::NotApplicable;
    }
    let deployments = match deployments(ground) {
        Ok(deployments) => deployments,
        Err(answer) => return answer,
    };
    let Some(coordinator) = deployments.iter().find(|it| it.component == Component::MixCoord && !it.is_idle()) else {
        return Answer::NotApplicable;
    };
    if coordinator.strategy != "Recreate" {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        "for as long as the new coordinator starts there is none: nothing is loaded, created or dropped meanwhile",
    )
    .seen([format!("deployment/{}: strategy Recreate", coordinator.name)])
    .fix("--set mixCoordinator.activeStandby.enabled=true, with two replicas, before the upgrade")
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial};
    use crate::{
        milvus::Component,
        snapshot::{
            Deployment, Part, Snapshot,
            sample::{self, healthy_cluster, release, standalone},
        },
    };

    const TO: Option<&str> = Some("2.5.27");

    fn deployments(snapshot: &mut Snapshot) -> &mut Vec<Deployment> {
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has deployments") };
        deployments
    }

    #[test]
    fn a_pull_secret_has_to_be_there() {
        let naming = |present: &[&str]| {
            let mut snapshot = healthy_cluster();
            deployments(&mut snapshot)[0].pull_secrets = vec!["registry".into(), "mirror".into()];
            let present = present.iter().map(|name| (*name).to_owned()).collect();
            snapshot.surroundings.pull_secrets = Part::Known(present);
            snapshot
        };
        assert_eq!(trial(&healthy_cluster(), TO, 417).verdict(), Verdict::Absent);
        assert_eq!(trial(&naming(&["registry", "mirror"]), TO, 417).verdict(), Verdict::Fine);
        assert_eq!(trial(&naming(&["registry"]), TO, 417).problem().object, "secret/mirror in vec");
        assert_eq!(trial(&naming(&["registry"]), None, 417).verdict(), Verdict::Absent);
        let mut blind = naming(&[]);
        blind.surroundings.pull_secrets = Part::Unknown("no right to list secrets".into());
        assert_eq!(trial(&blind, TO, 417).verdict(), Verdict::Unknown);
        blind.workload.deployments = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, TO, 417).verdict(), Verdict::Unknown);
    }

    #[test]
    fn two_deployments_belong_together() {
        assert_eq!(trial(&healthy_cluster(), None, 418).verdict(), Verdict::Fine);
        assert_eq!(trial(&standalone(), None, 418).verdict(), Verdict::Absent);
        let without = |group: &str, current: &str| {
            let mut snapshot = healthy_cluster();
            let name = format!("prod-milvus-querynode-{group}");
            deployments(&mut snapshot).retain(|deployment| deployment.name != name);
            snapshot.milvus.annotations.insert("milvus.io/querynode-current-group-id".into(), current.into());
            trial(&snapshot, None, 418)
        };
        assert_eq!(without("1", "0").verdict(), Verdict::Fine, "the second comes with the first roll");
        assert_eq!(without("0", "1").problem().object, "deployment/prod-milvus-querynode-0 in vec");
        assert_eq!(without("1", "1").problem().object, "deployment/prod-milvus-querynode-1 in vec");
        let mut blind = healthy_cluster();
        blind.workload.deployments = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, None, 418).verdict(), Verdict::Unknown);
    }

    #[test]
    fn what_a_line_no_longer_has_should_be_gone() {
        assert_eq!(trial(&healthy_cluster(), None, 419).verdict(), Verdict::Absent);
        let mut newer = healthy_cluster();
        sample::run_image(&mut newer, "milvusdb/milvus:v2.6.22");
        let problem = trial(&newer, None, 419).problem();
        assert_eq!(problem.object, "deployment/prod-milvus-indexnode in vec");
        assert!(problem.fix.contains(r#"{"indexNode":null}"#), "{}", problem.fix);
        deployments(&mut newer).retain(|deployment| deployment.component != Component::IndexNode);
        assert_eq!(trial(&newer, None, 419).verdict(), Verdict::Fine);
        newer.workload.deployments = Part::Unknown("no right".into());
        assert_eq!(trial(&newer, None, 419).verdict(), Verdict::Unknown);
        sample::run_image(&mut newer, "milvusdb/milvus:latest");
        assert_eq!(trial(&newer, None, 419).verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_release_without_standby_has_no_coordinator_for_a_while() {
        let settings = json!({"cluster.enabled": true, "mixCoordinator.enabled": true, "image.all.tag": "v2.5.22"});
        let mut snapshot = release("4.2.58", &settings);
        assert_eq!(trial(&snapshot, TO, 913).verdict(), Verdict::Fine);
        for deployment in deployments(&mut snapshot) {
            deployment.strategy = "Recreate".into();
        }
        assert_eq!(trial(&snapshot, TO, 913).verdict(), Verdict::Fires);
        assert_eq!(trial(&snapshot, None, 913).verdict(), Verdict::Absent);
        assert_eq!(trial(&healthy_cluster(), TO, 913).verdict(), Verdict::Absent);
        snapshot.workload.deployments = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, TO, 913).verdict(), Verdict::Unknown);
    }
}
