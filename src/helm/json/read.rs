//! Reading, with the errors of Go's scanner.

use std::{collections::BTreeMap, rc::Rc};

use crate::helm::{
    error::{Error, Result},
    quote::quote,
    raw,
    value::{List, ListKind, Map, MapKind, Value},
    yaml::MAX_DEPTH,
};

/// Reads a JSON text into a value, as `json.Unmarshal` into `interface {}` does. All numbers are float64.
///
/// # Errors
///
/// In Go's words: `invalid character 'x' looking for beginning of value`. Nesting is limited to [`MAX_DEPTH`].
pub fn read(text: &str) -> Result<Value> {
    let (value, too_large) = whole(text)?;
    too_large.map_or(Ok(value), Err)
}

/// The value that is all of `text`, and the first number in it that no float64 holds: Go tells of it last.
fn whole(text: &str) -> Result<(Value, Option<Error>)> {
    let mut reader = Reader::new(text, End::Whole);
    let value = reader.any()?;
    reader.skip_space();
    match reader.peek() {
        None => Ok((value, reader.too_large)),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

/// Reads the JSON value that `text` begins with, as `json.Decoder` does; and how many bytes of `text` it took.
pub fn read_prefix(text: &str) -> Result<(Value, usize)> {
    let mut reader = Reader::new(text, End::Prefix);
    let value = reader.any()?;
    reader.too_large.map_or(Ok((value, reader.place)), Err)
}

/// Reads a JSON object; `null` gives an empty map.
pub fn read_map(text: &str) -> Result<Map> {
    match whole(text)? {
        (Value::Map(map), None) => Ok(map),
        (Value::Map(_), Some(error)) => Err(error),
        (Value::Nil, _) => Ok(Map::new()),
        (other, _) => Err(mismatch(&other, "map[string]interface {}")),
    }
}

/// Reads a JSON array; `null` gives a nil list.
pub fn read_list(text: &str) -> Result<List> {
    match whole(text)? {
        (Value::List(list), None) => Ok(list),
        (Value::List(_), Some(error)) => Err(error),
        (Value::Nil, _) => Ok(List::nil(ListKind::Any)),
        (other, _) => Err(mismatch(&other, "[]interface {}")),
    }
}

/// That a value is not of the type that Go was to fill, in Go's words.
pub(crate) fn mismatch(found: &Value, wanted: &str) -> Error {
    let found = match found {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Int64(_) | Value::Float(_) => "number",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "string",
    };
    Error::new(format!("json: cannot unmarshal {found} into Go value of type {wanted}"))
}

fn unexpected(byte: u8, context: &str) -> Error {
    let character = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        byte => quote(char::from(byte).encode_utf8(&mut [0; 4])).trim_matches('"').to_owned(),
    };
    Error::new(format!("invalid character '{character}' {context}"))
}

const IN_ESCAPE: &str = "in string escape code";
const IN_CODE: &str = "in \\u hexadecimal character escape";

/// What the end of the text means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing may follow; Go tries a space there before it complains.
    Whole,
    /// The value is followed by other things.
    Prefix,
}

