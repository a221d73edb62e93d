//! Every function that templates can call, asked of all three: one chart with a template for each function.
//!
//! A call that Helm refuses ends its render, so these are run one by one.

use std::{collections::BTreeMap, fmt::Write as _, fs, sync::OnceLock};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};

use crate::{
    call::{self, Calls},
    case::difference,
    corpus::templates,
    program::{Programs, Renderer},
};

/// Shows a value with all types in it, on one line.
const DUMP: &str = r#"{{- define "dump" }}
{{- printf "%T" . }}
{{- if kindIs "map" . }}{ {{- range $key, $value := . }}{{ printf "%q: " $key }}{{ include "dump" $value }}, {{ end }}}
{{- else if kindIs "slice" . }}[ {{- range . }}{{ include "dump" . }}, {{ end }}]
{{- else }}({{ printf "%v" . | printf "%q" }}){{ end }}
{{- end }}
"#;

/// What Helm 3 does not have: calls with these in them are compared with Helm 4 only.
const NOT_IN_HELM3: &[&str] = &[
    "durationDays",
    "durationHours",
    "durationMicroseconds",
    "durationMilliseconds",
    "durationMinutes",
    "durationNanoseconds",
    "durationRoundTo",
    "durationSeconds",
    "durationTruncateTo",
    "durationWeeks",
    "mustToDuration",
    "mustToToml",
    "mustToYaml",
];

/// Calls that Helm 3 answers otherwise than Helm 4, and why.
const OTHER_IN_HELM3: &[(&str, &str)] = &[("toYaml .Chart", "a struct with names for YAML before Helm 4, a map since")];

/// What a program made of all calls, by function.
type Answers = BTreeMap<String, String>;

/// The renders of all calls; each is made once, by the first test that asks.
struct Asked {
    calls: BTreeMap<String, Calls>,
    programs: &'static Programs,
    helm4: OnceLock<Result<[Answers; 2], String>>,
    helm3: OnceLock<Result<[Answers; 2], String>>,
}

/// A test for each function, for what is rendered and for what is refused, and one that none is forgotten.
pub(crate) fn trials(programs: Option<&'static Programs>) -> Result<Vec<Trial>> {
    let calls = call::all()?;
    let missing: Vec<_> = call::names().into_iter().filter(|name| !calls.contains_key(*name)).collect();
    let mut trials = vec![Trial::test("function::every_function_has_calls", move || {
        if missing.is_empty() { Ok(()) } else { Err(Failed::from(format!("nothing is asked of {missing:?}"))) }
    })];
    let Some(programs) = programs else { return Ok(trials) };
    let names: Vec<_> = calls.keys().cloned().collect();
    let asked: &'static Asked =
        Box::leak(Box::new(Asked { calls, programs, helm4: OnceLock::new(), helm3: OnceLock::new() }));
    trials.push(Trial::test("function::what_helm_3_lacks_or_says_otherwise", || {
        asked.exceptions().map_err(|error| Failed::from(format!("{error:#}")))
    }));
    for name in names {
        let trial = |kind: &str, check: fn(&Asked, &str) -> Result<()>| {
            let own = name.clone();
            Trial::test(format!("{kind}::{name}"), move || {
                check(asked, &own).map_err(|error| Failed::from(format!("{error:#}")))
            })
        };
        trials.push(trial("function", Asked::compare));
        trials.push(trial("function_refused", Asked::refuse));
    }
    Ok(trials)
}

impl Asked {
    fn compare(&self, name: &str) -> Result<()> {
        for (cell, renderer) in [(&self.helm4, Renderer::Helm4), (&self.helm3, Renderer::Helm3)] {
            let answers = cell.get_or_init(|| self.ask(renderer).map_err(|error| format!("{error:#}")));
            let [ours, theirs] = answers.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
            let ours = ours.get(name).context("we say nothing")?;
            let theirs = theirs.get(name).with_context(|| format!("{renderer:?} says nothing"))?;
            ensure!(ours == theirs, "{renderer:?}: {}", difference(theirs, ours));
        }
        Ok(())
    }

