//! Objects of the API with nothing but the fields that are looked at.
//!
//! Most of what a list of pods holds is templates of volumes and probes, and who wrote which field when. To read over it
//! takes a fraction of the time and memory that it takes to keep it, and a program that knows none of it is smaller.

mod metadata;
mod surrounding;
mod workload;

use jiff::Timestamp;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde::Deserialize;
use serde_json::Value;

use surrounding::{AutoscalerSpec, BudgetSpec, BudgetStatus, ConfigFiles, Endpoint, QuotaSpec, QuotaStatus};
pub(super) use surrounding::{ClientConfig, WebhookEntry, WebhookRule};
use workload::{
    ClaimSpec, ClaimStatus, JobSpec, JobStatus, NodeSpec, NodeStatus, Reference, ReplicaSetSpec, StatefulSetSpec,
    StatefulSetStatus, VolumeSpec,
};
pub(super) use workload::{
    Condition, Container, ContainerState, ContainerStatus, DeploymentSpec, DeploymentStatus, PodSpec, PodStatus, Volume,
};

/// A kind of object: where it is served, how its metadata are read, and which fields are kept.
macro_rules! kind {
    ($name:ident, $scope:ty, $place:literal / $version:literal / $plural:literal, $metadata:literal,
     { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            #[serde(deserialize_with = $metadata)]
            pub(super) metadata: ObjectMeta,
            $(pub(super) $field: $type,)*
        }

        impl kube::Resource for $name {
            type DynamicType = ();
            type Scope = $scope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                stringify!($name).into()
            }

            fn group((): &()) -> std::borrow::Cow<'_, str> {
                $place.into()
            }

            fn version((): &()) -> std::borrow::Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        }
    };
}

// Always v1beta1: a request for v1alpha1 needs a conversion webhook that mostly does not run.
kind!(Milvus, NamespaceResourceScope, "milvus.io" / "v1beta1" / "milvuses", "metadata::with_managers", {
    spec: Value,
    status: Value,
});
kind!(Pod, NamespaceResourceScope, "" / "v1" / "pods", "metadata::alone", {
    spec: Option<PodSpec>,
    status: Option<PodStatus>,
});
kind!(Deployment, NamespaceResourceScope, "apps" / "v1" / "deployments", "metadata::with_managers", {
    spec: Option<DeploymentSpec>,
    status: Option<DeploymentStatus>,
});
kind!(ReplicaSet, NamespaceResourceScope, "apps" / "v1" / "replicasets", "metadata::alone", {
    spec: Option<ReplicaSetSpec>,
});
kind!(StatefulSet, NamespaceResourceScope, "apps" / "v1" / "statefulsets", "metadata::alone", {
    spec: Option<StatefulSetSpec>,
    status: Option<StatefulSetStatus>,
});
kind!(Job, NamespaceResourceScope, "batch" / "v1" / "jobs", "metadata::alone", {
    spec: Option<JobSpec>,
    status: Option<JobStatus>,
});
kind!(PersistentVolumeClaim, NamespaceResourceScope, "" / "v1" / "persistentvolumeclaims", "metadata::alone", {
    spec: Option<ClaimSpec>,
    status: Option<ClaimStatus>,
});
kind!(PersistentVolume, ClusterResourceScope, "" / "v1" / "persistentvolumes", "metadata::alone", {
    spec: Option<VolumeSpec>,
});
kind!(Event, NamespaceResourceScope, "" / "v1" / "events", "metadata::alone", {
    involved_object: Option<Reference>,
    reason: Option<String>,
    message: Option<String>,
    last_timestamp: Option<Timestamp>,
});
kind!(Node, ClusterResourceScope, "" / "v1" / "nodes", "metadata::alone", {
    spec: Option<NodeSpec>,
    status: Option<NodeStatus>,
});

