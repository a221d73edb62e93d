//! What helps others to see what is wrong, in one file.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    log::{self, Log},
    record::subject_of,
    target::Subject,
};
use crate::{
    cluster::Cluster,
    failure::Failure,
    journal::Journal,
    milvus::count,
    output::{Format, Kind, document},
    plan::paths,
    rollout::{Blocker, Status},
    snapshot::{LogSource, Snapshot, mask, masked_log},
};

/// Files by their names.
pub(super) struct Bundle {
    files: Vec<(String, String)>,
    /// What could not be read, and why.
    unread: Vec<String>,
}

impl Bundle {
    /// Reads what is not seen yet: logs of pods that are not ready, and the last run.
    pub(super) async fn collect(
        cluster: &Cluster,
        named: &Subject,
        snapshot: &Snapshot,
        status: &Status,
    ) -> Result<Self, Failure> {
        let mut bundle = Self { files: vec![], unread: vec![] };
        bundle.add("status.json", document(Kind::InstanceStatus, status, Format::Json).map_err(Failure::from)?);
        bundle.add("snapshot.json", text(snapshot)?);
        bundle.add_logs(cluster, snapshot, &status.blockers).await;
        bundle.add_run(cluster, named).await?;
        if !bundle.unread.is_empty() {
            let lines = bundle.unread.join("\n");
            bundle.add("unread.txt", format!("{lines}\n"));
        }
        Ok(bundle)
    }

    /// Where it goes unless somebody says so: `milvus-prod-20261121T160000Z.tar.gz`, in this directory.
    pub(super) fn path_of(name: &str, now: Timestamp) -> PathBuf {
        let name: String = name.chars().filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '.')).collect();
        format!("milvus-{name}-{}.tar.gz", now.strftime("%Y%m%dT%H%M%SZ")).into()
    }

    fn add(&mut self, name: &str, text: String) {
        self.files.push((name.to_owned(), text));
    }

    async fn add_logs(&mut self, cluster: &Cluster, snapshot: &Snapshot, blockers: &[Blocker]) {
        let waiting = snapshot.workload.pods().iter().filter(|pod| !pod.ready);
        let mut sources: Vec<LogSource> = waiting.flat_map(LogSource::of_pod).collect();
        let others = blockers.iter().flat_map(|blocker| &blocker.logs).filter(|log| !sources.contains(log));
        let others: Vec<LogSource> = others.cloned().collect();
        sources.extend(others);
        for Log { source, previous, text } in log::read(cluster, &sources).await {
            let behind = if previous { ".previous" } else { "" };
            let name = format!("logs/{}/{}{behind}.log", source.pod, source.container);
            match text {
                Ok(lines) => self.add(&name, masked_log(&lines)),
                Err(refusal) => self.unread.push(format!("{name}: {refusal}")),
            }
        }
    }

    /// The plan and the journal of the last run, where there is one.
    async fn add_run(&mut self, cluster: &Cluster, named: &Subject) -> Result<(), Failure> {
        let subject = subject_of(cluster, named);
        let head = match cluster.journal_heads(&subject).await {
            Ok(heads) => heads.into_iter().next_back(),
            Err(refusal) => {
                self.unread.push(format!("journal.json: {refusal}"));
                return Ok(());
            }
        };
        let Some(head) = head else { return Ok(()) };
        match cluster.journal(&subject, &head).await {
            Ok(Some((journal, _))) => {
                let mut journal = without_secrets(&journal)?;
                self.add("plan.json", text(&journal["plan"].take())?);
                self.add("journal.json", text(&journal)?);
            }
            Ok(None) => {}
            Err(failure) => self.unread.push(format!("journal.json: {failure}")),
        }
        Ok(())
    }

    /// `7 files`, and whether something could not be read.
    pub(super) fn words(&self) -> String {
        let files = count(self.files.len(), "file");
        match self.unread.len() {
            0 => files,
            unread => format!("{files}; {unread} could not be read, unread.txt says why"),
        }
    }

    /// Writes all of it as one packed archive that only its owner may read.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed =
            |error: io::Error| Failure::failed(format!("cannot write the bundle `{}`: {error}", path.display()));
        let packed = self.pack().map_err(failed)?;
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.write(true).create(true).truncate(true).open(path).map_err(failed)?;
        file.write_all(&packed).map_err(failed)
    }

    fn pack(&self) -> io::Result<Vec<u8>> {
        let made = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        let mut archive = tar::Builder::new(GzEncoder::new(vec![], Compression::default()));
        for (name, text) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o600);
            header.set_mtime(made);
            archive.append_data(&mut header, name, text.as_bytes())?;
        }
        archive.into_inner()?.finish()
    }
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(Failure::failed)
}

/// A run without the spec before it and without values that the user gave, of which only the names stay.
fn without_secrets(journal: &Journal) -> Result<Value, Failure> {
    let mut run = serde_json::to_value(journal).map_err(Failure::failed)?;
    if let Some(before) = run["before"].as_object_mut() {
        before.retain(|key, _| !["spec", "annotations"].contains(&key.as_str()));
    }
    if let Some(given) = &journal.given {
        run["given"] = json!(paths(given));
    }
    mask(&mut run);
    Ok(run)
}
