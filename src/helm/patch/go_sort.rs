//! The order in which Go's `sort.Sort` leaves items that count as equal.
//!
//! apimachinery sorts the items of merged lists by the text of their merge keys, and tells Go that each of two equal items
//! is less than the other. Two ports with one number (TCP and UDP), or a variable given twice, then end up as Go's
//! algorithm moves them: pattern-defeating quicksort, which is deterministic. This follows its moves.

use std::cmp::Ordering;

/// Below this many, items are sorted by insertion.
const FEW: usize = 12;
/// From this many on, three medians of three choose the pivot.
const MANY: usize = 50;

/// Sorts as `sort.Sort` does with a `Less` that is true of equal items.
pub(super) fn go_sort<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    // Where all differ there is one order only, which most lists have already.
    if items.windows(2).all(|pair| compare(&pair[0], &pair[1]).is_lt()) {
        return;
    }
    let end = items.len();
    Sorting { items, compare }.sort(0, end, bits(end));
}

/// How many bits a number has.
fn bits(number: usize) -> u32 {
    usize::BITS - number.leading_zeros()
}

/// What the choice of a pivot found out on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Rising,
    Falling,
    Unknown,
}

struct Sorting<'a, T, F> {
    items: &'a mut [T],
    compare: F,
}

impl<T, F: Fn(&T, &T) -> Ordering> Sorting<'_, T, F> {
    fn less(&self, left: usize, right: usize) -> bool {
        (self.compare)(&self.items[left], &self.items[right]).is_le()
    }

    /// Sorts a range; after `patience` bad pivots by heap.
    fn sort(&mut self, mut start: usize, mut end: usize, mut patience: u32) {
        let (mut balanced, mut parted) = (true, true);
        loop {
            let length = end - start;
            if length <= FEW {
                return self.insert(start, end);
            }
            if patience == 0 {
                return self.heap(start, end);
            }
            if !balanced {
                self.scatter(start, end);
                patience -= 1;
            }
            let (mut pivot, mut hint) = self.pivot(start, end);
            if hint == Hint::Falling {
                self.items[start..end].reverse();
                pivot = end - 1 - (pivot - start);
                hint = Hint::Rising;
            }
            if balanced && parted && hint == Hint::Rising && self.nearly_sorted(start, end) {
                return;
            }
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.part_equal(start, end, pivot);
                continue;
            }
            let (middle, already) = self.part(start, end, pivot);
            parted = already;
            let (left, right) = (middle - start, end - middle);
            balanced = left.min(right) >= length / 8;
            if left < right {
                self.sort(start, middle, patience);
                start = middle + 1;
            } else {
                self.sort(middle + 1, end, patience);
                end = middle;
            }
        }
    }

    fn insert(&mut self, start: usize, end: usize) {
        for next in start + 1..end {
            let mut at = next;
            while at > start && self.less(at, at - 1) {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift(root, length, start);
        }
        for last in (0..length).rev() {
            self.items.swap(start, start + last);
            self.sift(0, last, start);
        }
    }

    /// Lets an item of a heap sink to its place.
    fn sift(&mut self, mut root: usize, length: usize, start: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Moves three items about, to break patterns that make for bad pivots.
    fn scatter(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mut random = length as u64;
        let mask = (1_u64 << bits(length)) - 1;
        let middle = start + length / 4 * 2;
        for place in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let other = usize::try_from(random & mask).unwrap_or_default();
            self.items.swap(place, start + if other >= length { other - length } else { other });
        }
    }

    /// A place whose item may divide a range well, and what its neighbours look like.
    fn pivot(&self, start: usize, end: usize) -> (usize, Hint) {
        let length = end - start;
        let quarter = |count: usize| start + length / 4 * count;
        let mut swaps = 0;
        let [mut low, mut middle, mut high] = [quarter(1), quarter(2), quarter(3)];
        if length >= MANY {
            low = self.median([low - 1, low, low + 1], &mut swaps);
            middle = self.median([middle - 1, middle, middle + 1], &mut swaps);
            high = self.median([high - 1, high, high + 1], &mut swaps);
        }
        let pivot = self.median([low, middle, high], &mut swaps);
        let hint = match swaps {
            0 => Hint::Rising,
            12 => Hint::Falling,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&self, mut places: [usize; 3], swaps: &mut u32) -> usize {
        for left in [0, 1, 0] {
            if self.less(places[left + 1], places[left]) {
                *swaps += 1;
                places.swap(left, left + 1);
            }
        }
        places[1]
    }

    /// Puts right what is out of order in a range where that is little; whether the range is sorted then.
    fn nearly_sorted(&mut self, start: usize, end: usize) -> bool {
        let mut at = start + 1;
        for _ in 0..5 {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < MANY {
                return false;
            }
            self.items.swap(at, at - 1);
            if at - start >= 2 {
                // Down to the second item of all, not of the range: so Go has it.
                let mut left = at - 1;
                while left >= 1 && self.less(left, left - 1) {
                    self.items.swap(left, left - 1);
                    left -= 1;
                }
            }
            if end - at >= 2 {
                let mut right = at + 1;
                while right < end && self.less(right, right - 1) {
                    self.items.swap(right, right - 1);
                    right += 1;
                }
            }
        }
        false
    }

    /// Divides a range into what is less than the pivot and what is not; where the pivot then is, and whether nothing had to
    /// be moved.
    fn part(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        let mut already = true;
        loop {
            while left <= right && self.less(left, start) {
                left += 1;
            }
            while left <= right && !self.less(right, start) {
                right -= 1;
            }
            if left > right {
                self.items.swap(right, start);
                return (right, already);
            }
            already = false;
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
    }

    /// Divides a range in which nothing is less than the pivot; where the greater ones begin.
    fn part_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        loop {
            while left <= right && !self.less(start, left) {
                left += 1;
            }
            while left <= right && self.less(start, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::go_sort;
    use crate::helm::patch::golden::{assert_all, rows};

    #[test]
    fn equal_items_are_left_as_go_leaves_them() {
        let mut differences = vec![];
        for row in rows("sort") {
            let keys = row[1].as_array().unwrap();
            let mut items: Vec<_> = keys.iter().map(|key| key.as_u64().unwrap()).enumerate().collect();
            go_sort(&mut items, |(_, left), (_, right)| left.cmp(right));
            let found: Vec<_> = items.iter().map(|(place, _)| *place).collect();
            if json!(found) != row[2] {
                differences.push(format!("{}: {found:?}", row[0]));
            }
        }
        assert_all(&differences);
    }
}
