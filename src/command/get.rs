use jiff::Timestamp;

use super::open;
use crate::{
    cli::GetArgs,
    cluster::{Connection, Selection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{
        Format, Kind, Printer,
        instances::{self, Columns},
    },
};

/// Lists instances, run by the operator or by Helm.
pub(super) async fn get(
    args: &GetArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let cluster = open(connection, "get").await?;
    let selection = Selection {
        namespace: (!args.all_namespaces).then(|| cluster.namespace().to_owned()),
        labels: args.selector.clone().unwrap_or_default(),
    };
    let mut found = cluster.instances(&selection, knowledge).await?;
    found.retain(|instance| args.names.is_empty() || args.names.iter().any(|name| name.fits(&instance.reference)));
    match args.output {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::InstanceList, &found, format)?,
        Some(Format::Name) => printer.show(&instances::names(found.iter().map(|instance| &instance.reference))),
        _ if found.is_empty() => printer.note(&instances::none(selection.namespace.as_deref())),
        format => {
            let columns = Columns { namespace: args.all_namespaces, wide: format == Some(Format::Wide) };
            printer.show(&instances::table(&found, columns, Timestamp::now()));
        }
    }
    Ok(Exit::Success)
}
