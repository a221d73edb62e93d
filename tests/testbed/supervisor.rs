//! The process that owns the programs of a cluster.
//!
//! A test process can end in ways that run no code of its own. So it starts itself once more as this
//! supervisor, in a process group of its own, and holds the other end of its standard input: when that
//! closes, for whatever reason, the supervisor ends every program, waits until they are gone, and
//! removes the temporary directory.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Write, stdin, stdout};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long programs may take to end by themselves before they are killed; what they hold is thrown
/// away in any case.
const GRACE: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(10);

/// What the test process asks of its supervisor, one JSON document per line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// Start a program; its output goes to `log` and its working directory is `directory`.
    Start {
        name: String,
        program: PathBuf,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
        directory: PathBuf,
        log: PathBuf,
    },
    /// End a program and wait until it is gone.
    Stop { name: String },
    /// Answer `null` for a program that runs, else how it ended.
    Inspect { name: String },
    /// Kill this process too, should it still run at the end.
    Guard { pid: i32 },
    /// The process has ended and its number may be given to another.
    Release { pid: i32 },
    /// Go on after the standard input has closed, until a signal comes.
    Keep,
}

struct Household {
    directory: PathBuf,
    programs: Vec<(String, Child)>,
    ended: HashMap<String, String>,
    guarded: Vec<i32>,
    kept: bool,
    gone: bool,
}

/// Runs as a supervisor until the standard input closes or a signal comes.
pub(crate) fn run() -> Result<ExitCode> {
    let directory = tempfile::Builder::new()
        .prefix("milvus-testbed-")
        .tempdir()
        .context("cannot create a temporary directory")?
        .keep();
    let household = Arc::new(Mutex::new(Household {
        directory: directory.clone(),
        programs: Vec::new(),
        ended: HashMap::new(),
        guarded: Vec::new(),
        kept: false,
        gone: false,
    }));
    let signalled = Arc::clone(&household);
    ctrlc::set_handler(move || {
        lock(&signalled).end();
        leave();
    })?;
    answer(&json!({ "directory": directory }));
    for line in stdin().lines() {
        let Ok(line) = line else { break };
        let outcome = serde_json::from_str::<Order>(&line)
            .map_err(anyhow::Error::from)
            .and_then(|order| lock(&household).obey(order));
        match outcome {
            Ok(value) => answer(&json!({ "value": value })),
            Err(error) => answer(&json!({ "error": format!("{error:#}") })),
        }
    }
    if lock(&household).kept {
        // Only a signal ends a kept cluster; the handler above leaves the process.
        loop {
            std::thread::park();
        }
    }
    lock(&household).end();
    Ok(ExitCode::SUCCESS)
}

/// A lock that a panicking thread held is taken all the same: the programs must end.
fn lock(household: &Mutex<Household>) -> MutexGuard<'_, Household> {
    household.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The other end may be gone already; then nobody wants the answer.
fn answer(value: &Value) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "a signal arrives on a thread that cannot return from main"
)]
fn leave() {
    std::process::exit(0);
}

impl Household {
    fn obey(&mut self, order: Order) -> Result<Value> {
        match order {
            Order::Start { name, program, arguments, environment, directory, log } => {
                let output = File::create(&log).with_context(|| format!("cannot create `{}`", log.display()))?;
                let child = Command::new(&program)
                    .args(arguments)
                    .envs(environment)
                    .current_dir(&directory)
                    .stdin(Stdio::null())
                    .stdout(output.try_clone()?)
                    .stderr(output)
                    // Its own group, so that what it starts in turn ends with it.
                    .process_group(0)
                    .spawn()
                    .with_context(|| format!("cannot start `{}`", program.display()))?;
                let pid = child.id();
                self.ended.remove(&name);
                self.programs.push((name, child));
                Ok(json!(pid))
            }
            Order::Stop { name } => {
                let at = self
                    .programs
                    .iter()
                    .position(|(own, _)| *own == name)
                    .ok_or_else(|| anyhow!("`{name}` does not run"))?;
                end(vec![self.programs.remove(at).1]);
                self.ended.insert(name, "stopped".to_owned());
                Ok(Value::Null)
            }
            Order::Inspect { name } => self.inspect(&name),
            Order::Guard { pid } => {
                self.guarded.push(pid);
                Ok(Value::Null)
            }
            Order::Release { pid } => {
                self.guarded.retain(|guarded| *guarded != pid);
                Ok(Value::Null)
            }
            Order::Keep => {
                self.kept = true;
                Ok(Value::Null)
            }
        }
    }

    fn inspect(&mut self, name: &str) -> Result<Value> {
        if let Some(how) = self.ended.get(name) {
            return Ok(json!(how));
        }
        let Some((_, child)) = self.programs.iter_mut().find(|(own, _)| own == name) else {
            bail!("`{name}` was never started");
        };
        Ok(child.try_wait()?.map_or(Value::Null, |status| json!(status.to_string())))
    }

    /// Ends everything, last started first, and removes the directory.
    fn end(&mut self) {
        if std::mem::replace(&mut self.gone, true) {
            return;
        }
        for pid in self.guarded.drain(..) {
            signal(pid, Signal::KILL);
        }
        let mut programs: Vec<Child> = self.programs.drain(..).map(|(_, child)| child).collect();
        programs.reverse();
        end(programs);
        remove(&self.directory);
    }
}

/// A process that ends may still create a file while its directory is being emptied.
fn remove(directory: &Path) {
    for _ in 0..20 {
        if fs::remove_dir_all(directory).is_ok() || !directory.exists() {
            return;
        }
        sleep(POLL);
    }
}

fn end(mut programs: Vec<Child>) {
    for child in &programs {
        signal_group(child.id().cast_signed(), Signal::TERM);
    }
    let start = Instant::now();
    while start.elapsed() < GRACE {
        programs.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        if programs.is_empty() {
            return;
        }
        sleep(POLL);
    }
    for mut child in programs {
        signal_group(child.id().cast_signed(), Signal::KILL);
        let _ = child.wait();
    }
}

/// Sends a signal to a process and all that it has started.
pub(crate) fn signal_group(leader: i32, signal: Signal) {
    if let Some(leader) = Pid::from_raw(leader) {
        let _ = kill_process_group(leader, signal);
    }
}

/// Sends a signal; a process that is gone already is what was wanted.
pub(crate) fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, signal);
    }
}
