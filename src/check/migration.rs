//! Rules about metadata that are rewritten, or put back, while everything stands still.

use serde_json::json;

use super::{Answer, Direction, Ground, Problem, Target, evidence, rewriting};
use crate::{
    knowledge,
    milvus::{Component, MilvusVersion},
    snapshot::{Migration, MigrationScene, Part, Stage, Standing, shell_word},
};

/// What is wanted, where that is a migration.
fn migrates<'a>(ground: &Ground<'a>) -> Result<&'a Target, Answer> {
    ground.target.filter(|target| target.direction == Direction::Migrate).ok_or(Answer::NotApplicable)
}

/// What is wanted, where that is the way back over one.
fn restores<'a>(ground: &Ground<'a>) -> Result<&'a Target, Answer> {
    ground.target.filter(|target| target.direction == Direction::Restore).ok_or(Answer::NotApplicable)
}

fn scene<'a>(ground: &Ground<'a>) -> Result<&'a MigrationScene, Answer> {
    let unseen = || Answer::Unknown("nobody looked at the migrations of this instance".to_owned());
    ground.snapshot.migration_scene.as_ref().ok_or_else(unseen)
}

/// Whether the migration has begun, so that what it needs at its beginning is no question any more.
fn is_begun(ground: &Ground<'_>) -> bool {
    ground.migration().is_some() || (ground.snapshot.release.is_some() && rewriting::is_begun(ground))
}

fn seen(migration: &Migration) -> String {
    let state = if migration.state.is_empty() { "none" } else { &migration.state };
    format!("{} in {}: status.state {state}", migration.reference(), migration.namespace)
}

/// The command that leads over a migration, or to where it starts.
pub(super) fn right_way(ground: &Ground<'_>, migration: &knowledge::Migration, from: &MilvusVersion) -> String {
    let newest = ground.knowledge.newest_of(migration.into).map(|release| release.version.to_string());
    let into = newest.unwrap_or_else(|| migration.into.to_string());
    if from.line() == migration.from {
        ground.milvus().plugin_command("migrate", &format!("--to {into}"))
    } else {
        ground.milvus().plugin_command("upgrade", &format!("--to {}", migration.from))
    }
}

/// MV1301: no migration lies between the two versions.
pub(super) fn nothing_to_migrate(ground: &Ground<'_>) -> Answer {
    let target = match migrates(ground) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    let from = match ground.running() {
        Ok(from) => from,
        Err(answer) => return answer,
    };
    if ground.knowledge.migration(&from, &target.version).is_some() || is_begun(ground) {
        return Answer::Fine;
    }
    let milvus = ground.milvus();
    let fix = if target.version > from {
        evidence::upgrade(milvus, &target.version)
    } else {
        milvus.plugin_command("rollback", &format!("--to {}", target.version))
    };
    Problem::new(
        evidence::milvus(milvus),
        format!("{from} and {} keep their metadata in one form: there is nothing to migrate", target.version),
    )
    .seen([evidence::running(ground)])
    .fix(fix)
    .into()
}

/// MV1302: the claim for the old metadata would never be bound.
pub(super) fn no_storage_class(ground: &Ground<'_>) -> Answer {
    let (target, scene) = match migrates(ground).and_then(|target| Ok((target, scene(ground)?))) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if is_begun(ground) || target.claim.is_some() {
        return Answer::NotApplicable;
    }
    match scene.default_class.as_result() {
        Ok(Some(_)) => Answer::Fine,
        Ok(None) => Problem::new(
            evidence::milvus(ground.milvus()),
            "the old metadata go to a claim of 10Gi of the default StorageClass, and there is no default",
        )
        .seen(["no StorageClass is annotated storageclass.kubernetes.io/is-default-class: \"true\""])
        .fix("make a PersistentVolumeClaim of about 10Gi here, and name it with --backup-claim")
        .into(),
        Err(reason) => {
            Answer::Unknown(format!("{reason}; look with kubectl get storageclass for one called (default)"))
        }
    }
}

/// MV1303: the operator cannot stop what an autoscaler moves.
pub(super) fn autoscaled(ground: &Ground<'_>) -> Answer {
    if let Err(answer) = migrates(ground) {
        return answer;
    }
    if ground.snapshot.release.is_some() {
        return rewriting::autoscaled(ground);
    }
    let milvus = ground.milvus();
    let scaled = |component: &Component| milvus.replicas(*component) == Some(-1);
    let found: Vec<Component> = Component::ALL.into_iter().filter(scaled).collect();
    if found.is_empty() {
        return Answer::Fine;
    }
    let section = |component: &Component| (component.spec_key().to_owned(), json!({"replicas": 1}));
    let sections: serde_json::Map<String, serde_json::Value> = found.iter().map(section).collect();
    let pointer = |component: &Component| format!("/components/{}/replicas", component.spec_key());
    Problem::new(
        evidence::milvus(milvus),
        format!("{} cannot be stopped by the operator: an autoscaler moves its replicas", evidence::list(&found)),
    )
    .seen(found.iter().map(|component| evidence::spec(milvus, &pointer(component))))
    .fix(format!("take the autoscaler away, then {}", milvus.patch_command(&json!({"spec": {"components": sections}}))))
    .into()
}

