//! What was typed as a chart.

use std::path::{Path, PathBuf};

use url::Url;

use super::{Request, home, mask, reference::Reference};
use crate::failure::Failure;

/// Where a chart is.
pub(super) enum Place {
    /// A directory or an archive on this machine.
    File(PathBuf),
    /// An archive at an address.
    Archive(Url),
    /// In a registry.
    Registry(Reference),
    /// In an HTTP repository.
    Repository { repository: home::Repository, chart: String },
}

impl Place {
    /// Reads what was typed by helm's rules: what exists as a file is a file.
    pub(super) fn of(request: &Request) -> Result<Self, Failure> {
        let chart = request.chart.as_deref().map(str::trim).filter(|chart| !chart.is_empty());
        let chart = chart.ok_or_else(|| Failure::usage("no chart is named").hint(WAYS))?;
        if let Some(address) = &request.repository {
            let repository = home::Repository::at(web_address(address.trim(), "the repository")?);
            if chart.contains('/') {
                let message =
                    format!("with a repository a chart has a plain name, but `{}` is given", mask::typed(chart));
                return Err(Failure::usage(message).hint(WAYS));
            }
            return Ok(Self::Repository { repository, chart: chart.to_owned() });
        }
        let path = Path::new(chart);
        if path.exists() || path.is_absolute() || chart.starts_with('.') {
            return Ok(Self::File(path.to_owned()));
        }
        if chart.starts_with("oci://") {
            return Reference::read(chart).map(Self::Registry);
        }
        if chart.contains("://") {
            return web_address(chart, "the chart").map(Self::Archive);
        }
        match chart.split_once('/') {
            Some((name, chart)) if !name.is_empty() && !chart.is_empty() => {
                let repository = request.home.repository(name)?;
                Ok(Self::Repository { repository, chart: chart.to_owned() })
            }
            _ => {
                let message = format!("there is no chart `{}`: no file or directory of that name", mask::typed(chart));
                Err(Failure::failed(message).hint(WAYS))
            }
        }
    }
}

/// How charts are named.
const WAYS: &str = "a chart is a directory, a .tgz file, the address of one, oci://HOST/PATH/NAME, REPO/NAME of \
                    helm's own repositories, or a NAME together with --repo URL";

/// An address of the web.
pub(super) fn web_address(text: &str, what: &str) -> Result<Url, Failure> {
    let refuse = |reason: &str| {
        let message = format!("`{}` is no address of {what}: {reason}", mask::typed(text));
        Err(Failure::usage(message).hint("an address begins with https://"))
    };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        Ok(url) if url.scheme() == "oci" => refuse("charts in registries are named in full, oci://HOST/PATH/NAME"),
        Ok(_) => refuse("only http and https are known"),
        Err(error) => refuse(&error.to_string()),
    }
}
