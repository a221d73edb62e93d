//! One comparison of a constraint: a mark such as `>=` and a version, parts of which may be missing or `x`.

use std::cmp::Ordering;

use super::version::{Parts, Version, compare_prereleases};
use crate::helm::error::{Error, Result};

/// What a comparison asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The first number of a version that was not given, or was `x`, `X` or `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Major,
    Minor,
    Patch,
}

/// A mark and a version.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    mark: Mark,
    version: Version,
    open: Open,
}

/// The marks, longer ones before those that they begin with.
const MARKS: [(&str, Mark); 11] = [
    ("!=", Mark::NotEqual),
    (">=", Mark::GreaterOrEqual),
    ("=>", Mark::GreaterOrEqual),
    ("<=", Mark::LessOrEqual),
    ("=<", Mark::LessOrEqual),
    ("~>", Mark::Tilde),
    ("=", Mark::Equal),
    (">", Mark::Greater),
    ("<", Mark::Less),
    ("~", Mark::Tilde),
    ("^", Mark::Caret),
];

/// White space as Go's regular expressions know it.
const SPACE: [char; 5] = ['\t', '\n', '\x0C', '\r', ' '];

/// A mark and a version as they were written.
pub(super) struct Written<'a> {
    mark: Mark,
    text: &'a str,
    parts: Parts<'a>,
}

/// What may stand for a number in a constraint. The bar is Masterminds' slip; what has one is refused later.
fn stands_for_number(byte: u8) -> bool {
    byte.is_ascii_digit() || b"xX*|".contains(&byte)
}

/// The comparisons of one group, joined by spaces or commas; `None` where the text is something else.
pub(super) fn all(group: &str) -> Option<Vec<Written<'_>>> {
    let mut all = vec![];
    let mut rest = group.trim_start_matches(SPACE);
    loop {
        let (mark, after) = MARKS
            .iter()
            .find_map(|(sign, mark)| Some((*mark, rest.strip_prefix(sign)?)))
            .unwrap_or((Mark::Equal, rest));
        let text = after.trim_start_matches(SPACE);
        let parts = Parts::read(text, stands_for_number)?;
        let (text, after) = text.split_at(parts.length);
        all.push(Written { mark, text, parts });
        let next = after.trim_start_matches(SPACE);
        if next.is_empty() {
            return Some(all);
        }
        rest = match next.strip_prefix(',') {
            Some(next) => next.trim_start_matches(SPACE),
            None if next.len() < after.len() => next,
            None => return None,
        };
    }
}

/// The same text with each range `1.2 - 3.4` written as two comparisons. The spaces around it go, as Masterminds has it.
pub(super) fn without_ranges(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, range, after)) = first_range(rest) {
        written.push_str(before);
        written.push_str(&range);
        rest = after;
    }
    written + rest
}

/// What stands before the first range, the range as comparisons, and what stands behind it.
fn first_range(text: &str) -> Option<(&str, String, &str)> {
    text.char_indices().find_map(|(start, _)| {
        let low = text[start..].trim_start_matches(SPACE);
        let (low, dash) = low.split_at(Parts::read(low, stands_for_number)?.length);
        let high = without_space(without_space(dash)?.strip_prefix('-')?)?;
        let (high, after) = high.split_at(Parts::read(high, stands_for_number)?.length);
        Some((&text[..start], format!(">= {low}, <= {high} "), after.trim_start_matches(SPACE)))
    })
}

/// What follows white space; `None` where there is none.
fn without_space(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(SPACE);
    (rest.len() < text.len()).then_some(rest)
}

impl Comparison {
    /// What was written, with zeros for open numbers.
    pub(super) fn new(written: Written<'_>) -> Result<Self> {
        let Written { mark, text, parts } = written;
        let is_open = |place: usize| matches!(parts.numbers[place], None | Some("x" | "X" | "*"));
        let number = |place: usize| parts.numbers[place].unwrap_or_default();
        let (open, numbers) = if is_open(0) {
            (Open::Major, "0.0.0".to_owned())
        } else if is_open(1) {
            (Open::Minor, format!("{}.0.0", number(0)))
        } else if is_open(2) {
            (Open::Patch, format!("{}.{}.0", number(0), number(1)))
        } else {
            (Open::Nothing, text.to_owned())
        };
        let text = match parts.prerelease {
            Some(prerelease) if open != Open::Nothing => format!("{numbers}-{prerelease}"),
            _ => numbers,
        };
        let version = Version::new(&text).map_err(|_| Error::new("constraint parser error"))?;
        Ok(Self { mark, version, open })
    }

