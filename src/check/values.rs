//! Rules about a file of values that somebody is about to give to the chart.

use serde_json::Value;

use super::{
    Answer, Code, Finding, Ground, Outcome, Problem, Report, Target, evidence,
    manifest::{MODE, QUEUE},
};
use crate::{
    helm::values::{Misfit, Why},
    knowledge::{Flip, Knowledge},
    milvus::Mode,
    snapshot::{Release, Snapshot},
};

const UNSAID: Code = Code::new(115);
const FORGOTTEN: Code = Code::new(914);
const FLIPPED: Code = Code::new(915);
const UNUSABLE: Code = Code::new(916);
const UNKNOWN: Code = Code::new(917);

/// The codes that only files of values can have.
#[cfg(test)]
pub(super) const CODES: [Code; 4] = [FORGOTTEN, FLIPPED, UNUSABLE, UNKNOWN];

/// Rules that ask what the release would be, not what it is.
const OF_THE_FILE: [Code; 4] = [Code::new(903), Code::new(905), Code::new(910), Code::new(911)];

/// Rules that can be asked where there is no release yet.
const OF_NOTHING: [Code; 7] =
    [Code::new(106), Code::new(112), Code::new(114), Code::new(119), Code::new(120), Code::new(903), Code::new(905)];

/// Rules about what this program may do, and about who keeps the instance: it is not this program that applies a file.
const OF_A_RUN: [Code; 6] =
    [Code::new(601), Code::new(602), Code::new(802), Code::new(918), Code::new(1101), Code::new(1102)];

const TAG: &str = "image.all.tag";
const STANDALONE_QUEUE: &str = "standalone.messageQueue";
/// How many values evidence names.
const NAMED: usize = 8;

/// A file of values, and what the chart makes of it.
#[derive(Clone, Copy, Debug)]
pub struct ValuesFile<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// What it says; nothing where it holds what a chart has made of values.
    pub given: Option<&'a Value>,
    /// The release that the chart makes of it.
    pub after: &'a Release,
    /// What of it does not fit the chart.
    pub misfits: &'a [Misfit],
    /// Values that were set, that it does not say, and that become others for it: `path: old -> new`, without secrets.
    pub forgotten: &'a [String],
}

/// What is wrong with giving the values to the release that is there, or to none.
pub fn values_report(
    file: &ValuesFile<'_>,
    live: Option<&Snapshot>,
    target: Option<&Target>,
    knowledge: &Knowledge,
) -> Report {
    let before = live.and_then(|snapshot| snapshot.release.as_ref());
    let report = |snapshot: &Snapshot| Report::of(&Ground { snapshot, target, knowledge });
    let mut findings = match live.zip(before) {
        Some((snapshot, before)) => {
            let after = report(&Snapshot { release: Some(file.over(before)), ..snapshot.clone() });
            let mut findings = report(snapshot).findings;
            findings.retain(|finding| !OF_THE_FILE.contains(&finding.code) && !OF_A_RUN.contains(&finding.code));
            findings.extend(after.findings.into_iter().filter(|finding| OF_THE_FILE.contains(&finding.code)));
            findings
        }
        None => file.alone(report(&Snapshot::of_values(file.after.clone())), target, knowledge),
    };
    let subject = Subject { file, live, target, knowledge };
    let accepted = |code: Code| target.is_some_and(|target| target.accepted.contains(&code));
    let own = [
        (MODE, subject.mode(before)),
        (QUEUE, subject.queue(before)),
        (FORGOTTEN, subject.forgotten(before)),
        (FLIPPED, subject.flipped(before)),
        (UNUSABLE, subject.unusable()),
        (UNKNOWN, subject.unknown()),
    ];
    if let Some(problem) = subject.unsaid() {
        findings.retain(|finding| finding.code != UNSAID);
        findings.push(Finding::new(UNSAID, problem.into(), false));
    }
    findings.extend(own.into_iter().map(|(code, answer)| Finding::new(code, answer, accepted(code))));
    findings.sort_by_key(|finding| finding.code);
    Report { findings }
}

