use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{
    Line, Printer, ProgressChoice, Screen,
    progress::changes,
    screen::paint,
    tree::{self, Room},
};
use crate::plan::{Plan, Progress};

/// The shortest time between two drawings: a terminal far away is not flooded.
const PAUSE: Duration = Duration::from_millis(100);

/// Shows a roll while it is under way: a tree that is redrawn in place, a line a change, or nothing.
#[derive(Debug)]
pub struct Live<'a> {
    printer: &'a Printer,
    plan: &'a Plan,
    how: How,
    last: Option<Progress>,
    drawn: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Tree,
    Lines,
    Nothing,
}

impl Printer {
    /// Begins to show the progress of `plan`, in the way that fits the terminal and the settings.
    pub fn live<'a>(&'a self, plan: &'a Plan) -> Live<'a> {
        let how = match (self.settings.quiet, self.settings.progress) {
            (0, ProgressChoice::Tree) => How::Tree,
            (0, ProgressChoice::Auto) if self.terminal.stderr => How::Tree,
            (0, ProgressChoice::Auto | ProgressChoice::Plain) => How::Lines,
            _ => How::Nothing,
        };
        Live { printer: self, plan, how, last: None, drawn: None }
    }
}

impl Live<'_> {
    /// Shows where the run is. Call it at every change, and once a second so that ages move; what comes faster than
    /// ten times a second is drawn with the next one.
    pub fn update(&mut self, progress: &Progress) {
        match self.how {
            How::Tree => {
                self.last = Some(progress.clone());
                if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
                    self.draw(&self.lines(progress));
                }
            }
            How::Lines => {
                self.write_changes(progress, Timestamp::now());
                self.last = Some(progress.clone());
            }
            How::Nothing => {}
        }
    }

    /// Leaves the last state on the screen; what is written next stands below.
    pub fn finish(mut self) {
        if let (How::Tree, Some(progress)) = (self.how, &self.last) {
            let mut lines = self.lines(progress);
            // There is nothing to stop watching any more.
            lines.pop();
            self.draw(&lines);
            self.printer.aside().0.keep();
        }
    }

    fn lines(&self, progress: &Progress) -> Vec<Line> {
        let (columns, rows) = self.printer.size();
        tree::lines(self.plan, progress, Timestamp::now(), self.printer.detail(), Room { columns, rows })
    }

    fn draw(&mut self, lines: &[Line]) {
        let (columns, _) = self.printer.size();
        let (mut stream, style) = self.printer.aside();
        let lines: Vec<(usize, String)> =
            lines.iter().map(|line| (line.width(), paint(line.glyphs(), style))).collect();
        stream.draw(&lines, columns);
        self.drawn = Some(Instant::now());
    }

    fn write_changes(&self, progress: &Progress, now: Timestamp) {
        let mut screen = Screen::new();
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for change in changes(self.last.as_ref(), progress, self.printer.detail()) {
            screen.push(Line::from(&time).text("  ").text(change));
        }
        if !screen.lines().is_empty() {
            self.printer.write_aside(&screen);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::output::{
        Line, Screen,
        printer::{ProgressChoice, Settings, captured::printer},
        sample,
    };

    #[test]
    fn a_tree_is_drawn_over_itself_and_makes_room_for_notes() {
        let (printer, stdout, stderr) = printer(Settings::default(), Some((100, 40)), "");
        let plan = sample::plan();
        let mut live = printer.live(&plan);
        live.update(&sample::progress());
        let first = stderr.take();
        assert!(first.starts_with('\r') && first.contains("querynode"), "{first:?}");
        let rows = first.matches('\n').count();
        live.update(&sample::progress());
        assert_eq!(stderr.take(), "", "the second one comes too soon");
        printer.note(&Screen::from(Line::from("the write met a conflict")));
        assert_eq!(stderr.take(), format!("\r\u{1b}[{rows}A\u{1b}[Jthe write met a conflict\n"));
        live.finish();
        let last = stderr.take();
        assert!(last.starts_with("\r\u{1b}[2Kmilvus/prod") && !last.contains("Ctrl-C"), "{last:?}");
        printer.note(&Screen::from(Line::from("below")));
        assert_eq!((stderr.take().as_str(), stdout.take().as_str()), ("below\n", ""));
    }

    #[test]
    fn elsewhere_there_is_a_line_a_change_with_its_time() {
        let (printer, _, stderr) = printer(Settings::default(), None, "");
        let plan = sample::plan();
        let mut live = printer.live(&plan);
        live.update(&sample::progress());
        let text = stderr.take();
        assert!(!text.contains('\u{1b}'));
        let is_time = |line: &str| line.get(..20).is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok());
        assert!(text.lines().all(is_time), "{text}");
        live.update(&sample::progress());
        live.finish();
        assert_eq!(stderr.take(), "");
    }

    #[test]
    fn quiet_and_none_show_nothing() {
        let quiet = Settings { quiet: 1, ..Settings::default() };
        let none = Settings { progress: ProgressChoice::None, ..Settings::default() };
        for settings in [quiet, none] {
            let (printer, _, stderr) = printer(settings, Some((100, 40)), "");
            let plan = sample::plan();
            let mut live = printer.live(&plan);
            live.update(&sample::progress());
            live.finish();
            assert_eq!(stderr.take(), "");
        }
    }
}
