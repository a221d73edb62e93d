//! From Pulsar 2 to Pulsar 3, as the makers of Milvus describe it (docs, `upgrade-pulsar-v3.md`): what is to be typed for
//! exactly this instance, and how far it has come. Nothing of it is carried out here, for what is in the queue and not
//! flushed is lost on the way, and nothing in the cluster shows whether all of it is flushed.

mod operator;
mod procedure;
mod release;

pub use procedure::{Instruction, Procedure, Standing};
use procedure::{Place, arranged};
use semver::Version;

use super::Refusal;
use crate::{
    check::{Ground, owner},
    knowledge::{Knowledge, PulsarRow},
    milvus::{Component, MessageQueue, MilvusVersion},
    snapshot::{Part, PulsarClaim, PulsarSet, Release, Resource, Snapshot, shell_word},
};

/// The generation that the way leads to.
const NEW: u64 = 3;

/// The way of an instance to Pulsar 3; without steps where it is there. `stated` is the version that it is said to run,
/// `flushed` whether all that was in the queue is said to be in the storage.
///
/// # Errors
///
/// Where it brings no Pulsar along, and where something stands in the way.
pub fn pulsar_3(
    snapshot: &Snapshot,
    stated: Option<&MilvusVersion>,
    flushed: bool,
    knowledge: &Knowledge,
) -> Result<Procedure, Refusal> {
    let scene = Scene::of(snapshot, knowledge)?;
    let mut notes = vec![];
    let steps = if scene.is_new {
        scene.leftovers().into_iter().filter(|step| step.standing != Standing::Done).collect()
    } else {
        let version = scene.admitted(stated)?;
        let mut steps = vec![backup(), writers(), scene.flush()];
        match &snapshot.release {
            Some(release) => steps.extend(scene.of_release(release, &version, &mut notes)?),
            None => steps.extend(scene.of_operator(&mut notes)?),
        }
        steps
    };
    let steps = arranged(steps, flushed);
    let ground = Ground { snapshot, target: None, knowledge };
    if let Some((owner, _)) = owner(&ground).filter(|_| !steps.is_empty()) {
        notes.push(format!(
            "{0} puts back what it has written down: have it pause, and write it there too",
            owner.owner
        ));
    }
    let milvus = scene.milvus;
    Ok(Procedure {
        namespace: milvus.namespace.clone(),
        reference: milvus.reference(),
        flushed,
        link: scene.row.page.clone(),
        steps,
        notes,
        next: milvus.plugin_command("migrate", "pulsar-v3 --flushed"),
    })
}

/// What the steps are made from.
struct Scene<'a> {
    snapshot: &'a Snapshot,
    milvus: &'a Resource,
    knowledge: &'a Knowledge,
    row: &'a PulsarRow,
    /// Whether what is written down asks for the new generation.
    is_new: bool,
    sets: Part<&'a [PulsarSet]>,
    claims: Part<Vec<&'a PulsarClaim>>,
}

impl<'a> Scene<'a> {
    /// Refuses what has no Pulsar of its own, and what is between two generations.
    fn of(snapshot: &'a Snapshot, knowledge: &'a Knowledge) -> Result<Self, Refusal> {
        let (milvus, release) = (&snapshot.milvus, snapshot.release.as_ref());
        let reference = milvus.reference();
        match milvus.message_queue() {
            Some(MessageQueue::Pulsar) => {}
            Some(queue) => {
                let problem = format!("{reference} keeps its messages in {queue}: there is no Pulsar to bring to 3");
                return Err(Refusal::usage(problem));
            }
            None => return Err(Refusal::usage(format!("nothing says where {reference} keeps its messages"))),
        }
        if release.map_or_else(|| milvus.is_external("pulsar"), |release| release.is_on("externalPulsar.enabled")) {
            let problem = format!("the Pulsar of {reference} is run by somebody else");
            return Err(Refusal::usage(problem).hint("bring it to 3 where it is run; nothing changes for Milvus here"));
        }
        let missing = || Refusal::blocked(format!("nothing is known of Pulsar {NEW}"));
        let row = knowledge.pulsar(NEW).ok_or_else(missing)?;
        if release.is_some_and(|release| !release.is_recorded()) {
            let problem = format!("Helm keeps no record of {reference}: the way is gone where the chart is rendered");
            return Err(Refusal::blocked(problem).hint(format!("its steps:  {}", row.page)));
        }
        let is_new = release.map_or_else(|| operator::is_new(milvus), |release| !release.is_on("pulsar.enabled"));
        let found = snapshot.pulsar_scene.as_ref();
        let sets = found.map_or_else(Part::default, |found| found.sets.as_ref().map(Vec::as_slice));
        let claims =
            found.map_or_else(Part::default, |found| found.claims.as_ref().map(|claims| claims.iter().collect()));
        let scene = Self { snapshot, milvus, knowledge, row, is_new, sets, claims };
        let refusal = scene.old_sets().next().filter(|_| is_new).map(|set| scene.between(set));
        refusal.map_or(Ok(scene), Err)
    }

