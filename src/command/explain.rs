use crate::{
    check::catalogue,
    cli::ExplainArgs,
    exit::Exit,
    failure::Failure,
    output::{Kind, Printer, explain as explain_screen},
};

/// Explains a code of a finding, or lists all codes.
pub(super) fn explain(args: &ExplainArgs, printer: &Printer) -> Result<Exit, Failure> {
    let Some(code) = args.code else {
        match args.output {
            Some(format) => printer.document(Kind::CodeList, &catalogue::all(), format)?,
            None => printer.show(&explain_screen::list(catalogue::all())),
        }
        return Ok(Exit::Success);
    };
    let entry = code.entry().ok_or_else(|| {
        Failure::usage(format!("no code {code} is known")).hint("`kubectl milvus explain` lists all codes")
    })?;
    match args.output {
        Some(format) => printer.document(Kind::CodeList, &[entry], format)?,
        None => printer.show(&explain_screen::screen(entry)),
    }
    Ok(Exit::Success)
}
