//! A moment with a zone, after Go's `time.Time`.

use super::{civil::Civil, zone::Zone};

/// Nanoseconds of a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// The seconds from the first of January of the year 1, which Go's zero time is, to 1970.
const ZERO: i64 = -62_135_596_800;

/// A moment, seen from a zone.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since 1970 UTC.
    seconds: i64,
    /// Nanoseconds of the second, below a thousand million.
    nanoseconds: u32,
    zone: Zone,
}

impl Time {
    /// So many seconds after 1970 UTC.
    pub(super) fn of_seconds(seconds: i64, zone: Zone) -> Self {
        Self { seconds, nanoseconds: 0, zone }
    }

    /// So many nanoseconds after 1970 UTC; what lies beyond what Go can tell is brought to its end.
    pub(in crate::helm::function) fn of_nanoseconds(nanoseconds: i128, zone: Zone) -> Self {
        let (seconds, rest) = (nanoseconds.div_euclid(SECOND.into()), nanoseconds.rem_euclid(SECOND.into()));
        let end = if seconds < 0 { i64::MIN } else { i64::MAX };
        let nanoseconds = u32::try_from(rest).unwrap_or_default();
        Self { seconds: i64::try_from(seconds).unwrap_or(end), nanoseconds, zone }
    }

    /// The moment at which the clocks of `zone` show these seconds since 1970, as Go's `time.Date` finds it.
    pub(super) fn of_clock(clock: i64, nanoseconds: u32, zone: Zone) -> Self {
        // The clock's reading is taken for UTC, which is near enough to find the offset; where that leads over a change
        // of the clocks, the offset there is taken.
        let guess = zone.offset(clock);
        let offset = if guess == 0 { 0 } else { zone.offset(clock.saturating_sub(guess.into())) };
        Self { seconds: clock.saturating_sub(offset.into()), nanoseconds, zone }
    }

    /// Go's zero time: the first of January of the year 1, UTC.
    pub(super) fn zero() -> Self {
        Self::of_seconds(ZERO, Zone::utc())
    }

    /// The same moment seen from another zone.
    #[must_use]
    pub(super) fn seen_from(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// This much later, in nanoseconds.
    #[must_use]
    pub(super) fn later(&self, nanoseconds: i64) -> Self {
        Self::of_nanoseconds(self.nanoseconds_since_1970().saturating_add(nanoseconds.into()), self.zone.clone())
    }

    /// How much later than `other` it is, in nanoseconds, as far as a duration reaches.
    pub(super) fn since(&self, other: &Self) -> i64 {
        let difference = self.nanoseconds_since_1970() - other.nanoseconds_since_1970();
        i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
    }

    /// Seconds since 1970 UTC.
    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds of the second.
    pub(super) fn nanoseconds(&self) -> u32 {
        self.nanoseconds
    }

    /// Nanoseconds since 1970 UTC.
    pub(super) fn nanoseconds_since_1970(&self) -> i128 {
        i128::from(self.seconds) * i128::from(SECOND) + i128::from(self.nanoseconds)
    }

    /// Nanoseconds since Go's zero time, by which it rounds.
    pub(super) fn nanoseconds_since_zero(&self) -> i128 {
        self.nanoseconds_since_1970() - i128::from(ZERO) * i128::from(SECOND)
    }

    /// Whether it is Go's zero time.
    pub(super) fn is_zero(&self) -> bool {
        self.nanoseconds_since_zero() == 0
    }

    /// The zone from which it is seen.
    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// How many seconds east of UTC its zone then is.
    pub(super) fn offset(&self) -> i32 {
        self.zone.offset(self.seconds)
    }

    /// Day and hour in its zone.
    pub(super) fn civil(&self) -> Civil {
        Civil::of(self.clock())
    }

    /// What the clocks of its zone show, as seconds since 1970.
    pub(super) fn clock(&self) -> i64 {
        self.seconds.saturating_add(self.offset().into())
    }
}
