//! What was typed: clap only. Whoever reads it decides what it means.

mod check;
mod complete;
mod completion;
mod connection;
mod docs;
#[cfg(test)]
mod documented;
mod duration;
mod explain;
mod get;
mod helm;
mod history;
mod migrate;
mod output;
mod release;
mod render;
mod rollback;
mod run;
mod serving;
mod source;
mod status;
mod target;
mod text;
mod upgrade;
mod values;
mod version;

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

pub use check::CheckArgs;
pub use complete::{COMPLETER, Candidate, Typed, Wanted, typed};
pub use completion::{AnswerArgs, Completer, CompletionArgs};
pub use connection::ConnectionArgs;
pub use docs::{DocsArgs, Page};
pub use explain::ExplainArgs;
pub use get::GetArgs;
pub use helm::HelmArgs;
pub use history::HistoryArgs;
pub use migrate::{Guided, MigrateArgs};
pub use output::OutputArgs;
pub use release::{ReleaseArgs, ReleaseOperation, ReleaseRollbackArgs, ReleaseUpgradeArgs};
pub use render::RenderArgs;
pub use rollback::RollbackArgs;
pub use run::{ChartArgs, DryRun, RunArgs};
pub use serving::{ServingArgs, Verify};
pub use source::SourceArgs;
pub use status::StatusArgs;
pub use target::TargetReference;
pub use upgrade::{OnFailure, UpgradeArgs};
pub use values::ValuesArgs;
pub use version::VersionArgs;

/// Check, upgrade, migrate and roll back Milvus on Kubernetes
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-milvus",
    bin_name = "kubectl milvus",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 120,
    after_help = "\
TARGET is NAME, milvus/NAME (a Milvus resource), release/NAME (a Helm release) or operator[/NAME].

Examples:
  # What runs here, and in which state
  kubectl milvus get -A

  # Whether prod can go to the newest 2.6, without changing anything
  kubectl milvus check prod --to 2.6

  # Roll prod there: shows the plan and asks first
  kubectl milvus upgrade prod --to 2.6"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// File with rows to lay over what is known of releases: private builds, releases newer than this program
    #[arg(long, global = true, value_name = "FILE")]
    pub knowledge: Option<PathBuf>,
    /// How to show it.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List Milvus instances, run by the operator or by Helm
    Get(GetArgs),
    /// Show how an instance is now: components, pods, dependencies, and who waits for whom and why
    Status(StatusArgs),
    /// Say whether an instance can go to a version, and what stands in the way; changes nothing
    Check(Box<CheckArgs>),
    /// Roll an instance to a newer version, after showing the plan
    Upgrade(Box<UpgradeArgs>),
    /// Take an instance from 2.1 to 2.2, whose metadata have another form, or back
    Migrate(Box<MigrateArgs>),
    /// Take an instance back to an older version, where one leads back
    Rollback(Box<RollbackArgs>),
    /// Show what was done to an instance: by whom, when, how it ended, and which findings were accepted
    History(HistoryArgs),
    /// Explain a code of a finding, or list all codes
    Explain(ExplainArgs),
    /// Complete words in a shell, by kubectl or for the program's own name
    Completion(CompletionArgs),
    /// Say what the last word may become
    #[command(name = complete::ANSWER, hide = true)]
    Answer(AnswerArgs),
    /// Print what belongs to this program: the rights it needs, the schema of its documents, its pages
    Docs(DocsArgs),
    /// Do to a release what helm does, for tests, bug reports and comparisons
    #[command(hide = true)]
    Release(Box<ReleaseArgs>),
    /// Render a chart as `helm template` does, for tests, bug reports and comparisons
    #[command(hide = true)]
    Render(Box<RenderArgs>),
    /// Print the version of this program
    Version(VersionArgs),
}

impl Cli {
    /// Reads the words of a command line, the program's name first.
    ///
    /// An error is clap's own and knows how to print itself and its exit code; what was typed is escaped in it.
    pub fn read(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let words = complete::unfold(words.into_iter().map(Into::into).collect());
        let cli = Self::try_parse_from(words).map_err(text::escape_echo)?;
        // Not clap's `requires`: that looks for both on the same side of the subcommand.
        if cli.connection.impersonates_nobody() {
            let message = "`--as-group`, `--as-uid` and `--as-user-extra` need `--as`: whom to impersonate";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        Ok(cli)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::{Cli, Command, TargetReference};

    pub(super) fn read(line: &str) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once("kubectl-milvus").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_may_stand_before_or_after_the_subcommand() {
        for line in
            ["-n vec -q check prod --to 2.6.6", "check prod --to 2.6.6 -n vec -q", "-q check -n vec prod --to 2.6.6"]
        {
            let cli = read(line).unwrap();
            let Command::Check(check) = &cli.command else { panic!("{line}") };
            assert_eq!(cli.connection.connection().namespace.as_deref(), Some("vec"), "{line}");
            assert_eq!(cli.output.quiet, 1, "{line}");
            assert_eq!(check.targets, [TargetReference::Name("prod".into())], "{line}");
        }
    }

    #[test]
    fn a_file_of_knowledge_may_stand_on_either_side() {
        for line in ["--knowledge own.toml version", "version --knowledge own.toml"] {
            assert_eq!(read(line).unwrap().knowledge.as_deref(), Some(std::path::Path::new("own.toml")), "{line}");
        }
        assert_eq!(read("version").unwrap().knowledge, None);
    }

    #[test]
    fn nothing_at_all_prints_help_and_is_a_usage_error() {
        let error = read("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("Usage: kubectl milvus"), "{error}");
    }

    #[test]
    fn what_was_typed_cannot_drive_the_terminal() {
        let hostile = "x\u{1b}[2J\u{202e}";
        for words in [
            vec!["kubectl-milvus", "check", hostile],
            vec!["kubectl-milvus", "check", "prod", "--to", hostile],
            vec!["kubectl-milvus", hostile],
            vec!["kubectl-milvus", "upgrade", "prod", "--dry-run", hostile],
            vec!["kubectl-milvus", "explain", hostile],
            vec!["kubectl-milvus", "--context=a", hostile],
        ] {
            let error = Cli::read(&words).unwrap_err().to_string();
            assert!(!error.contains('\u{1b}') && !error.contains('\u{202e}'), "{error:?}");
            assert!(error.contains(r"x\u{1b}[2J\u{202e}"), "{error}");
        }
    }

    #[test]
    fn help_says_kubectl_milvus_and_puts_connection_flags_last() {
        let help = read("upgrade --help").unwrap_err().to_string();
        assert!(help.contains("Usage: kubectl milvus upgrade"), "{help}");
        let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{text} is not in\n{help}"));
        assert!(place("--dry-run") < place("Output options:"), "{help}");
        assert!(place("Output options:") < place("Connection options:"), "{help}");
        assert!(place("Connection options:") < place("Examples:"), "{help}");
    }
}
