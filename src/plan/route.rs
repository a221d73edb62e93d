//! The way over versions of Milvus, its operator and its chart: which come after each other, and what each costs.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Undo, draft::is_rolling};
use crate::{
    check::Ground,
    knowledge::{BackClass, Doubt, Edge, Knowledge},
    milvus::{MilvusVersion, Mode},
    snapshot::Release,
};

/// Where a way begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The Milvus that runs.
    pub milvus: MilvusVersion,
    /// How its parts are laid out.
    pub mode: Mode,
    /// Whether four coordinators run where there could be one.
    pub is_apart: bool,
    /// Whether pods may be replaced one after the other.
    pub rolls: bool,
    /// Who moves it.
    pub runner: Runner,
}

/// Who moves an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runner {
    /// The operator of this version, where that is known.
    Operator(Option<Version>),
    /// Helm, with the chart of this version.
    Helm(Version),
}

/// The way from one version to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The Milvus that runs.
    pub from: MilvusVersion,
    /// The Milvus that is wanted.
    pub to: MilvusVersion,
    /// What is done, one after the other; none where nothing is to be done or nothing leads there.
    pub hops: Vec<Hop>,
    /// Why nothing leads there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
}

/// One step of a way, after which the instance serves again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// How it is done.
    pub method: Method,
    /// The version that it starts from: of Milvus, or of the operator.
    pub from: String,
    /// The version that it ends with.
    pub to: String,
    /// Whether it is done in the run of the hop behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_next: bool,
    /// In which order parts move, in words.
    pub order: String,
    /// What clients feel.
    pub felt: String,
    /// How it is taken back.
    pub undo: Undo,
    /// What must be true for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Why it is there, and what speaks against it.
    pub why: String,
}

/// How a hop is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Method {
    /// A newer operator.
    Operator,
    /// One mixcoord instead of four coordinators.
    Mixcoord,
    /// Another image in the resource.
    Image,
    /// A revision of the release.
    Chart {
        /// The version of its chart.
        chart: Version,
    },
    /// The metadata is rewritten while Milvus stands still.
    Migration,
}

impl Route {
    /// The way from what runs to `to`; `None` where nobody knows what runs.
    pub fn of(ground: &Ground<'_>, to: &MilvusVersion) -> Option<Self> {
        Some(Self::between(&Start::of(ground)?, to, ground.knowledge))
    }

    /// The cheapest way that no row denies: the operator first, then Milvus from stop to stop.
    pub fn between(start: &Start, to: &MilvusVersion, knowledge: &Knowledge) -> Self {
        let mut route = Self { from: start.milvus.clone(), to: to.clone(), hops: vec![], obstacle: None };
        let stops = match knowledge.way(&start.milvus, to) {
            Ok(stops) => start.without_inner_stop(stops, knowledge),
            Err(obstacle) => {
                route.obstacle = Some(obstacle);
                return route;
            }
        };
        let mut here = start.clone();
        route.hops.extend(here.operator_first(&stops, knowledge));
        for stop in stops {
            route.hops.extend(here.join(&stop, knowledge));
            route.hops.push(here.step(&stop, knowledge));
        }
        route
    }

    /// The Milvus that the next run ends with.
    pub fn next(&self) -> Option<MilvusVersion> {
        let run = |hop: &&Hop| !hop.with_next && hop.method != Method::Operator;
        self.hops.iter().find(run)?.to.parse().ok()
    }

    /// How many runs of Milvus it takes.
    pub fn runs(&self) -> usize {
        self.hops.iter().filter(|hop| !hop.with_next && hop.method != Method::Operator).count()
    }

    /// The newer operator that comes first, if one does.
    pub fn operator(&self) -> Option<&str> {
        self.hops.iter().find(|hop| hop.method == Method::Operator).map(|hop| hop.to.as_str())
    }

    /// `2.3.5 -> 2.5.27 -> mixcoord -> 2.6.22`, with the operator in front where it moves.
    pub fn words(&self) -> String {
        let mut words = vec![self.from.to_string()];
        for hop in &self.hops {
            words.push(match &hop.method {
                Method::Operator => format!("operator {}", hop.to),
                Method::Mixcoord => "mixcoord".to_owned(),
                Method::Image | Method::Chart { .. } => hop.to.clone(),
                Method::Migration => format!("migration to {}", hop.to),
            });
        }
        words.join(" -> ")
    }
}

