use serde::Serialize;

use crate::{
    cli::VersionArgs,
    exit::Exit,
    failure::Failure,
    knowledge::{Age, Knowledge},
    output::{Detail, Format, Kind, Line, Printer, Screen},
};

/// Which program this is, and how old what it knows is.
#[derive(Debug, Serialize)]
struct Version<'a> {
    version: &'a str,
    knowledge: Age<'a>,
}

/// Prints the version of this program; in detail, and for programs, how old what it knows is too.
pub(super) fn version(args: VersionArgs, knowledge: &Knowledge, printer: &Printer) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let age = knowledge.age();
    if let Some(format @ (Format::Json | Format::Yaml)) = args.output {
        printer.document(Kind::Version, &Version { version, knowledge: age }, format)?;
        return Ok(Exit::Success);
    }
    let mut screen = Screen::from(Line::from(format!("kubectl-milvus {version}")));
    if printer.detail() == Detail::All {
        screen.push(Line::from(format!("  {}", age.words())));
    }
    printer.show(&screen);
    Ok(Exit::Success)
}