    /// What is written down is not what runs: nobody has taken the way that is described.
    fn between(&self, set: &PulsarSet) -> Refusal {
        let told = if self.milvus.is_release { "pulsar.enabled is off" } else { "the resource says pulsar-v3" };
        let problem =
            format!("{told}, and statefulset/{} of Pulsar 2 is still there: one does not become the other", set.name);
        let refusal = Refusal::blocked(problem);
        if self.milvus.is_release {
            let look = format!("{} get statefulsets,pvc -l {}", self.kubectl(), self.label());
            return refusal.hint(format!("see whether it is on its way out:  {look}"));
        }
        let back = operator::generation("pulsar-v2");
        refusal.hint(format!("put it back, and go the way that is described:  {}", self.milvus.patch_command(&back)))
    }

    /// Whether Milvus, chart and operator are new enough; the version that runs.
    fn admitted(&self, stated: Option<&MilvusVersion>) -> Result<MilvusVersion, Refusal> {
        let (milvus, row) = (self.milvus, self.row);
        let version = stated.cloned().or_else(|| milvus.current_version()).ok_or_else(|| {
            Refusal::usage(format!("nothing says which version {} runs", milvus.reference()))
                .hint("say it with --from-version VERSION")
        })?;
        if version.numbers() < row.milvus.numbers() {
            let newer = milvus.plugin_command("upgrade", &format!("--to {}", row.milvus.line()));
            return Err(Refusal::blocked(format!(
                "{version} runs on Pulsar 2; {} was the first for Pulsar 3",
                row.milvus
            ))
            .hint(format!("a newer release first:  {newer}")));
        }
        Ok(version)
    }

