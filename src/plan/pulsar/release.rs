//! Where Helm runs Milvus: the release is uninstalled, and installed again with the other chart of Pulsar switched on.

use super::{Instruction, Scene, brings, is_uninstalled};
use crate::{
    check::{CHART_REPOSITORY, Target},
    milvus::{Image, MilvusVersion},
    plan::{
        Refusal, Setting,
        release::{Way, bare, tag},
    },
    snapshot::{Part, Release, ReleaseObject, shell_word},
};

impl Scene<'_> {
    /// The steps behind the flush.
    pub(super) fn of_release(
        &self,
        release: &Release,
        version: &MilvusVersion,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Instruction>, Refusal> {
        let image =
            self.milvus.image().ok_or_else(|| Refusal::usage(format!("{} names no image", self.milvus.reference())))?;
        if !is_uninstalled(release) {
            keeps_claims(release, notes)?;
        }
        Ok(vec![self.uninstall(release), self.clear(), self.install(release, version, &image), self.finish()])
    }

    fn uninstall(&self, release: &Release) -> Instruction {
        let name = shell_word(&self.milvus.name);
        let title = "keep the values in a file, and uninstall the release: claims of etcd and storage stay";
        let seen = is_uninstalled(release).then(|| format!("revision {} is uninstalled", release.revision));
        Instruction::new("stop", title)
            .seen(seen)
            .command(format!("{} get values {name} -o yaml > {}", self.helm(), self.values()))
            .command(format!("{} uninstall {name} --keep-history --wait", self.helm()))
            .advice("nothing serves from here on")
            .done_if(is_uninstalled(release))
    }

    /// The chart that the release has, where that brings Pulsar 3; else the last one that was made for what runs.
    fn install(&self, release: &Release, version: &MilvusVersion, image: &Image) -> Instruction {
        let made = || self.knowledge.chart_for(version.line()).map(|chart| &chart.version);
        let present = Some(&release.chart).filter(|chart| brings(chart, self.row));
        let chart = present.or_else(made).filter(|chart| brings(chart, self.row)).unwrap_or(&self.row.chart);
        let why = "Pulsar 3 takes the place of Pulsar 2";
        let mut settings = vec![
            Setting::new("pulsar.enabled", false.into(), why),
            Setting::new("pulsarv3.enabled", true.into(), why),
            tag(image),
        ];
        let target = Target::new(version.clone(), image.clone());
        let (snapshot, knowledge, from) = (self.snapshot, self.knowledge, Some(version.clone()));
        Way { snapshot, knowledge, release, target: &target, from }.pin(chart, &mut settings);
        let told = settings.iter().map(|it| shell_word(&format!("{}={}", it.key, bare(&it.value)))).collect::<Vec<_>>();
        let (name, values) = (shell_word(&self.milvus.name), self.values());
        let flags = format!("--repo {CHART_REPOSITORY} --version {chart} --replace -f {values}");
        Instruction::new("start", &format!("install the release again, with Pulsar 3 and chart {chart}"))
            .command(format!("{} install {name} milvus {flags} --set {}", self.helm(), told.join(" --set ")))
    }

    fn helm(&self) -> String {
        format!("helm -n {}", shell_word(&self.milvus.namespace))
    }

    fn values(&self) -> String {
        shell_word(&format!("{}.yaml", self.milvus.name))
    }
}

/// Claims that are objects of the release itself, such as that of a `MinIO` of one pod, go with it unless its record
/// says otherwise: what helm deletes it reads there, not in the cluster.
fn keeps_claims(release: &Release, notes: &mut Vec<String>) -> Result<(), Refusal> {
    let is_lost = |object: &&ReleaseObject| object.kind == "PersistentVolumeClaim" && !object.is_kept;
    match &release.objects {
        Part::Known(objects) => match objects.iter().find(is_lost) {
            Some(object) => Err(Refusal::blocked(format!(
                "helm would delete persistentvolumeclaim/{} with the release: nothing says helm.sh/resource-policy: keep",
                object.name
            ))
            .hint("set that annotation by the values of its part, such as minio.persistence.annotations, and upgrade the release with them first")),
            None => Ok(()),
        },
        Part::Unknown(reason) => {
            notes.push(format!("Which claims helm deletes with the release could not be seen: {reason}"));
            Ok(())
        }
    }
}
