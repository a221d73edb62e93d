//! Rules about an upgrade of the operator itself (milvus.md §1.10).

use semver::Version;

use super::{Answer, Ground, Problem, Target, evidence};
use crate::{
    knowledge::Quirk,
    milvus::MilvusVersion,
    snapshot::{DEFINITIONS, OperatorScene, Rest, Watched, shell_word},
};

/// The value by which users pin the operator's image.
const TAG: &str = "image.tag";

/// Where manifests of the operator are published, by version.
const MANIFESTS: &str = "https://raw.githubusercontent.com/zilliztech/milvus-operator";

const APPLY: &str = "kubectl apply --server-side --force-conflicts";

fn itself<'a>(ground: &Ground<'a>) -> Result<&'a OperatorScene, Answer> {
    ground.snapshot.operator_scene.as_ref().ok_or(Answer::NotApplicable)
}

fn way<'a>(ground: &Ground<'a>) -> Result<(&'a OperatorScene, &'a Target), Answer> {
    Ok((itself(ground)?, ground.target.ok_or(Answer::NotApplicable)?))
}

fn watched(itself: &OperatorScene) -> Result<Vec<&Watched>, Answer> {
    itself.watched().map_err(|reason| {
        Answer::Unknown(format!("{reason}; ask for the right to list milvuses in all namespaces the operator watches"))
    })
}

fn semver(version: &MilvusVersion) -> Option<Version> {
    Version::parse(&version.to_string()).ok()
}

fn problem(itself: &OperatorScene, summary: impl Into<String>) -> Problem {
    Problem::new(evidence::operator(itself.operator()), summary)
}

fn upgrade_to(ground: &Ground<'_>, version: &Version) -> String {
    ground.milvus().plugin_command("upgrade", &format!("--to {version}"))
}

/// Unwraps what a rule needs, or gives the answer that it cannot be asked.
macro_rules! need {
    ($result:expr) => {
        match $result {
            Ok(found) => found,
            Err(answer) => return answer,
        }
    };
}

/// MV1001: Helm has no release of it, so nothing is there that could be upgraded.
pub(super) fn not_by_helm(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    if ground.snapshot.release.is_some() {
        return Answer::Fine;
    }
    let operator = itself.operator();
    if operator.image == target.image.to_string() {
        return Answer::Fine;
    }
    let release = itself.deployment.instance.as_deref().unwrap_or("milvus-operator");
    let label = itself.deployment.labels.get("app.kubernetes.io/managed-by").map_or("absent", String::as_str);
    let (namespace, version) = (shell_word(&operator.namespace), &target.version);
    problem(itself, "the operator was installed from a manifest, not by Helm: nothing is upgraded for you")
        .seen([
            format!("metadata.labels app.kubernetes.io/managed-by: {label}"),
            format!("records of a release `{release}` in {}: none", operator.namespace),
            format!("image: {}", operator.image),
            format!(
                "or have Helm take it over, with its definitions, once:  helm -n {namespace} install {} \
                 milvus-operator --repo https://zilliztech.github.io/milvus-operator/ --version {version} \
                 --take-ownership",
                shell_word(release)
            ),
        ])
        .fix(apply_manifest(version))
        .into()
}

/// Brings an operator and its definitions without Helm.
fn apply_manifest(version: &MilvusVersion) -> String {
    format!("{APPLY} -f {MANIFESTS}/v{version}/deploy/manifests/deployment.yaml")
}

/// Brings the definitions alone.
fn apply_definitions(version: &str) -> String {
    let file = |name: &str| {
        let plural = name.trim_end_matches(".milvus.io");
        format!(" -f {MANIFESTS}/v{version}/config/crd/bases/milvus.io_{plural}.yaml")
    };
    format!("{APPLY}{}", DEFINITIONS.map(file).concat())
}

/// MV1002: the user's values name the image, so that a newer chart alone changes nothing.
pub(super) fn image_pinned(ground: &Ground<'_>) -> Answer {
    let itself = need!(itself(ground));
    let Some(release) = &ground.snapshot.release else { return Answer::NotApplicable };
    let Some(tag) = release.text(TAG).filter(|_| release.is_given(TAG)) else { return Answer::Fine };
    let wanted = match ground.target {
        Some(target) => target.image.tag().unwrap_or_default().to_owned(),
        None => format!("v{}", release.chart),
    };
    if tag.trim_start_matches('v') == wanted.trim_start_matches('v') {
        return Answer::Fine;
    }
    let fix = match ground.target {
        Some(_) => format!("nothing: the plan sets {TAG} to {wanted}"),
        None => upgrade_to(ground, &release.chart),
    };
    problem(itself, format!("values of the release pin the operator at {tag}; its chart alone would not move it"))
        .seen([format!("values {TAG}: {tag}"), format!("chart: {}", release.chart)])
        .fix(fix)
        .into()
}

