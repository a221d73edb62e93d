use serde::Serialize;

use super::charts::Charts;
use crate::{
    check::{Ground, Report, Tally, Target, missing_role},
    command::target::Wish,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Detail, Format, Header, Kind, Line, Printer, Screen, charts, finding},
    plan::{Next, Plan, plan_upgrade},
    snapshot::Snapshot,
};

/// One instance, looked at: what was seen, what is wanted, what the rules say, and what would be done.
pub(super) struct Look {
    pub(super) snapshot: Snapshot,
    pub(super) target: Option<Target>,
    pub(super) report: Report,
    /// The way to the target, where there is one.
    pub(super) plan: Option<Plan>,
    /// Charts for the target, of a Helm release that is checked.
    pub(super) charts: Option<Charts>,
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    charts: Option<Charts>,
    next: Vec<Next>,
}

impl Look {
    pub(super) fn new(snapshot: Snapshot, wish: &Wish, knowledge: &Knowledge) -> Result<Self, Failure> {
        let target = wish.target(&snapshot.milvus, knowledge)?;
        let ground = Ground { snapshot: &snapshot, target: target.as_ref(), knowledge };
        let report = Report::of(&ground);
        let plan = target.as_ref().map(|target| plan_upgrade(&ground, target));
        Ok(Self { snapshot, target, report, plan, charts: None })
    }

    /// What `check` ends with.
    pub(super) fn exit(&self, asks_for_differences: bool) -> Exit {
        match (&self.plan, self.report.is_blocked()) {
            (_, true) => Exit::Blocked,
            (Some(plan), false) if asks_for_differences && !plan.is_empty() => Exit::Differences,
            _ => Exit::Success,
        }
    }

    pub(super) fn checked(&self) -> Checked {
        let milvus = &self.snapshot.milvus;
        Checked {
            namespace: milvus.namespace.clone(),
            name: milvus.name.clone(),
            from: milvus.current_version().map(|version| version.to_string()),
            to: self.target.as_ref().map(|target| target.version.to_string()),
            ready: !self.report.is_blocked(),
            tally: self.report.tally(),
            report: self.report.clone(),
            charts: self.charts.clone(),
            next: self.next(),
        }
    }

    /// Prints the report in the form that was asked for.
    pub(super) fn show(&self, format: Option<Format>, printer: &Printer) -> Result<(), Failure> {
        if let Some(format @ (Format::Json | Format::Yaml)) = format {
            return printer.document(Kind::CheckReport, &self.checked(), format);
        }
        let target = self.target.as_ref().map(|target| target.version.to_string());
        let next: Vec<String> = self.next().into_iter().map(|next| next.command).collect();
        printer.show(&finding::screen(&finding::Check {
            header: &Header::of(&self.snapshot),
            report: &self.report,
            target: target.as_deref(),
            route: self.route().as_deref(),
            next: &next,
            detail: if format == Some(Format::Wide) { Detail::All } else { printer.detail() },
        }));
        if let Some(Charts { line, origin, versions }) = &self.charts {
            let mut screen = Screen::from(Line::new());
            screen.extend(charts::screen(line, versions, origin).lines().iter().cloned());
            printer.show(&screen);
        }
        if let Some(role) = missing_role(&self.snapshot).filter(|_| self.target.is_some()) {
            printer.note(&finding::role(&role));
        }
        Ok(())
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
        let command = plan.map(|plan| format!("{} --dry-run=server", plan.command));
        command.into_iter().map(|command| Next { purpose: "Next".to_owned(), command }).collect()
    }
}
