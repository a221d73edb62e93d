use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::PossibleValue};

use super::{HelmArgs, ServingArgs, SourceArgs, TargetReference, ValuesArgs, duration, output, text};
use crate::{check::Acceptance, milvus::MilvusVersion, output::Format};

/// What everything that changes an instance is asked: which one, how careful, and how to tell.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed")]
pub struct RunArgs {
    /// Which instance; may be left out where the namespace holds one instance
    #[arg(value_parser = text::read::<TargetReference>)]
    pub target: Option<TargetReference>,
    /// Version that runs now, where the image does not tell
    #[arg(long, value_name = "VERSION", value_parser = text::read::<MilvusVersion>)]
    pub from_version: Option<MilvusVersion>,
    /// Codes to accept, such as MV0701, separated by commas or given several times; =REASON is kept with the run
    #[arg(long, value_name = "CODE[=REASON]", value_parser = text::read::<Acceptance>)]
    pub accept: Vec<Acceptance>,
    /// Backup that a way back would stand on, by any name
    #[arg(long, value_name = "REF", value_parser = text::plain)]
    pub backup: Option<String>,
    /// Show the plan only: client writes nothing, server lets the API server check what would be written
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none")]
    pub dry_run: DryRun,
    /// Write the plan to a file that ends with .json or .yaml, and carry nothing out; no secret is in it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "resume"])]
    pub plan_out: Option<PathBuf>,
    /// Carry out the plan of a file, where nothing has moved since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_version", "backup", "resume"])]
    pub plan: Option<PathBuf>,
    /// Go on with the last run, which did not come to its end
    #[arg(long, conflicts_with_all = ["from_version", "backup"])]
    pub resume: bool,
    /// How long a run without a sign of life counts as alive
    #[arg(long, value_name = "DURATION", value_parser = duration::read, hide = true)]
    pub lease_length: Option<Duration>,
    /// Show the lines that change: of every object of a release, or of the Milvus resource with what the operator writes
    /// into it; secrets hidden
    #[arg(long)]
    pub diff: bool,
    /// Exit with 10 where a dry run finds something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Begin without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Time to wait for each roll, such as 45m; otherwise three times the plan's estimate, at least 30m
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    pub timeout: Option<Duration>,
    /// Where to keep what helps others to see what is wrong, should the run fail; otherwise a file in this directory, and
    /// none for no file
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Whether it serves afterwards.
    #[command(flatten)]
    pub serving: ServingArgs,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Name, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

/// The charts of Helm releases and the values that they are given.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Chart options")]
pub struct ChartArgs {
    /// Chart of a Helm release or of the operator: a directory, an archive, REPO/NAME or oci://…; several times where the way leads over
    /// several files; otherwise the chart's own repository
    #[arg(long, value_name = "CHART", help_heading = "Chart options")]
    pub chart: Vec<String>,
    /// Where charts come from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Clear the lock of an operation on the release that was given up ten minutes ago or longer
    #[arg(long, help_heading = "Chart options")]
    pub unlock: bool,
    /// Values.
    #[command(flatten, next_help_heading = "Chart options")]
    pub values: ValuesArgs,
}

/// Whether to write, and who looks at it where not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Write.
    #[default]
    None,
    /// Show the plan; send nothing that writes.
    Client,
    /// Show the plan, and have the API server check the write without keeping it.
    Server,
}

// By hand, because clap would make a paragraph of help out of every doc comment.
impl ValueEnum for DryRun {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::None, Self::Client, Self::Server]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::None => "none",
            Self::Client => "client",
            Self::Server => "server",
        }))
    }
}
