//! Specs and states of what lies around.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::{Deserialize, de::IgnoredAny};

use super::workload::{Amounts, Reference, fields, or_default};

fields! {
    AutoscalerSpec {
        scale_target_ref: Reference,
        min_replicas: Option<i32>,
        max_replicas: i32,
    }
    BudgetSpec {
        selector: Option<LabelSelector>,
    }
    BudgetStatus {
        disruptions_allowed: i32,
        current_healthy: i32,
        desired_healthy: i32,
        expected_pods: i32,
    }
    QuotaSpec {
        hard: Option<Amounts>,
        scopes: Option<Vec<String>>,
        scope_selector: Option<IgnoredAny>,
    }
    QuotaStatus {
        hard: Option<Amounts>,
        used: Option<Amounts>,
    }
    /// The configuration of Milvus, where a `ConfigMap` has it.
    ConfigFiles {
        #[serde(rename = "default.yaml")]
        default: Option<String>,
        #[serde(rename = "user.yaml")]
        user: Option<String>,
    }
    /// A webhook of either kind.
    WebhookEntry {
        name: String,
        failure_policy: Option<String>,
        client_config: ClientConfig,
        #[serde(deserialize_with = "or_default")]
        rules: Vec<WebhookRule>,
        #[serde(deserialize_with = "or_default")]
        namespace_selector: LabelSelector,
        #[serde(deserialize_with = "or_default")]
        object_selector: LabelSelector,
        match_conditions: Option<Vec<IgnoredAny>>,
    }
    ClientConfig {
        service: Option<ServiceReference>,
    }
    ServiceReference {
        namespace: String,
        name: String,
    }
    WebhookRule {
        api_groups: Option<Vec<String>>,
        resources: Option<Vec<String>>,
        operations: Option<Vec<String>>,
        scope: Option<String>,
    }
    Endpoint {
        #[serde(deserialize_with = "or_default")]
        conditions: EndpointConditions,
    }
    EndpointConditions {
        ready: Option<bool>,
    }
}
