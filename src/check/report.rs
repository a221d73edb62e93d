use serde::{Deserialize, Serialize};

use super::{Answer, Code, Finding, Ground, Outcome, RULES, Severity};

/// What all rules said, in the order of their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// One for each rule.
    pub findings: Vec<Finding>,
}

/// How many rules said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Fine.
    pub passed: usize,
    /// Stops the way on.
    pub problems: usize,
    /// Found something that does not stop.
    pub warnings: usize,
    /// Worth knowing.
    pub infos: usize,
    /// Nothing to say.
    pub not_applicable: usize,
    /// Could not look.
    pub unknown: usize,
}

impl Report {
    /// Asks every rule.
    ///
    /// A question is about whether to begin. Where the same roll goes on it was answered before the first write, so it
    /// is not asked again.
    pub fn of(ground: &Ground<'_>) -> Self {
        let is_question = |code: Code| code.entry().is_some_and(|entry| entry.severity == Severity::Question);
        let subject = ground.snapshot.subject();
        let findings = RULES.iter().filter(|rule| rule.is_listed(subject)).map(|rule| {
            let concerns = rule.about.contains(&subject) && !(rule.is_of_upgrade && ground.goes_back());
            let answer = if concerns { (rule.judge)(ground) } else { Answer::NotApplicable };
            let answer = match answer {
                Answer::Problem(_) if ground.is_resumed() && is_question(rule.code) => Answer::NotApplicable,
                answer => answer,
            };
            let accepted = ground.target.is_some_and(|target| target.accepted.contains(&rule.code));
            Finding::new(rule.code, answer, accepted)
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by_key(|finding| finding.code);
        Self { findings }
    }

    /// The same for the `next` stop of a longer way, with what can be known already of its end: what the last step asks for
    /// is told before the first one is taken.
    pub fn ahead(next: &Ground<'_>, end: &Ground<'_>) -> Self {
        let mut report = Self::of(next);
        if next.target == end.target {
            return report;
        }
        let last = Self::of(end).findings.into_iter();
        for (here, last) in report.findings.iter_mut().zip(last) {
            let looks_ahead = RULES.iter().any(|rule| rule.code == here.code && rule.looks_ahead);
            if looks_ahead && here.found().is_none() && last.found().is_some() {
                *here = last;
            }
        }
        report
    }

    /// The command of this program that mends the first thing that stands in the way, where one does.
    pub fn first_cure(&self) -> Option<&str> {
        let blocking = self.findings.iter().filter(|finding| finding.blocks());
        let mut sorted: Vec<&Finding> = blocking.collect();
        sorted.sort_by_key(|finding| (finding.found().map(|(severity, _)| std::cmp::Reverse(severity)), finding.code));
        let fix = sorted.first()?.found()?.1.fix.as_str();
        // What is still to be filled in, or goes on in words, cannot be typed.
        let is_whole = !["VERSION", "REF", "; ", ", ", "  "].iter().any(|part| fix.contains(part));
        (fix.starts_with("kubectl milvus ") && is_whole).then_some(fix)
    }

    /// Whether anything forbids to go on.
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    /// How many rules said what. An accepted question counts as a warning.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for finding in &self.findings {
            let counter = match &finding.result {
                Outcome::Passed => &mut tally.passed,
                Outcome::NotApplicable => &mut tally.not_applicable,
                Outcome::Unknown { .. } => &mut tally.unknown,
                Outcome::Found { severity: Severity::Info, .. } => &mut tally.infos,
                Outcome::Found { .. } if finding.blocks() => &mut tally.problems,
                Outcome::Found { .. } => &mut tally.warnings,
            };
            *counter += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Outcome, Report};
    use crate::{
        check::{Code, Ground, Target, trial::target},
        knowledge::Knowledge,
        snapshot::{
            Part, Snapshot, Subject, Surroundings,
            sample::{self, healthy_cluster, separate_coordinators, standalone},
        },
    };

    fn report(snapshot: &Snapshot, target: Option<&Target>) -> Report {
        Report::of(&Ground { snapshot, target, knowledge: Knowledge::builtin() })
    }

    /// How many rules speak about instances.
    fn listed() -> usize {
        super::RULES.iter().filter(|rule| rule.is_listed(Subject::Resource)).count()
    }

    fn blocking(report: &Report) -> Vec<String> {
        let blocks = report.findings.iter().filter(|finding| finding.blocks());
        blocks.map(|finding| finding.code.to_string()).collect()
    }

    fn found(report: &Report) -> Vec<String> {
        let found = report.findings.iter().filter(|finding| finding.found().is_some());
        found.map(|finding| finding.code.to_string()).collect()
    }

    #[test]
    fn a_healthy_instance_is_asked_for_its_backup_and_for_nothing_else() {
        for snapshot in [healthy_cluster(), separate_coordinators(), standalone()] {
            let mut target = target(&snapshot, "2.6.22");
            assert_eq!(blocking(&report(&snapshot, Some(&target))), ["MV0701"]);
            target.backup = Some("nightly-1120".into());
            assert!(!report(&snapshot, Some(&target)).is_blocked());
            target.backup = None;
            target.accepted = vec![Code::new(701)];
            assert!(!report(&snapshot, Some(&target)).is_blocked());
        }
        assert_eq!(found(&report(&healthy_cluster(), None)), ["MV0114"]);
    }

    #[test]
    fn a_healthy_instance_leaves_no_question_open() {
        let target = target(&healthy_cluster(), "2.6.22");
        let tally = report(&healthy_cluster(), Some(&target)).tally();
        assert_eq!((tally.unknown, tally.problems, tally.warnings, tally.infos), (0, 1, 0, 1));
        assert_eq!(tally.passed + tally.not_applicable + tally.problems + tally.infos, listed());
    }

    #[test]
    fn an_accepted_question_lets_pass_and_an_accepted_problem_does_not() {
        let mut snapshot = healthy_cluster();
        sample::set(&mut snapshot.milvus.spec, "/components/paused", json!(true));
        let mut target = target(&snapshot, "2.6.22");
        target.accepted = vec![Code::new(701), Code::new(402)];
        let report = report(&snapshot, Some(&target));
        assert_eq!(blocking(&report), ["MV0402"]);
        assert_eq!(report.tally().warnings, 1, "what was accepted is still told");
    }

    #[test]
    fn a_roll_that_goes_on_is_not_asked_again() {
        let mut snapshot = healthy_cluster();
        sample::set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.22"));
        sample::set(&mut snapshot.milvus.status, "/status", json!("Unhealthy"));
        sample::set_condition(&mut snapshot, "MilvusUpdated", "False", "MilvusUpgradingImage");
        sample::set_condition(&mut snapshot, "MilvusReady", "False", "MilvusComponentNotHealthy");
        snapshot.milvus.generation = 4;
        snapshot.may_patch = Part::Known(false);
        let target = target(&snapshot, "2.6.22");
        assert_eq!(blocking(&report(&snapshot, Some(&target))), [""; 0]);
    }

    #[test]
    fn what_was_not_seen_is_never_fine() {
        let mut blind = healthy_cluster();
        let why = || "no right".to_owned();
        blind.operators = Part::Unknown(why());
        blind.definition = Part::Unknown(why());
        blind.workload.deployments = Part::Unknown(why());
        blind.workload.pods = Part::Unknown(why());
        blind.workload.autoscalers = Part::Unknown(why());
        blind.workload.nodes = Part::Unknown(why());
        blind.etcd_chart = Part::Unknown(why());
        blind.may_patch = Part::Unknown(why());
        blind.surroundings = Surroundings::default();
        let target = target(&blind, "2.6.22");
        let report = report(&blind, Some(&target));
        let unknown = report.findings.iter().filter(|it| matches!(it.result, Outcome::Unknown { .. }));
        let unknown: Vec<String> = unknown.map(|finding| finding.code.to_string()[2..].to_owned()).collect();
        let expected = "0201 0202 0203 0204 0206 0208 0209 0210 0211 0212 0213 0214 0301 0302 0303 0304 0308 0309 0312 0416 0417 0418 0502 0503 0504 0505 0506 0507 0508 0601 0650";
        assert_eq!(unknown.join(" "), expected);
        assert_eq!(blocking(&report), ["MV0602", "MV0701"]);
    }

    #[test]
    fn every_finding_has_evidence_an_object_and_a_fix() {
        let mut snapshot = separate_coordinators();
        sample::run_image(&mut snapshot, "registry:5000/milvus:v2.2.1-gpu");
        for (path, value) in [
            ("/components/paused", json!(true)),
            ("/components/queryNode/image", json!("x")),
            ("/components/queryNode/replicas", json!(-1)),
            ("/components/enableManualMode", json!(true)),
            ("/components/imageUpdateMode", json!("all")),
            ("/components/updateToolImage", json!(true)),
            ("/config/metastore/type", json!("mysql")),
            ("/dependencies/msgStreamType", Value::Null),
        ] {
            sample::set(&mut snapshot.milvus.spec, path, value);
        }
        snapshot.milvus.status = json!({});
        let mut operator = sample::operator();
        operator.version = Some(semver::Version::new(1, 2, 0));
        operator.ready = 0;
        snapshot.operators = Part::Known(vec![operator]);
        snapshot.may_patch = Part::Known(false);
        let mut codes = 0;
        for to in ["2.2.16", "2.4.13", "2.6.0-rc1", "2.6.6", "3.0.0", "4.0.0", "2.1.0"] {
            let target = target(&snapshot, to);
            for finding in report(&snapshot, Some(&target)).findings {
                let Some((_, problem)) = finding.found() else { continue };
                codes += 1;
                assert!(!problem.summary.is_empty() && !problem.summary.ends_with('.'), "{finding:?}");
                assert!(!problem.object.is_empty() && !problem.fix.is_empty(), "{finding:?}");
                assert!(!problem.evidence.is_empty() && !finding.title.is_empty(), "{finding:?}");
            }
        }
        assert!(codes > 80, "{codes} findings were looked at");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            "(registry:5000/)?milvus(:v?[0-4]\\.[0-7]\\.[0-9]{1,2}(-gpu|-rc1)?)?(@sha256:0)?".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            let key = prop_oneof![
                "[a-z]{1,4}",
                prop::sample::select(vec![
                    "components",
                    "image",
                    "version",
                    "mode",
                    "dependencies",
                    "msgStreamType",
                    "queryNode",
                    "rootCoord",
                    "replicas",
                    "paused",
                    "config",
                    "metastore",
                    "type",
                    "status",
                    "conditions",
                    "currentImage",
                    "observedGeneration",
                ])
                .prop_map(str::to_owned),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_rule_panics_whatever_the_resource_says(
            spec in any_json(), status in any_json(), place in 0usize..4, to in "[0-4]\\.[0-7]\\.(0|[1-9][0-9]?)(-gpu|-rc1)?",
        ) {
            let mut snapshot = healthy_cluster();
            match place {
                0 => snapshot.milvus.spec = spec,
                1 => snapshot.milvus.spec["components"] = spec,
                2 => snapshot.milvus.spec["components"]["queryNode"] = spec,
                _ => snapshot.milvus.spec["config"] = spec,
            }
            snapshot.milvus.status = status;
            let target = target(&snapshot, &to);
            for target in [None, Some(&target)] {
                prop_assert_eq!(report(&snapshot, target).findings.len(), listed());
            }
            let _ = crate::check::manifest_findings(&json!({
                "apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "spec": snapshot.milvus.spec.clone(),
            }), Some(&snapshot.milvus));
        }
    }
}
