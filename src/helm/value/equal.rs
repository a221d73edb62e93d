//! When two values are deeply equal: Go's `reflect.DeepEqual`.

use std::{collections::HashSet, rc::Rc};

use super::Value;

impl Value {
    /// Whether both are deeply equal and of the same types (Go's `reflect.DeepEqual`). A map or list that holds itself is
    /// gone through once.
    pub fn is_deeply_equal(&self, other: &Self) -> bool {
        let mut pairs = vec![];
        let mut compared = HashSet::new();
        let mut next = Some((self.clone(), other.clone()));
        while let Some((one, other)) = next {
            if !pair_is_equal(&one, &other, &mut compared, &mut pairs) {
                return false;
            }
            next = pairs.pop();
        }
        true
    }
}

/// Whether both are equal as far as they themselves tell; what lies in them is put to the pairs still to be compared.
#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
fn pair_is_equal(
    one: &Value,
    other: &Value,
    compared: &mut HashSet<(usize, usize)>,
    pairs: &mut Vec<(Value, Value)>,
) -> bool {
    match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) | (Value::Int64(one), Value::Int64(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            let alike = one.kind == other.kind && one.is_nil == other.is_nil && one.len() == other.len();
            if alike && compared.insert((Rc::as_ptr(&one.items).addr(), Rc::as_ptr(&other.items).addr())) {
                pairs.extend(one.to_vec().into_iter().zip(other.to_vec()));
            }
            alike
        }
        (Value::Map(one), Value::Map(other)) => {
            let alike = one.kind == other.kind && one.is_nil == other.is_nil && one.keys() == other.keys();
            if alike && compared.insert((Rc::as_ptr(&one.fields).addr(), Rc::as_ptr(&other.fields).addr())) {
                let values = one.entries().into_iter().zip(other.entries());
                pairs.extend(values.map(|((_, one), (_, other))| (one, other)));
            }
            alike
        }
        (Value::Object(one), Value::Object(other)) => {
            one.type_name() == other.type_name() && one.print() == other.print()
        }
        _ => false,
    }
}
