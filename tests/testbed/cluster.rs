//! A Kubernetes without containers: etcd, API server, controller manager, scheduler and kwok.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use super::certificate::{self, Certificates};
use super::client::Client;
use super::household::Household;
use super::operator::Pace;
use super::programs::Shelf;
use super::wait::{self, Look};

/// Users of the cluster and their tokens; all but `nobody` are in `system:masters`.
pub(crate) const USERS: &[&str] =
    &["admin", "milvus-operator", "controller-manager", "scheduler", "kwok", "helm", "nobody"];

/// Fake nodes that pods find room on.
const NODES: u32 = 3;

/// What kwok answers in place of a kubelet: kinds, plurals and scopes of objects that it watches.
const KUBELET: [(&str, &str, &str); 2] =
    [("Logs", "logs", "Namespaced"), ("ClusterPortForward", "clusterportforwards", "Cluster")];
const AUDIT_POLICY: &str = include_str!("manifest/audit-policy.yaml");
const POD_STAGES: &str = include_str!("stage/pod.yaml");
/// Where the Stages say since when a pod is ready, and what a quick testbed has there.
const READY_SINCE_NOW: &str = "{{ $ready := Now }}";
const READY_SINCE_LONG: &str = r#"{{ $ready := "2020-01-01T00:00:00Z" }}"#;

/// A running cluster.
pub(crate) struct Cluster {
    pub(crate) household: Arc<Household>,
    pub(crate) shelf: Shelf,
    /// `https://127.0.0.1:PORT`.
    pub(crate) server: String,
    /// `http://127.0.0.1:PORT`.
    pub(crate) etcd: String,
    pub(crate) client: Client,
    pub(crate) certificates: Certificates,
}

impl Cluster {
    /// Starts it and returns when pods can be scheduled.
    pub(crate) fn start(shelf: Shelf, pace: Pace) -> Result<Self> {
        let household = Household::start()?;
        let [etcd_port, peer_port, server_port, controller_port, scheduler_port, kwok_port] = free_ports()?;
        let certificates = certificate::create(&household.directory)?;
        let server = format!("https://127.0.0.1:{server_port}");
        let client = Client::new(&server, &certificates.authority_pem, &token("admin"))?;
        let etcd = format!("http://127.0.0.1:{etcd_port}");
        let cluster = Self { household, shelf, server, etcd, client, certificates };
        for user in USERS {
            cluster.kubeconfig(user, &cluster.server, &token(user))?;
        }
        cluster.start_etcd(peer_port)?;
        cluster.start_server(server_port)?;
        cluster.start_controllers(controller_port, scheduler_port)?;
        cluster.define_kubelet()?;
        cluster.start_kwok(kwok_port, pace)?;
        cluster.furnish()?;
        Ok(cluster)
    }

    /// The kubeconfig of a user from [`USERS`].
    pub(crate) fn kubeconfig_of(&self, user: &str) -> PathBuf {
        self.household.directory.join(format!("{user}.kubeconfig"))
    }

