//! Every image that the way to a version needs, for whoever has to mirror them first.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Method, Route};
use crate::{
    check::{Ground, Target},
    knowledge::{Knowledge, PartImage},
    milvus::{Image, MessageQueue},
    snapshot::{Node, Release},
};

/// An image, what needs it, and what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NeededImage {
    /// The reference.
    pub image: String,
    /// What needs it: `milvus`, `operator`, `etcd`.
    pub part: String,
    /// Whether a pod of the instance runs it now as its main container, so that a node has it.
    pub runs: bool,
    /// How many nodes have it, as far as they tell; nothing where they tell of no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<usize>,
    /// What is to be known: a floating tag, a registry that it moved away from, where the reference is from.
    pub notes: Vec<String>,
}

/// The images of the way to `target`, or of what runs where there is none; in the order of need, each once.
pub fn needed_images(ground: &Ground<'_>, target: Option<&Target>, route: Option<&Route>) -> Vec<NeededImage> {
    let mut list = List { ground, found: vec![] };
    list.milvus(target, route);
    match &ground.snapshot.release {
        Some(release) => list.of_release(release, route),
        None => list.of_operator(route),
    }
    list.found
}

struct List<'a> {
    ground: &'a Ground<'a>,
    found: Vec<NeededImage>,
}

