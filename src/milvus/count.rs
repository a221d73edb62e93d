use std::fmt::Display;

/// So many of something: `1 pod`, `3 pods`.
pub fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_one() {
        assert_eq!([count(0, "pod"), count(1_i64, "pod"), count(2_usize, "pod")], ["0 pods", "1 pod", "2 pods"]);
    }
}
