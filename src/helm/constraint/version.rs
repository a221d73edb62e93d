//! Semantic versions as Masterminds reads them: leniently, with a leading `v`, one to three numbers, zeros before them.

use std::{cmp::Ordering, fmt};

use crate::helm::error::{Error, Result};

/// No version is longer, in bytes.
const LONGEST: usize = 256;

/// A version. Two are compared by their numbers and prerelease; metadata and a leading `v` do not count.
#[derive(Clone, Debug)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

/// The parts of a version's text, before any is looked at closely: `v1.2.3-rc.1+build`.
pub(super) struct Parts<'a> {
    /// The three numbers, or what stands for them.
    pub(super) numbers: [Option<&'a str>; 3],
    /// What follows `-`.
    pub(super) prerelease: Option<&'a str>,
    /// What follows `+`.
    pub(super) metadata: Option<&'a str>,
    /// How many bytes were read.
    pub(super) length: usize,
}

impl Version {
    /// A version as people write it: `v1.2`, `1.2.3-rc.1`, `01.2` (Masterminds' `NewVersion`).
    pub fn new(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::new(format!("version string is too long (max {LONGEST} bytes)")));
        }
        let parts = Parts::read(text, |byte| byte.is_ascii_digit());
        let Some(parts) = parts.filter(|parts| parts.length == text.len()) else {
            return Err(Error::new("invalid semantic version"));
        };
        let number = |place: usize| {
            let digits = parts.numbers[place].unwrap_or("0");
            digits.parse().map_err(|_| {
                let reason = format!("strconv.ParseUint: parsing \"{digits}\": value out of range");
                Error::new(reason).during("error parsing version segment")
            })
        };
        let version = Self {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            prerelease: parts.prerelease.unwrap_or_default().to_owned(),
            metadata: parts.metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        };
        check_prerelease(&version.prerelease)?;
        Ok(version)
    }

    /// A version as the specification has it: three numbers, no `v`, no zeros before a number (`StrictNewVersion`).
    pub fn strict(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::new("version string empty"));
        }
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Vec<&str> = core.split('.').collect();
        if numbers.len() != 3 {
            return Err(Error::new("invalid semantic version"));
        }
        if numbers.iter().any(|number| number.len() > 1 && number.starts_with('0')) {
            return Err(Error::new("version segment starts with 0"));
        }
        if !core.starts_with(|character: char| character.is_ascii_digit()) {
            return Err(Error::new("invalid characters in version"));
        }
        Self::new(text)
    }

    /// A version of these numbers, without prerelease and metadata, as the original's next.
    fn following(&self, major: u64, minor: u64, patch: u64) -> Self {
        let next =
            Self { major, minor, patch, prerelease: String::new(), metadata: String::new(), original: String::new() };
        next.with_original_of(self)
    }

    /// The same with an original like `other`'s: with a leading `v` where it has one.
    fn with_original_of(mut self, other: &Self) -> Self {
        let prefix = if other.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The second number; 0 where there was none.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The third number; 0 where there was none.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// What follows `-`, or nothing.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What follows `+`, or nothing.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text that was read.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The next major version; `None` where there is none.
    pub fn next_major(&self) -> Option<Self> {
        Some(self.following(self.major.checked_add(1)?, 0, 0))
    }

    /// The next minor version; `None` where there is none.
    pub fn next_minor(&self) -> Option<Self> {
        Some(self.following(self.major, self.minor.checked_add(1)?, 0))
    }

    /// The next patch version, which for a prerelease is the one that it leads to; `None` where there is none.
    pub fn next_patch(&self) -> Option<Self> {
        let patch = if self.prerelease.is_empty() { self.patch.checked_add(1)? } else { self.patch };
        Some(self.following(self.major, self.minor, patch))
    }

    /// The same with another prerelease.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self> {
        check_prerelease(prerelease)?;
        Ok(Self { prerelease: prerelease.to_owned(), ..self.clone() }.with_original_of(self))
    }

    /// The same with other metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self> {
        if !metadata.is_empty() && !metadata.split('.').all(is_identifier) {
            return Err(Error::new("invalid metadata string"));
        }
        Ok(Self { metadata: metadata.to_owned(), ..self.clone() }.with_original_of(self))
    }

    /// Which of both comes first by the rules of the specification.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl<'a> Parts<'a> {
    /// Reads as much of a version as `text` begins with; `None` where it does not begin with one. Bytes of numbers are
    /// those that `belongs` says: digits, in constraints also `x` and `*`.
    pub(super) fn read(text: &'a str, belongs: fn(u8) -> bool) -> Option<Self> {
        let prefix = usize::from(text.starts_with('v'));
        let run = |start: usize, belongs: fn(u8) -> bool| {
            text.as_bytes()[start..].iter().take_while(|byte| belongs(**byte)).count()
        };
        let mut length = prefix + run(prefix, belongs);
        if length == prefix {
            return None;
        }
        let mut numbers = [Some(&text[prefix..length]), None, None];
        for number in &mut numbers[1..] {
            let digits = if text[length..].starts_with('.') { run(length + 1, belongs) } else { 0 };
            if digits == 0 {
                break;
            }
            *number = Some(&text[length + 1..=length + digits]);
            length += 1 + digits;
        }
        let mut tail = |mark: char| {
            let start = length;
            let mut end = length;
            let mut next = mark;
            while text[end..].starts_with(next) {
                let letters = run(end + 1, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if letters == 0 {
                    break;
                }
                end += 1 + letters;
                next = '.';
            }
            length = end;
            (end > start).then(|| &text[start + 1..end])
        };
        let prerelease = tail('-');
        let metadata = tail('+');
        Some(Self { numbers, prerelease, metadata, length })
    }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A prerelease has no empty parts, and no number in it begins with a zero.
fn check_prerelease(prerelease: &str) -> Result<()> {
    if prerelease.is_empty() {
        return Ok(());
    }
    for part in prerelease.split('.') {
        if !is_identifier(part) {
            return Err(Error::new("invalid prerelease string"));
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::new("version segment starts with 0"));
        }
    }
    Ok(())
}

