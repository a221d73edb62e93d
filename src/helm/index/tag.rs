//! Versions as tags of a registry: `+`, which tags must not have, is `_` there.

use std::cmp::Reverse;

use super::{
    choice::{none, pick},
    entry::Order,
};
use crate::helm::{constraint::Version, error::Result};

/// The tag of a version.
pub fn of_version(version: &str) -> String {
    version.replace('+', "_")
}

/// The versions among tags, the newest first; other tags are passed over.
pub fn versions(tags: &[String]) -> Vec<String> {
    let version = |tag: &String| Version::strict(&tag.replace('_', "+")).ok();
    let mut versions: Vec<_> = tags.iter().filter_map(version).map(|version| Reverse(Order(version))).collect();
    versions.sort();
    versions.into_iter().map(|Reverse(Order(version))| version.original().to_owned()).collect()
}

/// The tag that a version or a constraint means; empty means any release.
///
/// # Errors
///
/// Where none satisfies it, or it is no constraint.
pub fn choose(tags: &[String], version: &str) -> Result<String> {
    let version = version.trim();
    let exact = of_version(version);
    if tags.contains(&exact) {
        return Ok(exact);
    }
    let versions = versions(tags);
    let known = versions.iter().map(String::as_str);
    let found = pick(&known, version)?;
    found.map(|(place, _)| of_version(&versions[place])).ok_or_else(|| none(version, known))
}
