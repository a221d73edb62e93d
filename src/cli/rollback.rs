use clap::Args;

use super::{ChartArgs, RunArgs, text};
use crate::milvus::{Image, MilvusVersion};

/// What `rollback` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Without --to and --to-revision it goes back to what ran before the last upgrade. Where the older release cannot read what
the newer one has written, it is refused, and what restores the backup is said.

Examples:
  # What going back would do, without doing it
  kubectl milvus rollback prod --dry-run=server

  # Back to what ran before the last upgrade
  kubectl milvus rollback prod

  # Back to a version
  kubectl milvus rollback prod --to 2.5.22

  # A Helm release, back to a revision that Helm has kept, with its chart and values
  kubectl milvus rollback release/my --to-revision 4")]
pub struct RollbackArgs {
    /// Version to go back to
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["plan", "resume"], value_parser = text::read::<MilvusVersion>)]
    pub to: Option<MilvusVersion>,
    /// Revision of a Helm release to go back to, as `helm history` numbers them
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["to", "image", "plan", "resume"],
        value_parser = clap::value_parser!(i64).range(1..))]
    pub to_revision: Option<i64>,
    /// Image to go back to, instead of the running one's repository at the older version
    #[arg(long, value_name = "REF", conflicts_with_all = ["plan", "resume"], value_parser = text::read::<Image>)]
    pub image: Option<Image>,
    /// Which instance, how careful, and how to tell.
    #[command(flatten)]
    pub run: RunArgs,
    /// Charts and values.
    #[command(flatten)]
    pub charts: ChartArgs,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, TargetReference, tests::read};
    use crate::milvus::MilvusVersion;

    fn rollback(line: &str) -> super::RollbackArgs {
        let Command::Rollback(rollback) = read(line).unwrap().command else { panic!("{line}") };
        *rollback
    }

    #[test]
    fn a_version_a_revision_or_what_ran_before() {
        let args = rollback("rollback milvus/prod --to 2.5.22 --accept MV1202 -y");
        assert_eq!(args.run.target, Some(TargetReference::Milvus("prod".into())));
        assert_eq!((args.to, args.to_revision), (Some(MilvusVersion::new(2, 5, 22)), None));
        assert_eq!(rollback("rollback release/my --to-revision 4").to_revision, Some(4));
        let bare = rollback("rollback prod");
        assert!(bare.to.is_none() && bare.to_revision.is_none() && bare.image.is_none());
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error() {
        for line in [
            "rollback prod --to 2.5",
            "rollback prod --to-revision 0",
            "rollback prod --to-revision 4 --to 2.5.22",
            "rollback prod --resume --to 2.5.22",
            "rollback prod --one-hop",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
