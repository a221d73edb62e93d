//! Anchors, aliases, tags and directives.

use super::{
    scanner::{Scanner, TokenKind},
    source::{is_blank, is_blank_or_end, is_break_or_end, is_word},
};
use crate::helm::error::Result;

impl Scanner<'_> {
    /// An anchor or an alias.
    pub(super) fn scan_anchor(&mut self) -> Result<TokenKind> {
        let is_alias = self.source.take() == Some('*');
        let name = self.source.take_while(is_word).to_owned();
        let next = self.source.peek();
        let is_end = is_blank_or_end(next) || matches!(next, Some('?' | ':' | ',' | ']' | '}' | '%' | '@' | '`'));
        if name.is_empty() || !is_end {
            return Err(self.source.error("did not find expected alphabetic or numeric character"));
        }
        Ok(if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) })
    }

    /// `!suffix`, `!handle!suffix`, `!<suffix>` or `!`.
    pub(super) fn scan_tag(&mut self) -> Result<TokenKind> {
        let (mut handle, suffix);
        if self.source.peek_second() == Some('<') {
            self.source.skip(2);
            handle = String::new();
            suffix = self.scan_tag_address("")?;
            if self.source.peek() != Some('>') {
                return Err(self.source.error("did not find the expected '>'"));
            }
            self.source.take();
        } else {
            handle = self.scan_tag_handle(false)?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.scan_tag_address("")?;
            } else {
                let rest = self.scan_tag_address(&handle)?;
                handle = if rest.is_empty() { "" } else { "!" }.to_owned();
                suffix = if rest.is_empty() { "!".to_owned() } else { rest };
            }
        }
        if !is_blank_or_end(self.source.peek()) {
            return Err(self.source.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::Tag { handle, suffix })
    }

    fn scan_tag_handle(&mut self, is_directive: bool) -> Result<String> {
        let expected = "did not find expected '!'";
        if self.source.peek() != Some('!') {
            return Err(self.source.error(expected));
        }
        self.source.take();
        let mut handle = format!("!{}", self.source.take_while(is_word));
        if self.source.peek() == Some('!') {
            handle.extend(self.source.take());
        } else if is_directive && handle != "!" {
            return Err(self.source.error(expected));
        }
        Ok(handle)
    }

    /// The rest of a tag, behind what was taken for a handle; the handle's `!` is not part of it.
    fn scan_tag_address(&mut self, head: &str) -> Result<String> {
        let mut address = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let mut is_there = !head.is_empty();
        let is_part = |c| is_word(c) || ";/?:@&=+$,.!~*'()[]".contains(c);
        loop {
            let part = self.source.take_while(is_part);
            address.extend_from_slice(part.as_bytes());
            is_there |= !part.is_empty();
            if self.source.peek() != Some('%') {
                break;
            }
            self.scan_escaped_letter(&mut address)?;
            is_there = true;
        }
        if !is_there {
            return Err(self.source.error("did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&address).into_owned())
    }

    /// A letter whose bytes are written `%xx`.
    fn scan_escaped_letter(&mut self, address: &mut Vec<u8>) -> Result<()> {
        let first = self.scan_escaped_byte()?;
        let width = match first {
            0..0x80 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0..0xF8 => 4,
            _ => return Err(self.source.error("found an incorrect leading UTF-8 octet")),
        };
        address.push(first);
        for _ in 1..width {
            let byte = self.scan_escaped_byte()?;
            if !(0x80..0xC0).contains(&byte) {
                return Err(self.source.error("found an incorrect trailing UTF-8 octet"));
            }
            address.push(byte);
        }
        Ok(())
    }

    fn scan_escaped_byte(&mut self) -> Result<u8> {
        let mut byte = None;
        if self.source.peek() == Some('%') {
            self.source.take();
            let digit = |scanner: &mut Self| scanner.source.take().and_then(|c| c.to_digit(16));
            let (high, low) = (digit(self), digit(self));
            byte = high.zip(low).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        }
        byte.ok_or_else(|| self.source.error("did not find URI escaped octet"))
    }

    /// `%YAML` or `%TAG`.
    pub(super) fn scan_directive(&mut self) -> Result<TokenKind> {
        self.source.take();
        let name = self.source.take_while(is_word);
        if name.is_empty() {
            return Err(self.source.error("could not find expected directive name"));
        }
        if !is_blank_or_end(self.source.peek()) {
            return Err(self.source.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return Err(self.source.error("found unknown directive name")),
        };
        self.source.skip_blanks();
        self.source.skip_comment();
        if !is_break_or_end(self.source.peek()) {
            return Err(self.source.error("did not find expected comment or line break"));
        }
        self.source.take_break();
        Ok(kind)
    }

    fn scan_version(&mut self) -> Result<TokenKind> {
        self.source.skip_blanks();
        let major = self.scan_version_number()?;
        if self.source.peek() != Some('.') {
            return Err(self.source.error("did not find expected digit or '.' character"));
        }
        self.source.take();
        let minor = self.scan_version_number()?;
        Ok(TokenKind::Version { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8> {
        let digits = self.source.take_while(|c| c.is_ascii_digit());
        match digits.len() {
            0 => Err(self.source.error("did not find expected version number")),
            1 | 2 => Ok(digits.parse().unwrap_or(u8::MAX)),
            _ => Err(self.source.error("found extremely long version number")),
        }
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind> {
        self.source.skip_blanks();
        let handle = self.scan_tag_handle(true)?;
        if !is_blank(self.source.peek()) {
            return Err(self.source.error("did not find expected whitespace"));
        }
        self.source.skip_blanks();
        let prefix = self.scan_tag_address("")?;
        if !is_blank_or_end(self.source.peek()) {
            return Err(self.source.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }
}
