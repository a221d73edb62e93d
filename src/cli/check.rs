use std::path::PathBuf;

use clap::Args;

use super::{HelmArgs, SourceArgs, TargetReference, output, text};
use crate::{
    check::Acceptance,
    milvus::{MilvusVersion, VersionRequest},
    output::Format,
};

/// What `check` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # Whether prod is sound as it is
  kubectl milvus check prod

  # Whether prod can go to 2.6.6, and what stands in the way
  kubectl milvus check prod --to 2.6.6

  # Several in one table, the worst first
  kubectl milvus check prod staging release/my --to 2.6

  # All instances, in CI: exit code 3 where one of them is blocked
  kubectl milvus check -A --to 2.6 -o json

  # Whether values may be merged that Argo CD or Flux gives to the chart
  kubectl milvus check release/my -f values.yaml
  kubectl milvus check release/my -f values.yaml --chart-version 5.0.22 --backup nightly-1120

  # Whether what a chart made may be applied
  helm template my zilliztech/milvus --version 5.0.22 -f values.yaml | kubectl milvus check -f -

  # Every image that has to be in a registry without internet
  kubectl milvus check prod --to 2.6 --images -o name

  # Keep what was seen, and look again elsewhere without the cluster
  kubectl milvus check prod --to 2.6 --snapshot-out prod.json
  kubectl milvus check --snapshot prod.json --to 2.6")]
pub struct CheckArgs {
    /// What to look at, one or several; may be left out where the namespace holds one instance
    #[arg(value_name = "TARGET", value_parser = text::read::<TargetReference>)]
    pub targets: Vec<TargetReference>,
    /// Version to go to, or a line such as 2.6 for its newest release
    #[arg(long, value_name = "VERSION", value_parser = text::read::<VersionRequest>)]
    pub to: Option<VersionRequest>,
    /// Version that runs now, where the image does not tell
    #[arg(long, value_name = "VERSION", value_parser = text::read::<MilvusVersion>)]
    pub from_version: Option<MilvusVersion>,
    /// Codes to accept, such as MV0701, separated by commas or given several times; =REASON is kept with the run
    #[arg(long, value_name = "CODE[=REASON]", value_parser = text::read::<Acceptance>)]
    pub accept: Vec<Acceptance>,
    /// Backup that a way back would stand on, by any name
    #[arg(long, value_name = "REF", value_parser = text::plain)]
    pub backup: Option<String>,
    /// Look at all namespaces
    #[arg(short = 'A', long, conflicts_with = "targets")]
    pub all_namespaces: bool,
    /// Only those whose labels fit, such as team=search
    #[arg(short = 'l', long, conflicts_with = "targets", value_parser = text::plain)]
    pub selector: Option<String>,
    /// Files that somebody means to apply: manifests, or values of the chart for release/NAME, for the only release of the
    /// namespace or for none; - is standard input
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "all_namespaces")]
    pub filename: Vec<PathBuf>,
    /// Look at what --snapshot-out kept instead of a cluster
    #[arg(long, value_name = "FILE", conflicts_with_all = ["snapshot_out", "all_namespaces", "selector"])]
    pub snapshot: Option<PathBuf>,
    /// Keep what was seen in a file; it holds no secrets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all_namespaces", "selector"])]
    pub snapshot_out: Option<PathBuf>,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// List every image of the way there instead, for mirroring; -o name is one a line
    #[arg(long, conflicts_with_all = ["filename", "exit_code"])]
    pub images: bool,
    /// Chart that values are for: a directory, an archive, REPO/NAME or oci://…; otherwise that of the release, or the chart's own
    /// repository
    #[arg(long, value_name = "CHART", requires = "filename", help_heading = "Chart options")]
    pub chart: Option<String>,
    /// Where charts for a Helm release come from, to tell which there are or to lay values over.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Exit with 10 where the instance is ready but not yet at the version
    #[arg(long)]
    pub exit_code: bool,
    /// In which form to print; wide lists every rule
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Name, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{Command, tests::read};
    use crate::{
        check::{Acceptance, Code},
        milvus::{Line, MilvusVersion, VersionRequest},
    };

    fn check(line: &str) -> super::CheckArgs {
        let Command::Check(check) = read(line).unwrap().command else { panic!("{line}") };
        *check
    }

    #[test]
    fn a_version_or_a_line_is_asked_for() {
        assert_eq!(check("check prod --to 2.6").to, Some(VersionRequest::NewestOf(Line::new(2, 6))));
        let exact = check("check prod --to v2.6.6 --from-version 2.5.22");
        assert_eq!(exact.to, Some(VersionRequest::Exact(MilvusVersion::new(2, 6, 6))));
        assert_eq!(exact.from_version, Some(MilvusVersion::new(2, 5, 22)));
    }

    #[test]
    fn codes_come_by_comma_and_by_repetition() {
        let codes = Acceptance::codes(&check("check --accept MV0701,mv0503 --accept MV0301=because").accept);
        assert_eq!(codes, [Code::new(701), Code::new(503), Code::new(301)]);
    }

    #[test]
    fn several_are_looked_at_together() {
        let targets = check("check a release/b milvus/c").targets;
        assert_eq!(targets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "release/b", "milvus/c"]);
    }

    #[test]
    fn files_take_the_place_of_a_cluster() {
        assert_eq!(check("check -f a.yaml -f b.yaml").filename, [PathBuf::from("a.yaml"), PathBuf::from("b.yaml")]);
        assert_eq!(check("check --snapshot s.json").snapshot, Some(PathBuf::from("s.json")));
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error() {
        for line in [
            "check --to newest",
            "check --accept all",
            "check --accept",
            "check prod -A",
            "check --snapshot a --snapshot-out b",
            "check -f a -A",
            "check --force",
            "check a b -l x=y",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
