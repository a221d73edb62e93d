//! Provisional.
use super::error::{Error, Result};
use serde_json::{Value, json};
pub fn mark(object: &mut Value, name: &str, namespace: &str) {
    if !object["metadata"]["labels"].is_object() {
        object["metadata"]["labels"] = json!({});
    }
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
    object["metadata"]["annotations"]["meta.helm.sh/release-name"] = name.into();
    object["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = namespace.into();
}
pub fn check(live: &Value, name: &str, _namespace: &str) -> Result<()> {
    if live["metadata"]["annotations"]["meta.helm.sh/release-name"] == name {
        Ok(())
    } else {
        Err(Error::new("missing"))
    }
}
