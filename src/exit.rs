//! The exit codes, a public contract.

use std::process::ExitCode;

/// What the process tells its caller. The numbers are a public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was done, or nothing was left to do.
    Success = 0,
    /// It failed before anything was changed.
    Failed = 1,
    /// Wrong usage, or it needs an answer and there is no terminal to ask on.
    Usage = 2,
    /// Checks forbid it; nothing was changed.
    Blocked = 3,
    /// It failed, and the older version is proven to run again: a migration, or an upgrade with `--on-failure=rollback`.
    RolledBack = 4,
    /// It failed part-way; the next commands are printed.
    PartWay = 5,
    /// Rolled out, but not serving as before.
    NotServing = 6,
    /// There are differences; only with `--exit-code`.
    Differences = 10,
    /// The time ran out while waiting; the roll goes on.
    TimedOut = 124,
    /// Interrupted; the roll goes on.
    Interrupted = 130,
}

impl Exit {
    /// The code that the parser of the command line ends with: help is a success, anything else wrong usage.
    pub fn of_usage(code: i32) -> Self {
        if code == 0 { Self::Success } else { Self::Usage }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_numbers_stay_as_they_are() {
        let exits = [
            Exit::Success,
            Exit::Failed,
            Exit::Usage,
            Exit::Blocked,
            Exit::RolledBack,
            Exit::PartWay,
            Exit::NotServing,
            Exit::Differences,
            Exit::TimedOut,
            Exit::Interrupted,
        ];
        assert_eq!(exits.map(|exit| exit as u8), [0, 1, 2, 3, 4, 5, 6, 10, 124, 130]);
    }
}
