use serde::Deserialize;

use super::Knowledge;

/// A tool that keeps objects as it has them written down elsewhere, so that a change by hand does not last.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// What people call it.
    pub owner: String,
    /// Keys of labels and annotations that it leaves; one that ends with a slash stands for all that start so.
    pub marks: Vec<String>,
    /// The names under which it writes fields.
    pub managers: Vec<String>,
    /// How it leaves fields alone.
    pub aside: Aside,
    /// Where this is written.
    pub source: String,
}

/// How a tool is told to leave fields alone that somebody else writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// What to do, and where it stands.
    pub how: String,
    /// What to write there: `{name}`, `{namespace}`, and a line with `{path}` or `{dotted}` that is there once for each field.
    pub text: String,
}

impl Aside {
    /// What to write there for these fields of a resource, each as the keys that lead to it.
    pub fn for_fields(&self, namespace: &str, name: &str, fields: &[Vec<String>]) -> String {
        let line = |line: &str| {
            if !line.contains("{path}") && !line.contains("{dotted}") {
                return vec![line.replace("{name}", name).replace("{namespace}", namespace)];
            }
            let one = |field: &Vec<String>| {
                line.replace("{path}", &format!("/{}", field.join("/"))).replace("{dotted}", &field.join("."))
            };
            fields.iter().map(one).collect()
        };
        let lines: Vec<String> = self.text.trim().lines().flat_map(line).collect();
        lines.join("\n") + "\n"
    }
}

impl Owner {
    /// Whether a label or annotation with this key is one of its marks.
    pub fn leaves(&self, key: &str) -> bool {
        self.marks.iter().any(|mark| key == mark || (mark.ends_with('/') && key.starts_with(mark.as_str())))
    }
}

impl Knowledge {
    /// The tools that may own an object.
    pub fn owners(&self) -> &[Owner] {
        &self.tables.owner
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn every_owner_can_be_told_to_leave_fields_alone() {
        let fields = [["spec", "components", "indexNode"], ["spec", "components", "streamingMode"]];
        let fields = fields.map(|path| path.map(str::to_owned).to_vec());
        for owner in Knowledge::builtin().owners() {
            let text = owner.aside.for_fields("vec", "prod", &fields);
            for word in ["indexNode", "streamingMode", "prod"] {
                // Terraform's resource is the one that the text stands in.
                assert!(text.contains(word) || owner.owner == "Terraform" && word == "prod", "{}: {text}", owner.owner);
            }
            assert!(!text.contains('{'), "{}: {text}", owner.owner);
        }
    }
}
