//! `operator[/NAME]`: which operator is meant, and which version of it.

use semver::Version;

use super::{charts, target::Wish};
use crate::{
    check::{Direction, Target},
    cli::ChartArgs,
    failure::Failure,
    knowledge::Knowledge,
    milvus::{Image, MilvusVersion, VersionRequest},
    output::Printer,
    snapshot::{OperatorDeployment, Snapshot},
};

/// The values that pin the operator's image.
const TAG: &str = "image.tag";

/// The one that is meant: by the name of its release or Deployment, and by namespace where that does not tell either.
pub(super) fn choose(
    found: Vec<OperatorDeployment>,
    name: Option<&str>,
    namespace: &str,
) -> Result<OperatorDeployment, Failure> {
    let is_named = |it: &OperatorDeployment| {
        name.is_none_or(|name| it.operator.name == name || it.instance.as_deref() == Some(name))
    };
    let all = places(&found);
    let mut fitting: Vec<OperatorDeployment> = found.into_iter().filter(is_named).collect();
    if name.is_some() && fitting.len() > 1 && fitting.iter().any(|it| it.operator.namespace == namespace) {
        fitting.retain(|it| it.operator.namespace == namespace);
    }
    let several = places(&fitting);
    match (fitting.pop(), fitting.is_empty(), name) {
        (Some(one), true, _) => Ok(one),
        (Some(_), false, Some(name)) => Err(Failure::usage(format!("several operators are called `{name}`"))
            .hint(format!("name its namespace with -n; there are {}", several.join(", ")))),
        (Some(_), false, None) => Err(Failure::usage(format!("there are {} operators", several.len()))
            .hint(format!("name one of {}", several.join(", ")))),
        (None, _, Some(name)) if !all.is_empty() => {
            Err(Failure::failed(format!("no operator is called `{name}`")).hint(format!("there is {}", all.join(", "))))
        }
        (None, _, _) => Err(Failure::failed("no Milvus operator was found in the cluster")
            .hint("kubectl get deployments -A -l app.kubernetes.io/name=milvus-operator")),
    }
}

/// As each can be typed.
fn places(found: &[OperatorDeployment]) -> Vec<String> {
    let place = |it: &OperatorDeployment| {
        let name = it.instance.as_ref().unwrap_or(&it.operator.name);
        format!("operator/{name} -n {}", it.operator.namespace)
    };
    found.iter().map(place).collect()
}

/// What is wanted of the operator; `None` where neither version nor image was named.
pub(super) fn target(wish: &Wish, snapshot: &Snapshot, knowledge: &Knowledge) -> Result<Option<Target>, Failure> {
    let version = match (&wish.to, &wish.image) {
        (None, None) => return Ok(None),
        (Some(VersionRequest::Exact(version)), _) => version.clone(),
        (Some(VersionRequest::NewestOf(line)), _) => {
            let known = knowledge.operators().iter().rev().filter_map(|known| known.version.to_string().parse().ok());
            let newest = known.filter(|version: &MilvusVersion| version.line() == *line).max();
            newest.ok_or_else(|| Failure::usage(format!("no release of operator {line} is known")))?
        }
        (None, Some(image)) => image.version().ok_or_else(|| {
            Failure::usage(format!("the tag of `{image}` names no version")).hint("say its version with --to")
        })?,
    };
    let chart: Version = version
        .to_string()
        .parse()
        .map_err(|error| Failure::usage(format!("`{version}` is no version of the operator's chart: {error}")))?;
    if let Some(other) = wish.chart.as_ref().filter(|other| **other != chart) {
        let problem = format!("the chart of operator {version} is {chart}, not {other}");
        return Err(Failure::usage(problem).hint("leave --chart-version out, or say the same with --to"));
    }
    let present = snapshot.milvus.image();
    let release = snapshot.release.as_ref();
    let is_pinned = release.is_none_or(|release| release.is_given(TAG));
    let image = match (&wish.image, present) {
        (Some(image), _) => image.clone(),
        // Where the user wrote the tag, in the user's writing; else as charts write it.
        (None, Some(present)) if is_pinned => present.at(&version),
        (None, present) => {
            let repository = present.as_ref().map_or("milvusdb/milvus-operator", Image::repository);
            format!("{repository}:v{version}").parse().map_err(Failure::usage)?
        }
    };
    Ok(Some(Target {
        direction: Direction::Forward,
        tool: None,
        claim: None,
        revision: None,
        version,
        image,
        chart: Some(chart),
        states_version: false,
        stated_from: wish.from.clone(),
        update_mode: None,
        backup: None,
        accepted: wish.accepted.clone(),
    }))
}

