//! The order in which go-yaml writes keys: numbers in them by size, letters behind other signs.

use std::cmp::Ordering;

use super::Dialect;

/// Sorted fields, with the letters of their keys.
type Run<T> = Vec<(Vec<char>, (String, T))>;

/// Sorts by the keys. The order may go in a circle (`a10`, `a1b`, `a2`), where Go's output is left to chance and the
/// standard sort here may panic; merging does not.
pub(super) fn sort<T>(fields: Vec<(String, T)>, dialect: Dialect) -> Vec<(String, T)> {
    let mut runs: Vec<Run<T>> = fields.into_iter().map(|field| vec![(field.0.chars().collect(), field)]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(one) = pairs.next() {
            merged.push(match pairs.next() {
                Some(other) => merge(one, other, dialect),
                None => one,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default().into_iter().map(|(_, field)| field).collect()
}

fn merge<T>(one: Run<T>, other: Run<T>, dialect: Dialect) -> Run<T> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    while let (Some((first, _)), Some((second, _))) = (one.peek(), other.peek()) {
        let next = if is_less(second, first, dialect) { other.next() } else { one.next() };
        merged.extend(next);
    }
    merged.extend(one);
    merged.extend(other);
    merged
}

fn is_less(one: &[char], other: &[char], dialect: Dialect) -> bool {
    let Some(place) = one.iter().zip(other).position(|(one, other)| one != other) else {
        return one.len() < other.len();
    };
    let (first, second) = (one[place], other[place]);
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (false, false) => {}
        // Version 3 puts letters first behind a digit.
        (letter, _) if dialect == Dialect::Third && place > 0 && one[place - 1].is_ascii_digit() => return letter,
        (_, letter) => return letter,
    }
    // Zeros in the midst of a number count for its size.
    let within = (first == '0' || second == '0') && is_behind_number(&one[..place]);
    let start = i64::from(within);
    let (size, end) = number(one, place, start);
    let (other_size, other_end) = number(other, place, start);
    match (size.cmp(&other_size), end.cmp(&other_end)) {
        (Ordering::Equal, Ordering::Equal) => first < second,
        (Ordering::Equal, length) => length == Ordering::Less,
        (size, _) => size == Ordering::Less,
    }
}

/// Whether the digits at the end of `front` hold one other than zero.
fn is_behind_number(front: &[char]) -> bool {
    front.iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0')
}

fn number(text: &[char], place: usize, start: i64) -> (i64, usize) {
    let digits = text[place..].iter().map_while(|c| c.to_digit(10));
    digits.fold((start, place), |(size, end), digit| (size.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1))
}

#[cfg(test)]
mod tests {
    use super::{super::Dialect, sort};

    fn sorted(keys: &[&str], dialect: Dialect) -> Vec<String> {
        let fields = keys.iter().map(|key| ((*key).to_owned(), ())).collect();
        sort(fields, dialect).into_iter().map(|(key, ())| key).collect()
    }

    #[test]
    fn numbers_in_keys_count_by_size() {
        let keys = ["a10", "a2", "a02", "b", "B", "_", "a", "1", "10", "9", "a1"];
        let order = ["_", "1", "9", "10", "B", "a", "a1", "a2", "a02", "a10", "b"];
        assert_eq!(sorted(&keys, Dialect::Second), order);
    }

    #[test]
    fn an_order_that_goes_in_a_circle_loses_no_key() {
        let mut keys = sorted(&["a2", "a10", "a1b"], Dialect::Second);
        keys.sort();
        assert_eq!(keys, ["a10", "a1b", "a2"]);
    }

    #[test]
    fn version_three_has_letters_behind_digits_first() {
        assert_eq!(sorted(&["a1-", "a1b"], Dialect::Second), ["a1-", "a1b"]);
        assert_eq!(sorted(&["a1-", "a1b"], Dialect::Third), ["a1b", "a1-"]);
    }
}
