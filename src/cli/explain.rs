use clap::Args;

use super::{output, text};
use crate::{check::Code, output::Format};

/// What `explain` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # What MV0201 means, and what mends it
  kubectl milvus explain MV0201

  # All codes
  kubectl milvus explain")]
pub struct ExplainArgs {
    /// Code to explain; all are listed where none is named
    #[arg(value_parser = text::read::<Code>)]
    pub code: Option<Code>,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT", value_parser = output::formats([Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, tests::read};
    use crate::check::Code;

    #[test]
    fn a_code_or_all_of_them() {
        for (line, code) in [("explain mv0201", Some(Code::new(201))), ("explain", None)] {
            let Command::Explain(explain) = read(line).unwrap().command else { panic!("{line}") };
            assert_eq!(explain.code, code);
        }
        assert_eq!(read("explain 201").unwrap_err().exit_code(), 2);
    }
}