/// MV1003: the target is older than what runs.
pub(super) fn goes_back(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    let Some(from) = ground.from() else {
        return Answer::NotApplicable;
    };
    if target.version >= from {
        return Answer::Fine;
    }
    let fix = match &ground.snapshot.release {
        Some(release) => {
            format!(
                "helm -n {} history {}   and go back to a revision with helm rollback",
                shell_word(&ground.milvus().namespace),
                shell_word(&ground.milvus().name)
            ) + if release.revision > 1 { "" } else { "; there is one only" }
        }
        None => "apply the manifest of the older version, after reading what changed".to_owned(),
    };
    problem(itself, format!("operator {from} runs, and {} is older", target.version))
        .seen([format!("image: {}", itself.operator().image), format!("target: {}", target.image)])
        .fix(fix)
        .into()
}

/// MV1004: the target brings an etcd chart that breaks the etcd of instances.
pub(super) fn replaces_etcd(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    let Some(version) = semver(&target.version) else { return Answer::NotApplicable };
    let Some(quirk) = ground.knowledge.quirk(Quirk::ReplacesEtcdChart, &version) else { return Answer::Fine };
    let owning: Vec<String> =
        need!(watched(itself)).iter().filter(|milvus| milvus.owns_etcd).map(|milvus| milvus.place()).collect();
    if owning.is_empty() {
        return Answer::Fine;
    }
    let fix = quirk.below.as_ref().map_or_else(|| "choose another version".to_owned(), |it| upgrade_to(ground, it));
    problem(itself, format!("operator {version} would break the etcd of instances: {}", quirk.reason))
        .seen(owning.into_iter().map(|place| format!("{place}: its etcd was installed by the operator")))
        .fix(fix)
        .into()
}

/// MV1005: pods of instances carry the operator's image and are replaced with it.
pub(super) fn tool_image_follows(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    if itself.operator().image == target.image.to_string() {
        return Answer::Fine;
    }
    let following: Vec<&Watched> =
        need!(watched(itself)).into_iter().filter(|milvus| milvus.update_tool_image).collect();
    let Some(first) = following.first() else { return Answer::Fine };
    let patch = r#"{"spec":{"components":{"updateToolImage":false}}}"#;
    problem(itself, format!("pods of {} restart with the operator", count(following.len())))
        .seen(following.iter().map(|milvus| format!("{}: spec.components.updateToolImage: true", milvus.place())))
        .fix(format!(
            "kubectl -n {} patch milvus {} --type=merge -p '{patch}'",
            shell_word(&first.namespace),
            shell_word(&first.name)
        ))
        .into()
}

/// MV1006: an instance is on its way somewhere, and another operator would take it over half-way.
pub(super) fn instance_unsettled(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    if itself.operator().image == target.image.to_string() {
        return Answer::NotApplicable;
    }
    let unsettled: Vec<&Watched> =
        need!(watched(itself)).into_iter().filter(|milvus| milvus.rest == Rest::Moving).collect();
    let Some(first) = unsettled.first() else { return Answer::Fine };
    let seen = unsettled.iter().map(|milvus| {
        let observed = milvus.observed_generation;
        format!("{}: generation {}, observed {observed}, not healthy and updated", milvus.place(), milvus.generation)
    });
    let (namespace, name) = (shell_word(&first.namespace), shell_word(&first.name));
    problem(
        itself,
        format!("{} not at rest; the new operator would go on with what the old one began", are(&unsettled)),
    )
    .seen(seen)
    .fix(format!("kubectl milvus check {name} -n {namespace}"))
    .into()
}

/// MV1007: an instance runs a Milvus that the target cannot look after.
pub(super) fn below_floor(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    let Some(version) = semver(&target.version) else { return Answer::NotApplicable };
    let floor = |milvus: &&Watched| {
        let floor = ground.knowledge.operator_floor(milvus.version.as_ref()?)?;
        (version < floor.minimum).then(|| (milvus.place(), milvus.version.clone(), floor))
    };
    let below: Vec<_> = need!(watched(itself)).iter().filter_map(floor).collect();
    let Some((_, _, floor)) = below.iter().max_by_key(|(_, _, floor)| &floor.minimum) else { return Answer::Fine };
    let seen = below.iter().map(|(place, runs, floor)| {
        let runs = runs.as_ref().map_or_else(String::new, ToString::to_string);
        format!("{place}: {runs} needs {} or newer, because {}", floor.minimum, floor.reason)
    });
    problem(itself, format!("operator {version} is too old for {}", count(below.len())))
        .seen(seen)
        .fix(upgrade_to(ground, &floor.advised))
        .into()
}

