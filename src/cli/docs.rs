use clap::{Args, ValueEnum, builder::PossibleValue};

/// Which page `docs` was asked for.
#[derive(Args, Clone, Copy, Debug)]
pub struct DocsArgs {
    /// Page to print
    #[arg(value_enum)]
    pub page: Page,
}

/// A page of documentation that is made from tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Every code.
    Checks,
}

impl ValueEnum for Page {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Checks]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Checks => "checks",
        }))
    }
}
