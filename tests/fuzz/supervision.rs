//! Has all executions of a target run, part by part, and tells what went wrong.

use std::{
    fmt,
    fs::{self, File},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    fuzz::Target,
    part::{self, Progress},
};

/// How many executions one process runs. What templates tie into rings is never freed, so processes are not for ever.
const PART: u64 = 50_000;

/// The most faults that are told of one target; then it is given up.
const FAULTS: u64 = 20;

/// How long one execution may take.
const LONGEST: Duration = Duration::from_secs(20);

/// How often it is looked whether the execution is still the same.
const LOOK: Duration = Duration::from_millis(200);

/// What came of the executions of a target.
pub(crate) struct Summary {
    target: &'static str,
    pub(crate) faults: u64,
    total: Progress,
    time: Duration,
}

/// Runs so many executions of the target.
pub(crate) fn run(target: &Target, seed: u64, count: u64) -> Result<Summary> {
    let folder = tempfile::tempdir()?;
    let start = Instant::now();
    let mut summary = Summary { target: target.name, faults: 0, total: Progress::default(), time: Duration::ZERO };
    let mut next = 0;
    while next < count && summary.faults < FAULTS {
        let (path, errors) = (folder.path().join("progress"), folder.path().join("errors"));
        fs::write(&path, [])?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([part::ARGUMENT, target.name, &seed.to_string(), &next.to_string()])
            .arg(PART.min(count - next).to_string())
            .arg(&path)
            .stdin(Stdio::null())
            .stderr(File::create(&errors)?)
            .spawn()
            .context("cannot start a part")?;
        let ended = watch(&mut child, &File::open(&path)?)?;
        let progress = Progress::read(&File::open(&path)?).context("a part did not begin")?;
        summary.add(progress);
        next = progress.number;
        if let Some(fault) = ended {
            summary.faults += 1;
            let said = fs::read_to_string(&errors)?;
            crate::tell(&format!("{} #{next}: {fault}: {}", target.name, said.trim()));
            next += 1;
        }
    }
    summary.total.number = next;
    summary.time = start.elapsed();
    Ok(summary)
}

/// Waits for the end of a part; why it was not a good one.
fn watch(child: &mut Child, file: &File) -> Result<Option<String>> {
    let mut last = (0, Instant::now());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((!status.success()).then(|| status.to_string()));
        }
        let number = Progress::read(file).map_or(0, |progress| progress.number);
        if number != last.0 {
            last = (number, Instant::now());
        }
        if last.1.elapsed() > LONGEST {
            child.kill()?;
            child.wait()?;
            return Ok(Some(format!("it takes longer than {LONGEST:?}")));
        }
        thread::sleep(LOOK);
    }
}

impl Summary {
    fn add(&mut self, part: Progress) {
        let total = &mut self.total;
        total.taken += part.taken;
        total.longest = total.longest.max(part.longest);
        total.growth = total.growth.max(part.growth);
        total.memory = total.memory.max(part.memory);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress { number, taken, longest, growth, memory } = self.total;
        write!(
            formatter,
            "{}: {number} executions in {:.0} s, {taken} taken, {} faults; longest {:.1} ms (#{}), \
             most memory in one {} MB (#{}), of a process {} MB",
            self.target,
            self.time.as_secs_f64(),
            self.faults,
            Duration::from_micros(longest.0).as_secs_f64() * 1e3,
            longest.1,
            Megabytes(growth.0),
            growth.1,
            Megabytes(memory),
        )
    }
}

struct Megabytes(u64);

impl fmt::Display for Megabytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 / 100_000;
        write!(formatter, "{}.{}", tenths / 10, tenths % 10)
    }
}
