//! Rendering against a live cluster.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::{
    cluster::{Cluster, Kinds},
    failure::Failure,
    helm::{
        chart::Chart,
        error::{Error, Result as HelmResult},
        json,
        render::{Release, Rendered, render},
        template::engine::World,
        value::{Map, Value},
    },
};

/// How often a chart is rendered at most, each time with what the time before asked for. Lookups that depend on lookups
/// need one more each; charts have one or two.
const PASSES: usize = 16;

/// What a template looks up: API version, kind, namespace, name. Empty means all.
type Wanted = (String, String, String, String);

/// What was found: the object, nothing, or why it cannot be told.
type Found = Result<Option<Json>, String>;

/// Renders a chart for a release that is on a cluster.
///
/// Templates are executed without waiting, so what they look up is noted, fetched all at once, and the chart rendered
/// again, until nothing new is asked for. A lookup that fails for another reason than that the object is not there fails
/// the render: what a chart makes of less than the truth can change a data store (helm.md §7, trap 1).
pub async fn render_live(
    cluster: &Cluster,
    kinds: &Kinds,
    chart: &Chart,
    values: &Map,
    release: &Release,
) -> Result<Rendered, Failure> {
    let mut found = BTreeMap::new();
    let now = Timestamp::now().as_nanosecond();
    for _ in 0..PASSES {
        let mut world = Live { found: &found, wanted: BTreeSet::new(), now, fault: None };
        // What one pass does to values the next must not see.
        let Value::Map(own) = Value::Map(values.clone()).deep_copy() else { break };
        let rendered = render(chart, &own, release, &kinds.capabilities, &mut world);
        let Live { wanted, fault, .. } = world;
        if let Some(error) = fault {
            return Err(Failure::failed(format!("the system gives no randomness: {error}")));
        }
        if wanted.is_empty() {
            return rendered.map_err(Failure::failed);
        }
        let answers = futures::future::join_all(wanted.into_iter().map(|wanted| look_up(cluster, kinds, wanted))).await;
        found.extend(answers);
    }
    Err(Failure::failed(format!(
        "the templates of chart `{}` look up more and more objects without an end",
        chart.name()
    )))
}

async fn look_up(cluster: &Cluster, kinds: &Kinds, wanted: Wanted) -> (Wanted, Found) {
    let (api_version, kind, namespace, name) = &wanted;
    let found = match kinds.find(api_version, kind) {
        None => Err(format!("the cluster has no kind {kind} in {api_version}")),
        Some(kind) => {
            let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
            let name = Some(name.as_str()).filter(|name| !name.is_empty());
            cluster.look_up(kind, namespace, name).await.map_err(|refusal| refusal.to_string())
        }
    };
    (wanted, found)
}

/// The world of one pass.
struct Live<'a> {
    found: &'a BTreeMap<Wanted, Found>,
    wanted: BTreeSet<Wanted>,
    now: i128,
    /// Why there was no randomness; what was made without it is not to be used.
    fault: Option<getrandom::Error>,
}

impl World for Live<'_> {
    fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> HelmResult<Value> {
        let wanted = (api_version.to_owned(), kind.to_owned(), namespace.to_owned(), name.to_owned());
        match self.found.get(&wanted) {
            Some(Ok(Some(object))) => Ok(json::from_live(object)),
            Some(Ok(None)) => Ok(Map::new().into()),
            Some(Err(reason)) => Err(Error::new(reason.clone())),
            None => {
                self.wanted.insert(wanted);
                Ok(Map::new().into())
            }
        }
    }

    fn now(&self) -> i128 {
        self.now
    }

    fn random(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            self.fault = Some(error);
        }
    }
}
