use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{
    Format, Kind, Line, Printer, ProgressChoice, Role, Screen,
    screen::paint,
    status::{self, Extent},
};
use crate::{failure::Failure, rollout::Status};

/// The shortest time between two drawings: a terminal far away is not flooded.
const PAUSE: Duration = Duration::from_millis(100);

/// Shows an instance for as long as somebody watches: drawn over itself, a line a change, or a document a change. It is
/// the result of the command, so it goes to stdout.
#[derive(Debug)]
pub struct Watching<'a> {
    printer: &'a Printer,
    how: How,
    last: Option<Status>,
    drawn: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Picture(Extent),
    Lines,
    Documents(Format),
}

impl Printer {
    /// Begins to show an instance, in the form that was asked for or that fits the terminal.
    pub fn watching(&self, format: Option<Format>) -> Watching<'_> {
        let extent = Extent { wide: format == Some(Format::Wide), detail: self.detail() };
        let how = match (format, self.settings.progress) {
            (Some(format @ (Format::Json | Format::Yaml)), _) => How::Documents(format),
            (_, ProgressChoice::Tree) => How::Picture(extent),
            (_, ProgressChoice::Auto) if self.terminal.stdout => How::Picture(extent),
            _ => How::Lines,
        };
        Watching { printer: self, how, last: None, drawn: None }
    }
}

impl Watching<'_> {
    /// Shows how it is now. Call it at every change, and once a second so that ages move.
    ///
    /// # Errors
    ///
    /// Where a document cannot be made.
    pub fn update(&mut self, status: &Status) -> Result<(), Failure> {
        match self.how {
            How::Picture(extent) => {
                if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
                    self.draw(status, extent);
                }
            }
            How::Lines => self.write_changes(status, Timestamp::now()),
            How::Documents(format) => {
                if !self.last.as_ref().is_some_and(|last| last.tells_the_same_as(status)) {
                    self.printer.one_of_many(Kind::InstanceStatus, status, format)?;
                }
            }
        }
        self.last = Some(status.clone());
        Ok(())
    }

    fn draw(&mut self, status: &Status, extent: Extent) {
        let (columns, rows) = self.printer.size();
        let screen = status::screen(status, extent);
        let broken = screen.lines().iter().flat_map(|line| line.broken(columns));
        // One row stays free for the cursor, one for the last line.
        let mut lines: Vec<Line> = broken.take(rows.saturating_sub(2).max(1)).collect();
        lines.push(Line::new().with(Role::Faint, "Ctrl-C stops watching"));
        let (mut stream, style) = self.printer.result();
        let clipped = lines.into_iter().map(|line| line.clip(columns));
        let painted: Vec<(usize, String)> = clipped.map(|line| (line.width(), paint(line.glyphs(), style))).collect();
        if self.printer.settings.quiet < 2 {
            stream.draw(&painted, columns);
        }
        self.drawn = Some(Instant::now());
    }

    fn write_changes(&self, status: &Status, now: Timestamp) {
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut screen = Screen::new();
        for change in status::changes(self.last.as_ref(), status) {
            screen.push(Line::from(&time).text("  ").text(change));
        }
        if !screen.lines().is_empty() {
            self.printer.show(&screen);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::output::{
        Format,
        printer::{Settings, captured::printer},
        sample,
    };

    #[test]
    fn a_terminal_gets_a_picture_drawn_over_itself() {
        let (printer, stdout, _) = printer(Settings::default(), Some((100, 12)), "");
        let mut watching = printer.watching(None);
        watching.update(&sample::status()).unwrap();
        let first = stdout.take();
        assert!(first.starts_with('\r') && first.contains("querynode"), "{first:?}");
        assert!(first.contains("Ctrl-C stops watching") && first.matches('\n').count() < 12, "{first:?}");
        watching.update(&sample::status()).unwrap();
        assert_eq!(stdout.take(), "", "the second one comes too soon");
    }

    #[test]
    fn elsewhere_there_is_a_line_a_change_on_stdout() {
        let (printer, stdout, stderr) = printer(Settings::default(), None, "");
        let mut watching = printer.watching(None);
        watching.update(&sample::healthy_status()).unwrap();
        let text = stdout.take();
        let is_time = |line: &str| line.get(..20).is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok());
        assert!(text.lines().count() > 3 && text.lines().all(is_time), "{text}");
        watching.update(&sample::healthy_status()).unwrap();
        assert_eq!((stdout.take().as_str(), stderr.take().as_str()), ("", ""));
    }

    #[test]
    fn programs_get_a_document_a_change_one_a_line() {
        let (printer, stdout, _) = printer(Settings::default(), None, "");
        let mut watching = printer.watching(Some(Format::Json));
        let mut later = sample::healthy_status();
        later.taken += jiff::SignedDuration::from_secs(9);
        for status in [sample::healthy_status(), later, sample::status()] {
            watching.update(&status).unwrap();
        }
        let text = stdout.take();
        let states: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a document")["state"].clone())
            .collect();
        assert_eq!(states, ["healthy", "rolling: querynode (3 of 6)"]);
    }
}
