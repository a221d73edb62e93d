//! What a word that is being typed may become: the half of completion that needs no cluster.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use clap::{Arg, Command};

/// The name under which kubectl asks for completions of the plugin (`kubectl plugin`, "Completion for plugins").
pub const COMPLETER: &str = "kubectl_complete-milvus";

/// The subcommand that answers.
pub(super) const ANSWER: &str = "__complete";

/// A word, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// In one line; empty where there is nothing to say.
    pub help: String,
}

/// What a word may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these.
    Words(Vec<Candidate>),
    /// An instance.
    Instances,
    /// A version of Milvus.
    Versions,
    /// Codes of findings.
    Codes,
    /// A namespace.
    Namespaces,
    /// A context of the kubeconfig.
    Contexts,
    /// A file or folder.
    Files,
    /// Anything.
    Anything,
}

/// What is typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// What the last word may become.
    pub wanted: Wanted,
    /// What stands before the part of the last word that is completed, such as `--to=`.
    pub before: String,
    /// That part.
    pub part: String,
    /// Values of flags that were given, by the flag's name.
    values: BTreeMap<String, String>,
}

impl Typed {
    /// The value that a flag was given.
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.values.get(flag).map(String::as_str)
    }
}

/// The words of a command line that asks for completions, as the subcommand for it is called; all others as they are.
pub(super) fn unfold(words: Vec<OsString>) -> Vec<OsString> {
    let named = words.first().and_then(|word| Path::new(word).file_stem().map(|stem| stem == COMPLETER));
    if named != Some(true) {
        return words;
    }
    let mut words = words.into_iter();
    let begin: Vec<OsString> = words.next().into_iter().chain([ANSWER.into(), "--".into()]).collect();
    begin.into_iter().chain(words).collect()
}

/// Reads what is typed after the name of the plugin; the last word is the one to complete.
pub fn typed(root: &Command, words: &[String]) -> Typed {
    let (part, before) = words.split_last().map_or((String::new(), &[][..]), |(last, before)| (last.clone(), before));
    let mut reading = Reading { path: vec![root], open: None, positionals: 0, values: BTreeMap::new() };
    for word in before {
        reading.word(word);
    }
    let (wanted, start) = reading.wanted(&part);
    Typed { wanted, before: part[..start].to_owned(), part: part[start..].to_owned(), values: reading.values }
}

/// How far the words were read.
struct Reading<'a> {
    /// The program and its subcommands down to the present one.
    path: Vec<&'a Command>,
    /// The flag whose value comes next.
    open: Option<&'a Arg>,
    positionals: usize,
    values: BTreeMap<String, String>,
}

impl<'a> Reading<'a> {
    fn command(&self) -> &'a Command {
        self.path.last().copied().expect("a path begins with the program")
    }

    fn flag(&self, word: &str) -> Option<&'a Arg> {
        let is_it = |arg: &&Arg| match word.strip_prefix("--") {
            Some(long) => arg.get_long() == Some(long),
            None => {
                word.strip_prefix('-').is_some_and(|short| arg.get_short().is_some_and(|it| short == it.to_string()))
            }
        };
        self.path.iter().rev().find_map(|command| command.get_arguments().find(is_it))
    }

    fn word(&mut self, word: &str) {
        if let Some(flag) = self.open.take() {
            self.values.insert(flag.get_id().to_string(), word.to_owned());
        } else if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
            if let Some(flag) = self.flag(name) {
                self.values.insert(flag.get_id().to_string(), value.to_owned());
            }
        } else if word.starts_with('-') {
            self.open = self.flag(word).filter(|flag| flag.get_action().takes_values());
        } else if let Some(command) = self.command().find_subcommand(word) {
            self.path.push(command);
        } else {
            self.positionals += 1;
        }
    }

    /// What `part` may become, and where in it the completed part begins.
    fn wanted(&self, part: &str) -> (Wanted, usize) {
        if let Some(flag) = self.open {
            return value(flag, part);
        }
        if let Some((name, rest)) = part.split_once('=').filter(|_| part.starts_with("--")) {
            let (wanted, start) = self.flag(name).map_or((Wanted::Anything, 0), |flag| value(flag, rest));
            return (wanted, part.len() - rest.len() + start);
        }
        if part.starts_with('-') {
            return (Wanted::Words(self.flags()), 0);
        }
        let command = self.command();
        let mut subcommands = command.get_subcommands().filter(|command| !command.is_hide_set()).peekable();
        if subcommands.peek().is_some() {
            let candidate = |command: &Command| candidate(command.get_name(), command.get_about());
            return (Wanted::Words(subcommands.map(candidate).collect()), 0);
        }
        let positionals: Vec<&Arg> = command.get_positionals().collect();
        positionals.get(self.positionals).map_or((Wanted::Words(vec![]), 0), |argument| value(argument, part))
    }

    fn flags(&self) -> Vec<Candidate> {
        let all = self.path.iter().rev().flat_map(|command| command.get_arguments());
        let visible = all.filter(|arg| !arg.is_hide_set());
        let named = visible.filter_map(|arg| Some(candidate(&format!("--{}", arg.get_long()?), arg.get_help())));
        named.collect()
    }
}

