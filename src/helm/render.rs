//! A chart and values in, a manifest, hooks and notes out: what `helm template`, `install` and `upgrade` of Helm 4.3.1 do
//! before they ask a cluster for anything but `lookup`.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    capability::Capabilities,
    chart::{Chart, Definition, Kind},
    constraint,
    error::{Error, Result},
    function,
    manifest::{self, Document, Hook, NOTES, Order},
    scope::{self, Surroundings, Template, is_partial},
    template::engine::{Engine, World, parse_order},
    value::{Map, MapKind, Value},
    values::{self, Warnings, schema},
};

/// What a release is rendered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `.Release.IsInstall`.
    Install,
    /// `.Release.IsUpgrade`.
    Upgrade,
}

/// `.Release` of templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The namespace it is installed in.
    pub namespace: String,
    /// How often it was installed or changed, this time counted.
    pub revision: i64,
    /// What it is rendered for.
    pub purpose: Purpose,
}

/// What became of a chart.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The chart with its dependencies processed, as a release record keeps it.
    pub chart: Chart,
    /// Custom resource definitions, which are no part of the manifest.
    pub definitions: Vec<Definition>,
    /// The objects of the release, in the order in which they are installed.
    pub documents: Vec<Document>,
    /// The hooks, in that order too.
    pub hooks: Vec<Hook>,
    /// What `NOTES.txt` of the chart itself says.
    pub notes: String,
    /// What Helm would say on its standard error.
    pub warnings: Warnings,
}

/// What of a rendered chart is wanted as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Custom resource definitions too (`--include-crds`).
    pub definitions: bool,
    /// No hooks at all (`--no-hooks`).
    pub without_hooks: bool,
    /// No hooks that are tests (`--skip-tests`).
    pub without_tests: bool,
}

/// Renders a chart with the user's values, which are laid over the chart's.
pub fn render(
    chart: &Chart,
    values: &Map,
    release: &Release,
    capabilities: &Capabilities,
    world: &mut dyn World,
) -> Result<Rendered> {
    Parsed::new(chart, values, release, capabilities)?.render(world)
}

/// A chart whose dependencies are processed, whose values are put together and whose templates are parsed. Charts that
/// are not enabled are gone: nothing of theirs is parsed.
#[derive(Debug)]
pub struct Parsed {
    /// The chart as it is rendered.
    pub chart: Chart,
    /// What Helm would say on its standard error.
    pub warnings: Warnings,
    templates: BTreeMap<String, Template>,
    engine: Engine,
}

impl Parsed {
    /// Makes a chart ready with the user's values, which are laid over the chart's.
    pub fn new(chart: &Chart, values: &Map, release: &Release, capabilities: &Capabilities) -> Result<Self> {
        release.check_name()?;
        check_installable(chart)?;
        let mut warnings = vec![];
        if chart.metadata.deprecated {
            warnings.push("this chart is deprecated".to_owned());
        }
        let mut chart = chart.clone();
        values::process(&mut chart, values, &mut warnings)
            .map_err(|error| error.during("chart dependencies processing failed"))?;
        let values = values::coalesce(&chart, values, &mut warnings)?;
        schema::validate(&chart, &values)?;
        check_cluster(&chart, capabilities)?;
        warnings.sort();
        warnings.dedup();

        let surroundings = Surroundings { release: release.to_map(), capabilities: capabilities.to_value() };
        let templates = scope::templates(&chart, &values, &surroundings);
        let mut engine = Engine::new(&function::all());
        engine.parse_all(templates.iter().map(|(path, template)| (path.as_str(), Rc::clone(&template.text))))?;
        Ok(Self { chart, warnings, templates, engine })
    }

