//! `.helmignore`: which files of a chart's directory are no part of the chart.

use super::pattern;
use crate::helm::error::{Error, Result};

/// The file that holds the rules, at the top of a chart's directory. Archives have no rules.
pub const FILE: &str = ".helmignore";

/// The rules of a `.helmignore`, and Helm's own: no hidden files in `templates/`.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    /// `!`: what does not match is ignored, which is not what Git makes of it.
    negated: bool,
    /// A trailing `/`: only directories match.
    directory: bool,
    /// Without a `/` inside, the last part of a path is looked at, else all of it.
    whole_path: bool,
}

impl Rules {
    /// Reads the text of a `.helmignore`; no text gives Helm's own rules alone.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = vec![];
        for line in text.lines().chain(["templates/.?*"]) {
            rules.extend(Rule::parse(line)?);
        }
        Ok(Self { rules })
    }

    /// Whether the file or directory at `path`, relative to the chart and with `/`, is left out. The first rule that
    /// speaks about it decides.
    ///
    /// What lies in a directory that is left out is left out with it, for which the caller asks about the directory.
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        self.rules.iter().any(|rule| {
            if rule.negated {
                (rule.directory && !is_directory) || !rule.matches(path)
            } else {
                (!rule.directory || is_directory) && rule.matches(path)
            }
        })
    }

    /// Whether the file at `path`, or one of the directories that hold it, is left out.
    pub fn ignores_file(&self, path: &str) -> bool {
        let directories = path.match_indices('/').map(|(end, _)| &path[..end]);
        directories.clone().any(|directory| self.ignores(directory, true)) || self.ignores(path, false)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Self>> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let wrong = |why: &str| Error::new(format!("{why}: `{line}` in `{FILE}`"));
        if line.contains("**") {
            return Err(wrong("double-star (**) syntax is not supported"));
        }
        pattern::matches(line, "abc").map_err(|_| wrong("syntax error in pattern"))?;
        let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (directory, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        let whole_path = line.contains('/');
        Ok(Some(Self { pattern: line.strip_prefix('/').unwrap_or(line).to_owned(), negated, directory, whole_path }))
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
        // As in Helm, a fault that shows only now makes the rule match nothing.
        pattern::matches(&self.pattern, if self.whole_path { path } else { name }).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    /// Rules, a path and whether Helm leaves it out.
    const ANSWERS: &[(&str, &str, bool)] = &[
        ("", "templates/.hidden", true),
        ("", "templates/sub/.hidden", false),
        ("", ".hidden", false),
        ("# templates", "templates/a.yaml", false),
        ("*.bak", "a/b/c.bak", true),
        ("a/*.bak", "a/c.bak", true),
        ("a/*.bak", "b/a/c.bak", false),
        ("/a", "a", true),
        ("/a", "b/a", false),
        ("docs/", "docs/x", true),
        ("docs/", "docs", false),
        ("docs/", "a/docs/x", true),
        ("!*.yaml", "templates/a.yaml", true),
        ("!*", "templates/a.yaml", false),
        ("\u{feff}x", "x", true),
        ("  x  ", "x", true),
    ];

    #[test]
    fn rules_leave_out_what_helm_leaves_out() {
        for (rules, path, answer) in ANSWERS {
            assert_eq!(Rules::parse(rules).unwrap().ignores_file(path), *answer, "{rules} {path}");
        }
    }

    #[test]
    fn double_stars_and_open_ranges_are_refused() {
        for rules in ["a/**", "["] {
            let error = Rules::parse(rules).unwrap_err();
            assert!(error.text().contains(rules), "{error}");
        }
    }
}