/// What the value of an argument may be, and where in `part` the last of several begins.
fn value(argument: &Arg, part: &str) -> (Wanted, usize) {
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let words = possible.iter().map(|value| candidate(value.get_name(), value.get_help()));
        return (Wanted::Words(words.collect()), 0);
    }
    let names: Vec<&str> = argument.get_value_names().into_iter().flatten().map(clap::builder::Str::as_str).collect();
    match argument.get_id().as_str() {
        "target" | "targets" => (Wanted::Instances, 0),
        "to" | "from_version" => (Wanted::Versions, 0),
        "accept" => (Wanted::Codes, part.rfind(',').map_or(0, |comma| comma + 1)),
        "code" => (Wanted::Codes, 0),
        "namespace" => (Wanted::Namespaces, 0),
        "context" => (Wanted::Contexts, 0),
        _ if names.iter().any(|name| ["FILE", "FOLDER", "CHART"].contains(name)) => (Wanted::Files, 0),
        _ => (Wanted::Anything, 0),
    }
}

fn candidate(word: &str, help: Option<&clap::builder::StyledStr>) -> Candidate {
    let help = help.map(ToString::to_string).unwrap_or_default();
    Candidate { word: word.to_owned(), help: help.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Wanted, typed, unfold};
    use crate::cli::Cli;

    fn asked(line: &str) -> super::Typed {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut root = Cli::command();
        root.build();
        typed(&root, &words)
    }

    fn words(line: &str) -> Vec<String> {
        let Wanted::Words(words) = asked(line).wanted else { panic!("{line}") };
        words.into_iter().map(|candidate| candidate.word).collect()
    }

    #[test]
    fn each_place_has_its_words() {
        assert!(words("").contains(&"upgrade".to_owned()));
        assert!(!words("").contains(&"__complete".to_owned()), "what is hidden stays so");
        assert!(words("upgrade prod --").contains(&"--on-failure".to_owned()));
        assert!(words("upgrade --").contains(&"--namespace".to_owned()), "flags of all commands too");
        assert_eq!(words("upgrade prod --dry-run "), ["none", "client", "server"]);
        assert_eq!(words("upgrade prod --on-failure=r"), ["stop", "rollback"]);
        assert_eq!(words("upgrade prod more"), [""; 0], "there is no second name");
    }

    #[test]
    fn values_are_what_the_flag_takes() {
        for (line, wanted) in [
            ("check ", Wanted::Instances),
            ("check pr", Wanted::Instances),
            ("upgrade prod --to ", Wanted::Versions),
            ("upgrade --to=2.", Wanted::Versions),
            ("upgrade prod --accept MV0701,MV", Wanted::Codes),
            ("explain ", Wanted::Codes),
            ("explain MV0101 ", Wanted::Instances),
            ("get -n ", Wanted::Namespaces),
            ("get --context ", Wanted::Contexts),
            ("upgrade --plan ", Wanted::Files),
            ("upgrade --backup ", Wanted::Anything),
        ] {
            assert_eq!(asked(line).wanted, wanted, "{line}");
        }
        let several = asked("upgrade prod --accept MV0701,MV02");
        assert_eq!((several.before.as_str(), several.part.as_str()), ("MV0701,", "MV02"));
        let joined = asked("upgrade prod --to=2.6");
        assert_eq!((joined.before.as_str(), joined.part.as_str()), ("--to=", "2.6"));
    }

    #[test]
    fn what_was_given_before_is_known() {
        let typed = asked("-n vec upgrade --context=lab pr");
        assert_eq!((typed.value("namespace"), typed.value("context")), (Some("vec"), Some("lab")));
        assert_eq!(typed.value("kubeconfig"), None);
    }

    #[test]
    fn the_second_name_of_the_program_asks_for_words() {
        let unfolded = unfold(["/usr/bin/kubectl_complete-milvus", "check", ""].map(Into::into).to_vec());
        assert_eq!(unfolded[1..], ["__complete", "--", "check", ""]);
        assert_eq!(unfold(["kubectl-milvus", "check"].map(Into::into).to_vec()), ["kubectl-milvus", "check"]);
    }
}
