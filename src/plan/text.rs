//! Edits of YAML files that people keep: only the lines that have to change do, comments and order stay.

use std::ops::Range;

use serde_json::{Value, json};

use super::{Action, Plan, merge::merge};
use crate::{
    helm::{json, yaml},
    snapshot::Snapshot,
};

/// Why a file is not edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uneditable {
    /// It is no YAML.
    Unreadable(String),
    /// A field stands in a form that is not taken apart: its path.
    Form(String),
}

impl Plan {
    /// What a file has to say for the next step that is still to be written: fields of the resource, or values of the
    /// release. What comes after its roll is for the file to say once the roll is done.
    pub fn file_fields(&self, snapshot: &Snapshot) -> Value {
        let image = &self.target.image;
        let mut left = self.steps.iter().filter(|step| !step.is_written(snapshot)).map(|step| &step.action);
        match left.find(|action| matches!(action, Action::Patch { .. } | Action::Chart { .. })) {
            Some(Action::Patch { patch }) => json!({"spec": patch["spec"]}),
            Some(Action::Chart { settings, .. }) => settings.iter().fold(json!({}), |mut values, setting| {
                let nested = setting.key.rsplit('.').fold(setting.value.clone(), |inner, key| json!({key: inner}));
                merge(&mut values, &nested);
                values
            }),
            // What runs already, the file may still lack.
            _ if self.is_release => json!({"image": {"all": {"tag": image.tag().unwrap_or_default()}}}),
            _ => json!({"spec": {"components": {"image": image.to_string()}}}),
        }
    }
}

/// The text with the fields of a merge patch set in one of its documents, counted from 0. Of fields that the patch takes
/// away only those that are not there are allowed.
///
/// # Errors
///
/// Where the result would not be exactly what the patch makes of the document.
pub fn edit(text: &str, document: usize, patch: &Value) -> Result<String, Uneditable> {
    let mut lines = Lines::of(text);
    let range = lines.document(document);
    let before = parse(&lines.text(range.clone()))?;
    let mut leaves = vec![];
    collect(patch, &mut vec![], &mut leaves);
    for (path, value) in &leaves {
        // Every edit may add lines, so the document is looked for anew.
        let range = lines.document(document);
        lines.set(range, 0, path, value).ok_or_else(|| Uneditable::Form(path.join(".")))?;
    }
    let after = parse(&lines.text(lines.document(document)))?;
    let mut wanted = before;
    merge(&mut wanted, patch);
    if after != wanted {
        let first = leaves.first().map(|(path, _)| path.join(".")).unwrap_or_default();
        return Err(Uneditable::Form(first));
    }
    Ok(lines.whole())
}

/// The documents of a file.
///
/// # Errors
///
/// Where one of them is no YAML.
pub fn documents(text: &str) -> Result<Vec<Value>, Uneditable> {
    let lines = Lines::of(text);
    (0..lines.documents()).map(|document| parse(&lines.text(lines.document(document)))).collect()
}

fn parse(text: &str) -> Result<Value, Uneditable> {
    let value = yaml::read(text).map_err(|error| Uneditable::Unreadable(error.to_string()))?;
    Ok(json::to_json(&value))
}

/// Every field that a patch sets, with its path; fields that are to go are none.
fn collect(fields: &Value, path: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, Value)>) {
    match fields {
        Value::Object(fields) => {
            for (key, field) in fields {
                path.push(key.clone());
                collect(field, path, leaves);
                path.pop();
            }
        }
        Value::Null => {}
        value => leaves.push((path.clone(), value.clone())),
    }
}

/// A text by lines, each with its end.
struct Lines {
    lines: Vec<String>,
}

impl Lines {
    fn of(text: &str) -> Self {
        Self { lines: text.split_inclusive('\n').map(str::to_owned).collect() }
    }

    fn whole(&self) -> String {
        self.lines.concat()
    }

    fn text(&self, range: Range<usize>) -> String {
        self.lines[range].concat()
    }

    /// The lines that end a document.
    fn breaks(&self) -> Vec<usize> {
        let is_break = |line: &&str| line.trim_end() == "---" || line.starts_with("--- ");
        let numbered = self.lines.iter().map(String::as_str).enumerate();
        numbered.filter(|(_, line)| is_break(line)).map(|(number, _)| number).collect()
    }

