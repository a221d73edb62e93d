//! Time zones, after Go's `time.Location`. Their rules are those that are built in; no file of the system is read.

use std::{rc::Rc, sync::OnceLock};

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};

use crate::helm::function::Host;

/// A place with its clocks.
#[derive(Clone, Debug)]
pub(in crate::helm::function) struct Zone {
    name: Rc<str>,
    clocks: Clocks,
}

#[derive(Clone, Debug)]
enum Clocks {
    /// Always so many seconds east of UTC, under this abbreviation.
    Fixed(i32, Rc<str>),
    /// By rules that change.
    Ruled(TimeZone),
}

impl Zone {
    /// UTC.
    pub(in crate::helm::function) fn utc() -> Self {
        Self::fixed("UTC", 0)
    }

    /// Always so many seconds east of UTC.
    pub(super) fn fixed(name: &str, offset: i32) -> Self {
        Self { name: name.into(), clocks: Clocks::Fixed(offset, name.into()) }
    }

    /// The caller's: what Go calls `Local`. An unknown name is UTC, as in Go.
    pub(super) fn local(host: &dyn Host) -> Self {
        let zone = Self::listed(host.zone()).unwrap_or_else(Self::utc);
        Self { name: "Local".into(), ..zone }
    }

    /// The zone of this name: `Local`, `UTC`, which the empty name is too, or one of the IANA's, letter by letter.
    pub(super) fn named(name: &str, host: &dyn Host) -> Option<Self> {
        match name {
            "" | "UTC" => Some(Self::utc()),
            "Local" => Some(Self::local(host)),
            _ => Self::listed(name),
        }
    }

    fn listed(name: &str) -> Option<Self> {
        static LIST: OnceLock<TimeZoneDatabase> = OnceLock::new();
        if name == "UTC" {
            return Some(Self::utc());
        }
        let zone = LIST.get_or_init(TimeZoneDatabase::bundled).get(name).ok()?;
        (zone.iana_name() == Some(name)).then(|| Self { name: name.into(), clocks: Clocks::Ruled(zone) })
    }

    /// Its name, as `Location` prints it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many seconds east of UTC it is, so many seconds after 1970.
    pub(super) fn offset(&self, seconds: i64) -> i32 {
        match &self.clocks {
            Clocks::Fixed(offset, _) => *offset,
            Clocks::Ruled(zone) => zone.to_offset_info(timestamp(seconds)).offset().seconds(),
        }
    }

    /// How it is abbreviated then: `CET`, `CEST`.
    pub(super) fn abbreviation(&self, seconds: i64) -> String {
        match &self.clocks {
            Clocks::Fixed(_, name) => name.to_string(),
            Clocks::Ruled(zone) => zone.to_offset_info(timestamp(seconds)).abbreviation().to_owned(),
        }
    }

    /// Whether summer time is then kept.
    pub(super) fn is_summer_time(&self, seconds: i64) -> bool {
        match &self.clocks {
            Clocks::Fixed(..) => false,
            Clocks::Ruled(zone) => zone.to_offset_info(timestamp(seconds)).dst().is_dst(),
        }
    }

    /// The offset that the abbreviation stands for here, at what the clocks show: the one in effect then, else the first
    /// that ever was.
    pub(super) fn offset_of(&self, abbreviation: &str, clock: i64) -> Option<i32> {
        let Clocks::Ruled(zone) = &self.clocks else { return None };
        let first = zone.to_offset_info(Timestamp::MIN);
        let first = (first.abbreviation() == abbreviation).then(|| first.offset().seconds());
        let changes = zone.following(Timestamp::MIN).take(CHANGES);
        let named = changes.filter(|change| change.abbreviation() == abbreviation);
        let mut offsets: Vec<i32> = first.into_iter().chain(named.map(|change| change.offset().seconds())).collect();
        offsets.dedup();
        let then = |offset: &i32| self.abbreviation(clock.saturating_sub((*offset).into())) == abbreviation;
        offsets.iter().copied().find(then).or(offsets.first().copied())
    }
}

/// How many changes of the clocks are looked through: more than any zone has had.
const CHANGES: usize = 500;

/// The seconds of four hundred years, after which the calendar repeats itself, with the days of the week.
const CYCLE: i64 = 146_097 * 86_400;

/// A moment at which every zone already keeps the rules of its last line: in the year 8000.
const SETTLED: i64 = 190_288_396_800;

/// The moment. One that lies farther ahead than the rules are told is brought back by whole cycles of the calendar, one
/// before their beginning to it.
fn timestamp(seconds: i64) -> Timestamp {
    let cycles = seconds.saturating_sub(SETTLED).max(0) / CYCLE;
    Timestamp::from_second(seconds - cycles * CYCLE).unwrap_or(Timestamp::MIN)
}
