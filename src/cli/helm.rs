use clap::Args;

use crate::release::source::Home;

/// How Helm keeps releases, by its own variables.
#[derive(Args, Clone, Debug, Default)]
pub struct HelmArgs {
    /// Where Helm keeps releases: secret or configmap
    #[arg(long, env = "HELM_DRIVER", hide = true, default_value = "", hide_default_value = true)]
    pub helm_driver: String,
    /// How many revisions of a release are kept; 0 keeps all
    #[arg(long, env = "HELM_MAX_HISTORY", value_name = "NUMBER", default_value_t = 10)]
    pub history_max: usize,
}

impl HelmArgs {
    /// Where helm's own files are on this machine.
    pub fn home() -> Home {
        Home::of(&|name| std::env::var_os(name))
    }
}