struct Reader<'a> {
    text: &'a str,
    place: usize,
    depth: usize,
    end: End,
    too_large: Option<Error>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, end: End) -> Self {
        Self { text, place: 0, depth: 0, end, too_large: None }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    /// The next byte, where a space could stand as well.
    fn take(&mut self) -> Result<u8> {
        let ended =
            || Error::new(if self.end == End::Whole { "unexpected end of JSON input" } else { "unexpected EOF" });
        let byte = self.peek().ok_or_else(ended)?;
        self.place += 1;
        Ok(byte)
    }

    /// The next byte, where no space could stand.
    fn take_within(&mut self, context: &str) -> Result<u8> {
        if self.peek().is_none() && self.end == End::Whole {
            return Err(unexpected(b' ', context));
        }
        self.take()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.place += 1;
        }
    }

    fn take_behind_space(&mut self) -> Result<u8> {
        self.skip_space();
        self.take()
    }

    fn any(&mut self) -> Result<Value> {
        match self.take_behind_space()? {
            b'{' => self.deeper(b'{', Self::object),
            b'[' => self.deeper(b'[', Self::array),
            b'"' => self.string().map(Value::from),
            b't' => self.word("rue", "true", Value::Bool(true)),
            b'f' => self.word("alse", "false", Value::Bool(false)),
            b'n' => self.word("ull", "null", Value::Nil),
            byte @ (b'-' | b'0'..=b'9') => self.number(byte),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn deeper(&mut self, byte: u8, read: fn(&mut Self) -> Result<Value>) -> Result<Value> {
        if self.depth >= MAX_DEPTH {
            return Err(unexpected(byte, "exceeded max depth"));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value> {
        let mut fields: BTreeMap<Rc<str>, Value> = BTreeMap::new();
        loop {
            match self.take_behind_space()? {
                b'}' if fields.is_empty() => break,
                b'"' => {}
                byte => return Err(unexpected(byte, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            match self.take_behind_space()? {
                b':' => {}
                byte => return Err(unexpected(byte, "after object key")),
            }
            let value = self.any()?;
            fields.insert(key.into(), value);
            match self.take_behind_space()? {
                b',' => {}
                b'}' => break,
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
        Ok(Value::Map(Map::of_kind(MapKind::Any, fields)))
    }

    fn array(&mut self) -> Result<Value> {
        let mut items = vec![];
        self.skip_space();
        if self.peek() == Some(b']') {
            self.place += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.any()?);
            match self.take_behind_space()? {
                b',' => {}
                b']' => return Ok(Value::list(items)),
                byte => return Err(unexpected(byte, "after array element")),
            }
        }
    }

    fn word(&mut self, rest: &str, word: &str, value: Value) -> Result<Value> {
        for expected in rest.bytes() {
            let context = format!("in literal {word} (expecting '{}')", char::from(expected));
            let byte = self.take_within(&context)?;
            if byte != expected {
                return Err(unexpected(byte, &context));
            }
        }
        Ok(value)
    }

    fn number(&mut self, first: u8) -> Result<Value> {
        let start = self.place - 1;
        let first = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if first != b'0' {
            self.skip_digits();
        }
        if self.peek() == Some(b'.') {
            self.place += 1;
            self.digit("after decimal point in numeric literal")?;
            self.skip_digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.place += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.place += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.skip_digits();
        }
        let text = &self.text[start..self.place];
        let number = text.parse::<f64>().unwrap_or(f64::INFINITY);
        if number.is_infinite() && self.too_large.is_none() {
            let text = format!("json: cannot unmarshal number {text} into Go value of type float64");
            self.too_large = Some(Error::new(text));
        }
        Ok(Value::Float(number))
    }

    fn digit(&mut self, context: &str) -> Result<u8> {
        let byte = self.take_within(context)?;
        if byte.is_ascii_digit() { Ok(byte) } else { Err(unexpected(byte, context)) }
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.place += 1;
        }
    }

    /// The rest of a string, behind its first quote.
    fn string(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            let start = self.place;
            while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.place += 1;
            }
            let sound =
                |character| if raw::byte(character).is_some() { char::REPLACEMENT_CHARACTER } else { character };
            text.extend(self.text[start..self.place].chars().map(sound));
            match self.take()? {
                b'"' => return Ok(text),
                b'\\' => self.escape(&mut text)?,
                byte => return Err(unexpected(byte, "in string literal")),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<()> {
        text.push(match self.take_within(IN_ESCAPE)? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'u' => {
                let first = self.code()?;
                self.letter(first)?
            }
            byte => return Err(unexpected(byte, IN_ESCAPE)),
        });
        Ok(())
    }

    /// The letter of an escape, of two where the first is half of one; a half without its other half is a mark.
    fn letter(&mut self, first: u32) -> Result<char> {
        if !(0xD800..0xDC00).contains(&first) || !self.text[self.place..].starts_with("\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let start = self.place;
        self.place += 2;
        let second = self.code()?;
        if (0xDC00..0xE000).contains(&second) {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.place = start;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn code(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.take_within(IN_CODE)?;
            let digit = char::from(byte).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| unexpected(byte, IN_CODE))?;
        }
        Ok(code)
    }
}