    /// Writes a kubeconfig and returns its path.
    pub(crate) fn kubeconfig(&self, name: &str, server: &str, token: &str) -> Result<PathBuf> {
        let mut access = json!({ "server": server });
        if server.starts_with("https:") {
            access["certificate-authority"] = json!(self.certificates.authority);
        }
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "testbed",
            "clusters": [{ "name": "testbed", "cluster": access }],
            "users": [{ "name": name, "user": { "token": token } }],
            "contexts": [{ "name": "testbed", "context": { "cluster": "testbed", "user": name } }],
        });
        let path = self.household.directory.join(format!("{name}.kubeconfig"));
        fs::write(&path, config.to_string()).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(path)
    }

    fn start_etcd(&self, peer_port: u16) -> Result<()> {
        let peer = format!("http://127.0.0.1:{peer_port}");
        self.household.run(
            "etcd",
            &self.shelf.program("etcd"),
            &arguments(&[
                ("data-dir", &self.file("etcd")),
                ("listen-client-urls", &self.etcd),
                ("advertise-client-urls", &self.etcd),
                ("listen-peer-urls", &peer),
                ("initial-advertise-peer-urls", &peer),
                ("initial-cluster", &format!("default={peer}")),
                ("unsafe-no-fsync", "true"),
                ("log-level", "warn"),
            ]),
        )
    }

    fn start_server(&self, port: u16) -> Result<()> {
        let tokens: Vec<String> = USERS.iter().map(|user| credentials(user)).collect();
        fs::write(self.file("tokens.csv"), tokens.concat())?;
        fs::write(self.file("audit-policy.yaml"), AUDIT_POLICY)?;
        let account_key = self.certificates.account_key.display().to_string();
        self.household.run(
            "kube-apiserver",
            &self.shelf.program("kube-apiserver"),
            &arguments(&[
                ("etcd-servers", &self.etcd),
                ("bind-address", "127.0.0.1"),
                ("advertise-address", "127.0.0.1"),
                ("secure-port", &port.to_string()),
                ("tls-cert-file", &self.certificates.server.display().to_string()),
                ("tls-private-key-file", &self.certificates.server_key.display().to_string()),
                ("service-account-issuer", "https://kubernetes.default.svc"),
                ("service-account-key-file", &self.certificates.account_public_key.display().to_string()),
                ("service-account-signing-key-file", &account_key),
                ("service-cluster-ip-range", "10.0.0.0/16"),
                ("endpoint-reconciler-type", "none"),
                ("token-auth-file", &self.file("tokens.csv")),
                ("authorization-mode", "RBAC"),
                ("disable-admission-plugins", "ServiceAccount"),
                ("audit-policy-file", &self.file("audit-policy.yaml")),
                ("audit-log-path", &self.file("audit.log")),
                ("audit-log-mode", "blocking"),
                // Without it the log begins anew at 100 MB, and tests lose what came before.
                ("audit-log-maxsize", "10000"),
                ("cert-dir", &self.file("certificates")),
            ]),
        )?;
        wait::until(Duration::from_mins(1), "the API server", || {
            if let Some(reason) = self.household.ended(&["etcd", "kube-apiserver"])? {
                return Ok(wait::Look::Hopeless(reason));
            }
            let answer = self.client.send("GET", "/readyz", "application/json", None)?;
            Ok(match answer.status {
                200 => wait::Look::Done(()),
                _ => wait::Look::NotYet(answer.body.to_string()),
            })
        })
    }

    fn start_controllers(&self, controller_port: u16, scheduler_port: u16) -> Result<()> {
        let without = [
            "*",
            "-node-ipam-controller",
            "-cloud-node-lifecycle-controller",
            "-node-route-controller",
            "-service-lb-controller",
        ];
        self.household.run(
            "kube-controller-manager",
            &self.shelf.program("kube-controller-manager"),
            &arguments(&[
                ("kubeconfig", &self.kubeconfig_of("controller-manager").display().to_string()),
                ("bind-address", "127.0.0.1"),
                ("secure-port", &controller_port.to_string()),
                ("cert-dir", &self.file("certificates")),
                ("controllers", &without.join(",")),
                ("leader-elect", "false"),
                ("use-service-account-credentials", "false"),
                ("root-ca-file", &self.certificates.authority.display().to_string()),
                ("service-account-private-key-file", &self.certificates.account_key.display().to_string()),
                ("kube-api-qps", "300"),
                ("kube-api-burst", "600"),
            ]),
        )?;
        let kubeconfig = self.kubeconfig_of("scheduler").display().to_string();
        self.household.run(
            "kube-scheduler",
            &self.shelf.program("kube-scheduler"),
            &arguments(&[
                ("kubeconfig", &kubeconfig),
                ("authentication-kubeconfig", &kubeconfig),
                ("authorization-kubeconfig", &kubeconfig),
                ("bind-address", "127.0.0.1"),
                ("secure-port", &scheduler_port.to_string()),
                ("cert-dir", &self.file("certificates")),
                ("leader-elect", "false"),
                ("kube-api-qps", "300"),
                ("kube-api-burst", "600"),
            ]),
        )
    }

    /// Lets tests say, by objects, what kwok answers in place of a kubelet.
    fn define_kubelet(&self) -> Result<()> {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        for (kind, plural, scope) in KUBELET {
            let anything = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
            let version = json!({
                "name": "v1alpha1", "served": true, "storage": true, "schema": { "openAPIV3Schema": anything },
            });
            let definition = json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": { "name": format!("{plural}.kwok.x-k8s.io") },
                "spec": {
                    "group": "kwok.x-k8s.io", "scope": scope, "versions": [version],
                    "names": { "kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase() },
                },
            });
            self.client.create(definitions, &definition)?;
        }
        wait::until(Duration::from_secs(30), "what kwok is told by", || {
            let is_served = |plural: &str| self.client.get(&format!("/apis/kwok.x-k8s.io/v1alpha1/{plural}")).is_ok();
            let missing = KUBELET.iter().find(|(_, plural, _)| !is_served(plural));
            Ok(missing.map_or(Look::Done(()), |(kind, ..)| Look::NotYet(format!("{kind} is not served"))))
        })
    }

    fn start_kwok(&self, port: u16, pace: Pace) -> Result<()> {
        let stages = match pace {
            Pace::Quick => POD_STAGES.replace(READY_SINCE_NOW, READY_SINCE_LONG),
            Pace::Truthful => POD_STAGES.to_owned(),
        };
        fs::write(self.file("pod-stages.yaml"), stages)?;
        let mut configs = vec![self.file("pod-stages.yaml")];
        for folder in ["node", "heartbeat", "volume"] {
            for entry in fs::read_dir(self.shelf.share("kwok").join(folder))? {
                let path = entry?.path();
                // The folders also hold inputs of kwok's own tests and the StorageClass.
                if path.is_file() && fs::read_to_string(&path)?.contains("\nkind: Stage\n") {
                    configs.push(path.display().to_string());
                }
            }
        }
        let mut flags = arguments(&[
            ("kubeconfig", &self.kubeconfig_of("kwok").display().to_string()),
            ("manage-all-nodes", "true"),
            ("enable-crds", &KUBELET.map(|(kind, ..)| kind).join(",")),
            ("node-ip", "127.0.0.1"),
            ("node-port", &port.to_string()),
            ("server-address", &format!("127.0.0.1:{port}")),
            // Without it the node controller finds every node dead after 40 s.
            ("node-lease-duration-seconds", "40"),
        ]);
        flags.extend(configs.iter().map(|config| format!("--config={config}")));
        self.household.run("kwok", &self.shelf.program("kwok"), &flags)
    }

    /// Nodes and a storage class.
    fn furnish(&self) -> Result<()> {
        for number in 1..=NODES {
            let name = format!("node-{number}");
            let room = json!({ "cpu": "32", "memory": "128Gi", "pods": "1000" });
            let node = json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": {
                    "name": name,
                    "annotations": { "kwok.x-k8s.io/node": "fake" },
                    "labels": {
                        "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                        "type": "kwok", "topology.kubernetes.io/zone": format!("zone-{number}"),
                    },
                },
                "status": { "capacity": room, "allocatable": room },
            });
            self.client.create("/api/v1/nodes", &node)?;
        }
        self.client.create(
            "/apis/storage.k8s.io/v1/storageclasses",
            &json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {
                    "name": "kwok-volume",
                    "annotations": { "storageclass.kubernetes.io/is-default-class": "true" },
                },
                "provisioner": "kwok.x-k8s.io/volume",
                "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
            }),
        )?;
        wait::until(Duration::from_secs(30), "ready nodes", || {
            if let Some(reason) = self.household.ended(&["kube-controller-manager", "kube-scheduler", "kwok"])? {
                return Ok(wait::Look::Hopeless(reason));
            }
            let nodes = self.client.get("/api/v1/nodes")?;
            let ready = nodes["items"].as_array().is_some_and(|nodes| nodes.iter().all(is_ready));
            Ok(if ready { wait::Look::Done(()) } else { wait::Look::NotYet(nodes["items"].to_string()) })
        })
    }

    fn file(&self, name: &str) -> String {
        self.household.directory.join(name).display().to_string()
    }
}

