//! Running the program under test, as a user does.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::namespace::Namespace;
use super::supervisor::{self, Order};
use super::wait::{self, Look};
use super::{Testbed, sure};

/// A program run to its end.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) time: Duration,
}

/// A command line of the program under test. Its environment is empty but for `PATH`, a `HOME` of its
/// own and `KUBECONFIG`.
pub(crate) struct Invocation<'a> {
    testbed: &'a Testbed,
    pub(super) command: Command,
    input: Option<String>,
}

impl<'a> Namespace<'a> {
    /// Runs kubectl-milvus in this namespace and waits for its end, ten minutes at most.
    pub(crate) fn run<const COUNT: usize>(&self, arguments: [&str; COUNT]) -> Output {
        self.command(&arguments).run()
    }

    /// Starts kubectl-milvus in this namespace.
    pub(crate) fn spawn<const COUNT: usize>(&self, arguments: [&str; COUNT]) -> Running<'a> {
        self.command(&arguments).spawn()
    }

    /// A command line in this namespace, still to be run: `-n` is added at its end.
    pub(crate) fn command(&self, arguments: &[&str]) -> Invocation<'a> {
        let mut invocation = self.testbed.command(arguments);
        invocation.command.args(["-n", self.name()]);
        invocation
    }
}

impl Testbed {
    /// A command line of kubectl-milvus that names no namespace.
    pub(crate) fn command(&self, arguments: &[&str]) -> Invocation<'_> {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.invocation(command)
    }

    /// A command line of another program, for example `kubectl` or `helm4`.
    pub(crate) fn command_of(&self, tool: &str, arguments: &[&str]) -> Invocation<'_> {
        let mut command = Command::new(self.tool(tool));
        command.args(arguments);
        self.invocation(command)
    }

    /// A line for a shell.
    pub(crate) fn shell(&self, script: &str) -> Invocation<'_> {
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", script]);
        self.invocation(command)
    }

    fn invocation(&self, mut command: Command) -> Invocation<'_> {
        let home = self.cluster.household.directory.join("home");
        sure(std::fs::create_dir_all(&home).context("cannot create a home"));
        // Files that it makes without being told where are in nobody's way there.
        command.env_clear().env("HOME", &home).env("KUBECONFIG", self.kubeconfig()).current_dir(home);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Invocation { testbed: self, command, input: None }
    }
}

impl<'a> Invocation<'a> {
    /// Uses another kubeconfig: of a proxy, or of a user with fewer rights.
    pub(crate) fn kubeconfig(mut self, path: &Path) -> Self {
        self.command.env("KUBECONFIG", path);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Takes a variable out of the environment.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Looks for programs in a folder first.
    pub(crate) fn path_first(self, folder: &str) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(folder.into()).chain(std::env::split_paths(&path)));
        self.env("PATH", path.expect("no folder has a colon in its name"))
    }

    /// Adds arguments at the end.
    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// What is typed; without it the standard input is empty.
    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// The working directory.
    pub(crate) fn directory(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Runs it on the terminal of this process, to its end however long that takes. The variables that
    /// say what the terminal can do are passed on.
    pub(crate) fn run_on_the_terminal(mut self) -> Option<i32> {
        for name in ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL"] {
            if let Some(value) = std::env::var_os(name) {
                self.command.env(name, value);
            }
        }
        let mut child = sure(self.command.spawn().context("cannot start the program under test"));
        let pid = child.id().cast_signed();
        sure(self.testbed.cluster.household.ask(&Order::Guard { pid }));
        let status = sure(child.wait().context("cannot wait for the program under test"));
        sure(self.testbed.cluster.household.ask(&Order::Release { pid }));
        status.code()
    }

    /// Runs it to its end, ten minutes at most.
    pub(crate) fn run(self) -> Output {
        self.spawn().wait(Duration::from_mins(10))
    }

    /// Starts it.
    pub(crate) fn spawn(mut self) -> Running<'a> {
        let input = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = PathBuf::from(self.command.get_program());
        let mut child = sure(self.command.spawn().with_context(|| format!("cannot start `{}`", program.display())));
        sure(self.testbed.cluster.household.ask(&Order::Guard { pid: child.id().cast_signed() }));
        if let (Some(text), Some(mut pipe)) = (self.input, child.stdin.take()) {
            // A program that ends without reading is no failure of the test.
            let _ = pipe.write_all(text.as_bytes());
        }
        let stdout = Reading::of(child.stdout.take());
        let stderr = Reading::of(child.stderr.take());
        Running { testbed: self.testbed, child, stdout, stderr, start: Instant::now() }
    }
}

/// A program that runs; it is killed when this is dropped, and when the test process ends.
pub(crate) struct Running<'a> {
    testbed: &'a Testbed,
    child: Child,
    stdout: Reading,
    stderr: Reading,
    start: Instant,
}

impl Running<'_> {
    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Asks it to end, as Kubernetes and `kill` do.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it where it is, as a machine that fails does.
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Whether it runs still.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) {
        supervisor::signal(self.child.id().cast_signed(), signal);
    }

    /// What it has written to its standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has written to its standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until its standard output or error contains `text`.
    pub(crate) fn wait_for(&mut self, text: &str, limit: Duration) {
        let (child, stdout, stderr) = (&mut self.child, &self.stdout, &self.stderr);
        sure(wait::until(limit, &format!("`{text}` in the output"), || {
            let all = format!("{}{}", stdout.text(), stderr.text());
            if all.contains(text) {
                return Ok(Look::Done(()));
            }
            Ok(match child.try_wait()? {
                // What was written last may still be on its way through the pipe.
                Some(_) if !stdout.is_over() || !stderr.is_over() => Look::NotYet(all),
                Some(status) if !all.contains(text) => Look::Hopeless(format!("it ended ({status}):\n{all}")),
                _ => Look::NotYet(all),
            })
        }));
    }

    /// Waits until it ends; when it does not within the limit, it is killed and the test fails.
    pub(crate) fn wait(mut self, limit: Duration) -> Output {
        let status = match self.ended_within(limit) {
            Ok(status) => status,
            Err(error) => panic!("{error:#}\nstdout: {}\nstderr: {}", self.stdout(), self.stderr()),
        };
        Output { code: status.code(), time: self.start.elapsed(), stdout: self.stdout.all(), stderr: self.stderr.all() }
    }

    fn ended_within(&mut self, limit: Duration) -> Result<ExitStatus> {
        let child = &mut self.child;
        wait::until_every(Duration::from_millis(5), limit, "the end of the program", || {
            Ok(child.try_wait()?.map_or_else(|| Look::NotYet("it runs".to_owned()), Look::Done))
        })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // When the testbed has been stopped there is nobody left to tell.
        let _ = self.testbed.cluster.household.ask(&Order::Release { pid: self.child.id().cast_signed() });
    }
}

/// A pipe that a thread reads, so that its writer never waits.
struct Reading {
    text: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&text);
        let thread = pipe.map(|mut pipe| {
            thread::spawn(move || {
                let mut piece = [0; 4096];
                while let Ok(length @ 1..) = pipe.read(&mut piece) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece[..length]);
                }
            })
        });
        Self { text, thread }
    }

    fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn all(&mut self) -> String {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.text()
    }
}
