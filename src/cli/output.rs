use clap::{
    ArgAction, Args, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use crate::output::{ColorChoice, Format, ProgressChoice, Settings};

/// How to show it.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Output options")]
pub struct OutputArgs {
    /// Say less: no progress, notes or warnings; twice, nothing but the exit code
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    pub quiet: u8,
    /// Say more; can be given several times
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// How to show progress: redrawn in place, or a line a change
    #[arg(long, global = true, value_enum, value_name = "HOW", default_value = "auto")]
    pub progress: ProgressChoice,
}

impl OutputArgs {
    /// The same as a plain value.
    pub fn settings(&self) -> Settings {
        Settings { quiet: self.quiet, verbose: self.verbose, color: self.color, progress: self.progress }
    }
}

impl ValueEnum for ColorChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }))
    }
}

impl ValueEnum for ProgressChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Tree, Self::Plain, Self::None]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Auto => "auto",
            Self::Tree => "tree",
            Self::Plain => "plain",
            Self::None => "none",
        }))
    }
}

/// Reads `-o`, of which a command offers `formats`; another one is refused with the list of these.
pub(super) fn formats<const N: usize>(formats: [Format; N]) -> impl TypedValueParser<Value = Format> {
    let words = formats.map(Format::word);
    PossibleValuesParser::new(words).map(move |typed| {
        let place = words.iter().position(|word| *word == typed);
        formats[place.expect("clap lets only these words through")]
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Command, tests::read};
    use crate::output::{ColorChoice, Format, ProgressChoice};

    #[test]
    fn flags_of_output_are_read() {
        let cli = read("-v get -o wide --color never --progress plain").unwrap();
        let settings = cli.output.settings();
        assert_eq!((settings.quiet, settings.verbose), (0, 1));
        assert_eq!((settings.color, settings.progress), (ColorChoice::Never, ProgressChoice::Plain));
        let Command::Get(get) = cli.command else { panic!("get") };
        assert_eq!(get.output, Some(Format::Wide));
        assert_eq!(read("get -qq").unwrap().output.quiet, 2);
    }

    #[test]
    fn an_unknown_format_lists_those_that_there_are() {
        let error = read("get -o xml").unwrap_err().to_string();
        assert!(error.contains("wide, name, json, yaml"), "{error}");
        let error = read("version -o name").unwrap_err().to_string();
        assert!(error.contains("[possible values: json, yaml]"), "{error}");
    }
}
