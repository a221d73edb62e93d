//! Durations in kubectl's writing.

use std::time::Duration;

/// Reads `5s`, `2m`, `1h`, `1h30m`, `1.5s`, `500ms`; a bare number is seconds. Zero is read as zero: no limit.
pub(super) fn read(text: &str) -> Result<Duration, String> {
    let refused = || "it is not a duration such as 30s, 5m or 1h30m".to_owned();
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(refused)?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let number: f64 = number.parse().map_err(|_| refused())?;
        total += number * seconds_of(unit).ok_or_else(refused)?;
        rest = next;
    }
    if text.is_empty() { Err(refused()) } else { Duration::try_from_secs_f64(total).map_err(|_| refused()) }
}

fn seconds_of(unit: &str) -> Option<f64> {
    match unit {
        "ms" => Some(0.001),
        "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::read;

    #[test]
    fn durations_are_read_as_kubectl_does() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("5s", 5_000),
            ("30", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("500ms", 500),
        ] {
            assert_eq!(read(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "5x", "-5s", "5 s", "5s3", "1..5s", ".s", "99999999999999999999999h", "1e3s", "∞"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            let _ = read(&text);
        }
    }
}
