//! `kubectl milvus`: checks, upgrades, migrates and rolls back Milvus on Kubernetes.

fn main() {}
