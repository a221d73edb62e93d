//! Rules about the wanted image.

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::shell_word;
use crate::{knowledge::Quirk, milvus::Image};

/// The words of a variant in a tag or version, whatever stands around them.
fn variant(image: &Image) -> Option<String> {
    let version = image.version()?;
    Some(version.variant().unwrap_or_default().to_owned())
}

fn is_gpu(ground: &Ground<'_>) -> bool {
    let names_gpu = |tag: &str| tag.contains("gpu");
    ground.target.is_some_and(|target| {
        target.image.tag().is_some_and(names_gpu) || target.version.variant().is_some_and(names_gpu)
    })
}

/// MV0115: the operator could not tell the version of the wanted image, or would take it for another.
pub(super) fn silent_about_version(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let read = target.image.version();
    if read.as_ref().is_some_and(|read| read.numbers() == target.version.numbers()) {
        return Answer::Fine;
    }
    let problem = |summary: String, fix: String| {
        Problem::new(evidence::milvus(ground.milvus()), summary).seen([format!("target: {}", target.image)]).fix(fix)
    };
    if !target.states_version {
        let summary = match read {
            Some(read) => format!("the tag of {} says {read}, and {} is wanted", target.image, target.version),
            None => format!("the tag of {} names no version", target.image),
        };
        return problem(summary, evidence::upgrade(ground.milvus(), &target.version)).into();
    }
    // An operator that knows no stated version takes every such image for old, which is right for lines before 2.6.
    if !ground.knowledge.is_mixcoord_only(&target.version) {
        return Answer::Fine;
    }
    match ground.operator_version() {
        Err(answer) => answer,
        Ok((_, version)) if ground.knowledge.quirk(Quirk::ReadsStatedVersion, &version).is_some() => Answer::Fine,
        Ok((_, version)) => {
            let summary = format!("operator {version} does not read spec.components.version, and the tag names none");
            problem(summary, "kubectl milvus upgrade operator".to_owned()).into()
        }
    }
}

/// MV0116: the new image is of another variant than the old one.
pub(super) fn another_variant(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let milvus = ground.milvus();
    let old = milvus.current_image().or_else(|| milvus.image());
    let Some(old) = old else { return Answer::Unknown("the running image cannot be read".to_owned()) };
    let (Some(before), Some(after)) = (variant(&old), variant(&target.image)) else {
        return Answer::Unknown("an image without a version in its tag does not tell its variant".to_owned());
    };
    if before == after {
        return Answer::Fine;
    }
    let say = |variant: &str| if variant.is_empty() { "the plain one".to_owned() } else { format!("`{variant}`") };
    let kept = target.version.with_variant(Some(before.as_str()).filter(|variant| !variant.is_empty()));
    Problem::new(evidence::milvus(milvus), format!("the variant changes from {} to {}", say(&before), say(&after)))
        .seen([format!("image now: {old}"), format!("target: {}", target.image)])
        .fix(milvus.plugin_command("upgrade", &format!("--image {}", shell_word(&old.at(&kept).to_string()))))
        .into()
}

/// MV0117: the new image is for GPUs, and asks for a driver that the old one did not need.
pub(super) fn newer_driver(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target.filter(|_| is_gpu(ground)) else { return Answer::NotApplicable };
    let Some(driver) = ground.knowledge.driver(&target.version) else { return Answer::Fine };
    let from = match ground.running() {
        Ok(from) => from,
        Err(answer) => return answer,
    };
    if ground.knowledge.driver(&from).is_some_and(|before| before.cuda == driver.cuda) {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{} needs nodes whose driver serves CUDA {}", target.version, driver.cuda),
    )
    .seen([format!("target: {}", target.image)])
    .fix("look at the driver of the GPU nodes: nvidia-smi, or the label nvidia.com/cuda.driver-version.full")
    .into()
}

/// Where an image is from; `docker.io` where it does not say.
fn registry(image: &str) -> &str {
    let first = image.split_once('/').map(|(first, _)| first);
    first.filter(|first| first.contains(['.', ':']) || *first == "localhost").unwrap_or("docker.io")
}

