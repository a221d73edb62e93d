//! The user's values over those of a chart and of the charts in it, by the rules of Helm 4.2 and newer.
//!
//! A null of the user's takes a default away; nulls among the defaults count for nothing; `global` flows down, and what
//! a parent says in it wins.

use super::{Warnings, table::joined};
use crate::helm::{
    chart::Chart,
    error::{Error, Result},
    value::{Map, Value},
};

/// The table that all charts share.
const GLOBAL: &str = "global";

/// What becomes of nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nulls {
    /// They take away what they stand over.
    Remove,
    /// They stay, to take away something later.
    Keep,
}

/// The user's values laid over those of the chart and of the charts in it (`CoalesceValues`).
pub fn coalesce(chart: &Chart, values: &Map, warnings: &mut Warnings) -> Result<Map> {
    all(chart, values, Nulls::Remove, warnings)
}

/// The same, but nulls stay (`MergeValues`).
pub fn merge(chart: &Chart, values: &Map, warnings: &mut Warnings) -> Result<Map> {
    all(chart, values, Nulls::Keep, warnings)
}

/// The user's new values laid over older ones: tables are merged, a null takes an older value away (`CoalesceTables`).
/// Neither is changed.
pub fn coalesce_tables(over: &Map, under: &Map, warnings: &mut Warnings) -> Map {
    let over = copy(over);
    lay_tables(&over, &copy(under), "", Nulls::Remove, warnings);
    over
}

/// Lays `over` over `under` and gives back `over`; nulls in it stay, and `under` is changed too (`MergeTables`).
pub(super) fn merge_tables(over: &Map, under: &Map, warnings: &mut Warnings) -> Map {
    lay_tables(over, under, "", Nulls::Keep, warnings);
    over.clone()
}

fn all(chart: &Chart, values: &Map, nulls: Nulls, warnings: &mut Warnings) -> Result<Map> {
    let values = copy(values);
    lay_chart(chart, &values, "", nulls, warnings)?;
    Ok(values)
}

/// A copy that shares nothing.
pub(super) fn copy(values: &Map) -> Map {
    values.entries().into_iter().map(|(name, value)| (name, value.deep_copy())).collect()
}

fn lay_chart(chart: &Chart, values: &Map, path: &str, nulls: Nulls, warnings: &mut Warnings) -> Result<()> {
    lay_defaults(chart, values, path, nulls, warnings);
    let inner_path = joined(path, chart.name());
    for inner in &chart.dependencies {
        let table = match values.get(inner.name()) {
            None => Map::new(),
            Some(Value::Map(table)) => table,
            Some(other) => {
                return Err(Error::new(format!(
                    "type mismatch on {}: the values of a chart in `{inner_path}` must be a table, not {}",
                    inner.name(),
                    other.type_name()
                )));
            }
        };
        values.set(inner.name(), table.clone());
        lay_globals(&table, values, &inner_path, warnings);
        lay_chart(inner, &table, &inner_path, nulls, warnings)?;
    }
    Ok(())
}

/// Takes what a parent says in `global` into that of a chart in it.
fn lay_globals(inner: &Map, outer: &Map, path: &str, warnings: &mut Warnings) {
    let mut globals = |values: &Map, whose: &str| match values.get(GLOBAL) {
        None => Some(Map::new()),
        Some(Value::Map(table)) => Some(table),
        Some(_) => {
            warnings.push(format!("skipping globals because {whose} {GLOBAL} is not a table"));
            None
        }
    };
    let Some(below) = globals(inner, "destination") else { return };
    let Some(above) = globals(outer, "source") else { return };
    for (name, value) in above.entries() {
        match (&value, below.get(&name)) {
            (Value::Map(table), None) => below.set(name, shallow(table)),
            (Value::Map(table), Some(Value::Map(known))) => {
                let table = shallow(table);
                lay_tables(&table, &known, &joined(path, &name), Nulls::Keep, warnings);
                below.set(name, table);
            }
            (Value::Map(_), Some(_)) => {
                warnings.push(format!("conflict: cannot merge map onto non-map for {name:?}; it is skipped"));
            }
            (_, Some(Value::Map(_))) => warnings.push(format!("key {name} is a table; it is skipped")),
            _ => below.set(name, value),
        }
    }
    inner.set(GLOBAL, below);
}

