//! Fields and methods of values, by the rules of Go's `evalField`.

use std::rc::Rc;

use super::{argument, ast::Place, machine::Machine, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    value::{Map, MapKind, Object, Value},
};

impl Machine<'_> {
    /// Takes a value and gives its field, and the field of that, and so on.
    pub(super) fn fields(&mut self, names: &[Rc<str>]) -> Result<()> {
        let mut slot = self.pop();
        for name in names {
            slot = field(&slot, name)?;
        }
        self.stack.push(slot);
        Ok(())
    }

    /// Looks whether the value on top may have the method called, before its arguments are evaluated.
    pub(super) fn method(&mut self, name: &str, count: usize) -> Result<()> {
        let slot = self.pop();
        match &slot.value {
            Value::Nil if slot.is_interface => return Err(nil_pointer(name)),
            Value::Nil => {}
            Value::Map(map) => match method_parameters(map, name) {
                Some(wanted) if wanted != count => return Err(wrong_number(name, wanted, count)),
                Some(_) => {}
                None => return Err(Error::new(format!("{name} is not a method but has arguments"))),
            },
            Value::Object(object) => match object.parameters(name) {
                Some(parameters) if parameters.len() != count => {
                    return Err(wrong_number(name, parameters.len(), count));
                }
                None if object.field(name).is_some() => {
                    let what =
                        if object.kind_name() == "map" { "is not a method but has arguments" } else { NO_FUNCTION };
                    return Err(Error::new(format!("{name} {what}")));
                }
                Some(_) | None => {}
            },
            _ => return Err(no_field(&slot, name)),
        }
        self.stack.push(slot);
        Ok(())
    }

    /// Takes arguments and an object below them and gives what the method gives.
    pub(super) fn call_method(&mut self, name: &str, count: usize, is_piped: bool, place: Place) -> Result<()> {
        let mut arguments = self.arguments(count);
        let slot = self.pop();
        if is_piped {
            arguments.push(self.pop());
        }
        let result = match &slot.value {
            Value::Object(object) => {
                let parameters = object.parameters(name).unwrap_or_default();
                let mut values = Vec::with_capacity(arguments.len());
                for (index, argument) in arguments.into_iter().enumerate() {
                    values.push(match parameters.get(index) {
                        Some(kind) => argument::check(argument, *kind)?,
                        None => argument.value,
                    });
                }
                object.call(name, &values).ok_or_else(|| no_field(&slot, name))?
            }
            Value::Map(map) => {
                let values: Vec<_> = arguments.into_iter().map(|slot| slot.value).collect();
                values_method(map, name, &values).ok_or_else(|| no_field(&slot, name))?
            }
            _ => Ok(Value::Nil),
        };
        self.push_result(name, result.map(Slot::concrete), place)
    }
}

fn field(slot: &Slot, name: &str) -> Result<Slot> {
    match &slot.value {
        Value::Nil if slot.is_interface => Err(nil_pointer(name)),
        Value::Nil => Ok(Slot::default()),
        Value::Map(map) => match values_method(map, name, &[]) {
            Some(_) if method_parameters(map, name) != Some(0) => Err(wrong_number(name, 1, 0)),
            Some(result) => result.map(Slot::concrete).map_err(|error| failed(name, error)),
            None => {
                Ok(map.get(name).map_or_else(|| Slot::missing(map.kind()), |value| Slot::of_map(map.kind(), value)))
            }
        },
        Value::Object(object) => object_field(slot, object.as_ref(), name),
        _ => Err(no_field(slot, name)),
    }
}

fn object_field(slot: &Slot, object: &dyn Object, name: &str) -> Result<Slot> {
    if let Some(parameters) = object.parameters(name)
        && !parameters.is_empty()
    {
        return Err(wrong_number(name, parameters.len(), 0));
    }
    if let Some(value) = object.field(name) {
        return Ok(Slot::concrete(value));
    }
    match object.call(name, &[]) {
        Some(result) => result.map(Slot::concrete).map_err(|error| failed(name, error)),
        None => Err(no_field(slot, name)),
    }
}

const NO_FUNCTION: &str = "has arguments but cannot be invoked as function";

/// How many arguments a method of Helm's `common.Values` takes.
fn method_parameters(map: &Map, name: &str) -> Option<usize> {
    match name {
        _ if map.kind() != MapKind::Values => None,
        "AsMap" | "YAML" => Some(0),
        "Encode" | "PathValue" | "Table" => Some(1),
        _ => None,
    }
}

/// What a method of Helm's `common.Values` gives. Templates can call two of them usefully; `YAML` is `toYaml`.
fn values_method(map: &Map, name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    let wanted = method_parameters(map, name)?;
    if wanted != arguments.len() {
        return Some(Err(wrong_number(name, wanted, arguments.len())));
    }
    Some(match (name, arguments) {
        ("AsMap", _) => Ok(map.seen_as(MapKind::Any).into()),
        ("Table", [Value::Text(path)]) => table(map, path),
        _ => Err(Error::new(format!("the method `{name}` of values is not supported; use toYaml, or dig"))),
    })
}

fn table(map: &Map, path: &str) -> Result<Value> {
    let mut table = map.clone();
    for name in path.split('.') {
        match table.get(name) {
            Some(Value::Map(inner)) => table = inner,
            _ => return Err(Error::new(format!("{} is not a table", super::format::quote::double(name)))),
        }
    }
    Ok(table.seen_as(MapKind::Values).into())
}

fn nil_pointer(name: &str) -> Error {
    Error::new(format!("nil pointer evaluating interface {{}}.{name}"))
}

fn no_field(slot: &Slot, name: &str) -> Error {
    Error::new(format!("can't evaluate field {name} in type {}", slot.type_name()))
}

fn wrong_number(name: &str, wanted: usize, found: usize) -> Error {
    Error::new(format!("wrong number of args for {name}: want {wanted} got {found}"))
}

fn failed(name: &str, error: Error) -> Error {
    error.during(format_args!("error calling {name}"))
}
