//! How long a program takes and how much memory, measured by a process that does nothing else.
//!
//! The kernel counts the memory of a child from the moment it is split off its parent, so a parent that is
//! large itself would be all that is seen. This program therefore starts itself again, does nothing but
//! start the measured program, and asks the kernel what its children took: that one.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

/// The first argument of the process that measures.
const MEASURE: &str = "measure-one-run";

/// One run of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// The most bytes of it that were in memory at once.
    pub(crate) memory: u64,
    /// How long it kept a core busy, for itself and in the kernel.
    pub(crate) cpu: Duration,
}

/// A command line that is measured.
pub(crate) struct Contestant<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [&'a str],
}

/// Where and as whom the contestants run: a home of their own, and a cluster.
pub(crate) struct Stadium<'a> {
    pub(crate) home: &'a Path,
    pub(crate) kubeconfig: &'a Path,
}

impl Stadium<'_> {
    /// Runs each contestant once unseen, and then all of them in turn, so that whatever else the machine
    /// does falls on each alike. The runs of each come in the order of the contestants.
    ///
    /// # Errors
    /// A program cannot be started, or does not succeed.
    pub(crate) fn race(&self, contestants: &[Contestant], rounds: usize) -> Result<Vec<Vec<Run>>> {
        let mut runs = vec![Vec::with_capacity(rounds); contestants.len()];
        for contestant in contestants {
            self.run(contestant)?;
        }
        for _ in 0..rounds {
            for (contestant, runs) in contestants.iter().zip(&mut runs) {
                runs.push(self.run(contestant)?);
            }
        }
        Ok(runs)
    }

    /// Runs it once.
    ///
    /// # Errors
    /// As [`race`](Self::race).
    pub(crate) fn run(&self, contestant: &Contestant) -> Result<Run> {
        let shown = format!("{} {}", contestant.program.display(), contestant.arguments.join(" "));
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(MEASURE).arg(contestant.program).args(contestant.arguments);
        command.env_clear().env("HOME", self.home).env("KUBECONFIG", self.kubeconfig);
        let output = command.stdin(Stdio::null()).output().context("cannot start the process that measures")?;
        let result: Value = serde_json::from_slice(&output.stdout).with_context(|| format!("cannot run {shown}"))?;
        // A check that finds something has done its work.
        if result["code"] != 0 && result["code"] != 3 {
            let error = String::from_utf8_lossy(&output.stderr);
            bail!("{shown} ended with {}: {}", result["code"], error.trim());
        }
        let number = |name: &str| result[name].as_u64();
        let (Some(nanoseconds), Some(memory), Some(cpu)) = (number("nanoseconds"), number("memory"), number("cpu"))
        else {
            bail!("cannot read what was measured: {result}");
        };
        Ok(Run { time: Duration::from_nanos(nanoseconds), memory, cpu: Duration::from_micros(cpu) })
    }
}

/// The process that measures: `Some` when this one is it.
pub(crate) fn own_part() -> Option<Result<ExitCode>> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != MEASURE {
        return None;
    }
    let mut command = Command::new(arguments.next()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    Some(measure(command))
}

#[expect(clippy::print_stdout, reason = "the process that asked reads it")]
fn measure(mut command: Command) -> Result<ExitCode> {
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let memory = u64::try_from(usage.max_rss())?;
    // macOS counts bytes, all others kibibytes.
    let memory = if cfg!(target_os = "macos") { memory } else { memory << 10 };
    let cpu = [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    let nanoseconds = u64::try_from(time.as_nanos())?;
    let cpu: i64 = cpu.into_iter().sum();
    println!("{}", json!({ "code": status.code(), "nanoseconds": nanoseconds, "memory": memory, "cpu": cpu }));
    Ok(ExitCode::SUCCESS)
}
