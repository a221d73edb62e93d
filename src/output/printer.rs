use std::{
    fmt,
    io::{self, BufRead, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anstream::AutoStream;
use serde::Serialize;

use super::{
    Format, Kind, Line, Role, Screen, Style,
    document::{self, document},
    escape, failure,
    stream::Stream,
};
use crate::failure::Failure;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that can, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to show progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressChoice {
    /// A tree on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// Redrawn in place.
    Tree,
    /// One line a change.
    Plain,
    /// Not at all.
    None,
}

/// How much to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What most people want to know.
    #[default]
    Normal,
    /// All there is.
    All,
}

/// How the user wants to be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// How often `-q` was given: once leaves results and failures, twice nothing.
    pub quiet: u8,
    /// How often `-v` was given.
    pub verbose: u8,
    /// When to use colour.
    pub color: ColorChoice,
    /// How to show progress.
    pub progress: ProgressChoice,
}

/// What is known of the terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    pub(super) stdin: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
    /// Columns and rows, where they do not have to be asked for.
    pub(super) size: Option<(usize, usize)>,
}

/// Writes to stdout and stderr, and asks. Nothing else does.
pub struct Printer {
    pub(super) settings: Settings,
    pub(super) terminal: Terminal,
    stdout: (Mutex<Stream>, Style),
    stderr: (Mutex<Stream>, Style),
    pub(super) stdin: Mutex<Box<dyn BufRead + Send>>,
}

impl Printer {
    /// The printer of this process.
    pub fn new(settings: Settings) -> Self {
        let (stdout, stdout_style) = open(io::stdout(), settings.color);
        let (stderr, stderr_style) = open(io::stderr(), settings.color);
        let terminal = Terminal {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            size: None,
        };
        Self {
            settings,
            terminal,
            stdout: (Mutex::new(Stream::new(stdout)), stdout_style),
            stderr: (Mutex::new(Stream::new(stderr)), stderr_style),
            stdin: Mutex::new(Box::new(io::BufReader::new(io::stdin()))),
        }
    }

    /// How much to say.
    pub fn detail(&self) -> Detail {
        if self.settings.verbose > 0 { Detail::All } else { Detail::Normal }
    }

    /// Writes a result.
    pub fn show(&self, screen: &Screen) {
        if self.settings.quiet < 2 {
            let width = self.terminal.stdout.then(|| self.size().0);
            self.write_result(screen.render(self.stdout.1, width).as_bytes());
        }
    }

    /// Writes a result for programs.
    pub fn document(&self, kind: Kind, value: &impl Serialize, format: Format) -> Result<(), Failure> {
        let text =
            document(kind, value, format).map_err(|error| Failure::from(error.context("cannot write the result")))?;
        if self.settings.quiet < 2 {
            self.write_result(text.as_bytes());
        }
        Ok(())
    }

    /// Writes one of many results for programs.
    pub fn one_of_many(&self, kind: Kind, value: &impl Serialize, format: Format) -> Result<(), Failure> {
        let text = document::one_of_many(kind, value, format);
        let text = text.map_err(|error| Failure::from(error.context("cannot write the result")))?;
        if self.settings.quiet < 2 {
            self.write_result(text.as_bytes());
        }
        Ok(())
    }

    /// Whether what is written does not arrive any more, so that there is no use in going on.
    pub fn is_cut_off(&self) -> bool {
        lock(&self.stdout.0).is_broken()
    }

    /// Writes a result that is text for other programs, byte for byte; on a terminal, what could drive it is escaped.
    pub fn verbatim(&self, text: &[u8]) {
        if self.settings.quiet >= 2 {
        } else if self.terminal.stdout {
            let text = String::from_utf8_lossy(text);
            let lines: Vec<_> = text.split('\n').map(escape).collect();
            self.write_result(lines.join("\n").as_bytes());
        } else {
            self.write_result(text);
        }
    }

    /// Writes something beside the result, unless it is to be quiet.
    pub fn note(&self, screen: &Screen) {
        if self.settings.quiet == 0 {
            self.write_aside(screen);
        }
    }

    /// Writes `warning: …` beside the result, unless it is to be quiet.
    pub fn warning(&self, text: impl AsRef<str>) {
        self.note(&Screen::from(Line::new().with(Role::Warning, "warning:").text(" ").text(text).hang(9)));
    }

    /// Writes what went wrong, and what to do next.
    pub fn failure(&self, failure: &Failure) {
        if self.settings.quiet < 2 {
            self.write_aside(&failure::screen(failure));
        }
    }

    /// Whether all that was to be written could be. That nobody reads any more is not a failure.
    pub fn finish(&self) -> Result<(), Failure> {
        let error = lock(&self.stdout.0).take_error();
        error.map_or(Ok(()), |error| Err(Failure::failed(format!("cannot write the result: {error}"))))
    }

