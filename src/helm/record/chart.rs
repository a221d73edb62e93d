//! The chart in a record: all of it but the charts in it, which Helm does not keep.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

use super::{
    Form, Object,
    fields::{Built, Fields},
};
use crate::helm::{
    chart::{Chart, Dependency, File, Lock, Maintainer, Metadata},
    error::Result,
    json,
    value::Map,
};

/// Go's time for none, which is written where a field cannot be left out.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// The chart of a record, as it stands there: a rollback takes it over as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredChart {
    object: Object,
    metadata: Object,
    values: Object,
}

impl StoredChart {
    /// Takes a chart from a record; its metadata and values have to be objects.
    pub(super) fn read(object: Object) -> Result<Self> {
        let inner = |name: &str| match object.get(name) {
            None => Ok(Object::new()),
            Some(found) => Fields::of(found.clone(), format!("chart.{name}")).map(Fields::rest),
        };
        let (metadata, values) = (inner("metadata")?, inner("values")?);
        Ok(Self { object, metadata, values })
    }

    /// What a record keeps of a chart whose dependencies were processed: only those that are enabled are named, under
    /// their aliases, and the values are those that they were coalesced and imported into.
    pub fn new(chart: &Chart, form: Form) -> Self {
        let (metadata, values) = (metadata(&chart.metadata), json::to_object(&chart.values));
        let mut built = Built::default();
        built.always("metadata", metadata.clone());
        built.always("lock", chart.lock.as_ref().map_or(Json::Null, lock));
        built.always("templates", files(&chart.templates, form));
        built.always("values", values.clone());
        built.always("schema", chart.schema.as_ref().map_or(Json::Null, |schema| STANDARD.encode(&schema.data).into()));
        if form == Form::Four {
            let time = chart.schema.as_ref().and_then(|schema| schema.modified);
            built.always("schemamodtime", time.map_or_else(|| NO_TIME.to_owned(), |time| time.to_string()));
        }
        built.always("files", files(&chart.files, form));
        if let (Form::Four, Some(time)) = (form, chart.modified) {
            built.always("modtime", time.to_string());
        }
        Self { object: built.0, metadata, values }
    }

    /// The fields of `chart`.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The fields of `Chart.yaml`.
    pub fn metadata(&self) -> &Object {
        &self.metadata
    }

    /// The chart's name.
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// The chart's version.
    pub fn version(&self) -> &str {
        self.text("version")
    }

    /// The version of what it runs.
    pub fn app_version(&self) -> &str {
        self.text("appVersion")
    }

    /// The chart's own values, as they were when it was rendered.
    pub fn values(&self) -> Map {
        json::from_object(&self.values)
    }

    /// The texts of its templates; what is no text is left out.
    pub fn templates(&self) -> Vec<String> {
        let files = self.object.get("templates").and_then(Json::as_array).into_iter().flatten();
        files.filter_map(|file| String::from_utf8(STANDARD.decode(file["data"].as_str()?).ok()?).ok()).collect()
    }

    /// The file of this name, of templates and others.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        let lists = ["templates", "files"].into_iter().filter_map(|list| self.object.get(list)?.as_array());
        let file = lists.flatten().find(|file| file["name"] == name)?;
        STANDARD.decode(file["data"].as_str()?).ok()
    }

    /// A chart of this name and these values, which is all that values are laid over: Helm has the same of a record.
    pub fn without_charts(&self) -> Chart {
        let metadata = Metadata { name: self.name().to_owned(), ..Metadata::default() };
        Chart { metadata, values: self.values(), ..Chart::default() }
    }

    fn text(&self, name: &str) -> &str {
        self.metadata.get(name).and_then(Json::as_str).unwrap_or_default()
    }
}

/// Null where there is none, as Go writes a list that nothing was put into. Helm 4 keeps when each was last changed.
fn files(files: &[File], form: Form) -> Json {
    let file = |file: &File| {
        let mut json = json!({ "name": json::to_text(&file.name), "data": STANDARD.encode(&file.data) });
        if let (Form::Four, Some(time)) = (form, file.modified) {
            json["modtime"] = time.to_string().into();
        }
        json
    };
    if files.is_empty() { Json::Null } else { files.iter().map(file).collect() }
}

fn metadata(metadata: &Metadata) -> Object {
    let mut built = Built::default();
    built.unless_empty("name", metadata.name.as_str());
    built.unless_empty("home", metadata.home.as_str());
    built.unless_empty("sources", metadata.sources.clone());
    built.unless_empty("version", metadata.version.as_str());
    built.unless_empty("description", metadata.description.as_str());
    built.unless_empty("keywords", metadata.keywords.clone());
    built.unless_empty("maintainers", metadata.maintainers.iter().map(maintainer).collect::<Vec<_>>());
    built.unless_empty("icon", metadata.icon.as_str());
    built.unless_empty("apiVersion", metadata.api_version.as_str());
    built.unless_empty("condition", metadata.condition.as_str());
    built.unless_empty("tags", metadata.tags.as_str());
    built.unless_empty("appVersion", metadata.app_version.as_str());
    built.unless_empty("deprecated", metadata.deprecated);
    let annotations = metadata.annotations.iter().flatten();
    let annotations = annotations.map(|(name, text)| (name.to_string(), text.as_str().into()));
    built.unless_empty("annotations", annotations.collect::<Object>());
    built.unless_empty("kubeVersion", metadata.kube_version.as_str());
    let dependencies = metadata.dependencies.iter().flatten().map(dependency);
    built.unless_empty("dependencies", dependencies.collect::<Vec<_>>());
    built.unless_empty("type", metadata.kind.as_str());
    built.0
}

fn maintainer(maintainer: &Maintainer) -> Json {
    let mut built = Built::default();
    built.unless_empty("name", maintainer.name.as_str());
    built.unless_empty("email", maintainer.email.as_str());
    built.unless_empty("url", maintainer.url.as_str());
    Json::Object(built.0)
}

fn dependency(dependency: &Dependency) -> Json {
    let mut built = Built::default();
    built.always("name", dependency.name.as_str());
    built.unless_empty("version", dependency.version.as_str());
    built.always("repository", dependency.repository.as_str());
    built.unless_empty("condition", dependency.condition.as_str());
    built.unless_empty("tags", dependency.tags.clone());
    built.unless_empty("enabled", dependency.enabled);
    built.unless_empty("import-values", dependency.import_values.iter().map(json::to_json).collect::<Vec<_>>());
    built.unless_empty("alias", dependency.alias.as_str());
    Json::Object(built.0)
}

fn lock(lock: &Lock) -> Json {
    let generated = if lock.generated.is_empty() { NO_TIME.to_owned() } else { without_zeros(&lock.generated) };
    let dependencies: Vec<Json> = lock.dependencies.iter().map(dependency).collect();
    json!({
        "generated": generated,
        "digest": lock.digest,
        "dependencies": if dependencies.is_empty() { Json::Null } else { dependencies.into() },
    })
}

/// A time as Go writes it again: without zeros at the end of the seconds.
fn without_zeros(time: &str) -> String {
    let Some((seconds, behind)) = time.split_once('.') else { return time.to_owned() };
    let (fraction, zone) = behind.split_at(behind.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(behind.len()));
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}{zone}"),
        fraction => format!("{seconds}.{fraction}{zone}"),
    }
}
