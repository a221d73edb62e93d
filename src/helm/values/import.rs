//! `import-values`: values of a chart in a chart that its parent takes over.

use super::{
    Warnings,
    coalesce::{self, merge, merge_tables},
    table::{is_within, table},
};
use crate::helm::{
    chart::{Chart, dependency},
    error::{Error, Result},
    value::{Map, Value},
};

/// How many values a chart may have once it imported some. Imports can multiply values, and make them hold themselves.
const MAXIMUM_VALUES: usize = 1_000_000;

/// How deep a path of a parent may be.
const MAXIMUM_DEPTH: usize = 100;

/// Takes over values, from the charts that lie deepest up. What a parent says itself wins (`processImportValues`).
pub(super) fn process(chart: &mut Chart, warnings: &mut Warnings) -> Result<()> {
    for inner in &mut chart.dependencies {
        process(inner, warnings)?;
    }
    let Some(mut wanted) = chart.metadata.dependencies.take() else { return Ok(()) };
    let values = merge(chart, &Map::new(), warnings)?;
    let mut imported = Map::new();
    for dependency in &mut wanted {
        let mut read = vec![];
        for import in &dependency.import_values {
            let Some((child, parent)) = paths(import) else { continue };
            read.push(dependency::import(&child, &parent));
            let Some(found) = table(&values, &format!("{}.{child}", dependency.name)) else {
                let name = &dependency.name;
                warnings.push(format!("import-values: chart `{name}` has no table `{child}` in its values"));
                continue;
            };
            imported = merge_tables(&imported, &nested(&parent, &found)?, warnings);
            if !is_within(&imported, MAXIMUM_VALUES) || !is_within(&values, MAXIMUM_VALUES) {
                return Err(Error::new(format!(
                    "import-values `{child}` of chart `{}` into `{parent}` makes values without end",
                    dependency.name
                )));
            }
        }
        dependency.import_values = read;
    }
    chart.values = merge_tables(&coalesce::copy(&values), &imported, warnings);
    chart.metadata.dependencies = Some(wanted);
    Ok(())
}

/// Where to take values from and where to put them; `None` for what is neither a name nor a map, which Helm passes over.
fn paths(import: &Value) -> Option<(String, String)> {
    match import {
        Value::Text(name) => Some((format!("exports.{name}"), ".".to_owned())),
        Value::Map(map) => {
            // Go prints whatever is there, and `<nil>` for nothing, which then is not found.
            let path = |key| match map.get(key) {
                Some(Value::Text(path)) => path.to_string(),
                Some(Value::Bool(value)) => value.to_string(),
                Some(Value::Float(number)) => crate::helm::number::go_float(number),
                _ => "<nil>".to_owned(),
            };
            Some((path("child"), path("parent")))
        }
        _ => None,
    }
}

/// `values` below `path`; as they are for `.`.
fn nested(path: &str, values: &Map) -> Result<Map> {
    if path == "." {
        return Ok(values.clone());
    }
    if path.split('.').count() > MAXIMUM_DEPTH {
        return Err(Error::new(format!("the parent of import-values is deeper than {MAXIMUM_DEPTH}: `{path}`")));
    }
    Ok(path.rsplit('.').fold(values.clone(), |inner, name| {
        let outer = Map::new();
        outer.set(name, inner);
        outer
    }))
}

#[cfg(test)]
mod tests {
    use super::process;
    use crate::helm::{
        chart::{Chart, Dependency, Metadata},
        value::Value,
        yaml,
    };

    fn imported(outer: &str, inner: &str, imports: &str) -> Result<String, String> {
        let chart = |name: &str, values: &str| Chart {
            metadata: Metadata { name: name.to_owned(), ..Metadata::default() },
            values: yaml::read_map(values).unwrap(),
            ..Chart::default()
        };
        let mut outer = chart("outer", outer);
        outer.dependencies.push(chart("inner", inner));
        let imports = yaml::read(imports).unwrap();
        let imports: Vec<Value> = imports.as_list().unwrap().to_vec();
        let wanted = Dependency { name: "inner".to_owned(), import_values: imports, ..Dependency::default() };
        outer.metadata.dependencies = Some(vec![wanted]);
        process(&mut outer, &mut vec![]).map_err(|error| error.to_string())?;
        outer.values.remove("inner");
        Ok(format!("{};", yaml::write(&outer.values.into()).replace('\n', ";")))
    }

    #[test]
    fn exports_and_paths_are_taken_over_and_the_parent_wins() {
        for (outer, inner, imports, expected) in [
            ("{}", "{exports: {data: {a: 1}}}", "[data]", "a: 1;"),
            ("{a: 2}", "{exports: {data: {a: 1, b: 1}}}", "[data]", "a: 2;b: 1;"),
            ("{}", "{t: {a: 1}}", "[{child: t, parent: x.z}]", "x:;  z:;    a: 1;"),
            ("{}", "{t: {a: 1}}", "[{child: none, parent: x}, 5]", "{};"),
            ("{}", "{t: {a: 1}}", "[{child: t, parent: .}]", "a: 1;"),
        ] {
            assert_eq!(imported(outer, inner, imports).unwrap(), expected, "{imports}");
        }
    }

    #[test]
    fn imports_that_would_never_end_are_refused() {
        let imports = "[{child: a.b, parent: p}, {child: a, parent: p.q}]";
        assert!(imported("{}", "{a: {b: {c: 1}}}", imports).unwrap_err().contains("without end"));
        let deep = format!("[{{child: t, parent: {}}}]", vec!["x"; 500].join("."));
        assert!(imported("{}", "{t: {a: 1}}", &deep).unwrap_err().contains("deeper than"));
    }
}
