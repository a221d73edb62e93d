//! Which instances there are, for people.

use jiff::Timestamp;
use serde::Serialize;

use super::{Line, Screen, Table, age};
use crate::milvus::Mode;

/// One row of `get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Where it is.
    pub namespace: String,
    /// `milvus/NAME` or `release/NAME`.
    pub reference: String,
    /// `operator`, or `helm` and the version of the chart: `helm, 4.2.58`.
    pub manager: String,
    /// How its parts are laid out.
    pub mode: Mode,
    /// The version that runs, where it is known.
    pub version: Option<String>,
    /// The version that an unfinished roll goes to.
    pub target: Option<String>,
    /// A word: `healthy`, `rolling: querynode (3 of 5)`.
    pub state: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The image that it asks for.
    pub image: Option<String>,
}

/// What a table of instances has besides the usual columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The namespace, where there is more than one.
    pub namespace: bool,
    /// The image.
    pub wide: bool,
}

/// A row for each; ages are counted up to `now`.
pub fn table(instances: &[Instance], columns: Columns, now: Timestamp) -> Screen {
    let unknown = || "<unknown>".to_owned();
    let cells = |instance: &Instance| {
        let version = instance.version.clone().unwrap_or_else(unknown);
        let version = match &instance.target {
            Some(target) => format!("{version} -> {target}"),
            None => version,
        };
        let born = instance.created.map(|created| age(now.as_second() - created.as_second()));
        [
            ("namespace", instance.namespace.clone()),
            ("name", instance.reference.clone()),
            ("manager", instance.manager.clone()),
            ("mode", instance.mode.to_string()),
            ("version", version),
            ("state", instance.state.clone()),
            ("age", born.unwrap_or_else(unknown)),
            ("image", instance.image.clone().unwrap_or_else(unknown)),
        ]
    };
    let is_shown = |name: &str| match name {
        "namespace" => columns.namespace,
        "image" => columns.wide,
        _ => true,
    };
    let heads = ["namespace", "name", "manager", "mode", "version", "state", "age", "image"];
    let heads: Vec<&str> = heads.into_iter().filter(|name| is_shown(name)).collect();
    let mut table = Table::with_heads(&heads);
    for instance in instances {
        table.row(cells(instance).into_iter().filter(|(name, _)| is_shown(name)).map(|(_, cell)| cell));
    }
    let mut screen = Screen::new();
    screen.extend(table.lines());
    screen
}

/// References only, a line each: what `-o name` prints.
pub fn names(references: impl IntoIterator<Item = impl AsRef<str>>) -> Screen {
    let mut screen = Screen::new();
    screen.extend(references.into_iter().map(Line::from));
    screen
}

/// What to say where there is none; `namespace` is `None` where all were looked at.
pub fn none(namespace: Option<&str>) -> Screen {
    let place =
        namespace.map_or_else(|| "in any namespace".to_owned(), |namespace| format!("in namespace {namespace}"));
    Screen::from(Line::from(format!("No Milvus found {place}")))
}

#[cfg(test)]
mod tests {
    use super::{Columns, names, none, table};
    use crate::output::{Style, sample};

    #[test]
    fn all_namespaces_as_kubectl_would_show_them() {
        let columns = Columns { namespace: true, wide: false };
        let text = table(&sample::instances(), columns, sample::now()).render(Style::Plain, Some(60));
        insta::assert_snapshot!(text, @"
        NAMESPACE   NAME          MANAGER        MODE         VERSION           STATE                         AGE
        vec         milvus/prod   operator       cluster      2.5.22            healthy                       41d
        vec         milvus/demo   operator       standalone   2.5.22 -> 2.6.6   rolling: querynode (3 of 5)   9d
        search      release/my    helm, 4.2.58   cluster      2.5.16            healthy                       120d
        ");
    }

    #[test]
    fn wide_adds_the_image_and_hostile_names_do_nothing() {
        let mut instances = sample::instances();
        instances.truncate(2);
        instances[0].reference = "milvus/p\u{1b}[2Jd".into();
        (instances[0].version, instances[0].created) = (None, None);
        let columns = Columns { namespace: false, wide: true };
        let text = table(&instances, columns, sample::now()).render(Style::Plain, None);
        insta::assert_snapshot!(text, @r"
        NAME                 MANAGER    MODE         VERSION           STATE                         AGE         IMAGE
        milvus/p\u{1b}[2Jd   operator   cluster      <unknown>         healthy                       <unknown>   milvusdb/milvus:v2.5.22
        milvus/demo          operator   standalone   2.5.22 -> 2.6.6   rolling: querynode (3 of 5)   9d          milvusdb/milvus:v2.5.22
        ");
    }

    #[test]
    fn names_alone_and_none_at_all() {
        let references = sample::instances().into_iter().map(|instance| instance.reference);
        assert_eq!(names(references).render(Style::Plain, None), "milvus/prod\nmilvus/demo\nrelease/my\n");
        assert_eq!(none(Some("vec")).render(Style::Plain, None), "No Milvus found in namespace vec\n");
    }
}
