use serde_json::Value;

/// Where objects keep the template of their pods, or are one.
const TEMPLATES: [&str; 3] = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];

/// Images of containers that are others in the new object, each with the new one behind an arrow. Containers that come or
/// go are told by the difference itself.
pub(super) fn changes(old: Option<&Value>, new: Option<&Value>) -> Vec<String> {
    let (Some(old), Some(new)) = (old, new) else { return vec![] };
    let before = images(old);
    let moved = images(new).into_iter().filter_map(|(name, image)| {
        let (_, old) = before.iter().find(|(known, _)| *known == name)?;
        (*old != image).then(|| format!("{old} -> {image}"))
    });
    let mut moved: Vec<String> = moved.collect();
    moved.dedup();
    moved
}

/// Name and image of every container.
fn images(object: &Value) -> Vec<(&str, &str)> {
    let Some(pod) = TEMPLATES.iter().find_map(|path| object.pointer(path).filter(|pod| pod["containers"].is_array()))
    else {
        return vec![];
    };
    let lists = ["initContainers", "containers"].into_iter().filter_map(|list| pod[list].as_array());
    lists.flatten().filter_map(|it| Some((it["name"].as_str()?, it["image"].as_str()?))).collect()
}
