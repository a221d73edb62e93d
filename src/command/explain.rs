use serde::Serialize;

use super::{
    check::read_snapshot,
    look::Look,
    observe::observe,
    open,
    target::{Wish, resolve},
};
use crate::{
    check::{
        Code, Direction, Finding,
        catalogue::{self, Entry},
    },
    cli::ExplainArgs,
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Detail, Kind, Printer, explain as explain_screen, finding},
};

/// What is said of codes, for programs.
#[derive(Debug, Serialize)]
struct Explained<'a> {
    items: Vec<&'a Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<&'a Finding>,
}

/// Explains a code of a finding, with what a fresh look at an instance shows where one is named, or lists all codes.
pub(super) async fn explain(
    args: &ExplainArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let entries = catalogue::with_logs(knowledge);
    let Some(code) = args.code else {
        match args.output {
            Some(format) => printer.document(Kind::CodeList, &entries, format)?,
            None => printer.show(&explain_screen::list(&entries)),
        }
        return Ok(Exit::Success);
    };
    let entry = entries.iter().find(|entry| entry.code == code).ok_or_else(|| unknown(code, &entries))?;
    let finding = fresh(args, code, connection, knowledge).await?;
    if let Some(format) = args.output {
        printer.document(Kind::CodeList, &Explained { items: vec![entry], finding: finding.as_ref() }, format)?;
        return Ok(Exit::Success);
    }
    let mut screen = explain_screen::screen(entry);
    if let Some(finding) = &finding {
        screen.blank();
        screen.extend(finding::one(finding, Detail::All));
    }
    printer.show(&screen);
    Ok(Exit::Success)
}

fn unknown(code: Code, entries: &[Entry]) -> Failure {
    let near: Vec<String> = catalogue::nearest(code, entries)
        .into_iter()
        .filter_map(|near| entries.iter().find(|entry| entry.code == near))
        .map(|entry| format!("{} ({})", entry.code, entry.title))
        .collect();
    Failure::usage(format!("no code {code} is known"))
        .hint(format!("the nearest are {}", near.join(", ")))
        .hint("`kubectl milvus explain` lists all codes")
}

/// What the rule with this code says now, where an instance or a snapshot is named.
async fn fresh(
    args: &ExplainArgs,
    code: Code,
    connection: &Connection,
    knowledge: &Knowledge,
) -> Result<Option<Finding>, Failure> {
    let snapshot = match (&args.snapshot, &args.target) {
        (Some(path), _) => read_snapshot(path)?,
        (None, Some(target)) => {
            let cluster = open(connection, "explain").await?;
            let subject = resolve(&cluster, Some(target), knowledge).await?;
            observe(&cluster, &subject, &args.helm, knowledge, Direction::Forward).await?
        }
        (None, None) if args.to.is_some() => {
            return Err(Failure::usage("--to says where an instance goes, and none is named")
                .hint(format!("name it:  kubectl milvus explain {code} NAME --to VERSION")));
        }
        (None, None) => return Ok(None),
    };
    let wish = Wish { to: args.to.clone(), from: args.from_version.clone(), ..Wish::default() };
    let look = Look::new(snapshot, &wish, knowledge)?;
    Ok(look.report.findings.into_iter().find(|finding| finding.code == code))
}
