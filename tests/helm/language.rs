//! The constructs of the language, asked of all three: the templates of `language.json` and `template.json`, those that
//! Helm renders in one chart, those with definitions of their own and those that Helm refuses one by one.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;

use crate::{
    case::difference,
    corpus::templates,
    function::lay_out,
    program::{Answer, Programs, Renderer},
};

/// Of the templates that Helm refuses, each how manyth is run: each is a run of three programs.
const STEP: usize = 12;

/// Of these, each how manyth trial it is, so that they can be run side by side.
const PARTS: usize = 4;

/// A template with its partials.
#[derive(Clone)]
struct Template {
    text: String,
    partials: String,
    is_refused: bool,
}

/// What one file of vectors holds.
struct Vectors {
    name: &'static str,
    values: String,
    templates: Vec<Template>,
}

/// A few tests for each file of vectors.
pub(crate) fn trials(programs: &'static Programs) -> Result<Vec<Trial>> {
    let mut trials = vec![];
    for (name, text) in
        [("language", include_str!("vectors/language.json")), ("template", include_str!("vectors/template.json"))]
    {
        let vectors: &'static Vectors = Box::leak(Box::new(read(name, text)?));
        let mut trial = |what: String, check: Box<dyn Fn() -> Result<()> + Send>| {
            trials.push(Trial::test(format!("live_{name}::{what}"), move || {
                check().map_err(|error| Failed::from(format!("{error:#}")))
            }));
        };
        trial("together".to_owned(), Box::new(|| vectors.together(programs)));
        for part in 0..PARTS {
            trial(format!("alone_{part}"), Box::new(move || vectors.alone(programs, part)));
            trial(format!("refused_{part}"), Box::new(move || vectors.refused(programs, part)));
        }
    }
    Ok(trials)
}

fn read(name: &'static str, text: &str) -> Result<Vectors> {
    let json: Json = serde_json::from_str(text)?;
    let template = |case: &Json| -> Result<Template> {
        Ok(Template {
            text: case["template"].as_str().context("a case has a template")?.to_owned(),
            partials: case["helpers"].as_str().unwrap_or_default().to_owned(),
            is_refused: case.get("error").is_some(),
        })
    };
    Ok(Vectors {
        name,
        values: json["values"].as_str().context("there are values")?.to_owned(),
        templates: json["cases"].as_array().context("there are cases")?.iter().map(template).collect::<Result<_>>()?,
    })
}

impl Template {
    /// Whether it can share a chart with others: what it defines, they would see.
    fn is_alone(&self) -> bool {
        !self.partials.is_empty() || ["define", "block"].iter().any(|word| self.text.contains(word))
    }

    /// The template as a partial, and a template that prints what it gives on one line, whatever that is.
    fn files(&self, number: usize) -> [(String, String); 2] {
        let printed = format!("text: {{{{ include \"c/templates/_case-{number}.tpl\" . | printf \"%q\" }}}}\n");
        [(format!("_case-{number}.tpl"), self.text.clone()), (format!("case-{number}.yaml"), printed)]
    }

    /// The files of a chart with nothing else in it.
    fn chart(&self) -> Vec<(String, String)> {
        let mut files = vec![("_helpers.tpl".to_owned(), self.partials.clone())];
        files.extend(self.files(0));
        files
    }
}

impl Vectors {
    fn lay_out(&self, folder: &Path, templates: &[(String, String)]) -> Result<()> {
        lay_out(folder, templates)?;
        let chart = folder.join("c");
        fs::write(chart.join("values.yaml"), &self.values)?;
        fs::create_dir_all(chart.join("files"))?;
        fs::write(chart.join("files/hello.txt"), "hello file\n")?;
        fs::write(chart.join("templates/other.yaml"), "other: {{ .Values.name }}\n")?;
        Ok(())
    }

    fn together(&self, programs: &Programs) -> Result<()> {
        let cases = self.templates.iter().enumerate().filter(|(_, case)| !case.is_refused && !case.is_alone());
        let cases: Vec<_> = cases.collect();
        let files: Vec<_> = cases.iter().flat_map(|(number, case)| case.files(*number)).collect();
        let [helm4, helm3, ours] = self.asked(programs, &files)?;
        let (helm4, helm3, ours) = (printed("Helm 4", &helm4)?, printed("Helm 3", &helm3)?, printed("we", &ours)?);
        let mut faults = vec![];
        for (number, case) in cases {
            let path = format!("c/templates/case-{number}.yaml");
            let ours = ours.get(&path).with_context(|| format!("`{}` gives nothing", case.text))?;
            for (name, theirs) in [("Helm 4", &helm4), ("Helm 3", &helm3)] {
                let theirs = theirs.get(&path).with_context(|| format!("`{}` gives nothing to {name}", case.text))?;
                if theirs != ours {
                    faults.push(format!("{name}: `{}`: {}", case.text, difference(theirs, ours)));
                }
            }
        }
        ensure!(faults.is_empty(), "{}: {} differ\n{}", self.name, faults.len(), faults.join("\n"));
        Ok(())
    }

    fn alone(&self, programs: &Programs, part: usize) -> Result<()> {
        let cases = self.templates.iter().filter(|case| !case.is_refused && case.is_alone());
        for case in cases.skip(part).step_by(PARTS) {
            let [helm4, helm3, ours] = self.asked(programs, &case.chart())?;
            let (helm4, helm3, ours) = (printed("Helm 4", &helm4)?, printed("Helm 3", &helm3)?, printed("we", &ours)?);
            ensure!(ours == helm4 && ours == helm3, "`{}` gives {ours:?}, and not {helm4:?} or {helm3:?}", case.text);
        }
        Ok(())
    }

    fn refused(&self, programs: &Programs, part: usize) -> Result<()> {
        let cases = self.templates.iter().filter(|case| case.is_refused).step_by(STEP);
        for case in cases.skip(part).step_by(PARTS) {
            let [helm4, helm3, ours] = self.asked(programs, &case.chart())?;
            for (name, answer) in [("Helm 4", helm4), ("Helm 3", helm3), ("our engine", ours)] {
                ensure!(!answer.is_success, "{name} does not refuse `{}`", case.text);
            }
        }
        Ok(())
    }

    /// The answers of Helm 4, Helm 3 and us to these templates in a chart of their own.
    fn asked(&self, programs: &Programs, files: &[(String, String)]) -> Result<[Answer; 3]> {
        let folder = tempfile::tempdir()?;
        self.lay_out(folder.path(), files)?;
        let render = |renderer| programs.render(renderer, folder.path(), "c", &[] as &[&str]);
        Ok([render(Renderer::Helm4)?, render(Renderer::Helm3)?, render(Renderer::Ours)?])
    }
}

/// What each template printed, without the empty lines behind it, which Helm 3 writes otherwise.
fn printed(name: &str, answer: &Answer) -> Result<BTreeMap<String, String>> {
    ensure!(answer.is_success, "refused by {name}: {}", answer.stderr.trim());
    Ok(templates(&answer.stdout).into_iter().map(|(path, text)| (path, text.trim().to_owned())).collect())
}
