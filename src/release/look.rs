use std::collections::BTreeMap;

use semver::Version;
use serde_json::Value as Json;

use super::Storage;
use crate::{
    failure::Failure,
    helm::{
        history::History,
        json,
        record::{Head, Object, Record, Status, StoredChart},
        resource,
        value::{Map, Value},
        values,
    },
    plan::{etcd_place, etcd_settings, release_places, seen, user_config},
    snapshot::{Part, Release, ReleaseObject, Schema},
};

/// The chart of the operator.
pub(super) const OPERATOR_CHART: &str = "milvus-operator";

/// The values that a release of the operator is looked at for.
const OPERATOR_KEYS: [&str; 4] = ["image.repository", "image.tag", "installCRDs", "enableWebhook"];

impl Storage<'_> {
    /// What the newest record says of a release of the chart milvus; `keys` names the values to look at.
    ///
    /// # Errors
    ///
    /// Where there is no such release, and where it is of another chart.
    pub async fn look(&self, name: &str, keys: &[&str]) -> Result<Release, Failure> {
        let history = History::new(self.heads(name).await?);
        let Some(head) = history.last() else {
            return Err(Failure::failed(format!("no release `{name}` in namespace `{}`", self.namespace()))
                .hint("`kubectl milvus get -A` lists what there is"));
        };
        let record = self.record(name, head.version).await?;
        if record.chart.name() == OPERATOR_CHART {
            let problem = format!("release `{name}` is the Milvus operator, not an instance of Milvus");
            return Err(Failure::usage(problem).hint(format!("say `operator/{name}`")));
        }
        release_of(&record, keys)
    }

    /// The same for whoever changes it. After a revision that failed, or died half-way, Helm starts from the values of the
    /// one before; what the failed one was to become is not there, and would look as if nothing were left to decide.
    ///
    /// # Errors
    ///
    /// As [`Storage::look`].
    pub async fn look_to_change(&self, name: &str, keys: &[&str]) -> Result<Release, Failure> {
        let newest = self.look(name, keys).await?;
        if newest.is_whole() || newest.is_pending() {
            return Ok(newest);
        }
        let history = History::new(self.heads(name).await?);
        let Some(base) = history.deployed().filter(|base| base.version != newest.revision) else { return Ok(newest) };
        let base = release_of(&self.record(name, base.version).await?, keys)?;
        let Release { revision, status, updated, objects, .. } = newest;
        Ok(Release { revision, status, updated, objects, ..base })
    }

    /// The record of the revision that an upgrade begins from: the last one that was whole.
    ///
    /// # Errors
    ///
    /// Where there is no such release.
    pub async fn base(&self, name: &str) -> Result<Record, Failure> {
        let history = History::new(self.heads(name).await?);
        let Some(head) = history.last() else {
            return Err(Failure::failed(format!("no release `{name}` in namespace `{}`", self.namespace())));
        };
        let last = self.record(name, head.version).await?;
        let base = history.base(&last).map_err(Failure::failed)?;
        if base == last.version { Ok(last) } else { self.record(name, base).await }
    }

    /// What the newest record says of a release of the operator, and the definitions that it brings; `None` where there
    /// is no record of that name.
    ///
    /// # Errors
    ///
    /// Where it is of another chart.
    pub async fn look_at_operator(&self, name: &str) -> Result<Option<(Release, Vec<Schema>)>, Failure> {
        let history = History::new(self.heads(name).await?);
        let Some(head) = history.last() else { return Ok(None) };
        let record = self.record(name, head.version).await?;
        let chart = record.chart.name();
        if chart != OPERATOR_CHART {
            return Err(Failure::failed(format!(
                "release `{name}` is of the chart `{chart}`, not of `{OPERATOR_CHART}`"
            )));
        }
        Ok(Some((release_of(&record, &[])?, definitions_of(&record)?)))
    }

    /// The same with the revisions before it that were whole once, newest first: where a way back may lead.
    ///
    /// # Errors
    ///
    /// As [`Storage::look`]; earlier revisions of another chart are left out.
    pub async fn look_back(&self, name: &str, keys: &[&str]) -> Result<Release, Failure> {
        let mut release = self.look_to_change(name, keys).await?;
        let heads = History::new(self.heads(name).await?);
        let was_whole = |head: &&Head| {
            head.version < release.revision && matches!(head.status, Status::Superseded | Status::Deployed)
        };
        let records = heads.heads().iter().filter(was_whole).map(|head| self.record(name, head.version));
        for record in futures::future::try_join_all(records).await? {
            release.earlier.extend(release_of(&record, keys).ok());
        }
        release.earlier.sort_by_key(|earlier| std::cmp::Reverse(earlier.revision));
        Ok(release)
    }
}

