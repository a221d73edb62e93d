//! The law of the house, held by tests: the core knows no world, and no import goes up.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms by floor, from the ground up. A room imports rooms of lower floors, never of its own or a higher one.
const FLOORS: [&[&str]; 11] = [
    &["milvus", "helm", "exit"],
    &["knowledge", "snapshot", "failure"],
    &["check", "rollout"],
    &["plan"],
    &["journal"],
    &["cluster", "output"],
    &["release", "serving"],
    &["execute"],
    &["cli"],
    &["command"],
    &["main"],
];

/// Two rooms of one floor that may look at each other in one direction: the first imports the second.
const SIDEWAYS: [(&str, &str); 1] = [("failure", "exit")];

/// Rooms without a world: no cluster, clock, environment, file or terminal.
const CORE: [&str; 8] = ["milvus", "helm", "knowledge", "snapshot", "check", "rollout", "plan", "journal"];

/// What a core room may import besides the core.
const PURE: &[&str] = &[
    "aes",
    "base64",
    "bcrypt",
    "boon",
    "cbc",
    "crate",
    "dsa",
    "ed25519_dalek",
    "flate2",
    "hmac",
    "insta",
    "jiff",
    "p224",
    "p256",
    "p384",
    "p521",
    "proptest",
    "regex",
    "rsa",
    "scrypt",
    "sec1",
    "self",
    "semver",
    "serde",
    "serde_json",
    "sha1",
    "sha2",
    "similar",
    "std",
    "super",
    "tar",
    "toml",
    "x509_cert",
];

/// Parts of pure crates that reach out into the world all the same.
const WORLDLY: [&str; 9] =
    ["std::fs", "std::env", "std::io", "std::net", "std::process", "std::thread", "std::time", "::now()", "async fn"];

struct Source {
    room: String,
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![top.clone()];
    let mut sources = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&top).expect("a path below the sources");
                let room = inside.components().next().expect("a first part").as_os_str().to_string_lossy();
                let room = room.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).expect("the sources can be read");
                sources.push(Source { room, text: without_comments(&text), path: inside.to_owned() });
            }
        }
    }
    sources
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms named behind `crate::` (or the library's own name), alone or in a group.
fn imported_rooms(text: &str) -> Vec<String> {
    let starts = text.match_indices("crate::").chain(text.match_indices("kubectl_milvus::"));
    starts.flat_map(|(start, word)| first_names(&text[start + word.len()..])).collect()
}

/// The first name of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut names = vec![name(group)];
    let mut depth = 0_u32;
    for (place, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[place + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

#[test]
fn no_import_goes_up() {
    for source in sources().iter().filter(|source| !matches!(source.room.as_str(), "lib" | "law")) {
        let own = floor(&source.room).unwrap_or_else(|| panic!("{} stands on no floor", source.room));
        for room in imported_rooms(&source.text).iter().filter(|room| **room != source.room) {
            let Some(other) = floor(room) else { continue };
            let allowed = other < own || SIDEWAYS.contains(&(&source.room, room));
            assert!(allowed, "{} imports {room}, which is not below it", source.path.display());
        }
    }
}

#[test]
fn only_command_and_main_know_what_was_typed() {
    for source in sources().iter().filter(|source| !matches!(source.room.as_str(), "cli" | "command" | "main")) {
        assert!(!imported_rooms(&source.text).contains(&"cli".to_owned()), "{}", source.path.display());
    }
}

#[test]
fn the_core_knows_no_world() {
    for source in sources().iter().filter(|source| CORE.contains(&source.room.as_str())) {
        // A trait of whatever can be read, and a place in memory: archives are read with them.
        let text = source.text.replace("std::io::{Cursor, Read};", "").replace("std::io::Read;", "");
        for word in WORLDLY {
            assert!(!text.contains(word), "{} has `{word}`", source.path.display());
        }
        let uses = source.text.lines().filter_map(|line| line.trim_start().strip_prefix("use "));
        for root in uses.flat_map(first_names) {
            let inner = source.text.contains(&format!("mod {root};")) || root.starts_with(|c: char| c.is_uppercase());
            let pure = PURE.contains(&root.as_str()) || inner;
            assert!(pure, "{} uses `{root}`", source.path.display());
        }
    }
}

#[test]
fn one_room_writes_to_the_terminal_and_one_knows_the_client() {
    for (word, room) in
        [("anstream", "output"), ("owo_colors", "output"), ("kube::", "cluster"), ("k8s_openapi", "cluster")]
    {
        for source in sources().iter().filter(|source| source.room != room && source.room != "law") {
            assert!(!source.text.contains(word), "{} has `{word}`", source.path.display());
        }
    }
}

#[test]
fn groups_and_paths_are_read() {
    let text = "use crate::{\n    check::{Report, Target},\n    milvus::Mode,\n};\nlet a = crate::plan::Plan;";
    assert_eq!(imported_rooms(text), ["check", "milvus", "plan"]);
}