/// The version to go to where none was named: that of the chart that was, else the newest known; never an older one than
/// runs.
pub(super) async fn default_version(
    args: &ChartArgs,
    snapshot: &Snapshot,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<VersionRequest, Failure> {
    let named = match charts::sole_file(args, printer).await? {
        Some(version) => Some(version),
        None => args.source.version().and_then(|version| version.parse().ok()),
    };
    if let Some(version) = named {
        let version = version.to_string().parse().map_err(Failure::usage)?;
        return Ok(VersionRequest::Exact(version));
    }
    newest(snapshot, knowledge)
        .map(VersionRequest::Exact)
        .ok_or_else(|| Failure::usage("no release of the operator is known; say the version with --to"))
}

fn newest(snapshot: &Snapshot, knowledge: &Knowledge) -> Option<MilvusVersion> {
    let known = knowledge.operators().iter().filter_map(|known| known.version.to_string().parse().ok());
    known.chain(snapshot.milvus.current_version()).max()
}

#[cfg(test)]
mod tests {
    use super::{choose, newest, target};
    use crate::{
        command::target::Wish,
        knowledge::Knowledge,
        snapshot::{
            OperatorDeployment, Snapshot,
            sample::{operator_manifest, operator_release},
        },
    };

    fn operator(namespace: &str, release: &str) -> OperatorDeployment {
        let scene = operator_release("1.3.0").operator_scene.expect("a scene");
        let mut deployment = scene.deployment;
        namespace.clone_into(&mut deployment.operator.namespace);
        deployment.operator.name = format!("{release}-milvus-operator");
        deployment.instance = Some(release.to_owned());
        deployment
    }

    #[test]
    fn one_is_meant_or_all_are_named() {
        let place = |found: &[OperatorDeployment], name, namespace| match choose(found.to_vec(), name, namespace) {
            Ok(one) => one.operator.namespace,
            Err(failure) => format!("{failure}; {}", failure.hints().join("; ")),
        };
        let (a, b, twin) = (operator("a", "one"), operator("b", "two"), operator("c", "one"));
        let two = [a.clone(), b];
        assert_eq!(place(&two[..1], None, "x"), "a");
        assert_eq!(place(&two, Some("two"), "x"), "b");
        assert_eq!(place(&two, Some("two-milvus-operator"), "x"), "b", "a Deployment's name does as well");
        let both = "there are 2 operators; name one of operator/one -n a, operator/two -n b";
        assert_eq!(place(&two, None, "a"), both);
        assert_eq!(
            place(&two, Some("three"), "a"),
            "no operator is called `three`; there is operator/one -n a, operator/two -n b"
        );
        assert_eq!(place(&[a.clone(), twin.clone()], Some("one"), "c"), "c");
        assert!(place(&[a, twin], Some("one"), "x").starts_with("several operators are called `one`; name its"));
        assert!(place(&[], None, "x").starts_with("no Milvus operator was found"));
    }

    fn wanted(snapshot: &Snapshot, to: &str) -> String {
        let wish = Wish { to: to.parse().ok(), ..Wish::default() };
        let target = target(&wish, snapshot, Knowledge::builtin()).expect("it can be meant").expect("a version");
        format!("{} {}", target.chart.expect("a chart"), target.image)
    }

    #[test]
    fn the_image_is_written_as_it_was_where_the_user_wrote_it() {
        let mut pinned = operator_release("1.3.0");
        assert_eq!(wanted(&pinned, "1.3.7"), "1.3.7 milvusdb/milvus-operator:v1.3.7");
        assert_eq!(wanted(&pinned, "1.2"), "1.2.8 milvusdb/milvus-operator:v1.2.8");
        let release = pinned.release.as_mut().expect("a release");
        release.settings.insert("image.repository".to_owned(), "r.local:5000/op".into());
        release.settings.insert("image.tag".to_owned(), "1.3.0".into());
        let release = release.clone();
        pinned.milvus = pinned.operator_scene.as_ref().expect("a scene").as_resource(Some(&release));
        assert_eq!(wanted(&pinned, "1.3.7"), "1.3.7 r.local:5000/op:1.3.7");
        pinned.release.as_mut().expect("a release").given.clear();
        assert_eq!(wanted(&pinned, "1.3.7"), "1.3.7 r.local:5000/op:v1.3.7");
        assert_eq!(wanted(&operator_manifest("1.3.0"), "1.3.7"), "1.3.7 milvusdb/milvus-operator:v1.3.7");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let snapshot = operator_release("1.3.0");
        let refused = |wish: Wish| {
            target(&wish, &snapshot, Knowledge::builtin()).map(|target| target.is_some()).map_err(|it| it.to_string())
        };
        assert_eq!(refused(Wish::default()), Ok(false));
        let other = Wish { to: "1.3.7".parse().ok(), chart: "1.3.6".parse().ok(), ..Wish::default() };
        assert!(refused(other).unwrap_err().contains("the chart of operator 1.3.7 is 1.3.7"));
        let nameless = Wish { image: "r.local/op:blessed".parse().ok(), ..Wish::default() };
        assert!(refused(nameless).unwrap_err().contains("names no version"));
        let line = Wish { to: "7.7".parse().ok(), ..Wish::default() };
        assert!(refused(line).unwrap_err().contains("no release of operator 7.7"));
    }

    #[test]
    fn the_newest_known_is_proposed_and_never_an_older_one() {
        let newest =
            |version| newest(&operator_release(version), Knowledge::builtin()).map(|version| version.to_string());
        assert_eq!(newest("1.3.0").as_deref(), Some("1.3.8"));
        assert_eq!(newest("1.4.0").as_deref(), Some("1.4.0"));
    }
}
