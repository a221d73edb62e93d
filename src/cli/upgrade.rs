use std::{path::PathBuf, time::Duration};

use clap::{
    Args, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use super::{HelmArgs, SourceArgs, TargetReference, ValuesArgs, duration, output, text};
use crate::{
    check::Acceptance,
    milvus::{Image, ImageUpdateMode, MilvusVersion, VersionRequest},
    output::Format,
};

/// What `upgrade` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
The roll goes on in the cluster when this program stops; the same command again, or --resume from any machine, goes on.

Examples:
  # Show the plan, let the API server check it, change nothing
  kubectl milvus upgrade prod --to 2.6.6 --dry-run=server

  # What every object of a Helm release would become
  kubectl milvus upgrade release/my --to 2.6.22 --dry-run=server --diff

  # Roll to the newest 2.6, over all stops on the way; from 2.5 only a backup leads back
  kubectl milvus upgrade prod --to 2.6 --backup nightly-1120

  # Have the plan looked at before it is carried out
  kubectl milvus upgrade prod --to 2.6.6 --backup nightly-1120 --plan-out prod.yaml
  kubectl milvus upgrade --plan prod.yaml

  # In CI: no question, and a document at the end
  kubectl milvus upgrade prod --to 2.6.6 --accept MV0701 --yes -o json

  # The operator itself, by its chart; Milvus runs on
  kubectl milvus upgrade operator --to 1.3.7

  # An image of one's own, whose tag does not tell the version
  kubectl milvus upgrade prod --image harbor.local/milvus:blessed --to 2.6.6")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed")]
pub struct UpgradeArgs {
    /// What to upgrade; may be left out where the namespace holds one instance
    #[arg(value_parser = text::read::<TargetReference>)]
    pub target: Option<TargetReference>,
    /// Version to go to, or a line such as 2.6 for its newest release
    #[arg(long, value_name = "VERSION", value_parser = text::read::<VersionRequest>)]
    pub to: Option<VersionRequest>,
    /// Image to go to, instead of the running one's repository at another version; where its tag does not tell the
    /// version, --to says it
    #[arg(long, value_name = "REF", value_parser = text::read::<Image>)]
    pub image: Option<Image>,
    /// Version that runs now, where the image does not tell
    #[arg(long, value_name = "VERSION", value_parser = text::read::<MilvusVersion>)]
    pub from_version: Option<MilvusVersion>,
    /// How Deployments move: one after the other in order, or all at once with downtime
    #[arg(long, value_name = "MODE", value_parser = update_modes())]
    pub update_mode: Option<ImageUpdateMode>,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "image", "from_version", "update_mode", "backup", "resume"])]
    pub plan: Option<PathBuf>,
    /// Go on with the last run, which did not come to its end
    #[arg(long, conflicts_with_all = ["to", "image", "from_version", "update_mode", "backup"])]
    pub resume: bool,
    /// How long a run without a sign of life counts as alive
    #[arg(long, value_name = "DURATION", value_parser = duration::read, hide = true)]
    pub lease_length: Option<Duration>,
    /// Show what becomes of every object that the chart of a Helm release renders, values of Secrets hidden
    #[arg(long)]
    pub diff: bool,
    /// Exit with 10 where a dry run finds something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Stop after the first stop, where the way leads over several versions
    #[arg(long)]
    pub one_hop: bool,
    /// Begin without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Time to wait for each roll, such as 45m; otherwise three times the plan's estimate, at least 30m
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    pub timeout: Option<Duration>,
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
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Name, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
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

/// The two that an upgrade may use; `force` kills and `rollingDowngrade` goes the other way.
fn update_modes() -> impl TypedValueParser<Value = ImageUpdateMode> {
    let words = [ImageUpdateMode::RollingUpgrade, ImageUpdateMode::All].map(ImageUpdateMode::word);
    PossibleValuesParser::new(words).map(|word| ImageUpdateMode::of_spec(Some(&word)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Command, TargetReference, tests::read};
    use super::DryRun;
    use crate::{
        check::{Acceptance, Code},
        milvus::{ImageUpdateMode, MilvusVersion, VersionRequest},
    };

    fn upgrade(line: &str) -> super::UpgradeArgs {
        let Command::Upgrade(upgrade) = read(line).unwrap().command else { panic!("{line}") };
        *upgrade
    }

    #[test]
    fn the_whole_of_it_is_read() {
        let args = upgrade(
            "upgrade milvus/prod --to 2.6.6 --from-version 2.5.22 --update-mode all --accept MV0701 --backup nightly \
             --dry-run=server --exit-code -y --timeout 45m",
        );
        assert_eq!(args.target, Some(TargetReference::Milvus("prod".into())));
        assert_eq!(args.to, Some(VersionRequest::Exact(MilvusVersion::new(2, 6, 6))));
        assert_eq!(args.from_version, Some(MilvusVersion::new(2, 5, 22)));
        assert_eq!(args.update_mode, Some(ImageUpdateMode::All));
        assert_eq!(Acceptance::codes(&args.accept), [Code::new(701)]);
        assert_eq!((args.backup.as_deref(), args.dry_run), (Some("nightly"), DryRun::Server));
        assert!(args.exit_code && args.yes);
        assert_eq!(args.timeout, Some(Duration::from_mins(45)));
    }

    #[test]
    fn without_flags_it_writes_and_asks() {
        let args = upgrade("upgrade");
        assert_eq!((args.dry_run, args.yes, args.one_hop, args.timeout), (DryRun::None, false, false, None));
        assert!(args.target.is_none() && args.to.is_none());
    }

    #[test]
    fn an_image_takes_the_place_of_a_version() {
        let args = upgrade("upgrade prod --image r:5000/milvus:v2.6.6-gpu");
        assert_eq!(args.image.unwrap().to_string(), "r:5000/milvus:v2.6.6-gpu");
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error() {
        for line in [
            "upgrade prod --dry-run",
            "upgrade prod --dry-run --to 2.6",
            "upgrade prod --update-mode force",
            "upgrade prod --timeout soon",
            "upgrade prod --force",
            "upgrade prod --backup=",
            "upgrade prod --resume --to 2.6",
            "upgrade prod --plan a.json --to 2.6",
            "upgrade prod --plan a.json --plan-out b.json",
            "upgrade prod --accept MV07011",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
