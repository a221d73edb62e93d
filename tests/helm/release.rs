//! The milvus chart as it was released. `MILVUS_HELM_GIT` is a git directory of its public repository; no chart of others
//! is kept here.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The environment variable that says where the releases are.
pub(crate) const VARIABLE: &str = "MILVUS_HELM_GIT";

/// Where the chart lies in its repository.
pub(crate) const CHART: &str = "charts/milvus";

/// Writes the chart as it was at `tag` to [`CHART`] below `folder`, and gives the path.
pub(crate) fn unpack(git: &Path, tag: &str, folder: &Path) -> Result<PathBuf> {
    let archive = output(git, &["archive", "--format=tar", tag, CHART])?;
    tar::Archive::new(archive.as_slice()).unpack(folder)?;
    Ok(folder.join(CHART))
}

/// What git says about the repository.
pub(crate) fn output(git: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("git").arg("--git-dir").arg(git).args(arguments).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
