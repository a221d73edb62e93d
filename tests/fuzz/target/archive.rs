//! Packaged charts: files, headers of tar and the compressed bytes, each made wrong.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use kubectl_milvus::helm::{chart::Chart, value::Map};

use super::{Parts, part, renders};
use crate::fuzz::{corpus::Corpus, mutation::mutate, random::Random};

/// What tar pads files to.
const BLOCK: usize = 512;

const PATHS: &[&str] = &[
    "c/../x",
    "/c/x",
    "c\\templates\\a.yaml",
    "c/./a",
    "Chart.yaml",
    "c",
    "",
    "c/charts/x.tgz",
    "c/templates/",
    "c/charts/y/Chart.yaml",
    "c/values.yaml",
    "c/values.schema.json",
    "c/.helmignore",
    "c/requirements.yaml",
    "c:/x",
    "c/C:/x",
    "c/\u{feff}",
    "c/charts/../../x",
];

pub(super) fn make(random: &mut Random, corpus: &Corpus) -> Parts {
    let tar = tar(random, corpus);
    let mut packed = if random.once_in(32) { tar } else { packed(&tar) };
    if random.once_in(4) {
        mutate(random, &mut packed, b"\x1f\x8b\x08\0");
    }
    vec![part("archive", packed)]
}

pub(super) fn run(parts: &Parts) -> bool {
    parts.iter().all(|(_, data)| renders(Chart::from_archive(data), &Map::new()))
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(tar).and_then(|()| encoder.finish()).expect("memory takes all that is written to it")
}

/// A tar archive of a chart, with some files and headers made wrong.
fn tar(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    let mut tar = vec![];
    for (path, text) in random.pick(&corpus.charts) {
        let mut data = text.as_bytes().to_vec();
        if random.once_in(6) {
            let other = random.pick(&corpus.documents).clone();
            mutate(random, &mut data, other.as_bytes());
        }
        if random.once_in(24) {
            data = packed(&self::tar(random, corpus));
        }
        if random.once_in(40_000) {
            // More than a chart may hold, and next to nothing when it is packed.
            data.resize(60 << 20, b'#');
        }
        let path = if random.once_in(16) { random.word(PATHS).to_owned() } else { format!("c/{path}") };
        entry(random, &mut tar, &path, &data);
    }
    if !random.once_in(8) {
        tar.extend([0; 2 * BLOCK]);
    }
    if random.once_in(16) {
        mutate(random, &mut tar, b"ustar\0");
    }
    tar
}

/// A file behind its header, of which one field may be wrong.
fn entry(random: &mut Random, tar: &mut Vec<u8>, path: &str, data: &[u8]) {
    if random.once_in(24) {
        let kind = *random.pick(b"LKxgSV");
        let record =
            random.word(&["12 path=c/a\n", "25 size=99999999999999999\n", "x", "30 GNU.sparse.major=1\n", "c/long\0"]);
        block(random, tar, "././@LongLink", kind, record.as_bytes());
    }
    let kind = if random.once_in(24) { random.byte() } else { b'0' };
    block(random, tar, path, kind, data);
}

fn block(random: &mut Random, tar: &mut Vec<u8>, path: &str, kind: u8, data: &[u8]) {
    let mut header = [0; BLOCK];
    let name = &path.as_bytes()[..path.len().min(100)];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(if random.once_in(4) { b"ustar  \0" } else { b"ustar\x0000" });
    if random.once_in(24) {
        let (place, byte) = (random.below(BLOCK), random.byte());
        header[place] = byte;
    }
    if random.once_in(24) {
        let size = random.word(&[
            "77777777777\0",
            "-0000000001\0",
            "00000000000\0",
            "zzzzzzzzzzz\0",
            "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
        ]);
        header[124..136].copy_from_slice(size.as_bytes());
    }
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    if !random.once_in(64) {
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar.extend(header);
    tar.extend(data);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}
