use std::time::Duration;

use clap::{Args, Subcommand};

use super::{DryRun, HelmArgs, SourceArgs, ValuesArgs, duration};

/// Helm's operations on a release, as they are: no rule is looked at and no pod waited for.
#[derive(Args, Clone, Debug)]
pub struct ReleaseArgs {
    /// Which.
    #[command(subcommand)]
    pub operation: ReleaseOperation,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
}

/// One of Helm's operations.
#[derive(Clone, Debug, Subcommand)]
pub enum ReleaseOperation {
    /// Do what `helm upgrade` does
    Upgrade(Box<ReleaseUpgradeArgs>),
    /// Do what `helm rollback` does
    Rollback(ReleaseRollbackArgs),
}

/// What `release upgrade` was asked; flags are those of `helm upgrade`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, as Helm has them")]
pub struct ReleaseUpgradeArgs {
    /// Name of the release
    pub name: String,
    /// The chart, as `helm upgrade` takes it
    pub chart: String,
    /// Where it comes from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Values.
    #[command(flatten)]
    pub values: ValuesArgs,
    /// Forget the values of the revision before
    #[arg(long, group = "reuse")]
    pub reset_values: bool,
    /// Keep the values of the revision before, and the defaults of its chart
    #[arg(long, group = "reuse")]
    pub reuse_values: bool,
    /// Keep the values of the revision before over the defaults of the new chart
    #[arg(long, group = "reuse")]
    pub reset_then_reuse_values: bool,
    /// Clear the lock of an operation that was given up, first
    #[arg(long)]
    pub unlock: bool,
    /// Age from which on an operation counts as given up
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    pub stale_after: Option<Duration>,
    /// In a dry run: the text of every difference
    #[arg(long)]
    pub diff: bool,
    /// Only ask the server what it would say
    #[arg(long, value_enum, default_value_t = DryRun::None)]
    pub dry_run: DryRun,
}

/// What `release rollback` was asked.
#[derive(Args, Clone, Debug)]
pub struct ReleaseRollbackArgs {
    /// Name of the release
    pub name: String,
    /// Revision to go back to; the one before the last where none is named
    pub revision: Option<i64>,
}
