//! Which version is meant.

use super::Entry;
use crate::helm::{
    constraint::{Constraint, Version},
    error::{Error, Result},
};

/// How many versions an error lists.
const LISTED: usize = 5;

/// The version that was chosen.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Whether one version was named, but there is none like it and another satisfies it: `1.2` gives 1.2.7. Helm 4
    /// warns of that.
    pub is_stand_in: bool,
}

/// Chooses from `entries`, the newest first, by a version or a constraint; empty means any release.
///
/// # Errors
///
/// Where none satisfies it, or it is no constraint.
pub fn choose<'a>(entries: &'a [Entry], version: &str) -> Result<Choice<'a>> {
    let version = version.trim();
    let found = pick(&entries.iter().map(Entry::version), version)?;
    let entry = found.map(|(place, is_exact)| (&entries[place], is_exact));
    let (entry, is_exact) = entry.ok_or_else(|| none(version, entries.iter().map(Entry::version)))?;
    Ok(Choice { entry, is_stand_in: !is_exact && !version.is_empty() && !is_range(version) })
}

/// The place of the version that is meant, and whether it is exactly the one that was named.
pub(super) fn pick<'a>(
    versions: &(impl Iterator<Item = &'a str> + Clone),
    version: &str,
) -> Result<Option<(usize, bool)>> {
    let wanted = if version.is_empty() { "*" } else { version };
    let constraint = Constraint::new(wanted).map_err(|error| error.during(format!("version `{version}`")))?;
    if let Some(place) = versions.clone().position(|known| known == version) {
        return Ok(Some((place, true)));
    }
    let admits = |known: &str| Version::new(known).is_ok_and(|known| constraint.admits(&known));
    Ok(versions.clone().position(admits).map(|place| (place, false)))
}

/// That no version is like that, with those that there are.
pub(super) fn none<'a>(version: &str, versions: impl Iterator<Item = &'a str>) -> Error {
    let mut versions = versions.peekable();
    if versions.peek().is_none() {
        return Error::new("it has no versions");
    }
    let listed = versions.take(LISTED).map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    Error::new(if version.is_empty() {
        format!("it has prereleases only: {listed}")
    } else {
        format!("no version is `{version}`; the newest are {listed}")
    })
}

/// Whether it is a range, rather than one version.
fn is_range(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    version.contains(['^', '~', '<', '>', '=', '!', '*'])
        || version.contains("||")
        || version.contains(" - ")
        || core.contains(['x', 'X'])
}
