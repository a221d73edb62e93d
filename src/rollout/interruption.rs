//! What clients felt of a run, from calls that were made all the while.

use serde::{Deserialize, Serialize};

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it was made, in milliseconds from the first one.
    pub at: u64,
    /// How long it took, in milliseconds.
    pub took: u64,
    /// Whether it was answered.
    pub is_answered: bool,
}

/// What the calls say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interruption {
    /// What was asked: `a query on docs`.
    pub asked: String,
    /// How many calls there were.
    pub calls: usize,
    /// How many of them were not answered.
    pub failed: usize,
    /// The longest time from an answer to the next one with a failure between them, in milliseconds.
    pub longest_gap_milliseconds: u64,
    /// How long answers took before the first write.
    pub before: Latency,
    /// From the first write until it was rolled out and served.
    pub during: Latency,
    /// Afterwards.
    pub after: Latency,
}

/// How long answers took, in milliseconds; none where there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Half of them were as fast or faster.
    pub p50: Option<u64>,
    /// All but one in twenty were as fast or faster.
    pub p95: Option<u64>,
}

impl Interruption {
    /// `rolling` is when the first write was about to be made, and when it was over.
    pub fn of(asked: String, calls: &[Call], (from, to): (u64, u64)) -> Self {
        let phase = |is_in: &dyn Fn(u64) -> bool| Latency::of(calls.iter().filter(|call| is_in(call.at)));
        Self {
            asked,
            calls: calls.len(),
            failed: calls.iter().filter(|call| !call.is_answered).count(),
            longest_gap_milliseconds: longest_gap(calls),
            before: phase(&|at| at < from),
            during: phase(&|at| (from..to).contains(&at)),
            after: phase(&|at| at >= to),
        }
    }
}

impl Latency {
    fn of<'a>(calls: impl Iterator<Item = &'a Call>) -> Self {
        let mut took: Vec<u64> = calls.filter(|call| call.is_answered).map(|call| call.took).collect();
        took.sort_unstable();
        // The nearest rank: the smallest value that so many of a hundred do not exceed.
        let rank = |percent: usize| took.get((took.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Self { p50: rank(50), p95: rank(95) }
    }
}

/// A gap that never closed counts up to the last call.
fn longest_gap(calls: &[Call]) -> u64 {
    let (mut longest, mut since) = (0, calls.first().map_or(0, |call| call.at));
    let mut has_failed = false;
    for call in calls {
        let end = call.at + call.took;
        if has_failed || !call.is_answered {
            longest = longest.max(end.saturating_sub(since));
        }
        has_failed = !call.is_answered;
        if call.is_answered {
            since = end;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{Call, Interruption, Latency};

    /// Calls every 200 ms: how long each took, or that it failed after so long.
    fn calls(took: &[Result<u64, u64>]) -> Vec<Call> {
        let call = |(index, took): (usize, &Result<u64, u64>)| Call {
            at: 200 * u64::try_from(index).unwrap(),
            took: took.unwrap_or_else(|took| took),
            is_answered: took.is_ok(),
        };
        took.iter().enumerate().map(call).collect()
    }

    fn gap(took: &[Result<u64, u64>]) -> u64 {
        Interruption::of("a query on docs".into(), &calls(took), (0, 0)).longest_gap_milliseconds
    }

    #[test]
    fn the_gap_is_from_an_answer_to_the_next() {
        assert_eq!(gap(&[]), 0);
        assert_eq!(gap(&[Ok(5), Ok(50), Ok(5)]), 0, "what is slow is no gap");
        assert_eq!(gap(&[Ok(5), Err(10), Ok(7)]), 400 + 7 - 5);
        assert_eq!(gap(&[Ok(5), Err(10), Ok(7), Err(1), Err(1), Err(1), Ok(8)]), 1200 + 8 - 407);
        assert_eq!(gap(&[Ok(5), Err(10), Err(10)]), 400 + 10 - 5, "one that never closed");
        assert_eq!(gap(&[Err(10), Ok(5)]), 205, "one that was there from the beginning");
    }

    #[test]
    fn phases_are_told_apart_and_failures_have_no_latency() {
        let mut all: Vec<Result<u64, u64>> = (1..=20).map(Ok).collect();
        all.extend([Ok(100), Err(1_000), Ok(300)]);
        all.push(Ok(4));
        let told = Interruption::of("healthz".into(), &calls(&all), (20 * 200, 23 * 200));
        assert_eq!((told.calls, told.failed), (24, 1));
        assert_eq!(told.before, Latency { p50: Some(10), p95: Some(19) });
        assert_eq!(told.during, Latency { p50: Some(100), p95: Some(300) });
        assert_eq!(told.after, Latency { p50: Some(4), p95: Some(4) });
        assert_eq!(Interruption::of(String::new(), &[], (0, 0)).before, Latency::default());
    }
}
