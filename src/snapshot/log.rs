use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    resource::{MASK, names_a_secret},
    workload::Pod,
};

/// A container that may have written why it does not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogSource {
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// Whether it ran before, so that there is another log.
    pub has_run_before: bool,
}

impl LogSource {
    /// The containers of a pod that did not come to a good end.
    pub fn of_pod(pod: &Pod) -> Vec<Self> {
        let open = pod.containers.iter().filter(|container| container.exit_code != Some(0));
        let source = |name: &str, restarts: i64| Self::new(&pod.name, name, restarts);
        open.map(|container| source(&container.name, container.restarts)).collect()
    }

    /// The same of a pod as the API server tells of it.
    pub fn of(pod: &Value) -> Vec<Self> {
        let lists = ["initContainerStatuses", "containerStatuses"];
        let containers = lists.into_iter().filter_map(|list| pod["status"][list].as_array()).flatten();
        let open = containers.filter(|container| container["state"]["terminated"]["exitCode"] != 0);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (pod, restarts) = (text(&pod["metadata"]["name"]), |it: &Value| it["restartCount"].as_i64());
        open.map(|it| Self::new(&pod, &text(&it["name"]), restarts(it).unwrap_or_default())).collect()
    }

    fn new(pod: &str, container: &str, restarts: i64) -> Self {
        Self { pod: pod.to_owned(), container: container.to_owned(), has_run_before: restarts > 0 }
    }
}

/// What stands before a value: `name: ` or `name=`, also quoted as in JSON.
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r#"([\w.-]+)["']?\s*[:=]\s*"#));
/// A value, quoted or up to what ends it.
static VALUE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^("[^"]*"|'[^']*'|[^\s"',;&|}\])]+)"#));
/// User and password of an address.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(://[^/\s:@"']*:)[^\s"'/@]+(@)"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are tested")
}

/// Lines of a log without what is told as the value of something that names a secret, and without passwords in addresses.
pub fn masked_log(text: &str) -> String {
    let text = ADDRESS.replace_all(text, format!("${{1}}{MASK}${{2}}"));
    let (mut masked, mut rest) = (String::with_capacity(text.len()), &*text);
    // From name to name, for what follows a name may be another: `dial minio: secretKey=x`.
    while let Some(found) = NAME.captures(rest) {
        let (name, end) = (&found[1], found[0].len() + found.get(0).map_or(0, |all| all.start()));
        let key: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
        masked.push_str(&rest[..end]);
        rest = &rest[end..];
        if let Some(value) = VALUE.find(rest).filter(|_| names_a_secret(&key)) {
            masked.push_str(MASK);
            rest = &rest[value.end()..];
        }
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::masked_log;

    #[test]
    fn values_of_secrets_are_masked_and_the_rest_stays() {
        for (line, masked) in [
            (r#"{"secretAccessKey":"hunter2","bucket":"b"}"#, r#"{"secretAccessKey":(masked),"bucket":"b"}"#),
            ("[password=hunter2] [level=INFO]", "[password=(masked)] [level=INFO]"),
            ("MINIO_SECRET_KEY='hunter 2' x", "MINIO_SECRET_KEY=(masked) x"),
            ("common.security.defaultRootPassword: hunter2", "common.security.defaultRootPassword: (masked)"),
            ("dial minio: secretAccessKey=hunter2 x", "dial minio: secretAccessKey=(masked) x"),
            ("dial minio: secret_key = 'hunter 2' x", "dial minio: secret_key = (masked) x"),
            ("token=aHVudGVyMg== password:", "token=(masked) password:"),
            ("dial redis://ana:hunter2@host:6379 failed", "dial redis://ana:(masked)@host:6379 failed"),
            ("2026/11/21 12:00:00 etcd at 10.0.0.1:2379", "2026/11/21 12:00:00 etcd at 10.0.0.1:2379"),
        ] {
            assert_eq!(masked_log(line), masked);
        }
    }
}
