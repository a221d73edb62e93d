//! What each template of a chart, and of the charts in it, has for its dot.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    chart::{Chart, Files, Kind},
    raw,
    value::{Map, MapKind, Value},
};

/// A template, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its text.
    pub text: Rc<str>,
    /// The dot: `.Values`, `.Chart` and so on. All templates of a chart share it.
    pub scope: Map,
    /// The folder of the templates of its chart, from the top: `milvus/charts/etcd/templates`.
    pub folder: Rc<str>,
}

/// What is the same for all charts.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// `.Release`.
    pub release: Map,
    /// `.Capabilities`.
    pub capabilities: Value,
}

/// The templates of a chart and of the charts in it by path, each with what it sees: `.Values` are those of its own
/// chart (Helm's `allTemplates`).
pub fn templates(chart: &Chart, values: &Map, surroundings: &Surroundings) -> BTreeMap<String, Template> {
    let mut templates = BTreeMap::new();
    let values = values.seen_as(MapKind::Values);
    collect(chart, chart.name(), values, Place::Root, surroundings, &mut templates);
    templates
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Inner,
}

/// Takes the templates of one chart, and gives what they see.
fn collect(
    chart: &Chart,
    path: &str,
    values: Map,
    place: Place,
    surroundings: &Surroundings,
    templates: &mut BTreeMap<String, Template>,
) -> Map {
    let scopes = Map::new();
    for inner in &chart.dependencies {
        let path = format!("{path}/charts/{}", inner.name());
        let values = values_of(inner.name(), &values);
        scopes.set(inner.name(), collect(inner, &path, values, Place::Inner, surroundings, templates));
    }
    let scope = Map::new();
    scope.set("Chart", chart.metadata.to_map(place == Place::Root));
    scope.set("Files", Value::Object(Rc::new(Files::new(&chart.files))));
    scope.set("Release", surroundings.release.clone());
    scope.set("Capabilities", surroundings.capabilities.clone());
    scope.set("Values", values);
    scope.set("Subcharts", scopes);
    let folder: Rc<str> = format!("{path}/templates").into();
    let is_library = chart.metadata.kind() == Kind::Library;
    for file in chart.templates.iter().filter(|file| !is_library || is_partial(&file.name)) {
        let template =
            Template { text: raw::text(&file.data), scope: scope.seen_as(MapKind::Values), folder: Rc::clone(&folder) };
        templates.insert(format!("{path}/{}", file.name), template);
    }
    scope
}

/// The values of a chart among those of its parent. As in Helm, a name with a dot is a path, so mostly there are none.
fn values_of(name: &str, values: &Map) -> Map {
    let found = name.split('.').try_fold(values.clone(), |table, name| table.get(name)?.as_map().cloned());
    found.unwrap_or_default().seen_as(MapKind::Values)
}

/// Whether a file only holds named templates.
pub fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::{Surroundings, templates};
    use crate::helm::{
        chart::{Chart, File, Metadata},
        value::{Map, Value},
        yaml,
    };

    fn chart(name: &str, kind: &str, files: &[&str], dependencies: Vec<Chart>) -> Chart {
        let metadata = Metadata { name: name.to_owned(), kind: kind.to_owned(), ..Metadata::default() };
        let file = |name: &&str| File { name: (*name).into(), data: b"x".as_slice().into(), modified: None };
        Chart { metadata, templates: files.iter().map(file).collect(), dependencies, ..Chart::default() }
    }

    #[test]
    fn each_chart_sees_its_own_values_and_the_scopes_of_the_charts_in_it() {
        let library = chart("lib", "library", &["templates/a.yaml", "templates/_b.tpl"], vec![]);
        let inner = chart("inner", "", &["templates/sub/a.yaml"], vec![library]);
        let outer = chart("outer", "", &["templates/a.yaml"], vec![inner]);
        let values = yaml::read_map("{inner: {own: 1}, own: 2}").unwrap();
        let surroundings = Surroundings { release: Map::new(), capabilities: Value::Nil };
        let found = templates(&outer, &values, &surroundings);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            [
                "outer/charts/inner/charts/lib/templates/_b.tpl",
                "outer/charts/inner/templates/sub/a.yaml",
                "outer/templates/a.yaml"
            ]
        );
        let inner = &found["outer/charts/inner/templates/sub/a.yaml"];
        assert_eq!(&*inner.folder, "outer/charts/inner/templates");
        let own = |scope: &Map| scope.get("Values").unwrap().as_map().unwrap().get("own").unwrap();
        assert!(own(&inner.scope).is_deeply_equal(&Value::Float(1.0)));
        let outer = &found["outer/templates/a.yaml"].scope;
        assert_eq!(outer.get("Values").unwrap().type_name(), "common.Values");
        let seen = outer.get("Subcharts").unwrap().as_map().unwrap().get("inner").unwrap();
        assert!(seen.as_map().unwrap().is_same(&inner.scope));
        assert_eq!(seen.type_name(), "map[string]interface {}");
    }
}
