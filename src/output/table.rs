use super::{Line, Role};

/// Columns as kubectl prints them: three blanks between, the last one as long as it likes.
///
/// Where the terminal is too narrow, rows go on below their second column; those of a table with heads stay
/// whole, as kubectl's do.
#[derive(Clone, Debug, Default)]
pub struct Table {
    indent: usize,
    has_heads: bool,
    rows: Vec<Vec<Line>>,
}

/// Blanks between columns.
const GAP: usize = 3;

/// A column that is too far to the right for what has to go on.
const FAR: usize = 24;

impl Table {
    /// A table without heads.
    pub fn new() -> Self {
        Self::default()
    }

    /// A table whose first row names the columns, in upper case.
    pub fn with_heads(heads: &[&str]) -> Self {
        let heads = heads.iter().map(|head| Line::new().with(Role::Strong, head.to_uppercase()));
        Self { indent: 0, has_heads: true, rows: vec![heads.collect()] }
    }

    /// Begins every row at this column.
    #[must_use]
    pub fn indent(self, indent: usize) -> Self {
        Self { indent, ..self }
    }

    /// Adds a row.
    pub fn row<T: Into<Line>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The rows as lines.
    pub fn lines(&self) -> Vec<Line> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(Line::width).max();
        let starts: Vec<usize> = (0..columns)
            .scan(self.indent, |place, column| {
                let start = *place;
                let cell = width(column).unwrap_or(0);
                *place += if cell == 0 { 0 } else { cell + GAP };
                Some(start)
            })
            .collect();
        // Below the second column, unless that is far away.
        let fold = starts.get(1).copied().filter(|second| *second <= FAR).unwrap_or(self.indent + 4);
        let line = |row: &Vec<Line>| {
            let line = row.iter().zip(&starts).fold(Line::new(), |line, (cell, start)| line.pad_to(*start).then(cell));
            if self.has_heads { line } else { line.fold(fold) }
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::output::{Screen, Style};

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::with_heads(&["name", "state", "age"]);
        table.row(["日本", "healthy", "9d"]);
        table.row(["prod-two", "", "120d"]);
        let mut screen = Screen::new();
        screen.extend(table.lines());
        insta::assert_snapshot!(screen.render(Style::Plain, None), @r"
        NAME       STATE     AGE
        日本       healthy   9d
        prod-two             120d
        ");
    }

    #[test]
    fn a_narrow_terminal_breaks_rows_at_words_and_leaves_tables_with_heads_whole() {
        let rows =
            [["3", "querynode, datanode", "~ 2 min", "short stalls of searches"], ["4", "proxy", "", "reconnect"]];
        let narrow = |mut table: Table| {
            for row in rows {
                table.row(row);
            }
            let mut screen = Screen::new();
            screen.extend(table.lines());
            screen.render(Style::Plain, Some(40))
        };
        insta::assert_snapshot!(narrow(Table::new().indent(2)), @"
        3   querynode, datanode   ~ 2 min
            short stalls of searches
        4   proxy
            reconnect
        ");
        assert!(narrow(Table::with_heads(&["a"])).lines().any(|line| line.ends_with("short stalls of searches")));
    }
}
