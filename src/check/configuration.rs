//! Rules about what the resource says.

use serde_json::{Value, json};

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::shell_word;
use crate::{
    knowledge::Quirk,
    milvus::{Component, ImageUpdateMode},
};

/// The operator ignores a resource with this annotation.
const PAUSE: &str = "milvus.io/pause-reconcile";

fn flag(ground: &Ground<'_>, pointer: &str) -> Option<bool> {
    ground.milvus().spec.pointer(pointer)?.as_bool()
}

/// MV0401: the annotation that makes the operator look away.
pub(super) fn ignored(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let value = milvus.annotations.get(PAUSE).filter(|value| *value == "true");
    Answer::of(value.map(|value| {
        let (namespace, name) = (shell_word(&milvus.namespace), shell_word(&milvus.name));
        Problem::new(
            evidence::milvus(milvus),
            "the operator was told to ignore this resource: no change has any effect",
        )
        .seen([format!("metadata.annotations.{PAUSE}: {value}")])
        .fix(format!("kubectl -n {namespace} annotate milvus {name} {PAUSE}-"))
    }))
}

/// MV0402: all components or one of them stand still.
pub(super) fn paused(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let mut pointers = Vec::new();
    let mut components = json!({});
    if flag(ground, "/components/paused") == Some(true) {
        pointers.push("/components/paused".to_owned());
        components["paused"] = json!(false);
    }
    for component in Component::ALL {
        let pointer = format!("/components/{}/paused", component.spec_key());
        if flag(ground, &pointer) == Some(true) {
            pointers.push(pointer);
            components[component.spec_key()] = json!({"paused": false});
        }
    }
    if pointers.is_empty() {
        return Answer::Fine;
    }
    Problem::new(evidence::milvus(milvus), "a paused component does not move, and those after it wait for ever")
        .seen(pointers.iter().map(|pointer| evidence::spec(milvus, pointer)))
        .fix(milvus.patch_command(&json!({"spec": {"components": components}})))
        .into()
}

/// MV0403: a component keeps an image that is not the wanted one.
pub(super) fn own_image(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let wanted = ground.target.map(|target| target.image.to_string());
    let common = wanted.or_else(|| milvus.spec.pointer("/components/image")?.as_str().map(str::to_owned));
    let mut pointers = Vec::new();
    let mut components = json!({});
    for component in Component::ALL {
        let own = milvus.component(component).and_then(|section| section.get("image")).and_then(Value::as_str);
        if own.is_some_and(|own| !own.is_empty() && Some(own) != common.as_deref()) {
            pointers.push(format!("/components/{}/image", component.spec_key()));
            components[component.spec_key()] = json!({"image": null});
        }
    }
    if pointers.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        "a component with an image of its own never counts as updated: a roll would hang",
    )
    .seen(pointers.iter().map(|pointer| evidence::spec(milvus, pointer)))
    .fix(milvus.patch_command(&json!({"spec": {"components": components}})))
    .into()
}

/// MV0404: somebody else moves the replicas.
pub(super) fn manual_mode(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/components/enableManualMode";
    let milvus = ground.milvus();
    let manual = flag(ground, POINTER) == Some(true);
    Answer::of(manual.then(|| {
        Problem::new(evidence::milvus(milvus), "in manual mode the operator does not look after replicas")
            .seen([evidence::spec(milvus, POINTER)])
            .fix(milvus.patch_command(&json!({"spec": {"components": {"enableManualMode": false}}})))
    }))
}

