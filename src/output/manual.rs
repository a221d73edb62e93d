//! The commands as pages of documentation, from their definition.

use std::fmt::Write;

use clap::{Arg, Command};

/// Said at the end of every page, because each of them is written over.
const MADE: &str =
    "\nMade from the definition of the command line: `kubectl milvus docs commands --dir docs/commands`.\n";

/// A page of Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name of its file.
    pub file: String,
    /// What is in it.
    pub text: String,
}

/// A page for each command that is not hidden, and `README.md` with the list of them and the options of all.
///
/// `program` has to be built, so that every command knows its whole name.
pub fn pages(program: &Command) -> Vec<Page> {
    let commands: Vec<&Command> = shown(program).collect();
    let mut pages = vec![Page { file: "README.md".into(), text: index(program, &commands) }];
    pages.extend(commands.iter().map(|command| {
        let text = format!("# {}\n{}{MADE}", name(command), body(command, 2));
        Page { file: format!("{}.md", command.get_name()), text }
    }));
    pages
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

fn name(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}

fn index(program: &Command, commands: &[&Command]) -> String {
    let mut text = format!("# Commands\n\n{}.\n\n| command | |\n|---|---|\n", about(program));
    for command in commands {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "| [{}]({}.md) | {} |", name(command), command.get_name(), about(command));
    }
    text.push_str(&more(program));
    text.push_str("\n# Options of every command\n");
    text.push_str(&options(program, 2, |_| true));
    text + MADE
}

/// What a command does, how it is called, and its own options; below it the same of its subcommands.
fn body(command: &Command, level: usize) -> String {
    let mut text = format!("\n{}.\n\n    {}\n", about(command), usage(command));
    text.push_str(&more(command));
    let positionals: Vec<&Arg> = command.get_positionals().filter(|argument| !argument.is_hide_set()).collect();
    if !positionals.is_empty() {
        let _ = write!(text, "\n{} Arguments\n\n", "#".repeat(level));
        text.extend(positionals.iter().map(|argument| row(&value(argument), argument)));
    }
    text.push_str(&options(command, level, |argument| !argument.is_global_set()));
    for inner in shown(command) {
        let _ = write!(text, "\n{} {}\n{}", "#".repeat(level), name(inner), body(inner, level + 1));
    }
    if level == 2 {
        text.push_str("\n[Options of every command](README.md#options-of-every-command) come on top.\n");
    }
    text
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned()
}

/// What stands below the help: prose, and examples as they are typed.
fn more(command: &Command) -> String {
    let Some(help) = command.get_after_help().map(ToString::to_string) else { return String::new() };
    let (prose, examples) = help.split_once("Examples:\n").unwrap_or((&help, ""));
    let mut text = String::new();
    if !prose.trim().is_empty() {
        let _ = write!(text, "\n{}\n", prose.trim());
    }
    if !examples.is_empty() {
        let lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
        let _ = write!(text, "\n```sh\n{}\n```\n", lines.collect::<Vec<_>>().join("\n"));
    }
    text
}

/// The options that `is_told` picks, under their headings.
fn options(command: &Command, level: usize, is_told: impl Fn(&Arg) -> bool) -> String {
    let told = |argument: &&Arg| {
        let is_usual = ["help", "version"].contains(&argument.get_id().as_str());
        !argument.is_positional() && !argument.is_hide_set() && !is_usual && is_told(argument)
    };
    let options: Vec<&Arg> = command.get_arguments().filter(told).collect();
    let mut headings: Vec<&str> = vec![];
    for option in &options {
        let heading = heading(option);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let mut text = String::new();
    for title in headings {
        let _ = write!(text, "\n{} {title}\n\n", "#".repeat(level));
        for option in options.iter().filter(|option| heading(option) == title) {
            text.push_str(&row(&flags(option), option));
        }
    }
    text
}

fn heading(argument: &Arg) -> &str {
    argument.get_help_heading().unwrap_or("Options")
}

fn flags(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let flags = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if argument.get_action().takes_values() { format!("{flags} {}", value(argument)) } else { flags }
}

fn value(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str);
    names.collect::<Vec<_>>().join(" ")
}

fn row(flags: &str, argument: &Arg) -> String {
    let mut text = format!("- `{flags}`: {}", argument.get_help().map(ToString::to_string).unwrap_or_default());
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        let _ = write!(text, "; one of {}", values.join(", "));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, "; `{}` where it is not given", defaults.join(" "));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(text, "; or by `{}`", variable.to_string_lossy());
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::pages;

    #[test]
    fn a_command_has_its_page_and_what_is_hidden_has_none() {
        let mut program = Command::new("tool")
            .bin_name("tool")
            .about("Does things")
            .disable_help_subcommand(true)
            .arg(Arg::new("loud").long("loud").global(true).action(ArgAction::SetTrue).help("Say more"))
            .subcommand(Command::new("secret").hide(true))
            .subcommand(
                Command::new("go")
                    .about("Go there")
                    .after_help("Be careful.\n\nExamples:\n  # Home\n  tool go home")
                    .arg(Arg::new("place").value_name("PLACE").help("Where to"))
                    .arg(
                        Arg::new("by")
                            .long("by")
                            .short('b')
                            .value_name("HOW")
                            .value_parser(["foot", "bus"])
                            .default_value("foot")
                            .help("How"),
                    ),
            );
        program.build();
        let pages = pages(&program);
        let names: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        assert_eq!(names, ["README.md", "go.md"]);
        assert!(pages[0].text.contains("- `--loud`: Say more\n"), "{}", pages[0].text);
        insta::assert_snapshot!(pages[1].text, @"
        # tool go

        Go there.

            tool go [OPTIONS] [PLACE]

        Be careful.

        ```sh
        # Home
        tool go home
        ```

        ## Arguments

        - `PLACE`: Where to

        ## Options

        - `-b, --by HOW`: How; one of `foot`, `bus`; `foot` where it is not given

        [Options of every command](README.md#options-of-every-command) come on top.

        Made from the definition of the command line: `kubectl milvus docs commands --dir docs/commands`.
        ");
    }
}
