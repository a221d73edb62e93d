//! Letting go of values: without recursion, so that maps and lists that lie a million deep do not overflow the stack.

use std::rc::Rc;

use super::{List, Map, Value};

impl Drop for List {
    fn drop(&mut self) {
        if Rc::strong_count(&self.items) == 1 {
            let mut nested = vec![];
            self.empty(&mut nested);
            let_go(nested);
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if Rc::strong_count(&self.fields) == 1 {
            let mut nested = vec![];
            self.empty(&mut nested);
            let_go(nested);
        }
    }
}

impl List {
    /// Lets go of what lies in it, but for the lists and maps, which come to the others.
    fn empty(&self, nested: &mut Vec<Value>) {
        if let Ok(mut items) = self.items.try_borrow_mut() {
            nested.extend(std::mem::take(&mut *items).into_iter().filter(has_inside));
        }
    }
}

impl Map {
    /// Lets go of what lies in it, but for the lists and maps, which come to the others.
    fn empty(&self, nested: &mut Vec<Value>) {
        if let Ok(mut fields) = self.fields.try_borrow_mut() {
            nested.extend(std::mem::take(&mut *fields).into_values().filter(has_inside));
        }
    }
}

fn has_inside(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Empties what nobody else holds before it goes, so that going never reaches further than one step.
fn let_go(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match &value {
            Value::List(list) if Rc::strong_count(&list.items) == 1 => list.empty(&mut values),
            Value::Map(map) if Rc::strong_count(&map.fields) == 1 => map.empty(&mut values),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Map, Value};

    #[test]
    fn a_million_deep_is_not_too_deep() {
        let mut value = Value::Nil;
        for _ in 0..500_000 {
            let map = Map::new();
            map.set("a", Value::list(vec![value]));
            value = map.into();
        }
        let other = value.clone();
        drop(value);
        assert!(other.is_deeply_equal(&other));
        assert_eq!(other.as_map().map(Map::len), Some(1));
        drop(other);
    }
}
