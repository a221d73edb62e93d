//! Writing: keys in byte order, numbers as in JavaScript, HTML's special characters escaped.

use std::{fmt::Write, rc::Rc};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::helm::{
    error::{Error, Result},
    number::{go_float, json_float},
    raw,
    value::{Encoded, Value},
    yaml::MAX_DEPTH,
};

/// As `json.Marshal` (`toJson`) writes it, on one line.
///
/// # Errors
///
/// Where it holds an infinity or NaN, itself, or what JSON cannot hold.
pub fn write(value: &Value) -> Result<String> {
    Writer::new(true, false).written(value)
}

/// As `json.MarshalIndent` (`toPrettyJson`) writes it, indented by two spaces.
pub fn write_pretty(value: &Value) -> Result<String> {
    Writer::new(true, true).written(value)
}

/// As `toRawJson` writes it: `<`, `>` and `&` as they are.
pub fn write_raw(value: &Value) -> Result<String> {
    Writer::new(false, false).written(value)
}

struct Writer {
    text: String,
    escapes_html: bool,
    is_pretty: bool,
    depth: usize,
}

impl Writer {
    fn new(escapes_html: bool, is_pretty: bool) -> Self {
        Self { text: String::new(), escapes_html, is_pretty, depth: 0 }
    }

    fn written(mut self, value: &Value) -> Result<String> {
        self.value(value)?;
        Ok(self.text)
    }

    fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Nil => self.text.push_str("null"),
            Value::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.put(format_args!("{number}")),
            Value::Float(number) => {
                let refused = || Error::new(format!("json: unsupported value: {}", go_float(*number)));
                let text = json_float(*number).ok_or_else(refused)?;
                self.text.push_str(&text);
            }
            Value::Text(text) => self.string(text),
            Value::Bytes(bytes) => self.put(format_args!("\"{}\"", STANDARD.encode(bytes))),
            Value::List(list) if list.is_nil() => self.text.push_str("null"),
            Value::List(list) => {
                let items = list.to_vec();
                self.collection(value, ['[', ']'], &items, Self::value)?;
            }
            Value::Map(map) if map.is_nil() => self.text.push_str("null"),
            Value::Map(map) => self.fields(value, &map.entries())?,
            Value::Object(object) => match object.json() {
                Some(Encoded::Plain(plain)) => self.value(&plain)?,
                Some(Encoded::Struct(fields)) => self.fields(value, &fields)?,
                None => return Err(Error::new(format!("json: unsupported type: {}", object.type_name()))),
            },
        }
        Ok(())
    }

    fn fields(&mut self, of: &Value, fields: &[(Rc<str>, Value)]) -> Result<()> {
        self.collection(of, ['{', '}'], fields, |writer, (key, value)| {
            writer.string(key);
            writer.text.push_str(if writer.is_pretty { ": " } else { ":" });
            writer.value(value)
        })
    }

    fn collection<T>(
        &mut self,
        of: &Value,
        [open, close]: [char; 2],
        items: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<()>,
    ) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            let text = format!("json: unsupported value: encountered a cycle via {}", of.type_name());
            return Err(Error::new(text));
        }
        self.depth += 1;
        self.text.push(open);
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.new_line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.new_line();
        }
        self.text.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        if self.is_pretty {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '<' | '>' | '&' if self.escapes_html => self.put(format_args!("\\u{:04x}", u32::from(character))),
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                    self.put(format_args!("\\u{:04x}", u32::from(character)));
                }
                // A byte that is not UTF-8.
                _ if raw::byte(character).is_some() => self.text.push_str("\\ufffd"),
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a string takes all that is written to it");
    }
}
