//! Times as people read them.

/// An age in kubectl's writing: `5s`, `4m12s`, `3h5m`, `41d` (apimachinery, `pkg/util/duration`, `HumanDuration`).
pub fn age(seconds: i64) -> String {
    let pair = |large: i64, unit: char, small: i64, subunit: char| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{subunit}"),
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match seconds {
        ..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => pair(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

/// How long something took: `40s`, `1m20s`, `30m`, `1h5m`.
pub fn elapsed(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{rest}s"),
        (0, _, 0) => format!("{minutes}m"),
        (0, _, _) => format!("{minutes}m{rest}s"),
        (_, 0, _) => format!("{hours}h"),
        _ => format!("{hours}h{minutes}m"),
    }
}

/// How long something is thought to take: `~ 40 s`, `~ 4 min`.
pub fn estimate(seconds: u64) -> String {
    match seconds {
        0..60 => format!("~ {seconds} s"),
        _ => format!("~ {} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, elapsed, estimate};

    #[test]
    fn ages_are_written_as_kubectl_does() {
        let (minute, hour, day) = (60, 3600, 86400);
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (5, "5s"),
            (119, "119s"),
            (2 * minute, "2m"),
            (4 * minute + 12, "4m12s"),
            (10 * minute + 5, "10m"),
            (179 * minute + 59, "179m"),
            (3 * hour, "3h"),
            (3 * hour + 5 * minute, "3h5m"),
            (8 * hour + 5 * minute, "8h"),
            (47 * hour, "47h"),
            (2 * day, "2d"),
            (2 * day + 3 * hour, "2d3h"),
            (8 * day + 3 * hour, "8d"),
            (41 * day, "41d"),
            (729 * day, "729d"),
            (2 * 365 * day, "2y"),
            (2 * 365 * day + 7 * day, "2y7d"),
            (9 * 365 * day, "9y"),
        ] {
            assert_eq!(age(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn what_took_time_is_told_to_the_second_below_an_hour() {
        let texts = [9, 80, 401, 1800, 3600, 3900].map(elapsed);
        assert_eq!(texts, ["9s", "1m20s", "6m41s", "30m", "1h", "1h5m"]);
        assert_eq!([45, 60, 225].map(estimate), ["~ 45 s", "~ 1 min", "~ 4 min"]);
    }
}
