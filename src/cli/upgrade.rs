use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use super::{ChartArgs, RunArgs, text};
use crate::milvus::{Image, ImageUpdateMode, VersionRequest};

/// What `upgrade` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
The roll goes on in the cluster when this program stops; the same command again, or --resume from any machine, goes on.

Examples:
  # Show the plan, let the API server check it, change nothing
  kubectl milvus upgrade prod --to 2.6.6 --dry-run=server

  # What the resource would become, with what the operator writes into it by itself
  kubectl milvus upgrade prod --to 2.6.6 --dry-run=client --diff

  # What every object of a Helm release would become
  kubectl milvus upgrade release/my --to 2.6.22 --dry-run=server --diff

  # Roll to the newest 2.6, over all stops on the way; from 2.5 only a backup leads back
  kubectl milvus upgrade prod --to 2.6 --backup nightly-1120

  # Have the plan looked at before it is carried out
  kubectl milvus upgrade prod --to 2.6.6 --backup nightly-1120 --plan-out prod.yaml
  kubectl milvus upgrade --plan prod.yaml

  # In CI: no question, and a document at the end
  kubectl milvus upgrade prod --to 2.6.6 --accept MV0701 --yes -o json

  # At night: taken back by itself where it fails and nothing is lost by that
  kubectl milvus upgrade prod --to 2.5.27 --on-failure=rollback --yes

  # Where Argo CD or Flux applies it: edit the file, and show only what would change in it
  kubectl milvus upgrade -f prod.yaml --to 2.6 --backup nightly-1120 --dry-run=client

  # Where somebody else writes, the operator's resource or a Helm release: watch it to its end
  kubectl milvus upgrade prod --to 2.6.6 --follow
  kubectl milvus upgrade release/my --to 2.6.22 --follow

  # The operator itself, by its chart; Milvus runs on
  kubectl milvus upgrade operator --to 1.3.7

  # An image of one's own, whose tag does not tell the version
  kubectl milvus upgrade prod --image harbor.local/milvus:blessed --to 2.6.6")]
pub struct UpgradeArgs {
    /// Version to go to, or a line such as 2.6 for its newest release
    #[arg(long, conflicts_with_all = ["plan", "resume"], value_name = "VERSION", value_parser = text::read::<VersionRequest>)]
    pub to: Option<VersionRequest>,
    /// Image to go to, instead of the running one's repository at another version; where its tag does not tell the
    /// version, --to says it
    #[arg(long, conflicts_with_all = ["plan", "resume"], value_name = "REF", value_parser = text::read::<Image>)]
    pub image: Option<Image>,
    /// How Deployments move: one after the other in order, or all at once with downtime
    #[arg(long, conflicts_with_all = ["plan", "resume"], value_name = "MODE", value_parser = update_modes())]
    pub update_mode: Option<ImageUpdateMode>,
    /// Edit this file instead, for whoever applies it: a Milvus resource, or values of release/NAME; - is standard input
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with_all = ["plan", "resume", "plan_out", "on_failure"])]
    pub filename: Option<PathBuf>,
    /// What to do where the upgrade cannot go on after its first write, its time runs out, or it does not serve in the end:
    /// rollback takes it back where nothing is lost by that, and ends with 4
    #[arg(long, value_enum, value_name = "WHAT", default_value = "stop")]
    pub on_failure: OnFailure,
    /// Stop after the first stop, where the way leads over several versions
    #[arg(long)]
    pub one_hop: bool,
    /// Write nothing: watch and judge what somebody else starts, such as Argo CD or a colleague, until it is done; names who
    /// puts it back
    #[arg(long, conflicts_with_all = ["plan", "resume", "filename", "plan_out", "on_failure", "dry_run", "update_mode", "one_hop", "drain"])]
    pub follow: bool,
    /// Which instance, how careful, and how to tell.
    #[command(flatten)]
    pub run: RunArgs,
    /// Charts and values.
    #[command(flatten)]
    pub charts: ChartArgs,
}

/// What to do where an upgrade cannot go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Leave everything as it is.
    #[default]
    Stop,
    /// Take it back where that is safe.
    Rollback,
}

impl ValueEnum for OnFailure {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Stop, Self::Rollback]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Stop => "stop",
            Self::Rollback => "rollback",
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
    use super::OnFailure;
    use crate::cli::DryRun;
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
        assert_eq!(args.run.target, Some(TargetReference::Milvus("prod".into())));
        assert_eq!(args.to, Some(VersionRequest::Exact(MilvusVersion::new(2, 6, 6))));
        assert_eq!(args.run.from_version, Some(MilvusVersion::new(2, 5, 22)));
        assert_eq!(args.update_mode, Some(ImageUpdateMode::All));
        assert_eq!(Acceptance::codes(&args.run.accept), [Code::new(701)]);
        assert_eq!((args.run.backup.as_deref(), args.run.dry_run), (Some("nightly"), DryRun::Server));
        assert!(args.run.exit_code && args.run.yes);
        assert_eq!(args.run.timeout, Some(Duration::from_mins(45)));
    }

    #[test]
    fn without_flags_it_writes_and_asks() {
        let args = upgrade("upgrade");
        assert_eq!(
            (args.run.dry_run, args.run.yes, args.one_hop, args.run.timeout),
            (DryRun::None, false, false, None)
        );
        assert!(args.run.target.is_none() && args.to.is_none());
        assert_eq!(args.on_failure, OnFailure::Stop);
        assert_eq!(upgrade("upgrade --on-failure=rollback").on_failure, OnFailure::Rollback);
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
            "upgrade prod --on-failure",
            "upgrade prod --follow --resume",
            "upgrade prod --follow --dry-run=client",
            "upgrade prod --on-failure=go-on",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
