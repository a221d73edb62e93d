use serde::Deserialize;

use super::Knowledge;

/// A kind of object storage, and whether it can hold the log of Woodpecker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// What people call it.
    pub store: String,
    /// How addresses of it end.
    pub endpoints: Vec<String>,
    /// Whether it can write only where nobody else has written.
    pub writes_conditionally: bool,
    /// The tag of the first release that can, where people run it themselves.
    #[serde(default)]
    pub since: Option<String>,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// What is known of the storage at this address (`host`, `host:port`).
    pub fn store_at(&self, address: &str) -> Option<&Store> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        self.tables.store.iter().find(|row| row.endpoints.iter().any(|end| host.ends_with(end.as_str())))
    }

    /// What is known of this kind of storage.
    pub fn store(&self, name: &str) -> Option<&Store> {
        self.tables.store.iter().find(|row| row.store == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Knowledge;

    #[test]
    fn storage_is_known_by_its_address() {
        let store = |address| Knowledge::builtin().store_at(address).map(|row| row.writes_conditionally);
        assert_eq!(store("s3.eu-central-1.amazonaws.com:443"), Some(true));
        assert_eq!(store("obs.cn-north-4.myhuaweicloud.com"), Some(false));
        assert_eq!(store("minio.infra:9000"), None);
        let minio = Knowledge::builtin().store("MinIO").and_then(|row| row.since.as_deref());
        assert!(minio.is_some_and(|tag| tag > "RELEASE.2024-05-28T17-19-04Z"));
    }
}
