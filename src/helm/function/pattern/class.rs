//! Classes of characters: `[a-z]`, `[^[:alpha:]]`, `\d`, `\p{Greek}`.

use ::regex::Regex;

use super::{Sort, Translation, escape, fault};
use crate::helm::error::Result;

/// What Go's names of POSIX classes are.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

impl<'a> Translation<'a> {
    /// The class in brackets here.
    pub(super) fn class(&mut self) -> Result<()> {
        let start = self.place;
        self.place += 1;
        let mut class = String::from("[");
        if self.rest().starts_with('^') {
            self.place += 1;
            class.push('^');
        }
        let mut is_first = true;
        while is_first || !self.rest().starts_with(']') {
            is_first = false;
            if let Some(named) = self.posix_class()? {
                class.push_str(named);
            } else if let Some(escaped) = self.class_escape()? {
                class.push_str(&escaped);
            } else {
                class.push_str(&self.range(start)?);
            }
        }
        self.place += 1;
        class.push(']');
        self.push(&class, Sort::Atom, 1);
        Ok(())
    }

    /// `[:alpha:]` or `[:^alpha:]` here.
    fn posix_class(&mut self) -> Result<Option<&'a str>> {
        let rest = self.rest();
        let Some(end) = rest.strip_prefix("[:").and_then(|inside| inside.find(":]")) else { return Ok(None) };
        let named = &rest[..end + 4];
        let name = &rest[2..end + 2];
        if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(fault("invalid character class range", named));
        }
        self.place += named.len();
        Ok(Some(named))
    }

    /// A character, or two with a dash between them, of the class that began at `start`.
    fn range(&mut self, start: usize) -> Result<String> {
        let place = self.place;
        let low = self.class_character(start)?;
        let rest = self.rest();
        if !rest.starts_with('-') || rest.len() < 2 || rest.starts_with("-]") {
            return Ok(escape::written(low));
        }
        self.place += 1;
        let high = self.class_character(start)?;
        if high < low {
            return Err(fault("invalid character class range", self.since(place)));
        }
        Ok(format!("{}-{}", escape::written(low), escape::written(high)))
    }

    fn class_character(&mut self, start: usize) -> Result<char> {
        match self.rest().chars().next() {
            None => Err(fault("missing closing ]", &self.text[start..])),
            Some('\\') => self.character_escape(),
            Some(character) => {
                self.place += character.len_utf8();
                Ok(character)
            }
        }
    }

    /// An escape here that stands for several characters, as it is written within a class.
    pub(super) fn class_escape(&mut self) -> Result<Option<String>> {
        let rest = self.rest();
        let written = match rest.as_bytes() {
            [b'\\', b'd', ..] => "0-9",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => r"\t\n\f\r\x20",
            [b'\\', b'S', ..] => r"[^\t\n\f\r\x20]",
            [b'\\', b'w', ..] => "0-9A-Za-z_",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            [b'\\', b'p' | b'P', ..] => return self.unicode_class().map(Some),
            _ => return Ok(None),
        };
        self.place += 2;
        Ok(Some(written.to_owned()))
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}`: a category or script.
    fn unicode_class(&mut self) -> Result<String> {
        let rest = self.rest();
        let (name, whole) = if rest[2..].starts_with('{') {
            let Some(end) = rest.find('}') else { return Err(fault("invalid character class range", rest)) };
            (&rest[3..end], &rest[..=end])
        } else {
            let length = rest[2..].chars().next().map_or(0, char::len_utf8);
            (&rest[2..2 + length], &rest[..2 + length])
        };
        let (bare, is_turned) = name.strip_prefix('^').map_or((name, false), |bare| (bare, true));
        let sign = if rest.starts_with(r"\P") == is_turned { 'p' } else { 'P' };
        let is_name = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_- ".contains(&byte));
        let kinds = ["gc=", "sc=", ""].into_iter().filter(|kind| !kind.is_empty() || is_special(bare));
        let known =
            kinds.map(|kind| format!("{{{kind}{bare}}}")).find(|name| Regex::new(&format!(r"\p{name}")).is_ok());
        let Some(known) = known.filter(|_| is_name) else { return Err(fault("invalid character class range", whole)) };
        self.place += whole.len();
        Ok(format!("\\{sign}{known}"))
    }
}

/// What is neither category nor script in the regex crate's names, but a class in Go's.
fn is_special(name: &str) -> bool {
    ["any", "ascii", "assigned"].iter().any(|special| name.eq_ignore_ascii_case(special))
}
