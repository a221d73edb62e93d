use futures::future::join_all;
use jiff::Timestamp;

use super::{open, record::subject_of, target::resolve};
use crate::{
    cli::HistoryArgs,
    cluster::{Cluster, Connection},
    exit::Exit,
    failure::Failure,
    helm::record::{Driver, Head},
    journal::{Journal, Revision, Standing, Subject, history as join},
    knowledge::Knowledge,
    output::{Format, Kind, Printer, history as screen},
    release::Storage,
};

/// Shows what was done to an instance.
pub(super) async fn history(
    args: &HistoryArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let cluster = open(connection, "history").await?;
    let named = resolve(&cluster, args.target.as_ref(), knowledge).await?;
    let subject = subject_of(&cluster, &named);
    let revisions = async {
        if !named.is_release {
            return Ok::<_, Failure>(vec![]);
        }
        let driver = Driver::read(&args.helm.helm_driver).map_err(Failure::usage)?;
        let heads = Storage::new(&cluster, driver, cluster.namespace()).heads(&named.name).await?;
        Ok(heads.iter().map(revision).collect::<Vec<_>>())
    };
    let (journals, lease, revisions) =
        tokio::join!(journals(&cluster, &subject, printer), cluster.lease(&subject), revisions);
    let (journals, revisions) = (journals?, revisions?);
    let now = Timestamp::now();
    let live = lease.ok().flatten().filter(|lease| lease.standing(now) == Standing::Live);
    let rows = join(&journals, &revisions, live.as_ref().map(|lease| lease.holder.run.as_str()));
    match args.output {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::History, &rows, format)?,
        _ if rows.is_empty() => printer.note(&screen::none(&subject.reference(), &subject.namespace)),
        format => printer.show(&screen::table(&rows, format == Some(Format::Wide), now)),
    }
    Ok(Exit::Success)
}

/// All runs that are kept. One that cannot be read is said, and left out.
async fn journals(cluster: &Cluster, subject: &Subject, printer: &Printer) -> Result<Vec<Journal>, Failure> {
    let heads = cluster.journal_heads(subject).await.map_err(|refusal| {
        let attempt = format!("cannot list the runs of {} in namespace `{}`", subject.reference(), subject.namespace);
        Failure::from(refusal).context(attempt)
    })?;
    let read = join_all(heads.iter().map(|head| cluster.journal(subject, head))).await;
    let journals = read.into_iter().filter_map(|read| {
        let read = read.map_err(|failure| printer.warning(failure.to_string())).ok()?;
        read.map(|(journal, _)| journal)
    });
    Ok(journals.collect())
}

fn revision(head: &Head) -> Revision {
    Revision { revision: head.version, status: head.status.to_string(), made: head.created_at }
}
