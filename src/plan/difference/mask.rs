//! What is secret in an object, taken out before anybody sees its text.
//!
//! All values of Secrets; elsewhere values whose names say so: fields, environment variables, flags of commands, lines of
//! configuration in texts, passwords in addresses. That a value becomes another one is told, the value is not.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::snapshot::names_a_secret;

/// What stands for a value.
const HIDDEN: &str = "(hidden)";
/// What stands for one that was another before.
const CHANGED: &str = "(hidden, changed)";

/// `name: value` or `name=value` that takes up the rest of a line: of a configuration, or a flag.
static LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^(\s*(?:-\s+)?(?:export\s+)?["']?)([\w./-]+)(["']?\s*[:=]\s*)(\S.*)$"#));
/// The same in the midst of a line, and a flag before its value.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"([\w.-]*(?i:passw|token|secret|key|credential|jaas|connectionstring)[\w.-]*)(["']?\s*[:=]\s*|\s+)("[^"]*"|'[^']*'|[^\s"',;&|}]+)"#,
    )
});
/// User and password of an address.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(://[^/\s:@"']*:)([^\s"']+)(@)"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are tested")
}

/// Both objects without what is secret in them.
pub(super) fn both(old: Option<&Value>, new: Option<&Value>) -> (Option<Value>, Option<Value>) {
    (old.map(|old| object(old, None)), new.map(|new| object(new, old)))
}

fn object(object: &Value, before: Option<&Value>) -> Value {
    let is_secret = object["apiVersion"] == "v1" && object["kind"] == "Secret";
    let Value::Object(fields) = object else { return object.clone() };
    let fields = fields.iter().map(|(name, value)| {
        let before = before.map(|before| &before[name.as_str()]);
        let all = is_secret && matches!(name.as_str(), "data" | "stringData");
        (name.clone(), if all { values(value, before) } else { field(name, value, before) })
    });
    Value::Object(fields.collect())
}

/// Every value of a Secret.
fn values(value: &Value, before: Option<&Value>) -> Value {
    match value {
        Value::Object(fields) => {
            let hidden = |(name, value): (&String, &Value)| {
                (name.clone(), values(value, before.map(|before| &before[name.as_str()])))
            };
            Value::Object(fields.iter().map(hidden).collect())
        }
        Value::Null => Value::Null,
        value => hidden(value, before),
    }
}

fn hidden(value: &Value, before: Option<&Value>) -> Value {
    let changed = before.is_some_and(|before| !before.is_null() && before != value);
    if changed { CHANGED.into() } else { HIDDEN.into() }
}

fn field(name: &str, value: &Value, before: Option<&Value>) -> Value {
    if is_secret_name(name) && (value.is_string() || value.is_number()) {
        return hidden(value, before);
    }
    match value {
        Value::Object(fields) => {
            // An entry of `env`, or of a list of settings that looks like one.
            let named = fields.get("name").and_then(Value::as_str).is_some_and(is_secret_name);
            let inner = fields.iter().map(|(name, value)| {
                let before = before.map(|before| &before[name.as_str()]);
                let hide = named && name == "value" && !value.is_null();
                (name.clone(), if hide { hidden(value, before) } else { field(name, value, before) })
            });
            Value::Object(inner.collect())
        }
        Value::Array(items) => Value::Array(list(name, items, before)),
        Value::String(text) => text_of(text, before.and_then(Value::as_str)).into(),
        other => other.clone(),
    }
}

/// Items of lists are compared with those of the same name, where they have one. What follows the name of a secret in a
/// list of words is one: `["--password", "x"]`.
fn list(name: &str, items: &[Value], before: Option<&Value>) -> Vec<Value> {
    let mut previous: Option<&str> = None;
    let each = items.iter().enumerate().map(|(at, item)| {
        let of_name = |name: &Value| before?.as_array()?.iter().find(|other| other["name"] == *name);
        let before = match item.get("name") {
            Some(name) => of_name(name),
            None => before.and_then(|before| before.get(at)),
        };
        let follows = previous.is_some_and(|word| word.starts_with('-') && !word.contains('=') && is_secret_name(word));
        previous = item.as_str();
        if follows && item.is_string() { hidden(item, before) } else { field(name, item, before) }
    });
    each.collect()
}

