//! From what was typed to what is meant: which instance, and which version of it.

use semver::Version;

use super::operator;
use crate::{
    check::{Acceptance, Code, Direction, Target},
    cli::{ChartArgs, RunArgs, TargetReference},
    cluster::{Cluster, Selection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    milvus::{Image, ImageUpdateMode, MilvusVersion, VersionRequest},
    snapshot::{OperatorDeployment, Resource, Snapshot},
};

/// The instance that a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The name of the Milvus resource or Helm release.
    pub(super) name: String,
    /// Whether Helm runs it.
    pub(super) is_release: bool,
    /// The operator, where it is meant itself.
    pub(super) operator: Option<Box<OperatorDeployment>>,
}

impl Subject {
    pub(super) fn milvus(name: &str) -> Self {
        Self { name: name.to_owned(), is_release: false, operator: None }
    }

    pub(super) fn release(name: &str) -> Self {
        Self { name: name.to_owned(), is_release: true, operator: None }
    }

    /// The cluster with the namespace that it is in.
    pub(super) fn place(&self, cluster: Cluster) -> Cluster {
        match &self.operator {
            Some(deployment) => cluster.at(&deployment.operator.namespace),
            None => cluster,
        }
    }
}

/// The instance that a command is about.
pub(super) async fn resolve(
    cluster: &Cluster,
    typed: Option<&TargetReference>,
    knowledge: &Knowledge,
) -> Result<Subject, Failure> {
    match typed {
        Some(TargetReference::Milvus(name)) => Ok(Subject::milvus(name)),
        Some(TargetReference::Release(name)) => Ok(Subject::release(name)),
        Some(TargetReference::Name(name)) => {
            let namespace = cluster.namespace();
            if !cluster.has_release(name).await {
                return Ok(Subject::milvus(name));
            }
            if cluster.milvus(namespace, name).await.is_err() {
                return Ok(Subject::release(name));
            }
            let problem = format!("`{name}` is a Milvus resource and a Helm release in namespace `{namespace}`");
            Err(Failure::usage(problem).hint(format!("say `milvus/{name}` or `release/{name}`")))
        }
        Some(TargetReference::Operator(name)) => {
            let found = cluster.operators().await?;
            let deployment = operator::choose(found, name.as_deref(), cluster.namespace())?;
            let name = deployment.instance.clone().unwrap_or_else(|| deployment.operator.name.clone());
            Ok(Subject { name, is_release: true, operator: Some(Box::new(deployment)) })
        }
        None => sole(cluster, knowledge).await,
    }
}

/// The only release of the namespace; nothing where it has none.
pub(super) async fn sole_release(cluster: &Cluster, knowledge: &Knowledge) -> Result<Option<Subject>, Failure> {
    let namespace = cluster.namespace().to_owned();
    let selection = Selection { namespace: Some(namespace.clone()), labels: String::new() };
    let instances = cluster.instances(&selection, knowledge).await?;
    let names: Vec<&str> = instances.iter().filter_map(|it| it.reference.strip_prefix("release/")).collect();
    match names.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(Subject::release(one))),
        many => {
            let names: Vec<String> = many.iter().map(|name| format!("release/{name}")).collect();
            Err(Failure::usage(format!("namespace `{namespace}` holds {} releases", many.len()))
                .hint(format!("name one of {}", names.join(", "))))
        }
    }
}

/// Where no name is typed there must be exactly one instance.
async fn sole(cluster: &Cluster, knowledge: &Knowledge) -> Result<Subject, Failure> {
    let namespace = cluster.namespace().to_owned();
    let selection = Selection { namespace: Some(namespace.clone()), labels: String::new() };
    let instances = cluster.instances(&selection, knowledge).await?;
    let references: Vec<&str> = instances.iter().map(|instance| instance.reference.as_str()).collect();
    match references.as_slice() {
        [] => Err(Failure::failed(format!("no Milvus in namespace `{namespace}`"))
            .hint("name another namespace with -n; `kubectl milvus get -A` lists all")),
        [one] => Ok(match one.split_once('/') {
            Some(("release", name)) => Subject::release(name),
            Some((_, name)) => Subject::milvus(name),
            None => Subject::milvus(one),
        }),
        many => Err(Failure::usage(format!("namespace `{namespace}` holds {} instances", many.len()))
            .hint(format!("name one of {}", many.join(", ")))),
    }
}

