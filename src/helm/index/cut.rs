//! The part of an index that is about one chart, without reading the rest.

/// What a look at the lines told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut<'a> {
    /// The lines of the chart's list.
    Found(&'a str),
    /// There is no such chart, but these.
    Absent(Vec<&'a str>),
}

/// Finds the lines of `chart` in an index of the form that Helm and all known tools write: one key a line, lists below
/// their keys. `None` where it has another form and has to be read as a whole.
pub(super) fn cut<'a>(text: &'a str, chart: &str) -> Option<Cut<'a>> {
    let mut names = vec![];
    let (mut known, mut versioned, mut column) = (Entries::Before, false, None);
    let (mut begin, mut found) = (None, None);
    let (mut place, mut is_first) = (0, true);
    for line in text.split_inclusive('\n') {
        let start = place;
        place += line.len();
        let content = line.trim_end();
        let indent = content.len() - content.trim_start_matches(' ').len();
        if content.is_empty() || content[indent..].starts_with('#') {
            continue;
        }
        if std::mem::take(&mut is_first) && indent > 0 {
            return None;
        }
        if indent == 0 {
            // A second document, a directive, a JSON text: whatever it is, it is not of that form.
            let (key, rest) = content.split_once(':')?;
            if !is_plain(key) {
                return None;
            }
            versioned |= key == "apiVersion";
            if known == Entries::Within {
                known = Entries::Behind;
                close(&mut begin, &mut found, start)?;
            }
            if key == "entries" {
                if known != Entries::Before || !rest.is_empty() {
                    return None;
                }
                known = Entries::Within;
            }
            continue;
        }
        if known != Entries::Within {
            continue;
        }
        let column = *column.get_or_insert(indent);
        let is_item = content[indent..].starts_with("- ") || &content[indent..] == "-";
        if indent < column || (indent == column && names.is_empty() && is_item) {
            return None;
        }
        if indent == column && !is_item {
            let name = content[indent..].strip_suffix(':').filter(|name| is_plain(name))?;
            close(&mut begin, &mut found, start)?;
            names.push(name);
            if name == chart {
                begin = Some(place);
            }
        }
    }
    close(&mut begin, &mut found, text.len())?;
    let is_index = versioned && known != Entries::Before;
    match found {
        _ if !is_index => None,
        Some((begin, end)) => Some(Cut::Found(&text[begin..end])),
        None => Some(Cut::Absent(names)),
    }
}

/// Where the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entries {
    Before,
    Within,
    Behind,
}

/// Ends the part that was begun; `None` where it is the second of its name.
fn close(begin: &mut Option<usize>, found: &mut Option<(usize, usize)>, end: usize) -> Option<()> {
    if let Some(begin) = begin.take() {
        if found.is_some() {
            return None;
        }
        *found = Some((begin, end));
    }
    Some(())
}

/// Whether a key is written as it is: a letter or digit, then what names of charts are made of.
fn is_plain(key: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    key.starts_with(|first: char| first.is_ascii_alphabetic()) && key.bytes().all(is_inner)
}
