//! `check -f FILE` where the file is one of values: what giving it to the chart would do to a release, or make of none.

use serde_json::Value as Json;

use super::{
    charts,
    judged::{Judged, target_of},
    look::Look,
    observe::observe,
    run::releases,
    target::{Subject, resolve, sole_release},
};
use crate::{
    check::{Direction, ValuesFile, values_report},
    cli::{CheckArgs, HelmArgs},
    cluster::Cluster,
    failure::Failure,
    helm::{
        chart::Chart,
        json,
        record::{Driver, Form, Record, StoredChart},
        value::{Map, Value},
        values::{self, Misfit, Mold, Reuse, Why, merge_maps},
        yaml,
    },
    knowledge::{Knowledge, SUBCHARTS},
    milvus::Image,
    output::Printer,
    plan::{Cause, Difference, ValueChange, Values, value_changes, values_changes},
    release::{Storage, Wanted, look_at_objects, release_from, release_of},
    snapshot::{Release, Snapshot},
};

/// Files of values, laid over each other.
pub(super) struct Given {
    names: Vec<String>,
    values: Map,
}

/// Where the values are to go.
pub(super) enum Place {
    /// Into a release of this cluster.
    Live(Cluster, Subject),
    /// Into one that was kept in a file.
    Kept(Box<Snapshot>),
    /// Into a release that is still to be made.
    Nowhere,
}

/// What is there before.
#[derive(Default)]
struct Before {
    snapshot: Option<Snapshot>,
    /// The record that an upgrade begins from, with the cluster that it is of.
    base: Option<(Cluster, Record)>,
}

/// What the values make.
struct Becoming {
    after: Release,
    /// All values before and after, where there is a release before.
    values: Option<(Values, Values)>,
    /// What becomes of each object, where that was rendered.
    difference: Option<Difference>,
}

impl Given {
    /// The values among the documents of files, in their order; nothing where there are none.
    pub(super) fn read(files: &[(String, String)]) -> Result<Option<Self>, Failure> {
        let mut given = Self { names: vec![], values: Map::new() };
        for (name, text) in files {
            let failed = |error| Failure::failed(format!("`{name}` is no file of values: {error}"));
            for document in values::documents(text).map_err(failed)? {
                let Value::Map(map) = yaml::read(&document).map_err(failed)? else { continue };
                if is_values(&json::to_json(&Value::Map(map.clone()))) {
                    given.values = merge_maps(&given.values, &map);
                    given.names.extend((!given.names.contains(name)).then(|| name.clone()));
                }
            }
        }
        Ok((!given.names.is_empty()).then_some(given))
    }

    fn name(&self) -> String {
        self.names.join(", ")
    }
}

/// Whether a document is one of values: a Kubernetes object says what it is.
pub(super) fn is_values(document: &Json) -> bool {
    let fields = document.as_object().filter(|fields| !fields.is_empty());
    fields.is_some_and(|fields| !fields.contains_key("apiVersion") && !fields.contains_key("kind"))
}

/// Where the values go: into the release that was named, else into the only one of the namespace.
pub(super) async fn place(args: &CheckArgs, cluster: &Cluster, knowledge: &Knowledge) -> Result<Place, Failure> {
    let subject = match args.targets.as_slice() {
        [] => sole_release(cluster, knowledge).await?,
        [one] => Some(resolve(cluster, Some(one), knowledge).await?),
        _ => return Err(Failure::usage("values go into one release, and several are named")),
    };
    let Some(subject) = subject else { return Ok(Place::Nowhere) };
    if !subject.is_release || subject.operator.is_some() {
        let problem = format!("values are for a release of the chart milvus, and `{}` is none", subject.name);
        return Err(Failure::usage(problem).hint("say which:  release/NAME"));
    }
    Ok(Place::Live(cluster.clone(), subject))
}

