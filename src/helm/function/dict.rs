//! Maps. `set`, `unset` and the merges change the map that they are given, for everyone who shares it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Function, Host,
    Kind::{self, Any, Text},
    argument, limit,
    merge::{self, Fault, Winner},
    print,
};
use crate::helm::{
    error::{Error, Result},
    value::{List, Map, MapKind, Value},
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("dict", &[], dict).with_rest(Any),
    Function::new("get", &[Kind::Map, Text], |_, arguments| {
        let value =
            argument::map(arguments, 0)?.and_then(|map| map.get(argument::text(arguments, 1).unwrap_or_default()));
        Ok(value.unwrap_or_else(|| "".into()))
    }),
    Function::new("set", &[Kind::Map, Text, Any], set),
    Function::new("unset", &[Kind::Map, Text], unset),
    Function::new("hasKey", &[Kind::Map, Text], |_, arguments| {
        let key = argument::text(arguments, 1)?;
        Ok(argument::map(arguments, 0)?.is_some_and(|map| map.get(key).is_some()).into())
    }),
    Function::new("pluck", &[Text], pluck).with_rest(Kind::Map),
    Function::new("keys", &[], |_, arguments| Ok(Value::strings(argument::maps(arguments, 0).flat_map(Map::keys))))
        .with_rest(Kind::Map),
    Function::new("values", &[Kind::Map], |_, arguments| {
        let entries = argument::map(arguments, 0)?.map(Map::entries).unwrap_or_default();
        Ok(Value::list(entries.into_iter().map(|(_, value)| value).collect()))
    }),
    Function::new("pick", &[Kind::Map], pick).with_rest(Text),
    Function::new("omit", &[Kind::Map], omit).with_rest(Text),
    Function::new("merge", &[Kind::Map], |_, arguments| swallowed(merged(arguments, Winner::Target)))
        .with_rest(Kind::Map),
    Function::new("mustMerge", &[Kind::Map], |_, arguments| Ok(merged(arguments, Winner::Target)?))
        .with_rest(Kind::Map),
    Function::new("mergeOverwrite", &[Kind::Map], |_, arguments| swallowed(merged(arguments, Winner::Source)))
        .with_rest(Kind::Map),
    Function::new("mustMergeOverwrite", &[Kind::Map], |_, arguments| Ok(merged(arguments, Winner::Source)?))
        .with_rest(Kind::Map),
    Function::new("dig", &[], dig).with_rest(Any),
    Function::new("deepCopy", &[Any], |_, arguments| copied(arguments)),
    Function::new("mustDeepCopy", &[Any], |_, arguments| copied(arguments)),
];

/// Keys and values by turns; a last key without a value gets "".
fn dict(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let map = Map::new();
    for pair in arguments.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
        map.set(print::string(argument::any(pair, 0)?)?, value);
    }
    Ok(map.into())
}

/// The map as functions give it back: Helm's named map of values has lost its name.
fn plain(map: &Map) -> Value {
    map.seen_as(MapKind::Any).into()
}

fn set(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let map = argument::map(arguments, 0)?.ok_or_else(|| Error::new("assignment to entry in nil map"))?;
    map.set(argument::text(arguments, 1)?, argument::any(arguments, 2)?.clone());
    Ok(plain(map))
}

fn unset(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let Some(map) = argument::map(arguments, 0)? else { return Ok(Map::new().into()) };
    map.remove(argument::text(arguments, 1)?);
    Ok(plain(map))
}

fn pluck(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let key = argument::text(arguments, 0)?;
    Ok(Value::list(argument::maps(arguments, 1).filter_map(|map| map.get(key)).collect()))
}

fn pick(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let Some(map) = argument::map(arguments, 0)? else { return Ok(Map::new().into()) };
    let picked = argument::texts(arguments, 1).filter_map(|key| Some((key.into(), map.get(key)?)));
    Ok(picked.collect::<Map>().into())
}

fn omit(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let entries = argument::map(arguments, 0)?.map(Map::entries).unwrap_or_default();
    let omitted: BTreeSet<&str> = argument::texts(arguments, 1).collect();
    let kept = entries.into_iter().filter(|(key, _)| !omitted.contains(key.as_ref()));
    Ok(kept.collect::<Map>().into())
}

/// The first map with all others merged into it.
fn merged(arguments: &[Value], winner: Winner) -> Result<Value, Fault> {
    let target = argument::map(arguments, 0)?.cloned().unwrap_or_default();
    for source in argument::maps(arguments, 1) {
        merge::merge(&target, source, winner)?;
    }
    Ok(plain(&target))
}

/// `merge` and `mergeOverwrite` give "" where mergo has an error.
fn swallowed(merged: Result<Value, Fault>) -> Result<Value> {
    match merged {
        Err(Fault::Types) => Ok("".into()),
        other => Ok(other?),
    }
}