    /// Renders the chart: its files, sorted into documents and hooks.
    pub fn render(&self, world: &mut dyn World) -> Result<Rendered> {
        let mut files = self.execute(world)?;
        let notes = files.remove(&format!("{}/templates/{NOTES}", self.chart.name())).unwrap_or_default();
        files.retain(|path, _| !path.ends_with(NOTES));
        let (documents, hooks) = manifest::sort(&files, Order::Install)?;
        let warnings = self.warnings.clone();
        Ok(Rendered {
            definitions: self.chart.definitions(),
            documents,
            hooks,
            notes,
            warnings,
            chart: self.chart.clone(),
        })
    }

    /// Renders all files that are more than named templates, in Helm's order: what one does to values, later ones see.
    pub fn execute(&self, world: &mut dyn World) -> Result<BTreeMap<String, String>> {
        let mut paths: Vec<_> = self.templates.keys().filter(|path| !is_partial(path)).collect();
        paths.sort_by(|one, other| parse_order(one, other));
        let mut files = BTreeMap::new();
        for path in paths {
            let template = &self.templates[path];
            let own = Map::of_kind(MapKind::Values, BTreeMap::new());
            own.set("Name", path.as_str());
            own.set("BasePath", &*template.folder);
            template.scope.set("Template", own);
            let text = self.engine.render(path, Value::Map(template.scope.clone()), world)?;
            files.insert(path.clone(), text);
        }
        Ok(files)
    }
}

fn check_installable(chart: &Chart) -> Result<()> {
    if chart.metadata.kind() == Kind::Library {
        return Err(Error::new("library charts are not installable"));
    }
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!("found in Chart.yaml, but missing in charts/ directory: {}", missing.join(", "))).during(
        "an error occurred while checking for chart dependencies. \
         You may need to run 'helm dependency build' to fetch missing dependencies",
    ))
}

fn check_cluster(chart: &Chart, capabilities: &Capabilities) -> Result<()> {
    let (wanted, there) = (&chart.metadata.kube_version, &capabilities.kube_version);
    if wanted.is_empty() || constraint::matches(wanted, there.plain()).unwrap_or(false) {
        return Ok(());
    }
    Err(Error::new(format!("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {there}")))
}

impl Release {
    /// Helm's rule: a DNS name of at most 53 bytes, so that charts can add to it.
    fn check_name(&self) -> Result<()> {
        let wrong = |why: &str| Err(Error::new(why).during(format!("release name {:?}", self.name)));
        if self.name.is_empty() {
            return wrong("no name provided");
        }
        let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_label = |label: &str| {
            !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(is_inner)
        };
        if self.name.len() > 53 || !self.name.split('.').all(is_label) {
            return wrong(
                "invalid release name, must match regex \
                 ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
                 and the length must not be longer than 53",
            );
        }
        Ok(())
    }

    fn to_map(&self) -> Map {
        let map = Map::new();
        map.set("Name", self.name.as_str());
        map.set("Namespace", self.namespace.as_str());
        map.set("IsUpgrade", self.purpose == Purpose::Upgrade);
        map.set("IsInstall", self.purpose == Purpose::Install);
        map.set("Revision", Value::Int(self.revision));
        map.set("Service", "Helm");
        map
    }
}

impl Rendered {
    /// The manifest as a release record keeps it: without hooks and custom resource definitions.
    pub fn manifest(&self) -> String {
        manifest::text(&[], &self.documents)
    }

    /// The same as Helm 3 keeps it: without space around each document.
    pub fn trimmed_manifest(&self) -> String {
        self.documents.iter().map(|document| manifest::with_source(&document.path, document.text.trim())).collect()
    }

    /// What `helm template` prints.
    pub fn template(&self, selection: Selection) -> String {
        let definitions = if selection.definitions { self.definitions.as_slice() } else { &[] };
        let mut text = manifest::text(definitions, &self.documents).trim().to_owned();
        text.push('\n');
        let is_wanted = |hook: &&Hook| !(selection.without_hooks || selection.without_tests && hook.is_test());
        for hook in self.hooks.iter().filter(is_wanted) {
            text.push_str(&manifest::with_source(&hook.path, &hook.manifest));
        }
        text
    }
}
