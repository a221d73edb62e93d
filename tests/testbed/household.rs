//! The test's end of the [`supervisor`](super::supervisor).

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::Signal;
use serde_json::Value;

use super::supervisor::{self, Order};

/// The hidden first argument that turns a test program into a supervisor.
pub(crate) const SUPERVISOR: &str = "testbed-supervisor";
/// The hidden first argument that turns a test program into the S3 endpoint.
pub(crate) const STORAGE: &str = "testbed-storage";

/// Every household of this process, so that a signal can end them all.
static HOUSEHOLDS: Mutex<Vec<Weak<Household>>> = Mutex::new(Vec::new());

/// A running supervisor and the temporary directory it owns.
pub(crate) struct Household {
    /// The temporary directory; the supervisor removes it at the end.
    pub(crate) directory: PathBuf,
    line: Mutex<Option<Line>>,
    pid: u32,
    /// Every program that was started, should the supervisor not end them.
    started: Mutex<Vec<i32>>,
}

struct Line {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Household {
    /// Starts a supervisor.
    pub(crate) fn start() -> Result<Arc<Self>> {
        let program = std::env::current_exe().context("cannot find the running program")?;
        let mut child = Command::new(program)
            .arg(SUPERVISOR)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            // Ctrl-C on the terminal must not reach the cluster: it ends in order, by the closed pipe.
            .process_group(0)
            .spawn()
            .context("cannot start the supervisor")?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the supervisor has no pipes");
        };
        let pid = child.id();
        let mut answers = BufReader::new(answers);
        let mut first = String::new();
        answers.read_line(&mut first).context("the supervisor did not answer")?;
        let first: Value = serde_json::from_str(&first).context("the supervisor did not answer")?;
        let directory = first["directory"].as_str().context("the supervisor named no directory")?;
        let household = Arc::new(Self {
            directory: PathBuf::from(directory),
            line: Mutex::new(Some(Line { child, orders, answers })),
            pid,
            started: Mutex::default(),
        });
        let mut households = HOUSEHOLDS.lock().unwrap_or_else(PoisonError::into_inner);
        households.push(Arc::downgrade(&household));
        Ok(household)
    }

    /// The process number of the supervisor.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Starts a program in the temporary directory; `NAME.log` there gets its output.
    pub(crate) fn run(&self, name: &str, program: &Path, arguments: &[String]) -> Result<()> {
        self.run_in(&self.directory, name, program, arguments, &[])
    }

    /// Starts a program in a working directory of its own and with more environment.
    pub(crate) fn run_in(
        &self,
        directory: &Path,
        name: &str,
        program: &Path,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Result<()> {
        let pid = self.ask(&Order::Start {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: arguments.to_vec(),
            environment: environment.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            directory: directory.to_owned(),
            log: self.log(name),
        })?;
        let pid = pid.as_i64().and_then(|pid| i32::try_from(pid).ok());
        self.started.lock().unwrap_or_else(PoisonError::into_inner).extend(pid);
        Ok(())
    }

    /// Waits for the end of a program that ends by itself.
    ///
    /// # Errors
    /// It failed; the error has its last words.
    pub(crate) fn wait_for(&self, name: &str) -> Result<()> {
        loop {
            match self.ask(&Order::Inspect { name: name.to_owned() })? {
                Value::Null => std::thread::sleep(Duration::from_millis(50)),
                how if how == "exit status: 0" => return Ok(()),
                how => bail!("{how}: {}", self.last_words(name)),
            }
        }
    }

    /// The file with the output of the program `name`.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.log"))
    }

    /// Ends one program.
    pub(crate) fn end_program(&self, name: &str) -> Result<()> {
        self.ask(&Order::Stop { name: name.to_owned() }).map(|_| ())
    }

    /// Why there is no hope: which of these programs has ended, with its last words.
    pub(crate) fn ended(&self, names: &[&str]) -> Result<Option<String>> {
        for name in names {
            let how = self.ask(&Order::Inspect { name: (*name).to_owned() })?;
            if !how.is_null() {
                return Ok(Some(format!("`{name}` ended ({how}): {}", self.last_words(name))));
            }
        }
        Ok(None)
    }

    /// The last lines that a program wrote.
    pub(crate) fn last_words(&self, name: &str) -> String {
        let log = std::fs::read_to_string(self.log(name)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Asks for something and waits for the answer.
    pub(crate) fn ask(&self, order: &Order) -> Result<Value> {
        let mut guard = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let line = guard.as_mut().context("the testbed has been stopped")?;
        writeln!(line.orders, "{}", serde_json::to_string(order)?).context("the supervisor is gone")?;
        let mut answer = String::new();
        line.answers.read_line(&mut answer).context("the supervisor is gone")?;
        let mut answer: Value = serde_json::from_str(&answer).context("the supervisor is gone")?;
        match answer["error"].as_str() {
            Some(error) => Err(anyhow!("{error}")),
            None => Ok(answer["value"].take()),
        }
    }

    /// Closes the pipe and waits until the supervisor, and so every program, is gone.
    pub(crate) fn end(&self) {
        let Some(line) = self.line.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let Line { mut child, orders, answers } = line;
        drop(orders);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(answers);
        // A supervisor that does not end is killed, and so is everything it has started.
        let _ = child.kill();
        let _ = child.wait();
        for pid in self.started.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            supervisor::signal_group(pid, Signal::KILL);
        }
    }

    /// Leaves the supervisor and its programs running when this process ends.
    pub(crate) fn keep(&self) -> Result<()> {
        self.ask(&Order::Keep)?;
        drop(self.line.lock().unwrap_or_else(PoisonError::into_inner).take());
        Ok(())
    }
}

impl Drop for Household {
    fn drop(&mut self) {
        self.end();
    }
}

/// Ends every household of this process.
pub(crate) fn end_all() {
    let households = std::mem::take(&mut *HOUSEHOLDS.lock().unwrap_or_else(PoisonError::into_inner));
    for household in households.iter().filter_map(Weak::upgrade) {
        household.end();
    }
}
