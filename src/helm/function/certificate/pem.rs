//! PEM, read as leniently as Go's `pem.Decode` and written as its `pem.Encode`.

use crate::helm::function::base64;

/// How many characters of base64 stand on a line.
const LINE: usize = 64;

/// What stands between a `BEGIN` and its `END`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// What both lines name: `CERTIFICATE`, `RSA PRIVATE KEY`.
    pub(super) label: String,
    /// The content.
    pub(super) bytes: Vec<u8>,
}

/// The first whole block; text around it, headers in it and blocks that are broken are skipped.
pub(super) fn decode(text: &str) -> Option<Block> {
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_end_matches([' ', '\t']);
        if let Some(label) = line.strip_prefix("-----BEGIN ") {
            open = label.strip_suffix("-----").map(|label| (label, vec![]));
        } else if let Some(label) = line.strip_prefix("-----END ") {
            let closed = open.take().filter(|(begun, _)| label.strip_suffix("-----") == Some(begun));
            let block =
                closed.and_then(|(label, body)| Some(Block { label: label.to_owned(), bytes: content(&body)? }));
            if block.is_some() {
                return block;
            }
        } else if let Some((_, body)) = &mut open {
            body.push(line);
        }
    }
    None
}

/// What the lines of a block stand for, without headers before it.
fn content(lines: &[&str]) -> Option<Vec<u8>> {
    let body = lines.iter().skip_while(|line| line.contains(':')).flat_map(|line| line.split([' ', '\t']));
    base64::decode(&body.collect::<String>()).ok()
}

/// A block as text, with the end of its last line.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let body = base64::encode(bytes);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (place, character) in body.chars().enumerate() {
        if place > 0 && place % LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    if !body.is_empty() {
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn a_block_is_found_between_other_text() {
        let text = "before\n-----BEGIN A-----\r\nProc-Type: 4\nDEK-Info: x\n\nTWls\t\ndnVz \n-----END A-----  \nafter";
        let block = decode(text).unwrap();
        assert_eq!((block.label.as_str(), block.bytes.as_slice()), ("A", b"Milvus".as_slice()));
    }

    #[test]
    fn a_broken_block_is_skipped() {
        let good = encode("B", &[7; 100]);
        for broken in [
            "-----BEGIN A-----\nTWls\n-----END B-----\n",
            "-----BEGIN A-----\n*\n-----END A-----\n",
            "-----BEGIN A-----\n",
        ] {
            assert_eq!(decode(broken), None, "{broken}");
            assert_eq!(decode(&format!("{broken}{good}")).unwrap().label, "B", "{broken}");
        }
        assert_eq!(decode(good.trim_start_matches('-')), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0_u8, 1, 47, 48, 49, 96, 255] {
            let bytes = vec![length; usize::from(length)];
            let text = encode("X Y", &bytes);
            assert!(text.lines().all(|line| line.len() <= 64) && text.ends_with("-----END X Y-----\n"), "{text}");
            assert!(!text.contains("\n\n"), "{text}");
            assert_eq!(decode(&text).unwrap().bytes, bytes);
        }
    }
}
