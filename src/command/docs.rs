use std::path::Path;

use clap::CommandFactory;

use crate::{
    check::catalogue,
    cli::{Cli, DocsArgs, Page},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Line, Printer, Screen, catalogue as catalogue_page, manual, right, schema},
};

/// Prints a page of documentation that is made from tables and definitions.
pub(super) fn docs(args: &DocsArgs, knowledge: &Knowledge, printer: &Printer) -> Result<Exit, Failure> {
    match &args.page {
        Page::Checks => {
            let mut screen = Screen::new();
            screen.extend(catalogue_page::page(&catalogue::with_logs(knowledge)).lines().map(Line::from));
            printer.show(&screen);
        }
        Page::Commands { dir } => write(dir, &command_pages())?,
        Page::Rbac { purpose } => printer.verbatim(right::manifests(*purpose).map_err(Failure::from)?.as_bytes()),
        Page::Schema => printer.verbatim(schema::SCHEMA.as_bytes()),
    }
    Ok(Exit::Success)
}

fn command_pages() -> Vec<manual::Page> {
    let mut program = Cli::command();
    program.build();
    manual::pages(&program)
}

fn write(folder: &Path, pages: &[manual::Page]) -> Result<(), Failure> {
    let fault = |path: &Path, error: &std::io::Error| {
        Failure::failed(format!("cannot write `{}`: {error}", path.display())).hint("name another folder with --dir")
    };
    std::fs::create_dir_all(folder).map_err(|error| fault(folder, &error))?;
    for page in pages {
        let path = folder.join(&page.file);
        std::fs::write(&path, &page.text).map_err(|error| fault(&path, &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::command_pages;

    #[test]
    fn the_pages_in_the_repository_are_those_of_the_definition() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands");
        let again = "cargo run -- docs commands --dir docs/commands";
        let pages = command_pages();
        for page in &pages {
            let written = fs::read_to_string(folder.join(&page.file)).unwrap_or_default();
            assert!(written == page.text, "docs/commands/{} is stale: {again}", page.file);
        }
        let entries = fs::read_dir(&folder).expect("the folder is there");
        let there: BTreeSet<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        let wanted: BTreeSet<String> = pages.into_iter().map(|page| page.file).collect();
        assert_eq!(there, wanted, "a page of a command that is gone");
    }
}
