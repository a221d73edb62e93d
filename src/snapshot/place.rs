//! Where an instance keeps what it must not share: its metadata, its files, its messages.

use serde_json::Value;

use super::Resource;
use crate::milvus::MessageQueue;

impl Resource {
    /// Every place in which it keeps something of its own, in one form for all instances:
    /// `etcd etcd.infra:2379/prod`, `files s3.local/bucket/files`, `messages kafka.infra:9092/prod`.
    ///
    /// The defaults are the operator's: root path of etcd, bucket and channel prefix are the name of the resource, whatever
    /// its namespace is.
    pub fn places(&self) -> Vec<String> {
        let setting = |pointer: &str, default: &str| {
            let said = self.spec.pointer(&format!("/config{pointer}")).and_then(Value::as_str);
            said.filter(|text| !text.is_empty()).unwrap_or(default).trim_matches('/').to_owned()
        };
        let root = setting("/etcd/rootPath", &self.name);
        let mut places: Vec<String> = self.etcd().into_iter().map(|address| format!("etcd {address}/{root}")).collect();
        if let Some(address) = self.storage() {
            let (bucket, folder) = (setting("/minio/bucketName", &self.name), setting("/minio/rootPath", "files"));
            places.push(format!("files {address}/{bucket}/{folder}"));
        }
        let prefix = setting("/msgChannel/chanNamePrefix/cluster", &self.name);
        places.extend(self.brokers().into_iter().map(|address| format!("messages {address}/{prefix}")));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether any of its dependencies is one that others could use too.
    pub fn has_external_dependency(&self) -> bool {
        ["etcd", "storage", "pulsar", "kafka"].iter().any(|part| self.is_external(part))
    }

    /// Whether the operator leaves this dependency to others.
    pub fn is_external(&self, part: &str) -> bool {
        self.spec.pointer(&format!("/dependencies/{part}/external")) == Some(&Value::Bool(true))
    }

    fn dependency(&self, pointer: &str) -> Option<&str> {
        self.spec.pointer(&format!("/dependencies/{pointer}"))?.as_str().filter(|text| !text.is_empty())
    }

    fn addresses(&self, pointer: &str) -> Vec<String> {
        let list = self.spec.pointer(&format!("/dependencies/{pointer}")).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(|address| self.absolute(address)).collect()
    }

    fn etcd(&self) -> Vec<String> {
        if self.is_external("etcd") {
            return self.addresses("etcd/endpoints");
        }
        vec![format!("{}-etcd.{}:2379", self.name, self.namespace)]
    }

    fn storage(&self) -> Option<String> {
        if self.is_external("storage") {
            return self.dependency("storage/endpoint").map(|address| self.absolute(address));
        }
        Some(format!("{}-minio.{}:9000", self.name, self.namespace))
    }

    fn brokers(&self) -> Vec<String> {
        match self.message_queue() {
            Some(MessageQueue::Pulsar) if self.is_external("pulsar") => {
                self.dependency("pulsar/endpoint").map(|address| self.absolute(address)).into_iter().collect()
            }
            Some(MessageQueue::Kafka) if self.is_external("kafka") => self.addresses("kafka/brokerList"),
            _ => vec![],
        }
    }

    fn absolute(&self, address: &str) -> String {
        absolute_address(address, &self.namespace)
    }
}

/// An address as it is seen from everywhere: `etcd:2379` in namespace `vec` and `etcd.vec.svc:2379` are one.
pub fn absolute_address(address: &str, namespace: &str) -> String {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, format!(":{port}")),
        None => (address, String::new()),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host
        .split_once(".svc")
        .filter(|(_, rest)| rest.is_empty() || rest.starts_with('.'))
        .map_or(host.as_str(), |(name, _)| name);
    let host = if host.contains('.') { host.to_owned() } else { format!("{host}.{namespace}") };
    format!("{host}{port}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::snapshot::sample::{self, healthy_cluster};

    #[test]
    fn what_the_operator_makes_is_the_instance_s_own() {
        let milvus = healthy_cluster().milvus;
        assert_eq!(milvus.places(), ["etcd prod-etcd.vec:2379/prod", "files prod-minio.vec:9000/prod/files"]);
        assert!(!milvus.has_external_dependency());
    }

    #[test]
    fn one_address_is_one_however_it_is_written() {
        let mut milvus = healthy_cluster().milvus;
        let endpoints = json!(["etcd:2379", "http://etcd.vec.svc.cluster.local:2379", "ETCD.vec:2379"]);
        sample::set(&mut milvus.spec, "/dependencies/etcd", json!({"external": true, "endpoints": endpoints}));
        sample::set(
            &mut milvus.spec,
            "/dependencies/storage",
            json!({"external": true, "endpoint": "s3.example.com:443"}),
        );
        sample::set(
            &mut milvus.spec,
            "/dependencies/kafka",
            json!({"external": true, "brokerList": ["kafka.infra:9092"]}),
        );
        sample::set(&mut milvus.spec, "/config/minio", json!({"bucketName": "b", "rootPath": "milvus/prod/"}));
        assert!(milvus.has_external_dependency());
        assert_eq!(
            milvus.places(),
            ["etcd etcd.vec:2379/prod", "files s3.example.com:443/b/milvus/prod", "messages kafka.infra:9092/prod"]
        );
    }
}
