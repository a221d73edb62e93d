//! Writes values by a verb and its flags.

use super::{
    super::{byte, machine::OUTPUT},
    quote,
};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::{List, Map, Value},
};

/// How deep lists and maps may be inside of one another. Go goes on until its stack is full, which it is with a map that
/// holds itself.
const DEPTH: usize = 200;

/// What is written, and how.
#[derive(Default)]
pub(super) struct Printer {
    text: String,
    pub(super) flags: Flags,
}

/// The flags of a format.
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of Go's formats, each on its own")]
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    /// `%#v`: as Go source.
    pub(super) source: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Printer {
    /// What was written.
    pub(super) fn text(self) -> String {
        self.text
    }

    /// Writes text as it is.
    pub(super) fn push(&mut self, text: &str) -> Result<()> {
        if self.text.len() + text.len() > OUTPUT {
            return Err(Error::new(format!("a text is longer than {OUTPUT} bytes")));
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Writes so much padding.
    pub(super) fn padding(&mut self, count: usize) -> Result<()> {
        let character = if self.flags.zero && !self.flags.minus { "0" } else { " " };
        self.push(&character.repeat(count))
    }

    /// Writes text, padded to the width.
    pub(super) fn pad(&mut self, text: &str) -> Result<()> {
        let width = self.flags.width.unwrap_or_default();
        let missing = width.saturating_sub(if width == 0 { 0 } else { text.chars().count() });
        if !self.flags.minus {
            self.padding(missing)?;
        }
        self.push(text)?;
        if self.flags.minus { self.padding(missing) } else { Ok(()) }
    }

    /// Writes an argument (Go's `printArg`).
    pub(super) fn argument(&mut self, value: &Value, verb: char) -> Result<()> {
        match (value, verb) {
            (Value::Nil, 'v' | 'T') => self.pad("<nil>"),
            (Value::Nil, _) => self.push(&format!("%!{verb}(<nil>)")),
            (_, 'T') => self.string(value.type_name()),
            (Value::Map(_) | Value::List(_) | Value::Bytes(_), 'p') => {
                Err(Error::new("%p prints where a value is in memory, which is another place each time"))
            }
            // `%w` is for errors, which no value here is.
            (_, 'p') | (Value::List(_) | Value::Map(_) | Value::Object(_), 'w') => self.bad_verb(value, verb, 0),
            _ => self.value(value, verb, 0),
        }
    }

    /// Says that the verb does not fit: `%!d(string=a)`.
    fn bad_verb(&mut self, value: &Value, verb: char, depth: usize) -> Result<()> {
        self.push(&format!("%!{verb}({}=", value.type_name()))?;
        self.value(value, 'v', depth)?;
        self.push(")")
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) -> Result<()> {
        if depth > DEPTH {
            return Err(Error::new(format!("lists and maps are more than {DEPTH} deep inside of one another")));
        }
        let fits = match value {
            Value::Nil => self.push(if self.flags.source { "interface {}(nil)" } else { "<nil>" }).map(|()| true),
            Value::Bool(value) if matches!(verb, 't' | 'v') => {
                self.pad(if *value { "true" } else { "false" }).map(|()| true)
            }
            Value::Bool(_) => Ok(false),
            Value::Int(number) | Value::Int64(number) => self.integer(*number, verb),
            Value::Float(number) => self.float(*number, verb),
            Value::Text(text) => self.quotable(&raw::bytes(text), text, verb),
            Value::Bytes(bytes) => self.bytes(bytes, verb),
            Value::List(list) => self.list(list, verb, depth).map(|()| true),
            Value::Map(map) => self.map(map, verb, depth).map(|()| true),
            // A number whose type has a name, but no text of its own.
            Value::Object(object) if object.kind_name() == byte::TYPE => {
                self.integer(object.whole().unwrap_or_default(), verb)
            }
            Value::Object(object) => {
                let text = object.print();
                match verb {
                    // Only these verbs, and `%v`, ask for the text of a number that has one.
                    's' | 'q' | 'x' | 'X' if !self.flags.source => self.quotable(&raw::bytes(&text), &text, verb),
                    'v' if !self.flags.source => self.string(&text).map(|()| true),
                    _ if object.whole().is_some() => self.integer(object.whole().unwrap_or_default(), verb),
                    's' | 'q' | 'x' | 'X' => self.quotable(&raw::bytes(&text), &text, verb),
                    _ => self.string(&text).map(|()| true),
                }
            }
        }?;
        if fits { Ok(()) } else { self.bad_verb(value, verb, depth) }
    }

    fn list(&mut self, list: &List, verb: char, depth: usize) -> Result<()> {
        let (is_source, value) = (self.flags.source, Value::List(list.clone()));
        self.push(if is_source { value.type_name() } else { "" })?;
        self.push(if is_source { "{" } else { "[" })?;
        for (index, item) in list.to_vec().iter().enumerate() {
            self.separate(index)?;
            self.value(item, verb, depth + 1)?;
        }
        self.push(if is_source { "}" } else { "]" })
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) -> Result<()> {
        let (is_source, value) = (self.flags.source, Value::Map(map.clone()));
        self.push(if is_source { value.type_name() } else { "map" })?;
        self.push(if is_source { "{" } else { "[" })?;
        for (index, (key, item)) in map.entries().into_iter().enumerate() {
            self.separate(index)?;
            self.value(&Value::Text(key), verb, depth + 1)?;
            self.push(":")?;
            self.value(&item, verb, depth + 1)?;
        }
        self.push(if is_source { "}" } else { "]" })
    }

    fn separate(&mut self, index: usize) -> Result<()> {
        match index {
            0 => Ok(()),
            _ if self.flags.source => self.push(", "),
            _ => self.push(" "),
        }
    }

    /// A string, cut to the precision and padded to the width.
    fn string(&mut self, text: &str) -> Result<()> {
        let text = self.cut(text);
        self.pad(text)
    }

    fn cut<'t>(&self, text: &'t str) -> &'t str {
        let end = self.flags.precision.and_then(|precision| text.char_indices().nth(precision));
        end.map_or(text, |(end, _)| &text[..end])
    }

    /// A string or bytes by a verb of strings; `text` is the same as text.
    fn quotable(&mut self, bytes: &[u8], text: &str, verb: char) -> Result<bool> {
        match verb {
            'v' if self.flags.source => self.quoted(bytes, text)?,
            'v' | 's' => self.string(text)?,
            'q' => self.quoted(bytes, text)?,
            'x' | 'X' => self.hexadecimal(bytes, verb)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn quoted(&mut self, bytes: &[u8], text: &str) -> Result<()> {
        let cut = self.cut(text);
        let bytes = if cut.len() < text.len() { raw::bytes(cut) } else { bytes.into() };
        let quoted = match std::str::from_utf8(&bytes) {
            Ok(text) if self.flags.sharp && quote::can_backquote(text) => format!("`{text}`"),
            _ => quote::double_bytes(&bytes, self.flags.plus),
        };
        self.pad(&quoted)
    }

    fn bytes(&mut self, bytes: &[u8], verb: char) -> Result<bool> {
        match verb {
            'v' | 'd' if self.flags.source => {
                self.push("[]byte{")?;
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                for (index, byte) in bytes.iter().enumerate() {
                    self.separate(index)?;
                    self.digits(u64::from(*byte), false, 16, 'v')?;
                }
                self.flags.sharp = sharp;
                self.push("}")?;
            }
            's' | 'q' | 'x' | 'X' => return self.quotable(bytes, &raw::text(bytes), verb),
            _ => {
                self.push("[")?;
                for (index, byte) in bytes.iter().enumerate() {
                    self.separate(index)?;
                    if !self.integer(i64::from(*byte), verb)? {
                        self.push(&format!("%!{verb}(uint8={byte})"))?;
                    }
                }
                self.push("]")?;
            }
        }
        Ok(true)
    }

    fn hexadecimal(&mut self, bytes: &[u8], verb: char) -> Result<()> {
        let flags = self.flags;
        let bytes = &bytes[..flags.precision.map_or(bytes.len(), |precision| precision.min(bytes.len()))];
        let prefix = if !flags.sharp {
            ""
        } else if verb == 'x' {
            "0x"
        } else {
            "0X"
        };
        let byte = |byte: &u8| if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") };
        let digits: Vec<_> = bytes.iter().map(byte).collect();
        let text = match (digits.is_empty(), flags.space) {
            (true, _) => return self.padding(flags.width.unwrap_or_default()),
            (_, true) => digits.iter().map(|byte| format!("{prefix}{byte}")).collect::<Vec<_>>().join(" "),
            (_, false) => format!("{prefix}{}", digits.concat()),
        };
        self.pad(&text)
    }
}
