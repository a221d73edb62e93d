use std::pin::pin;

use super::{open, values};
use crate::{
    cli::{DryRun, ReleaseArgs, ReleaseOperation, ReleaseUpgradeArgs},
    cluster::Connection,
    execute::Interrupt,
    exit::Exit,
    failure::Failure,
    helm::{record::Driver, values::Reuse},
    output::{
        Line, Printer, Screen,
        objects::{self, Text},
    },
    release::{
        Applied, HOOK_TIMEOUT, Prepared, Releases, STALE_AFTER, Stop, Storage, Undone, Wanted,
        source::{self, Request},
    },
};

/// Helm's operations, bare: for tests, bug reports and comparisons.
pub(super) async fn release(args: &ReleaseArgs, connection: &Connection, printer: &Printer) -> Result<Exit, Failure> {
    let cluster = open(connection, "release").await?;
    let driver = Driver::read(&args.helm.helm_driver).map_err(Failure::usage)?;
    let kinds = cluster.kinds().await?;
    let releases = Releases {
        storage: Storage::new(&cluster, driver, cluster.namespace()),
        namespace: cluster.namespace().to_owned(),
        maximum: args.helm.history_max,
        hook_timeout: HOOK_TIMEOUT,
        stale_after: match &args.operation {
            ReleaseOperation::Upgrade(args) => args.stale_after.unwrap_or(STALE_AFTER),
            ReleaseOperation::Rollback(_) => STALE_AFTER,
        },
        cluster: &cluster,
        kinds: &kinds,
    };
    let interrupt = Interrupt::listen();
    let prepare = async {
        match &args.operation {
            ReleaseOperation::Upgrade(args) => {
                Ok::<_, Failure>((prepare(&releases, args, printer).await?, (args.dry_run, args.diff)))
            }
            ReleaseOperation::Rollback(args) => {
                Ok((releases.prepare_rollback(&args.name, args.revision).await?, (DryRun::None, false)))
            }
        }
    };
    let (mut prepared, (dry_run, diff)) = tokio::select! {
        prepared = prepare => prepared?,
        () = interrupt.came() => {
            return Err(Failure::new(Exit::Interrupted, anyhow::anyhow!("interrupted; no object was changed")));
        }
    };
    for warning in &prepared.warnings {
        printer.warning(warning);
    }
    if dry_run != DryRun::None {
        let text = if diff { Text::Whole } else { Text::Names };
        printer.show(&objects::screen(&releases.difference(&prepared)?, text));
        return try_out(&releases, &prepared, printer).await;
    }
    let applied = carry_out(&releases, &mut prepared, interrupt).await?;
    let mut screen = Screen::new();
    for (word, objects) in [("created", applied.created), ("changed", applied.changed), ("deleted", applied.deleted)] {
        screen.extend(objects.into_iter().map(|object| Line::from(format!("{object} {word}"))));
    }
    screen.push(Line::from(format!("release/{} revision {}", prepared.next.name, prepared.next.version)));
    printer.show(&screen);
    Ok(Exit::Success)
}

async fn prepare(releases: &Releases<'_>, args: &ReleaseUpgradeArgs, printer: &Printer) -> Result<Prepared, Failure> {
    if args.unlock
        && let Some(unlocked) = releases.unlock(&args.name).await?
    {
        printer.warning(format!("revision {} was {} and is failed now", unlocked.version, unlocked.status));
    }
    let request = Request { chart: Some(args.chart.clone()), ..args.source.request() };
    let chart = source::load(&request).await?.chart;
    let given = values::merged(&args.values)?;
    let reuse = match (args.reset_values, args.reuse_values, args.reset_then_reuse_values) {
        (true, _, _) => Reuse::Reset,
        (_, true, _) => Reuse::Reuse,
        (_, _, true) => Reuse::ResetThenReuse,
        _ => Reuse::Automatic,
    };
    releases.prepare_upgrade(&args.name, Wanted { chart: &chart, values: &given, reuse }).await
}

async fn try_out(releases: &Releases<'_>, prepared: &Prepared, printer: &Printer) -> Result<Exit, Failure> {
    let objections = releases.try_out(prepared).await?;
    let mut screen = Screen::new();
    for objection in &objections {
        screen.push(Line::from(format!("{}: {}", objection.object, objection.message)));
        for field in &objection.fields {
            screen.push(Line::from(format!("  {}: {} -> {}", field.path, field.live, field.wanted)));
        }
    }
    printer.show(&screen);
    Ok(if objections.is_empty() { Exit::Success } else { Exit::Blocked })
}

/// Carries it out; a signal ends it at the next place where nothing is under way.
async fn carry_out(releases: &Releases<'_>, prepared: &mut Prepared, interrupt: Interrupt) -> Result<Applied, Failure> {
    let (stopper, stop) = Stop::new();
    let name = prepared.next.name.clone();
    let done = {
        let mut work = pin!(releases.carry_out(prepared, &stop));
        tokio::select! {
            done = &mut work => done,
            () = interrupt.came() => {
                stopper.stop();
                work.await
            }
        }
    };
    done.map_err(|undone| {
        let exit = if stop.is_asked() { Exit::Interrupted } else { Exit::PartWay };
        failure(undone, &name, exit)
    })
}

fn failure(undone: Undone, name: &str, exit: Exit) -> Failure {
    match undone {
        Undone::Held(reason) => Failure::new(Exit::Blocked, anyhow::anyhow!(reason))
            .hint("wait until it is done, then look again: `kubectl milvus get`"),
        Undone::Before(reason) if exit == Exit::Interrupted => Failure::new(exit, anyhow::anyhow!(reason)),
        Undone::Before(reason) => Failure::failed(reason),
        Undone::Failed(reason) => Failure::new(exit, anyhow::anyhow!(reason))
            .hint("the release is `failed`; the same command again goes on")
            .hint(format!("or go back to the revision before: kubectl milvus release rollback {name}")),
        Undone::Locked { reason, record } => {
            Failure::new(exit, anyhow::anyhow!("{reason}; and the record cannot be written: {record}"))
                .hint(format!("go back to the revision before: kubectl milvus release rollback {name}"))
                .hint(format!("or, once it is 10m old, go on: kubectl milvus upgrade release/{name} --unlock"))
        }
    }
}
