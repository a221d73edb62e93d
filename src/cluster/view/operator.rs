use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    cluster::bare,
    milvus::Image,
    snapshot::{Definition, Operator, Part},
};

/// An operator's Deployment: the container `manager`, its version and its arguments.
pub(in crate::cluster) fn operator(object: bare::Deployment) -> Option<Operator> {
    let pod = object.spec?.template.spec?;
    let manager = pod.containers.iter().find(|container| container.name == "manager").or(pod.containers.first())?;
    let image = manager.image.clone().unwrap_or_default();
    let arguments: Vec<&str> = manager.command.iter().chain(&manager.args).flatten().map(String::as_str).collect();
    Some(Operator {
        namespace: object.metadata.namespace.unwrap_or_default(),
        name: object.metadata.name.unwrap_or_default(),
        version: version_of(&image),
        image,
        ready: i64::from(object.status.and_then(|status| status.ready_replicas).unwrap_or_default()),
        watch_namespaces: list_of(&arguments, "watch-namespace"),
        stopped_reconcilers: list_of(&arguments, "stop-reconcilers").unwrap_or_default(),
        account: pod.service_account_name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned()),
        lacks: Part::default(),
    })
}

fn version_of(image: &str) -> Option<semver::Version> {
    let image: Image = image.parse().ok()?;
    let tag = image.tag().filter(|_| image.digest().is_none())?;
    semver::Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

/// The value of a Go flag (`-name=value`, `--name value`) as a list; `None` where it is missing or empty.
fn list_of(arguments: &[&str], name: &str) -> Option<Vec<String>> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else { continue };
        let value = match flag.split_once('=') {
            Some((found, value)) if found == name => value,
            None if flag == name => rest.next()?,
            _ => continue,
        };
        let list: Vec<String> =
            value.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        return (!list.is_empty()).then_some(list);
    }
    None
}

/// Just what is looked at of a definition; the whole is a quarter of a megabyte.
#[derive(Deserialize)]
pub(in crate::cluster) struct BareDefinition {
    spec: BareSpec,
    #[serde(default)]
    status: BareStatus,
}

#[derive(Deserialize)]
struct BareSpec {
    #[serde(default)]
    conversion: BareConversion,
    versions: Vec<BareVersion>,
}

#[derive(Default, Deserialize)]
struct BareConversion {
    #[serde(default)]
    strategy: String,
    #[serde(default)]
    webhook: Option<BareWebhook>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BareWebhook {
    client_config: Option<bare::ClientConfig>,
}

#[derive(Deserialize)]
struct BareVersion {
    name: String,
    served: bool,
    #[serde(default)]
    schema: BareSchema,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BareSchema {
    #[serde(rename = "openAPIV3Schema")]
    root: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BareStatus {
    stored_versions: Vec<String>,
}

impl From<BareDefinition> for Definition {
    fn from(bare: BareDefinition) -> Self {
        let fields = |version: &BareVersion| {
            let components =
                version.schema.root.get("properties")?.pointer("/spec/properties/components/properties")?;
            Some(components.as_object()?.keys().cloned().collect())
        };
        let v1beta1 = bare.spec.versions.iter().find(|version| version.name == "v1beta1");
        Self {
            component_fields: v1beta1.and_then(fields).unwrap_or_default(),
            served: bare
                .spec
                .versions
                .iter()
                .filter(|version| version.served)
                .map(|version| version.name.clone())
                .collect(),
            stored: bare.status.stored_versions,
            converter: converter(bare.spec.conversion.webhook),
            conversion: bare.spec.conversion.strategy,
        }
    }
}

fn converter(webhook: Option<BareWebhook>) -> Option<(String, String)> {
    let service = webhook?.client_config?.service?;
    Some((service.namespace, service.name))
}

#[cfg(test)]
mod tests {
    use super::list_of;

    #[test]
    fn flags_of_the_operator_are_read_in_every_writing() {
        let list = |words: &[&str]| list_of(words, "watch-namespace");
        assert_eq!(list(&["--watch-namespace=a,b"]), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(list(&["-watch-namespace", "a"]), Some(vec!["a".to_owned()]));
        assert_eq!(list(&["--leader-elect", "--watch-namespace="]), None);
        assert_eq!(list(&["--watch-namespaces=a"]), None);
    }
}
