use serde::Serialize;

use super::charts::Charts;
use crate::{
    check::{Code, Direction, Ground, Report, Tally, Target, missing_role},
    command::target::Wish,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    milvus::MilvusVersion,
    output::{Detail, Format, Header, Kind, Line, Printer, Screen, charts, finding, handover, many},
    plan::{Handover, NeededImage, Next, Plan, Route, needed_images, plan_upgrade},
    snapshot::Snapshot,
};

/// Another tool keeps the resource as it has it written down.
pub(super) const OWNED: Code = Code::new(802);
/// Another tool renders the chart, and Helm knows of nothing.
const NOT_RECORDED: Code = Code::new(918);

/// One instance, looked at: what was seen, what is wanted, what the rules say, and what would be done.
pub(super) struct Look {
    pub(super) snapshot: Snapshot,
    /// What was asked for.
    pub(super) wanted: Option<Target>,
    /// Where the next run goes: what was asked for, or the first stop on the way to it.
    pub(super) target: Option<Target>,
    pub(super) report: Report,
    /// What the next run does, where a version was asked for.
    pub(super) plan: Option<Plan>,
    /// The whole way to what was asked for, where it is known what runs.
    pub(super) route: Option<Route>,
    /// Charts for the target, of a Helm release that is checked.
    pub(super) charts: Option<Charts>,
    /// What to commit, where somebody wants to write what another tool keeps.
    pub(super) handover: Option<Handover>,
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
    /// The whole way there.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    ready: bool,
    tally: Tally,
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    charts: Option<Charts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
    next: Vec<Next>,
}

impl Look {
    pub(super) fn new(snapshot: Snapshot, wish: &Wish, knowledge: &Knowledge) -> Result<Self, Failure> {
        let migrated = |target: Option<Target>| target.map(|target| target.by_migration(&snapshot, knowledge));
        let wanted = migrated(wish.target(&snapshot, knowledge)?);
        let ground = Ground { snapshot: &snapshot, target: wanted.as_ref(), knowledge };
        // The operator goes to any newer release in one step.
        let routed = wanted.as_ref().filter(|_| snapshot.operator_scene.is_none());
        let route = routed.and_then(|wanted| Route::of(&ground, &wanted.version));
        // An image of one's own is gone to in one step, for nobody knows where its like for the stops would be; a
        // migration is one step by itself.
        let can_stop = wish.image.is_none() && wish.direction == Direction::Forward;
        let stop = route.as_ref().filter(|route| can_stop && route.runs() > 1).and_then(Route::next);
        let target = match stop {
            Some(stop) => migrated(wish.at(stop).target(&snapshot, knowledge)?),
            None => wanted.clone(),
        };
        let next = Ground { target: target.as_ref(), ..ground };
        let report = Report::ahead(&next, &ground);
        let mut plan = target.as_ref().map(|target| plan_upgrade(&next, target));
        // Whoever goes on goes on to the end of the way.
        if let (Some(plan), Some(wanted)) =
            (&mut plan, wanted.as_ref().filter(|wanted| target.as_ref() != Some(wanted)))
        {
            plan.command = plan_upgrade(&ground, wanted).command;
        }
        Ok(Self { snapshot, wanted, target, report, plan, route, charts: None, handover: None })
    }

    /// What a file that somebody else applies would do to the instance; nothing is planned here.
    pub(super) fn of_file(snapshot: Snapshot, target: Option<Target>, report: Report) -> Self {
        let wanted = target.clone();
        Self { snapshot, wanted, target, report, plan: None, route: None, charts: None, handover: None }
    }

    /// The same where somebody else applies what comes of it: that Helm keeps no record is no hindrance then.
    pub(super) fn for_others(mut self) -> Self {
        self.report.findings.retain(|finding| finding.code != NOT_RECORDED);
        self
    }

    /// Where a way back begins: the newest version that anything runs.
    pub(super) fn furthest(&self, knowledge: &Knowledge) -> Option<MilvusVersion> {
        let ground = Ground { snapshot: &self.snapshot, target: self.target.as_ref(), knowledge };
        ground.furthest().filter(|_| ground.goes_back())
    }

    /// Whether more runs come after the next one.
    pub(super) fn goes_on(&self) -> bool {
        self.target != self.wanted
    }

    /// Every image of the way, or of what runs.
    pub(super) fn images(&self, knowledge: &Knowledge) -> Vec<NeededImage> {
        let ground = Ground { snapshot: &self.snapshot, target: self.wanted.as_ref(), knowledge };
        needed_images(&ground, self.wanted.as_ref(), self.route.as_ref())
    }