/// Whether the condition `Ready` of a node or pod is true.
pub(crate) fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

/// The token of a user from [`USERS`].
pub(crate) fn token(user: &str) -> String {
    format!("{user}-token")
}

fn credentials(user: &str) -> String {
    match user {
        "nobody" => format!("{},{user},{user}\n", token(user)),
        _ => format!("{},{user},{user},\"system:masters\"\n", token(user)),
    }
}

fn arguments(flags: &[(&str, &str)]) -> Vec<String> {
    flags.iter().map(|(name, value)| format!("--{name}={value}")).collect()
}

/// Ports that nobody listens on, outside the range that outgoing connections take theirs from.
///
/// No port is given twice in one process: the program it is for may not listen yet.
pub(crate) fn free_ports<const COUNT: usize>() -> Result<[u16; COUNT]> {
    const FIRST: u32 = 18_000;
    const COUNT_OF_ALL: u32 = 14_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    // Where the search begins differs between processes, so that two starting at once do not meet.
    let start = std::process::id().wrapping_mul(97);
    let mut listeners = Vec::new();
    let mut ports = Vec::new();
    for _ in 0..COUNT_OF_ALL {
        let offset = start.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % COUNT_OF_ALL;
        let port = u16::try_from(FIRST + offset).context("not a port")?;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            listeners.push(listener);
            ports.push(port);
        }
        if ports.len() == COUNT {
            break;
        }
    }
    ports.try_into().map_err(|_| anyhow!("fewer than {COUNT} loopback ports are free"))
}
