use std::path::Path;

use serde::Serialize;

use super::{
    open,
    target::{Wish, resolve},
};
use crate::{
    check::{Ground, Report, Tally, Target},
    cli::CheckArgs,
    cluster::{Cluster, Connection, Selection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Detail, Format, Header, Kind, Line, Printer, Screen, finding, instances},
    plan::{Next, Plan, plan_upgrade},
    snapshot::Snapshot,
};

/// What the rules say about one instance, for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checked {
    namespace: String,
    name: String,
    /// The version that runs, where that is known.
    from: Option<String>,
    /// The version that was asked for.
    to: Option<String>,
    ready: bool,
    tally: Tally,
    #[serde(flatten)]
    report: Report,
    next: Vec<Next>,
}

impl Checked {
    pub(super) fn new(snapshot: &Snapshot, target: Option<&Target>, report: &Report, next: Vec<Next>) -> Self {
        let milvus = &snapshot.milvus;
        Self {
            namespace: milvus.namespace.clone(),
            name: milvus.name.clone(),
            from: milvus.current_version().map(|version| version.to_string()),
            to: target.map(|target| target.version.to_string()),
            ready: !report.is_blocked(),
            tally: report.tally(),
            report: report.clone(),
            next,
        }
    }
}

/// One instance, looked at: what was seen, what is wanted, and what the rules say.
struct Look {
    snapshot: Snapshot,
    target: Option<Target>,
    report: Report,
    plan: Option<Plan>,
}

impl Look {
    fn new(snapshot: Snapshot, wish: &Wish, knowledge: &Knowledge) -> Result<Self, Failure> {
        let target = wish.target(&snapshot.milvus, knowledge)?;
        let ground = Ground { snapshot: &snapshot, target: target.as_ref(), knowledge };
        let report = Report::of(&ground);
        let plan = target.as_ref().map(|target| plan_upgrade(&ground, target));
        Ok(Self { report, plan, target, snapshot })
    }

    fn exit(&self, asks_for_differences: bool) -> Exit {
        match (&self.plan, self.report.is_blocked()) {
            (_, true) => Exit::Blocked,
            (Some(plan), false) if asks_for_differences && !plan.is_empty() => Exit::Differences,
            _ => Exit::Success,
        }
    }

    fn checked(&self) -> Checked {
        Checked::new(&self.snapshot, self.target.as_ref(), &self.report, self.next())
    }

    fn show(&self, detail: Detail, printer: &Printer) {
        let header = Header::of(&self.snapshot);
        let target = self.target.as_ref().map(|target| target.version.to_string());
        let next: Vec<String> = self.next().into_iter().map(|next| next.command).collect();
        let (report, route) = (&self.report, self.route());
        printer.show(&finding::screen(&finding::Check {
            header: &header,
            report,
            target: target.as_deref(),
            route: route.as_deref(),
            next: &next,
            detail,
        }));
    }

    /// The versions on the way, where one step does not do.
    fn route(&self) -> Option<String> {
        let (from, target) = (self.snapshot.milvus.current_version()?, self.target.as_ref()?);
        let hops = Knowledge::builtin().hops(&from, &target.version);
        let names = std::iter::once(&from).chain(&hops).map(ToString::to_string);
        (hops.len() > 1).then(|| names.collect::<Vec<_>>().join(" -> "))
    }

    /// What to type next, where the way is free and there is one to go.
    fn next(&self) -> Vec<Next> {
        let plan = self.plan.as_ref().filter(|plan| !plan.is_empty() && !self.report.is_blocked());
        let next = plan
            .map(|plan| Next { purpose: "Next".to_owned(), command: format!("{} --dry-run=server", plan.command()) });
        next.into_iter().collect()
    }
}

/// Says whether an instance can go to a version, and what stands in the way.
pub(super) async fn check(args: &CheckArgs, connection: &Connection, printer: &Printer) -> Result<Exit, Failure> {
    let knowledge = Knowledge::builtin();
    let wish = Wish {
        to: args.to.clone(),
        image: None,
        from: args.from_version.clone(),
        update_mode: None,
        backup: args.backup.clone(),
        accepted: args.accept.clone(),
    };
    if !args.filename.is_empty() {
        return super::manifest::check(args, connection, printer).await;
    }
    let snapshots = match &args.snapshot {
        Some(path) => vec![read_snapshot(path)?],
        None => observe(args, connection, knowledge).await?,
    };
    if let (Some(path), [snapshot]) = (&args.snapshot_out, snapshots.as_slice()) {
        write_snapshot(path, snapshot)?;
    }
    let looks: Vec<Look> =
        snapshots.into_iter().map(|snapshot| Look::new(snapshot, &wish, knowledge)).collect::<Result<_, _>>()?;
    show(&looks, args.output, printer)?;
    let exits = looks.iter().map(|look| look.exit(args.exit_code));
    // Blocked weighs most, then differences.
    Ok(exits
        .max_by_key(|exit| [Exit::Success, Exit::Differences, Exit::Blocked].iter().position(|known| known == exit))
        .unwrap_or(Exit::Success))
}

async fn observe(args: &CheckArgs, connection: &Connection, knowledge: &Knowledge) -> Result<Vec<Snapshot>, Failure> {
    let cluster = open(connection, "check").await?;
    if !args.all_namespaces && args.selector.is_none() {
        let name = resolve(&cluster, args.target.as_ref(), knowledge).await?;
        return Ok(vec![cluster.observe(cluster.namespace(), &name).await?]);
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

fn show(looks: &[Look], format: Option<Format>, printer: &Printer) -> Result<(), Failure> {
    match (format, looks) {
        (Some(format @ (Format::Json | Format::Yaml)), [one]) => {
            printer.document(Kind::CheckReport, &one.checked(), format)?;
        }
        (Some(format @ (Format::Json | Format::Yaml)), many) => {
            let items: Vec<Checked> = many.iter().map(Look::checked).collect();
            printer.document(Kind::CheckReport, &items, format)?;
        }
        (Some(Format::Name), many) => {
            let blocked = many.iter().filter(|look| look.report.is_blocked());
            printer.show(&instances::names(blocked.map(|look| look.snapshot.milvus.reference())));
        }
        (format, many) => {
            for (index, look) in many.iter().enumerate() {
                if index > 0 {
                    printer.show(&Screen::from(Line::new()));
                }
                look.show(if format == Some(Format::Wide) { Detail::All } else { printer.detail() }, printer);
            }
        }
    }
    Ok(())
}

fn read_snapshot(path: &Path) -> Result<Snapshot, Failure> {
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
