use serde_json::json;

use crate::{
    cli::VersionArgs,
    exit::Exit,
    failure::Failure,
    output::{Format, Kind, Line, Printer, Screen},
};

/// Prints the version of this program.
pub(super) fn version(args: &VersionArgs, printer: &Printer) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match args.output {
        Some(format @ (Format::Json | Format::Yaml)) => {
            printer.document(Kind::Version, &json!({ "version": version }), format)?
        }
        _ => printer.show(&Screen::from(Line::from(format!("kubectl-milvus {version}")))),
    }
    Ok(Exit::Success)
}
