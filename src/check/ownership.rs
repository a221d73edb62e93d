//! Rules about who else writes the resource.

use super::{Answer, Ground, Problem, evidence};
use crate::{knowledge::Owner, milvus::Mode, snapshot::shell_word};

/// What Helm itself writes onto everything that it applies, and who only renders a chart does not.
const HELM_MARK: &str = "meta.helm.sh/release-name";

/// MV0801: the operator copies a `MilvusCluster` over the resource.
pub(super) fn milvus_cluster(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let owner = milvus.owners.iter().find(|owner| owner.kind == "MilvusCluster");
    Answer::of(owner.map(|owner| {
        let (namespace, name) = (shell_word(&milvus.namespace), shell_word(&owner.name));
        Problem::new(evidence::milvus(milvus), format!("milvuscluster/{} owns it and is copied over it", owner.name))
            .seen([format!("metadata.ownerReferences: {} {}", owner.kind, owner.name)])
            .fix(format!("kubectl -n {namespace} edit milvuscluster {name}"))
    }))
}

/// The tool that puts the resource back as it has it written down, and by what that was seen.
pub fn owner<'a>(ground: &Ground<'a>) -> Option<(&'a Owner, Vec<String>)> {
    let milvus = ground.milvus();
    // Of a release Helm is the way it is run, not somebody else.
    let others = ground.knowledge.owners().iter().filter(|owner| !(milvus.is_release && owner.owner == "Helm"));
    let mut found = others.filter_map(|owner| {
        let labels = milvus.labels.iter().map(|(key, value)| ("labels", key, value));
        let annotations = milvus.annotations.iter().map(|(key, value)| ("annotations", key, value));
        let marks = labels.chain(annotations).filter(|(_, key, _)| owner.leaves(key));
        let mut seen: Vec<String> =
            marks.map(|(place, key, value)| format!("metadata.{place}.{key}: {value}")).collect();
        let writes = milvus.managers.iter().filter(|it| it.owns_image && owner.managers.contains(&it.name));
        seen.extend(writes.map(|it| format!("metadata.managedFields: {} ({}) owns the image", it.name, it.operation)));
        (!seen.is_empty()).then_some((owner, seen))
    });
    found.next()
}

/// MV0802: marks of a tool that puts back what it has written down.
pub(super) fn another_tool(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if is_rendered_elsewhere(ground) {
        return Answer::NotApplicable;
    }
    let Some((owner, seen)) = owner(ground) else { return Answer::Fine };
    let (wanted, watch) = (wanted(ground, &owner.owner), watch(ground));
    Problem::new(evidence::milvus(milvus), format!("{} owns the resource and would put it back", owner.owner))
        .seen(seen)
        .fix(format!("{wanted}, then  {watch}"))
        .into()
}

/// MV0918: objects of the chart of which Helm has no revision.
pub(super) fn not_recorded(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if ground.snapshot.release.is_none() {
        return Answer::NotApplicable;
    }
    if !is_rendered_elsewhere(ground) {
        return Answer::Fine;
    }
    if let Some(name) = milvus.annotations.get(HELM_MARK) {
        return Problem::new(
            evidence::milvus(milvus),
            "Helm made it, and its records are not where they are looked for",
        )
        .seen([format!("metadata.annotations.{HELM_MARK}: {name}"), "records of Helm: none".to_owned()])
        .fix("say where helm keeps them, as HELM_DRIVER does for helm:  --helm-driver configmap")
        .into();
    }
    let owner = owner(ground);
    let who = owner.as_ref().map_or("another program", |(owner, _)| owner.owner.as_str());
    let (wanted, watch) = (wanted(ground, who), watch(ground));
    Problem::new(evidence::milvus(milvus), format!("Helm keeps no record of it: {who} renders the chart"))
        .seen(["records of Helm: none"])
        .seen(owner.into_iter().flat_map(|(_, seen)| seen))
        .fix(format!("{wanted}, then  {watch}"))
        .into()
}

fn is_rendered_elsewhere(ground: &Ground<'_>) -> bool {
    ground.snapshot.release.as_ref().is_some_and(|release| !release.is_recorded())
}

/// What to write down where somebody else reads it.
fn wanted(ground: &Ground<'_>, who: &str) -> String {
    let milvus = ground.milvus();
    match ground.target {
        // A chart that is rendered elsewhere cannot look up which queue a standalone has (milvus.md §3.4).
        Some(target) if milvus.is_release => {
            let queue = milvus.message_queue().filter(|_| milvus.mode() == Mode::Standalone);
            let queue = queue.map(|queue| format!(" and standalone.messageQueue to {queue}")).unwrap_or_default();
            let tag = target.image.tag().unwrap_or_default();
            format!("set image.all.tag to {tag}{queue} where {who} reads the values")
        }
        Some(target) => format!("set spec.components.image to {} where {who} reads it", target.image),
        None => format!("make changes where {who} reads them"),
    }
}

