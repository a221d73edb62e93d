//! Where forwarded ports of fake pods lead: to a program on this machine.

use serde_json::json;

use super::namespace::Namespace;
use super::sure;

const FORWARDS: &str = "/apis/kwok.x-k8s.io/v1alpha1/clusterportforwards";
/// The port that clients of Milvus use, and that of health, metrics and what operators ask.
const MILVUS_PORTS: [u16; 2] = [19530, 9091];

impl Namespace<'_> {
    /// From now on the ports of Milvus of every pod here lead to this port on loopback. To be called before the pods are
    /// there: kwok takes a moment to learn it.
    pub(crate) fn forward_milvus_to(&self, port: u16) {
        let forward = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "ClusterPortForward",
            "metadata": { "name": self.name() },
            "spec": {
                "selector": { "matchNamespaces": [self.name()] },
                "forwards": [{ "ports": MILVUS_PORTS, "target": { "address": "127.0.0.1", "port": port } }],
            },
        });
        sure(self.testbed.client().create(FORWARDS, &forward));
    }
}
