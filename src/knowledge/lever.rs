use serde::{Deserialize, Serialize};

use super::Knowledge;
use crate::milvus::{Line, MilvusVersion};

/// Something that Milvus holds still where it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lever {
    /// Segments are not moved between query nodes to even out what they hold.
    Balance,
    /// Files that nothing refers to stay in the bucket.
    GarbageCollection,
}

impl Lever {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Balance, Self::GarbageCollection];
}

/// From which release on something can be held still.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeverRow {
    /// What.
    pub lever: Lever,
    /// The line; newer ones without a row of their own are as this.
    pub line: Line,
    /// Its first release in which it can be asked for and does no harm to a roll.
    pub since: MilvusVersion,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// Whether this release can hold it still.
    ///
    /// # Errors
    ///
    /// Where it cannot: the first release of its line that can, where there is one.
    pub fn holds(&self, lever: Lever, version: &MilvusVersion) -> Result<(), Option<&MilvusVersion>> {
        let rows = self.tables.lever.iter().filter(|row| row.lever == lever && row.line <= version.line());
        let row = rows.max_by_key(|row| row.line).ok_or(None)?;
        let has = row.since.numbers() <= version.numbers();
        if has { Ok(()) } else { Err(Some(&row.since)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Knowledge, Lever};

    #[test]
    fn each_line_says_since_when_and_newer_lines_are_as_the_one_before() {
        let holds = |lever, version: &str| {
            let version = version.parse().unwrap();
            Knowledge::builtin().holds(lever, &version).map_err(|since| since.map(ToString::to_string))
        };
        let since = |version: &str| Err(Some(version.to_owned()));
        assert_eq!(holds(Lever::Balance, "2.2.16"), Err(None));
        assert_eq!(holds(Lever::Balance, "2.3.15"), since("2.3.16"));
        assert_eq!(holds(Lever::Balance, "2.3.16"), Ok(()));
        assert_eq!(holds(Lever::Balance, "2.6.4"), since("2.6.5"));
        assert_eq!(holds(Lever::Balance, "3.0.0"), Ok(()));
        assert_eq!(holds(Lever::GarbageCollection, "2.2.16"), Err(None));
        assert_eq!(holds(Lever::GarbageCollection, "2.5.9"), Ok(()));
    }
}