/// MV1304: the operator writes a configuration for the pods of the migration that does not fit this etcd.
pub(super) fn etcd_out_of_reach(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target.filter(|target| target.is_migration()) else { return Answer::NotApplicable };
    if ground.snapshot.release.is_some() {
        return rewriting::etcd_out_of_reach(ground);
    }
    let milvus = ground.milvus();
    let on = |pointer: &str| milvus.spec.pointer(pointer).is_some_and(|value| *value == true || *value == "true");
    let mut wrong = vec![];
    let endpoints = milvus.spec.pointer("/dependencies/etcd/endpoints").and_then(|list| list.as_array());
    if endpoints.is_some_and(|list| list.len() > 1) {
        wrong.push("/dependencies/etcd/endpoints");
    }
    let switches = ["/config/etcd/auth/enabled", "/config/etcd/ssl/enabled"];
    wrong.extend(switches.into_iter().filter(|pointer| on(pointer)));
    if wrong.is_empty() {
        return Answer::Fine;
    }
    let fix = match target.direction {
        Direction::Restore => "run the program meta-migration by hand with cmd.type rollback and the kept file",
        _ => "while it migrates, name one endpoint of the same etcd that asks for neither a password nor TLS",
    };
    Problem::new(
        evidence::milvus(milvus),
        "the pods of the migration would not reach etcd: the operator tells them one endpoint, and no password or TLS",
    )
    .seen(wrong.into_iter().map(|pointer| evidence::spec(milvus, pointer)))
    .fix(fix)
    .into()
}

/// MV1305: another migration of the same instance is not over, or has left it stopped.
pub(super) fn another_migration(ground: &Ground<'_>) -> Answer {
    let scene = match migrates(ground).and_then(|_| scene(ground)) {
        Ok(scene) => scene,
        Err(answer) => return answer,
    };
    if ground.snapshot.release.is_some() {
        return rewriting::unsettled(ground);
    }
    if let Err(reason) = scene.migrations.as_result() {
        return Answer::Unknown(format!("{reason}; look with kubectl get milvusupgrades -A"));
    }
    let own = ground.migration();
    // What failed long ago matters no more once Milvus runs again.
    let is_stopped = Standing::of_spec(&ground.milvus().spec).is_some_and(|now| now.is_stopped());
    let stands = |found: &&Migration| {
        let gives_up = [Stage::BakupMetaFailed, Stage::UpdateMetaFailed, Stage::RollbackFailed];
        found.is_under_way() || (is_stopped && found.stage().is_some_and(|stage| gives_up.contains(&stage)))
    };
    let other = ground.snapshot.migrations().filter(|found| own != Some(*found)).find(stands);
    let milvus = ground.milvus();
    Answer::of(other.map(|other| {
        let to = if other.target_version.is_empty() { "another release" } else { &other.target_version };
        let fix = if other.is_under_way() {
            let (namespace, name) = (shell_word(&other.namespace), shell_word(&other.name));
            format!("wait until it is over:  kubectl -n {namespace} get milvusupgrade {name} -o yaml")
        } else {
            milvus.plugin_command("migrate", "--rollback")
        };
        Problem::new(evidence::milvus(milvus), format!("{} to {to} is not settled", other.reference()))
            .seen([seen(other)])
            .fix(fix)
    }))
}

/// MV1306: the metadata are inside Milvus, where no other pod reaches them.
pub(super) fn embedded_etcd(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/config/etcd/use/embed";
    if let Err(answer) = migrates(ground) {
        return answer;
    }
    let milvus = ground.milvus();
    let embedded = milvus.spec.pointer(POINTER).is_some_and(|value| *value == true || *value == "true")
        || rewriting::embedded_etcd(ground);
    Answer::of(embedded.then(|| {
        Problem::new(
            evidence::milvus(milvus),
            "etcd runs inside Milvus: the migration would find no metadata, and the new release would start empty",
        )
        .seen([evidence::spec(milvus, POINTER)])
        .fix("take a backup of the data, and restore it into a new instance with an etcd of its own")
    }))
}

/// MV1307: nothing serves while the metadata are worked on.
pub(super) fn downtime(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none_or(|target| !target.is_migration()) || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let standing = Standing::of_spec(&milvus.spec).filter(|standing| !standing.is_stopped());
    Answer::of(standing.map(|standing| {
        Problem::new(evidence::milvus(milvus), "everything stops for some minutes: nothing is written or searched")
            .seen([format!("to be stopped: {}", evidence::list(&standing.components()))])
            .fix("choose a quiet hour, and tell the clients")
    }))
}