kind!(Namespace, ClusterResourceScope, "" / "v1" / "namespaces", "metadata::alone", {});
kind!(ConfigMap, NamespaceResourceScope, "" / "v1" / "configmaps", "metadata::alone", {
    data: Option<ConfigFiles>,
});
kind!(Secret, NamespaceResourceScope, "" / "v1" / "secrets", "metadata::alone", {});
kind!(StorageClass, ClusterResourceScope, "storage.k8s.io" / "v1" / "storageclasses", "metadata::alone", {});
kind!(HorizontalPodAutoscaler, NamespaceResourceScope, "autoscaling" / "v2" / "horizontalpodautoscalers", "metadata::alone", {
    spec: Option<AutoscalerSpec>,
});
kind!(PodDisruptionBudget, NamespaceResourceScope, "policy" / "v1" / "poddisruptionbudgets", "metadata::alone", {
    spec: Option<BudgetSpec>,
    status: Option<BudgetStatus>,
});
kind!(ResourceQuota, NamespaceResourceScope, "" / "v1" / "resourcequotas", "metadata::alone", {
    spec: Option<QuotaSpec>,
    status: Option<QuotaStatus>,
});
kind!(EndpointSlice, NamespaceResourceScope, "discovery.k8s.io" / "v1" / "endpointslices", "metadata::alone", {
    endpoints: Option<Vec<Endpoint>>,
});
kind!(ValidatingWebhookConfiguration, ClusterResourceScope,
    "admissionregistration.k8s.io" / "v1" / "validatingwebhookconfigurations", "metadata::alone", {
    webhooks: Option<Vec<WebhookEntry>>,
});
kind!(MutatingWebhookConfiguration, ClusterResourceScope,
    "admissionregistration.k8s.io" / "v1" / "mutatingwebhookconfigurations", "metadata::alone", {
    webhooks: Option<Vec<WebhookEntry>>,
});

impl kube::api::Log for Pod {}
impl kube::api::Portforward for Pod {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Deployment, Milvus, Pod};

    #[test]
    fn what_nobody_looks_at_may_look_like_anything() {
        let pod: Pod = serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "finalizers": 7, "managedFields": [{"fieldsV1": []}],
                "creationTimestamp": "2026-11-21T10:00:00Z", "labels": null},
            "spec": {"containers": [{"name": "c", "image": "d:e", "livenessProbe": 3}], "tolerations": "?"},
            "status": {"phase": "Running", "conditions": null, "containerStatuses": [{"name": "c", "restartCount": 2,
                "state": {"terminated": {"exitCode": 132, "signal": []}}}]},
        }))
        .expect("a pod");
        let (spec, status) = (pod.spec.expect("a spec"), pod.status.expect("a status"));
        assert_eq!(spec.containers[0].image.as_deref(), Some("d:e"));
        let ended = status.container_statuses.expect("one").remove(0).state.expect("a state").terminated;
        assert_eq!(ended.expect("an end").exit_code, 132);
        assert_eq!(pod.metadata.namespace.as_deref(), Some("b"));
        assert!(pod.metadata.labels.is_none() && pod.metadata.creation_timestamp.is_some());
    }

    #[test]
    fn of_who_wrote_what_only_the_image_is_kept() {
        let managers = |fields: serde_json::Value| json!({"metadata": {"name": "a", "managedFields": [{"manager": "m", "operation": "Apply", "fieldsV1": fields}]}});
        let kept = |metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
            let fields = metadata.managed_fields.expect("managers").remove(0).fields_v1;
            fields.map(|fields| fields.0.to_string())
        };
        let container = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"proxy\"}": {".": {},
            "f:image": {}, "f:args": {}}}}}, "f:replicas": {}}});
        let deployment: Deployment = serde_json::from_value(managers(container)).expect("a Deployment");
        let path = r#"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"":{"f:image":{}}}}}}}"#;
        assert_eq!(kept(deployment.metadata).as_deref(), Some(path));
        let resource = json!({"f:spec": {"f:components": {"f:image": {}, "f:proxy": {"f:replicas": {}}}}});
        let milvus: Milvus = serde_json::from_value(managers(resource)).expect("a Milvus");
        assert_eq!(kept(milvus.metadata).as_deref(), Some(r#"{"f:spec":{"f:components":{"f:image":{}}}}"#));
        let other: Milvus = serde_json::from_value(managers(json!({"f:status": {}}))).expect("a Milvus");
        assert_eq!(kept(other.metadata), None);
    }
}
