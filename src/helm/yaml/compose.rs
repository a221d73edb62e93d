//! The tree of the first document of a YAML text, with aliases as references, from libyaml's events.

use std::collections::HashMap;

use libyaml_safer::{Encoding, ErrorKind, Event, EventData, Parser};

use super::MAX_DEPTH;
use crate::helm::error::{Error, Result};

/// All nodes of a document; aliases and collections refer to others by place.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// The place of a node in its tree.
pub(super) type Place = usize;

/// A node as it stands in the text.
pub(super) struct Node {
    /// The tag in its long form; empty where there is none.
    pub(super) tag: String,
    pub(super) content: Content,
}

/// What a node holds.
pub(super) enum Content {
    /// A scalar, and whether its type is left to its text: unquoted and without a tag.
    Scalar {
        text: String,
        implicit: bool,
    },
    List(Vec<Place>),
    /// Keys and values by turns.
    Map(Vec<Place>),
    Alias {
        name: String,
        target: Place,
    },
}

impl Tree {
    pub(super) fn node(&self, place: Place) -> &Node {
        &self.nodes[place]
    }
}

/// A collection whose end has not been seen.
struct Open {
    place: Place,
    items: Vec<Place>,
}

/// Reads the first document; `None` where there is none. Where it stands in the tree is told besides.
pub(super) fn compose(text: &str) -> Result<Option<(Tree, Place)>> {
    let mut input = text.strip_prefix('\u{feff}').unwrap_or(text).as_bytes();
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input_string(&mut input);
    let mut composer = Composer { nodes: vec![], anchors: HashMap::new(), open: vec![], root: None };
    loop {
        let event = parser.parse().map_err(|error| told(&error))?;
        match event.data {
            EventData::StreamEnd => return Ok(None),
            EventData::DocumentEnd { .. } => {
                let Composer { nodes, root, .. } = composer;
                return Ok(root.map(|root| (Tree { nodes }, root)));
            }
            EventData::StreamStart { .. } | EventData::DocumentStart { .. } => {}
            _ => composer.take(event)?,
        }
    }
}

struct Composer {
    nodes: Vec<Node>,
    anchors: HashMap<String, Place>,
    open: Vec<Open>,
    root: Option<Place>,
}

impl Composer {
    fn take(&mut self, event: Event) -> Result<()> {
        let line = event.start_mark.line + 1;
        match event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let place = self.add(anchor, tag, Content::Scalar { text: value, implicit: plain_implicit });
                self.put(place);
            }
            EventData::Alias { anchor } => {
                let target = *self
                    .anchors
                    .get(&anchor)
                    .ok_or_else(|| Error::new(format!("yaml: unknown anchor '{anchor}' referenced")))?;
                let place = self.add(None, None, Content::Alias { name: anchor, target });
                self.put(place);
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                let place = self.add(anchor, tag, Content::List(vec![]));
                self.enter(place, line)?;
            }
            EventData::MappingStart { anchor, tag, .. } => {
                let place = self.add(anchor, tag, Content::Map(vec![]));
                self.enter(place, line)?;
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.leave(),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, anchor: Option<String>, tag: Option<String>, content: Content) -> Place {
        let place = self.nodes.len();
        self.nodes.push(Node { tag: tag.unwrap_or_default(), content });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, place);
        }
        place
    }

    fn enter(&mut self, place: Place, line: u64) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::new(format!("yaml: line {line}: exceeded max depth of {MAX_DEPTH}")));
        }
        self.open.push(Open { place, items: vec![] });
        Ok(())
    }

    fn leave(&mut self) {
        let Some(Open { place, items: ended }) = self.open.pop() else { return };
        if let Some(Node { content: Content::List(items) | Content::Map(items), .. }) = self.nodes.get_mut(place) {
            *items = ended;
        }
        self.put(place);
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, place: Place) {
        match self.open.last_mut() {
            Some(open) => open.items.push(place),
            None => self.root = Some(place),
        }
    }
}

/// The error in go-yaml's words, which count lines from one in the scanner and from zero in the parser.
fn told(error: &libyaml_safer::Error) -> Error {
    let line = |mark: Option<libyaml_safer::Mark>| mark.map(|mark| mark.line).filter(|line| *line != 0);
    let scanner = u64::from(error.kind() == ErrorKind::Scanner);
    let line = line(error.problem_mark()).map(|line| line + scanner).or_else(|| line(error.context_mark()));
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    Error::new(format!("yaml: {place}{}", error.problem()))
}