    /// Our answers and theirs to the calls that this Helm answers.
    fn ask(&self, renderer: Renderer) -> Result<[Answers; 2]> {
        let folder = tempfile::tempdir()?;
        let mut files = vec![];
        for (number, (name, calls)) in self.calls.iter().enumerate() {
            let calls =
                calls.rendered.iter().filter(|call| renderer == Renderer::Helm4 || is_compared_with_helm3(call));
            // Some file systems do not tell `trimAll` from `trimall`.
            files.push((format!("{number}-{name}.yaml"), template(name, calls.map(String::as_str))?));
        }
        lay_out(folder.path(), &files)?;
        let render = |renderer| -> Result<Answers> {
            let answer = self.programs.render(renderer, folder.path(), "c", &[] as &[&str])?;
            ensure!(answer.is_success, "{renderer:?} refuses the calls: {}", answer.stderr.trim());
            let named = |(path, text): (String, String)| {
                let (_, name) = path.trim_end_matches(".yaml").split_once('-').unwrap_or_default();
                (name.to_owned(), text.trim().to_owned())
            };
            Ok(templates(&answer.stdout).into_iter().map(named).collect())
        };
        Ok([render(Renderer::Ours)?, render(renderer)?])
    }

    /// What is named as an exception is one.
    fn exceptions(&self) -> Result<()> {
        let ask = |call: &str, renderer| -> Result<_> {
            let folder = tempfile::tempdir()?;
            lay_out(folder.path(), &[("a.yaml".to_owned(), template("a", [call])?)])?;
            self.programs.render(renderer, folder.path(), "c", &[] as &[&str])
        };
        for name in NOT_IN_HELM3 {
            let said = ask(name, Renderer::Helm3)?.stderr;
            ensure!(said.contains(&format!("function \"{name}\" not defined")), "Helm 3 knows `{name}`: {said}");
        }
        for (call, why) in OTHER_IN_HELM3 {
            let is_other = ask(call, Renderer::Helm3)?.stdout != ask(call, Renderer::Ours)?.stdout;
            ensure!(is_other, "`{call}` is no exception any more: {why}");
        }
        Ok(())
    }

    fn refuse(&self, name: &str) -> Result<()> {
        for call in &self.calls[name].refused {
            let folder = tempfile::tempdir()?;
            lay_out(folder.path(), &[("a.yaml".to_owned(), template(name, [call.as_str()])?)])?;
            for renderer in [Renderer::Helm4, Renderer::Helm3, Renderer::Ours] {
                let answer = self.programs.render(renderer, folder.path(), "c", &[] as &[&str])?;
                let said = String::from_utf8_lossy(&answer.stdout);
                ensure!(!answer.is_success, "{renderer:?} does not refuse `{call}`, but says\n{said}");
            }
        }
        Ok(())
    }
}

fn is_compared_with_helm3(call: &str) -> bool {
    let mut words = call.split(|letter: char| !letter.is_alphanumeric());
    !words.any(|word| NOT_IN_HELM3.contains(&word)) && OTHER_IN_HELM3.iter().all(|(other, _)| *other != call)
}

/// A template with a line for each call.
fn template<'c>(name: &str, calls: impl IntoIterator<Item = &'c str>) -> Result<String> {
    let (mut definitions, mut lines) = (String::new(), String::from("text: |\n"));
    for (number, call) in calls.into_iter().enumerate() {
        if call.starts_with("{{") {
            write!(definitions, "{{{{- define \"{name} {number}\" }}}}{call}{{{{ end }}}}")?;
            writeln!(lines, "  {number} {{{{ include \"{name} {number}\" $ | printf \"%q\" }}}}")?;
        } else {
            writeln!(lines, "  {number} {{{{ include \"dump\" ({call}) }}}}")?;
        }
    }
    Ok(definitions + "{{- \"\" }}" + &lines)
}

/// Writes a chart with these templates.
pub(crate) fn lay_out(folder: &std::path::Path, templates: &[(String, String)]) -> Result<()> {
    let chart = folder.join("c");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n")?;
    fs::write(chart.join("templates/_dump.tpl"), DUMP)?;
    for (name, text) in templates {
        fs::write(chart.join("templates").join(name), text)?;
    }
    Ok(())
}
