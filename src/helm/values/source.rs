//! What a user gives: value files and `--set…` flags, in the order in which Helm lays them over each other.

use super::merge_maps;
use crate::helm::{
    error::{Error, Result},
    json,
    set::{self, SetKind},
    value::Map,
    yaml,
};

/// What a user gives to a chart. Later ones win over earlier ones: files, `--set-json`, `--set`, `--set-string`,
/// `--set-file`, `--set-literal`, and in each the later.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// `--values`: the name of each file, for errors, and its text.
    pub files: Vec<(String, String)>,
    /// `--set-json`: a JSON object, or `key=JSON`.
    pub json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub text: Vec<String>,
    /// `--set-file`: `key=path`.
    pub contents: Vec<String>,
    /// `--set-literal`.
    pub literal: Vec<String>,
}

impl Sources {
    /// Lays all of it over each other. `open` gives the text of a file that `--set-file` names.
    pub fn merged(&self, open: &dyn Fn(&str) -> Result<String>) -> Result<Map> {
        let mut values = Map::new();
        for (name, text) in &self.files {
            let read = read(text).map_err(|error| error.during(format!("failed to parse {name}")))?;
            values = merge_maps(&values, &read);
        }
        // What was typed may hold a secret, so it is in none of these errors.
        for text in &self.json {
            if text.trim_start().starts_with('{') {
                let read = json::read_map(text).map_err(|error| error.during("failed parsing --set-json data JSON"))?;
                values = merge_maps(&values, &read);
            } else {
                parse(&values, text, SetKind::Json, "--set-json")?;
            }
        }
        for (texts, kind, flag) in [
            (&self.set, SetKind::Typed, "--set"),
            (&self.text, SetKind::Text, "--set-string"),
            (&self.contents, SetKind::File(open), "--set-file"),
            (&self.literal, SetKind::Literal, "--set-literal"),
        ] {
            for text in texts {
                parse(&values, text, kind, flag)?;
            }
        }
        Ok(values)
    }
}

fn parse(values: &Map, text: &str, kind: SetKind<'_>, flag: &str) -> Result<()> {
    set::parse_into(values, text, kind).map_err(|error| error.during(format!("failed parsing {flag} data")))
}

/// Reads a file of values: one or more YAML documents, of which later ones win.
pub fn read(text: &str) -> Result<Map> {
    let mut values = Map::new();
    for document in documents(text)? {
        let read = yaml::read_map(&document).map_err(|error| error.during("cannot unmarshal yaml document"))?;
        values = merge_maps(&values, &read);
    }
    Ok(values)
}

/// The documents of a stream, split at lines that begin with `---`, behind which only a comment may stand.
pub fn documents(text: &str) -> Result<Vec<String>> {
    let mut documents = vec![];
    let mut document = String::new();
    for line in text.lines() {
        if let Some(behind) = line.strip_prefix("---") {
            let behind = behind.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                let what = format!("invalid Yaml document separator: {behind}");
                return Err(Error::new(what).during("error reading yaml document"));
            }
            if !document.is_empty() {
                documents.push(std::mem::take(&mut document));
                continue;
            }
        }
        document.push_str(line);
        document.push('\n');
    }
    if !document.is_empty() {
        documents.push(document);
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::{Sources, documents, read};
    use crate::helm::{error::Error, yaml};

    #[test]
    fn documents_are_split_at_lines_of_dashes() {
        for (text, expected) in [
            ("a: 1", vec!["a: 1\n"]),
            ("---\r\na: 1\r\n--- # next\nb: 2\n", vec!["---\na: 1\n", "b: 2\n"]),
            ("---\n---\na: 1\n", vec!["---\n", "a: 1\n"]),
            ("", vec![]),
            ("a: |\n  ---\n", vec!["a: |\n  ---\n"]),
        ] {
            assert_eq!(documents(text).unwrap(), expected, "{text:?}");
        }
        let error = read("a: 1\n--- b: 2\n").unwrap_err();
        assert_eq!(error.text(), "error reading yaml document: invalid Yaml document separator: b: 2");
    }

    #[test]
    fn later_documents_win() {
        let values = read("a: {b: 1, c: 1}\n---\na: {b: 2}\n---\n# nothing\n").unwrap();
        assert_eq!(yaml::write(&values.into()), "a:\n  b: 2\n  c: 1");
    }

    #[test]
    fn sources_are_laid_over_each_other_in_the_order_of_helm() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let sources = Sources {
            files: vec![
                ("one".into(), "{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, l: [1]}".into()),
                ("two".into(), "a: 2".into()),
            ],
            json: texts(&[r#"{"b": 2}"#, "l=[2]"]),
            set: texts(&["c=2,b=3"]),
            text: texts(&["d=2,c=3"]),
            contents: texts(&["e=path"]),
            literal: texts(&["f=2,e=3"]),
        };
        let values = sources.merged(&|path| Ok(format!("text of {path}"))).unwrap();
        assert_eq!(yaml::write(&values.into()), "a: 2\nb: 3\nc: \"3\"\nd: \"2\"\ne: text of path\nf: 2,e=3\nl:\n- 2");
    }

    #[test]
    fn faults_name_the_flag_or_file_and_not_the_value() {
        let sources = Sources { json: vec![r#"{"password": "secret"#.into()], ..Sources::default() };
        let error = sources.merged(&|_| Err(Error::new("unused"))).unwrap_err();
        assert!(error.text().contains("--set-json") && !error.text().contains("secret"), "{error}");
        let sources = Sources { files: vec![("my.yaml".into(), "- 1".into())], ..Sources::default() };
        let error = sources.merged(&|_| Err(Error::new("unused"))).unwrap_err();
        assert!(error.text().starts_with("failed to parse my.yaml: cannot unmarshal yaml document: "), "{error}");
    }
}
