//! `.Capabilities` of templates: what the cluster can do, and which Helm this is.

mod object;
mod version;

use std::rc::Rc;

pub use version::KubeVersion;

use super::value::Value;
use object::CapabilitiesObject;

/// The Helm this engine renders like; templates see it in `.Capabilities.HelmVersion`.
pub const HELM_VERSION: &str = "v4.3.1";

/// The Go that Helm 4.3.1 is built with, which templates can see too.
const GO_VERSION: &str = "go1.26.8";

/// The Kubernetes client that Helm 4.3.1 is built with.
const KUBE_CLIENT_VERSION: &str = "v1.37";

/// What the cluster can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of the API server.
    pub kube_version: KubeVersion,
    /// What `.Capabilities.APIVersions.Has` finds: `apps/v1`, and in a cluster `apps/v1/Deployment` too.
    pub api_versions: Vec<String>,
}

impl Default for Capabilities {
    /// What `helm template` takes where it asks no cluster: the version and the APIs its client library knows.
    fn default() -> Self {
        Self {
            kube_version: KubeVersion::new(1, 37),
            api_versions: KNOWN_API_VERSIONS.iter().map(|version| (*version).to_owned()).collect(),
        }
    }
}

impl Capabilities {
    /// These capabilities as templates see them.
    pub fn to_value(&self) -> Value {
        Value::Object(Rc::new(CapabilitiesObject::new(self)))
    }
}

/// The API versions of Helm 4.3.1's client library (client-go 0.37), in its order; Helm 3.22.0 has the same.
const KNOWN_API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];
