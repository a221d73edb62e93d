use super::{open, values};
use crate::{
    cli::{DryRun, ReleaseArgs, ReleaseOperation, ReleaseUpgradeArgs},
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    helm::{record::Driver, values::Reuse},
    output::{Line, Printer, Screen},
    release::{
        HOOK_TIMEOUT, Prepared, Releases, Stop, Storage, Undone, Wanted,
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
        cluster: &cluster,
        kinds: &kinds,
    };
    let (mut prepared, dry_run) = match &args.operation {
        ReleaseOperation::Upgrade(args) => (prepare(&releases, args).await?, args.dry_run),
        ReleaseOperation::Rollback(args) => (releases.prepare_rollback(&args.name, args.revision).await?, DryRun::None),
    };
    for warning in &prepared.warnings {
        printer.warning(warning);
    }
    if dry_run != DryRun::None {
        return try_out(&releases, &prepared, printer).await;
    }
    let (_stopper, stop) = Stop::new();
    let applied = releases.carry_out(&mut prepared, &stop).await.map_err(failure)?;
    let mut screen = Screen::new();
    for (word, objects) in [("created", applied.created), ("changed", applied.changed), ("deleted", applied.deleted)] {
        screen.extend(objects.into_iter().map(|object| Line::from(format!("{object} {word}"))));
    }
    screen.push(Line::from(format!("release/{} revision {}", prepared.next.name, prepared.next.version)));
    printer.show(&screen);
    Ok(Exit::Success)
}

async fn prepare(releases: &Releases<'_>, args: &ReleaseUpgradeArgs) -> Result<Prepared, Failure> {
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

fn failure(undone: Undone) -> Failure {
    match undone {
        Undone::Held(reason) | Undone::Before(reason) => Failure::failed(reason),
        Undone::Failed(reason) => Failure::new(Exit::PartWay, anyhow::anyhow!(reason)),
        Undone::Locked { reason, record } => {
            Failure::new(Exit::PartWay, anyhow::anyhow!("{reason}; and the record stays pending: {record}"))
        }
    }
}
