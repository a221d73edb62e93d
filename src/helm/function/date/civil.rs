//! Days and hours of the Gregorian calendar, for as many years as 64 bits of seconds reach.

/// The seconds of a day.
const DAY: i64 = 86_400;

/// The days of four hundred years, after which the calendar repeats itself.
const CYCLE: i64 = 146_097;

/// From the first of March of the year 0, at which a cycle begins, to 1970: in days.
const EPOCH: i64 = 719_468;

/// The months by name.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week by name.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A day and what the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    /// From 0, Sunday.
    pub(super) weekday: i64,
    /// From 1.
    pub(super) day_of_year: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Civil {
    /// What so many seconds since the beginning of 1970 are.
    pub(super) fn of(seconds: i64) -> Self {
        let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let since_march = days + EPOCH;
        let (cycle, day_of_cycle) = (since_march.div_euclid(CYCLE), since_march.rem_euclid(CYCLE));
        // Leap days come at the end of such years, which begin in March: take away those that have been.
        let year = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
        let day_of_year = day_of_cycle - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let year = cycle * 400 + year + i64::from(month >= 10);
        let (day, month) = (day_of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
        Self {
            year,
            month,
            day,
            weekday: (days + 4).rem_euclid(7),
            day_of_year: days - days_until(year, 1, 1) + 1,
            hour: clock / 3_600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }
}

/// The seconds from 1970 to this day and hour. Months and days beyond their range are carried over, as Go does.
pub(super) fn seconds(year: i64, month: i64, day: i64, clock: i64) -> i64 {
    let months = month.saturating_sub(1);
    let (years, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let days = days_until(year.saturating_add(years), month, 1).saturating_add(day.saturating_sub(1));
    days.saturating_mul(DAY).saturating_add(clock)
}

/// How many days the month has.
pub(super) fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the year has a 29th of February.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days from 1970 to this one; far years end where they still can be counted in seconds.
fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let year = year.clamp(-300_000_000_000, 300_000_000_000) - i64::from(month <= 2);
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    cycle * CYCLE + year * 365 + year / 4 - year / 100 + day_of_year - EPOCH
}

#[cfg(test)]
mod tests {
    use super::{Civil, DAY, days_of_month, days_until, seconds};

    #[test]
    fn each_day_of_eight_hundred_years_follows_the_one_before() {
        let mut before = Civil::of((days_until(1599, 12, 31)) * DAY);
        assert_eq!((before.year, before.month, before.day, before.day_of_year), (1599, 12, 31, 365));
        for day in days_until(1600, 1, 1)..days_until(2400, 1, 1) {
            let civil = Civil::of(day * DAY + 3_723);
            let next = if before.day < days_of_month(before.year, before.month) {
                (before.year, before.month, before.day + 1)
            } else if before.month < 12 {
                (before.year, before.month + 1, 1)
            } else {
                (before.year + 1, 1, 1)
            };
            assert_eq!((civil.year, civil.month, civil.day), next);
            assert_eq!(civil.weekday, (before.weekday + 1) % 7);
            let first = civil.month == 1 && civil.day == 1;
            assert_eq!(civil.day_of_year, if first { 1 } else { before.day_of_year + 1 });
            assert_eq!(seconds(civil.year, civil.month, civil.day, 3_723), day * DAY + 3_723);
            before = civil;
        }
        assert_eq!((before.hour, before.minute, before.second), (1, 2, 3));
    }

    #[test]
    fn months_and_days_are_carried_over() {
        assert_eq!(seconds(2026, 13, 1, 0), seconds(2027, 1, 1, 0));
        assert_eq!(seconds(2026, 0, 1, 0), seconds(2025, 12, 1, 0));
        assert_eq!(seconds(2026, 2, 30, 0), seconds(2026, 3, 2, 0));
    }

    #[test]
    fn the_ends_of_time_are_days_too() {
        for end in [i64::MIN, i64::MAX] {
            let civil = Civil::of(end);
            assert!((1..=12).contains(&civil.month) && (1..=31).contains(&civil.day), "{civil:?}");
            assert_eq!(seconds(civil.year, civil.month, civil.day, 0) / DAY, end.div_euclid(DAY).max(end / DAY));
        }
    }
}
