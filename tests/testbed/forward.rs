//! Where forwarded ports of fake pods lead: to a program on this machine.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::client::Client;
use super::namespace::Namespace;
use super::{sure, wait};

const DEFINITION: &str = include_str!("manifest/port-forward.yaml");
const FORWARDS: &str = "/apis/kwok.x-k8s.io/v1alpha1/clusterportforwards";
/// The port that clients of Milvus use.
const MILVUS_PORT: u16 = 19530;

/// Lets kwok be told: before kwok starts, which looks for the definition then.
pub(crate) fn define(client: &Client) -> Result<()> {
    let definition: Value = serde_saphyr::from_str(DEFINITION)?;
    client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition)?;
    wait::until(Duration::from_secs(30), "the definition of forwarded ports", || {
        Ok(if client.get(FORWARDS).is_ok() {
            wait::Look::Done(())
        } else {
            wait::Look::NotYet("not served".to_owned())
        })
    })
}

impl Namespace<'_> {
    /// From now on the port of Milvus of every pod here leads to this port on loopback. To be called before the pods are
    /// there: kwok takes a moment to learn it.
    pub(crate) fn forward_milvus_to(&self, port: u16) {
        let forward = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "ClusterPortForward",
            "metadata": { "name": self.name() },
            "spec": {
                "selector": { "matchNamespaces": [self.name()] },
                "forwards": [{ "ports": [MILVUS_PORT], "target": { "address": "127.0.0.1", "port": port } }],
            },
        });
        sure(self.testbed.client().create(FORWARDS, &forward));
    }
}