/// What the user said about the way to a version.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) to: Option<VersionRequest>,
    pub(super) image: Option<Image>,
    pub(super) from: Option<MilvusVersion>,
    pub(super) update_mode: Option<ImageUpdateMode>,
    pub(super) backup: Option<String>,
    pub(super) accepted: Vec<Code>,
    pub(super) chart: Option<Version>,
    pub(super) direction: Direction,
    pub(super) revision: Option<i64>,
    pub(super) tool: Option<Image>,
    pub(super) claim: Option<String>,
}

impl Wish {
    /// What every command is told alike.
    pub(super) fn typed(args: &RunArgs, charts: &ChartArgs) -> Result<Self, Failure> {
        let chart = charts.source.version().map(|text| {
            text.parse().map_err(|_| {
                Failure::usage(format!("--chart-version `{text}` is no whole version"))
                    .hint("a plan leads over one chart, such as 5.0.22")
            })
        });
        Ok(Self {
            from: args.from_version.clone(),
            backup: args.backup.clone(),
            accepted: Acceptance::codes(&args.accept),
            chart: chart.transpose()?,
            ..Self::default()
        })
    }

    /// The same, for a stop on the way: a chart that was chosen is the one at the end.
    pub(super) fn at(&self, stop: MilvusVersion) -> Self {
        Self { to: Some(VersionRequest::Exact(stop)), chart: None, ..self.clone() }
    }

    /// The same as was wanted before, with more codes accepted.
    pub(super) fn of(target: &Target, accepted: &[Acceptance]) -> Self {
        let mut codes = target.accepted.clone();
        codes.extend(Acceptance::codes(accepted).into_iter().filter(|code| !target.accepted.contains(code)));
        Self {
            to: Some(VersionRequest::Exact(target.version.clone())),
            image: Some(target.image.clone()),
            from: target.stated_from.clone(),
            update_mode: target.update_mode,
            backup: target.backup.clone(),
            accepted: codes,
            chart: target.chart.clone(),
            direction: target.direction,
            revision: target.revision,
            tool: target.tool.clone(),
            claim: target.claim.clone(),
        }
    }

    /// What is wanted; `None` where neither version nor image was named.
    pub(super) fn target(&self, snapshot: &Snapshot, knowledge: &Knowledge) -> Result<Option<Target>, Failure> {
        if snapshot.operator_scene.is_some() {
            return operator::target(self, snapshot, knowledge);
        }
        let milvus = &snapshot.milvus;
        let version = match (&self.to, &self.image) {
            (None, None) => return Ok(None),
            (Some(request), _) => knowledge.resolve(request).map_err(Failure::usage)?,
            (None, Some(image)) => image.version().ok_or_else(|| {
                Failure::usage(format!("the tag of `{image}` names no version")).hint("say its version with --to")
            })?,
        };
        let running = milvus.image();
        let image = match (&self.image, &running) {
            (Some(image), _) => image.clone(),
            (None, Some(running)) => running.at(&with_running_variant(&version, running)),
            (None, None) => {
                let problem = format!("{} names no image in spec.components.image", milvus.reference());
                return Err(Failure::usage(problem).hint("name the image to run with --image REPOSITORY:TAG"));
            }
        };
        // The operator reads the version from the tag; where either tag does not tell, it has to be said in the spec.
        let states_version = image.version().is_none() || self.from.is_some();
        Ok(Some(Target {
            version,
            image,
            chart: self.chart.clone(),
            direction: self.direction,
            revision: self.revision,
            states_version,
            stated_from: self.from.clone(),
            update_mode: self.update_mode,
            backup: self.backup.clone(),
            tool: self.tool.clone(),
            claim: self.claim.clone(),
            accepted: self.accepted.clone(),
        }))
    }
}

