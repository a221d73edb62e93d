use crate::{
    check::catalogue,
    cli::{DocsArgs, Page},
    exit::Exit,
    knowledge::Knowledge,
    output::{Line, Printer, Screen, catalogue as catalogue_page},
};

/// Prints a page of documentation that is made from tables.
pub(super) fn docs(args: DocsArgs, knowledge: &Knowledge, printer: &Printer) -> Exit {
    let text = match args.page {
        Page::Checks => catalogue_page::page(&catalogue::with_logs(knowledge)),
    };
    let mut screen = Screen::new();
    screen.extend(text.lines().map(Line::from));
    printer.show(&screen);
    Exit::Success
}
