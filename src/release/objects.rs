//! The objects of a release as they are in the cluster: looked at once, and followed until all are ready.

use std::{collections::BTreeMap, pin::Pin};

use futures::{Stream, StreamExt, future::join_all, stream::SelectAll};

use crate::{
    cluster::{Cluster, Follow, Kind, Kinds, Sighting},
    helm::readiness::is_judged,
    plan::claims,
    rollout::Sight,
    snapshot::{Part, Release, ReleaseObject, Unready},
};

/// Kinds whose pods say why they are not ready.
const WORKLOADS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];
/// A kind of which a cluster has many large ones, so that each is looked at by its name.
const DEFINITION: &str = "CustomResourceDefinition";

/// Objects that are looked at together.
#[derive(Clone, Debug)]
struct Place {
    kind: Kind,
    /// As the manifest calls the kind.
    name: String,
    /// Empty where the kind has none.
    namespace: String,
    /// The one that is meant, where it is not all of them.
    one: Option<String>,
}

/// Puts objects that live in namespaces and say none into that of the release, and says which are served.
fn settle(objects: &mut [ReleaseObject], kinds: &Kinds, namespace: &str) {
    for object in objects {
        let kind = kinds.find(&object.api_version, &object.kind);
        object.served = Some(kind.is_some());
        if object.namespace.is_empty() && kind.is_some_and(Kind::is_namespaced) {
            namespace.clone_into(&mut object.namespace);
        }
    }
}

/// Where to look for what can be more than there or not, and for the pods of it.
fn places(objects: &[ReleaseObject], kinds: &Kinds) -> Vec<Place> {
    let mut places: Vec<Place> = vec![];
    for object in objects.iter().filter(|it| is_judged(&it.api_version, &it.kind)) {
        let Some(own) = kinds.find(&object.api_version, &object.kind).cloned() else { continue };
        let pods = WORKLOADS.contains(&object.kind.as_str()).then(|| (Kind::core("Pod", "pods"), "Pod"));
        for (kind, name) in std::iter::once((own, object.kind.as_str())).chain(pods) {
            let one = (name == DEFINITION).then(|| object.name.clone());
            let is_same = |it: &Place| (&*it.name, &it.namespace, &it.one) == (name, &object.namespace, &one);
            if !places.iter().any(is_same) {
                places.push(Place { kind, name: name.to_owned(), namespace: object.namespace.clone(), one });
            }
        }
    }
    places
}

/// Fills in what the cluster says of the objects of a release: one request for each kind, all at once.
pub async fn look_at_objects(cluster: &Cluster, release: &mut Release, namespace: &str) {
    let Part::Known(objects) = &mut release.objects else { return };
    release.unready = look_at(cluster, objects, namespace).await;
}

/// Which of `objects` are not ready, and what the cluster says of each: one request for each kind, all at once.
pub async fn look_at(cluster: &Cluster, objects: &mut [ReleaseObject], namespace: &str) -> Part<Vec<Unready>> {
    let kinds = match cluster.kinds().await {
        Ok(kinds) => kinds,
        Err(failure) => return Part::Unknown(failure.to_string()),
    };
    settle(objects, &kinds, namespace);
    let places = places(objects, &kinds);
    let looks = places.iter().map(|place| async {
        let namespace = Some(place.namespace.as_str()).filter(|it| !it.is_empty());
        cluster.look_up(&place.kind, namespace, place.one.as_deref()).await
    });
    let mut sight = Sight::default();
    for (place, look) in places.iter().zip(join_all(looks).await) {
        match look {
            Ok(found) => {
                take(&mut sight, place, found.unwrap_or_default());
                sight.complete(&place.name, &place.namespace);
            }
            Err(refusal) => sight.forbid(&place.name, &place.namespace, refusal.to_string()),
        }
    }
    for object in objects.iter_mut().filter(|object| !object.claims.is_empty()) {
        object.live_claims = sight.object(&object.kind, &object.namespace, &object.name).map(claims);
    }
    Part::Known(sight.unready(objects))
}

/// Takes over a list, or one object.
fn take(sight: &mut Sight, place: &Place, mut found: serde_json::Value) {
    match found["items"].take() {
        serde_json::Value::Array(items) => {
            for mut item in items {
                // Items of lists do not say what they are.
                item["apiVersion"] = place.kind.api_version().into();
                item["kind"] = place.name.clone().into();
                sight.put(&place.name, &place.namespace, item);
            }
        }
        _ if found["metadata"].is_object() => sight.put(&place.name, &place.namespace, found),
        _ => {}
    }
}

/// What is seen at a place, by its number.
type Placed = Pin<Box<dyn Stream<Item = (usize, Sighting)>>>;

/// The objects of a release, followed.
pub struct Followed {
    wanted: Vec<ReleaseObject>,
    places: Vec<Place>,
    sight: Sight,
    stream: SelectAll<Placed>,
    trouble: BTreeMap<usize, String>,
}

impl Followed {
    /// Begins to follow everything that a release says is there.
    pub fn new(cluster: &Cluster, kinds: &Kinds, objects: &[ReleaseObject], namespace: &str) -> Self {
        let mut wanted = objects.to_vec();
        settle(&mut wanted, kinds, namespace);
        let places = places(&wanted, kinds);
        let mut stream: SelectAll<Placed> = SelectAll::new();
        for (at, place) in places.iter().enumerate() {
            let what = place.one.as_deref().map_or(Follow::All, Follow::Name);
            stream.push(Box::pin(
                cluster.follow(&place.kind, &place.namespace, what).map(move |sighting| (at, sighting)),
            ));
        }
        Self { wanted, places, sight: Sight::default(), stream, trouble: BTreeMap::new() }
    }

    /// Those that are not ready now.
    pub fn unready(&self) -> Vec<Unready> {
        self.sight.unready(&self.wanted)
    }

    /// Whether all of them were looked at.
    pub fn is_whole(&self) -> bool {
        let mut many = self.places.iter().filter(|place| place.one.is_none());
        many.all(|place| self.sight.is_whole(&place.name, &place.namespace))
    }

    /// Watches that are broken, and kinds that nobody may watch.
    pub fn trouble(&self) -> impl Iterator<Item = &str> {
        self.trouble.values().map(String::as_str)
    }

    /// The same where nothing may be followed: then nothing ever changes.
    pub async fn changed_of(followed: &mut Option<Self>) {
        match followed {
            Some(followed) => followed.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Waits until something changes, and takes it over.
    pub async fn changed(&mut self) {
        let Some((at, sighting)) = self.stream.next().await else { return std::future::pending().await };
        let Place { name, namespace, one, .. } = &self.places[at];
        match sighting {
            Sighting::Trouble(reason) => {
                self.sight.begin_again(name, namespace);
                self.trouble.insert(at, reason);
                return;
            }
            Sighting::Forbidden(reason) => {
                self.sight.forbid(name, namespace, reason.clone());
                self.trouble.insert(at, reason);
                return;
            }
            Sighting::Seen(object) => self.sight.put(name, namespace, *object),
            Sighting::Gone(gone) => self.sight.remove(name, namespace, &gone),
            // Of one alone others of its kind were not seen.
            Sighting::Whole if one.is_some() => {}
            Sighting::Whole => self.sight.complete(name, namespace),
        }
        self.trouble.remove(&at);
    }
}
