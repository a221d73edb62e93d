//! The process that runs a part of the executions of one target.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    time::Instant,
};

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};

use crate::fuzz::{Corpus, TARGETS, Target};

/// The first argument of this process; behind it the target, the seed, the first number, how many, and a file.
pub(crate) const ARGUMENT: &str = "--part";

/// The most memory that the process can have, bytes. What needs more is a fault.
const MEMORY: u64 = 4 << 30;

/// How a part went so far, as it stands in the file, which lives on when the process ends before its time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The number of the execution that runs, or one behind the last.
    pub(crate) number: u64,
    /// How many inputs were taken and not refused.
    pub(crate) taken: u64,
    /// The longest execution in microseconds, and its number.
    pub(crate) longest: (u64, u64),
    /// By how many bytes the memory of the process grew most in one execution, and the number of that.
    pub(crate) growth: (u64, u64),
    /// The most bytes that the process had.
    pub(crate) memory: u64,
}

impl Progress {
    const LENGTH: usize = 56;

    fn numbers(self) -> [u64; 7] {
        let (longest, growth) = (self.longest, self.growth);
        [self.number, self.taken, longest.0, longest.1, growth.0, growth.1, self.memory]
    }

    fn write(self, file: &File) -> Result<()> {
        let bytes: Vec<u8> = self.numbers().into_iter().flat_map(u64::to_le_bytes).collect();
        file.write_all_at(&bytes, 0).context("cannot write how far it is")
    }

    /// Reads it from the file; nothing where the process had not begun.
    pub(crate) fn read(file: &File) -> Option<Self> {
        let mut bytes = [0; Self::LENGTH];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let mut numbers = bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
        let mut next = || numbers.next();
        Some(Self {
            number: next()?,
            taken: next()?,
            longest: (next()?, next()?),
            growth: (next()?, next()?),
            memory: next()?,
        })
    }
}

/// Runs a part.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [target, seed, first, count, path] = arguments else { anyhow::bail!("a part needs five arguments") };
    let target = TARGETS.into_iter().find(|known| known.name == target).context("there is no such target")?;
    let (seed, first, count): (u64, u64, u64) = (seed.parse()?, first.parse()?, count.parse()?);
    let file = OpenOptions::new().write(true).open(path)?;
    setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY)?;
    let corpus = Corpus::read()?;
    let mut progress = Progress { memory: memory()?, ..Progress::default() };
    for number in first..first + count {
        progress.number = number;
        progress.write(&file)?;
        let input = target.input(&corpus, seed, number);
        let start = Instant::now();
        let is_taken = (target.run)(&input);
        let time = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let memory = memory()?;
        progress.taken += u64::from(is_taken);
        progress.longest = progress.longest.max((time, number));
        progress.growth = progress.growth.max((memory - progress.memory, number));
        progress.memory = memory;
    }
    progress.number = first + count;
    progress.write(&file)
}

/// The most bytes that this process has had in memory.
fn memory() -> Result<u64> {
    Ok(u64::try_from(getrusage(UsageWho::RUSAGE_SELF)?.max_rss())? << 10)
}

/// Prints the input of one execution, and runs it here.
pub(crate) fn show(target: &Target, seed: u64, number: u64) -> Result<()> {
    let input = target.input(&Corpus::read()?, seed, number);
    for (name, data) in &input {
        crate::tell(&format!("-- {name} --\n{}", String::from_utf8_lossy(data)));
    }
    let (start, before) = (Instant::now(), memory()?);
    let is_taken = (target.run)(&input);
    let (time, growth) = (start.elapsed(), memory()? - before);
    crate::tell(&format!("{} in {time:.1?}, {growth} bytes more", if is_taken { "taken" } else { "refused" }));
    Ok(())
}