    /// Whether it names a prerelease, and so lets its whole group match prereleases.
    pub(super) fn has_prerelease(&self) -> bool {
        !self.version.prerelease().is_empty()
    }

    /// Whether `version` is as asked for, prereleases being let in already.
    pub(super) fn admits(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        match self.mark {
            Mark::Equal if self.open == Open::Nothing => order.is_eq(),
            Mark::Equal | Mark::Tilde => order.is_ge() && self.is_close(version),
            Mark::NotEqual => self.differs(version, order),
            Mark::Greater => self.is_below(version, order),
            Mark::Less => order.is_lt(),
            Mark::GreaterOrEqual => order.is_ge(),
            Mark::LessOrEqual => self.is_not_below(version, order),
            Mark::Caret => order.is_ge() && self.is_compatible(version),
        }
    }

    fn has_major_of(&self, version: &Version) -> bool {
        self.version.major() == version.major()
    }

    fn has_minor_of(&self, version: &Version) -> bool {
        self.version.minor() == version.minor()
    }

    fn has_patch_of(&self, version: &Version) -> bool {
        self.version.patch() == version.patch()
    }

    /// `!=`: an open number lets none of its versions pass, other than prereleases of another name.
    fn differs(&self, version: &Version, order: Ordering) -> bool {
        match self.open {
            Open::Nothing | Open::Major => order.is_ne(),
            _ if !self.has_major_of(version) => true,
            Open::Minor => false,
            Open::Patch if !self.has_minor_of(version) => true,
            Open::Patch if version.prerelease().is_empty() && self.version.prerelease().is_empty() => false,
            Open::Patch => compare_prereleases(version.prerelease(), self.version.prerelease()).is_ne(),
        }
    }

    /// `>`: above all versions that the open number stands for; `>11` is not met by 11.1.
    fn is_below(&self, version: &Version, order: Ordering) -> bool {
        match self.open {
            Open::Nothing | Open::Major => order.is_gt(),
            Open::Minor => version.major() > self.version.major(),
            Open::Patch => (version.major(), version.minor()) > (self.version.major(), self.version.minor()),
        }
    }

    /// `<=`: below or among the versions that the open number stands for.
    fn is_not_below(&self, version: &Version, order: Ordering) -> bool {
        match self.open {
            Open::Nothing => order.is_le(),
            Open::Minor => version.major() <= self.version.major(),
            Open::Major | Open::Patch => {
                (version.major(), version.minor()) <= (self.version.major(), self.version.minor())
            }
        }
    }

    /// `~` from above: the same minor, or the same major where the minor is open; zeros with nothing open are met by all.
    fn is_close(&self, version: &Version) -> bool {
        let numbers = (self.version.major(), self.version.minor(), self.version.patch());
        match self.open {
            Open::Nothing | Open::Major if numbers == (0, 0, 0) => true,
            Open::Minor => self.has_major_of(version),
            _ => self.has_major_of(version) && self.has_minor_of(version),
        }
    }

    /// `^` from above: the same as far as the first number that is not zero.
    fn is_compatible(&self, version: &Version) -> bool {
        if !self.has_major_of(version) {
            return false;
        }
        if self.version.major() > 0 || self.open == Open::Minor {
            return true;
        }
        if self.version.minor() > 0 || self.open == Open::Patch {
            return self.has_minor_of(version);
        }
        self.has_minor_of(version) && self.has_patch_of(version)
    }
}

#[cfg(test)]
mod tests {
    use crate::helm::constraint::matches;

    #[test]
    fn ranges_take_the_space_around_them() {
        assert!(matches("1.2 - 1.4", "1.4.9").unwrap());
        assert!(!matches("1.2 - 1.4", "1.5.0").unwrap());
        assert!(matches("1 - 2||4", "4.1.0").unwrap());
        assert!(matches(">0 1 - 2", "1.0.0").is_err());
        assert!(matches("1.0 ||2 - 3", "2.0.0").is_err());
        assert!(matches("1.2.3.4 - 5", "3.0.0").is_err());
    }

    #[test]
    fn comparisons_are_joined_by_spaces_or_one_comma() {
        for constraint in [">1 <3", ">1,<3", "> 1 , < 3", " >1\t<3 ", ">1, <3 || 9"] {
            assert!(matches(constraint, "2.0.0").unwrap(), "{constraint}");
        }
        for constraint in [">1,,<3", ">1<3", ",>1", ">1,", "> >1", "1.2.3.4", "x.y", ">1 ||", "1|2"] {
            assert!(matches(constraint, "2.0.0").is_err(), "{constraint}");
        }
    }
}
