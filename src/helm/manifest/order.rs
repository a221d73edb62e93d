//! The order of kinds.

use std::cmp::Ordering;

/// Which way a manifest goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What others need comes first.
    Install,
    /// What needs others goes first. Not quite the other way round: Helm keeps a list of its own.
    Uninstall,
}

const INSTALL: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

const UNINSTALL: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

impl Order {
    /// Compares two kinds. Those that Helm does not know come last, in byte order.
    pub fn compare(self, one: &str, other: &str) -> Ordering {
        match (self.place(one), self.place(other)) {
            (None, None) => one.cmp(other),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) => one.cmp(&other),
        }
    }

    fn place(self, kind: &str) -> Option<usize> {
        let kinds = match self {
            Self::Install => INSTALL,
            Self::Uninstall => UNINSTALL,
        };
        kinds.iter().position(|known| *known == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::{INSTALL, Order, UNINSTALL};

    #[test]
    fn unknown_kinds_come_last_in_byte_order() {
        let mut kinds = ["b", "Milvus", "Job", "Service", "a", "Namespace"];
        kinds.sort_by(|one, other| Order::Install.compare(one, other));
        assert_eq!(kinds, ["Namespace", "Service", "Job", "Milvus", "a", "b"]);
        kinds.sort_by(|one, other| Order::Uninstall.compare(one, other));
        assert_eq!(kinds, ["Service", "Job", "Namespace", "Milvus", "a", "b"]);
    }

    #[test]
    fn both_ways_know_the_same_kinds() {
        let (mut install, mut uninstall) = (INSTALL, UNINSTALL);
        install.sort_unstable();
        uninstall.sort_unstable();
        assert_eq!(install, uninstall);
    }
}