impl List<'_> {
    fn add(&mut self, part: &str, image: &str, notes: Vec<String>) {
        if image.is_empty() || self.found.iter().any(|known| known.image == image) {
            return;
        }
        let pods = self.ground.snapshot.workload.pods();
        let runs = pods.iter().any(|pod| pod.image == image);
        let having = self.nodes_with(image);
        let known = self.of_reference(image);
        let notes = known.into_iter().chain(notes).collect();
        self.found.push(NeededImage { image: image.to_owned(), part: part.to_owned(), runs, nodes: having, notes });
    }

    /// How many nodes have it; nothing where none tells of any image.
    fn nodes_with(&self, image: &str) -> Option<usize> {
        let nodes = self.ground.snapshot.workload.nodes.known()?;
        let image = in_full(image);
        let has = |node: &&Node| node.images.iter().any(|name| in_full(name) == image);
        nodes.iter().any(|node| !node.images.is_empty()).then(|| nodes.iter().filter(has).count())
    }

    /// What the reference itself tells.
    fn of_reference(&self, reference: &str) -> Vec<String> {
        let Ok(image) = reference.parse::<Image>() else { return vec!["it is no image reference".to_owned()] };
        let floats = match (image.digest(), image.tag()) {
            (Some(_), _) => None,
            (None, None) => Some("without a tag it floats: name a version or a digest".to_owned()),
            (None, Some(tag)) => (tag == "latest" || tag.ends_with("-latest") || tag.starts_with("master"))
                .then(|| format!("the tag `{tag}` floats: name a version or a digest")),
        };
        let moved = self.ground.knowledge.moved(image.repository());
        let moved = moved.map(|moved| format!("moved to {}: {}", moved.into, moved.reason));
        floats.into_iter().chain(moved).collect()
    }

    /// Milvus itself, at every stop.
    fn milvus(&mut self, target: Option<&Target>, route: Option<&Route>) {
        let running = self.ground.snapshot.milvus.image();
        let moves = |method: &Method| matches!(method, Method::Image | Method::Chart { .. } | Method::Migration);
        let hops = route.into_iter().flat_map(|route| &route.hops).filter(|hop| moves(&hop.method));
        let stops: Vec<_> = hops.filter_map(|hop| hop.to.parse().ok()).collect();
        for stop in &stops {
            let is_last = target.is_some_and(|target| target.version == *stop);
            if let Some(running) = running.as_ref().filter(|_| !is_last) {
                let variant = running.version().and_then(|version| version.variant().map(str::to_owned));
                self.add("milvus", &running.at(&stop.with_variant(variant.as_deref())).to_string(), vec![]);
            }
        }
        let migrates = route.is_some_and(|route| route.hops.iter().any(|hop| hop.method == Method::Migration));
        if let Some(tool) = self.migration_tool(target).filter(|_| migrates) {
            self.add("meta-migration", &tool.to_string(), vec!["what rewrites the metadata; --tool-image".to_owned()]);
        }
        let last = target.map(|target| target.image.to_string()).or_else(|| running.map(|image| image.to_string()));
        self.add("milvus", &last.unwrap_or_default(), vec![]);
    }

    /// The program that a migration on the way needs.
    fn migration_tool(&self, target: Option<&Target>) -> Option<Image> {
        let target = target?;
        let row = self.ground.knowledge.migration(&self.ground.from()?, &target.version)?;
        Some(target.tool.clone().unwrap_or_else(|| row.tool.clone()))
    }

    fn of_operator(&mut self, route: Option<&Route>) {
        let spec = &self.ground.snapshot.milvus.spec;
        let components = spec.get("components").and_then(Value::as_object).cloned().unwrap_or_default();
        let text = |key: &str| components.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(operator) = self.ground.snapshot.operator() else { return };
        let mut version = operator.version.clone();
        let mut image = operator.image.clone();
        if let (Some(newer), Ok(running)) = (route.and_then(Route::operator), operator.image.parse::<Image>()) {
            image = format!("{}:v{newer}", running.repository());
            version = newer.parse().ok();
        }
        let note = "the operator, and the init container `config` of every pod".to_owned();
        self.add("operator", &image, vec![note]);
        for (part, key) in [("tool", "toolImage"), ("dummy", "dummyImage")] {
            self.add(part, &text(key), vec![format!("spec.components.{key}")]);
        }
        let release =
            version.and_then(|version| self.ground.knowledge.operators().iter().find(|it| it.version == version));
        if let Some(chart) = release.and_then(|release| release.chart.clone()) {
            self.dependencies(&chart);
        }
    }

    /// What the operator installs beside an instance: of each dependency that is not external.
    fn dependencies(&mut self, chart: &Version) {
        let milvus = &self.ground.snapshot.milvus;
        let dependencies = milvus.spec.get("dependencies").cloned().unwrap_or_default();
        let in_cluster =
            |section: &str| dependencies.pointer(&format!("/{section}/external")) != Some(&Value::Bool(true));
        let generation = dependencies.pointer("/pulsar/inCluster/chartVersion").and_then(Value::as_str);
        let pulsar = if generation == Some("pulsar-v3") { "pulsarv3" } else { "pulsar" };
        let queue = match milvus.message_queue() {
            Some(MessageQueue::Pulsar) if in_cluster("pulsar") => vec![("pulsar", pulsar)],
            Some(MessageQueue::Kafka) if in_cluster("kafka") => vec![("kafka", "kafka"), ("kafka", "kafka-zookeeper")],
            _ => vec![],
        };
        let stores = [("etcd", "etcd"), ("storage", "minio")].into_iter().filter(|(section, _)| in_cluster(section));
        let rows: Vec<PartImage> = self.ground.knowledge.part_images(chart).into_iter().cloned().collect();
        for (section, part) in stores.chain(queue) {
            let Some(row) = rows.iter().find(|row| row.part == part) else { continue };
            let own = |field: &str| {
                let pointer = format!("/{section}/inCluster/values/image/{field}");
                dependencies.pointer(&pointer).and_then(Value::as_str).map(str::to_owned)
            };
            let image = reference(row, own("repository"), own("tag"));
            self.add(part, &image, vec![format!("as chart {chart} has it, which the operator carries")]);
        }
    }

    fn of_release(&mut self, release: &Release, route: Option<&Route>) {
        let charts = route.into_iter().flat_map(|route| &route.hops).filter_map(|hop| match &hop.method {
            Method::Chart { chart } => Some(chart.clone()),
            _ => None,
        });
        let mut charts: Vec<Version> = charts.collect();
        if charts.is_empty() {
            charts.push(release.chart.clone());
        }
        charts.dedup();
        for chart in charts {
            let rows: Vec<PartImage> = self.ground.knowledge.part_images(&chart).into_iter().cloned().collect();
            for row in rows.iter().filter(|row| row.switch.as_ref().is_none_or(|switch| release.is_on(switch))) {
                let own = |field: &str| {
                    let key = format!("{}.{field}", row.values.as_deref().unwrap_or_default());
                    release.text(&key).filter(|_| release.is_given(&key)).map(str::to_owned)
                };
                let image = reference(row, own("repository"), own("tag"));
                let unread = self.unread(&chart);
                self.add(&row.part, &image, [format!("of chart {chart}")].into_iter().chain(unread).collect());
            }
        }
    }

    /// Where nobody has read the values of a chart, that is said.
    fn unread(&self, chart: &Version) -> Option<String> {
        let known: &Knowledge = self.ground.knowledge;
        let is_read = known.chart(chart).is_some_and(|row| row.milvus.is_some());
        let last = known.published_charts().rfind(|row| row.milvus.is_some() && row.version < *chart)?;
        (!is_read).then(|| format!("as {} has it, for the values of {chart} are not in the tables", last.version))
    }
}

