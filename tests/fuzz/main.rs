//! Runs many hostile inputs: `cargo run --release --example fuzz -- [--executions N] [--seed S] [--target NAME] [--only NUMBER]`.
//!
//! The executions of each target run in processes of their own, one after the other, each a part of them. So an overflow
//! of the stack, a hang or too much memory ends one process, is told with the number of its execution, and the next part
//! goes on behind it. `--target NAME --only NUMBER` prints the input of an execution and runs it alone.

#[path = "mod.rs"]
mod fuzz;
mod part;
mod supervision;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use fuzz::{TARGETS, Target};

/// What is asked for.
struct Options {
    /// Of all targets together.
    executions: u64,
    seed: u64,
    targets: Vec<Target>,
    only: Option<u64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some(part::ARGUMENT) => part::run(&arguments[1..]).map(|()| ExitCode::SUCCESS),
        _ => options(&arguments).and_then(|options| run(&options)),
    };
    outcome.unwrap_or_else(|error| {
        tell(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options { executions: 100_000, seed: 1, targets: TARGETS.into(), only: None };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!("`{}` has no value", pair.concat()) };
        let number = || value.parse::<u64>().with_context(|| format!("`{value}` is no number"));
        match name.as_str() {
            "--executions" => options.executions = number()?,
            "--seed" => options.seed = number()?,
            "--only" => options.only = Some(number()?),
            "--target" => options.targets.retain(|target| target.name == value),
            _ => bail!("there are --executions, --seed, --target and --only, but no `{name}`"),
        }
    }
    if options.targets.is_empty() {
        bail!("there is no such target, but {}", TARGETS.map(|target| target.name).join(", "));
    }
    Ok(options)
}

fn run(options: &Options) -> Result<ExitCode> {
    if let Some(number) = options.only {
        let target = options.targets.first().context("there is a target")?;
        part::show(target, options.seed, number)?;
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(debug_assertions) {
        tell("without --release this takes ten times as long");
    }
    let each = options.executions.div_ceil(options.targets.len() as u64);
    let mut faults = 0;
    for target in &options.targets {
        let summary = supervision::run(target, options.seed, each)?;
        faults += summary.faults;
        tell(&summary.to_string());
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line of what is going on.
#[expect(clippy::print_stdout, reason = "the lines are what this program is for")]
fn tell(line: &str) {
    println!("{line}");
}
