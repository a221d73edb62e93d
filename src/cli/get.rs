use clap::Args;

use super::{TargetReference, output, text};
use crate::output::Format;

/// What `get` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # Instances of the namespace
  kubectl milvus get

  # All instances of the cluster, with their images
  kubectl milvus get -A -o wide

  # One of them, for a program
  kubectl milvus get milvus/prod -o json")]
pub struct GetArgs {
    /// Which to show; all, where none is named
    #[arg(value_name = "NAME", value_parser = text::read::<TargetReference>)]
    pub names: Vec<TargetReference>,
    /// Look in all namespaces
    #[arg(short = 'A', long, conflicts_with = "names")]
    pub all_namespaces: bool,
    /// Only those whose labels fit, such as team=search
    #[arg(short = 'l', long, conflicts_with = "names", value_parser = text::plain)]
    pub selector: Option<String>,
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Name, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, TargetReference, tests::read};

    #[test]
    fn names_or_everything_that_fits() {
        let Command::Get(get) = read("get prod release/my").unwrap().command else { panic!("get") };
        assert_eq!(get.names, [TargetReference::Name("prod".into()), TargetReference::Release("my".into())]);
        let Command::Get(get) = read("get -A -l team=search").unwrap().command else { panic!("get") };
        assert_eq!((get.all_namespaces, get.selector.as_deref()), (true, Some("team=search")));
        for line in ["get prod -A", "get prod -l a=b", "get -l="] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