    /// As the page has it; the answer of the last command says when it is done.
    fn flush(&self) -> Instruction {
        let title = "flush what is in the queue to the storage";
        let mut step = Instruction { place: Place::Before, ..Instruction::new("flush", title) };
        step = step.unknown("nothing in the cluster shows it");
        let proxy = self.proxy();
        if self.snapshot.workload.deployments.known().is_some() && proxy.as_ref().is_none_or(|(_, ready)| *ready == 0) {
            step.seen
                .push("no pod of Milvus is ready that could be asked: nothing can be flushed before one is".to_owned());
        }
        let deployment = proxy.map_or_else(|| format!("{}-milvus-proxy", self.milvus.name), |(name, _)| name);
        let api = "127.0.0.1:9091/api/v1";
        step.command(format!("{} port-forward deploy/{} 9091:9091 &", self.kubectl(), shell_word(&deployment)))
            .command(format!(
                "curl -s {api}/collections | curl -s {api}/persist -d @- | \
                 jq '{{segmentIDs: [.flush_coll_segIDs[].data[]?]}}' > flushing.json"
            ))
            .command(format!("curl -s -X GET {api}/persist/state -d @flushing.json"))
            .advice(r#"the last command again, until it answers "flushed":true"#)
            .advice("it asks for the collections of the database `default`; flush those of others with Attu or an SDK")
    }

    /// The Deployment whose pods answer for the whole instance, and how many of them are ready.
    fn proxy(&self) -> Option<(String, i64)> {
        let answers = |component| matches!(component, Component::Proxy | Component::Standalone);
        let deployments = self.snapshot.workload.deployments();
        let found = deployments.iter().filter(|it| answers(it.component)).max_by_key(|it| it.ready)?;
        Some((found.name.clone(), found.ready))
    }

    /// What is left of Pulsar 2, by the names of its claims.
    fn clear(&self) -> Instruction {
        let step = Instruction::new("claims", "delete the claims of Pulsar 2 that are left");
        let claims = match &self.claims {
            Part::Known(claims) => claims.iter().filter(|claim| self.is_old(claim)).collect::<Vec<_>>(),
            Part::Unknown(reason) => {
                let look = format!("{} get pvc -l {}", self.kubectl(), self.label());
                return step.unknown(reason).command(look);
            }
        };
        let words = |names: Vec<&str>| names.into_iter().map(shell_word).collect::<Vec<_>>().join(" ");
        let volumes: Vec<&str> = claims.iter().map(|it| it.volume.as_str()).filter(|it| !it.is_empty()).collect();
        let names: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
        if names.is_empty() {
            return step.seen(["none is there".to_owned()]).done_if(true);
        }
        let step = step.command(format!("{} delete pvc {} --ignore-not-found", self.kubectl(), words(names)));
        if volumes.is_empty() {
            return step;
        }
        step.command(format!("kubectl get pv {} --ignore-not-found", words(volumes)))
            .advice("volumes that are kept by their reclaim policy stay, and cost: delete them by hand")
    }

    /// Whether a claim is of Pulsar 2. Below the operator both generations call theirs alike.
    fn is_old(&self, claim: &PulsarClaim) -> bool {
        if !self.milvus.is_release {
            return !self.is_new;
        }
        let mounts = |set: &PulsarSet| claim.name.contains(&format!("-{}-", set.name));
        let is_in_use = self.sets.known().is_some_and(|sets| sets.iter().any(mounts));
        claim.app == "pulsar" && !(self.is_new && is_in_use)
    }

    fn old_sets(&self) -> impl Iterator<Item = &PulsarSet> {
        let sets = self.sets.known().copied().unwrap_or_default();
        sets.iter().filter(|set| set.chart.is_some() && !set.is_from(NEW))
    }

    /// Whether everything runs again.
    fn finish(&self) -> Instruction {
        let step = Instruction { place: Place::After, ..Instruction::new("check", "Pulsar 3 and Milvus are ready") };
        let step = step.command(self.milvus.plugin_command("status", "-w"));
        if !self.is_new {
            return step;
        }
        let sets = match &self.sets {
            Part::Known(sets) => sets.iter().filter(|set| set.is_from(NEW)).collect::<Vec<_>>(),
            Part::Unknown(reason) => return step.unknown(reason),
        };
        if sets.is_empty() {
            return step.unknown("no StatefulSet is there that is known to be of Pulsar 3");
        }
        let Part::Known(deployments) = &self.snapshot.workload.deployments else {
            return step.unknown("nothing is known of Milvus' Deployments");
        };
        let short = |what: &str, name: &str, ready: i64, wanted: i64| {
            (ready < wanted).then(|| format!("{what}/{name}: {ready} of {wanted} pods ready"))
        };
        let of_sets = sets.iter().filter_map(|set| short("statefulset", &set.name, set.ready, set.wanted));
        let of_milvus = deployments.iter().filter_map(|it| short("deployment", &it.name, it.ready, it.wanted));
        // Of a resource that was just created nothing else may be there but what the old one has left.
        let word = Some(self.milvus.health()).filter(|word| !word.is_empty()).unwrap_or("none");
        let state = (!self.milvus.is_release && word != "Healthy").then(|| format!("status.status: {word}"));
        let lacking: Vec<String> = state.into_iter().chain(of_sets).chain(of_milvus).collect();
        if lacking.is_empty() && deployments.iter().any(|it| it.ready > 0) {
            return step.done_if(true);
        }
        let older = |claim: &&&PulsarClaim| claim.created < self.milvus.created && claim.created.is_some();
        let claims = self.claims.known().filter(|_| !self.milvus.is_release).into_iter().flatten().filter(older);
        let told =
            |claim: &&PulsarClaim| format!("pvc/{} is older than the resource: it may be of Pulsar 2", claim.name);
        step.seen(lacking).seen(claims.map(told))
    }

    /// What may be left where the new generation is written down.
    fn leftovers(&self) -> Vec<Instruction> {
        let clear = self.milvus.is_release.then(|| self.clear());
        clear.into_iter().chain([self.finish()]).collect()
    }

    fn kubectl(&self) -> String {
        format!("kubectl -n {}", shell_word(&self.milvus.namespace))
    }

    /// What is on all objects of Pulsar 2.
    fn label(&self) -> String {
        let name = &self.milvus.name;
        let release = if self.milvus.is_release { name.clone() } else { format!("{name}-pulsar") };
        shell_word(&format!("app=pulsar,release={release}"))
    }
}

fn backup() -> Instruction {
    let step = Instruction { place: Place::Before, ..Instruction::new("backup", "back up the data") };
    step.unknown("nothing in the cluster shows it").advice("it is all that leads back once Pulsar's claims are gone")
}

fn writers() -> Instruction {
    let step = Instruction { place: Place::Before, ..Instruction::new("writers", "stop all that writes to it") };
    step.unknown("nothing in the cluster shows it").advice("what is written behind the flush is lost")
}

/// Whether a release has a version of the chart that brings Pulsar 3.
fn brings(chart: &Version, row: &PulsarRow) -> bool {
    *chart >= row.chart
}

/// Whether Helm has taken the objects of a release away and keeps its records.
fn is_uninstalled(release: &Release) -> bool {
    release.status == "uninstalled"
}

#[cfg(test)]
#[path = "test.rs"]
mod tests;