impl Start {
    /// What a snapshot shows; `None` where the version cannot be read.
    pub fn of(ground: &Ground<'_>) -> Option<Self> {
        let snapshot = ground.snapshot;
        let milvus = ground.from()?;
        let mode = snapshot.milvus.mode();
        let runner = match &snapshot.release {
            Some(release) => Runner::Helm(release.chart.clone()),
            None => Runner::Operator(snapshot.operator().and_then(|operator| operator.version.clone())),
        };
        let apart = match &snapshot.release {
            Some(release) => !is_joined(release),
            None => !snapshot.milvus.separate_coordinators().is_empty(),
        };
        let rolls = snapshot.release.is_none() && is_rolling(snapshot, Some(&milvus), ground.knowledge);
        Some(Self { is_apart: apart && mode == Mode::Cluster, milvus, mode, rolls, runner })
    }

    /// Helm goes over the oldest release that can hand over in the run of the hop itself (docs 2.6,
    /// `upgrade_milvus_cluster-helm.md`), so a stop in the running line is none.
    fn without_inner_stop(&self, mut stops: Vec<MilvusVersion>, knowledge: &Knowledge) -> Vec<MilvusVersion> {
        let [first, second, ..] = stops.as_slice() else { return stops };
        // Only of the line that is entered: what a line between asks for, that run does not know.
        let barrier = knowledge.barrier(&self.milvus, second).filter(|rules| rules.line == second.line());
        let inner = barrier.and_then(|rules| rules.minimum_source.as_ref());
        let in_line = first.line() == self.milvus.line() && inner.is_some_and(|stop| stop.line() == first.line());
        let enters = !knowledge.topology(first).streams() && knowledge.topology(second).streams();
        if in_line && enters && matches!(self.runner, Runner::Helm(_)) {
            stops.remove(0);
        }
        stops
    }

    /// The operator that can do all of it, where the running one cannot.
    fn operator_first(&mut self, stops: &[MilvusVersion], knowledge: &Knowledge) -> Option<Hop> {
        let Runner::Operator(Some(running)) = &self.runner else { return None };
        let floors = stops.iter().filter_map(|stop| knowledge.operator_floor(stop));
        let floor = floors.filter(|floor| *running < floor.minimum).max_by(|a, b| a.advised.cmp(&b.advised))?;
        let hop = Hop {
            method: Method::Operator,
            from: running.to_string(),
            to: floor.advised.to_string(),
            with_next: false,
            order: "before Milvus".into(),
            felt: "nothing".into(),
            undo: Undo::None,
            conditions: vec![],
            why: format!("{} needs operator {} or newer: {}", floor.milvus.line(), floor.minimum, floor.reason),
        };
        self.runner = Runner::Operator(Some(floor.advised.clone()));
        Some(hop)
    }

    /// One coordinator instead of four, before a line that knows no others; Helm goes to a release that can hand over with it.
    fn join(&mut self, to: &MilvusVersion, knowledge: &Knowledge) -> Option<Hop> {
        let enters = !knowledge.is_mixcoord_only(&self.milvus) && knowledge.is_mixcoord_only(to);
        let least = knowledge.line_rules(to.line()).and_then(|rules| rules.minimum_source.as_ref());
        let version = match &self.runner {
            Runner::Operator(_) => self.milvus.clone(),
            Runner::Helm(_) => {
                least.filter(|least| self.milvus.numbers() < least.numbers()).unwrap_or(&self.milvus).clone()
            }
        };
        let moves = version != self.milvus;
        if !enters || !(self.is_apart || moves) {
            return None;
        }
        let mut method = Method::Mixcoord;
        if let Runner::Helm(chart) = &mut self.runner {
            // The last chart of the line that is left, for both: its coordinators can be joined.
            let made = knowledge.chart_for(version.line()).map(|made| made.version.clone());
            *chart = made.unwrap_or_else(|| chart.clone()).max(chart.clone());
            if moves {
                method = Method::Chart { chart: chart.clone() };
            }
        }
        let undo = if matches!(self.runner, Runner::Helm(_)) { Undo::ReleaseRollback } else { Undo::PatchBack };
        let hop = Hop {
            method,
            from: self.milvus.to_string(),
            to: version.to_string(),
            with_next: true,
            order: "mixcoord starts, then the four leave".into(),
            felt: if self.rolls { "DDL waits".into() } else { self.felt() },
            undo,
            conditions: vec![],
            why: format!("{} knows one coordinator only, which takes over from {}", to.line(), version),
        };
        self.is_apart = false;
        self.milvus = version;
        Some(hop)
    }

