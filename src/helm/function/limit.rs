//! How much one call may make, so that no template exhausts the memory. Go has no such limits; no chart comes near them.

use crate::helm::error::{Error, Result};

/// The longest text that a function makes, in bytes.
pub(super) const LONGEST_TEXT: usize = 64 << 20;

/// The most items of a list that a function makes.
pub(super) const MOST_ITEMS: usize = 1 << 20;

/// How deep maps and lists may lie in each other where a function goes through them; a map may hold itself.
pub(super) const DEEPEST: usize = 250;

/// Text that grows up to the limit.
#[derive(Default)]
pub(super) struct Growing {
    text: String,
}

impl Growing {
    /// Puts `text` at the end.
    pub(super) fn push(&mut self, text: &str) -> Result<()> {
        length(self.text.len().saturating_add(text.len()))?;
        self.text.push_str(text);
        Ok(())
    }

    /// What it has grown to.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Refuses a text of more bytes than the limit.
pub(super) fn length(bytes: usize) -> Result<()> {
    if bytes > LONGEST_TEXT {
        return Err(Error::new("the text would be longer than 64 MiB, the limit of one call; make it shorter"));
    }
    Ok(())
}

/// Refuses a list of more items than the limit.
pub(super) fn items(count: usize) -> Result<()> {
    if count > MOST_ITEMS {
        return Err(Error::new(
            "the list would have more than 1,048,576 items, the limit of one call; make it shorter",
        ));
    }
    Ok(())
}

/// Refuses to go deeper than the limit.
pub(super) fn depth(depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::new("maps and lists lie in each other more than 250 deep; does one hold itself?"));
    }
    Ok(())
}
