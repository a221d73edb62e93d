//! From the tree of a document to values: tags, merge keys, aliases and the limits on them, as in go-yaml v2.

use std::collections::{BTreeMap, HashSet};

use base64::{Engine as _, alphabet, engine::GeneralPurpose, engine::GeneralPurposeConfig};

use super::{
    LONG_TAG, MAX_DEPTH,
    plain::{Key, Plain},
    resolve::{Scalar, resolve},
    tree::{Content, Node, Place, Tree},
};
use crate::helm::error::{Error, Result};

/// Up to this many nodes nearly all may come from aliases, so that small documents may repeat themselves.
const FEW: f64 = 400_000.0;
/// From this many nodes on only a tenth may.
const MANY: f64 = 4_000_000.0;

/// Go's base64 takes any last bits.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The value of the node at `place`.
pub(super) fn decode(tree: &Tree, place: Place) -> Result<Plain> {
    let mut decoder = Decoder { tree, open: HashSet::new(), nodes: 0.0, repeated: 0.0, aliases: 0, depth: 0 };
    decoder.value(place)
}

struct Decoder<'a> {
    tree: &'a Tree,
    /// The aliases that are being followed.
    open: HashSet<Place>,
    /// How many nodes were decoded, and how many of them through aliases.
    nodes: f64,
    repeated: f64,
    aliases: usize,
    depth: usize,
}

type Fields = BTreeMap<Key, Plain>;

impl Decoder<'_> {
    fn value(&mut self, place: Place) -> Result<Plain> {
        self.count()?;
        let node = self.tree.node(place);
        match &node.content {
            Content::Scalar { text, implicit } => scalar(&node.tag, text, *implicit),
            Content::Alias { name, target } => self.through(place, name, |decoder| decoder.value(*target)),
            Content::List(items) => self.deeper(|decoder| {
                Ok(Plain::List(items.iter().map(|item| decoder.value(*item)).collect::<Result<_>>()?))
            }),
            Content::Map(items) => self.deeper(|decoder| {
                let mut fields = Fields::new();
                decoder.fields(items, &mut fields)?;
                Ok(Plain::Map(fields))
            }),
        }
    }

    fn fields(&mut self, items: &[Place], fields: &mut Fields) -> Result<()> {
        for pair in items.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if is_merge(self.tree.node(key)) {
                self.merge(value, fields)?;
                continue;
            }
            let key = self.value(key)?;
            let Some(key) = Key::of(&key) else {
                return Err(Error::new(format!("yaml: invalid map key: {}", key.go_syntax())));
            };
            let value = self.value(value)?;
            fields.insert(key, value);
        }
        Ok(())
    }

    /// Merges a map, or several of which the first wins, over what the keys before `<<` have set.
    fn merge(&mut self, place: Place, fields: &mut Fields) -> Result<()> {
        let node = self.tree.node(place);
        let Content::List(items) = &node.content else { return self.merge_map(place, fields) };
        for item in items.iter().rev() {
            self.merge_map(*item, fields)?;
        }
        Ok(())
    }

    fn merge_map(&mut self, place: Place, fields: &mut Fields) -> Result<()> {
        let refused = || Err(Error::new("yaml: map merge requires map or sequence of maps as the value"));
        match &self.tree.node(place).content {
            Content::Map(items) => {
                self.count()?;
                self.deeper(|decoder| decoder.fields(items, fields))
            }
            Content::Alias { name, target } if matches!(self.tree.node(*target).content, Content::Map(_)) => {
                self.count()?;
                self.through(place, name, |decoder| decoder.merge_map(*target, fields))
            }
            _ => refused(),
        }
    }

    /// Follows an alias, unless it is being followed already.
    fn through<T>(&mut self, alias: Place, name: &str, follow: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if !self.open.insert(alias) {
            return Err(Error::new(format!("yaml: anchor '{name}' value contains itself")));
        }
        self.aliases += 1;
        let value = self.deeper(follow);
        self.aliases -= 1;
        self.open.remove(&alias);
        value
    }

    fn deeper<T>(&mut self, go_on: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::new(format!("yaml: exceeded max depth of {MAX_DEPTH}")));
        }
        self.depth += 1;
        let value = go_on(self);
        self.depth -= 1;
        value
    }

    /// Counts a node, and stops where aliases make more of a document than is in it.
    fn count(&mut self) -> Result<()> {
        self.nodes += 1.0;
        if self.aliases > 0 {
            self.repeated += 1.0;
        }
        let allowed = 0.99 - 0.89 * ((self.nodes - FEW) / (MANY - FEW)).clamp(0.0, 1.0);
        if self.repeated > 100.0 && self.nodes > 1000.0 && self.repeated / self.nodes > allowed {
            return Err(Error::new("yaml: document contains excessive aliasing"));
        }
        Ok(())
    }
}

fn is_merge(node: &Node) -> bool {
    let merge = |tag: &str| tag.strip_prefix(LONG_TAG) == Some("merge");
    matches!(&node.content, Content::Scalar { text, implicit } if text == "<<" && (*implicit || merge(&node.tag)))
}

/// The value of a scalar by its tag, or by its text where it is unquoted and has none.
fn scalar(tag: &str, text: &str, implicit: bool) -> Result<Plain> {
    if tag.is_empty() && !implicit {
        return Ok(Plain::Text(text.into()));
    }
    let wanted = match tag.strip_prefix(LONG_TAG) {
        None if tag.is_empty() => "",
        Some("binary") => return binary(text),
        Some(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
        // `!!str`, and tags that go-yaml does not know, leave the text as it is.
        _ => return Ok(Plain::Text(text.into())),
    };
    let found = match resolve(text) {
        // Timestamps are looked for only where one may stand.
        Scalar::Timestamp if !matches!(wanted, "" | "timestamp") => Scalar::Text,
        found => found,
    };
    let plain = match &found {
        Scalar::Null => Plain::Nil,
        Scalar::Bool(value) => Plain::Bool(*value),
        Scalar::Int(number) => Plain::Int(*number),
        Scalar::Uint(number) => Plain::Uint(*number),
        Scalar::Float(number) => Plain::Float(*number),
        Scalar::Timestamp | Scalar::Text => Plain::Text(text.into()),
    };
    match (wanted, &found) {
        ("", _) => Ok(plain),
        #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
        ("float", Scalar::Int(number)) => Ok(Plain::Float(*number as f64)),
        (wanted, found) if found.tag().strip_prefix("!!") == Some(wanted) => Ok(plain),
        (wanted, found) => Err(Error::new(format!("yaml: cannot decode {} `{text}` as a !!{wanted}", found.tag()))),
    }
}

/// The text that base64 hides; what is not UTF-8 in it is lost on the way through JSON, a mark for each byte.
fn binary(text: &str) -> Result<Plain> {
    let packed: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = BASE64.decode(packed).map_err(|_| Error::new("yaml: !!binary value contains invalid base64 data"))?;
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Plain::Text(text.into()))
}