/// Whether a name is that of something secret, in whatever writing: `MINIO_SECRET_KEY`, `secretAccessKey`.
fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let last = name.rsplit(['.', '_', '-', '/']).next().unwrap_or(name);
    names_a_secret(&plain) || last.eq_ignore_ascii_case("secret") && name != last && !name.contains('/')
}

/// A text line by line: what its lines call secret, and passwords in addresses.
fn text_of(text: &str, before: Option<&str>) -> String {
    let known: Option<Vec<&str>> = before.map(|before| before.lines().map(str::trim).collect());
    // The indentation of a name whose value is in the lines below it.
    let mut block: Option<usize> = None;
    let mut lines = vec![];
    for line in text.split('\n') {
        let indentation = line.len() - line.trim_start().len();
        let word = match &known {
            Some(known) if !known.contains(&line.trim()) => CHANGED,
            _ => HIDDEN,
        };
        if block.is_some_and(|above| indentation > above && !line.trim().is_empty()) {
            lines.push(format!("{}{word}", &line[..indentation]));
            continue;
        }
        block = None;
        let found = LINE.captures(line).filter(|found| is_secret_name(&found[2]));
        if let Some(found) = found {
            if found[4].starts_with(['|', '>']) {
                block = Some(indentation);
                lines.push(line.to_owned());
            } else {
                lines.push(format!("{}{}{}{word}", &found[1], &found[2], &found[3]));
            }
            continue;
        }
        let parts = parts_of(line, word);
        let address = |found: &Captures<'_>| format!("{}{word}{}", &found[1], &found[3]);
        lines.push(ADDRESS.replace_all(&parts, address).into_owned());
    }
    lines.join("\n")
}

