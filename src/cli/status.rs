use std::path::PathBuf;

use clap::Args;

use super::{HelmArgs, TargetReference, output, text};
use crate::{output::Format, serving::Address};

/// What `status` was asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  # How prod is, and during a roll who waits for whom and why
  kubectl milvus status prod

  # With its Deployments and pods, nodes and restarts
  kubectl milvus status prod -o wide

  # Follow it until Ctrl-C
  kubectl milvus status prod -w

  # Whether it answers queries now; otherwise it says what the last run found
  kubectl milvus status prod --serving

  # Keep what helps others to see what is wrong: objects, events, logs, the last run
  kubectl milvus status prod --bundle prod.tar.gz

  # One document a line at every change, for a program
  kubectl milvus status release/my -w -o json")]
pub struct StatusArgs {
    /// Which instance; may be left out where the namespace holds one
    #[arg(value_parser = text::read::<TargetReference>)]
    pub target: Option<TargetReference>,
    /// Go on showing it at every change, until Ctrl-C
    #[arg(short, long)]
    pub watch: bool,
    /// Ask Milvus too whether it serves: its collections, and a query on each that is loaded
    #[arg(long, conflicts_with = "watch")]
    pub serving: bool,
    /// Ask Milvus at this address, instead of through the API server in one of its pods
    #[arg(long, value_name = "HOST:PORT", requires = "serving", value_parser = text::read::<Address>)]
    pub address: Option<Address>,
    /// Secret with which Milvus is asked: username and password, or token; ca.crt; tls.crt and tls.key
    #[arg(long, value_name = "NAME", requires = "serving", value_parser = text::plain)]
    pub auth_secret: Option<String>,
    /// Keep what was seen, logs of pods that are not ready, and the last run in a .tar.gz; what names a secret is masked
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub bundle: Option<PathBuf>,
    /// How releases are kept.
    #[command(flatten)]
    pub helm: HelmArgs,
    /// In which form to print; wide goes down to the pods
    #[arg(short, long, value_name = "FORMAT",
        value_parser = output::formats([Format::Wide, Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}

#[cfg(test)]
mod tests {
    use super::super::{Command, TargetReference, tests::read};
    use crate::output::Format;

    #[test]
    fn one_instance_is_asked_for_once_or_until_the_end() {
        let Command::Status(status) = read("status release/my -w -o json").unwrap().command else { panic!("status") };
        assert_eq!(status.target, Some(TargetReference::Release("my".into())));
        assert_eq!((status.watch, status.output), (true, Some(Format::Json)));
        let Command::Status(status) = read("status --bundle a.tar.gz").unwrap().command else { panic!("status") };
        assert_eq!(status.bundle.as_deref(), Some(std::path::Path::new("a.tar.gz")));
        let Command::Status(status) = read("status --serving --auth-secret keys").unwrap().command else {
            panic!("status")
        };
        assert!(status.serving && status.auth_secret.as_deref() == Some("keys"));
        let Command::Status(status) = read("status").unwrap().command else { panic!("status") };
        assert_eq!((status.target, status.watch, status.output), (None, false, None));
        for line in [
            "status prod -o name",
            "status a b",
            "status -A",
            "status -w --bundle a.tar.gz",
            "status -w --serving",
            "status --address a:1",
        ] {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
