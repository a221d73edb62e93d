use serde::Deserialize;

use super::Knowledge;

/// A version of a kind that Kubernetes no longer serves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedApi {
    /// The first release without it: `1.25`.
    pub removed: String,
    /// The `apiVersion` that is gone.
    pub api_version: String,
    /// The kind that it was served for.
    pub kind: String,
    /// The `apiVersion` to use instead; empty where there is none.
    pub instead: String,
    /// Where this is written.
    pub source: String,
}

impl RemovedApi {
    /// Whether a server of this version, such as `v1.36.3`, is without it.
    pub fn is_gone_from(&self, kubernetes: &str) -> bool {
        release(kubernetes) >= release(&self.removed)
    }
}

/// Major and minor, whatever a vendor writes behind them.
fn release(version: &str) -> (u64, u64) {
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap_or_default()
    });
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

impl Knowledge {
    /// What is known of a version of a kind that was taken away.
    pub fn removed_api(&self, api_version: &str, kind: &str) -> Option<&RemovedApi> {
        self.tables.api.iter().find(|row| row.api_version == api_version && row.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn a_version_is_gone_from_the_release_on_that_took_it_away() {
        let budget = Knowledge::builtin().removed_api("policy/v1beta1", "PodDisruptionBudget").expect("a row");
        assert_eq!(budget.instead, "policy/v1");
        for (version, gone) in
            [("v1.24.17", false), ("v1.25.0", true), ("v1.36.3", true), ("1.25+", true), ("v1.25.3-gke.1", true)]
        {
            assert_eq!(budget.is_gone_from(version), gone, "{version}");
        }
        assert!(Knowledge::builtin().removed_api("policy/v1", "PodDisruptionBudget").is_none());
    }
}
