//! What was measured, as a table with a verdict a line.

use std::fmt;
use std::time::Duration;

/// A line of the table.
pub(crate) struct Row {
    what: String,
    ours: String,
    theirs: String,
    ratio: String,
    wanted: String,
    is_met: bool,
}

impl Row {
    /// Ours against another program's, wanted to be at most `bound` times that.
    #[expect(clippy::cast_precision_loss, reason = "a ratio is shown with two digits")]
    pub(crate) fn ratio(what: &str, ours: impl Amount, theirs: impl Amount, bound: f64) -> Self {
        let ratio = ours.size() as f64 / theirs.size().max(1) as f64;
        Self {
            what: what.to_owned(),
            ours: ours.shown(),
            theirs: theirs.shown(),
            ratio: format!("{ratio:.2}×"),
            wanted: format!("≤ {bound}×"),
            is_met: ratio <= bound,
        }
    }

    /// Ours alone, wanted to be at most `bound`.
    pub(crate) fn bound<A: Amount>(what: &str, ours: A, bound: A) -> Self {
        Self {
            what: what.to_owned(),
            ours: ours.shown(),
            theirs: "-".to_owned(),
            ratio: "-".to_owned(),
            wanted: format!("≤ {}", bound.shown()),
            is_met: ours.size() <= bound.size(),
        }
    }

    /// Something could not be measured, which is a bound that was missed.
    pub(crate) fn failed(what: &str, wanted: impl Amount) -> Self {
        let [theirs, ratio] = ["-", "-"].map(str::to_owned);
        let (what, ours) = (what.to_owned(), "failed".to_owned());
        Self { what, ours, theirs, ratio, wanted: format!("≤ {}", wanted.shown()), is_met: false }
    }
}

/// The table, with one line at its end that says how many bounds were met.
pub(crate) struct Table(pub(crate) Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let width = |cell: fn(&Row) -> &str| self.0.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0);
        let (what, wanted) = (width(|row| &row.what), width(|row| &row.wanted));
        let (ours, theirs) = (width(|row| &row.ours), width(|row| &row.theirs).max("theirs".len()));
        writeln!(formatter, "{:what$}  {:>ours$}  {:>theirs$}   ratio  {:>wanted$}", "", "ours", "theirs", "wanted")?;
        for row in &self.0 {
            let verdict = if row.is_met { "met" } else { "MISSED" };
            writeln!(
                formatter,
                "{:what$}  {:>ours$}  {:>theirs$}  {:>6}  {:>wanted$}  {verdict}",
                row.what, row.ours, row.theirs, row.ratio, row.wanted,
            )?;
        }
        let met = self.0.iter().filter(|row| row.is_met).count();
        write!(formatter, "\n{met} of {} bounds met", self.0.len())
    }
}

/// Something that is measured in whole units.
pub(crate) trait Amount: Copy {
    /// In its smallest unit.
    fn size(self) -> u128;
    /// For people.
    fn shown(self) -> String;
}

impl Amount for Duration {
    fn size(self) -> u128 {
        self.as_nanos()
    }

    fn shown(self) -> String {
        format!("{:.1} ms", self.as_secs_f64() * 1000.0)
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub(crate) u64);

impl Amount for Bytes {
    fn size(self) -> u128 {
        self.0.into()
    }

    #[expect(clippy::cast_precision_loss, reason = "megabytes are shown with one digit")]
    fn shown(self) -> String {
        format!("{:.1} MB", self.0 as f64 / 1e6)
    }
}

impl Amount for usize {
    fn size(self) -> u128 {
        u128::try_from(self).unwrap_or(u128::MAX)
    }

    fn shown(self) -> String {
        self.to_string()
    }
}

/// The middle one of several amounts.
pub(crate) fn median<T: Ord + Copy>(mut amounts: Vec<T>) -> Option<T> {
    amounts.sort();
    amounts.get(amounts.len() / 2).copied()
}
