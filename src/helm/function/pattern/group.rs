//! Groups, their names and flags: `(…)`, `(?:…)`, `(?P<name>…)`, `(?i-s:…)`.

use super::{DEEPEST, Group, Sort, Translation, fault};
use crate::helm::error::Result;

impl Translation<'_> {
    /// Opens the group here, or takes over its flags.
    pub(super) fn open_group(&mut self) -> Result<()> {
        if self.groups.len() >= DEEPEST {
            return Err(fault("expression nests too deeply", self.text));
        }
        if !self.rest().starts_with("(?") {
            self.place += 1;
            self.names.push(None);
            self.open("(");
            return Ok(());
        }
        let rest = self.rest();
        let opening =
            ["(?P<", "(?<"].into_iter().find(|opening| rest.len() > opening.len() && rest.starts_with(*opening));
        match opening {
            Some(opening) => self.named(opening.len()),
            None => self.flags(),
        }
    }

    fn open(&mut self, opening: &'static str) {
        let is_ungreedy = self.open.is_ungreedy;
        self.groups.push(std::mem::replace(&mut self.open, Group { opening, pieces: vec![], is_ungreedy }));
    }

    fn named(&mut self, length: usize) -> Result<()> {
        let rest = self.rest();
        let Some(end) = rest.find('>') else { return Err(fault("invalid named capture", rest)) };
        let name = &rest[length..end];
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(fault("invalid named capture", &rest[..=end]));
        }
        self.names.push(Some(name.to_owned()));
        self.place += end + 1;
        self.open("(");
        Ok(())
    }

    /// Flags up to `:`, which opens a group, or `)`, which does not.
    fn flags(&mut self) -> Result<()> {
        let start = self.place;
        self.place += 2;
        // On and off, each flag once, in the order of `imsU`.
        let mut flags: [Vec<char>; 2] = [vec![], vec![]];
        let (mut is_off, mut saw_flag) = (false, false);
        while let Some(character) = self.rest().chars().next() {
            self.place += character.len_utf8();
            match character {
                'i' | 'm' | 's' | 'U' => {
                    flags[usize::from(!is_off)].retain(|flag| *flag != character);
                    let own = &mut flags[usize::from(is_off)];
                    if !own.contains(&character) {
                        own.push(character);
                    }
                    saw_flag = true;
                }
                '-' if !is_off => (is_off, saw_flag) = (true, false),
                ':' | ')' if !is_off || saw_flag => {
                    self.apply_flags(&flags, character == ':');
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(fault("invalid or unsupported Perl syntax", self.since(start)))
    }

    /// Opens a group where asked to, and puts the flags in front of what follows.
    fn apply_flags(&mut self, [on, off]: &[Vec<char>; 2], opens: bool) {
        if opens {
            self.open("(?:");
        }
        self.open.is_ungreedy = (self.open.is_ungreedy || on.contains(&'U')) && !off.contains(&'U');
        let (on, off): (String, String) = (on.iter().collect(), off.iter().collect());
        match (on.is_empty(), off.is_empty()) {
            (true, true) => {}
            (false, true) => self.push(&format!("(?{on})"), Sort::Flags, 1),
            _ => self.push(&format!("(?{on}-{off})"), Sort::Flags, 1),
        }
    }

    /// Closes the group that was opened last; it is an atom of the one around it.
    pub(super) fn close_group(&mut self) -> Result<()> {
        let Some(outer) = self.groups.pop() else { return Err(fault("unexpected )", self.text)) };
        let inner = std::mem::replace(&mut self.open, outer);
        self.push(&format!("{})", inner.written()), Sort::Atom, inner.repeats());
        self.place += 1;
        Ok(())
    }
}
