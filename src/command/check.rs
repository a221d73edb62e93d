use std::path::Path;

use super::{
    charts,
    look::{Checked, Look},
    observe::observe as observe_one,
    open,
    target::{Wish, resolve},
};
use crate::{
    check::{Acceptance, Direction},
    cli::CheckArgs,
    cluster::{Cluster, Connection, Selection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Format, Kind, Line, Printer, Screen, image, instances, many},
    plan::join_images,
    snapshot::Snapshot,
};

/// Says whether an instance can go to a version, and what stands in the way.
pub(super) async fn check(
    args: &CheckArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let wish = Wish {
        to: args.to.clone(),
        from: args.from_version.clone(),
        backup: args.backup.clone(),
        accepted: Acceptance::codes(&args.accept),
        ..Wish::default()
    };
    if !args.filename.is_empty() {
        return Box::pin(super::manifest::check(args, connection, knowledge, printer)).await;
    }
    let snapshots = match &args.snapshot {
        Some(path) => vec![read_snapshot(path)?],
        None => observe(args, connection, knowledge).await?,
    };
    if let (Some(path), [snapshot]) = (&args.snapshot_out, snapshots.as_slice()) {
        write_snapshot(path, snapshot)?;
    }
    let mut looks: Vec<Look> =
        snapshots.into_iter().map(|snapshot| Look::new(snapshot, &wish, knowledge)).collect::<Result<_, _>>()?;
    if args.images {
        show_images(&looks, knowledge, args.output, printer)?;
        return Ok(Exit::Success);
    }
    if let [look] = looks.as_mut_slice()
        && look.snapshot.release.is_some()
        && let Some(target) = &look.target
    {
        look.charts = Some(charts::available(&args.source, target.version.line(), knowledge, printer).await?);
    }
    show(&looks, args.output, args.all_namespaces, printer)?;
    let exits = looks.iter().map(|look| look.exit(args.exit_code));
    // Blocked weighs most, then differences.
    Ok(exits
        .max_by_key(|exit| [Exit::Success, Exit::Differences, Exit::Blocked].iter().position(|known| known == exit))
        .unwrap_or(Exit::Success))
}

async fn observe(args: &CheckArgs, connection: &Connection, knowledge: &Knowledge) -> Result<Vec<Snapshot>, Failure> {
    if args.targets.len() > 1 && args.snapshot_out.is_some() {
        let failure = Failure::usage("--snapshot-out keeps one instance, and several are named");
        return Err(failure.hint("run it once for each of them"));
    }
    let cluster = open(connection, "check").await?;
    if !args.all_namespaces && args.selector.is_none() {
        let mut snapshots = vec![];
        // Without a name there is one all the same: that of the namespace.
        for index in 0..args.targets.len().max(1) {
            let subject = resolve(&cluster, args.targets.get(index), knowledge).await?;
            let cluster = subject.place(cluster.clone());
            snapshots.push(observe_one(&cluster, &subject, &args.helm, knowledge, Direction::Forward).await?);
        }
        return Ok(snapshots);
    }
    let selection = Selection {
        namespace: (!args.all_namespaces).then(|| cluster.namespace().to_owned()),
        labels: args.selector.clone().unwrap_or_default(),
    };
    every(&cluster, &selection).await
}

async fn every(cluster: &Cluster, selection: &Selection) -> Result<Vec<Snapshot>, Failure> {
    let snapshots = cluster.observe_all(selection).await?;
    if snapshots.is_empty() {
        return Err(Failure::failed("no Milvus resource fits").hint("`kubectl milvus get -A` lists all"));
    }
    Ok(snapshots)
}

fn show(looks: &[Look], format: Option<Format>, tells_namespaces: bool, printer: &Printer) -> Result<(), Failure> {
    match (format, looks) {
        (_, [one]) if format != Some(Format::Name) => one.show(format, printer),
        (Some(format @ (Format::Json | Format::Yaml)), many) => {
            let items: Vec<Checked> = many.iter().map(Look::checked).collect();
            printer.document(Kind::CheckReport, &items, format)
        }
        (Some(Format::Name), many) => {
            let blocked = many.iter().filter(|look| look.report.is_blocked());
            printer.show(&instances::names(blocked.map(|look| look.snapshot.milvus.reference())));
            Ok(())
        }
        (None, many) => {
            // Whoever asks for one namespace knows its name.
            printer.show(&many::screen(many.iter().map(Look::judged).collect(), tells_namespaces));
            Ok(())
        }
        (format, many) => many.iter().enumerate().try_for_each(|(index, look)| {
            if index > 0 {
                printer.show(&Screen::from(Line::new()));
            }
            look.show(format, printer)
        }),
    }
}

fn show_images(
    looks: &[Look],
    knowledge: &Knowledge,
    format: Option<Format>,
    printer: &Printer,
) -> Result<(), Failure> {
    let images = join_images(looks.iter().map(|look| look.images(knowledge)));
    match format {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::ImageList, &images, format)?,
        Some(Format::Name) => printer.show(&instances::names(images.iter().map(|needed| &needed.image))),
        _ => printer.show(&image::screen(&images)),
    }
    Ok(())
}

pub(super) fn read_snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| Failure::failed(format!("cannot read `{shown}`: {error}")))?;
    serde_json::from_slice(&text).map_err(|error| {
        Failure::failed(format!("`{shown}` is not a snapshot: {error}")).hint("make one with --snapshot-out FILE")
    })
}

fn write_snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(snapshot).map_err(Failure::failed)?;
    std::fs::write(path, text).map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))
}