/// Judges what the values would do.
pub(super) async fn judge(
    args: &CheckArgs,
    given: &Given,
    place: Place,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Judged, Failure> {
    let Before { snapshot, base } = Before::look(args, place, knowledge).await?;
    let before = snapshot.as_ref().and_then(|snapshot| snapshot.release.as_ref());
    let record = base.as_ref().map(|(_, record)| record);
    let loaded = load(args, given, before, record, knowledge, printer).await?;
    let mold = match (&loaded, record) {
        (Some(chart), _) => StoredChart::new(chart, Form::Four),
        (None, Some(record)) => record.chart.clone(),
        (None, None) => return Err(Failure::failed("there is no chart to judge values by")),
    };
    let misfits = misfits(&mold, given);
    let is_usable = !misfits.iter().any(|misfit| matches!(misfit.why, Why::Kind { .. }));
    let keys = knowledge.chart_settings();
    let Becoming { mut after, values, difference } = match (&base, &loaded) {
        (Some((cluster, record)), Some(chart)) if is_usable => {
            rendered(cluster, record, chart, given, &args.helm, &keys).await?
        }
        _ => {
            // What a chart cannot use keeps it from being put together with the charts in it.
            let chart = match loaded.as_ref().filter(|_| is_usable) {
                Some(chart) => processed(chart, given)?,
                None => mold,
            };
            laid_over(&chart, given, record, before, &keys)?
        }
    };
    if !after.is_given("standalone.messageQueue") {
        after.kept_queue = before.and_then(|before| before.kept_queue.clone());
    }
    let values = values.map(|(before, after)| value_changes(&before, &after)).unwrap_or_default();
    let forgotten = values.iter().filter(|value| value.cause == Cause::Forgotten);
    let target = target_of(args, snapshot.as_ref(), &after, knowledge)?;
    let file = ValuesFile {
        name: &given.name(),
        given: Some(&json::to_json(&Value::Map(given.values.clone()))),
        after: &after,
        misfits: &misfits,
        forgotten: &forgotten.map(ValueChange::line).collect::<Vec<_>>(),
    };
    let report = values_report(&file, snapshot.as_ref(), target.as_ref(), knowledge);
    let changes = values_changes(before, &after, &values, knowledge);
    let look = snapshot.map(|snapshot| Look::of_file(snapshot, target.clone(), report.clone()));
    Ok(Judged { look, target, report, changes, difference })
}

impl Before {
    async fn look(args: &CheckArgs, place: Place, knowledge: &Knowledge) -> Result<Self, Failure> {
        let (cluster, subject) = match place {
            Place::Live(cluster, subject) => (cluster, subject),
            Place::Kept(snapshot) => return Ok(Self { snapshot: Some(*snapshot), base: None }),
            Place::Nowhere => return Ok(Self::default()),
        };
        let driver = Driver::read(&args.helm.helm_driver).map_err(Failure::usage)?;
        let snapshot = observe(&cluster, &subject, &args.helm, knowledge, Direction::Forward).await?;
        let record = Storage::new(&cluster, driver, cluster.namespace()).base(&subject.name).await?;
        Ok(Self { snapshot: Some(snapshot), base: Some((cluster, record)) })
    }
}

/// What `helm upgrade -f` would make, with what becomes of each object.
async fn rendered(
    cluster: &Cluster,
    record: &Record,
    chart: &Chart,
    given: &Given,
    helm: &HelmArgs,
    keys: &[&str],
) -> Result<Becoming, Failure> {
    let kinds = cluster.kinds().await?;
    let releases = releases(cluster, &kinds, helm)?;
    let wanted = Wanted { chart, values: &given.values, reuse: Reuse::Automatic };
    let prepared = releases.prepare_upgrade(&record.name, wanted).await;
    let prepared = prepared.map_err(|failure| failure.context("cannot tell what `helm upgrade` would do"))?;
    let mut after = release_of(&prepared.next, keys)?;
    Box::pin(look_at_objects(cluster, &mut after, cluster.namespace())).await;
    let before = of_chart(&record.chart, &record.config)?;
    Ok(Becoming {
        after,
        values: Some((before, of_chart(&prepared.next.chart, &prepared.next.config)?)),
        difference: Some(releases.difference(&prepared)?),
    })
}

/// What a chart makes of the values alone; nothing is rendered.
fn laid_over(
    chart: &StoredChart,
    given: &Given,
    record: Option<&Record>,
    before: Option<&Release>,
    keys: &[&str],
) -> Result<Becoming, Failure> {
    let config = json::to_object(&given.values);
    let after = release_from(chart, &config, keys)?;
    let values = match (record, before) {
        (Some(record), _) => Some((of_chart(&record.chart, &record.config)?, of_chart(chart, &config)?)),
        (None, Some(before)) => Some((Values::of(before), Values::of(&after))),
        (None, None) => None,
    };
    Ok(Becoming { after, values, difference: None })
}

/// The chart that was named. Where none was, the release's own is known from its record; where there is no record, the
/// chart for the version that the values name.
async fn load(
    args: &CheckArgs,
    given: &Given,
    before: Option<&Release>,
    base: Option<&Record>,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Option<Chart>, Failure> {
    let request = args.source.request();
    let is_named = args.chart.is_some() || request.version.is_some() || request.repository.is_some();
    if !is_named && base.is_some() {
        return Ok(None);
    }
    let recommended = || {
        let tag = json::to_json(&Value::Map(given.values.clone()));
        let image = tag.pointer("/image/all/tag").and_then(Json::as_str).map(|tag| format!("milvus:{tag}"));
        let version = image.and_then(|image| image.parse::<Image>().ok()?.version());
        let chart = version.and_then(|version| knowledge.chart_for(version.line()));
        chart.or_else(|| knowledge.published_charts().next_back()).map(|chart| chart.version.to_string())
    };
    let version = request.version.or_else(|| before.map(|before| before.chart.to_string())).or_else(recommended);
    charts::milvus(&args.source, args.chart.as_deref(), version, printer).await.map(Some)
}

fn misfits(chart: &StoredChart, given: &Given) -> Vec<Misfit> {
    let (defaults, templates) = (chart.values(), chart.templates());
    Mold { defaults: &defaults, templates: &templates, apart: &SUBCHARTS }.misfits(&given.values)
}

/// The chart as a record would keep it with these values.
fn processed(chart: &Chart, given: &Given) -> Result<StoredChart, Failure> {
    let mut chart = chart.clone();
    values::process(&mut chart, &given.values, &mut vec![]).map_err(Failure::failed)?;
    Ok(StoredChart::new(&chart, Form::Four))
}

/// The user's values, and the same over the defaults of the chart.
fn of_chart(chart: &StoredChart, config: &serde_json::Map<String, Json>) -> Result<Values, Failure> {
    let given = json::from_object(config);
    let effective = values::coalesce(&chart.without_charts(), &given, &mut vec![]).map_err(Failure::failed)?;
    Ok(Values { given: Json::Object(config.clone()), effective: json::to_json(&Value::Map(effective)) })
}
