use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::resource::{MASK, names_a_secret};

/// `name: value` or `name=value`, also quoted as in JSON.
static PAIR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([\w.-]+)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s"',;&|}\])]+)"#));
/// User and password of an address.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(://[^/\s:@"']*:)[^\s"'/@]+(@)"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are tested")
}

/// Lines of a log without what is told as the value of something that names a secret, and without passwords in addresses.
pub fn masked_log(text: &str) -> String {
    let hide = |found: &Captures<'_>| {
        let key: String = found[1].chars().filter(|character| character.is_alphanumeric()).collect();
        let value = if names_a_secret(&key) { MASK } else { &found[3] };
        format!("{}{}{value}", &found[1], &found[2])
    };
    let text = ADDRESS.replace_all(text, format!("${{1}}{MASK}${{2}}"));
    PAIR.replace_all(&text, hide).into_owned()
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
            ("dial redis://ana:hunter2@host:6379 failed", "dial redis://ana:(masked)@host:6379 failed"),
            ("2026/11/21 12:00:00 etcd at 10.0.0.1:2379", "2026/11/21 12:00:00 etcd at 10.0.0.1:2379"),
        ] {
            assert_eq!(masked_log(line), masked);
        }
    }
}
