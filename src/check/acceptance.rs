use std::str::FromStr;

use super::Code;

/// Codes that the user accepts, and why: `MV0701`, `MV0701,MV0503` or `MV0701=the data can be lost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The codes.
    pub codes: Vec<Code>,
    /// Why, where the user says so; it is kept with the run.
    pub reason: Option<String>,
}

impl Acceptance {
    /// All codes of several.
    pub fn codes(all: &[Self]) -> Vec<Code> {
        all.iter().flat_map(|acceptance| acceptance.codes.iter().copied()).collect()
    }

    /// Why a code is accepted, by the last one who says so.
    pub fn reason(all: &[Self], code: Code) -> Option<&str> {
        let mut named = all.iter().rev().filter(|acceptance| acceptance.codes.contains(&code));
        named.find_map(|acceptance| acceptance.reason.as_deref())
    }
}

impl FromStr for Acceptance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (codes, reason) = match text.split_once('=') {
            Some((codes, reason)) => (codes, Some(reason.trim())),
            None => (text, None),
        };
        if reason.is_some_and(str::is_empty) {
            return Err("it gives an empty reason".to_owned());
        }
        if reason.is_some_and(|reason| reason.chars().any(char::is_control)) {
            return Err("its reason holds control characters".to_owned());
        }
        let codes: Result<Vec<Code>, String> = codes.split(',').map(str::parse).collect();
        Ok(Self { codes: codes?, reason: reason.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::Acceptance;
    use crate::check::Code;

    #[test]
    fn codes_come_with_or_without_a_reason() {
        let read = |text: &str| text.parse::<Acceptance>();
        let plain = read("MV0701,mv0503").unwrap();
        assert_eq!((plain.codes.as_slice(), &plain.reason), (&[Code::new(701), Code::new(503)][..], &None));
        let why = read("MV0701=a copy, taken by hand = fine").unwrap();
        assert_eq!(why.reason.as_deref(), Some("a copy, taken by hand = fine"));
        let all = [plain, why];
        assert_eq!(Acceptance::codes(&all).len(), 3);
        assert_eq!(Acceptance::reason(&all, Code::new(701)), Some("a copy, taken by hand = fine"));
        assert_eq!(Acceptance::reason(&all, Code::new(503)), None);
        for refused in ["", "all", "MV0701,", "MV0701=", "=x", "MV07011", "MV0701=a\u{1b}[2J"] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }
}
