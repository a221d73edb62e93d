//! What `range` goes over: counts, lists, maps and objects.

use std::{rc::Rc, vec};

use super::{byte, format, frame::Heights, machine::Machine, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    value::{ListKind, Value},
};

/// A loop that is being executed.
pub(super) struct Loop {
    items: Items,
    /// The variables that get the key and the item.
    variables: Box<[Rc<str>]>,
    /// Whether they are set and not declared.
    assigns: bool,
    /// What there was when the loop began.
    pub(super) heights: Heights,
}

enum Items {
    /// The next number, and the one after the last.
    Count(i64, i64, fn(i64) -> Value),
    List(vec::IntoIter<Value>, ListKind, i64),
    Pairs(vec::IntoIter<(Slot, Slot)>),
}

impl Loop {
    /// A loop over `value`; `None` where there is nothing to go over.
    pub(super) fn over(value: Value, variables: &[Rc<str>], assigns: bool, heights: Heights) -> Result<Option<Self>> {
        let items = match value {
            Value::Nil => return Ok(None),
            Value::Int(_) | Value::Int64(_) if variables.len() > 1 => {
                let shown = format::print(&[value])?;
                return Err(Error::new(format!("can't use {shown} to iterate over more than one variable")));
            }
            Value::Int(count) => Items::Count(0, count, Value::Int),
            Value::Int64(count) => Items::Count(0, count, Value::Int64),
            Value::List(list) => Items::List(list.to_vec().into_iter(), list.kind(), 0),
            Value::Map(map) => {
                let pair = |(key, value)| (Slot::concrete(Value::Text(key)), Slot::of_map(map.kind(), value));
                Items::Pairs(map.entries().into_iter().map(pair).collect::<Vec<_>>().into_iter())
            }
            Value::Bytes(bytes) => {
                let items: Vec<_> = bytes.iter().copied().map(byte::value).collect();
                Items::List(items.into_iter(), ListKind::Ints, 0)
            }
            Value::Object(ref object) if object.kind_name() == byte::TYPE => {
                let count = object.whole().unwrap_or_default();
                Items::Count(0, count, |number| byte::value(u8::try_from(number).unwrap_or_default()))
            }
            Value::Object(ref object) => match object.entries() {
                Some(entries) => {
                    let pair = |(key, value)| (Slot::concrete(key), Slot::concrete(value));
                    Items::Pairs(entries.into_iter().map(pair).collect::<Vec<_>>().into_iter())
                }
                None => return Err(cannot(&value)?),
            },
            Value::Bool(_) | Value::Float(_) | Value::Text(_) => return Err(cannot(&value)?),
        };
        let is_empty = match &items {
            Items::Count(next, end, _) => next >= end,
            Items::List(items, ..) => items.len() == 0,
            Items::Pairs(pairs) => pairs.len() == 0,
        };
        Ok((!is_empty).then(|| Self { items, variables: variables.into(), assigns, heights }))
    }

    fn next(&mut self) -> Option<(Slot, Slot)> {
        match &mut self.items {
            Items::Count(next, end, make) => {
                let number = (*next < *end).then(|| make(*next))?;
                *next += 1;
                Some((Slot::default(), Slot::concrete(number)))
            }
            Items::List(items, kind, index) => {
                let item = items.next()?;
                *index += 1;
                Some((Slot::concrete(Value::Int(*index - 1)), Slot::of_list(*kind, item)))
            }
            Items::Pairs(pairs) => pairs.next(),
        }
    }
}

fn cannot(value: &Value) -> Result<Error> {
    let shown = format::print(std::slice::from_ref(value))?;
    Ok(Error::new(format!("range can't iterate over {shown}")))
}

impl Machine<'_> {
    /// Begins the next turn of the innermost loop, or goes to its exit.
    pub(super) fn turn(&mut self, exit: usize) -> Result<()> {
        self.count_turn()?;
        let Some(mut inner) = self.loops.pop() else { return Ok(()) };
        self.fall(inner.heights);
        match inner.next() {
            Some((key, item)) => {
                let variables = &inner.variables;
                match (variables.as_ref(), inner.assigns) {
                    ([one], true) => self.assign(one, item.clone())?,
                    ([one, other], true) => {
                        self.assign(one, key)?;
                        self.assign(other, item.clone())?;
                    }
                    ([_], false) => self.set_top_variable(0, item.clone()),
                    ([_, _], false) => {
                        self.set_top_variable(0, item.clone());
                        self.set_top_variable(1, key);
                    }
                    _ => {}
                }
                self.dots.push(item);
            }
            None => self.next = exit,
        }
        self.loops.push(inner);
        Ok(())
    }
}
