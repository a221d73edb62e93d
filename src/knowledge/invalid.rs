use std::fmt;

/// A document of tables that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTables {
    /// The line it is about, counted from one, where a line is to blame.
    pub line: Option<usize>,
    /// The key it is about: the field, or the row and field.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl InvalidTables {
    /// What the reader of TOML says about `document`.
    pub(super) fn of_toml(document: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map(|span| span.start);
        Self {
            line: start.map(|start| 1 + document[..start.min(document.len())].matches('\n').count()),
            key: start.and_then(|start| key_at(document, start)),
            problem: error.message().trim().to_owned(),
        }
    }

    /// A row that contradicts others; `row` names it: `line 3.1`.
    pub(super) fn of_row(row: &str, field: &str, problem: String) -> Self {
        Self { line: None, key: Some(format!("{row}, {field}")), problem }
    }
}

impl fmt::Display for InvalidTables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let key = self.key.as_ref().map(|key| format!("`{key}`"));
        let place: Vec<String> = line.into_iter().chain(key).collect();
        if !place.is_empty() {
            write!(formatter, "{}: ", place.join(", "))?;
        }
        // The reader's own message may run over several lines.
        let problem = self.problem.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        formatter.write_str(&problem)
    }
}

impl std::error::Error for InvalidTables {}

/// The key that the place belongs to: the name that stands there, else the last one before an equals sign on the line; the
/// table where the line begins one.
fn key_at(document: &str, place: usize) -> Option<String> {
    let place = (0..=place.min(document.len())).rev().find(|place| document.is_char_boundary(*place))?;
    let start = document[..place].rfind('\n').map_or(0, |newline| newline + 1);
    let line = document[start..].lines().next().unwrap_or_default();
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    let here: String = document[place..].chars().take_while(|character| is_name(*character)).collect();
    let after = document[place + here.len()..].trim_start_matches([' ', '\t']);
    if !here.is_empty() && after.starts_with('=') {
        return Some(here);
    }
    let before = &line[..place - start];
    let name = match before.rfind('=') {
        Some(equals) => before[..equals].trim_end().rsplit(|character| !is_name(character)).next().unwrap_or_default(),
        None => line.trim().trim_matches(['[', ']']),
    };
    let name: String = name.chars().take_while(|character| is_name(*character)).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn a_bad_row_is_named_by_line_and_key() {
        for (document, said) in [
            (
                "[[line]]\nline = '3.1'\nminimum_sauce = '3.0.0'\nsource = 'x'\n",
                "line 3, `minimum_sauce`: unknown field",
            ),
            (
                "[[line]]\nline = '3.1'\nminimum_source = 'three'\nsource = 'x'\n",
                "line 3, `minimum_source`: `three` is not a Milvus",
            ),
            ("# a\n[[release]]\nversion = '3.1.0'\n", "line 2, `release`: missing field `source`"),
            ("[[lines]]\nline = '3.1'\n", "`lines`: unknown field `lines`"),
            (
                "release = [\n  { version = '3.1', source = 'x' },\n]\n",
                "line 2, `version`: `3.1` is not a Milvus version",
            ),
            ("[[line]\n", "line 1"),
            (
                "[[release]]\nversion = '3.1.0'\nsource = 'made up'\n",
                "`release 3.1.0, version`: no row `line` is about 3.1",
            ),
            (
                "[[line]]\nline = '3.1'\nminimum_source = '3.0.9'\nsource = 'made up'\n",
                "`line 3.1, minimum_source`: no row `release` is about 3.0.9",
            ),
        ] {
            let error = Knowledge::builtin_with(document).expect_err(document).to_string();
            assert!(error.contains(said), "{error}\nwanted {said}");
        }
    }
}
