//! Where a Helm release keeps what it must not share, in the form in which resources of the operator have it too.

use serde_json::Value;

use super::etcd::{ROOT_PATH, endpoints, milvus_settings};
use crate::snapshot::absolute_address;

/// The places of a release in `namespace`, by the configuration that its objects bring; none where they bring none.
pub fn release_places(objects: &[Value], namespace: &str) -> Vec<String> {
    let Some(settings) = milvus_settings(objects) else { return vec![] };
    let text = |pointer: &str| match settings.pointer(pointer) {
        Some(Value::String(text)) => text.trim_matches('/').to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    let is_on = |pointer: &str| settings.pointer(pointer).is_some_and(|value| *value == true || *value == "true");
    let at = |address: &str| absolute_address(address, namespace);
    let mut places = vec![];
    // What is inside a pod is nobody else's.
    if !is_on("/etcd/use/embed") {
        let root = or(text("/etcd/rootPath"), ROOT_PATH);
        places.extend(endpoints(&settings["etcd"]).iter().map(|address| format!("etcd {}/{root}", at(address))));
    }
    let storage = text("/minio/address");
    if !storage.is_empty() && text("/common/storageType") != "local" {
        let port = or(text("/minio/port"), "9000");
        let address = if storage.contains(':') { storage } else { format!("{storage}:{port}") };
        let (bucket, folder) = (or(text("/minio/bucketName"), "a-bucket"), or(text("/minio/rootPath"), "files"));
        places.push(format!("files {}/{bucket}/{folder}", at(&address)));
    }
    let prefix = or(text("/msgChannel/chanNamePrefix/cluster"), "by-dev");
    let brokers = match (&settings["kafka"]["brokerList"], text("/pulsar/address")) {
        (Value::String(list), _) if !list.is_empty() => list.split(',').map(|it| it.trim().to_owned()).collect(),
        (Value::Array(list), _) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        (_, address) if address.is_empty() => vec![],
        (_, address) => vec![format!("{address}:{}", or(text("/pulsar/port"), "6650"))],
    };
    places.extend(brokers.iter().map(|address| format!("messages {}/{prefix}", at(address))));
    places.sort_unstable();
    places.dedup();
    places
}

/// The message queue of a release, in Milvus' own word, by the configuration that its objects bring; `None` where they
/// bring none. Charts that name none in it have a section for it, or leave a standalone its own.
pub(super) fn message_queue_word(objects: &[Value]) -> Option<String> {
    let settings = milvus_settings(objects)?;
    let said = ["/mq/type", "/messageQueue"].into_iter().find_map(|pointer| settings.pointer(pointer)?.as_str());
    let said = said.filter(|word| !word.is_empty() && *word != "default");
    let section = || ["kafka", "pulsar"].into_iter().find(|section| settings[section].is_object());
    Some(said.or_else(section).unwrap_or("rocksmq").to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::release_places;

    fn places(default: &str, user: &str) -> Vec<String> {
        let map = json!({"kind": "ConfigMap", "data": {"default.yaml": default, "user.yaml": user}});
        release_places(&[Value::Null, map], "vec")
    }

    #[test]
    fn what_users_say_wins_over_what_the_chart_says() {
        let default = "etcd:\n  endpoints: [prod-etcd:2379]\n  rootPath: by-dev\n\
            minio: {address: prod-minio, port: 9000, bucketName: milvus-bucket, rootPath: file}\n\
            pulsar: {address: pulsar.infra, port: 6650}\nmsgChannel: {chanNamePrefix: {cluster: by-dev}}\n";
        let own = [
            "etcd prod-etcd.vec:2379/by-dev",
            "files prod-minio.vec:9000/milvus-bucket/file",
            "messages pulsar.infra:6650/by-dev",
        ];
        assert_eq!(places(default, ""), own);
        let user = "etcd: {endpoints: 'etcd.infra.svc:2379', rootPath: /prod/}\nkafka: {brokerList: 'a.infra:9092, b.infra:9092'}\n";
        let laid_over = places(default, user);
        assert_eq!(laid_over[0], "etcd etcd.infra:2379/prod");
        assert_eq!(laid_over[2..], ["messages a.infra:9092/by-dev", "messages b.infra:9092/by-dev"]);
    }

    #[test]
    fn what_is_inside_a_pod_is_shared_with_nobody() {
        let default = "etcd: {use: {embed: true}, endpoints: ['localhost:2379']}\ncommon: {storageType: local}\n\
            minio: {address: localhost}\n";
        assert_eq!(places(default, ""), [""; 0]);
        assert_eq!(release_places(&[], "vec"), [""; 0]);
    }
}
