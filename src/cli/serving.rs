use std::{convert::Infallible, path::PathBuf, str::FromStr, time::Duration};

use clap::Args;

use super::{duration, text};
use crate::serving::{Address, Scope};

/// Whether Milvus is asked if it serves, how, and about what.
#[derive(Args, Clone, Debug, Default)]
pub struct ServingArgs {
    /// Collections that have to serve afterwards as before, separated by commas: NAME or DATABASE.NAME; all; or none, to ask
    /// nothing
    #[arg(long, value_name = "COLLECTION,…", default_value = "all", help_heading = "Serving options",
        value_parser = text::read::<Verify>)]
    pub verify: Verify,
    /// Queries with the rows that they have to find, before and after: a list in YAML or JSON of collection, vector or filter,
    /// key, expect and recall
    #[arg(long, value_name = "FILE", help_heading = "Serving options")]
    pub verify_file: Option<PathBuf>,
    /// Ask the same as a second user too, as applications do; its Secret has keys as that of --auth-secret
    #[arg(long, value_name = "NAME", help_heading = "Serving options", value_parser = text::plain)]
    pub verify_as_secret: Option<String>,
    /// Write a row to a collection of its own too, read it again, and remove that collection
    #[arg(long, help_heading = "Serving options")]
    pub verify_write: bool,
    /// Go on asking for so long once it serves, and end with what fails: 10m
    #[arg(long, value_name = "DURATION", help_heading = "Serving options", value_parser = duration::read)]
    pub soak: Option<Duration>,
    /// Ask Milvus at this address, instead of through the API server in one of its pods
    #[arg(long, value_name = "HOST:PORT", help_heading = "Serving options", value_parser = text::read::<Address>)]
    pub address: Option<Address>,
    /// Secret with which Milvus is asked: username and password, or token; ca.crt; tls.crt and tls.key
    #[arg(long, value_name = "NAME", help_heading = "Serving options", value_parser = text::plain)]
    pub auth_secret: Option<String>,
    /// Ask five times a second all the while, and tell how long nothing was answered: a query on the first collection that
    /// is loaded, otherwise whether it is healthy
    #[arg(long, help_heading = "Serving options")]
    pub probe: bool,
    /// Have Milvus suspend balancing of query nodes and pause garbage collection until everything is rolled out, where its
    /// release can do so; both go on again whatever becomes of the run
    #[arg(long, help_heading = "Serving options")]
    pub drain: bool,
}

impl ServingArgs {
    /// Whether something was typed that only means anything where Milvus is asked.
    pub fn asks_for_more(&self) -> bool {
        let names = self.verify_file.is_some() || self.verify_as_secret.is_some();
        names || self.verify_write || self.soak.is_some() || self.probe
    }
}

/// What has to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Nothing is asked.
    None,
    /// These collections.
    Some(Scope),
}

impl Default for Verify {
    fn default() -> Self {
        Self::Some(Scope::All)
    }
}

impl FromStr for Verify {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "all" => Self::Some(Scope::All),
            "none" => Self::None,
            names => {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                Self::Some(Scope::Named(names.map(str::to_owned).collect()))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Command, tests::read};
    use super::{ServingArgs, Verify};
    use crate::serving::Scope;

    fn serving(line: &str) -> ServingArgs {
        let Command::Upgrade(upgrade) = read(line).unwrap().command else { panic!("{line}") };
        upgrade.run.serving
    }

    #[test]
    fn everything_is_asked_about_unless_something_else_is_said() {
        assert_eq!(serving("upgrade prod").verify, Verify::Some(Scope::All));
        assert_eq!(serving("upgrade prod --verify all").verify, Verify::Some(Scope::All));
        assert_eq!(serving("upgrade prod --verify=none").verify, Verify::None);
        let named = Scope::Named(vec!["docs".into(), "shop.tags".into()]);
        assert_eq!(serving("upgrade prod --verify docs,shop.tags").verify, Verify::Some(named));
        let args = serving("upgrade prod --address milvus:19530 --auth-secret keys");
        assert_eq!(args.address.unwrap().to_string(), "milvus:19530");
        assert_eq!(args.auth_secret.as_deref(), Some("keys"));
        let args = serving("upgrade prod --verify=none --drain");
        assert!(args.drain && !args.asks_for_more(), "what stands still meanwhile is no question whether it serves");
        assert!(!serving("upgrade prod").drain);
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error() {
        let args = serving("upgrade prod --verify-file golden.yaml --verify-as-secret app --verify-write --soak 10m");
        assert_eq!(args.soak, Some(std::time::Duration::from_mins(10)));
        assert!(args.verify_write && args.verify_file.is_some() && args.verify_as_secret.as_deref() == Some("app"));
        for line in [
            "upgrade prod --soak ten",
            "upgrade prod --address milvus",
            "upgrade prod --auth-secret=",
            "upgrade prod --token",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
