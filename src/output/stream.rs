//! The two streams of the process, with what is drawn on a terminal and may be drawn over.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

/// A stream, and the part at its end that is redrawn in place.
pub(super) struct Stream {
    sink: Box<dyn Write + Send>,
    /// The widths of the lines drawn last, the cursor being below them.
    drawn: Vec<usize>,
    /// The first thing that went wrong; nothing is written afterwards.
    error: Option<io::Error>,
}

impl Stream {
    pub(super) fn new(sink: Box<dyn Write + Send>) -> Self {
        Self { sink, drawn: vec![], error: None }
    }

    /// Writes text that stays.
    pub(super) fn write(&mut self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    /// Writes bytes that stay.
    pub(super) fn write_bytes(&mut self, bytes: &[u8]) {
        if self.error.is_none()
            && let Err(error) = self.sink.write_all(bytes).and_then(|()| self.sink.flush())
        {
            self.error = Some(error);
        }
    }

    /// Draws lines over those drawn last, on a terminal of this many columns.
    pub(super) fn draw(&mut self, lines: &[(usize, String)], columns: usize) {
        let mut text = self.way_up(columns);
        for (_, line) in lines {
            // Emptied first: behind a line as wide as the terminal it would take the last character away.
            text.push_str("\x1b[2K");
            text.push_str(line);
            text.push('\n');
        }
        text.push_str("\x1b[J");
        self.drawn = lines.iter().map(|(width, _)| *width).collect();
        self.write(&text);
    }

    /// Takes away what was drawn, so that text that stays can take its place.
    pub(super) fn clear(&mut self, columns: usize) {
        if !self.drawn.is_empty() {
            let text = format!("{}\x1b[J", self.way_up(columns));
            self.drawn.clear();
            self.write(&text);
        }
    }

    /// Leaves what was drawn where it is.
    pub(super) fn keep(&mut self) {
        self.drawn.clear();
    }

    /// Whether anything went wrong, so that nothing more is written.
    pub(super) fn is_broken(&self) -> bool {
        self.error.is_some()
    }

    /// What went wrong. That nobody reads any more is not an error.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take().filter(|error| error.kind() != ErrorKind::BrokenPipe)
    }

    /// Moves to the first drawn row. A terminal made narrower since has broken the lines into more rows.
    fn way_up(&self, columns: usize) -> String {
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum();
        if rows == 0 { "\r".to_owned() } else { format!("\r\x1b[{rows}A") }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stream").field("drawn", &self.drawn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use crate::output::printer::captured::Sink;

    #[test]
    fn lines_are_drawn_over_also_after_the_terminal_became_narrower() {
        let sink = Sink::default();
        let mut stream = Stream::new(Box::new(sink.clone()));
        let line = |width: usize| (width, "x".repeat(width));
        stream.draw(&[line(40), line(0)], 80);
        assert_eq!(sink.take(), format!("\r\u{1b}[2K{}\n\u{1b}[2K\n\u{1b}[J", "x".repeat(40)));
        stream.draw(&[line(15)], 15);
        assert_eq!(sink.take(), format!("\r\u{1b}[4A\u{1b}[2K{}\n\u{1b}[J", "x".repeat(15)), "three rows and one");
        stream.clear(15);
        assert_eq!(sink.take(), "\r\u{1b}[1A\u{1b}[J");
        stream.clear(15);
        assert_eq!(sink.take(), "", "nothing is drawn any more");
    }
}