/// MV0420: Milvus comes from a registry of one's own, and what it needs does not.
pub(super) fn registries_differ(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let wanted = target.image.to_string();
    let home = registry(&wanted);
    if home == "docker.io" {
        return Answer::NotApplicable;
    }
    let snapshot = ground.snapshot;
    let (deployments, sets) = match (snapshot.workload.deployments.as_result(), snapshot.surroundings.sets.as_result())
    {
        (Ok(deployments), Ok(sets)) => (deployments, sets),
        (Err(reason), _) | (_, Err(reason)) => return Answer::Unknown(reason.to_owned()),
    };
    let of_twins = deployments.iter().filter(|deployment| deployment.is_idle()).map(|deployment| &deployment.image);
    let of_pods = deployments.iter().map(|deployment| &deployment.config_image).chain(of_twins);
    let images = of_pods.chain(sets.iter().flat_map(|set| &set.images));
    let mut seen: Vec<String> =
        images.filter(|image| !image.is_empty() && registry(image) == "docker.io").cloned().collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.is_empty() {
        return Answer::Fine;
    }
    let milvus = ground.milvus();
    Problem::new(
        evidence::milvus(milvus),
        format!("Milvus comes from {home}, and images beside it from docker.io: {}", seen.len()),
    )
    .seen(seen)
    .fix(milvus.plugin_command("check", &format!("--to {} --images", shell_word(&target.version.to_string()))))
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial, trial_with};
    use crate::{
        check::Target,
        snapshot::{
            Part, Snapshot,
            sample::{self, healthy_cluster},
        },
    };

    fn with_image(image: &'static str, states_version: bool) -> impl FnOnce(&mut Target) {
        move |target| {
            target.image = image.parse().expect("an image");
            target.states_version = states_version;
        }
    }

    #[test]
    fn what_comes_from_elsewhere_than_milvus_is_named() {
        let at_home = |change: fn(&mut Snapshot)| {
            let mut snapshot = healthy_cluster();
            sample::run_image(&mut snapshot, "harbor.local:5000/m/milvus:v2.5.22");
            change(&mut snapshot);
            trial(&snapshot, Some("2.6.22"), 420)
        };
        assert_eq!(trial(&healthy_cluster(), Some("2.6.22"), 420).verdict(), Verdict::Absent);
        assert_eq!(trial(&healthy_cluster(), None, 420).verdict(), Verdict::Absent);
        let problem = at_home(|_| ()).problem();
        assert_eq!(problem.summary, "Milvus comes from harbor.local:5000, and images beside it from docker.io: 4");
        assert_eq!(
            problem.evidence,
            [
                "docker.io/bitnamilegacy/kafka:3.1.0",
                "docker.io/milvusdb/etcd:3.5.18-r1",
                "milvusdb/milvus-operator:v1.3.7",
                "milvusdb/milvus:v2.5.16",
            ]
        );
        assert_eq!(problem.fix, "kubectl milvus check prod -n vec --to 2.6.22 --images");
        let mirrored = at_home(|snapshot| {
            let Part::Known(sets) = &mut snapshot.surroundings.sets else { panic!("the sample has sets") };
            sets.iter_mut().flat_map(|set| &mut set.images).for_each(|image| *image = format!("harbor.local/{image}"));
            let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has some") };
            deployments.retain(|deployment| !deployment.is_idle());
            for deployment in deployments {
                deployment.config_image.insert_str(0, "harbor.local/");
            }
        });
        assert_eq!(mirrored.verdict(), Verdict::Fine);
        let blind =
            at_home(|snapshot| snapshot.surroundings.sets = Part::Unknown("no right to list statefulsets".into()));
        assert_eq!(blind.verdict(), Verdict::Unknown);
    }

    #[test]
    fn an_image_has_to_say_its_version() {
        use Verdict::{Fine, Fires};
        for (image, states, verdict) in [
            ("milvusdb/milvus:v2.6.6", false, Fine),
            ("milvusdb/milvus:v2.6.6-gpu", false, Fine),
            ("milvusdb/milvus:latest", false, Fires),
            ("milvusdb/milvus:latest", true, Fine),
            ("milvusdb/milvus@sha256:0123", false, Fires),
            ("milvusdb/milvus@sha256:0123", true, Fine),
            ("milvusdb/milvus:v2.5.27", false, Fires),
        ] {
            let answer = trial_with(&healthy_cluster(), "2.6.6", 115, with_image(image, states));
            assert_eq!(answer.verdict(), verdict, "{image}, stated: {states}");
        }
    }

    #[test]
    fn a_stated_version_helps_only_where_the_operator_reads_it() {
        let mut snapshot = healthy_cluster();
        let mut old = sample::operator();
        old.version = Some(semver::Version::new(1, 2, 8));
        snapshot.operators = Part::Known(vec![old]);
        let ask = |snapshot: &Snapshot, to: &str| {
            trial_with(snapshot, to, 115, with_image("milvusdb/milvus:latest", true)).verdict()
        };
        assert_eq!(ask(&snapshot, "2.6.6"), Verdict::Fires);
        assert_eq!(ask(&snapshot, "2.5.27"), Verdict::Fine);
        snapshot.operators = Part::Unknown("no right to list deployments".into());
        assert_eq!(ask(&snapshot, "2.6.6"), Verdict::Unknown);
    }

    #[test]
    fn a_variant_is_kept_or_warned_of() {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, "r:5000/milvus:v2.5.22-gpu");
        let problem = trial(&snapshot, Some("2.6.6"), 116).problem();
        assert_eq!(problem.fix, "kubectl milvus upgrade prod -n vec --image r:5000/milvus:v2.6.6-gpu");
        assert_eq!(trial(&snapshot, Some("2.6.6-gpu"), 116).verdict(), Verdict::Fine);
        assert_eq!(trial(&healthy_cluster(), Some("2.6.6"), 116).verdict(), Verdict::Fine);
        sample::run_image(&mut snapshot, "milvusdb/milvus:latest");
        assert_eq!(trial(&snapshot, Some("2.6.6"), 116).verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_driver_is_a_matter_of_gpu_images() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, Some("2.6.22"), 117).verdict(), Verdict::Absent);
        for (from, to, verdict) in [
            ("2.6.6-gpu", "2.6.22-gpu", Verdict::Fires),
            ("2.6.6-gpu", "2.6.18-gpu", Verdict::Fine),
            ("2.6.20-gpu", "3.0.0-gpu", Verdict::Fine),
        ] {
            sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
            assert_eq!(trial(&snapshot, Some(to), 117).verdict(), verdict, "{from} to {to}");
        }
    }
}