/// MV1308: nothing is left that a migration could be taken back with.
pub(super) fn nothing_kept(ground: &Ground<'_>) -> Answer {
    let (target, scene) = match restores(ground).and_then(|target| Ok((target, scene(ground)?))) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if let Err(reason) = scene.migrations.as_result() {
        return Answer::Unknown(format!("{reason}; look with kubectl get milvusupgrades -A"));
    }
    let milvus = ground.milvus();
    let is_stopped = Standing::of_spec(&milvus.spec).is_some_and(|now| now.is_stopped());
    if ground.migration().is_some() || is_stopped || milvus.image().as_ref() == Some(&target.image) {
        return Answer::Fine;
    }
    let names: Vec<String> = ground.snapshot.migrations().map(seen).collect();
    let names = if names.is_empty() { vec!["no MilvusUpgrade names this instance".to_owned()] } else { names };
    Problem::new(
        evidence::milvus(milvus),
        format!("no migration keeps the metadata of {} any more: they went with its MilvusUpgrade", target.version),
    )
    .seen(names)
    .fix(format!("restore a backup of the data that was taken under {} into a new instance", target.version))
    .into()
}

/// MV1309: the old release would be started on metadata of which nobody knows whose form they have.
pub(super) fn perhaps_half_way(ground: &Ground<'_>) -> Answer {
    let target = match restores(ground) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    let milvus = ground.milvus();
    let is_stopped = Standing::of_spec(&milvus.spec).is_some_and(|now| now.is_stopped());
    let (summary, seen, fix) = match ground.migration() {
        None if is_stopped => (
            format!(
                "the MilvusUpgrade is gone: whether the metadata are still those of {} is not known",
                target.version
            ),
            "no MilvusUpgrade names this instance".to_owned(),
            "look into etcd, or know that it was gone before its pod update-meta began; then --accept MV1309"
                .to_owned(),
        ),
        Some(found) if found.stage() == Some(Stage::RollbackFailed) && found.is_rewritten => (
            format!("the metadata of {} were not put back: they may be half-way", target.version),
            seen(found),
            format!(
                "put them back from persistentvolumeclaim/{} with meta-migration, or know that they were not touched; \
                 then --accept MV1309",
                found.claim.as_deref().unwrap_or(&found.name)
            ),
        ),
        _ => return Answer::Fine,
    };
    Problem::new(evidence::milvus(milvus), summary).seen([seen]).fix(fix).into()
}

/// MV1310: the caller may not make a `MilvusUpgrade`.
pub(super) fn may_not_migrate(ground: &Ground<'_>) -> Answer {
    let by_hand = || ground.migration().is_none_or(|found| found.stage() == Some(Stage::RollbackFailed));
    let is_needed = |target: &Target| match target.direction {
        Direction::Migrate => ground.migration().is_none(),
        Direction::Restore => !by_hand(),
        _ => false,
    };
    let is_release = ground.snapshot.release.is_some();
    let is_own = |target: &Target| is_release && target.is_migration();
    if !ground.target.is_some_and(|target| is_own(target) || (!is_release && is_needed(target))) {
        return Answer::NotApplicable;
    }
    let scene = match scene(ground) {
        Ok(scene) => scene,
        Err(answer) => return answer,
    };
    if is_release && scene.may_migrate == Part::Known(false) {
        return rewriting::may_not(ground);
    }
    let namespace = shell_word(&ground.milvus().namespace);
    match scene.may_migrate.as_result() {
        Ok(true) => Answer::Fine,
        Ok(false) => Problem::new(
            evidence::milvus(ground.milvus()),
            format!("you may not create, patch and watch milvusupgrades.milvus.io in {namespace}"),
        )
        .seen([
            "missing rule: apiGroups [milvus.io], resources [milvusupgrades], verbs [get, list, watch, create, patch]",
        ])
        .fix(format!("kubectl apply -f the Role below, and bind it to yourself in {namespace}"))
        .into(),
        Err(reason) => {
            let asked = if is_release { "jobs.batch" } else { "milvusupgrades.milvus.io" };
            Answer::Unknown(format!("{reason}; ask with kubectl -n {namespace} auth can-i create {asked}"))
        }
    }
}

/// MV1311: the operator was told to leave migrations alone.
pub(super) fn told_to_leave_alone(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none_or(|target| !target.is_migration()) {
        return Answer::NotApplicable;
    }
    let operator = match ground.operator() {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    let is_told = operator.stopped_reconcilers.iter().any(|name| matches!(name.as_str(), "all" | "milvusupgrade"));
    Answer::of(is_told.then(|| {
        Problem::new(evidence::operator(operator), "the operator was told not to touch MilvusUpgrade resources")
            .seen([format!("-stop-reconcilers: {}", operator.stopped_reconcilers.join(","))])
            .fix("take it out of the operator's arguments")
    }))
}

/// MV1312: the resource says its version besides the image, and a migration changes the image only.
pub(super) fn version_stays(ground: &Ground<'_>) -> Answer {
    if let Err(answer) = migrates(ground) {
        return answer;
    }
    let milvus = ground.milvus();
    Answer::of(milvus.stated_version().map(|stated| {
        Problem::new(
            evidence::milvus(milvus),
            format!("spec.components.version would stay {stated}: a migration changes the image only"),
        )
        .seen([evidence::spec(milvus, "/components/version")])
        .fix(milvus.patch_command(&json!({"spec": {"components": {"version": null}}})))
    }))
}

#[cfg(test)]
#[path = "migration_test.rs"]
mod tests;