impl ValuesFile<'_> {
    /// The release that is there, with these values for the next revision.
    fn over(&self, before: &Release) -> Release {
        let Release { settings, given, config, objects, .. } = self.after.clone();
        let objects = if objects.known().is_some() { objects } else { before.objects.clone() };
        Release { settings, given, config, objects, ..before.clone() }
    }

    /// Of a report about a release that is nowhere, what can be told.
    fn alone(&self, report: Report, target: Option<&Target>, knowledge: &Knowledge) -> Vec<Finding> {
        let told = |finding: &Finding| {
            OF_NOTHING.contains(&finding.code) && !matches!(finding.result, Outcome::Unknown { .. })
        };
        let mut findings: Vec<Finding> = report.findings.into_iter().filter(told).collect();
        for finding in &mut findings {
            let Outcome::Found { problem, .. } = &mut finding.result else { continue };
            self.name.clone_into(&mut problem.object);
            let newest = target.and_then(|target| knowledge.newest_patch(&target.version));
            if let (true, Some(newest)) = (problem.fix.starts_with("kubectl "), newest) {
                problem.fix = self.write([format!("{TAG}: v{}", newest.version)]);
            }
        }
        findings
    }

    /// `values.yaml pulsar.enabled: false`.
    fn seen(&self, key: &str) -> String {
        let Some(given) = self.given else {
            return format!("{} makes {key}: {}", self.name, value(self.after, key));
        };
        let field = evidence::field("", given, &format!("/{}", key.replace('.', "/")));
        format!("{} {}", self.name, field.trim_start_matches('.'))
    }

    /// Where to write these values.
    fn write(&self, lines: impl IntoIterator<Item = String>) -> String {
        let place = if self.given.is_some() { "the file" } else { "the values of the chart" };
        format!("write into {place}:  {}", lines.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// What each rule looks at.
struct Subject<'a> {
    file: &'a ValuesFile<'a>,
    live: Option<&'a Snapshot>,
    target: Option<&'a Target>,
    knowledge: &'a Knowledge,
}

impl Subject<'_> {
    fn problem(&self, summary: impl Into<String>) -> Problem {
        let file = self.file.name;
        let object = match self.live {
            Some(snapshot) => format!("{} with {file}", evidence::milvus(&snapshot.milvus)),
            None => file.to_owned(),
        };
        Problem::new(object, summary)
    }

    fn mode(&self, before: Option<&Release>) -> Answer {
        let Some(before) = before else { return Answer::NotApplicable };
        let (old, new) = (before.mode(), self.file.after.mode());
        let key = "cluster.enabled";
        // What is neither true nor false has a finding of its own.
        if old == new || self.file.misfits.iter().any(|misfit| misfit.path == key) {
            return Answer::Fine;
        }
        self.problem(format!("{old} becomes {new}, and the Deployments of the {old} are removed"))
            .seen([self.file.seen(key), was(before, key)])
            .fix(self.file.write([format!("{key}: {}", old == Mode::Cluster)]))
            .into()
    }

    fn queue(&self, before: Option<&Release>) -> Answer {
        let Some((before, old)) = before.and_then(|before| Some((before, before.message_queue()?))) else {
            return Answer::NotApplicable;
        };
        let after = self.file.after;
        if before.mode() != after.mode() {
            return Answer::NotApplicable;
        }
        let (new, switches) = (after.message_queue(), (before.queue_switch(), after.queue_switch()));
        let (key, right) = match (after.mode(), switches) {
            (Mode::Cluster, (old, new)) if old == new => return Answer::Fine,
            (Mode::Cluster, (old, _)) => (old.unwrap_or(QUEUE_UNSAID), "true".to_owned()),
            // A standalone keeps its queue over a default that is another one; that is asked about by itself.
            (Mode::Standalone, _) if new.as_ref() == Some(&old) || !after.is_given(STANDALONE_QUEUE) => {
                return Answer::Fine;
            }
            (Mode::Standalone, _) => (STANDALONE_QUEUE, old.to_string()),
        };
        let named = |switch: Option<&str>| switch.map(|key| format!(" ({key})")).unwrap_or_default();
        let new = match new {
            Some(new) if new == old => format!("another {old}"),
            Some(new) => new.to_string(),
            None => "none".to_owned(),
        };
        let summary = format!(
            "the message queue {old}{} would be replaced under its data by {new}{}",
            named(switches.0),
            named(switches.1)
        );
        let off = switches.1.filter(|new| Some(*new) != switches.0).map(|new| format!("{new}: false"));
        self.problem(summary)
            .seen([self.file.seen(key), was(before, key)])
            .fix(self.file.write([format!("{key}: {right}")].into_iter().chain(off)))
            .into()
    }

    /// Where nobody says which version it leads to, the rules about the way there were not asked.
    fn unsaid(&self) -> Option<Problem> {
        let image = self.file.after.image().filter(|_| self.target.is_none())?;
        let problem =
            self.problem(format!("the tag of `{image}` names no version, so nothing is known of the way to it"));
        Some(problem.seen([self.file.seen(TAG)]).fix("say its version with --to VERSION"))
    }

    fn forgotten(&self, before: Option<&Release>) -> Answer {
        if before.is_none() || self.file.given.is_none() {
            return Answer::NotApplicable;
        }
        let count = self.file.forgotten.len();
        if count == 0 {
            return Answer::Fine;
        }
        let values = if count == 1 { "a value that was set goes" } else { "values that were set go" };
        let number = if count == 1 { String::new() } else { format!("{count} ") };
        self.problem(format!("{number}{values} back to the default of the chart, for the file does not say so"))
            .seen(few(self.file.forgotten.iter().cloned()))
            .fix("write into the file what is to stay")
            .into()
    }

    fn flipped(&self, before: Option<&Release>) -> Answer {
        let Some(before) = before else { return Answer::NotApplicable };
        let after = self.file.after;
        let flips: Vec<&Flip> =
            self.knowledge.flips(&before.chart, &after.chart).filter(|flip| self.is_unasked(flip, before)).collect();
        if flips.is_empty() {
            return Answer::Fine;
        }
        let told = flips.iter().map(|Flip { key, why, .. }| {
            format!("{key}: {} now, {} by chart {}: {why}", value(before, key), value(after, key), after.chart)
        });
        let keep = flips.iter().map(|flip| format!("{}: {}", flip.key, value(before, &flip.key)));
        let count = if flips.len() == 1 { "a default".to_owned() } else { format!("{} defaults", flips.len()) };
        self.problem(format!("chart {} brings {count} that nobody asked for", after.chart))
            .seen(few(told))
            .fix(self.file.write(keep))
            .into()
    }

    /// Whether a default of the new chart takes effect that neither the file says nor the target needs.
    fn is_unasked(&self, flip: &Flip, before: &Release) -> bool {
        let (key, after) = (flip.key.as_str(), self.file.after);
        let is_cluster = after.mode() == Mode::Cluster;
        let topology = self.target.map(|target| self.knowledge.topology(&target.version));
        let is_wanted = topology.is_some_and(|topology| {
            let joined = topology.is_mixcoord_only() && key.contains("oordinator");
            joined || topology.streams() && ["streaming.enabled", "indexNode.enabled"].contains(&key)
        });
        // The queue of a cluster has a rule of its own.
        let concerns =
            if is_cluster { key != STANDALONE_QUEUE && !key.starts_with("pulsar") } else { key == STANDALONE_QUEUE };
        concerns
            && !is_wanted
            && !flip.before.is_empty()
            && !after.is_given(key)
            && before.settings.get(key) != after.settings.get(key)
    }

    fn unusable(&self) -> Answer {
        let Some(given) = self.file.given else { return Answer::NotApplicable };
        let fields = given.as_object();
        let is_unknown =
            |name: &String| self.file.misfits.iter().any(|misfit| misfit.path == *name && is_unknown(misfit));
        if fields.is_some_and(|fields| !fields.is_empty() && fields.keys().all(is_unknown)) {
            return self
                .problem("none of its keys is a value of the chart milvus")
                .seen(few(fields.into_iter().flat_map(serde_json::Map::keys).cloned()))
                .fix("name a file of values, or a manifest with apiVersion and kind")
                .into();
        }
        let kinds = self.file.misfits.iter().filter_map(|Misfit { path, why }| match why {
            Why::Kind { wanted, found } => Some(format!("{path}: {found}, and the chart has {wanted} there")),
            Why::Unknown { .. } => None,
        });
        let tag = self.file.after.settings.get(TAG).filter(|_| self.file.after.image().is_none());
        let tag = tag.and_then(|tag| match tag {
            Value::Null => None,
            Value::String(tag) if tag.is_empty() => None,
            Value::String(tag) => Some(format!("{TAG}: `{}` is no tag of an image", tag.escape_debug())),
            other => Some(format!("{TAG}: {other} is no text; write it in quotes")),
        });
        let told: Vec<String> = kinds.chain(tag).collect();
        match told.len() {
            0 => Answer::Fine,
            1 => self.problem("a value is of a kind that the chart cannot use").seen(told).fix(MEND).into(),
            count => self
                .problem(format!("{count} values are of a kind that the chart cannot use"))
                .seen(few(told))
                .fix(MEND)
                .into(),
        }
    }

    fn unknown(&self) -> Answer {
        if self.file.given.is_none() {
            return Answer::NotApplicable;
        }
        let told: Vec<String> = self
            .file
            .misfits
            .iter()
            .filter_map(|Misfit { path, why }| match why {
                Why::Unknown { like: Some(like) } => Some(format!("{path}: there is {like}")),
                Why::Unknown { like: None } => Some(path.clone()),
                Why::Kind { .. } => None,
            })
            .collect();
        if told.is_empty() {
            return Answer::Fine;
        }
        let names: Vec<&str> = self
            .file
            .misfits
            .iter()
            .filter(|misfit| is_unknown(misfit))
            .map(|misfit| misfit.path.as_str())
            .take(NAMED)
            .collect();
        self.problem(format!("chart {} does not look at {}", self.file.after.chart, names.join(", ")))
            .seen(few(told))
            .fix(MEND)
            .into()
    }
}

const MEND: &str = "write it as the chart's values.yaml has it";
/// What to name where no queue was on.
const QUEUE_UNSAID: &str = "woodpecker.enabled";

fn is_unknown(misfit: &Misfit) -> bool {
    matches!(misfit.why, Why::Unknown { .. })
}

/// A value that holds now: `revision 3 pulsar.enabled: true`.
fn was(release: &Release, key: &str) -> String {
    let revision = if release.is_recorded() { format!("revision {}", release.revision) } else { "live".to_owned() };
    format!("{revision} {key}: {}", release.settings.get(key).map_or_else(|| "absent".to_owned(), ToString::to_string))
}

fn value(release: &Release, key: &str) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    release.settings.get(key).map_or_else(|| "absent".to_owned(), text)
}

/// The first of them, and how many more there are.
fn few(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().collect();
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}
