//! Which scalars go-yaml takes for timestamps. Values keep them as text; written text that looks like one is quoted.

/// Whether `text` is a date, or a date and time, in one of go-yaml's four forms.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(4).filter(|(year, _)| year.bytes().all(|c| c.is_ascii_digit()))
    else {
        return false;
    };
    let parsed = || {
        let (month, rest) = field(rest.strip_prefix('-')?, 1..=12)?;
        let (day, rest) = field(rest.strip_prefix('-')?, 1..=31)?;
        (day <= days(date.parse().ok()?, month)).then_some(rest)
    };
    match parsed() {
        None => false,
        Some("") => true,
        // Go takes any number of spaces for one.
        Some(rest) if rest.starts_with(' ') => clock(rest.trim_start_matches(' ')) == Some(""),
        Some(rest) => rest.strip_prefix(['T', 't']).and_then(clock).is_some_and(is_zone),
    }
}

/// `h:m:s` with an optional fraction, and what follows it.
fn clock(text: &str) -> Option<&str> {
    let (_, rest) = field(text, 0..=23)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0..=59)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0..=59)?;
    let fraction = rest.strip_prefix(['.', ',']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    Some(fraction.map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit())))
}

/// `Z` or `±hh:mm`.
fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let two =
        |text: &str, limit| text.bytes().all(|c| c.is_ascii_digit()) && text.parse().is_ok_and(|n: u8| n <= limit);
    let bytes = text.as_bytes();
    bytes.len() == 6
        && text.is_ascii()
        && matches!(bytes[0], b'+' | b'-')
        && bytes[3] == b':'
        && two(&text[1..3], 24)
        && two(&text[4..6], 60)
}

/// A number of one or two digits in `range`, and what follows it.
fn field(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<(u32, &str)> {
    let width = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(width)?;
    digits.parse().ok().filter(|number| range.contains(number)).map(|number| (number, rest))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn dates_and_times_in_gos_forms_are_timestamps() {
        for text in [
            "2020-01-01",
            "2020-1-1",
            "2020-02-29",
            "2020-01-01T00:00:00Z",
            "2020-01-01t1:2:3.456+02:00",
            "2020-01-01 10:00:00",
            "2020-01-01   10:00:00.5",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn others_are_not() {
        for text in [
            "",
            "2020",
            "2020-01",
            "2020-13-01",
            "2021-02-29",
            "2020-01-01T00:00:00",
            "2020-01-01 10:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:00+2:00",
            "20-01-01",
            "2020-01-01x",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
