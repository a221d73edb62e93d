use std::path::PathBuf;

use clap::Args;

use super::{HelmArgs, TargetReference, output, text};
use crate::{
    check::Code,
    milvus::{MilvusVersion, VersionRequest},
    output::Format,
};

/// What `explain` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # What MV0201 means, and what mends it
  kubectl milvus explain MV0201

  # The same, with what a fresh look at prod shows
  kubectl milvus explain MV0201 prod --to 2.6

  # All codes
  kubectl milvus explain")]
pub struct ExplainArgs {
    /// Code to explain; all are listed where none is named
    #[arg(value_parser = text::read::<Code>)]
    pub code: Option<Code>,
    /// Instance to look at, for the evidence
    #[arg(value_parser = text::read::<TargetReference>)]
    pub target: Option<TargetReference>,
    /// Version to go to, or a line, for codes about the way there
    #[arg(long, value_name = "VERSION", requires = "code", value_parser = text::read::<VersionRequest>)]
    pub to: Option<VersionRequest>,
    /// Version that runs now, where the image does not tell
    #[arg(long, value_name = "VERSION", requires = "code", value_parser = text::read::<MilvusVersion>)]
    pub from_version: Option<MilvusVersion>,
    /// Look at what `check --snapshot-out` kept instead of a cluster
    #[arg(long, value_name = "FILE", requires = "code", conflicts_with = "target")]
    pub snapshot: Option<PathBuf>,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT", value_parser = output::formats([Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, TargetReference, tests::read};
    use crate::check::Code;

    #[test]
    fn a_code_or_all_of_them() {
        for (line, code) in [("explain mv0201", Some(Code::new(201))), ("explain", None)] {
            let Command::Explain(explain) = read(line).unwrap().command else { panic!("{line}") };
            assert_eq!(explain.code, code);
        }
        assert_eq!(read("explain 201").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn an_instance_may_be_looked_at() {
        let Command::Explain(explain) = read("explain MV0201 milvus/prod --to 2.6").unwrap().command else { panic!() };
        assert_eq!(explain.target, Some(TargetReference::Milvus("prod".into())));
        assert!(explain.to.is_some());
        assert_eq!(read("explain --to 2.6").unwrap_err().exit_code(), 2);
    }
}
