//! The tree of a document as it stands in the text.

/// All nodes of a document; aliases and collections refer to others by place.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// The place of a node in its tree.
pub(super) type Place = usize;

/// A node.
pub(super) struct Node {
    /// The tag in its long form; empty where there is none.
    pub(super) tag: String,
    pub(super) content: Content,
}

/// What a node holds.
pub(super) enum Content {
    /// A scalar, and whether its type is left to its text: unquoted and without a tag.
    Scalar { text: String, implicit: bool },
    /// The items of a list.
    List(Vec<Place>),
    /// Keys and values by turns.
    Map(Vec<Place>),
    /// A reference to an anchor.
    Alias { name: String, target: Place },
}

impl Tree {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }

    pub(super) fn node(&self, place: Place) -> &Node {
        &self.nodes[place]
    }
}
