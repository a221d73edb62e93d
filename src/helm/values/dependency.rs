//! Which charts of a chart are rendered, and under which names: aliases, tags and conditions.

use super::{
    Warnings, coalesce, import,
    table::{plain_value, table},
};
use crate::helm::{
    chart::{Chart, Dependency},
    error::Result,
    value::{Map, Value},
};

/// Renames charts to their aliases, takes disabled ones out, and imports values from the others into their parents, in
/// a chart and all charts in it (`ProcessDependencies`).
pub fn process(chart: &mut Chart, values: &Map, warnings: &mut Warnings) -> Result<()> {
    enable(chart, values, "", warnings)?;
    import::process(chart, warnings)
}

fn enable(chart: &mut Chart, values: &Map, path: &str, warnings: &mut Warnings) -> Result<()> {
    let Some(mut wanted) = chart.metadata.dependencies.take() else { return Ok(()) };
    chart.dependencies = named(&chart.dependencies, &wanted);
    for dependency in &mut wanted {
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
        dependency.enabled = true;
    }
    let coalesced = coalesce(chart, values, warnings)?;
    follow_tags(&mut wanted, &coalesced, warnings);
    follow_conditions(&mut wanted, &coalesced, path, warnings);
    let disabled = |name: &str| wanted.iter().any(|dependency| !dependency.enabled && dependency.name == name);
    chart.dependencies.retain(|inner| !disabled(inner.name()));
    let kept: Vec<_> = wanted.iter().filter(|dependency| !disabled(&dependency.name)).cloned().collect();
    for inner in &mut chart.dependencies {
        let path = format!("{path}{}.", inner.name());
        enable(inner, &coalesced, &path, warnings)?;
    }
    chart.metadata.dependencies = (!kept.is_empty()).then_some(kept);
    Ok(())
}

/// The charts that nobody asked for by name, then those that are wanted, in that order and under their aliases.
fn named(charts: &[Chart], wanted: &[Dependency]) -> Vec<Chart> {
    let fits = |chart: &Chart, dependency: &Dependency| dependency.wants(chart.name(), &chart.metadata.version);
    let unasked = charts.iter().filter(|chart| !wanted.iter().any(|dependency| fits(chart, dependency)));
    let asked = wanted.iter().filter_map(|dependency| {
        let mut chart = charts.iter().find(|chart| fits(chart, dependency))?.clone();
        if !dependency.alias.is_empty() {
            chart.metadata.name.clone_from(&dependency.alias);
        }
        Some(chart)
    });
    unasked.cloned().chain(asked).collect()
}

/// A chart is disabled by its tags where at least one is false and none is true.
fn follow_tags(wanted: &mut [Dependency], values: &Map, warnings: &mut Warnings) {
    let Some(tags) = table(values, "tags") else { return };
    for dependency in wanted {
        let (mut is_on, mut is_off) = (false, false);
        for tag in &dependency.tags {
            match tags.get(tag) {
                None => {}
                Some(Value::Bool(true)) => is_on = true,
                Some(Value::Bool(false)) => is_off = true,
                Some(_) => warnings.push(format!("the tag `{tag}` of chart `{}` is no boolean", dependency.name)),
            }
        }
        dependency.enabled = is_on || !is_off;
    }
}

/// The first path of a condition that leads to a boolean decides, over tags too.
fn follow_conditions(wanted: &mut [Dependency], values: &Map, path: &str, warnings: &mut Warnings) {
    for dependency in wanted {
        let condition = dependency.condition.trim().to_owned();
        for part in condition.split(',').filter(|part| !part.is_empty()) {
            match plain_value(values, &format!("{path}{part}")) {
                None => {}
                Some(Value::Bool(enabled)) => {
                    dependency.enabled = enabled;
                    break;
                }
                Some(_) => {
                    warnings.push(format!("the condition `{part}` of chart `{}` is no boolean", dependency.name));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::process;
    use crate::helm::{
        chart::{Chart, Dependency, Metadata},
        value::Map,
        yaml,
    };

    fn chart(name: &str, dependencies: Vec<Chart>, wanted: &[(&str, &str, &str, &str)]) -> Chart {
        let wanted = wanted.iter().map(|(name, alias, condition, tag)| Dependency {
            name: (*name).to_owned(),
            alias: (*alias).to_owned(),
            condition: (*condition).to_owned(),
            tags: tag.split_whitespace().map(ToOwned::to_owned).collect(),
            version: "*".to_owned(),
            ..Dependency::default()
        });
        let wanted: Vec<_> = wanted.collect();
        let metadata = Metadata {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            dependencies: (!wanted.is_empty()).then_some(wanted),
            ..Metadata::default()
        };
        Chart { metadata, dependencies, ..Chart::default() }
    }

    fn names(chart: &Chart) -> Vec<&str> {
        chart.dependencies.iter().map(Chart::name).collect()
    }

    fn read(text: &str) -> Map {
        yaml::read_map(text).unwrap()
    }

    #[test]
    fn one_chart_can_be_taken_twice_under_two_names() {
        let mut outer = chart(
            "outer",
            vec![chart("a", vec![], &[]), chart("unasked", vec![], &[])],
            &[("a", "one", "one.enabled", ""), ("a", "two", "two.enabled", ""), ("absent", "", "", "")],
        );
        process(&mut outer, &read("{two: {enabled: false}}"), &mut vec![]).unwrap();
        assert_eq!(names(&outer), ["unasked", "one"]);
        let kept = outer.metadata.dependencies.unwrap();
        assert_eq!(kept.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["one", "absent"]);
    }

    #[test]
    fn conditions_win_over_tags_and_tags_need_one_that_is_true() {
        for (values, expected) in [
            ("{}", vec!["a", "b"]),
            ("{tags: {x: false}}", vec!["b"]),
            ("{tags: {x: false, z: true}}", vec!["a", "b"]),
            ("{tags: {x: false}, a: {enabled: true}}", vec!["a", "b"]),
            ("{a: {enabled: false}, other: true}", vec!["b"]),
            ("{a: {enabled: text}, other: false}", vec!["b"]),
        ] {
            let inner = vec![chart("a", vec![], &[]), chart("b", vec![], &[])];
            let mut outer = chart("outer", inner, &[("a", "", "a.enabled,other", "x z"), ("b", "", "", "")]);
            process(&mut outer, &read(values), &mut vec![]).unwrap();
            assert_eq!(names(&outer), expected, "{values}");
        }
    }

    #[test]
    fn conditions_of_inner_charts_are_paths_from_the_top() {
        let inner = chart("inner", vec![chart("leaf", vec![], &[])], &[("leaf", "renamed", "renamed.enabled", "")]);
        let mut outer = chart("outer", vec![inner], &[("inner", "mine", "", "")]);
        process(&mut outer, &read("{mine: {renamed: {enabled: false}}}"), &mut vec![]).unwrap();
        assert_eq!(names(&outer), ["mine"]);
        assert!(names(&outer.dependencies[0]).is_empty());
        assert!(outer.dependencies[0].metadata.dependencies.is_none());
    }
}
