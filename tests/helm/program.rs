//! The three programs, each asked for the same chart.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result};

use crate::testbed;

/// Who renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renderer {
    /// kubectl-milvus.
    Ours,
    /// Helm 4.3.1.
    Helm4,
    /// Helm 3.22.0.
    Helm3,
}

/// What a program said.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) is_success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Where the real Helms are, once they are built.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    helms: OnceLock<Result<[PathBuf; 2], String>>,
}

impl Programs {
    fn helms(&self) -> Result<&[PathBuf; 2]> {
        let build = || testbed::helms().map_err(|error| format!("{error:#}"));
        self.helms.get_or_init(build).as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Renders `chart`, a path below `folder`, with further flags of `helm template`.
    pub(crate) fn render(
        &self,
        renderer: Renderer,
        folder: &Path,
        chart: &str,
        arguments: &[impl AsRef<str>],
    ) -> Result<Answer> {
        let program = match renderer {
            Renderer::Ours => Path::new(env!("CARGO_BIN_EXE_kubectl-milvus")),
            Renderer::Helm4 => &self.helms()?[0],
            Renderer::Helm3 => &self.helms()?[1],
        };
        let mut command = Command::new(program);
        match renderer {
            Renderer::Ours => command.args(["render", chart, "--name", "rel"]),
            Renderer::Helm4 | Renderer::Helm3 => command.args(["template", "rel", chart]),
        };
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        if !arguments.contains(&"-n") {
            command.args(["-n", "ns"]);
        }
        // Nothing of this machine: no kubeconfig, no repositories, no settings, no time zone.
        command
            .args(&arguments)
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        let output = command.output().with_context(|| format!("cannot run `{}`", program.display()))?;
        Ok(Answer {
            is_success: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
