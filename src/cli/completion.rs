use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::PossibleValue};

/// What `completion` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
kubectl completes plugins by programs named kubectl_complete-PLUGIN. This one is both: it only needs a second name.

Examples:
  # Complete `kubectl milvus`, with instances, versions and codes
  kubectl milvus completion kubectl --install

  # Complete the program under its own name
  source <(kubectl-milvus completion bash)")]
pub struct CompletionArgs {
    /// What does the completing
    #[arg(value_enum)]
    pub by: Completer,
    /// Give this program its second name, in the folder that it is in
    #[arg(long)]
    pub install: bool,
    /// Folder of the `PATH` for the second name instead
    #[arg(long, value_name = "FOLDER", requires = "install")]
    pub folder: Option<PathBuf>,
}

/// What does the completing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completer {
    /// kubectl, in whichever shell it completes.
    Kubectl,
    /// A shell, for the program's own name.
    Shell(clap_complete::Shell),
}

impl ValueEnum for Completer {
    fn value_variants<'a>() -> &'a [Self] {
        use clap_complete::Shell::{Bash, Fish, PowerShell, Zsh};
        &[Self::Kubectl, Self::Shell(Bash), Self::Shell(Zsh), Self::Shell(Fish), Self::Shell(PowerShell)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Kubectl => Some(PossibleValue::new("kubectl")),
            Self::Shell(shell) => shell.to_possible_value(),
        }
    }
}

/// The words to complete, as kubectl hands them over.
#[derive(Args, Clone, Debug)]
pub struct AnswerArgs {
    /// All words behind the name of the plugin; the last is the one to complete
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
}
