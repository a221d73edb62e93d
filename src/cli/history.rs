use clap::Args;

use super::{HelmArgs, TargetReference, output, text};
use crate::output::Format;

/// What `history` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
The last ten runs of an instance are kept, in Secrets of its namespace.

Examples:
  # Who upgraded prod, when, and how it ended
  kubectl milvus history prod

  # With machines, backups, steps and reasons
  kubectl milvus history prod -o wide

  # Runs and Helm revisions of a release, for a program
  kubectl milvus history release/my -o json")]
pub struct HistoryArgs {
    /// Which instance; may be left out where the namespace holds one
    #[arg(value_parser = text::read::<TargetReference>)]
    pub target: Option<TargetReference>,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, TargetReference, tests::read};
    use crate::output::Format;

    #[test]
    fn one_instance_is_asked_for() {
        let Command::History(history) = read("history release/my -o wide").unwrap().command else { panic!("history") };
        assert_eq!(history.target, Some(TargetReference::Release("my".into())));
        assert_eq!(history.output, Some(Format::Wide));
        assert_eq!(read("history prod -o name").unwrap_err().exit_code(), 2);
        assert_eq!(read("history a b").unwrap_err().exit_code(), 2);
    }
}
