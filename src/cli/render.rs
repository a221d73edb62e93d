use clap::Args;

use super::{SourceArgs, ValuesArgs};
use crate::release::source::Request;

/// What `render` was asked; flags are those of `helm template`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, as Helm has them")]
pub struct RenderArgs {
    /// Directory, archive or address of the chart, REPO/NAME, or a name with --repo
    pub chart: String,
    /// Where it comes from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Name of the release
    #[arg(long, default_value = "release-name")]
    pub name: String,
    /// Values.
    #[command(flatten)]
    pub values: ValuesArgs,
    /// Kubernetes version that templates see
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// API versions that templates see, besides the usual ones
    #[arg(short = 'a', long, value_name = "VERSIONS", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Let templates see an upgrade instead of an installation
    #[arg(long)]
    pub is_upgrade: bool,
    /// Print custom resource definitions too
    #[arg(long)]
    pub include_crds: bool,
    /// Leave out hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Leave out hooks that are tests
    #[arg(long)]
    pub skip_tests: bool,
}

impl RenderArgs {
    /// Which chart is wanted.
    pub fn request(&self) -> Request {
        Request { chart: Some(self.chart.clone()), ..self.source.request() }
    }
}