/// Values in the midst of a line: `--token x`, `user=a password=b`.
fn parts_of(line: &str, word: &str) -> String {
    let replace = |found: &Captures<'_>| {
        let (name, between, value) = (&found[1], &found[2], &found[3]);
        let says = !between.trim().is_empty() || name.starts_with('-');
        if says && is_secret_name(name) {
            format!("{name}{between}{word}")
        } else {
            format!("{name}{between}{}", parts_of(value, word))
        }
    };
    PART.replace_all(line, replace).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::both;

    fn shown(old: &Value, new: &Value) -> (Value, Value) {
        let (old, new) = both(Some(old), Some(new));
        (old.unwrap(), new.unwrap())
    }

    #[test]
    fn every_value_of_a_secret_is_hidden_and_a_changed_one_said_to_be() {
        let secret = |data: Value| json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data});
        let (old, new) = shown(
            &secret(json!({"same": "YQ==", "other": "YQ==", "gone": "YQ=="})),
            &secret(json!({"same": "YQ==", "other": "Yg==", "new": "YQ==", "none": null})),
        );
        assert_eq!(old["data"], json!({"same": "(hidden)", "other": "(hidden)", "gone": "(hidden)"}));
        assert_eq!(
            new["data"],
            json!({"same": "(hidden)", "other": "(hidden, changed)", "new": "(hidden)", "none": null})
        );
        assert_eq!(new["type"], "Opaque");
        let text = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"user": value}});
        let (_, new) = shown(&text("plain"), &text("plainer"));
        assert_eq!(new["stringData"]["user"], "(hidden, changed)");
    }

    #[test]
    fn fields_variables_and_flags_whose_names_say_so_are_hidden() {
        let pod = |value: &str| {
            json!({"kind": "Pod", "spec": {"containers": [{
                "name": "main",
                "args": ["--password", value, "--secret-key=".to_owned() + value, "run"],
                "env": [
                    {"name": "MINIO_SECRET_KEY", "value": value},
                    {"name": "AWS_SECRET", "value": value},
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "ROOT_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                ],
                "rootPassword": value,
            }], "serviceAccountName": "milvus", "imagePullSecrets": [{"name": "registry"}],
                "volumes": [{"secret": {"secretName": "certificates"}}], "automountServiceAccountToken": true}})
        };
        let (old, new) = shown(&pod("hunter2"), &pod("hunter3"));
        assert!(!old.to_string().contains("hunter") && !new.to_string().contains("hunter"), "{new:#}");
        let container = &new["spec"]["containers"][0];
        assert_eq!(
            container["args"],
            json!(["--password", "(hidden, changed)", "--secret-key=(hidden, changed)", "run"])
        );
        assert_eq!(container["env"][0]["value"], "(hidden, changed)");
        assert_eq!(container["env"][2]["value"], "info");
        assert_eq!(container["env"][3], pod("")["spec"]["containers"][0]["env"][3], "names of Secrets are no secrets");
        assert_eq!(new["spec"]["volumes"], pod("")["spec"]["volumes"]);
        assert_eq!(new["spec"]["imagePullSecrets"], pod("")["spec"]["imagePullSecrets"]);
        assert_eq!(shown(&pod("a"), &pod("a")).0, shown(&pod("a"), &pod("a")).1);
    }

    #[test]
    fn lines_of_configuration_are_hidden_where_they_say_what_they_are() {
        let map = |text: &str| json!({"kind": "ConfigMap", "data": {"default.yaml": text}});
        let text = "minio:
  address: my-minio
  accessKeyID: ana
  secretAccessKey: hunter2
  bucket: b
tls:
  privateKey: |
    hunter2
    hunter2
after: 1
pulsar: pulsar://ana:hunter2@p:6650/x
run: mc alias --password hunter2 --token=hunter2 x
jdbc: \"a=b;password=hunter2;c=d\"
json: {\"password\": \"hunter2\", \"user\": 1}
";
        let (old, new) = shown(&map(text), &map(&text.replace("hunter2", "hunter3").replace(": b\n", ": c\n")));
        insta::assert_snapshot!(old["data"]["default.yaml"].as_str().unwrap(), @r#"
        minio:
          address: my-minio
          accessKeyID: (hidden)
          secretAccessKey: (hidden)
          bucket: b
        tls:
          privateKey: |
            (hidden)
            (hidden)
        after: 1
        pulsar: pulsar://ana:(hidden)@p:6650/x
        run: mc alias --password (hidden) --token=(hidden) x
        jdbc: "a=b;password=(hidden);c=d"
        json: {"password": (hidden), "user": 1}
        "#);
        insta::assert_snapshot!(new["data"]["default.yaml"].as_str().unwrap(), @r#"
        minio:
          address: my-minio
          accessKeyID: (hidden)
          secretAccessKey: (hidden, changed)
          bucket: c
        tls:
          privateKey: |
            (hidden, changed)
            (hidden, changed)
        after: 1
        pulsar: pulsar://ana:(hidden, changed)@p:6650/x
        run: mc alias --password (hidden, changed) --token=(hidden, changed) x
        jdbc: "a=b;password=(hidden, changed);c=d"
        json: {"password": (hidden, changed), "user": 1}
        "#);
    }

    #[test]
    fn what_comes_or_goes_has_nothing_to_be_compared_with() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "YQ=="}});
        for (old, new) in [(Some(&secret), None), (None, Some(&secret))] {
            let (old, new) = both(old, new);
            assert_eq!(old.or(new).unwrap()["data"]["a"], "(hidden)");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_secret_is_never_shown(key in "[A-Za-z_]{0,6}(password|token|apiKey|SECRET_KEY)", before in "[ -~]{0,12}", after in "[ -~]{0,6}") {
            let line = format!("{before}\n  {key}: hunter2{after}\n{before}");
            let object = json!({"kind": "ConfigMap", "data": {"a": line, "b": format!("x --{key}=hunter2 {after}")}});
            let (shown, _) = both(Some(&object), None);
            proptest::prop_assert!(!shown.as_ref().unwrap().to_string().contains("hunter2"), "{:?}", shown);
        }
    }
}