/// MV1008: the definitions are managed elsewhere.
pub(super) fn definitions_elsewhere(ground: &Ground<'_>) -> Answer {
    let itself = need!(itself(ground));
    let (Some(release), Some(target)) = (&ground.snapshot.release, ground.target) else { return Answer::NotApplicable };
    if itself.brings_definitions() || itself.operator().image == target.image.to_string() {
        return Answer::Fine;
    }
    let value = release.settings.get("installCRDs").map_or_else(|| "absent".to_owned(), ToString::to_string);
    let version = &target.version;
    problem(itself, "the release does not bring the definitions: bring them up to date first")
        .seen([format!("values installCRDs: {value}")])
        .fix(apply_definitions(&version.to_string()))
        .into()
}

/// MV1009: nobody knows which operator runs.
pub(super) fn unreadable(ground: &Ground<'_>) -> Answer {
    let (itself, _) = need!(way(ground));
    if ground.from().is_some() {
        return Answer::Fine;
    }
    problem(itself, "the image of the operator names no version, so nobody can tell whether this goes forward")
        .seen([format!("image: {}", itself.operator().image)])
        .fix("say it with --from-version; the operator's log says it at the start")
        .into()
}

/// MV1010: the target is in no table.
pub(super) fn unknown_release(ground: &Ground<'_>) -> Answer {
    let (itself, target) = need!(way(ground));
    let operators = ground.knowledge.operators();
    if operators.iter().any(|known| semver(&target.version).as_ref() == Some(&known.version)) {
        return Answer::Fine;
    }
    let newest = operators.iter().map(|known| &known.version).max();
    let newest = newest.map_or_else(|| "none".to_owned(), ToString::to_string);
    problem(itself, format!("operator {} is not among the known releases", target.version))
        .seen([format!("target: {}", target.image), format!("newest known: {newest}")])
        .fix("look whether chart and image of that version exist")
        .into()
}

/// MV1011: the definitions in the cluster are not those that the release brought.
pub(super) fn definitions_behind(ground: &Ground<'_>) -> Answer {
    let itself = need!(itself(ground));
    if !itself.brings_definitions() {
        return Answer::NotApplicable;
    }
    if let Err(reason) = itself.definitions.as_result() {
        return Answer::Unknown(format!("{reason}; look with kubectl get crd"));
    }
    let lacking = itself.lacking();
    if lacking.is_empty() {
        return Answer::Fine;
    }
    let version = match (ground.target, &ground.snapshot.release) {
        (Some(target), _) => target.version.to_string(),
        (None, Some(release)) => release.chart.to_string(),
        (None, None) => return Answer::NotApplicable,
    };
    let fix = apply_definitions(&version);
    problem(itself, "the definitions are older than the release says: the API server drops fields the operator needs")
        .seen(lacking)
        .fix(fix)
        .into()
}

/// MV1012: the operator is not wholly there.
pub(super) fn not_rolled_out(ground: &Ground<'_>) -> Answer {
    let itself = need!(itself(ground));
    if ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let operator = itself.operator();
    let scaled_away = (operator.ready < 1).then_some("it has no pods");
    let Some(why) = itself.deployment.awaits.as_deref().or(scaled_away) else { return Answer::Fine };
    let pods = itself.pods.known().into_iter().flatten();
    let troubles = pods.filter_map(|pod| Some(format!("pod {}: {}", pod.name, pod.trouble.as_ref()?)));
    let (namespace, name) = (shell_word(&operator.namespace), shell_word(&operator.name));
    problem(itself, format!("the operator is not wholly rolled out: {why}"))
        .seen(std::iter::once(format!("status.readyReplicas: {}", operator.ready)).chain(troubles))
        .fix(format!("kubectl -n {namespace} describe deployment {name}"))
        .into()
}

fn count(instances: usize) -> String {
    if instances == 1 { "one instance".to_owned() } else { format!("{instances} instances") }
}

fn are(instances: &[&Watched]) -> String {
    match instances {
        [one] => format!("{} is", one.place()),
        many => format!("{} are", count(many.len())),
    }
}
