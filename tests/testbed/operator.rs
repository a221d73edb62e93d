//! The real Milvus operator: a process that works, and its chart installed by the real helm, so that
//! Deployment, release record and custom resource definitions are found as on any cluster.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::cluster::{Cluster, free_ports};
use super::wait;

/// Where the chart is installed, which is also the name of its release.
pub(crate) const NAMESPACE: &str = "milvus-operator";
const PROCESS: &str = "milvus-operator";
const ADMISSION: &str = include_str!("manifest/admission.yaml");

/// How fast the operator goes about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Synchronises every second, and pods count as available as soon as they are ready.
    Quick,
    /// As on a real cluster: 30 s per Deployment.
    Truthful,
}

/// Installs the chart and the admission policies, and starts the process.
pub(crate) fn install(cluster: &Cluster, pace: Pace) -> Result<()> {
    helm(
        cluster,
        &["install", NAMESPACE, &cluster.shelf.share("milvus-operator").join("chart").display().to_string()],
    )?;
    apply(cluster, ADMISSION)?;
    wait::until(Duration::from_secs(30), "the operator's API", || {
        let answer = cluster.client.get("/apis/milvus.io/v1beta1/milvuses")?;
        Ok(if answer["items"].is_array() { wait::Look::Done(()) } else { wait::Look::NotYet(answer.to_string()) })
    })?;
    start(cluster, pace)?;
    // By now the controllers and kwok have had the time; a cluster without pods is no cluster.
    wait::until(Duration::from_secs(30), "the pod of the operator's Deployment", || {
        let programs = ["kube-controller-manager", "kube-scheduler", "kwok", "storage"];
        if let Some(reason) = cluster.household.ended(&programs)? {
            return Ok(wait::Look::Hopeless(reason));
        }
        let path = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAMESPACE}");
        let status = &cluster.client.get(&path)?["status"];
        Ok(if status["readyReplicas"] == 1 { wait::Look::Done(()) } else { wait::Look::NotYet(status.to_string()) })
    })
}

/// Starts the process and waits until it is ready.
pub(crate) fn start(cluster: &Cluster, pace: Pace) -> Result<()> {
    let [metrics, probe] = free_ports()?;
    let mut arguments = vec![
        format!("-metrics-bind-address=127.0.0.1:{metrics}"),
        format!("-health-probe-bind-address=127.0.0.1:{probe}"),
        format!("-namespace={NAMESPACE}"),
        format!("-name={NAMESPACE}"),
    ];
    if pace == Pace::Quick {
        arguments.push("-sync-interval=1".to_owned());
    }
    let household = &cluster.household;
    household.run_in(
        &cluster.shelf.share("milvus-operator"),
        PROCESS,
        &cluster.shelf.program("milvus-operator"),
        &arguments,
        &[("KUBECONFIG", &cluster.kubeconfig_of("milvus-operator").display().to_string())],
    )?;
    let ready = format!("http://127.0.0.1:{probe}/readyz");
    let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().proxy(None).build());
    wait::until(Duration::from_mins(1), "the Milvus operator", || {
        if let Some(reason) = household.ended(&[PROCESS])? {
            return Ok(wait::Look::Hopeless(reason));
        }
        let status = agent.get(&ready).call()?.status();
        Ok(if status == 200 { wait::Look::Done(()) } else { wait::Look::NotYet(status.to_string()) })
    })
}

/// Ends the process; its Deployment stays as it is.
pub(crate) fn stop(cluster: &Cluster) -> Result<()> {
    cluster.household.end_program(PROCESS)
}

/// Runs the real helm 4 in the operator's namespace.
fn helm(cluster: &Cluster, arguments: &[&str]) -> Result<()> {
    let home = cluster.household.directory.join("helm");
    let output = Command::new(cluster.shelf.program("helm4"))
        .args(arguments)
        .args(["--namespace", NAMESPACE, "--create-namespace"])
        .env("KUBECONFIG", cluster.kubeconfig_of("helm"))
        .env("HELM_CACHE_HOME", home.join("cache"))
        .env("HELM_CONFIG_HOME", home.join("config"))
        .env("HELM_DATA_HOME", home.join("data"))
        .stdin(Stdio::null())
        .output()
        .context("cannot run helm")?;
    if !output.status.success() {
        bail!("helm {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Applies manifests with the real kubectl.
fn apply(cluster: &Cluster, manifests: &str) -> Result<()> {
    let file: PathBuf = cluster.household.directory.join("manifests.yaml");
    std::fs::write(&file, manifests)?;
    let output = Command::new(cluster.shelf.program("kubectl"))
        .args(["apply", "--server-side", "--filename"])
        .arg(&file)
        .env("KUBECONFIG", cluster.kubeconfig_of("admin"))
        .stdin(Stdio::null())
        .output()
        .context("cannot run kubectl")?;
    if !output.status.success() {
        bail!("kubectl apply: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
