//! Values as Go's `fmt` prints them where a function makes text of one: `%v`, and what sprig calls `strval`.

use super::limit;
use crate::helm::{
    error::Result,
    number::go_float,
    raw,
    value::{List, Map, Value},
};

/// As sprig's `toString`: text and bytes as they are, all else as `%v` prints it.
pub fn string(value: &Value) -> Result<String> {
    match value {
        Value::Bytes(bytes) => Ok(raw::text(bytes).as_ref().to_owned()),
        other => plain(other),
    }
}

/// As `%v` prints it: `[1 2]`, `map[a:1]`, `<nil>`.
pub fn plain(value: &Value) -> Result<String> {
    let mut text = String::new();
    write(&mut text, value, 0)?;
    Ok(text)
}

fn write(text: &mut String, value: &Value, depth: usize) -> Result<()> {
    limit::depth(depth)?;
    limit::length(text.len())?;
    match value {
        Value::Nil => text.push_str("<nil>"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) | Value::Int64(number) => text.push_str(&number.to_string()),
        Value::Float(number) => text.push_str(&go_float(*number)),
        Value::Text(value) => text.push_str(value),
        Value::Bytes(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
            text.extend(["[", &bytes.join(" "), "]"]);
        }
        Value::List(list) => write_list(text, list, depth)?,
        Value::Map(map) => write_map(text, map, depth)?,
        Value::Object(object) => text.push_str(&object.print()),
    }
    Ok(())
}

fn write_list(text: &mut String, list: &List, depth: usize) -> Result<()> {
    text.push('[');
    for (place, item) in list.to_vec().iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        write(text, item, depth + 1)?;
    }
    text.push(']');
    Ok(())
}

fn write_map(text: &mut String, map: &Map, depth: usize) -> Result<()> {
    text.push_str("map[");
    for (place, (key, value)) in map.entries().iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(key);
        text.push(':');
        write(text, value, depth + 1)?;
    }
    text.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::helm::value::{Map, Value};

    #[test]
    fn a_map_that_holds_itself_is_an_error() {
        let map = Map::new();
        map.set("self", map.clone());
        assert!(plain(&Value::Map(map.clone())).is_err());
        map.remove("self");
    }
}