/// The reference of a part, with what the user has set over it.
fn reference(row: &PartImage, repository: Option<String>, tag: Option<String>) -> String {
    let repository = repository.or_else(|| row.repository.clone()).unwrap_or_default();
    let tag = tag.or_else(|| row.tag.clone()).unwrap_or_default();
    if tag.is_empty() { repository } else { format!("{repository}:{tag}") }
}

/// A reference as container runtimes complete it: `milvusdb/milvus:v2.6.6` is `docker.io/milvusdb/milvus:v2.6.6`.
fn in_full(reference: &str) -> String {
    match reference.split_once('/') {
        None => format!("docker.io/library/{reference}"),
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => reference.to_owned(),
        Some(_) => format!("docker.io/{reference}"),
    }
}

/// The images of several instances, each once.
pub fn join_images(lists: impl IntoIterator<Item = Vec<NeededImage>>) -> Vec<NeededImage> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<NeededImage> = vec![];
    for image in lists.into_iter().flatten() {
        if let Some(place) = places.get(&image.image) {
            all[*place].runs |= image.runs;
        } else {
            places.insert(image.image.clone(), all.len());
            all.push(image);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NeededImage, join_images, needed_images};
    use crate::{
        check::{Ground, Target},
        knowledge::Knowledge,
        milvus::Image,
        plan::Route,
        snapshot::{
            Snapshot,
            sample::{self, healthy_cluster, release, run_image, set},
        },
    };

    fn images(snapshot: &Snapshot, to: &str) -> Vec<NeededImage> {
        let image: Image = snapshot.milvus.image().expect("an image");
        let version = to.parse().expect("a version");
        let image = image.at(&version);
        let target = Target::new(version, image);
        let ground = Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
        let route = Route::of(&ground, &target.version);
        needed_images(&ground, Some(&target), route.as_ref())
    }

    fn names(images: &[NeededImage]) -> Vec<&str> {
        images.iter().map(|image| image.image.as_str()).collect()
    }

    #[test]
    fn every_stop_and_the_newer_operator_are_needed() {
        let mut snapshot = healthy_cluster();
        run_image(&mut snapshot, "harbor.local/m/milvus:v2.3.5-gpu");
        let mut operator = sample::operator();
        operator.version = Some(semver::Version::new(1, 1, 9));
        operator.image = "harbor.local/m/milvus-operator:v1.1.9".into();
        snapshot.operators = crate::snapshot::Part::Known(vec![operator]);
        for section in ["etcd", "storage", "kafka"] {
            set(&mut snapshot.milvus.spec, &format!("/dependencies/{section}/external"), json!(true));
        }
        assert_eq!(
            names(&images(&snapshot, "2.6.22-gpu")),
            [
                "harbor.local/m/milvus:v2.5.27-gpu",
                "harbor.local/m/milvus:v2.6.22-gpu",
                "harbor.local/m/milvus-operator:v1.3.7"
            ]
        );
    }

    #[test]
    fn what_rewrites_metadata_is_an_image_too() {
        let snapshot = sample::before_2_2();
        let names = names(&images(&snapshot, "2.4.24")).join(" ");
        let wanted = "milvusdb/milvus:v2.2.16 milvusdb/meta-migration:v2.2.0-bugfix-20230112 milvusdb/milvus:v2.4.24";
        assert!(names.starts_with(wanted), "{names}");
        assert!(!images(&healthy_cluster(), "2.5.27").iter().any(|image| image.part == "meta-migration"));
    }

    #[test]
    fn what_nodes_have_is_told_where_they_tell_of_images_at_all() {
        let mut snapshot = healthy_cluster();
        let milvus = |snapshot: &Snapshot| {
            let found = images(snapshot, "2.5.27");
            found.into_iter().find(|image| image.part == "milvus").expect("Milvus").nodes
        };
        assert_eq!(milvus(&snapshot), None);
        let crate::snapshot::Part::Known(nodes) = &mut snapshot.workload.nodes else { panic!("samples have nodes") };
        nodes[0].images = vec!["docker.io/milvusdb/milvus:v2.5.22".into()];
        assert_eq!(milvus(&snapshot), Some(0));
        let crate::snapshot::Part::Known(nodes) = &mut snapshot.workload.nodes else { panic!("samples have nodes") };
        nodes[1].images = vec!["docker.io/milvusdb/milvus@sha256:1".into(), "docker.io/milvusdb/milvus:v2.5.27".into()];
        assert_eq!(milvus(&snapshot), Some(1));
        snapshot.workload.nodes = crate::snapshot::Part::Unknown("no right to list nodes".into());
        assert_eq!(milvus(&snapshot), None);
    }

    #[test]
    fn dependencies_in_the_cluster_come_as_the_operator_carries_them() {
        let mut snapshot = healthy_cluster();
        for section in ["etcd", "storage", "kafka"] {
            set(&mut snapshot.milvus.spec, &format!("/dependencies/{section}/external"), json!(false));
        }
        set(&mut snapshot.milvus.spec, "/dependencies/etcd/inCluster/values/image/tag", json!("latest"));
        let found = images(&snapshot, "2.6.22");
        let names = names(&found);
        assert!(names.contains(&"milvusdb/etcd:latest") && names.contains(&"bitnamilegacy/kafka:3.1.0"), "{names:?}");
        assert!(names.contains(&"minio/minio:RELEASE.2024-12-18T13-15-44Z"), "{names:?}");
        let etcd = found.iter().find(|image| image.part == "etcd").expect("etcd");
        assert!(etcd.notes[0].contains("floats"), "{etcd:?}");
    }

    #[test]
    fn a_release_needs_what_its_charts_start_and_its_values_name() {
        let mut snapshot = release(
            "4.2.58",
            &json!({"cluster.enabled": true, "image.all.tag": "v2.5.16", "mixCoordinator.enabled": true,
                "etcd.enabled": true, "kafka.enabled": true, "kafka.image.repository": "bitnami/kafka"}),
        );
        let seen = snapshot.release.as_mut().expect("a release");
        seen.given.push("kafka.image.repository".into());
        seen.settings.insert("image.all.repository".into(), json!("milvusdb/milvus"));
        let found = images(&snapshot, "2.6.22");
        let names = names(&found);
        assert!(names.contains(&"milvusdb/milvus:v2.6.22") && names.contains(&"milvusdb/etcd:3.5.25-r1"), "{names:?}");
        let kafka = found.iter().find(|image| image.part == "kafka").expect("kafka");
        assert!(kafka.image.starts_with("bitnami/kafka:") && kafka.notes[0].starts_with("moved to bitnamilegacy/"));
        assert!(!found.iter().any(|image| image.part == "pulsarv3" || image.part == "attu"), "{names:?}");
        assert!(found.iter().any(|image| image.notes.iter().any(|note| note.contains("5.0.22 are not in the tables"))));
        assert_eq!(join_images([found.clone(), found.clone()]), found);
    }
}
