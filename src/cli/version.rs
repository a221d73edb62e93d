use clap::Args;

use super::output;
use crate::output::Format;

/// What `version` was asked.
#[derive(Args, Clone, Copy, Debug)]
pub struct VersionArgs {
    /// In which form to print
    #[arg(short, long, value_name = "FORMAT", value_parser = output::formats([Format::Json, Format::Yaml]))]
    pub output: Option<Format>,
}
