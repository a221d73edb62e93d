//! Charts: what a directory or an archive holds, read as Helm 4.3.1 reads it.
//!
//! The caller reads files; [`from_directory`](Chart::from_directory) takes them with the rules of `.helmignore`,
//! [`from_archive`](Chart::from_archive) unpacks a `.tgz` in memory.

mod archive;
pub mod dependency;
mod files;
mod glob;
pub mod ignore;
mod load;
pub mod metadata;
pub mod pattern;

use std::rc::Rc;

use jiff::Timestamp;

pub use archive::{MAXIMUM_FILES, MAXIMUM_SIZE};
pub use dependency::{Dependency, Lock};
pub use files::Files;
pub use load::ChartFile;
pub use metadata::{Kind, Maintainer, Metadata};

use super::value::Map;

/// A chart and the charts in it. Copies share contents and values.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// `Chart.yaml`.
    pub metadata: Metadata,
    /// `Chart.lock` or `requirements.lock`.
    pub lock: Option<Lock>,
    /// The files below `templates/`.
    pub templates: Vec<File>,
    /// `values.yaml`; empty where there is none.
    pub values: Map,
    /// `values.schema.json`.
    pub schema: Option<File>,
    /// All other files: `.Files` of templates.
    pub files: Vec<File>,
    /// When `Chart.yaml` was last changed, where that is known.
    pub modified: Option<Timestamp>,
    /// The charts below `charts/`, directories and archives.
    pub dependencies: Vec<Self>,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct File {
    /// The path relative to the chart, with `/`.
    pub name: Rc<str>,
    /// What it holds, without a byte order mark.
    pub data: Rc<[u8]>,
    /// When it was last changed, where that is known: Helm 4 keeps it in records.
    pub modified: Option<Timestamp>,
}

/// A file that holds custom resource definitions.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The path from the chart that is rendered: `milvus/charts/etcd/crds/a.yaml`.
    pub path: String,
    /// The file.
    pub file: File,
}

impl Chart {
    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The files below `crds/`, of this chart and of those in it (`Chart.CRDObjects`).
    pub fn definitions(&self) -> Vec<Definition> {
        let mut definitions = vec![];
        self.collect_definitions(self.name(), &mut definitions);
        definitions
    }

    fn collect_definitions(&self, path: &str, definitions: &mut Vec<Definition>) {
        let own = self.files.iter().filter(|file| file.name.starts_with("crds/") && is_manifest(&file.name));
        definitions.extend(own.map(|file| Definition { path: format!("{path}/{}", file.name), file: file.clone() }));
        for dependency in &self.dependencies {
            dependency.collect_definitions(&format!("{path}/charts/{}", dependency.name()), definitions);
        }
    }

    /// The names of wanted charts that are not in `charts/`, without which Helm renders nothing.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        let wanted = self.metadata.dependencies.iter().flatten().map(|dependency| dependency.name.as_str());
        wanted.filter(|name| self.dependencies.iter().all(|chart| chart.name() != *name)).collect()
    }
}

fn is_manifest(name: &str) -> bool {
    load::extension(name)
        .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::{Chart, Dependency, File, Metadata};

    fn chart(name: &str, files: &[&str], dependencies: Vec<Chart>) -> Chart {
        let file = |name: &&str| File { name: (*name).into(), data: b"x".as_slice().into(), modified: None };
        Chart {
            metadata: Metadata { name: name.to_owned(), ..Metadata::default() },
            files: files.iter().map(file).collect(),
            dependencies,
            ..Chart::default()
        }
    }

    #[test]
    fn definitions_of_the_charts_in_a_chart_are_found() {
        let inner = chart("inner", &["crds/b.YML", "crds/readme"], vec![]);
        let outer = chart("outer", &["crds/a.yaml", "a.yaml"], vec![inner]);
        let paths: Vec<_> = outer.definitions().into_iter().map(|definition| definition.path).collect();
        assert_eq!(paths, ["outer/crds/a.yaml", "outer/charts/inner/crds/b.YML"]);
    }

    #[test]
    fn wanted_charts_that_are_not_there_are_named() {
        let mut outer = chart("outer", &[], vec![chart("a", &[], vec![])]);
        let wanted = |name: &str| Dependency { name: name.to_owned(), ..Dependency::default() };
        outer.metadata.dependencies = Some(vec![wanted("a"), wanted("b")]);
        assert_eq!(outer.missing_dependencies(), ["b"]);
    }
}
