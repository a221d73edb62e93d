use super::Order;
use crate::{
    knowledge::Knowledge,
    milvus::Component,
    snapshot::{Deployment, Instance, Resource},
};

/// An instance in one line, from the resource and its Deployments.
pub fn summary(milvus: &Resource, deployments: &[Deployment], knowledge: &Knowledge) -> Instance {
    let (current, wanted) = (milvus.current_version(), milvus.wanted_version());
    let target = wanted.filter(|wanted| current.as_ref() != Some(wanted));
    Instance {
        namespace: milvus.namespace.clone(),
        reference: milvus.reference(),
        manager: "operator".to_owned(),
        mode: milvus.mode(),
        version: current.map(|version| version.to_string()),
        target: target.map(|version| version.to_string()),
        state: state(milvus, deployments, knowledge),
        created: milvus.created,
        image: milvus.image().map(|image| image.to_string()),
    }
}

fn state(milvus: &Resource, deployments: &[Deployment], knowledge: &Knowledge) -> String {
    let updated = milvus.condition("MilvusUpdated").is_none_or(|condition| condition.is_true());
    let moved = milvus.current_image().is_none_or(|current| Some(current) == milvus.image());
    let observed = milvus.observed_generation() >= milvus.generation;
    if milvus.deleted.is_some() || milvus.health().is_empty() || (updated && moved && observed) {
        let word = milvus.health().to_ascii_lowercase();
        return if word.is_empty() { "not seen by an operator".to_owned() } else { word };
    }
    let Some(wanted) = milvus.image() else { return "rolling".to_owned() };
    let order = Order::asked(milvus, knowledge);
    let active = deployments.iter().filter(|deployment| !deployment.is_idle());
    let mut components: Vec<Component> = active.map(|deployment| deployment.component).collect();
    components.sort_by_key(|component| order.as_ref().map(|order| order.rank(*component)));
    components.dedup();
    let image = wanted.to_string();
    let is_done = |component: &Component| {
        let mut own =
            deployments.iter().filter(|deployment| deployment.component == *component && !deployment.is_idle());
        own.all(|deployment| deployment.image == image && deployment.is_complete())
    };
    match components.iter().position(|component| !is_done(component)) {
        Some(place) => format!("rolling: {} ({} of {})", components[place], place + 1, components.len()),
        None => "rolling".to_owned(),
    }
}