/// Part by part: numbers before words, numbers by size, words by bytes, and fewer parts first.
pub(super) fn compare_prereleases(one: &str, other: &str) -> Ordering {
    let (mut parts, mut others) = (one.split('.'), other.split('.'));
    loop {
        let (part, other) = (parts.next(), others.next());
        if part.is_none() && other.is_none() {
            return Ordering::Equal;
        }
        match compare_parts(part.unwrap_or_default(), other.unwrap_or_default()) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

fn compare_parts(part: &str, other: &str) -> Ordering {
    match (part.parse::<u64>(), other.parse::<u64>()) {
        _ if part.is_empty() || other.is_empty() || part == other => part.cmp(other),
        (Ok(number), Ok(other)) => number.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => part.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::Version;

    #[test]
    fn versions_are_read_leniently() {
        for (text, read) in [("v1.2", "1.2.0"), ("1", "1.0.0"), ("01.02.3-rc.1+b.01", "1.2.3-rc.1+b.01")] {
            assert_eq!(Version::new(text).unwrap().to_string(), read);
        }
        for text in
            ["", "v", "V1", "1.2.3.4", "1..2", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2 ", "99999999999999999999"]
        {
            assert!(Version::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strict_versions_have_three_plain_numbers() {
        assert!(Version::strict("1.2.3-rc.1+b").is_ok());
        for text in ["", "1.2", "v1.2.3", "01.2.3", "1.2.x", "1.2.3.4"] {
            assert!(Version::strict(text).is_err(), "{text}");
        }
    }

    #[test]
    fn versions_are_in_the_order_of_the_specification() {
        let ordered = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta",
            "1.0.0",
            "1.0.1",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            let (one, other) = (Version::new(pair[0]).unwrap(), Version::new(pair[1]).unwrap());
            assert_eq!(one.compare(&other), Ordering::Less, "{one} {other}");
            assert_eq!(other.compare(&one), Ordering::Greater, "{one} {other}");
        }
        assert_eq!(Version::new("v1.2").unwrap().compare(&Version::new("1.2.0+build").unwrap()), Ordering::Equal);
    }

    #[test]
    fn the_next_version_keeps_the_leading_v() {
        let version = Version::new("v1.2.3-rc.1+b").unwrap();
        assert_eq!(version.next_patch().unwrap().original(), "v1.2.3");
        assert_eq!(version.next_minor().unwrap().original(), "v1.3.0");
        assert_eq!(version.next_major().unwrap().original(), "v2.0.0");
        assert_eq!(version.with_prerelease("x").unwrap().original(), "v1.2.3-x+b");
        assert!(Version::new("1.2.18446744073709551615").unwrap().next_patch().is_none());
    }
}