    /// The version that was asked for.
    fn wanted(&self) -> Option<String> {
        self.wanted.as_ref().map(|wanted| wanted.version.to_string())
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
            to: self.wanted(),
            route: self.route.clone().filter(|route| !route.hops.is_empty()),
            ready: !self.report.is_blocked(),
            tally: self.report.tally(),
            report: self.report.clone(),
            charts: self.charts.clone(),
            handover: self.handover.clone(),
            next: self.next(),
        }
    }

    /// The same as a row among many.
    pub(super) fn judged(&self) -> many::Judged<'_> {
        let milvus = &self.snapshot.milvus;
        let to = self.wanted().map(|wanted| format!("--to {wanted}"));
        many::Judged {
            namespace: &milvus.namespace,
            reference: milvus.reference(),
            version: milvus.current_version().map(|version| version.to_string()),
            target: self.wanted(),
            report: &self.report,
            command: milvus.plugin_command("check", &to.unwrap_or_default()),
        }
    }

    /// Prints the report in the form that was asked for.
    pub(super) fn show(&self, format: Option<Format>, printer: &Printer) -> Result<(), Failure> {
        if let Some(format @ (Format::Json | Format::Yaml)) = format {
            return printer.document(Kind::CheckReport, &self.checked(), format);
        }
        let stop = self.target.as_ref().filter(|_| self.goes_on()).map(|target| &target.version);
        let by = stop.map(|stop| format!(" by way of {stop}")).unwrap_or_default();
        let target = self.wanted().map(|wanted| format!("{wanted}{by}"));
        let next: Vec<String> = self.next().into_iter().map(|next| next.command).collect();
        printer.show(&finding::screen(&finding::Check {
            header: &Header::of(&self.snapshot),
            report: &self.report,
            target: target.as_deref(),
            route: self.words().as_deref(),
            next: &next,
            detail: if format == Some(Format::Wide) { Detail::All } else { printer.detail() },
        }));
        if let Some(Charts { line, origin, versions }) = &self.charts {
            let mut screen = Screen::from(Line::new());
            screen.extend(charts::screen(line, versions, origin).lines().iter().cloned());
            printer.show(&screen);
        }
        if let Some(found) = &self.handover {
            let (reference, is_release) = (self.snapshot.milvus.reference(), self.snapshot.release.is_some());
            printer.show(&handover::head(found, &reference, is_release));
            printer.verbatim(found.text().as_bytes());
            printer.show(&handover::tail(found, is_release, &self.watch_command()));
        }
        // Without a plan nothing is to be done here that would take rights.
        let role = self.target.as_ref().filter(|_| self.plan.is_some());
        if let Some(role) = role.and_then(|target| missing_role(&self.snapshot, target)) {
            printer.note(&finding::role(&role));
        }
        Ok(())
    }

    /// Finds what to commit, where that another tool keeps it is all that stands in the way.
    pub(super) fn hand_over(&mut self, knowledge: &Knowledge) {
        let mut blocking = self.report.findings.iter().filter(|finding| finding.blocks());
        let ground = Ground { snapshot: &self.snapshot, target: self.target.as_ref(), knowledge };
        if blocking.all(|finding| [OWNED, NOT_RECORDED].contains(&finding.code)) {
            self.handover = self.plan.as_ref().and_then(|plan| plan.handover(&ground));
        }
    }

    /// The command that watches what somebody else does with it.
    fn watch_command(&self) -> String {
        let milvus = &self.snapshot.milvus;
        match &self.target {
            Some(target) => milvus.plugin_command("upgrade", &format!("--to {} --follow", target.version)),
            _ => milvus.plugin_command("status", "--watch"),
        }
    }

    /// The way in one line, where there is more to it than another image.
    fn words(&self) -> Option<String> {
        self.route.as_ref().filter(|route| route.hops.len() > 1).map(Route::words)
    }

    /// What to type next: where the way is free the plan, else what mends the first thing that stands in it.
    fn next(&self) -> Vec<Next> {
        let plan = self.plan.as_ref().filter(|plan| !plan.is_empty() && !self.report.is_blocked());
        let command = plan.map(|plan| format!("{} --dry-run=server", plan.command));
        let command = command.or_else(|| self.report.first_cure().map(str::to_owned));
        command.into_iter().map(|command| Next { purpose: "Next".to_owned(), command }).collect()
    }
}
