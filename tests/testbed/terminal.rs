//! Running the program under test on a terminal, as people do: what stands on the screen can be read, and typed at.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use super::run::Invocation;
use super::sure;
use super::wait::{self, Look};

/// A program that runs on a terminal; it is killed when this is dropped.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    emulator: Arc<Mutex<vt100::Parser>>,
    /// The terminal is there for as long as its end of it is.
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Invocation<'_> {
    /// Starts it on a terminal that can show colour.
    pub(crate) fn on_a_terminal(self, rows: NonZeroU16, columns: NonZeroU16) -> Terminal {
        let mut builder = CommandBuilder::new(self.command.get_program());
        builder.args(self.command.get_args());
        builder.env_clear();
        builder.env("TERM", "xterm-256color");
        builder.env("LANG", "C.UTF-8");
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                builder.env(name, value);
            }
        }
        if let Some(directory) = self.command.get_current_dir() {
            builder.cwd(directory);
        }
        let size = PtySize { rows: rows.get(), cols: columns.get(), pixel_width: 0, pixel_height: 0 };
        let pair = sure(native_pty_system().openpty(size));
        let child = sure(pair.slave.spawn_command(builder));
        let keyboard = sure(pair.master.take_writer());
        let mut wire = sure(pair.master.try_clone_reader());
        let emulator = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let screen = Arc::clone(&emulator);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal whose program has ended gives an error, or nothing.
            while let Ok(count @ 1..) = wire.read(&mut bytes) {
                screen.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
            }
        });
        Terminal { child, keyboard, emulator, _master: pair.master }
    }
}

impl Terminal {
    fn emulator(&self) -> MutexGuard<'_, vt100::Parser> {
        self.emulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands on it now.
    pub(crate) fn screen(&self) -> vt100::Screen {
        self.emulator().screen().clone()
    }

    /// The same as text, without spaces at the ends of lines.
    pub(crate) fn text(&self) -> String {
        self.screen().contents()
    }

    /// Types this.
    pub(crate) fn type_in(&mut self, text: &str) {
        sure(self.keyboard.write_all(text.as_bytes()).and_then(|()| self.keyboard.flush()).map_err(Into::into));
    }

    /// Waits until the screen is as asked.
    pub(crate) fn wait_until(&self, limit: Duration, what: &str, question: impl Fn(&str) -> bool) -> vt100::Screen {
        sure(wait::until(limit, what, || {
            let screen = self.screen();
            Ok(if question(&screen.contents()) { Look::Done(screen) } else { Look::NotYet(screen.contents()) })
        }))
    }

    /// Waits until `text` stands on it.
    pub(crate) fn wait_for(&self, text: &str, limit: Duration) -> vt100::Screen {
        self.wait_until(limit, &format!("`{text}` on the screen"), |screen| screen.contains(text))
    }

    /// Waits until the program ends, and gives its exit code.
    pub(crate) fn wait(&mut self, limit: Duration) -> u32 {
        let (child, emulator) = (&mut self.child, &self.emulator);
        sure(wait::until(limit, "the end of the program", || {
            if let Some(status) = child.try_wait()? {
                return Ok(Look::Done(status.exit_code()));
            }
            let emulator = emulator.lock().map_err(|_| anyhow!("the screen is broken"))?;
            Ok(Look::NotYet(emulator.screen().contents()))
        }))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
