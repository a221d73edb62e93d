//! What a migration is told that nobody typed: where it leads, and what ran before it.

use super::Job;
use crate::{
    check::Direction,
    command::{
        record::Record,
        target::{Subject, Wish},
    },
    exit::Exit,
    failure::Failure,
    journal::Journal,
    knowledge::Knowledge,
    milvus::VersionRequest,
    plan::before_migration,
    snapshot::{RELEASE_LABEL, Snapshot, shell_word},
};

/// Where a migration leads where nobody said so: the newest release of the line that it ends in.
pub(super) fn forward(wish: &mut Wish, snapshot: &Snapshot, knowledge: &Knowledge) -> Result<(), Failure> {
    if wish.to.is_some() || wish.image.is_some() {
        return Ok(());
    }
    let milvus = &snapshot.milvus;
    let from = wish.from.clone().or_else(|| milvus.current_version()).ok_or_else(|| {
        Failure::usage(format!("nothing says which version {} runs", milvus.reference()))
            .hint("say it with --from-version VERSION")
    })?;
    let Some(to) = knowledge.migration_target(&from) else {
        let problem = format!("{} runs {from}, which keeps its metadata as all newer releases do", milvus.reference());
        return Err(Failure::new(Exit::Blocked, anyhow::anyhow!(problem)).hint(format!(
            "there is nothing to migrate; go on by image:  {}",
            milvus.plugin_command("upgrade", "--to VERSION")
        )));
    };
    wish.to = Some(VersionRequest::Exact(to.clone()));
    Ok(())
}

/// Where the way back over a migration leads: to what the operator or the record of the run noted.
pub(super) fn back(wish: &mut Wish, snapshot: &Snapshot) -> Result<(), Failure> {
    if wish.image.is_some() {
        return Ok(());
    }
    let milvus = &snapshot.milvus;
    let Some((version, image)) = before_migration(snapshot) else {
        let problem = format!("no migration of {} is there that could be taken back", milvus.reference());
        let namespace = shell_word(&milvus.namespace);
        let failure = Failure::new(Exit::Blocked, anyhow::anyhow!(problem));
        if snapshot.release.is_some() {
            return Err(failure
                .hint(format!("see what there is:  kubectl -n {namespace} get jobs -l {RELEASE_LABEL}"))
                .hint("without the claim that a migration kept only a backup of the data leads back"));
        }
        return Err(failure
            .hint(format!("see what there is:  kubectl -n {namespace} get milvusupgrades"))
            .hint("without its MilvusUpgrade only a backup of the data leads back"));
    };
    wish.revision = revision_before(snapshot);
    wish.to = Some(VersionRequest::Exact(version));
    wish.image = Some(image);
    Ok(())
}

/// The revision of a release that ran before its migration; `None` where it is the newest still. A run that has made it
/// again already, and died then, goes back to the same.
fn revision_before(snapshot: &Snapshot) -> Option<i64> {
    let release = snapshot.release.as_ref()?;
    let noted = snapshot.rewriting()?.course().map(|course| course.revision)?;
    Some(noted).filter(|revision| *revision != release.revision && release.revision_at(*revision).is_some())
}

/// A way back that leads over a migration takes what that kept, where it is still there.
pub(super) fn by_migration(wish: &mut Wish, snapshot: &Snapshot) {
    let Some(VersionRequest::Exact(to)) = &wish.to else { return };
    let Some((version, image)) = before_migration(snapshot).filter(|(version, _)| version == to) else { return };
    if snapshot.milvus.current_version().is_some_and(|current| current.line() > version.line()) {
        wish.revision = revision_before(snapshot);
        (wish.direction, wish.image) = (Direction::Restore, Some(image));
    }
}

/// Why a migration of this cannot be asked for.
pub(super) fn refuse(subject: &Subject) -> Result<(), Failure> {
    if subject.operator.is_some() {
        return Err(Failure::usage("an operator has no metadata to migrate")
            .hint("a newer operator:  kubectl milvus upgrade operator"));
    }
    Ok(())
}

impl Job<'_> {
    /// Adds what the record of a run that did not come to its end knows of the instance before it.
    pub(super) async fn note_before(&self, snapshot: &mut Snapshot, subject: &Subject, record: Option<&Record>) {
        let Some(scene) = &mut snapshot.migration_scene else { return };
        let looked;
        let record = match record {
            Some(record) => Some(record),
            // A dry run has none of its own; who works on the instance does not matter to it.
            None if self.asked.wish.direction == Direction::Restore => {
                looked = Record::look(self.cluster, subject, None, self.printer).await.ok();
                looked.as_ref()
            }
            None => None,
        };
        scene.before = record.and_then(Record::unfinished).and_then(Journal::standing);
    }
}
