//! Provisional.
use serde_json::Value;

use super::{error::Result, json, manifest::split, yaml};

#[derive(Clone, Debug)]
pub struct Resource {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub object: Value,
}

pub fn read(manifest: &str) -> Result<Vec<Resource>> {
    let mut all = vec![];
    for text in split(manifest) {
        let value = yaml::read(text)?;
        let object = json::to_json(&value);
        if object.is_null() {
            continue;
        }
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        all.push(Resource {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: object["metadata"]["namespace"].as_str().map(str::to_owned),
            name: text(&object["metadata"]["name"]),
            object,
        });
    }
    Ok(all)
}
pub fn is_kept(live: &Value) -> bool {
    live["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
}
