//! No page names a command, flag or value that there is not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::error::ErrorKind;

use super::Cli;

/// Pages whose commands are typed as they stand. The catalogue's have placeholders in them.
fn pages() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![top.join("README.md"), top.join("CONTRIBUTING.md")];
    for folder in ["docs", "docs/guide", "docs/commands"] {
        let entries = fs::read_dir(top.join(folder)).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md") && !path.ends_with("checks.md");
        pages.extend(paths.filter(is_page));
    }
    pages
}

/// The words of a line as a shell splits them, up to a comment; what separates commands is a word of its own.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word = String::new();
    let mut quote = None;
    for letter in line.chars().chain([' ']) {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '#') if word.is_empty() => break,
            (None, _) if letter.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    words
}

/// The commands of this program in the blocks of code of a page, without its name and what the shell does with them.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut commands = vec![];
    let mut is_code = false;
    for line in page.replace("\\\n", " ").lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let Some(typed) = line.trim().strip_prefix("$ ").or_else(|| is_code.then_some(line.trim())) else { continue };
        let mut words = words(typed);
        // How it ends: `[3]`.
        words.pop_if(|last| last.starts_with('[') && last.ends_with(']'));
        let is_separator = |word: &String| ["|", "||", "&&", ";", ">", "<"].contains(&word.as_str());
        let parts = words.split(is_separator);
        commands.extend(
            parts.filter_map(|part| Some(part.strip_prefix(&["kubectl".to_owned(), "milvus".into()])?.to_vec())),
        );
    }
    commands
}

#[test]
fn every_documented_command_can_be_typed() {
    let mut count = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).expect("the page can be read");
        for words in commands(&text) {
            let line = words.join(" ");
            let read = Cli::read(std::iter::once("kubectl-milvus".to_owned()).chain(words));
            let is_help =
                |error: &clap::Error| matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if let Err(error) = read.map_err(|error| (is_help(&error), error)) {
                assert!(error.0, "{}: kubectl milvus {line}\n{}", path.display(), error.1);
            }
            count += 1;
        }
    }
    assert!(count > 60, "only {count} commands are found");
}

#[test]
fn commands_are_found_as_they_are_typed() {
    let page = "text `kubectl milvus no`\n```sh\n# kubectl milvus no\nkubectl milvus get -A   # all\n$ kubectl milvus check a \\\n  --to 2.6   [3]\n\
                kubectl milvus get | grep x && kubectl milvus explain 'MV 1'\n```\nkubectl milvus no";
    let found: Vec<String> = commands(page).iter().map(|words| words.join("+")).collect();
    assert_eq!(found, ["get+-A", "check+a+--to+2.6", "get", "explain+MV 1"]);
}