    /// Columns and rows of the terminal now; it may be resized at any time.
    pub(super) fn size(&self) -> (usize, usize) {
        let ask = || {
            let asked =
                terminal_size::terminal_size_of(io::stderr()).or_else(|| terminal_size::terminal_size_of(io::stdout()));
            asked.map(|(columns, rows)| (usize::from(columns.0), usize::from(rows.0)))
        };
        self.terminal.size.or_else(ask).filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24))
    }

    /// The stream beside the results, and its style.
    pub(super) fn aside(&self) -> (MutexGuard<'_, Stream>, Style) {
        (lock(&self.stderr.0), self.stderr.1)
    }

    /// The stream of the results, and its style.
    pub(super) fn result(&self) -> (MutexGuard<'_, Stream>, Style) {
        (lock(&self.stdout.0), self.stdout.1)
    }

    pub(super) fn write_aside(&self, screen: &Screen) {
        let (columns, _) = self.size();
        let (mut stream, style) = self.aside();
        stream.clear(columns);
        stream.write(&screen.render(style, self.terminal.stderr.then_some(columns)));
    }

    fn write_result(&self, text: &[u8]) {
        // On a terminal both streams are one picture, so the tree makes room.
        self.aside().0.clear(self.size().0);
        lock(&self.stdout.0).write_bytes(text);
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Printer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A panic while writing leaves a stream that can still be written to.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without colour the stream is taken as it is: a stripping one would take the tree's cursor movements away too.
fn open<S: anstream::stream::RawStream + anstream::stream::AsLockedWrite + Send + 'static>(
    raw: S,
    choice: ColorChoice,
) -> (Box<dyn Write + Send>, Style) {
    let choice = match choice {
        ColorChoice::Auto => AutoStream::choice(&raw),
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    match choice {
        anstream::ColorChoice::Never => (Box::new(raw), Style::Plain),
        coloured => (Box::new(AutoStream::new(raw, coloured)), Style::Coloured),
    }
}

#[cfg(test)]
pub(super) mod captured {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use super::{Printer, Settings, Stream, Style, Terminal, lock};

    /// What was written to a stream.
    #[derive(Clone, Debug, Default)]
    pub(in super::super) struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        pub(in super::super) fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *lock(&self.0))).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A printer that writes into two sinks and reads `typed`; on a terminal of the given size, or on none.
    pub(in super::super) fn printer(
        settings: Settings,
        size: Option<(usize, usize)>,
        typed: &'static str,
    ) -> (Printer, Sink, Sink) {
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let there = size.is_some();
        let printer = Printer {
            settings,
            terminal: Terminal { stdin: there, stdout: there, stderr: there, size },
            stdout: (Mutex::new(Stream::new(Box::new(stdout.clone()))), Style::Plain),
            stderr: (Mutex::new(Stream::new(Box::new(stderr.clone()))), Style::Plain),
            stdin: Mutex::new(Box::new(typed.as_bytes())),
        };
        (printer, stdout, stderr)
    }

    /// A printer whose stdout fails in this way.
    pub(in super::super) fn failing(kind: io::ErrorKind) -> Printer {
        struct Failing(io::ErrorKind);
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut printer, _, _) = printer(Settings::default(), None, "");
        printer.stdout.0 = Mutex::new(Stream::new(Box::new(Failing(kind))));
        printer
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::{
        Settings,
        captured::{failing, printer},
    };
    use crate::{
        failure::Failure,
        output::{Line, Screen},
    };

    #[test]
    fn results_go_to_stdout_and_the_rest_beside() {
        let said = |quiet| {
            let (printer, stdout, stderr) = printer(Settings { quiet, ..Settings::default() }, None, "");
            printer.show(&Screen::from(Line::from("result")));
            printer.warning("mind");
            printer.failure(&Failure::failed("broken"));
            (stdout.take(), stderr.take())
        };
        let pair = |stdout: &str, stderr: &str| (stdout.to_owned(), stderr.to_owned());
        assert_eq!(said(0), pair("result\n", "warning: mind\nerror: broken\n"));
        assert_eq!(said(1), pair("result\n", "error: broken\n"));
        assert_eq!(said(2), pair("", ""));
    }

    #[test]
    fn text_for_programs_is_written_as_it_is_but_not_on_a_terminal() {
        let text = b"a: \x1b[2J\xff\nb\n";
        let (program, stdout, _) = printer(Settings::default(), None, "");
        program.verbatim(&text[..6]);
        assert_eq!(stdout.take(), "a: \u{1b}[2");
        let (terminal, stdout, _) = printer(Settings::default(), Some((80, 24)), "");
        terminal.verbatim(text);
        assert_eq!(stdout.take(), "a: \\u{1b}[2J\u{fffd}\nb\n");
    }

    #[test]
    fn nobody_reading_is_success_and_a_full_disk_is_not() {
        for (kind, fine) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
            let printer = failing(kind);
            printer.show(&Screen::from(Line::from("result")));
            printer.show(&Screen::from(Line::from("more")));
            assert_eq!(printer.finish().is_ok(), fine, "{kind}");
        }
    }
}