/// A plain version keeps the variant of the image that runs, such as `-gpu`; a version with a suffix is meant as typed.
fn with_running_variant(version: &MilvusVersion, running: &Image) -> MilvusVersion {
    let current = running.version();
    match current.as_ref().and_then(MilvusVersion::variant) {
        Some(variant) if version.suffix().is_empty() => version.with_variant(Some(variant)),
        _ => version.clone(),
    }
}

/// Neither version nor image was named: says what there is to choose from.
pub(super) fn nothing_asked(milvus: &Resource, knowledge: &Knowledge) -> Failure {
    let current = milvus.current_version();
    let running = current.as_ref().map_or_else(|| "an unknown version".to_owned(), ToString::to_string);
    let failure =
        Failure::new(Exit::Usage, anyhow::anyhow!("no version to go to; {} runs {running}", milvus.reference()));
    let Some(current) = current else { return failure.hint("say it with --to VERSION and --from-version VERSION") };
    choices(&current, knowledge)
        .into_iter()
        .fold(failure, |failure, (version, why)| failure.hint(format!("--to {version}  {why}")))
}

/// Versions worth going to, the recommended one first.
pub(super) fn choices(current: &MilvusVersion, knowledge: &Knowledge) -> Vec<(MilvusVersion, String)> {
    let newer = |version: &&MilvusVersion| *version > current;
    let between = |version: &MilvusVersion| between(current, version, knowledge);
    let recommended = knowledge.recommended_target(current);
    let mut choices: Vec<(MilvusVersion, String)> =
        recommended.into_iter().map(|version| (version.clone(), format!("recommended{}", between(&version)))).collect();
    for line in knowledge.lines() {
        let newest = knowledge.newest_of(line).map(|release| &release.version).filter(newer);
        if let Some(version) = newest.filter(|version| choices.iter().all(|(known, _)| known != *version)) {
            choices.push((version.clone(), format!("newest of {line}{}", between(version))));
        }
    }
    choices
}

/// What stands between two versions, in words that can follow others: `, over 2.5.27; only a backup leads back`.
fn between(from: &MilvusVersion, to: &MilvusVersion, knowledge: &Knowledge) -> String {
    let way = match knowledge.way(from, to) {
        Ok(hops) => hops,
        Err(reason) => return format!(", but nothing leads there: {reason}"),
    };
    let stops: Vec<String> = way.iter().filter(|stop| *stop != to).map(ToString::to_string).collect();
    let over = if stops.is_empty() { String::new() } else { format!(", over {}", stops.join(", ")) };
    let back = if knowledge.needs_backup(from, to) { "; only a backup leads back" } else { "" };
    format!("{over}{back}")
}

#[cfg(test)]
mod tests {
    use super::choices;
    use crate::knowledge::Knowledge;

    fn told(from: &str) -> Vec<String> {
        let choices = choices(&from.parse().expect("a version"), Knowledge::builtin());
        choices.into_iter().map(|(version, why)| format!("{version}  {why}")).collect()
    }

    #[test]
    fn the_newest_patch_is_recommended_and_of_later_lines_it_is_said_what_stands_between() {
        assert_eq!(
            told("2.4.1"),
            [
                "2.4.24  recommended",
                "2.5.27  newest of 2.5",
                "2.6.22  newest of 2.6, over 2.5.27; only a backup leads back",
                "3.0.0  newest of 3.0, over 2.5.27, 2.6.22; only a backup leads back",
            ]
        );
        assert_eq!(told("2.6.22"), ["3.0.0  newest of 3.0; only a backup leads back"]);
        assert_eq!(told("3.0.0"), [""; 0]);
        assert!(told("2.6.0-rc1")[0].contains("but nothing leads there"), "{:?}", told("2.6.0-rc1"));
    }
}
