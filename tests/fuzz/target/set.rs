//! What is typed behind `--set` and its like, on values that are there.

use kubectl_milvus::helm::{json, values::Sources, yaml};

use super::{Parts, part, text};
use crate::fuzz::{corpus::Corpus, mutation::mutated, random::Random};

const FLAGS: [&str; 5] = ["set", "set-string", "set-json", "set-file", "set-literal"];

const PIECES: &[&str] = &[
    "a",
    "b",
    "l",
    "m",
    "n",
    "k",
    ".",
    "[",
    "]",
    "[0]",
    "[1]",
    "[2].b",
    "[65535]",
    "[65536]",
    "=",
    "=",
    "=",
    ",",
    "{",
    "}",
    "{1,2}",
    "null",
    "true",
    "1",
    "010",
    "1e3",
    "\\",
    "\\,",
    "\\.",
    "\"",
    "{\"a\": [1]}",
    "[1,2",
    " ",
    "\n",
    "é",
    "\u{2028}",
    "x=y",
    "[-1]",
];

pub(super) fn make(random: &mut Random, corpus: &Corpus) -> Parts {
    let count = 1 + random.below(3);
    (0..count)
        .map(|_| {
            let setting = match random.below(3) {
                0 => (0..=random.below(12)).map(|_| random.word(PIECES)).collect::<String>(),
                1 => random.pick(&corpus.settings).clone(),
                _ => {
                    let (one, other) = (random.pick(&corpus.settings).clone(), random.pick(&corpus.documents).clone());
                    mutated(random, &one, &other)
                }
            };
            part(random.word(&FLAGS), setting)
        })
        .collect()
}

pub(super) fn run(parts: &Parts) -> bool {
    let of = |flag: &str| {
        let parts = parts.iter().filter(|(name, _)| name == flag);
        parts.map(|part| text(&vec![part.clone()], flag)).collect::<Vec<_>>()
    };
    let sources = Sources {
        files: vec![("values.yaml".to_owned(), "l: [1, {b: 2}, [3]]\nm: {k: v}\nn: null\n".to_owned())],
        json: of("set-json"),
        set: of("set"),
        text: of("set-string"),
        contents: of("set-file"),
        literal: of("set-literal"),
    };
    let Ok(values) = sources.merged(&|path| Ok(format!("<{path}>"))) else { return false };
    let value = values.into();
    let _ = (yaml::write_pretty(&value), json::write(&value));
    !yaml::write(&value).is_empty()
}
