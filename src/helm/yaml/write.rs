//! Writing: `toYaml` (go-yaml v2 behind Go's JSON) and `toYamlPretty` (go-yaml v3 by itself).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Dialect, MAX_DEPTH,
    emitter::Emitter,
    order,
    resolve::{Scalar, resolve},
    scalar::{Analysis, Style},
    through_json,
};
use crate::helm::{
    error::{Error, Result},
    number::{go_float, json_float},
    raw,
    value::{Encoded, Value},
};

/// Longer keys stand behind a `?`.
const SIMPLE_KEY: usize = 128;

/// As Helm's `toYaml` prints it: no newline at the end, nothing where it cannot be written.
pub fn write(value: &Value) -> String {
    try_write(value).unwrap_or_default()
}

/// As Helm's `mustToYaml` prints it.
///
/// # Errors
///
/// Where it holds an infinity or NaN, itself, or characters that YAML refuses; in the words of `sigs.k8s.io/yaml`.
pub fn try_write(value: &Value) -> Result<String> {
    written(value, Dialect::Second)
}

/// As Helm's `toYamlPretty` prints it: lists in maps indented, nothing folded, numbers as Go prints them.
pub fn write_pretty(value: &Value) -> String {
    written(value, Dialect::Third).unwrap_or_default()
}

fn written(value: &Value, dialect: Dialect) -> Result<String> {
    let mut writer = Writer { emitter: Emitter::new(dialect), dialect, depth: 0 };
    writer.value(value, None, false)?;
    let mut text = writer.emitter.finish();
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

struct Writer {
    emitter: Emitter,
    dialect: Dialect,
    depth: usize,
}

impl Writer {
    /// Writes a value below something that stands at `outer`, the value of a key or not.
    fn value(&mut self, value: &Value, outer: Option<usize>, is_of_key: bool) -> Result<()> {
        match value {
            Value::Nil => self.word("null"),
            Value::Bool(value) => self.word(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.word(&number.to_string()),
            Value::Float(number) => {
                let text = self.float(*number)?;
                self.word(&text);
            }
            Value::Text(text) => self.text(text, outer)?,
            Value::Bytes(bytes) if self.dialect == Dialect::Second => self.text(&STANDARD.encode(bytes), outer)?,
            Value::Bytes(bytes) => {
                let bytes: Vec<_> = bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect();
                self.items(value, &bytes, outer, is_of_key)?;
            }
            Value::List(list) if list.is_nil() && self.dialect == Dialect::Second => self.word("null"),
            Value::List(list) => self.items(value, &list.to_vec(), outer, is_of_key)?,
            Value::Map(map) if map.is_nil() && self.dialect == Dialect::Second => self.word("null"),
            Value::Map(map) => {
                let fields = map.entries().into_iter().map(|(key, value)| (key.to_string(), value));
                self.fields(value, fields.collect(), outer)?;
            }
            Value::Object(object) => match object.json() {
                Some(Encoded::Plain(plain)) => self.value(&plain, outer, is_of_key)?,
                Some(Encoded::Struct(fields)) => {
                    let fields = fields.into_iter().map(|(key, value)| (key.to_string(), value));
                    self.fields(value, fields.collect(), outer)?;
                }
                None => return Err(refused(&format!("unsupported type: {}", object.type_name()))),
            },
        }
        Ok(())
    }

    /// A word that stands for no text: a number, a boolean, null.
    fn word(&mut self, word: &str) {
        self.emitter.write_scalar(word, Style::Plain, false);
    }

    /// Numbers go through JSON and are read again in version 2: whole ones up to 64 bits come out without an exponent.
    fn float(&self, number: f64) -> Result<String> {
        if self.dialect == Dialect::Third {
            return Ok(match go_float(number).as_str() {
                "+Inf" => ".inf".to_owned(),
                "-Inf" => "-.inf".to_owned(),
                "NaN" => ".nan".to_owned(),
                text => text.to_owned(),
            });
        }
        let refused = || refused(&format!("unsupported value: {}", go_float(number)));
        let json = json_float(number).ok_or_else(refused)?;
        Ok(match resolve(&json) {
            Scalar::Int(whole) => whole.to_string(),
            Scalar::Uint(whole) => whole.to_string(),
            _ => go_float(number),
        })
    }

    fn text(&mut self, text: &str, outer: Option<usize>) -> Result<()> {
        let indent = self.emitter.indent();
        self.emitter.set_indent(outer.map_or(2, |outer| outer + 2));
        if self.dialect == Dialect::Second {
            self.scalar(&through_json::text(text)?, false);
        } else if text.chars().any(|character| raw::byte(character).is_some()) {
            self.binary(text);
        } else {
            self.scalar(text, false);
        }
        self.emitter.set_indent(indent);
        Ok(())
    }

    fn scalar(&mut self, text: &str, is_key: bool) {
        let style = Analysis::of(text, self.dialect).style(text, is_key, self.dialect);
        self.emitter.write_scalar(text, style, !is_key);
    }

    /// Text that is not UTF-8, which version 3 writes in base64, in lines where it is long.
    fn binary(&mut self, text: &str) {
        const LINE: usize = 70;
        let packed = STANDARD.encode(raw::bytes(text));
        self.emitter.write_indicator("!!binary", true, false);
        if packed.len() < LINE {
            return self.emitter.write_scalar(&packed, Style::Plain, false);
        }
        let lines = packed.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
        self.emitter.write_scalar(&lines.collect::<String>(), Style::Literal, false);
    }

    fn items(&mut self, of: &Value, items: &[Value], outer: Option<usize>, is_of_key: bool) -> Result<()> {
        if items.is_empty() {
            self.emitter.write_indicator("[]", true, false);
            return Ok(());
        }
        self.enter(of)?;
        let deeper = if is_of_key && self.emitter.is_compact() { 0 } else { 2 };
        let indent = outer.map_or(0, |outer| outer + deeper);
        for item in items {
            self.emitter.set_indent(indent);
            self.emitter.write_indent();
            self.emitter.write_indicator("-", true, true);
            self.value(item, Some(indent), false)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn fields(&mut self, of: &Value, fields: Vec<(String, Value)>, outer: Option<usize>) -> Result<()> {
        if fields.is_empty() {
            self.emitter.write_indicator("{}", true, false);
            return Ok(());
        }
        self.enter(of)?;
        let indent = outer.map_or(0, |outer| outer + 2);
        let key = |(key, value): (String, Value)| match self.dialect {
            Dialect::Second => through_json::key(&key).map(|key| (key.into_owned(), value)),
            Dialect::Third => Ok((key, value)),
        };
        let fields = fields.into_iter().map(key).collect::<Result<_>>()?;
        for (key, value) in order::sort(fields, self.dialect) {
            self.emitter.set_indent(indent);
            self.emitter.write_indent();
            self.key(&key, indent);
            self.value(&value, Some(indent), true)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self, key: &str, indent: usize) {
        if key.len() <= SIMPLE_KEY && !Analysis::of(key, self.dialect).is_multiline {
            self.scalar(key, true);
            return self.emitter.write_indicator(":", false, false);
        }
        self.emitter.write_indicator("?", true, true);
        self.emitter.set_indent(indent + 2);
        self.scalar(key, false);
        self.emitter.set_indent(indent);
        self.emitter.write_indent();
        self.emitter.write_indicator(":", true, true);
    }

    fn enter(&mut self, of: &Value) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(refused(&format!("unsupported value: encountered a cycle via {}", of.type_name())));
        }
        self.depth += 1;
        Ok(())
    }
}

fn refused(what: &str) -> Error {
    Error::new(format!("error marshaling into JSON: json: {what}"))
}