/// MV0407: nothing is replaced one after the other.
pub(super) fn all_at_once(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/components/enableRollingUpdate";
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    if target.is_migration() || matches!(target.update_mode, Some(ImageUpdateMode::All | ImageUpdateMode::Force)) {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let object = evidence::milvus(milvus);
    if let Some(queue) = milvus.message_queue().filter(crate::milvus::MessageQueue::is_built_in) {
        return Problem::new(object, format!("{queue} lives inside Milvus: the old pod goes before the new one comes"))
            .seen([evidence::spec(milvus, "/dependencies/msgStreamType")])
            .fix("choose a quiet hour; clients reconnect")
            .into();
    }
    if !ground.knowledge.rolls(&from) {
        return Problem::new(object, format!("{from} cannot hand over while it runs: coordinators stop first"))
            .seen([evidence::running(ground)])
            .fix("choose a quiet hour; clients reconnect")
            .into();
    }
    let fix = milvus.patch_command(&json!({"spec": {"components": {"enableRollingUpdate": true}}}));
    match milvus.rolling_update() {
        Some(true) => Answer::Fine,
        Some(false) => Problem::new(object, "rolling updates are off: all components change at once")
            .seen([evidence::spec(milvus, POINTER)])
            .fix(fix)
            .into(),
        None => match ground.operator_version() {
            Err(answer) => answer,
            Ok((_, version)) => {
                let quirk = ground.knowledge.quirk(Quirk::RollingUpdateOffByDefault, &version);
                Answer::of(quirk.map(|quirk| {
                    Problem::new(
                        object,
                        format!("all components change at once with operator {version}: {}", quirk.reason),
                    )
                    .seen([evidence::spec(milvus, POINTER)])
                    .fix(fix)
                }))
            }
        },
    }
}

/// MV0408: the order of an earlier change is still set. On a roll that goes on it is the roll's own.
pub(super) fn mode_left_behind(ground: &Ground<'_>) -> Answer {
    if ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let mode = milvus.update_mode();
    if mode == ImageUpdateMode::RollingUpgrade {
        return Answer::Fine;
    }
    Problem::new(evidence::milvus(milvus), format!("the next change of the image by anyone goes in the order `{mode}`"))
        .seen([evidence::spec(milvus, "/components/imageUpdateMode")])
        .fix(milvus.patch_command(&json!({"spec": {"components": {"imageUpdateMode": "rollingUpgrade"}}})))
        .into()
}

/// MV0410: the operator has to be upgraded first, and that restarts Milvus.
pub(super) fn tool_image_follows(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let milvus = ground.milvus();
    if flag(ground, "/components/updateToolImage") != Some(true) {
        return Answer::Fine;
    }
    let Some(floor) = ground.knowledge.operator_floor(&target.version) else { return Answer::NotApplicable };
    match ground.operator_version() {
        Err(answer) => answer,
        Ok((_, version)) if version >= floor.minimum => Answer::NotApplicable,
        Ok(_) => {
            Problem::new(evidence::milvus(milvus), "the operator has to be upgraded first, which restarts Milvus' pods")
                .seen([evidence::spec(milvus, "/components/updateToolImage")])
                .fix(milvus.patch_command(&json!({"spec": {"components": {"updateToolImage": false}}})))
                .into()
        }
    }
}

/// MV0411: the target needs other settings, and the pods would not get them.
pub(super) fn config_map_only(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/components/updateConfigMapOnly";
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let needed: Vec<&str> = ground
        .knowledge
        .entered(&from, &target.version)
        .flat_map(|rules| rules.needs_configuration.iter().map(String::as_str))
        .collect();
    if needed.is_empty() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    if flag(ground, POINTER) == Some(false) {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        format!("{} needs changes of {}, and pods keep their configuration", target.version.line(), needed.join(", ")),
    )
    .seen([evidence::spec(milvus, POINTER)])
    .fix(milvus.patch_command(&json!({"spec": {"components": {"updateConfigMapOnly": false}}})))
    .into()
}

/// MV0412: the operator would choose another queue than it chose before.
pub(super) fn queue_not_named(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    if milvus.message_queue().is_some() {
        return Answer::Fine;
    }
    let chosen = |version| ground.knowledge.default_queue(milvus.mode(), version).map(|row| &row.queue);
    let (Some(before), Some(after)) = (chosen(&from), chosen(&target.version)) else { return Answer::NotApplicable };
    if before == after {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        format!(
            "no message queue is named: the operator chose {before} for {from}, and chooses {after} for {}",
            target.version
        ),
    )
    .seen([evidence::spec(milvus, "/dependencies/msgStreamType"), evidence::spec(milvus, "/mode")])
    .fix(milvus.patch_command(&json!({"spec": {"dependencies": {"msgStreamType": before.to_string()}}})))
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::trial::{Verdict, judge, target, trial, trial_with};
    use crate::{
        check::{Answer, Ground},
        knowledge::Knowledge,
        milvus::ImageUpdateMode,
        snapshot::{
            Part, Snapshot,
            sample::{self, healthy_cluster, standalone},
        },
    };

    fn with_spec(path: &str, value: Value) -> Snapshot {
        let mut snapshot = healthy_cluster();
        sample::set(&mut snapshot.milvus.spec, path, value);
        snapshot
    }

    #[test]
    fn what_keeps_the_operator_from_acting_is_found_with_or_without_a_target() {
        for to in [None, Some("2.6.6")] {
            for (path, value, code, verdict) in [
                ("/components/paused", json!(true), 402, Verdict::Fires),
                ("/components/paused", json!(false), 402, Verdict::Fine),
                ("/components/paused", json!("true"), 402, Verdict::Fine),
                ("/components/queryNode/paused", json!(true), 402, Verdict::Fires),
                ("/components/queryNode/image", json!("milvusdb/milvus:v2.5.16"), 403, Verdict::Fires),
                ("/components/queryNode/image", json!(""), 403, Verdict::Fine),
                ("/components/resources", json!({"image": "x"}), 403, Verdict::Fine),
                ("/components/enableManualMode", json!(true), 404, Verdict::Fires),
                ("/components/enableManualMode", json!(false), 404, Verdict::Fine),
                ("/components/imageUpdateMode", json!("rollingDowngrade"), 408, Verdict::Fires),
                ("/components/imageUpdateMode", json!("all"), 408, Verdict::Fires),
                ("/components/imageUpdateMode", json!(""), 408, Verdict::Fine),
            ] {
                let snapshot = with_spec(path, value.clone());
                assert_eq!(trial(&snapshot, to, code).verdict(), verdict, "MV0{code} {path}: {value}, {to:?}");
            }
            let mut snapshot = healthy_cluster();
            assert_eq!(trial(&snapshot, to, 401).verdict(), Verdict::Fine);
            snapshot.milvus.annotations.insert("milvus.io/pause-reconcile".into(), "true".into());
            let fix = trial(&snapshot, to, 401).problem().fix;
            assert_eq!(fix, "kubectl -n vec annotate milvus prod milvus.io/pause-reconcile-");
        }
    }

    #[test]
    fn evidence_and_fix_name_every_place() {
        let mut snapshot = with_spec("/components/paused", json!(true));
        sample::set(&mut snapshot.milvus.spec, "/components/proxy/paused", json!(true));
        let problem = trial(&snapshot, None, 402).problem();
        assert_eq!(problem.evidence, ["spec.components.paused: true", "spec.components.proxy.paused: true"]);
        let patch = r#"'{"spec":{"components":{"paused":false,"proxy":{"paused":false}}}}'"#;
        assert_eq!(problem.fix, format!("kubectl -n vec patch milvus prod --type=merge -p {patch}"));
    }

    #[test]
    fn an_own_image_that_is_the_wanted_one_does_no_harm() {
        let snapshot = with_spec("/components/queryNode/image", json!("milvusdb/milvus:v2.6.6"));
        assert_eq!(trial(&snapshot, Some("2.6.6"), 403).verdict(), Verdict::Fine);
        assert_eq!(trial(&snapshot, Some("2.6.22"), 403).verdict(), Verdict::Fires);
    }

    #[test]
    fn downtime_is_announced() {
        let off = with_spec("/components/enableRollingUpdate", json!(false));
        let unset = with_spec("/components/enableRollingUpdate", Value::Null);
        let mut unset_by_old = unset.clone();
        let mut old = sample::operator();
        old.version = Some(semver::Version::new(1, 0, 0));
        unset_by_old.operators = Part::Known(vec![old]);
        let mut unset_by_unknown = unset.clone();
        unset_by_unknown.operators = Part::Unknown("no right".into());
        let mut ancient = healthy_cluster();
        sample::run_image(&mut ancient, "milvusdb/milvus:v2.2.2");
        for (snapshot, to, verdict) in [
            (&healthy_cluster(), Some("2.6.6"), Verdict::Fine),
            (&off, Some("2.6.6"), Verdict::Fires),
            (&off, None, Verdict::Absent),
            (&unset, Some("2.6.6"), Verdict::Fine),
            (&unset_by_old, Some("2.6.6"), Verdict::Fires),
            (&unset_by_unknown, Some("2.6.6"), Verdict::Unknown),
            (&standalone(), Some("2.6.6"), Verdict::Fires),
            (&ancient, Some("2.2.16"), Verdict::Fires),
        ] {
            assert_eq!(trial(snapshot, to, 407).verdict(), verdict, "{to:?} {}", snapshot.milvus.spec);
        }
        let chosen = trial_with(&off, "2.6.6", 407, |target| target.update_mode = Some(ImageUpdateMode::All));
        assert_eq!(chosen.verdict(), Verdict::Absent, "who asks for it knows it");
    }

    #[test]
    fn the_mode_of_a_roll_that_goes_on_is_its_own() {
        let mut snapshot = with_spec("/components/imageUpdateMode", json!("all"));
        sample::set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        assert_eq!(trial(&snapshot, Some("2.6.6"), 408).verdict(), Verdict::Absent);
    }

    #[test]
    fn the_tool_image_matters_where_the_operator_has_to_go_first() {
        let mut snapshot = with_spec("/components/updateToolImage", json!(true));
        assert_eq!(trial(&snapshot, Some("2.6.6"), 410).verdict(), Verdict::Absent);
        let mut old = sample::operator();
        old.version = Some(semver::Version::new(1, 2, 8));
        snapshot.operators = Part::Known(vec![old]);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 410).verdict(), Verdict::Fires);
        sample::remove(&mut snapshot.milvus.spec, "/components/updateToolImage");
        assert_eq!(trial(&snapshot, Some("2.6.6"), 410).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_change_of_configuration_is_asked_for_by_a_row_only() {
        assert_eq!(trial(&healthy_cluster(), Some("2.6.6"), 411).verdict(), Verdict::Absent);
        let rows =
            "[[line]]\nline = '3.1'\nneeds_configuration = ['common.storage']\nsource = 'made up for this test'\n";
        let knowledge = Knowledge::builtin_with(rows).expect("well written");
        let ask = |snapshot: &Snapshot| -> Answer {
            let target = target(snapshot, "3.1.0");
            super::config_map_only(&Ground { snapshot, target: Some(&target), knowledge: &knowledge })
        };
        assert_eq!(ask(&healthy_cluster()).verdict(), Verdict::Fires);
        assert_eq!(ask(&with_spec("/components/updateConfigMapOnly", json!(false))).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_queue_that_nobody_named_must_not_flip() {
        let mut nameless = standalone();
        sample::remove(&mut nameless.milvus.spec, "/dependencies/msgStreamType");
        let problem = trial(&nameless, Some("2.6.6"), 412).problem();
        assert!(
            problem.fix.ends_with(r#"-p '{"spec":{"dependencies":{"msgStreamType":"rocksmq"}}}'"#),
            "{}",
            problem.fix
        );
        assert_eq!(trial(&nameless, Some("2.5.27"), 412).verdict(), Verdict::Fine);
        assert_eq!(trial(&standalone(), Some("2.6.6"), 412).verdict(), Verdict::Fine);
        let same = target(&nameless, "2.6.6");
        assert_eq!(judge(&nameless, Some(&same), 412).verdict(), Verdict::Fires);
    }
}
