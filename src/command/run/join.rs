//! One mixcoord instead of four coordinators: whether that can be, at the release that runs.

use semver::Version;

use crate::{
    command::target::Wish,
    exit::Exit,
    failure::Failure,
    knowledge::{Knowledge, Quirk},
    milvus::{Component, Mode, VersionRequest},
    snapshot::Snapshot,
};

/// The first chart that can run one coordinator (milvus-helm, `values.yaml` of 4.0.10).
const FIRST_CHART: Version = Version::new(4, 0, 10);

/// Adds to what is wanted that version and image stay as they are.
///
/// # Errors
///
/// Where the instance has no coordinators to join, or something it runs by cannot join them.
pub(super) fn complete(wish: &mut Wish, snapshot: &Snapshot, knowledge: &Knowledge) -> Result<(), Failure> {
    let milvus = &snapshot.milvus;
    let reference = milvus.reference();
    if milvus.mode() == Mode::Standalone {
        let problem = format!("{reference} is a standalone: its one pod holds the coordinators already");
        return Err(Failure::usage(problem).hint("there is nothing to join; an upgrade needs no mixcoord of it"));
    }
    let from = wish.from.clone().or_else(|| milvus.current_version()).ok_or_else(|| {
        Failure::usage(format!("nothing says which version {reference} runs"))
            .hint("say it with --from-version VERSION")
    })?;
    let image = milvus.image().ok_or_else(|| Failure::usage(format!("{reference} names no image")))?;
    if !is_joined(snapshot) {
        let blocked = |problem: String| Failure::new(Exit::Blocked, anyhow::anyhow!(problem));
        if !knowledge.rolls(&from) {
            let problem = format!("coordinators of {from} cannot hand over to a mixcoord");
            let newer = milvus.plugin_command("upgrade", "--to VERSION");
            return Err(blocked(problem).hint(format!("go to a newer release first:  {newer}")));
        }
        let operator = snapshot.operator().and_then(|operator| operator.version.as_ref());
        let joins = |version: &Version| knowledge.quirk(Quirk::ConvertsCoordinators, version).is_some();
        if let Some(operator) = operator.filter(|version| snapshot.release.is_none() && !joins(version)) {
            let problem = format!("operator {operator} would leave the four coordinators running beside mixcoord");
            return Err(blocked(problem).hint("a newer operator:  kubectl milvus upgrade operator"));
        }
        if let Some(release) = snapshot.release.as_ref().filter(|release| release.chart < FIRST_CHART) {
            let problem = format!("chart {} has no mixcoord; {FIRST_CHART} was the first", release.chart);
            let newer = milvus.plugin_command("upgrade", "--to VERSION");
            return Err(blocked(problem).hint(format!("an upgrade takes a newer chart:  {newer}")));
        }
    }
    (wish.to, wish.image) = (Some(VersionRequest::Exact(from)), Some(image));
    Ok(())
}

/// Whether nothing is left of the four that what was written down asks for.
fn is_joined(snapshot: &Snapshot) -> bool {
    let milvus = &snapshot.milvus;
    milvus.component(Component::MixCoord).is_some() && milvus.separate_coordinators().is_empty()
}

#[cfg(test)]
mod tests {
    use semver::Version;
    use serde_json::json;

    use super::complete;
    use crate::{
        command::target::Wish,
        exit::Exit,
        knowledge::Knowledge,
        snapshot::{
            Operator, Part, Snapshot,
            sample::{self, healthy_cluster, separate_coordinators, set, standalone},
        },
    };

    fn completed(snapshot: &Snapshot) -> Result<Wish, (Exit, String)> {
        let mut wish = Wish::default();
        match complete(&mut wish, snapshot, Knowledge::builtin()) {
            Ok(()) => Ok(wish),
            Err(failure) => Err((failure.exit(), failure.to_string())),
        }
    }

    #[test]
    fn version_and_image_stay() {
        for snapshot in [healthy_cluster(), separate_coordinators()] {
            let wish = completed(&snapshot).expect("it can be joined, or is");
            assert_eq!(wish.image, snapshot.milvus.image());
            let to = wish.target(&snapshot, Knowledge::builtin()).expect("a version").expect("a target");
            assert_eq!(to.version.to_string(), "2.5.22");
        }
    }

    #[test]
    fn what_cannot_be_joined_is_refused_with_the_reason() {
        let (exit, why) = completed(&standalone()).expect_err("it has one pod");
        assert_eq!(
            (exit, why.as_str()),
            (Exit::Usage, "milvus/demo is a standalone: its one pod holds the coordinators already")
        );
        let mut old = separate_coordinators();
        set(&mut old.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.2.2"));
        set(&mut old.milvus.status, "/currentImage", json!("milvusdb/milvus:v2.2.2"));
        set(&mut old.milvus.status, "/currentVersion", json!("v2.2.2"));
        let (exit, why) = completed(&old).expect_err("it cannot roll");
        assert_eq!((exit, why.as_str()), (Exit::Blocked, "coordinators of 2.2.2 cannot hand over to a mixcoord"));
        let settings = json!({"cluster.enabled": true, "image.all.tag": "v2.2.16", "rootCoordinator.enabled": true});
        let (exit, why) = completed(&sample::release("4.0.9", &settings)).expect_err("its chart has none");
        assert_eq!((exit, why.as_str()), (Exit::Blocked, "chart 4.0.9 has no mixcoord; 4.0.10 was the first"));
    }

    #[test]
    fn an_operator_that_leaves_the_four_is_refused() {
        let mut snapshot = separate_coordinators();
        let old = Operator { version: Some(Version::new(1, 2, 8)), ..snapshot.operator().expect("one").clone() };
        snapshot.operators = Part::Known(vec![old]);
        let (exit, why) = completed(&snapshot).expect_err("it leaves them");
        assert_eq!(exit, Exit::Blocked);
        assert!(why.contains("operator 1.2.8 would leave the four coordinators running"), "{why}");
    }
}