/// `dig "a" "b" default map`: what lies below the keys, or the default where a key is missing.
fn dig(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let [keys @ .., default, map] = arguments else { return Err(Error::new("dig needs at least three arguments")) };
    if keys.is_empty() {
        return Err(Error::new("dig needs at least three arguments"));
    }
    let mut step = diggable(map)?.clone();
    let keys = keys.iter().map(|key| key.as_text().ok_or_else(|| unlike(key, "string"))).collect::<Result<Vec<_>>>()?;
    for (place, key) in keys.iter().enumerate() {
        let Some(value) = step.get(key) else { return Ok(default.clone()) };
        if place + 1 == keys.len() {
            return Ok(value);
        }
        step = diggable(&value)?.clone();
    }
    Ok(default.clone())
}

/// Go's type assertion, which Helm's own named map of values does not pass.
fn diggable(value: &Value) -> Result<&Map> {
    value.as_map().filter(|map| map.kind() == MapKind::Any).ok_or_else(|| unlike(value, "map[string]interface {}"))
}

fn unlike(value: &Value, wanted: &str) -> Error {
    let given = if matches!(value, Value::Nil) { "nil" } else { value.type_name() };
    Error::new(format!("interface conversion: interface {{}} is {given}, not {wanted}"))
}

fn copied(arguments: &[Value]) -> Result<Value> {
    match argument::any(arguments, 0)? {
        Value::Nil => Err(Error::new("reflect: call of reflect.Value.Type on zero Value")),
        value => copy(value, 0, &mut 0),
    }
}

/// A copy that shares nothing, as [`Value::deep_copy`] makes it, within limits.
fn copy(value: &Value, depth: usize, made: &mut usize) -> Result<Value> {
    limit::depth(depth)?;
    *made += 1;
    limit::items(*made)?;
    match value {
        Value::List(list) if list.is_nil() => Ok(List::nil(list.kind()).into()),
        Value::List(list) => {
            let mut items = list.to_vec();
            for item in &mut items {
                *item = copy(item, depth + 1, made)?;
            }
            Ok(List::of_kind(list.kind(), items).into())
        }
        Value::Map(map) => {
            let copied = Map::of_kind(map.kind(), BTreeMap::new());
            for (key, value) in map.entries() {
                copied.set(key, copy(&value, depth + 1, made)?);
            }
            Ok(copied.into())
        }
        other => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::{World, call};
    use crate::helm::value::{Map, Value};

    fn map(entries: &[(&str, Value)]) -> Map {
        entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect()
    }

    #[test]
    fn what_is_set_is_seen_by_everyone() {
        let shared = map(&[]);
        let list = Value::list(vec![shared.clone().into()]);
        call(&mut World::default(), "set", &[shared.into(), "a".into(), Value::Int(1)]).unwrap();
        let seen = list.as_list().unwrap().get(0).unwrap();
        assert!(matches!(seen.as_map().unwrap().get("a"), Some(Value::Int(1))));
    }

    #[test]
    fn a_merge_shares_maps_that_were_missing_and_fills_those_that_were_there() {
        let (target, inner) = (map(&[("there", map(&[]).into())]), map(&[("x", Value::Int(1))]));
        let there = target.get("there").unwrap();
        let source = map(&[("missing", inner.clone().into()), ("there", inner.clone().into())]);
        call(&mut World::default(), "merge", &[target.clone().into(), source.into()]).unwrap();
        assert!(target.get("missing").unwrap().as_map().unwrap().is_same(&inner));
        assert!(target.get("there").unwrap().as_map().unwrap().is_same(there.as_map().unwrap()));
        assert_eq!(there.as_map().unwrap().len(), 1);
    }

    #[test]
    fn a_copy_shares_nothing() {
        let original = map(&[("inner", map(&[]).into())]);
        let copy = call(&mut World::default(), "deepCopy", &[original.clone().into()]).unwrap();
        original.get("inner").unwrap().as_map().unwrap().set("a", 1.0);
        assert!(copy.as_map().unwrap().get("inner").unwrap().as_map().unwrap().is_empty());
    }

    #[test]
    fn maps_that_hold_themselves_are_errors_where_they_are_gone_through() {
        let (one, other) = (map(&[]), map(&[]));
        for map in [&one, &other] {
            map.set("a", map.clone());
            map.set("b", map.clone());
        }
        let mut world = World::default();
        for (name, arguments) in [
            ("deepCopy", vec![one.clone().into()]),
            ("merge", vec![one.clone().into(), other.clone().into()]),
            ("toString", vec![one.clone().into()]),
            ("quote", vec![one.clone().into()]),
        ] {
            assert!(call(&mut world, name, &arguments).is_err(), "{name}");
        }
        let equal = call(&mut world, "deepEqual", &[one.clone().into(), other.clone().into()]);
        assert!(matches!(equal, Ok(Value::Bool(true))));
        for map in [&one, &other] {
            map.remove("a");
            map.remove("b");
        }
    }
}