    /// To the next stop itself.
    fn step(&mut self, to: &MilvusVersion, knowledge: &Knowledge) -> Hop {
        let from = self.milvus.clone();
        let back = knowledge.way_back(to, &from);
        let edge = knowledge.edge(&from, to);
        let is_migration = matches!(edge, Edge::Migration { .. });
        let method = match &mut self.runner {
            _ if is_migration => Method::Migration,
            Runner::Operator(_) => Method::Image,
            Runner::Helm(chart) => {
                *chart = knowledge.chart_to_take(chart, Some(&from), to);
                Method::Chart { chart: chart.clone() }
            }
        };
        let undo = match (&method, back.needs_backup()) {
            (Method::Migration, _) => Undo::RestoreMetadata,
            (_, true) => Undo::RestoreBackup,
            (Method::Chart { .. }, false) => Undo::ReleaseRollback,
            _ => Undo::ReverseRoll,
        };
        let mut why = reasons(&from, to, &edge);
        if back.class != BackClass::Safe {
            why.push(format!("the way back: {}", back.reason));
        }
        let hop = Hop {
            order: self.order(is_migration, to, knowledge),
            felt: if is_migration { "no service until it is done".into() } else { self.felt() },
            method,
            from: from.to_string(),
            to: to.to_string(),
            with_next: false,
            undo,
            conditions: back.conditions.iter().map(|condition| condition.what.clone()).collect(),
            why: why.join("; "),
        };
        self.milvus = to.clone();
        self.rolls |= matches!(self.runner, Runner::Operator(_)) && self.mode == Mode::Cluster && knowledge.rolls(to);
        hop
    }

    fn order(&self, is_migration: bool, to: &MilvusVersion, knowledge: &Knowledge) -> String {
        let (before, after) = (knowledge.topology(&self.milvus).streams(), knowledge.topology(to).streams());
        match (self.mode, before, after) {
            _ if is_migration => "everything stops, the metadata is rewritten, everything starts",
            (Mode::Standalone, ..) => "one pod",
            _ if !self.rolls => "all at once",
            (_, false, true) => "streamingnode, mixcoord, querynode, datanode, proxy",
            (_, true, _) => "mixcoord, streamingnode, querynode, datanode, proxy",
            _ => "coordinators, querynode, datanode, proxy",
        }
        .to_owned()
    }

    fn felt(&self) -> String {
        match (self.mode, self.rolls) {
            (Mode::Cluster, true) => "DDL waits, short stalls of searches, clients reconnect",
            (Mode::Standalone, true) => "clients reconnect",
            (_, false) => "no service until it is done",
        }
        .to_owned()
    }
}

/// Why a step is there, and what speaks against it.
fn reasons(from: &MilvusVersion, to: &MilvusVersion, edge: &Edge<'_>) -> Vec<String> {
    match edge {
        Edge::Migration { what } => vec![(*what).to_owned()],
        Edge::Denied { reason } => vec![reason.clone()],
        Edge::Image { doubts } if doubts.is_empty() && from.line() == to.line() => {
            vec![format!("inside the line {}", to.line())]
        }
        Edge::Image { doubts } if doubts.is_empty() => vec![format!("the makers describe it from {}", from.line())],
        Edge::Image { doubts } => doubts.iter().map(doubt).collect(),
    }
}

fn doubt(doubt: &Doubt<'_>) -> String {
    match doubt {
        Doubt::Untried(reason) => reason.clone(),
        Doubt::LeavesEarly(version) => format!("{version} should run before its line is left"),
        Doubt::BelowValidated(version) => format!("it was validated from {version}"),
        Doubt::Trouble(reason) => (*reason).to_owned(),
    }
}

/// Whether one coordinator runs, by the values of a release.
fn is_joined(release: &Release) -> bool {
    let sections = ["rootCoordinator", "queryCoordinator", "indexCoordinator", "dataCoordinator"];
    let off = |section: &str| !release.is_on(&format!("{section}.enabled"));
    release.is_on("mixCoordinator.enabled") && sections.into_iter().all(off)
}

#[cfg(test)]
#[path = "route_test.rs"]
mod tests;