fn shallow(table: &Map) -> Map {
    table.entries().into_iter().collect()
}

/// Lays `values` over the defaults of one chart.
fn lay_defaults(chart: &Chart, values: &Map, path: &str, nulls: Nulls, warnings: &mut Warnings) {
    let path = joined(path, chart.name());
    for (name, default) in copy(&chart.values).entries() {
        match (values.get(&name), default) {
            (Some(Value::Nil), _) if nulls == Nulls::Remove => {
                values.remove(&name);
            }
            (Some(Value::Map(table)), Value::Map(default)) => {
                let is_chart = chart.dependencies.iter().any(|inner| inner.name() == &*name);
                // Nulls for another chart are for that chart's defaults.
                let nulls = if is_chart { Nulls::Keep } else { nulls };
                if nulls == Nulls::Remove {
                    remove_nulls(&default);
                }
                lay_tables(&table, &default, &joined(&path, &name), nulls, warnings);
            }
            (Some(Value::Map(_)), Value::Nil) => {}
            (Some(Value::Map(_)), _) => {
                warnings.push(format!("skipped value for {path}.{name}: not a table"));
            }
            (Some(_), _) => {}
            (None, Value::Nil) if nulls == Nulls::Remove => {}
            (None, default) => {
                if let (Value::Map(table), Nulls::Remove) = (&default, nulls) {
                    remove_nulls(table);
                }
                values.set(name, default);
            }
        }
    }
}

/// Lays `over` over `under`, changing both; `over` is the result (`CoalesceTables`).
fn lay_tables(over: &Map, under: &Map, path: &str, nulls: Nulls, warnings: &mut Warnings) {
    let known: Vec<_> = under.entries().into_iter().filter(|(_, value)| !matches!(value, Value::Nil)).collect();
    for (name, value) in over.entries() {
        if matches!(value, Value::Nil) {
            under.set(name, Value::Nil);
        }
    }
    for (name, value) in under.entries() {
        match (over.get(&name), value) {
            // Only a null over a default takes something away; any other null stays.
            (Some(Value::Nil), _)
                if nulls == Nulls::Remove && known.binary_search_by(|(known, _)| known.cmp(&name)).is_ok() =>
            {
                over.remove(&name);
            }
            (None, value) => over.set(name, value),
            (Some(Value::Map(above)), Value::Map(below)) => {
                lay_tables(&above, &below, &joined(path, &name), nulls, warnings);
            }
            (Some(_), Value::Map(_)) => {
                let path = joined(path, &name);
                warnings.push(format!("cannot overwrite table with non table for {path}"));
            }
            (Some(Value::Map(_)), value) if !matches!(value, Value::Nil) => {
                let path = joined(path, &name);
                warnings.push(format!("destination for {path} is a table; the value that is none is ignored"));
            }
            _ => {}
        }
    }
}

