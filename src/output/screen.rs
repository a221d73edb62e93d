use owo_colors::{OwoColorize, Style as Paint};
use unicode_width::UnicodeWidthChar;

use super::escape;

/// What a piece of text is for. Colour only repeats what the words say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing particular.
    #[default]
    Plain,
    /// What the screen is about.
    Strong,
    /// It is as wanted.
    Good,
    /// Worth a look.
    Warning,
    /// It stops.
    Bad,
    /// Beside the point.
    Faint,
    /// Something to type.
    Command,
}

impl Role {
    fn paint(self) -> Option<Paint> {
        match self {
            Self::Plain => None,
            Self::Strong => Some(Paint::new().bold()),
            Self::Good => Some(Paint::new().green()),
            Self::Warning => Some(Paint::new().yellow()),
            Self::Bad => Some(Paint::new().red()),
            Self::Faint => Some(Paint::new().dimmed()),
            Self::Command => Some(Paint::new().cyan()),
        }
    }
}

/// Whether roles become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With the terminal's own colours.
    Coloured,
}

/// One line: characters, each with its role. Whatever is put in is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    glyphs: Vec<(char, Role)>,
    fit: Fit,
}

/// What becomes of a line that is wider than the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fit {
    /// It stays in one piece, so that it can be copied.
    #[default]
    Whole,
    /// It goes on at this column of a next line.
    Hang(usize),
    /// The same, where cells are kept in one piece if they can be.
    Fold(usize),
    /// It ends there.
    Cut,
}

/// Lines, before it is known how wide and colourful they may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    lines: Vec<Line>,
}

impl Line {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text without a role.
    #[must_use]
    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.with(Role::Plain, text)
    }

    /// Adds text with a role.
    #[must_use]
    pub fn with(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.glyphs.extend(escape(text.as_ref()).chars().map(|character| (character, role)));
        self
    }

    /// Adds another line's text.
    #[must_use]
    pub fn then(mut self, other: &Self) -> Self {
        self.glyphs.extend(&other.glyphs);
        self
    }

    /// Fills up with blanks to a column.
    #[must_use]
    pub fn pad_to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        self.text(" ".repeat(missing))
    }

    /// Goes on at this column of a next line where the terminal is too narrow; breaks at blanks only.
    #[must_use]
    pub fn hang(self, column: usize) -> Self {
        Self { fit: Fit::Hang(column), ..self }
    }

    /// The same for cells with two blanks or more between them, which are kept in one piece where they fit.
    #[must_use]
    pub fn fold(self, column: usize) -> Self {
        Self { fit: Fit::Fold(column), ..self }
    }

    /// Ends where the terminal does.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { fit: Fit::Cut, ..self }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        width_of(&self.glyphs)
    }

    /// The line cut to `width` columns; three dots say so.
    #[must_use]
    pub fn clip(mut self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let dots = if width > 10 { "..." } else { "" };
        while self.width() + dots.len() > width && self.glyphs.pop().is_some() {}
        self.with(Role::Faint, dots)
    }

    /// Its characters with their roles, escaped.
    pub(super) fn glyphs(&self) -> &[(char, Role)] {
        &self.glyphs
    }

    /// The lines that it takes at this width.
    pub(super) fn broken(&self, width: usize) -> Vec<Self> {
        let hang = match self.fit {
            Fit::Whole => return vec![self.clone()],
            Fit::Cut => return vec![self.clone().clip(width)],
            Fit::Hang(column) | Fit::Fold(column) => column,
        };
        let indent = " ".repeat(hang);
        let pieces = self.wrap(width, hang).into_iter().enumerate();
        let line = |(index, piece): (usize, &[(char, Role)])| {
            let mut line = Self::from(if index == 0 { "" } else { &indent });
            line.glyphs.extend(piece);
            line
        };
        pieces.map(line).collect()
    }

    fn wrap(&self, width: usize, hang: usize) -> Vec<&[(char, Role)]> {
        let mut pieces = vec![];
        let mut rest = self.glyphs.as_slice();
        let mut room = width;
        while width_of(rest) > room {
            let begin = rest.iter().take_while(|(character, _)| *character == ' ').count();
            let mut taken = 0;
            let fits = |(character, _): &&(char, Role)| {
                taken += character.width().unwrap_or(0);
                taken <= room
            };
            let fitting = rest.iter().take_while(fits).count();
            let is_blank = |place: &usize| rest.get(*place).is_some_and(|(character, _)| *character == ' ');
            let is_gap = |place: &usize| is_blank(place) && is_blank(&(place + 1));
            let cells = if matches!(self.fit, Fit::Fold(_)) { begin.max(hang) + 1..fitting + 1 } else { 0..0 };
            let gap = cells.rev().find(is_gap);
            let end = gap
                .or_else(|| (begin + 1..=fitting).rev().find(is_blank))
                .or_else(|| (fitting..rest.len()).find(is_blank));
            let Some(end) = end else { break };
            let next = rest[end..].iter().position(|(character, _)| *character != ' ').unwrap_or(rest.len() - end);
            pieces.push(&rest[..end]);
            rest = &rest[end + next..];
            room = width.saturating_sub(hang).max(1);
        }
        pieces.push(rest);
        pieces
    }
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::new().text(text)
    }
}

