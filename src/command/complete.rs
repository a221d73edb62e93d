//! Words for a shell: what is typed decides which, the cluster and the tables say them.

use std::{
    env::consts::EXE_SUFFIX,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::CommandFactory;
use tokio::time::timeout;

use super::open;
use crate::{
    check::catalogue,
    cli::{self, AnswerArgs, COMPLETER, Candidate, Cli, Completer, CompletionArgs, Typed, Wanted},
    cluster::{Connection, Selection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Line, Printer, Screen},
};

/// Whoever types does not wait longer; then there are no words.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the shell does with the words, in cobra's numbers: completes files where there are none, or does not.
const FILES: &str = ":0";
const NO_FILES: &str = ":4";

/// Prints what the last word may become, as kubectl reads it: a word and its meaning on a line, a number at the end.
pub(super) async fn answer(args: &AnswerArgs, knowledge: &Knowledge, printer: &Printer) -> Exit {
    let mut root = Cli::command();
    root.build();
    let typed = cli::typed(&root, &args.words);
    let candidates = timeout(PATIENCE, candidates(&typed, knowledge)).await.unwrap_or_default();
    let mut text = String::new();
    for candidate in candidates.iter().filter(|candidate| candidate.word.starts_with(&typed.part)) {
        text.push_str(&typed.before);
        text.push_str(&candidate.word);
        if !candidate.help.is_empty() {
            text.push('\t');
            text.push_str(&candidate.help);
        }
        text.push('\n');
    }
    text.push_str(if typed.wanted == Wanted::Files { FILES } else { NO_FILES });
    text.push('\n');
    printer.verbatim(text.as_bytes());
    Exit::Success
}

async fn candidates(typed: &Typed, knowledge: &Knowledge) -> Vec<Candidate> {
    match &typed.wanted {
        Wanted::Words(words) => words.clone(),
        Wanted::Instances => instances(typed, knowledge).await.unwrap_or_default(),
        Wanted::Versions => versions(knowledge),
        Wanted::Codes => {
            let entries = catalogue::with_logs(knowledge);
            entries.into_iter().map(|entry| bare(entry.code.to_string(), &entry.title)).collect()
        }
        Wanted::Namespaces => namespaces(typed).await.unwrap_or_default(),
        Wanted::Contexts => connection(typed).contexts().into_iter().map(|name| bare(name, "")).collect(),
        Wanted::Files | Wanted::Anything => vec![],
    }
}

fn bare(word: String, help: &str) -> Candidate {
    Candidate { word, help: help.to_owned() }
}

fn connection(typed: &Typed) -> Connection {
    let text = |flag: &str| typed.value(flag).map(str::to_owned);
    Connection {
        kubeconfig: typed.value("kubeconfig").map(Into::into),
        context: text("context"),
        cluster: text("cluster"),
        user: text("user"),
        namespace: text("namespace"),
        request_timeout: Some(PATIENCE),
        ..Connection::default()
    }
}

/// Instances as they can be typed: bare names where they are the operator's, unless `milvus/` is begun.
async fn instances(typed: &Typed, knowledge: &Knowledge) -> Result<Vec<Candidate>, Failure> {
    let cluster = open(&connection(typed), "complete").await?;
    let selection = Selection { namespace: Some(cluster.namespace().to_owned()), labels: String::new() };
    let found = cluster.instances(&selection, knowledge).await?;
    let is_whole = typed.part.starts_with("milvus/");
    let word = |reference: &str| match reference.strip_prefix("milvus/") {
        Some(name) if !is_whole => name.to_owned(),
        _ => reference.to_owned(),
    };
    let mut words: Vec<Candidate> = found
        .iter()
        .map(|instance| bare(word(&instance.reference), instance.version.as_deref().unwrap_or_default()))
        .collect();
    words.push(bare("operator".to_owned(), "the operator itself"));
    Ok(words)
}

async fn namespaces(typed: &Typed) -> Result<Vec<Candidate>, Failure> {
    let names = open(&connection(typed), "complete").await?.namespace_names().await?;
    Ok(names.into_iter().map(|name| bare(name, "")).collect())
}

/// Lines for their newest release, and every release, the newest first.
fn versions(knowledge: &Knowledge) -> Vec<Candidate> {
    let lines = knowledge.lines().into_iter().rev();
    let mut words: Vec<Candidate> =
        lines.map(|line| bare(line.to_string(), &format!("the newest release of {line}"))).collect();
    let mut releases: Vec<_> = knowledge.releases().iter().map(|release| &release.version).collect();
    releases.sort();
    words.extend(releases.into_iter().rev().map(|version| bare(version.to_string(), "")));
    words
}

/// Prints the script of a shell, or gives the program the name by which kubectl asks.
pub(super) fn completion(args: &CompletionArgs, printer: &Printer) -> Result<Exit, Failure> {
    if let Completer::Shell(shell) = args.by {
        if args.install {
            return Err(Failure::usage("--install is for kubectl; a shell reads what is printed")
                .hint("see `kubectl milvus completion --help`"));
        }
        let mut script = vec![];
        clap_complete::generate(shell, &mut Cli::command(), "kubectl-milvus", &mut script);
        printer.verbatim(&script);
        return Ok(Exit::Success);
    }
    if !args.install {
        return Err(Failure::usage("kubectl asks a program of another name for completions")
            .hint("give this one that name with --install"));
    }
    // The name that kubectl finds it by stays where it is when krew brings a newer version; the file behind it does not.
    let own = match on_path(&format!("kubectl-milvus{EXE_SUFFIX}")) {
        Some(found) => found,
        None => std::env::current_exe()
            .map_err(|error| Failure::failed(format!("cannot tell where this program is: {error}")))?,
    };
    let folder = args.folder.as_deref().or_else(|| own.parent()).unwrap_or(Path::new("."));
    let name = folder.join(format!("{COMPLETER}{EXE_SUFFIX}"));
    link(&own, &name).map_err(|error| {
        Failure::failed(format!("cannot make `{}`: {error}", name.display()))
            .hint("choose another folder of your PATH with --folder")
    })?;
    let text = format!("{} is there; kubectl completes `kubectl milvus` from now on", name.display());
    printer.note(&Screen::from(Line::from(text)));
    Ok(Exit::Success)
}

/// A program of the `PATH`.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A link where there are links, else a copy; what has the name is replaced.
fn link(own: &Path, name: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    #[cfg(unix)]
    return std::os::unix::fs::symlink(own, name);
    #[cfg(not(unix))]
    return std::fs::copy(own, name).map(|_| ());
}
