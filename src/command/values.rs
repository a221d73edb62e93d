//! What a user gives to a chart: files, and values on the command line.

use std::{fs, io::Read};

use crate::{
    cli::ValuesArgs,
    failure::Failure,
    helm::{error::Error, value::Map, values::Sources},
};

/// The most that is read of a file of values, bytes: no release record could hold more.
const LARGEST: u64 = 100 << 20;

/// All of it laid over each other, in Helm's order.
pub(super) fn merged(args: &ValuesArgs) -> Result<Map, Failure> {
    let files = args.values.iter().map(|path| Ok((path.clone(), read(path)?)));
    let sources = Sources {
        files: files.collect::<Result<_, Failure>>()?,
        json: args.set_json.clone(),
        set: args.set.clone(),
        text: args.set_string.clone(),
        contents: args.set_file.clone(),
        literal: args.set_literal.clone(),
    };
    let open = |path: &str| read(path).map_err(|failure| Error::new(failure.to_string()));
    sources.merged(&open).map_err(Failure::failed)
}

/// The text of a file; `-` is standard input.
fn read(path: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match path.trim() {
        "-" => std::io::stdin().take(LARGEST).read_to_string(&mut text),
        _ => fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::failed(format!("cannot read `{path}`: {error}")))?;
    Ok(text)
}