    /// Where each document begins and ends; what stands before the first break counts where it holds anything.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut starts = vec![0];
        let breaks = self.breaks();
        starts.extend(breaks.iter().map(|line| line + 1));
        let ends = breaks.into_iter().chain([self.lines.len()]);
        let ranges = starts.into_iter().zip(ends).map(|(start, end)| start..end);
        ranges.filter(|range| self.lines[range.clone()].iter().any(|line| indent(line).is_some())).collect()
    }

    fn documents(&self) -> usize {
        self.ranges().len()
    }

    fn document(&self, number: usize) -> Range<usize> {
        self.ranges().get(number).cloned().unwrap_or(0..0)
    }

    /// Sets one field below what a range holds; nothing where it stands in a form that is not taken apart. `depth` is how
    /// far the range is indented where it holds nothing.
    fn set(&mut self, range: Range<usize>, depth: usize, path: &[String], value: &Value) -> Option<()> {
        let (key, rest) = path.split_first()?;
        let Some(level) = self.level(range.clone()) else { return self.insert(range.start, depth, path, value) };
        let Some(found) = self.find(range.clone(), level, key) else {
            return self.insert(self.end(range), level, path, value);
        };
        if rest.is_empty() {
            return self.replace(found, value);
        }
        let below = found + 1..self.children_end(found, range.end, level);
        let is_list =
            self.lines[below.clone()].iter().any(|line| indent(line) <= Some(level) && indent(line).is_some());
        if is_list || !self.opens(found) {
            return None;
        }
        self.set(below, level + 2, rest, value)
    }

    /// How far the first content of a range is indented.
    fn level(&self, range: Range<usize>) -> Option<usize> {
        self.lines[range].iter().find_map(|line| indent(line))
    }

    /// The line of a key at a level.
    fn find(&self, range: Range<usize>, level: usize, key: &str) -> Option<usize> {
        range.into_iter().find(|number| {
            let line = &self.lines[*number];
            indent(line) == Some(level) && key_of(line).is_some_and(|(found, _)| found == key)
        })
    }

    /// Whether nothing but a comment stands behind the key, so that its fields are below it.
    fn opens(&self, line: usize) -> bool {
        key_of(&self.lines[line]).is_some_and(|(_, rest)| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
    }

    /// Where what belongs to the key on `line` ends.
    fn children_end(&self, line: usize, limit: usize, parent: usize) -> usize {
        let is_outside = |number: &usize| {
            let text = &self.lines[*number];
            indent(text)
                .is_some_and(|depth| depth < parent || (depth == parent && !text.trim_start().starts_with("- ")))
        };
        (line + 1..limit).find(is_outside).unwrap_or(limit)
    }

    /// Behind the last content of a range.
    fn end(&self, range: Range<usize>) -> usize {
        range.clone().rev().find(|line| indent(&self.lines[*line]).is_some()).map_or(range.start, |line| line + 1)
    }

    /// Another scalar in the place of one; its quotes and the comment behind it stay.
    fn replace(&mut self, line: usize, value: &Value) -> Option<()> {
        let text = self.lines[line].clone();
        let (_, rest) = key_of(&text)?;
        let start = text.len() - rest.len();
        let scalar = rest.trim_start_matches(' ');
        let start = start + (rest.len() - scalar.len());
        let (old, quote) = match scalar.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = scalar[1..].find(quote)? + 2;
                (&scalar[..end], Some(quote))
            }
            Some('|' | '>' | '{' | '[' | '&' | '*' | '!' | '\n' | '\r' | '#') | None => return None,
            Some(_) => (scalar.split(" #").next()?.trim_end(), None),
        };
        // A longer scalar goes on below.
        let below = self.lines.get(line + 1).and_then(|next| indent(next));
        if below > indent(&text) {
            return None;
        }
        let new = written(value, quote)?;
        self.lines[line] = format!("{}{new}{}", &text[..start], &text[start + old.len()..]);
        Some(())
    }

    /// Adds a field, with those around it that are not there yet.
    fn insert(&mut self, at: usize, depth: usize, path: &[String], value: &Value) -> Option<()> {
        if let Some(before) = at.checked_sub(1).and_then(|before| self.lines.get_mut(before))
            && !before.ends_with('\n')
        {
            before.push('\n');
        }
        let (last, above) = path.split_last()?;
        let pad = |level: usize| " ".repeat(depth + 2 * level);
        let mut new: Vec<String> =
            above.iter().enumerate().map(|(level, key)| format!("{}{}:\n", pad(level), written_key(key))).collect();
        new.push(format!("{}{}: {}\n", pad(above.len()), written_key(last), written(value, None)?));
        self.lines.splice(at..at, new);
        Some(())
    }
}

/// How far a line is indented; nothing for one that is empty or a comment.
fn indent(line: &str) -> Option<usize> {
    let content = line.trim_start_matches(' ');
    let is_content = !content.trim().is_empty() && !content.starts_with('#') && !content.starts_with('%');
    is_content.then(|| line.len() - content.len())
}

/// The key of a line, and what stands behind its colon.
fn key_of(line: &str) -> Option<(String, &str)> {
    let content = line.trim_start();
    if let Some(quote @ ('"' | '\'')) = content.chars().next() {
        let end = content[1..].find(quote)?;
        let rest = content[end + 2..].trim_start_matches(' ').strip_prefix(':')?;
        return Some((content[1..=end].to_owned(), rest));
    }
    let (key, rest) = content.split_once(':')?;
    (rest.is_empty() || rest.starts_with([' ', '\n', '\r'])).then(|| (key.trim_end().to_owned(), rest))
}

fn written_key(key: &str) -> String {
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if is_plain && !key.is_empty() { key.to_owned() } else { Value::from(key).to_string() }
}

/// A value as YAML, in quotes where those were there or it needs them.
fn written(value: &Value, quote: Option<char>) -> Option<String> {
    let Value::String(text) = value else {
        return matches!(value, Value::Bool(_) | Value::Number(_)).then(|| value.to_string());
    };
    let is_safe = |text: &str| parse(text).is_ok_and(|read| read == *value) && !text.contains([' ', '#', '\n']);
    match quote {
        Some('\'') if !text.contains('\'') => Some(format!("'{text}'")),
        None if is_safe(text) => Some(text.clone()),
        _ => Some(value.to_string()),
    }
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
