//! Where a Helm release keeps its metadata, as its own configuration says, and the files that tell another program.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::merge::merge;
use crate::{
    helm::{json as convert, yaml},
    milvus::MilvusVersion,
    snapshot::{EtcdPlace, MetadataTask},
};

/// Where the metadata are below, where no file says otherwise (milvus.yaml of Milvus 2.1).
pub(super) const ROOT_PATH: &str = "by-dev";
/// Settings that name files.
const FILES: [&str; 3] = ["tlsCert", "tlsKey", "tlsCACert"];

/// The section `etcd` of the configuration that the objects of a release bring, user.yaml over default.yaml; `None`
/// where the release brings none. Passwords may be in it.
pub fn etcd_settings(objects: &[Value]) -> Option<Value> {
    let mut settings = milvus_settings(objects)?;
    let etcd = settings["etcd"].take();
    Some(if etcd.is_object() { etcd } else { json!({}) })
}

/// The whole configuration that the objects of a release bring, user.yaml over default.yaml; `None` where they bring
/// none. Passwords may be in it.
pub(super) fn milvus_settings(objects: &[Value]) -> Option<Value> {
    let data = objects.iter().filter(|object| object["kind"] == "ConfigMap").map(|map| &map["data"]);
    let data = data.into_iter().find(|data| data["default.yaml"].is_string())?;
    let read = |key: &str| {
        let text = yaml::read(data[key].as_str()?).ok()?;
        Some(convert::to_json(&text)).filter(Value::is_object)
    };
    let mut settings = read("default.yaml").unwrap_or_else(|| json!({}));
    if let Some(user) = read("user.yaml") {
        merge(&mut settings, &user);
    }
    Some(settings)
}

/// The same without what is secret.
pub fn etcd_place(objects: &[Value]) -> Option<EtcdPlace> {
    let settings = etcd_settings(objects)?;
    let on = |pointer: &str| settings.pointer(pointer).is_some_and(|value| *value == true || *value == "true");
    let mut place = EtcdPlace {
        endpoints: endpoints(&settings),
        root_path: settings["rootPath"].as_str().unwrap_or(ROOT_PATH).to_owned(),
        has_password: on("/auth/enabled"),
        has_tls: on("/ssl/enabled"),
        is_embedded: on("/use/embed"),
        ..EtcdPlace::default()
    };
    if place.has_tls {
        mount_files(&mut place, &settings["ssl"], objects);
    }
    Some(place)
}

/// A list, or words with commas between them.
pub(super) fn endpoints(settings: &Value) -> Vec<String> {
    match &settings["endpoints"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(words) => words.split(',').map(|word| word.trim().to_owned()).collect(),
        _ => vec![],
    }
}

/// The volumes with the files of TLS, as the pods of Milvus have them.
fn mount_files(place: &mut EtcdPlace, ssl: &Value, objects: &[Value]) {
    let paths: Vec<&str> = FILES.into_iter().filter_map(|key| ssl[key].as_str()).filter(|it| !it.is_empty()).collect();
    let pods = objects.iter().filter(|object| object["kind"] == "Deployment").map(|it| &it["spec"]["template"]["spec"]);
    for pod in pods {
        let containers = pod["containers"].as_array().into_iter().flatten();
        let all: Vec<&Value> = containers.filter_map(|it| it["volumeMounts"].as_array()).flatten().collect();
        let holds = |mount: &Value, path: &str| {
            let at = mount["mountPath"].as_str().unwrap_or_default().trim_end_matches('/');
            path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if paths.is_empty() || !paths.iter().all(|path| all.iter().any(|mount| holds(mount, path))) {
            continue;
        }
        let mut mounts: Vec<Value> =
            all.into_iter().filter(|mount| paths.iter().any(|path| holds(mount, path))).cloned().collect();
        mounts.dedup();
        let is_used = |volume: &&Value| mounts.iter().any(|mount| mount["name"] == volume["name"]);
        place.volumes = pod["volumes"].as_array().into_iter().flatten().filter(is_used).cloned().collect();
        place.mounts = mounts;
        return;
    }
}

/// The file that a task reads, by its name among all three.
pub(super) fn file_of(task: MetadataTask) -> &'static str {
    match task {
        MetadataTask::Backup => "backup.yaml",
        MetadataTask::Run => "migration.yaml",
        MetadataTask::Rollback => "rollback.yaml",
    }
}