/// A record, of the chart milvus or of the operator's, in the words of the domain; `keys` names the values of the first.
pub fn release_of(record: &Record, keys: &[&str]) -> Result<Release, Failure> {
    let (name, chart) = (&record.name, &record.chart);
    if chart.name() != "milvus" && chart.name() != OPERATOR_CHART {
        let problem = format!("release `{name}` is of the chart `{}`, not of `milvus`", chart.name());
        return Err(Failure::failed(problem).hint("`kubectl milvus get -A` lists the releases of Milvus"));
    }
    let bodies = bodies(record);
    Ok(Release {
        revision: record.version,
        status: record.info.status.to_string(),
        updated: record.info.last_deployed.as_ref().map(crate::helm::record::Time::timestamp),
        etcd: etcd_place(&bodies),
        places: release_places(&bodies, &record.namespace),
        objects: objects(record),
        ..release_from(chart, &record.config, keys)?
    })
}

/// What a chart makes of the user's values, before anything is rendered: no revision yet, and no objects.
pub fn release_from(chart: &StoredChart, config: &Object, keys: &[&str]) -> Result<Release, Failure> {
    let is_operator = chart.name() == OPERATOR_CHART;
    let keys = if is_operator { &OPERATOR_KEYS } else { keys };
    let version: Version = chart
        .version()
        .parse()
        .map_err(|error| Failure::failed(format!("`{}`, the chart's version, is none: {error}", chart.version())))?;
    let config = json::from_object(config);
    let values = values::coalesce(&chart.without_charts(), &config, &mut vec![]).map_err(Failure::failed)?;
    let mut settings: BTreeMap<String, Json> =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), json::to_json(&at(&values, key)?)))).collect();
    let tag = if is_operator { "image.tag" } else { "image.all.tag" };
    if settings.get(tag).is_none_or(|tag| *tag == "") && !chart.app_version().is_empty() {
        // What the chart's templates do where no tag is set.
        let version = chart.app_version();
        let text = if is_operator { version.to_owned() } else { format!("v{}", version.trim_start_matches('v')) };
        settings.insert(tag.to_owned(), text.into());
    }
    let given = keys.iter().filter(|key| at(&config, key).is_some()).map(|key| (*key).to_owned()).collect();
    Ok(Release {
        revision: 0,
        status: Status::Deployed.to_string(),
        chart: version,
        updated: None,
        settings,
        given,
        config: user_config(
            json::to_json(&Value::Map(values))["extraConfigFiles"]["user.yaml"].as_str().unwrap_or_default(),
        ),
        earlier: vec![],
        kept_queue: None,
        etcd: None,
        places: vec![],
        objects: Part::default(),
        unready: Part::default(),
        repositories: Part::default(),
    })
}

/// What the configuration of a release says of etcd, with its passwords; `None` where the release has none of its own.
pub fn etcd_settings_of(record: &Record) -> Option<Json> {
    etcd_settings(&bodies(record))
}

/// The objects of its manifest, whole.
fn bodies(record: &Record) -> Vec<Json> {
    let objects = resource::read(&record.manifest).unwrap_or_default();
    objects.into_iter().map(|object| object.object).collect()
}

/// The definitions that a record brings.
pub fn definitions_of(record: &Record) -> Result<Vec<Schema>, Failure> {
    let objects = resource::read(&record.manifest).map_err(Failure::failed)?;
    let definitions = objects.iter().filter(|object| object.kind == "CustomResourceDefinition");
    Ok(definitions.map(|object| Schema::of(&object.object)).collect())
}

/// The objects of its manifest.
fn objects(record: &Record) -> Part<Vec<ReleaseObject>> {
    resource::read(&record.manifest).map(|resources| resources.into_iter().map(seen).collect()).into()
}

/// The value at a path of keys with dots between them.
fn at(values: &Map, path: &str) -> Option<Value> {
    match path.split_once('.') {
        None => values.get(path),
        Some((first, rest)) => match values.get(first)? {
            Value::Map(inner) => at(&inner, rest),
            _ => None,
        },
    }
}