/// The command that watches what comes of it.
fn watch(ground: &Ground<'_>) -> String {
    let milvus = ground.milvus();
    match ground.target {
        Some(target) => milvus.plugin_command("upgrade", &format!("--to {} --follow", target.version)),
        None => milvus.plugin_command("status", "--watch"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Answer,
        trial::{Verdict, trial},
    };
    use serde_json::json;

    use crate::snapshot::{FieldManager, Owner, Part, Snapshot, sample, sample::healthy_cluster};

    fn bent(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let mut snapshot = healthy_cluster();
        change(&mut snapshot);
        snapshot
    }

    #[test]
    fn the_legacy_owner_is_named() {
        let owned = bent(|it| it.milvus.owners = vec![Owner { kind: "MilvusCluster".into(), name: "prod".into() }]);
        assert_eq!(trial(&owned, Some("2.6.6"), 801).problem().fix, "kubectl -n vec edit milvuscluster prod");
        let other = bent(|it| it.milvus.owners = vec![Owner { kind: "Application".into(), name: "prod".into() }]);
        assert_eq!(trial(&other, Some("2.6.6"), 801).verdict(), Verdict::Fine);
    }

    #[test]
    fn who_else_looks_after_a_release_is_found_on_its_objects_and_helm_is_nobody_else() {
        let settings = json!({"standalone.messageQueue": "rocksmq", "image.all.tag": "v2.5.16"});
        let marked = |key: &str| {
            let mut snapshot = sample::release("4.2.58", &settings);
            if let Part::Known(deployments) = &mut snapshot.workload.deployments {
                deployments[0].annotations.insert(key.to_owned(), "x".to_owned());
                let helm = FieldManager { name: "helm".into(), operation: "Update".into(), owns_image: true };
                deployments[0].managers.push(helm);
            }
            let release = snapshot.release.clone().expect("a release");
            snapshot.milvus = release.as_resource("vec", "my", &snapshot.workload);
            snapshot
        };
        let flux = marked("helm.toolkit.fluxcd.io/name");
        let problem = trial(&flux, Some("2.6.22"), 802).problem();
        assert!(problem.summary.starts_with("Flux"), "{problem:?}");
        assert!(problem.fix.contains("image.all.tag to v2.6.22 and standalone.messageQueue to rocksmq"), "{problem:?}");
        assert_eq!(trial(&marked("meta.helm.sh/release-name"), Some("2.6.22"), 802).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_release_without_a_record_is_rendered_by_somebody_else() {
        let settings = json!({"standalone.messageQueue": "rocksmq", "image.all.tag": "v2.5.16"});
        let recorded = sample::release("4.2.58", &settings);
        assert_eq!(trial(&recorded, Some("2.6.22"), 918).verdict(), Verdict::Fine);
        assert_eq!(trial(&healthy_cluster(), Some("2.6.6"), 918).verdict(), Verdict::Absent);
        let mut rendered = recorded;
        rendered.release.as_mut().expect("a release").revision = 0;
        let problem = trial(&rendered, Some("2.6.22"), 918).problem();
        assert!(problem.summary.ends_with("another program renders the chart"), "{problem:?}");
        assert!(problem.fix.contains("standalone.messageQueue to rocksmq where another program"), "{problem:?}");
        assert_eq!(trial(&rendered, None, 918).verdict(), Verdict::Fires);
        let mut elsewhere = rendered.clone();
        elsewhere.milvus.annotations.insert(super::HELM_MARK.into(), "my".into());
        assert!(trial(&elsewhere, Some("2.6.22"), 918).problem().fix.ends_with("--helm-driver configmap"));
        rendered.milvus.annotations.insert("argocd.argoproj.io/tracking-id".into(), "x".into());
        assert!(trial(&rendered, Some("2.6.22"), 918).problem().summary.ends_with("Argo CD renders the chart"));
        assert_eq!(trial(&rendered, Some("2.6.22"), 802).verdict(), Verdict::Absent, "it is told once");
    }

    #[test]
    fn tools_that_keep_the_resource_are_found_by_their_marks() {
        let annotated = |key: &'static str| {
            bent(move |it| {
                it.milvus.annotations.insert(key.into(), "x".into());
            })
        };
        let labelled = bent(|it| {
            it.milvus.labels.insert("kustomize.toolkit.fluxcd.io/name".into(), "vectors".into());
        });
        let managed = |name: &'static str, owns_image| {
            bent(move |it| {
                it.milvus.managers.push(FieldManager { name: name.into(), operation: "Apply".into(), owns_image });
            })
        };
        let owner = |snapshot: &Snapshot| match trial(snapshot, None, 802) {
            Answer::Problem(problem) => problem.summary.split(" owns").next().map(str::to_owned),
            _ => None,
        };
        assert_eq!(owner(&annotated("argocd.argoproj.io/tracking-id")).as_deref(), Some("Argo CD"));
        assert_eq!(owner(&annotated("meta.helm.sh/release-name")).as_deref(), Some("Helm"));
        assert_eq!(owner(&labelled).as_deref(), Some("Flux"));
        assert_eq!(owner(&managed("argocd-controller", true)).as_deref(), Some("Argo CD"));
        for nobody in [&annotated("argocd.argoproj.io/sync-wave"), &managed("argocd-controller", false)] {
            assert_eq!(trial(nobody, None, 802).verdict(), Verdict::Fine);
        }
        assert_eq!(trial(&managed("kubectl-edit", true), None, 802).verdict(), Verdict::Fine);
        assert_eq!(trial(&healthy_cluster(), None, 802).verdict(), Verdict::Fine);
    }
}
