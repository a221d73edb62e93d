use clap::{Args, ValueEnum};

use super::{ChartArgs, RunArgs, text};
use crate::milvus::{Image, VersionRequest};

/// What can be changed by itself, beside metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Guided {
    /// One mixcoord instead of four coordinators, at the version that runs
    Mixcoord,
    /// Pulsar 3 instead of the Pulsar 2 that chart or operator brought along: says what to type, step by step
    #[value(name = "pulsar-v3")]
    PulsarV3,
}

/// What `migrate` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Milvus 2.2 keeps its metadata in another form than 2.1. The operator stops Milvus, keeps the old metadata in a claim, has
them rewritten, and starts the new release; a run that fails is taken back by it. Nothing serves meanwhile.
Of a Helm release this program takes the same steps itself.

Examples:
  # What would be done, and whether everything is there for it
  kubectl milvus migrate prod --dry-run=server

  # From 2.1 to the newest 2.2
  kubectl milvus migrate prod

  # With images of one's own registry, and a claim that is there
  kubectl milvus migrate prod --image r.local/milvus:v2.2.16 --tool-image r.local/meta-migration:v2.2.0 --backup-claim old

  # A Helm release
  kubectl milvus migrate release/my --dry-run=server

  # Back to 2.1, with the metadata that were kept
  kubectl milvus migrate prod --rollback

  # One mixcoord instead of four coordinators, at the version that runs
  kubectl milvus migrate prod mixcoord --dry-run=server

  # The way from Pulsar 2 to Pulsar 3, as far as the flush; and behind it, once all is flushed
  kubectl milvus migrate prod pulsar-v3
  kubectl milvus migrate prod pulsar-v3 --flushed")]
pub struct MigrateArgs {
    /// Version to go to, or a line for its newest release; otherwise the newest that the migration leads to
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["plan", "resume", "rollback"],
        value_parser = text::read::<VersionRequest>)]
    pub to: Option<VersionRequest>,
    /// Image to go to, instead of the running one's repository at the newer version
    #[arg(long, value_name = "REF", conflicts_with_all = ["plan", "resume", "rollback"], value_parser = text::read::<Image>)]
    pub image: Option<Image>,
    /// Image of the program that rewrites metadata, such as one in a registry of one's own
    #[arg(long, value_name = "REF", conflicts_with_all = ["plan", "resume", "rollback"], value_parser = text::read::<Image>)]
    pub tool_image: Option<Image>,
    /// Claim in the same namespace that keeps the old metadata; otherwise one of 10Gi is made
    #[arg(long, value_name = "NAME", conflicts_with_all = ["plan", "resume", "rollback"], value_parser = text::plain)]
    pub backup_claim: Option<String>,
    /// Go back to the release before the migration; where the operator gave up, put image and replicas back
    #[arg(long, conflicts_with_all = ["plan", "resume"])]
    pub rollback: bool,
    /// Which instance, how careful, and how to tell.
    #[command(flatten)]
    pub run: RunArgs,
    /// What to change instead of the metadata; the name of the instance has to come before it
    #[arg(value_enum, conflicts_with_all = ["to", "image", "tool_image", "backup_claim", "rollback"])]
    pub what: Option<Guided>,
    /// Say that all that was in Pulsar is flushed to the storage, so that the steps behind the flush are told too
    #[arg(long, requires = "what")]
    pub flushed: bool,
    /// Charts and values.
    #[command(flatten)]
    pub charts: ChartArgs,
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Command, TargetReference, tests::read},
        Guided,
    };

    fn migrate(line: &str) -> super::MigrateArgs {
        let Command::Migrate(migrate) = read(line).unwrap().command else { panic!("{line}") };
        *migrate
    }

    #[test]
    fn the_whole_of_it_is_read() {
        let args = migrate("migrate milvus/prod --to 2.2.16 --tool-image r:5000/tool:v1 --backup-claim old -y");
        assert_eq!(args.run.target, Some(TargetReference::Milvus("prod".into())));
        assert_eq!(args.tool_image.map(|image| image.to_string()).as_deref(), Some("r:5000/tool:v1"));
        assert_eq!(args.backup_claim.as_deref(), Some("old"));
        assert!(args.run.yes && !args.rollback);
        assert!(migrate("migrate prod --rollback --accept MV1309").rollback);
    }

    #[test]
    fn one_mixcoord_is_asked_for_behind_the_name() {
        let args = migrate("migrate prod mixcoord --dry-run=server");
        assert_eq!((args.run.target, args.what), (Some(TargetReference::Name("prod".into())), Some(Guided::Mixcoord)));
        assert_eq!(migrate("migrate release/my -n vec mixcoord -y").what, Some(Guided::Mixcoord));
        assert_eq!(migrate("migrate prod").what, None);
    }

    #[test]
    fn the_flush_is_confirmed_behind_what_it_is_for() {
        let args = migrate("migrate prod pulsar-v3");
        assert_eq!((args.what, args.flushed), (Some(Guided::PulsarV3), false));
        assert!(migrate("migrate release/my -n vec pulsar-v3 --flushed -o json").flushed);
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error() {
        for line in [
            "migrate prod --rollback --to 2.1.4",
            "migrate prod --rollback --resume",
            "migrate prod --resume --to 2.2",
            "migrate prod --plan a.json --tool-image a:b",
            "migrate prod --backup-claim=",
            "migrate prod --one-hop",
            "migrate prod mixcoord --to 2.6",
            "migrate prod mixcoord --image a:b",
            "migrate prod mixcoord --rollback",
            "migrate prod mixcoord --backup-claim old",
            "migrate prod coordinators",
            "migrate prod --flushed",
            "migrate prod pulsar-v3 --rollback",
            "migrate prod pulsar-v3 --to 2.6",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
