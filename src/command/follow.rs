//! `upgrade --follow`: what somebody else started is watched and judged, and nothing is written.

use std::time::Duration;

use super::{
    look::{Look, OWNED},
    observe::observe,
    open,
    run::{OBSERVATION, exit_of},
    target::{Wish, nothing_asked, resolve},
};
use crate::{
    check::Direction,
    cli::UpgradeArgs,
    cluster::Connection,
    execute::{Following, Interrupt, Limits, follow as follow_plan},
    exit::Exit,
    failure::Failure,
    helm::record::Driver,
    knowledge::Knowledge,
    milvus::VersionRequest,
    output::{Format, Header, Kind, Line, Printer, Screen, instances, outcome, plan as plan_screen},
    plan::{Progress, RunResult, timeout_seconds},
    release::{Revisions, Storage},
    snapshot::Snapshot,
};

/// Watches until the target runs wholly, or cannot any more.
pub(super) async fn follow(
    args: &UpgradeArgs,
    wish: Wish,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let cluster = open(connection, "upgrade").await?;
    let subject = resolve(&cluster, args.run.target.as_ref(), knowledge).await?;
    if subject.operator.is_some() {
        return Err(Failure::usage("--follow watches instances, not the operator")
            .hint("look at it:  kubectl milvus check operator"));
    }
    let interrupt = Interrupt::listen();
    let snapshot = observe(&cluster, &subject, &args.run.helm, knowledge, Direction::Forward).await?;
    let look = Look::new(snapshot.clone(), &wanted(wish, &snapshot, knowledge)?, knowledge)?.for_others();
    let Some(plan) = &look.plan else { return Err(nothing_asked(&look.snapshot.milvus, knowledge)) };
    let plan = plan.clone().followed(&look.snapshot.milvus);
    let screen = plan_screen::screen(&Header::of(&look.snapshot), &plan, &look.report);
    match args.run.output {
        _ if plan.is_empty() => {}
        None | Some(Format::Wide) => {
            printer.show(&screen);
            printer.note(&Screen::from(Line::new()));
        }
        Some(_) => printer.note(&screen),
    }
    for finding in look.report.findings.iter().filter(|finding| finding.blocks()) {
        let summary = finding.found().map(|(_, problem)| problem.summary.as_str()).unwrap_or_default();
        printer.warning(format!("{}: {summary}; it is watched all the same", finding.code));
    }
    let limits = Limits {
        total: args.run.timeout.unwrap_or_else(|| Duration::from_secs(timeout_seconds(&plan))),
        observation: OBSERVATION,
    };
    let mut live = printer.live(&plan);
    let mut tell = |progress: &Progress| live.update(&progress.clone().explained(knowledge));
    let kinds = if subject.is_release { cluster.kinds().await.ok() } else { None };
    let driver = Driver::read(&args.run.helm.helm_driver).map_err(Failure::usage)?;
    let revisions = subject.is_release.then(|| Revisions {
        storage: Storage::new(&cluster, driver, cluster.namespace()),
        name: subject.name.clone(),
        keys: knowledge.chart_settings(),
        kinds: kinds.as_ref(),
    });
    let following =
        Following { cluster: &cluster, revisions, knowledge, limits, interrupt: &interrupt, tell: &mut tell };
    let mut result = Box::pin(follow_plan(following, &plan, look.snapshot)).await;
    live.finish();
    result.roll = result.roll.map(|roll| roll.explained(knowledge));
    show(&result, args.run.output, printer)?;
    Ok(exit_of(&result.ending))
}

/// Exactly what was typed, in one go, for whoever writes does not stop on the way; where nothing was typed, what the
/// resource asks for by now.
fn wanted(wish: Wish, snapshot: &Snapshot, knowledge: &Knowledge) -> Result<Wish, Failure> {
    let milvus = &snapshot.milvus;
    let to = match (&wish.to, &wish.image) {
        (None, None) => milvus.wanted_version().map(VersionRequest::Exact),
        (to, _) => to.clone(),
    };
    let wish = Wish { to, ..wish };
    let target = wish.target(snapshot, knowledge)?.ok_or_else(|| nothing_asked(milvus, knowledge))?;
    let accepted = wish.accepted.iter().copied().chain([OWNED]).collect();
    Ok(Wish { image: Some(target.image), update_mode: Some(milvus.update_mode()), accepted, ..wish })
}

fn show(result: &RunResult, format: Option<Format>, printer: &Printer) -> Result<(), Failure> {
    match format {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::RunResult, result, format)?,
        Some(Format::Name) => printer.show(&instances::names([result.plan.reference()])),
        _ => printer.show(&outcome::screen(result, printer.detail())),
    }
    Ok(())
}
