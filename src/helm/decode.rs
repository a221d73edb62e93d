//! From YAML into the fields of `Chart.yaml`, of heads of manifests and their like, as `sigs.k8s.io/yaml` does it: names of fields in any case,
//! numbers and booleans become text where text is wanted, null changes nothing.

use std::rc::Rc;

use super::{
    error::{Error, Result},
    number,
    value::Value,
};

/// Something that is read from a YAML map, field by field.
pub trait Decode: Default {
    /// As Go names the type in errors.
    const TYPE: &str;

    /// Takes one field; `name` is in lower case. Unknown ones are passed over.
    fn field(&mut self, name: &str, value: &Value) -> Result<()>;

    /// Takes all fields of `value`, over what is there. Helm reads `requirements.yaml` over `Chart.yaml` so.
    fn decode(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Nil => Ok(()),
            Value::Map(map) => {
                map.entries().iter().try_for_each(|(name, value)| self.field(&name.to_ascii_lowercase(), value))
            }
            other => Err(mismatch(other, "value", Self::TYPE)),
        }
    }
}

/// Takes text.
pub fn text(into: &mut String, value: &Value, field: &str) -> Result<()> {
    match value {
        Value::Nil => {}
        Value::Text(text) => text.as_ref().clone_into(into),
        Value::Bool(value) => *into = value.to_string(),
        Value::Int(number) | Value::Int64(number) => *into = number.to_string(),
        Value::Float(number) => *into = number::go_float32(*number),
        other => return Err(mismatch(other, field, "string")),
    }
    Ok(())
}

/// Takes a boolean.
pub fn boolean(into: &mut bool, value: &Value, field: &str) -> Result<()> {
    match value {
        Value::Nil => {}
        Value::Bool(value) => *into = *value,
        other => return Err(mismatch(other, field, "bool")),
    }
    Ok(())
}

/// Takes a list of texts; null among them is empty text.
pub fn texts(into: &mut Vec<String>, value: &Value, field: &str) -> Result<()> {
    *into = items(value, field, "[]string")?
        .iter()
        .map(|item| {
            let mut taken = String::new();
            text(&mut taken, item, field).map(|()| taken)
        })
        .collect::<Result<_>>()?;
    Ok(())
}

/// Texts by name, in byte order.
pub type Texts = Vec<(Rc<str>, String)>;

/// Takes texts by name, over those that are there; null takes them away.
pub fn texts_by_name(into: &mut Option<Texts>, value: &Value, field: &str) -> Result<()> {
    let entries = match value {
        Value::Nil => {
            *into = None;
            return Ok(());
        }
        Value::Map(map) => map.entries(),
        other => return Err(mismatch(other, field, "map[string]string")),
    };
    let into = into.get_or_insert_default();
    for (name, value) in entries {
        let mut taken = String::new();
        text(&mut taken, &value, field)?;
        into.retain(|(known, _)| *known != name);
        into.push((name, taken));
    }
    into.sort();
    Ok(())
}

/// Takes a list of things with fields; null among them is refused, as Helm does when it checks them. As in Go, an item
/// goes over the one that is there at its place.
pub fn list<T: Decode + Clone>(into: &mut Vec<T>, value: &Value, field: &str) -> Result<()> {
    *into = items(value, field, &format!("[]*{}", T::TYPE))?
        .iter()
        .enumerate()
        .map(|(place, item)| {
            if matches!(item, Value::Nil) {
                let name = field.rsplit('.').next().unwrap_or(field);
                return Err(Error::new(format!("validation: {name} must not contain empty or null nodes")));
            }
            let mut taken = into.get(place).cloned().unwrap_or_default();
            taken.decode(item).map(|()| taken)
        })
        .collect::<Result<_>>()?;
    Ok(())
}

/// The items of a list; null is a list without items.
pub fn items(value: &Value, field: &str, wanted: &str) -> Result<Vec<Value>> {
    match value {
        Value::Nil => Ok(vec![]),
        Value::List(list) => Ok(list.to_vec()),
        other => Err(mismatch(other, field, wanted)),
    }
}

/// The error for a value of another type than a field takes.
fn mismatch(value: &Value, field: &str, wanted: &str) -> Error {
    let found = match value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Int64(_) | Value::Float(_) => "number",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "string",
    };
    let place = if field == "value" { "value".to_owned() } else { format!("struct field {field}") };
    Error::new(format!("cannot unmarshal {found} into Go {place} of type {wanted}"))
        .during("error unmarshaling JSON: while decoding JSON: json")
}

#[cfg(test)]
mod tests {
    use super::{list, text, texts};
    use crate::helm::{
        chart::metadata::Maintainer,
        value::{Map, Value},
        yaml,
    };

    #[test]
    fn numbers_and_booleans_become_text() {
        for (value, expected) in
            [("1.10", "1.1"), ("9", "9"), ("20240131", "20240131"), ("1.234567890123", "1.2345679"), ("yes", "true")]
        {
            let mut taken = String::new();
            text(&mut taken, &yaml::read_with_integers(value).unwrap(), "Metadata.appVersion").unwrap();
            assert_eq!(taken, expected);
        }
        let mut taken = vec!["old".to_owned()];
        texts(&mut taken, &Value::list(vec![true.into(), Value::Nil]), "Metadata.keywords").unwrap();
        assert_eq!(taken, ["true", ""]);
        texts(&mut taken, &Value::Nil, "Metadata.keywords").unwrap();
        assert!(taken.is_empty());
    }

    #[test]
    fn other_types_are_refused_in_the_words_of_go() {
        let error = text(&mut String::new(), &Value::list(vec![]), "Metadata.name").unwrap_err();
        assert_eq!(
            error.text(),
            "error unmarshaling JSON: while decoding JSON: json: \
             cannot unmarshal array into Go struct field Metadata.name of type string"
        );
    }

    #[test]
    fn names_of_fields_are_read_in_any_case() {
        let map = Map::new();
        map.set("NAME", "me");
        map.set("other", 1.0);
        let mut maintainers: Vec<Maintainer> = vec![];
        list(&mut maintainers, &Value::list(vec![map.into()]), "Metadata.maintainers").unwrap();
        assert_eq!(maintainers[0].name, "me");
        let error = list(&mut maintainers, &Value::list(vec![Value::Nil]), "Metadata.maintainers").unwrap_err();
        assert_eq!(error.text(), "validation: maintainers must not contain empty or null nodes");
    }
}