impl Screen {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    pub fn push(&mut self, line: impl Into<Line>) {
        self.lines.push(line.into());
    }

    /// Adds an empty line.
    pub fn blank(&mut self) {
        self.lines.push(Line::new());
    }

    /// Adds lines.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.lines.extend(lines);
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The text of all lines, wrapped where `width` is known and a line allows it; each ends with a newline.
    pub fn render(&self, style: Style, width: Option<usize>) -> String {
        let mut text = String::new();
        for line in &self.lines {
            for piece in line.broken(width.unwrap_or(usize::MAX)) {
                text.push_str(&paint(&piece.glyphs, style));
                text.push('\n');
            }
        }
        text
    }
}

impl From<Line> for Screen {
    fn from(line: Line) -> Self {
        Self { lines: vec![line] }
    }
}

fn width_of(glyphs: &[(char, Role)]) -> usize {
    glyphs.iter().map(|(character, _)| character.width().unwrap_or(0)).sum()
}

/// The text without the blanks at its end, runs of the same role painted together.
pub(super) fn paint(glyphs: &[(char, Role)], style: Style) -> String {
    let end = glyphs.iter().rposition(|(character, _)| *character != ' ').map_or(0, |last| last + 1);
    let mut text = String::new();
    for run in glyphs[..end].chunk_by(|left, right| left.1 == right.1) {
        let piece: String = run.iter().map(|(character, _)| character).collect();
        match (style, run[0].1.paint()) {
            (Style::Coloured, Some(paint)) => text.push_str(&piece.style(paint).to_string()),
            _ => text.push_str(&piece),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Line, Role, Screen, Style};

    fn render(line: Line, width: usize) -> String {
        Screen::from(line).render(Style::Plain, Some(width))
    }

    #[test]
    fn a_line_wraps_at_blanks_below_its_hanging_column_or_stays_whole() {
        let text = "  seen  one two three four";
        assert_eq!(render(Line::from(text).hang(8), 16), "  seen  one two\n        three\n        four\n");
        assert_eq!(render(Line::from(text), 16), format!("{text}\n"));
        assert_eq!(render(Line::from("a verylongword b").hang(2), 6), "a\n  verylongword\n  b\n");
    }

    #[test]
    fn a_line_is_cut_where_it_may_not_wrap() {
        assert_eq!(render(Line::from("a verylongword").cut(), 11), "a verylo...\n");
        let line = Line::from("querynode waits: a pod finds no room").clip(20);
        assert_eq!((line.width(), render(line, 20).as_str()), (20, "querynode waits: ...\n"));
        assert_eq!(Line::from("日本日本日本日本").clip(13).width(), 13);
    }

    #[test]
    fn colour_is_added_around_runs_and_only_where_it_is_wanted() {
        let screen = Screen::from(Line::from("is ").with(Role::Good, "done").text("  "));
        assert_eq!(screen.render(Style::Plain, None), "is done\n");
        assert_eq!(screen.render(Style::Coloured, None), "is \u{1b}[32mdone\u{1b}[0m\n");
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_word(text in "[a-z日 ]{0,60}", width in 1usize..40, hang in 0usize..10) {
            let wrapped = render(Line::from(&text).hang(hang), width);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrapped), words(&text));
        }

        #[test]
        fn a_cut_line_is_never_wider(text in "[a-z日 ]{0,60}", width in 0usize..40) {
            prop_assert!(Line::from(&text).clip(width).width() <= width);
        }
    }
}