fn remove_nulls(table: &Map) {
    for (name, value) in table.entries() {
        match value {
            Value::Nil => {
                table.remove(&name);
            }
            Value::Map(inner) => remove_nulls(&inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{coalesce, merge};
    use crate::helm::{
        chart::{Chart, Metadata},
        value::Map,
        yaml,
    };

    fn chart(name: &str, values: &str, dependencies: Vec<Chart>) -> Chart {
        let metadata = Metadata { name: name.to_owned(), ..Metadata::default() };
        Chart { metadata, values: read(values), dependencies, ..Chart::default() }
    }

    fn read(text: &str) -> Map {
        yaml::read_map(text).unwrap()
    }

    fn json(values: &Map) -> String {
        format!("{};", yaml::write(&values.clone().into()).replace('\n', ";"))
    }

    /// Defaults of a chart, values of the user, and what Helm 4.3.1 makes of them (`toYaml .Values`).
    const COALESCED: &[(&str, &str, &str)] = &[
        ("{a: 1, b: 2}", "{a: 3}", "a: 3;b: 2;"),
        ("{a: 1, b: 2}", "{a: null}", "b: 2;"),
        ("{a: null}", "{b: 1}", "b: 1;"),
        ("{a: {b: null, c: 1}}", "{}", "a:;  c: 1;"),
        ("{a: {b: 1, c: 1}}", "{a: {b: null}}", "a:;  c: 1;"),
        ("{a: {c: 1}}", "{a: {b: null}}", "a:;  b: null;  c: 1;"),
        ("{a: {b: null}}", "{a: {b: null}}", "a:;  b: null;"),
        ("{}", "{a: null}", "a: null;"),
        ("{a: [1, 2]}", "{a: [3]}", "a:;- 3;"),
        ("{a: {b: 1}}", "{a: 2}", "a: 2;"),
        ("{a: 2}", "{a: {b: 1}}", "a:;  b: 1;"),
    ];

    #[test]
    fn values_lie_over_defaults() {
        for (defaults, values, expected) in COALESCED {
            let coalesced = coalesce(&chart("c", defaults, vec![]), &read(values), &mut vec![]).unwrap();
            assert_eq!(json(&coalesced), *expected, "{defaults} {values}");
        }
    }

    #[test]
    fn globals_flow_down_and_the_parent_wins() {
        let inner = chart("inner", "{global: {a: 1, t: {x: 1, z: 1}}, own: 1}", vec![]);
        let outer = chart("outer", "{global: {a: 2, t: {x: 2}}, inner: {own: 2}}", vec![inner]);
        let coalesced = coalesce(&outer, &read("{global: {b: 3}}"), &mut vec![]).unwrap();
        let inner = "inner:;  global:;    a: 2;    b: 3;    t:;      x: 2;      z: 1;  own: 2;";
        assert_eq!(json(&coalesced), format!("global:;  a: 2;  b: 3;  t:;    x: 2;{inner}"));
    }

    #[test]
    fn a_null_for_a_chart_in_the_chart_reaches_its_defaults() {
        let inner = chart("inner", "{a: 1, b: {c: 1, d: 2}}", vec![]);
        let outer = chart("outer", "{inner: {a: 5}}", vec![inner]);
        let coalesced = coalesce(&outer, &read("{inner: {a: null, b: {c: null}}}"), &mut vec![]).unwrap();
        assert_eq!(json(&coalesced), "inner:;  b:;    d: 2;  global: {};");
        let merged = merge(&outer, &read("{inner: {a: null}}"), &mut vec![]).unwrap();
        assert!(json(&merged).contains("a: null"), "{}", json(&merged));
    }

    #[test]
    fn values_that_have_no_effect_are_told_without_the_values() {
        let mut warnings = vec![];
        let inner = chart("inner", "{}", vec![]);
        let outer = chart("outer", "{a: {b: 1}, c: {d: {}}, e: secret}", vec![inner]);
        coalesce(&outer, &read("{a: {b: {}}, c: {d: 1}, e: {f: 1}, global: 1}"), &mut warnings).unwrap();
        assert_eq!(warnings.len(), 4, "{warnings:?}");
        assert!(!warnings.concat().contains("secret"));
        let error = coalesce(&outer, &read("{inner: 1}"), &mut warnings).unwrap_err();
        assert!(error.text().starts_with("type mismatch on inner: "), "{error}");
    }

    #[test]
    fn charts_and_given_values_are_not_changed() {
        let inner = chart("inner", "{a: {b: null}}", vec![]);
        let outer = chart("outer", "{inner: {a: {c: 1}}}", vec![inner]);
        let given = read("{inner: {a: {b: 1}}}");
        coalesce(&outer, &given, &mut vec![]).unwrap();
        assert_eq!(json(&given), "inner:;  a:;    b: 1;");
        assert_eq!(json(&outer.values), "inner:;  a:;    c: 1;");
        assert_eq!(json(&outer.dependencies[0].values), "a:;  b: null;");
    }
}
