//! From tokens to the tree of the first document, with aliases as references.

use std::collections::HashMap;

use super::{
    MAX_DEPTH,
    scanner::{Scanner, Token, TokenKind},
    source::Mark,
    tree::{Content, Node, Place, Tree},
};
use crate::helm::error::{Error, Result};

/// Reads the first document and tells where its root stands in the tree; `None` where there is none.
pub(super) fn parse(text: &str) -> Result<Option<(Tree, Place)>> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        nodes: vec![],
        anchors: HashMap::new(),
        handles: HashMap::from([("!".to_owned(), "!".to_owned()), ("!!".to_owned(), super::LONG_TAG.to_owned())]),
        depth: 0,
    };
    let Some(root) = parser.document()? else { return Ok(None) };
    // The document has ended where another token stands, whatever it is.
    parser.scanner.peek()?;
    Ok(Some((Tree::new(parser.nodes), root)))
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    nodes: Vec<Node>,
    anchors: HashMap<String, Place>,
    /// What the handles of tags stand for.
    handles: HashMap<String, String>,
    depth: usize,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    /// In a block, where a list may stand as deep as what it belongs to.
    BlockOrIndentless,
    Flow,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Option<Place>> {
        match self.peek()? {
            TokenKind::StreamEnd => Ok(None),
            TokenKind::Version { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart => {
                self.directives()?;
                let is_empty = matches!(
                    self.peek()?,
                    TokenKind::Version { .. }
                        | TokenKind::TagDirective { .. }
                        | TokenKind::DocumentStart
                        | TokenKind::DocumentEnd
                        | TokenKind::StreamEnd
                );
                if is_empty { Ok(Some(self.empty())) } else { self.node(Context::Block).map(Some) }
            }
            _ => self.node(Context::Block).map(Some),
        }
    }

    /// Directives, and the `---` behind them.
    fn directives(&mut self) -> Result<()> {
        let mut has_version = false;
        let mut own: Vec<String> = vec![];
        loop {
            if !matches!(
                self.peek()?,
                TokenKind::Version { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart
            ) {
                return Err(self.mark()?.error("did not find expected <document start>"));
            }
            let Token { kind, start, .. } = self.scanner.take()?;
            match kind {
                TokenKind::Version { .. } if has_version => {
                    return Err(start.error("found duplicate %YAML directive"));
                }
                TokenKind::Version { major: 1, minor: 1 } => has_version = true,
                TokenKind::Version { .. } => return Err(start.error("found incompatible YAML document")),
                TokenKind::TagDirective { handle, .. } if own.contains(&handle) => {
                    return Err(start.error("found duplicate %TAG directive"));
                }
                TokenKind::TagDirective { handle, prefix } => {
                    own.push(handle.clone());
                    self.handles.insert(handle, prefix);
                }
                _ => return Ok(()),
            }
        }
    }

    fn node(&mut self, context: Context) -> Result<Place> {
        if let TokenKind::Alias(_) = self.peek()? {
            return self.alias();
        }
        let (anchor, tag) = self.properties()?;
        let has_properties = anchor.is_some() || !tag.is_empty();
        let read = match self.peek()? {
            TokenKind::BlockEntry if context == Context::BlockOrIndentless => Self::indentless_list,
            TokenKind::FlowSequenceStart => Self::flow_list,
            TokenKind::FlowMappingStart => Self::flow_map,
            TokenKind::BlockSequenceStart if context != Context::Flow => Self::block_list,
            TokenKind::BlockMappingStart if context != Context::Flow => Self::block_map,
            TokenKind::Scalar { .. } => return self.scalar(anchor, tag),
            _ if has_properties => {
                let implicit = tag.is_empty();
                return Ok(self.add(anchor, tag, Content::Scalar { text: String::new(), implicit }));
            }
            _ => return Err(self.mark()?.error("did not find expected node content")),
        };
        if self.depth >= MAX_DEPTH {
            return Err(self.mark()?.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        let place = self.add(anchor, tag, Content::List(vec![]));
        self.depth += 1;
        let collection = read(self)?;
        self.depth -= 1;
        self.nodes[place].content = collection;
        Ok(place)
    }

    fn alias(&mut self) -> Result<Place> {
        let TokenKind::Alias(name) = self.scanner.take()?.kind else { return Ok(self.empty()) };
        let target = self.anchors.get(&name).copied();
        let target = target.ok_or_else(|| Error::new(format!("yaml: unknown anchor '{name}' referenced")))?;
        Ok(self.add(None, String::new(), Content::Alias { name, target }))
    }

    fn scalar(&mut self, anchor: Option<String>, tag: String) -> Result<Place> {
        let TokenKind::Scalar { text, is_plain } = self.scanner.take()?.kind else { return Ok(self.empty()) };
        let implicit = (tag.is_empty() && is_plain) || tag == "!";
        Ok(self.add(anchor, tag, Content::Scalar { text, implicit }))
    }

    /// An anchor and a tag, in either order; the tag in its long form.
    fn properties(&mut self) -> Result<(Option<String>, String)> {
        let mut anchor = self.anchor()?;
        let tag = self.tag()?;
        if anchor.is_none() && tag.is_some() {
            anchor = self.anchor()?;
        }
        let Some((handle, suffix, start)) = tag else { return Ok((anchor, String::new())) };
        if handle.is_empty() {
            return Ok((anchor, suffix));
        }
        match self.handles.get(&handle) {
            Some(prefix) => Ok((anchor, format!("{prefix}{suffix}"))),
            None => Err(start.error("found undefined tag handle")),
        }
    }

    fn anchor(&mut self) -> Result<Option<String>> {
        let TokenKind::Anchor(name) = self.peek()? else { return Ok(None) };
        let name = name.clone();
        self.scanner.take()?;
        Ok(Some(name))
    }

    fn tag(&mut self) -> Result<Option<(String, String, Mark)>> {
        let start = self.mark()?;
        let TokenKind::Tag { handle, suffix } = self.peek()? else { return Ok(None) };
        let tag = (handle.clone(), suffix.clone(), start);
        self.scanner.take()?;
        Ok(Some(tag))
    }

    fn block_list(&mut self) -> Result<Content> {
        self.scanner.take()?;
        let mut items = vec![];
        loop {
            match self.peek()? {
                TokenKind::BlockEnd => {
                    self.scanner.take()?;
                    return Ok(Content::List(items));
                }
                TokenKind::BlockEntry => {
                    self.scanner.take()?;
                    let is_empty = matches!(self.peek()?, TokenKind::BlockEntry | TokenKind::BlockEnd);
                    items.push(self.node_unless(is_empty, Context::Block)?);
                }
                _ => return Err(self.mark()?.error("did not find expected '-' indicator")),
            }
        }
    }

    fn indentless_list(&mut self) -> Result<Content> {
        let mut items = vec![];
        while *self.peek()? == TokenKind::BlockEntry {
            self.scanner.take()?;
            let is_empty =
                matches!(self.peek()?, TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd);
            items.push(self.node_unless(is_empty, Context::Block)?);
        }
        Ok(Content::List(items))
    }

    fn block_map(&mut self) -> Result<Content> {
        self.scanner.take()?;
        let mut items = vec![];
        loop {
            match self.peek()? {
                TokenKind::BlockEnd => {
                    self.scanner.take()?;
                    return Ok(Content::Map(items));
                }
                TokenKind::Key => {
                    self.scanner.take()?;
                    items.push(self.block_part()?);
                }
                _ => return Err(self.mark()?.error("did not find expected key")),
            }
            items.push(if *self.peek()? == TokenKind::Value {
                self.scanner.take()?;
                self.block_part()?
            } else {
                self.empty()
            });
        }
    }

    /// A key or a value in a block.
    fn block_part(&mut self) -> Result<Place> {
        let is_empty = matches!(self.peek()?, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd);
        self.node_unless(is_empty, Context::BlockOrIndentless)
    }

    fn flow_list(&mut self) -> Result<Content> {
        self.scanner.take()?;
        let mut items = vec![];
        while self.has_next(&TokenKind::FlowSequenceEnd, items.is_empty(), "did not find expected ',' or ']'")? {
            items.push(match self.peek()? {
                TokenKind::Key => self.pair()?,
                _ => self.node(Context::Flow)?,
            });
        }
        Ok(Content::List(items))
    }

    /// A map of one pair without braces, as an item of a list.
    fn pair(&mut self) -> Result<Place> {
        let place = self.add(None, String::new(), Content::List(vec![]));
        self.scanner.take()?;
        let has_key = !matches!(self.peek()?, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd);
        let key = self.node_unless(!has_key, Context::Flow)?;
        if !has_key {
            // libyaml takes a token too many here.
            self.scanner.take()?;
        }
        let value = self.flow_value(&TokenKind::FlowSequenceEnd)?;
        self.nodes[place].content = Content::Map(vec![key, value]);
        Ok(place)
    }

    fn flow_map(&mut self) -> Result<Content> {
        self.scanner.take()?;
        let end = TokenKind::FlowMappingEnd;
        let mut items = vec![];
        while self.has_next(&end, items.is_empty(), "did not find expected ',' or '}'")? {
            if *self.peek()? != TokenKind::Key {
                items.push(self.node(Context::Flow)?);
                items.push(self.empty());
                continue;
            }
            self.scanner.take()?;
            let is_empty = matches!(self.peek()?, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd);
            items.push(self.node_unless(is_empty, Context::Flow)?);
            items.push(self.flow_value(&end)?);
        }
        Ok(Content::Map(items))
    }

    fn flow_value(&mut self, end: &TokenKind) -> Result<Place> {
        if *self.peek()? != TokenKind::Value {
            return Ok(self.empty());
        }
        self.scanner.take()?;
        let next = self.peek()?;
        let is_empty = *next == TokenKind::FlowEntry || next == end;
        self.node_unless(is_empty, Context::Flow)
    }

    /// Whether a flow collection goes on; takes the comma before its next item, or its end.
    fn has_next(&mut self, end: &TokenKind, is_first: bool, problem: &str) -> Result<bool> {
        if !is_first && self.peek()? != end {
            if *self.peek()? != TokenKind::FlowEntry {
                return Err(self.mark()?.error(problem));
            }
            self.scanner.take()?;
        }
        let goes_on = self.peek()? != end;
        if !goes_on {
            self.scanner.take()?;
        }
        Ok(goes_on)
    }

    fn node_unless(&mut self, is_empty: bool, context: Context) -> Result<Place> {
        if is_empty { Ok(self.empty()) } else { self.node(context) }
    }

    fn empty(&mut self) -> Place {
        self.add(None, String::new(), Content::Scalar { text: String::new(), implicit: true })
    }

    fn add(&mut self, anchor: Option<String>, tag: String, content: Content) -> Place {
        let place = self.nodes.len();
        self.nodes.push(Node { tag, content });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, place);
        }
        place
    }

    fn peek(&mut self) -> Result<&TokenKind> {
        self.scanner.peek().map(|token| &token.kind)
    }

    fn mark(&mut self) -> Result<Mark> {
        self.scanner.peek().map(|token| token.start)
    }
}
