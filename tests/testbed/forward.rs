//! Where forwarded ports of fake pods lead: to a program on this machine.

use serde_json::json;

use super::namespace::Namespace;
use super::sure;

const FORWARDS: &str = "/apis/kwok.x-k8s.io/v1alpha1/clusterportforwards";
/// The port that clients of Milvus use.
const MILVUS_PORT: u16 = 19530;

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
