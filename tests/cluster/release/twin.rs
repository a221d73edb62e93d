//! Twin releases: one by a real helm alone, the others with some of its steps taken by us. Nothing may tell them apart.

use super::{chart::chart, look};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;

trials![helm_3_cannot_tell, helm_4_that_patches_cannot_tell, helm_4_that_applies_cannot_tell];

/// Which helm, and how it installs.
#[derive(Clone, Copy)]
struct Helm {
    program: &'static str,
    install: &'static [&'static str],
}

/// What is done to the release after it was installed at 1.0.0.
#[derive(Clone, Copy)]
enum Step {
    Upgrade(&'static str, &'static [&'static str]),
    Rollback(&'static str),
}

const STEPS: [Step; 5] = [
    Step::Upgrade("2.0.0", &["--set", "replicas=2"]),
    Step::Upgrade("3.0.0", &["--reset-then-reuse-values", "--set", "listed={x}"]),
    Step::Rollback("1"),
    Step::Upgrade("3.0.0", &["--reset-values"]),
    Step::Rollback("3"),
];

/// Which of the steps are ours.
const TURNS: [&str; 5] = ["o....", "oo...", "..o..", ".o.o.", "ooooo"];

fn helm_3_cannot_tell(testbed: &Testbed) {
    compare(testbed, "twin-3", Helm { program: "helm3", install: &[] });
}

fn helm_4_that_patches_cannot_tell(testbed: &Testbed) {
    compare(testbed, "twin-4c", Helm { program: "helm4", install: &["--server-side=false"] });
}

fn helm_4_that_applies_cannot_tell(testbed: &Testbed) {
    compare(testbed, "twin-4s", Helm { program: "helm4", install: &["--server-side=true"] });
}

fn compare(testbed: &Testbed, name: &str, helm: Helm) {
    let names: Vec<String> = (0..=TURNS.len()).map(|turn| format!("{name}-{turn}")).collect();
    let run = |name: &'_ String, turn: &str| {
        let name: &'static str = Box::leak(name.clone().into_boxed_str());
        let namespace = testbed.namespace(name);
        go_through(&namespace, helm, turn);
        namespace
    };
    let alone = run(&names[0], ".....");
    let expected = look::of(&alone);
    assert!(expected.len() > 10, "{:?}", expected.keys());
    for (turn, name) in TURNS.iter().zip(&names[1..]) {
        let namespace = run(name, turn);
        let differences = look::differences(&expected, &look::of(&namespace));
        assert!(differences.is_empty(), "{} {turn}:\n{}", helm.program, differences.join("\n"));
        for reader in ["helm3", "helm4"] {
            for question in [&["history"][..], &["get", "values"], &["get", "manifest"], &["get", "notes"]] {
                let ask = |namespace: &Namespace| {
                    let arguments: Vec<&str> =
                        question.iter().copied().chain(["twin", "-n", namespace.name()]).collect();
                    let output = testbed.command_of(reader, &arguments).run();
                    assert_eq!(output.code, Some(0), "{reader} {question:?}: {}", output.stderr);
                    without_times(&output.stdout)
                        .replace(&namespace.name().replace('-', ""), "N")
                        .replace(namespace.name(), "N")
                };
                assert_eq!(ask(&alone), ask(&namespace), "{reader} {question:?} after {} {turn}", helm.program);
            }
        }
    }
}

fn go_through(namespace: &Namespace, helm: Helm, turn: &str) {
    let folder = chart("1.0.0");
    let path = folder.path().display().to_string();
    let mut install = vec!["install", "twin", &path];
    install.extend(helm.install);
    theirs(namespace, helm, &install);
    for (step, turn) in STEPS.iter().zip(turn.chars()) {
        match (step, turn) {
            (Step::Upgrade(version, flags), turn) => {
                let folder = chart(version);
                let path = folder.path().display().to_string();
                let mut arguments = vec!["upgrade", "twin", &path];
                arguments.extend(*flags);
                if turn == 'o' { ours(namespace, &arguments) } else { theirs(namespace, helm, &arguments) }
            }
            (Step::Rollback(revision), 'o') => ours(namespace, &["rollback", "twin", revision]),
            (Step::Rollback(revision), _) => theirs(namespace, helm, &["rollback", "twin", revision]),
        }
    }
}

fn theirs(namespace: &Namespace, helm: Helm, arguments: &[&str]) {
    let output = namespace.testbed.command_of(helm.program, arguments).args(&["-n", namespace.name()]).run();
    assert_eq!(output.code, Some(0), "{} {arguments:?}: {}", helm.program, output.stderr);
}

fn ours(namespace: &Namespace, arguments: &[&str]) {
    let arguments: Vec<&str> = std::iter::once("release").chain(arguments.iter().copied()).collect();
    let output = namespace.command(&arguments).run();
    assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
}

/// `history` prints when each revision was made.
fn without_times(text: &str) -> String {
    let line = |line: &str| {
        let words = line.split('\t').map(str::trim).filter(|word| !word.contains("20") || !word.contains(':'));
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
