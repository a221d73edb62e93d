//! Letting go of values: without recursion, so that maps and lists that lie a million deep do not overflow the stack.

use std::rc::Rc;

use super::{List, Map, Value};

impl Drop for List {
    fn drop(&mut self) {
        if Rc::strong_count(&self.items) == 1 {
            let_go(self.take());
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if Rc::strong_count(&self.fields) == 1 {
            let_go(self.take());
        }
    }
}

impl List {
    /// What lies in it, which it then no longer holds.
    fn take(&self) -> Vec<Value> {
        self.items.try_borrow_mut().map(|mut items| std::mem::take(&mut *items)).unwrap_or_default()
    }
}

impl Map {
    /// What lies in it, which it then no longer holds.
    fn take(&self) -> Vec<Value> {
        let fields = self.fields.try_borrow_mut().map(|mut fields| std::mem::take(&mut *fields));
        fields.unwrap_or_default().into_values().collect()
    }
}

/// Empties what nobody else holds before it goes, so that going never reaches further than one step.
fn let_go(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match &value {
            Value::List(list) if Rc::strong_count(&list.items) == 1 => values.append(&mut list.take()),
            Value::Map(map) if Rc::strong_count(&map.fields) == 1 => values.append(&mut map.take()),
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