/// The configuration of each task, by file: `settings` is the section `etcd` of Milvus itself, with its passwords.
pub fn metadata_files(
    settings: &Value,
    (from, to): (&MilvusVersion, &MilvusVersion),
    backup: &str,
) -> BTreeMap<String, String> {
    let mut etcd = Map::new();
    etcd.insert("endpoints".into(), json!(endpoints(settings)));
    etcd.insert("rootPath".into(), settings["rootPath"].as_str().unwrap_or(ROOT_PATH).into());
    for (key, default) in [("metaSubPath", "meta"), ("kvSubPath", "kv")] {
        etcd.insert(key.into(), settings[key].as_str().unwrap_or(default).into());
    }
    for key in ["auth", "ssl"] {
        if settings[key].is_object() {
            etcd.insert(key.into(), settings[key].clone());
        }
    }
    let file = |task: MetadataTask| {
        let text = json!({
            "cmd": {"type": task.word(), "runWithBackup": false},
            "config": {"sourceVersion": plain(from), "targetVersion": plain(to), "backupFilePath": backup},
            "metastore": {"type": "etcd"},
            "etcd": etcd,
        });
        (file_of(task).to_owned(), yaml::write(&convert::from_json(&text)))
    };
    MetadataTask::ALL.into_iter().map(file).collect()
}

/// Numbers only: the program that migrates knows no variants.
pub(super) fn plain(version: &MilvusVersion) -> String {
    let (major, minor, patch) = version.numbers();
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{etcd_place, etcd_settings, metadata_files};
    use crate::milvus::MilvusVersion;

    fn objects(default: &str, user: Option<&str>) -> Vec<Value> {
        let mut data = json!({"default.yaml": default});
        if let Some(user) = user {
            data["user.yaml"] = user.into();
        }
        vec![json!({"kind": "Service"}), json!({"kind": "ConfigMap", "data": data})]
    }

    fn files(objects: &[Value]) -> std::collections::BTreeMap<String, String> {
        let settings = etcd_settings(objects).expect("a configuration");
        let pair = (MilvusVersion::new(2, 1, 4), MilvusVersion::new(2, 2, 16));
        metadata_files(&settings, (&pair.0, &pair.1), "/milvus/data/migration.bak")
    }

    #[test]
    fn one_endpoint_without_a_password() {
        let files = files(&objects("etcd:\n  endpoints: [my-etcd:2379]\nmetastore: {type: etcd}\n", None));
        assert_eq!(files.keys().collect::<Vec<_>>(), ["backup.yaml", "migration.yaml", "rollback.yaml"]);
        insta::assert_snapshot!(files["migration.yaml"], @r"
        cmd:
          runWithBackup: false
          type: run
        config:
          backupFilePath: /milvus/data/migration.bak
          sourceVersion: 2.1.4
          targetVersion: 2.2.16
        etcd:
          endpoints:
          - my-etcd:2379
          kvSubPath: kv
          metaSubPath: meta
          rootPath: by-dev
        metastore:
          type: etcd
        ");
    }

    #[test]
    fn three_endpoints_with_a_password_are_a_list_and_it_is_no_part_of_the_place() {
        let user = "etcd:\n  rootPath: own\n  auth: {enabled: true, userName: root, password: hunter2}\n";
        let objects = objects("etcd:\n  endpoints: [a:2379, b:2379, c:2379]\n", Some(user));
        let place = etcd_place(&objects).expect("a place");
        assert_eq!((place.endpoints.len(), place.root_path.as_str(), place.has_password), (3, "own", true));
        assert!(!format!("{place:?}").contains("hunter2"));
        insta::assert_snapshot!(files(&objects)["backup.yaml"], @r"
        cmd:
          runWithBackup: false
          type: backup
        config:
          backupFilePath: /milvus/data/migration.bak
          sourceVersion: 2.1.4
          targetVersion: 2.2.16
        etcd:
          auth:
            enabled: true
            password: hunter2
            userName: root
          endpoints:
          - a:2379
          - b:2379
          - c:2379
          kvSubPath: kv
          metaSubPath: meta
          rootPath: own
        metastore:
          type: etcd
        ");
    }

    #[test]
    fn the_files_of_tls_are_mounted_as_milvus_has_them() {
        let user =
            "etcd:\n  ssl: {enabled: true, tlsCert: /tls/tls.crt, tlsKey: /tls/tls.key, tlsCACert: /tls/ca.crt}\n";
        let mut objects = objects("etcd:\n  endpoints: \"a:2379, b:2379\"\n", Some(user));
        assert!(etcd_place(&objects).expect("a place").mounts.is_empty());
        objects.push(json!({"kind": "Deployment", "spec": {"template": {"spec": {
            "containers": [{"volumeMounts": [{"name": "tls", "mountPath": "/tls"}, {"name": "x", "mountPath": "/t"}]}],
            "volumes": [{"name": "tls", "secret": {"secretName": "etcd-tls"}}, {"name": "x", "emptyDir": {}}],
        }}}}));
        let place = etcd_place(&objects).expect("a place");
        assert_eq!(place.endpoints, ["a:2379", "b:2379"]);
        assert_eq!(place.mounts, [json!({"name": "tls", "mountPath": "/tls"})]);
        assert_eq!(place.volumes, [json!({"name": "tls", "secret": {"secretName": "etcd-tls"}})]);
    }
}
