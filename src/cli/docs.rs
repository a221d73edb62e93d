use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, builder::PossibleValue};

use crate::check::Purpose;

/// Which page `docs` was asked for.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # The Role that an upgrade needs, ready to be applied
  kubectl milvus docs rbac --for upgrade | kubectl apply -n vec -f -

  # What programs may count on in -o json and -o yaml
  kubectl milvus docs schema > kubectl-milvus.schema.json")]
pub struct DocsArgs {
    /// Page to print.
    #[command(subcommand)]
    pub page: Page,
}

/// A page of documentation that is made from tables and definitions.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Page {
    /// Print every code with its reason, its cure and a link, as Markdown
    Checks,
    /// Write a page of Markdown for each command into a folder
    Commands {
        /// Folder for the pages
        #[arg(long, value_name = "FOLDER")]
        dir: PathBuf,
    },
    /// Print the least rights that a command needs where the operator runs Milvus, as manifests to apply
    Rbac {
        /// What is to be done with the rights
        #[arg(long = "for", value_enum, value_name = "COMMAND", default_value = "upgrade")]
        purpose: Purpose,
    },
    /// Print the JSON Schema of what -o json and -o yaml print
    Schema,
}

impl ValueEnum for Purpose {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Command, tests::read};
    use super::{Page, Purpose};

    #[test]
    fn a_page_is_asked_for_by_name() {
        let page = |line: &str| match read(line).unwrap().command {
            Command::Docs(docs) => docs.page,
            _ => panic!("{line}"),
        };
        assert_eq!(page("docs commands --dir here"), Page::Commands { dir: "here".into() });
        assert_eq!(page("docs rbac"), Page::Rbac { purpose: Purpose::Upgrade });
        assert_eq!(page("docs rbac --for check"), Page::Rbac { purpose: Purpose::Check });
        for line in ["docs", "docs commands", "docs rbac --for get", "docs man"] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
