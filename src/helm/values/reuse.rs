//! What an upgrade does with the values of the revision before it (`Upgrade.reuseValues`).

use super::{Warnings, coalesce, coalesce::coalesce_tables};
use crate::helm::{chart::Chart, error::Result, value::Map};

/// How the values of the revision before are reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Only where the user gives no value at all: Helm without a flag.
    #[default]
    Automatic,
    /// `--reset-values`: not at all.
    Reset,
    /// `--reuse-values`: with the defaults of the old chart; those of the new one are never seen.
    Reuse,
    /// `--reset-then-reuse-values`: the user's old values over the defaults of the new chart.
    ResetThenReuse,
}

/// What an upgrade is rendered with.
#[derive(Clone, Debug)]
pub struct Reused {
    /// The user's values, old and new.
    pub values: Map,
    /// What stands for the new chart's own values, where they are not to be seen.
    pub defaults: Option<Map>,
}

impl Reuse {
    /// The values for an upgrade that is given `new` ones. `old` is the chart of the revision before as its record has
    /// it, `config` what the user gave then. Nothing given is changed: Helm itself writes the nulls among the new values
    /// into the old record.
    pub fn values(self, old: &Chart, config: &Map, new: &Map, warnings: &mut Warnings) -> Result<Reused> {
        let over = |new: &Map, warnings: &mut Warnings| coalesce_tables(new, config, warnings);
        Ok(match self {
            Self::Reuse => {
                let defaults =
                    coalesce(old, config, warnings).map_err(|error| error.during("failed to rebuild old values"))?;
                Reused { values: over(new, warnings), defaults: Some(defaults) }
            }
            Self::ResetThenReuse => Reused { values: over(new, warnings), defaults: None },
            Self::Automatic if new.is_empty() => Reused { values: config.clone(), defaults: None },
            Self::Reset | Self::Automatic => Reused { values: new.clone(), defaults: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Reuse;
    use crate::helm::{
        chart::{Chart, Metadata},
        value::Map,
        values, yaml,
    };

    fn read(text: &str) -> Map {
        yaml::read_map(text).unwrap()
    }

    fn chart(values: &str) -> Chart {
        let metadata = Metadata { name: "c".to_owned(), ..Metadata::default() };
        Chart { metadata, values: read(values), ..Chart::default() }
    }

    fn line(values: &Map) -> String {
        format!("{};", yaml::write(&values.clone().into()).replace('\n', ";"))
    }

    /// The values of the old chart and of the new one.
    const OLD: &str = "{a: 1, t: {x: 1, y: 1}}";
    const NEW: &str = "{a: 9, b: 9, t: {x: 9, z: 9}}";

    #[test]
    fn values_are_reused_as_by_helm() {
        let rows = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/reuse.json"));
        let rows: Vec<[String; 5]> = serde_json::from_str(rows).unwrap();
        assert!(rows.len() > 100);
        for row in rows {
            let [how, config, new, kept, seen] = &row;
            let reuse = match how.as_str() {
                "Automatic" => Reuse::Automatic,
                "Reset" => Reuse::Reset,
                "Reuse" => Reuse::Reuse,
                _ => Reuse::ResetThenReuse,
            };
            let (config, new, mut chart) = (read(config), read(new), self::chart(NEW));
            let before = (line(&config), line(&new));
            let reused = reuse.values(&self::chart(OLD), &config, &new, &mut vec![]).unwrap();
            assert_eq!(line(&reused.values), *kept, "{row:?}");
            if let Some(defaults) = reused.defaults {
                chart.values = defaults;
            }
            let coalesced = values::coalesce(&chart, &reused.values, &mut vec![]).unwrap();
            assert_eq!(line(&coalesced), *seen, "{row:?}");
            assert_eq!((line(&config), line(&new)), before, "what was given is changed");
        }
    }
}
