//! Rules about the operator that has to do the work.

use semver::Version;

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::shell_word;
use crate::{knowledge::Quirk, snapshot::Operator};

/// MV0201: the operator is older than what the target asks for.
pub(super) fn too_old(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let Some(floor) = ground.knowledge.operator_floor(&target.version) else { return Answer::NotApplicable };
    let (operator, version) = match ground.operator_version() {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    if version >= floor.minimum {
        return Answer::Fine;
    }
    let advised = if floor.advised == floor.minimum { String::new() } else { format!(" ({} advised)", floor.advised) };
    Problem::new(
        evidence::operator(operator),
        format!(
            "operator {version} cannot roll to {}: it needs {} or newer{advised}",
            target.version.line(),
            floor.minimum
        ),
    )
    .seen([format!("image: {}", operator.image), format!("{}: {}", floor.minimum, floor.reason)])
    .fix(upgrade_to(&floor.advised))
    .into()
}

fn upgrade_to(version: &Version) -> String {
    format!("kubectl milvus upgrade operator --to {version}")
}

fn look_at(operator: &Operator) -> String {
    let (namespace, name) = (shell_word(&operator.namespace), shell_word(&operator.name));
    format!("kubectl -n {namespace} describe deployment {name}")
}

/// MV0202: no operator, or none with a ready pod.
pub(super) fn absent(ground: &Ground<'_>) -> Answer {
    match ground.operator() {
        Err(Answer::NotApplicable) => Problem::new(
            evidence::milvus(ground.milvus()),
            "no Milvus operator was found in the cluster: nobody would act on a change",
        )
        .seen(["deployments with app.kubernetes.io/name=milvus-operator in all namespaces: none"])
        .fix("kubectl get deployments -A | grep milvus-operator   and install it where there is none")
        .into(),
        Err(answer) => answer,
        Ok(operator) if operator.ready < 1 => {
            Problem::new(evidence::operator(operator), "the operator has no ready pod: nobody would act on a change")
                .seen([format!("status.readyReplicas: {}", operator.ready), format!("image: {}", operator.image)])
                .fix(look_at(operator))
                .into()
        }
        Ok(_) => Answer::Fine,
    }
}

/// MV0203: the operator was started with `-stop-reconcilers`.
pub(super) fn told_to_stop(ground: &Ground<'_>) -> Answer {
    let operator = match ground.operator() {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    if !operator.is_stopped() {
        return Answer::Fine;
    }
    Problem::new(evidence::operator(operator), "the operator was told not to touch Milvus resources")
        .seen([format!("-stop-reconcilers: {}", operator.stopped_reconcilers.join(","))])
        .fix(format!("{}   and take -stop-reconcilers out of its arguments", look_at(operator)))
        .into()
}

/// MV0204: the operator looks after other namespaces only.
pub(super) fn elsewhere(ground: &Ground<'_>) -> Answer {
    let operator = match ground.operator() {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    let namespace = &ground.milvus().namespace;
    if operator.watches(namespace) {
        return Answer::Fine;
    }
    let watched = operator.watch_namespaces.as_deref().unwrap_or_default().join(",");
    Problem::new(evidence::operator(operator), format!("the operator does not look after the namespace {namespace}"))
        .seen([format!("-watch-namespace: {watched}")])
        .fix(format!("{}   and add {namespace} to -watch-namespace", look_at(operator)))
        .into()
}

/// MV0205: the operator would take the wanted image for an old one.
pub(super) fn misreads_image(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let stated = target.states_version || ground.milvus().stated_version().is_some();
    let new_layout = ground.knowledge.is_mixcoord_only(&target.version);
    if stated || !new_layout || !target.image.has_registry_port() {
        return Answer::NotApplicable;
    }
    let (operator, version) = match ground.operator_version() {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    let quirk = ground.knowledge.quirk(Quirk::MisreadsRegistryPort, &version);
    Answer::of(quirk.map(|quirk| {
        Problem::new(
            evidence::operator(operator),
            format!("operator {version} misreads {}: {}", target.image, quirk.reason),
        )
        .seen([format!("image: {}", operator.image), format!("target: {}", target.image)])
        .fix(better(ground, quirk.below.as_ref()))
    }))
}

/// The command that upgrades the operator to what the target's line prefers, or to `below` where nothing is preferred.
fn better(ground: &Ground<'_>, below: Option<&Version>) -> String {
    let version = ground.target.map(|target| target.version.clone()).or_else(|| ground.from());
    let advised = version.and_then(|version| Some(&ground.knowledge.operator_floor(&version)?.advised));
    match advised.into_iter().chain(below).max() {
        Some(version) => upgrade_to(version),
        None => "kubectl milvus upgrade operator".to_owned(),
    }
}

/// MV0206: the operator would put an etcd of chart 8 in the place of one of chart 6.
pub(super) fn replaces_etcd(ground: &Ground<'_>) -> Answer {
    let external = ground.milvus().spec.pointer("/dependencies/etcd/external").and_then(serde_json::Value::as_bool);
    let chart = &ground.snapshot.etcd_chart;
    if external == Some(true) || chart.known() == Some(&None) {
        return Answer::NotApplicable;
    }
    if chart.known().and_then(Option::as_ref).is_some_and(|chart| !chart.starts_with("6.")) {
        return Answer::Fine;
    }
    let (operator, version) = match ground.operator_version() {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    let Some(quirk) = ground.knowledge.quirk(Quirk::ReplacesEtcdChart, &version) else { return Answer::Fine };
    let chart = match chart.as_result() {
        Ok(chart) => chart.as_deref().unwrap_or_default(),
        Err(reason) => {
            return Answer::Unknown(format!(
                "{reason}; look at the chart of the release {}-etcd before values of etcd change",
                ground.milvus().name
            ));
        }
    };
    Problem::new(evidence::operator(operator), format!("operator {version} would replace etcd: {}", quirk.reason))
        .seen([format!("image: {}", operator.image), format!("chart of {}-etcd: {chart}", ground.milvus().name)])
        .fix(better(ground, quirk.below.as_ref()))
        .into()
}

/// MV0214: the account of the operator may not do what the upgrade makes it do.
pub(super) fn lacks_rights(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() {
        return Answer::NotApplicable;
    }
    let operator = match ground.operator() {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    let (place, account) = (&operator.namespace, &operator.account);
    match operator.lacks.as_result() {
        Ok(lacks) if lacks.is_empty() => Answer::Fine,
        Ok(lacks) => Problem::new(
            evidence::operator(operator),
            format!("the operator may not {} in {}", lacks.join(", "), ground.milvus().namespace),
        )
        .seen([format!("serviceaccount/{account} in {place}: refused by the API server, right by right")])
        .fix(format!("bind the ClusterRole of the operator's chart to serviceaccount/{account} in {place} again"))
        .into(),
        Err(reason) => Answer::Unknown(format!(
            "{reason}; ask with kubectl -n {} auth can-i update deployments.apps --as=system:serviceaccount:{place}:{account}",
            shell_word(&ground.milvus().namespace)
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial, trial_with};
    use crate::snapshot::{
        Operator, Part, Snapshot,
        sample::{self, healthy_cluster},
    };

    fn with_operator(version: &str, change: impl FnOnce(&mut Operator)) -> Snapshot {
        let mut operator = sample::operator();
        operator.image = format!("milvusdb/milvus-operator:v{version}");
        operator.version = version.parse().ok();
        change(&mut operator);
        let mut snapshot = healthy_cluster();
        snapshot.operators = Part::Known(vec![operator]);
        snapshot
    }

    #[test]
    fn the_operator_has_to_reach_the_floor_of_the_target() {
        use Verdict::{Absent, Fine, Fires, Unknown};
        for (operator, to, verdict) in [
            ("1.2.8", Some("2.6.6"), Fires),
            ("1.3.0", Some("2.6.6"), Fine),
            ("1.3.0-hotfix1", Some("2.6.6"), Fine),
            ("1.3.0-rc1", Some("2.6.6"), Fires),
            ("1.3.7", Some("3.0.0"), Fine),
            ("1.1.9", Some("2.5.27"), Fires),
            ("1.2.0", Some("2.5.27"), Fine),
            ("0.7.5", Some("2.2.16"), Fires),
            ("latest", Some("2.6.6"), Unknown),
            ("1.2.8", None, Absent),
        ] {
            let snapshot = with_operator(operator, |_| ());
            assert_eq!(trial(&snapshot, to, 201).verdict(), verdict, "{operator} for {to:?}");
        }
        let problem = trial(&with_operator("1.2.8", |_| ()), Some("2.6.6"), 201).problem();
        assert_eq!(problem.summary, "operator 1.2.8 cannot roll to 2.6: it needs 1.3.0 or newer (1.3.7 advised)");
        assert_eq!(problem.object, "deployment/milvus-operator in milvus-operator");
        assert_eq!(problem.evidence[0], "image: milvusdb/milvus-operator:v1.2.8");
        assert_eq!(problem.fix, "kubectl milvus upgrade operator --to 1.3.7");
    }

    #[test]
    fn an_operator_that_does_not_act_is_a_problem_with_or_without_a_target() {
        let silent = with_operator("1.3.7", |operator| operator.ready = 0);
        let stopped = with_operator("1.3.7", |operator| operator.stopped_reconcilers = vec!["milvus".into()]);
        let other = with_operator("1.3.7", |operator| operator.stopped_reconcilers = vec!["milvusupgrade".into()]);
        let elsewhere = with_operator("1.3.7", |operator| operator.watch_namespaces = Some(vec!["web".into()]));
        let here = with_operator("1.3.7", |operator| operator.watch_namespaces = Some(vec!["vec".into()]));
        for to in [None, Some("2.6.6")] {
            for (snapshot, code, verdict) in [
                (&healthy_cluster(), 202, Verdict::Fine),
                (&silent, 202, Verdict::Fires),
                (&stopped, 203, Verdict::Fires),
                (&other, 203, Verdict::Fine),
                (&elsewhere, 204, Verdict::Fires),
                (&here, 204, Verdict::Fine),
            ] {
                assert_eq!(trial(snapshot, to, code).verdict(), verdict, "MV0{code} {to:?}");
            }
        }
    }

    #[test]
    fn the_operator_has_to_have_the_rights_that_an_upgrade_asks_of_it() {
        let lacking = |lacks| with_operator("1.3.7", |operator| operator.lacks = lacks);
        assert_eq!(trial(&lacking(Part::Known(vec![])), Some("2.6.6"), 214).verdict(), Verdict::Fine);
        let poor = lacking(Part::Known(vec!["update deployments.apps".into(), "get secrets".into()]));
        let problem = trial(&poor, Some("2.6.6"), 214).problem();
        assert_eq!(problem.summary, "the operator may not update deployments.apps, get secrets in vec");
        assert_eq!(problem.object, "deployment/milvus-operator in milvus-operator");
        assert_eq!(trial(&poor, None, 214).verdict(), Verdict::Absent);
        let unseen = lacking(Part::Unknown("no right to create subjectaccessreviews".into()));
        assert_eq!(trial(&unseen, Some("2.6.6"), 214).verdict(), Verdict::Unknown);
    }

    #[test]
    fn none_found_is_a_problem_and_not_seen_is_unknown() {
        let mut snapshot = healthy_cluster();
        snapshot.operators = Part::Known(vec![]);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 202).verdict(), Verdict::Fires);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 201).verdict(), Verdict::Absent, "it is said once");
        snapshot.operators = Part::Unknown("no right to list deployments".into());
        for code in [201, 202, 203, 204, 206] {
            assert_eq!(trial(&snapshot, Some("2.6.6"), code).verdict(), Verdict::Unknown, "MV0{code}");
        }
    }

    #[test]
    fn a_registry_port_is_a_trap_of_some_operators_on_the_way_to_two_six() {
        for (operator, image, to, verdict) in [
            ("1.3.3", "registry:5000/milvus:v2.5.22", "2.6.6", Verdict::Fires),
            ("1.3.4", "registry:5000/milvus:v2.5.22", "2.6.6", Verdict::Fine),
            ("1.3.3", "registry/milvus:v2.5.22", "2.6.6", Verdict::Absent),
            ("1.3.3", "registry:5000/milvus:v2.5.22", "2.5.27", Verdict::Absent),
        ] {
            let mut snapshot = with_operator(operator, |_| ());
            sample::run_image(&mut snapshot, image);
            assert_eq!(trial(&snapshot, Some(to), 205).verdict(), verdict, "{operator} {image} {to}");
            let stated = trial_with(&snapshot, to, 205, |target| target.states_version = true);
            assert_eq!(stated.verdict(), Verdict::Absent);
        }
    }

    #[test]
    fn an_etcd_of_the_old_chart_is_in_danger_of_some_operators() {
        let mut snapshot = with_operator("1.3.4", |_| ());
        assert_eq!(trial(&snapshot, None, 206).problem().fix, "kubectl milvus upgrade operator --to 1.3.7");
        snapshot.etcd_chart = Part::Known(Some("8.12.0".into()));
        assert_eq!(trial(&snapshot, None, 206).verdict(), Verdict::Fine);
        snapshot.etcd_chart = Part::Unknown("no right to list secrets".into());
        assert_eq!(trial(&snapshot, None, 206).verdict(), Verdict::Unknown);
        sample::set(&mut snapshot.milvus.spec, "/dependencies/etcd/external", json!(true));
        assert_eq!(trial(&snapshot, None, 206).verdict(), Verdict::Absent);
        assert_eq!(trial(&healthy_cluster(), None, 206).verdict(), Verdict::Fine);
    }
}
