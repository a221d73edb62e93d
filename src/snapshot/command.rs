//! Commands about an instance, ready to be typed.

use serde_json::Value;

use super::Resource;

impl Resource {
    /// A command of this plugin about the instance.
    pub fn plugin_command(&self, verb: &str, rest: &str) -> String {
        // A bare name means the operator's.
        let name = if self.is_release { shell_word(&self.reference()) } else { shell_word(&self.name) };
        let namespace = shell_word(&self.namespace);
        format!("kubectl milvus {verb} {name} -n {namespace} {rest}").trim_end().to_owned()
    }

    /// The command that merges `patch` into the resource.
    pub fn patch_command(&self, patch: &Value) -> String {
        let (namespace, name) = (shell_word(&self.namespace), shell_word(&self.name));
        format!("kubectl -n {namespace} patch milvus {name} --type=merge -p {}", shell_word(&patch.to_string()))
    }
}

/// `text` as one word of a shell, whatever it holds.
pub fn shell_word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._/:@=,+".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shell_word;
    use crate::snapshot::sample::healthy_cluster;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_it_otherwise() {
        for (text, word) in [("prod", "prod"), ("", "''"), ("a b", "'a b'"), ("it's; rm", r"'it'\''s; rm'")] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let mut milvus = healthy_cluster().milvus;
        milvus.name = "$(reboot)".into();
        let command = milvus.patch_command(&json!({"spec": null}));
        assert_eq!(command, r#"kubectl -n vec patch milvus '$(reboot)' --type=merge -p '{"spec":null}'"#);
    }
}
