//! Maps in maps, and paths to them.

use crate::helm::value::{Map, Value};

/// Where a path of values leads.
pub(super) fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(values.clone(), |table, name| table.get(name)?.as_map().cloned())
}

/// The value at a path, where it is there and no table (`Values.PathValue`).
pub(super) fn plain_value(values: &Map, path: &str) -> Option<Value> {
    let found = match path.rsplit_once('.') {
        Some((parent, name)) => table(values, parent)?.get(name)?,
        None => values.get(path)?,
    };
    (!matches!(found, Value::Map(_))).then_some(found)
}

/// `path`, one level deeper.
pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Lays `over` over `under`, without changing either; tables in both are merged (`loader.MergeMaps`).
#[must_use]
pub fn merge_maps(under: &Map, over: &Map) -> Map {
    let merged: Map = under.entries().into_iter().collect();
    for (name, value) in over.entries() {
        match (merged.get(&name), &value) {
            (Some(Value::Map(below)), Value::Map(above)) => merged.set(name, merge_maps(&below, above)),
            _ => merged.set(name, value),
        }
    }
    merged
}

/// Whether there are no more than `limit` values in all, counted as often as they can be reached. Maps that hold
/// themselves have no end.
pub(super) fn is_within(values: &Map, limit: usize) -> bool {
    let mut waiting = vec![Value::Map(values.clone())];
    let mut count = 0;
    while let Some(value) = waiting.pop() {
        count += 1;
        if count > limit {
            return false;
        }
        match value {
            Value::Map(map) => waiting.extend(map.entries().into_iter().map(|(_, value)| value)),
            Value::List(list) => waiting.extend(list.to_vec()),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_within, merge_maps, plain_value, table};
    use crate::helm::{value::Map, yaml};

    fn read(text: &str) -> Map {
        yaml::read_map(text).unwrap()
    }

    #[test]
    fn paths_lead_to_tables_and_to_plain_values() {
        let values = read("{a: {b: {c: 1}}, d: null}");
        assert_eq!(table(&values, "a.b").map(|table| table.len()), Some(1));
        assert!(table(&values, "a.b.c").is_none() && table(&values, "a..b").is_none());
        assert!(plain_value(&values, "a.b.c").is_some() && plain_value(&values, "d").is_some());
        assert!(plain_value(&values, "a.b").is_none() && plain_value(&values, "a.x").is_none());
    }

    #[test]
    fn later_values_win_and_lists_are_replaced() {
        let (under, over) = (read("{a: {b: 1, c: [1, 2]}, d: 1}"), read("{a: {c: [3]}, d: {e: 1}}"));
        let merged = yaml::write(&merge_maps(&under, &over).into());
        assert_eq!(merged, "a:\n  b: 1\n  c:\n  - 3\nd:\n  e: 1");
        assert_eq!(yaml::write(&under.into()), "a:\n  b: 1\n  c:\n  - 1\n  - 2\nd: 1");
    }

    #[test]
    fn a_map_that_holds_itself_has_no_end() {
        let values = read("{a: {b: 1}}");
        assert!(is_within(&values, 3) && !is_within(&values, 2));
        values.set("self", values.clone());
        assert!(!is_within(&values, 1_000));
        values.remove("self");
    }
}
