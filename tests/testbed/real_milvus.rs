//! A real Milvus in one process: the servers of the Python package index, 2.2.16 and 2.3.5, got and unpacked by pip.
//!
//! They listen on all interfaces and have no setting for that; only their embedded etcd stays on loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use regex::{Captures, Regex};
use serde_json::Value;

use super::Testbed;
use super::cluster::free_ports;
use super::supervisor::Order;
use super::wait::{self, Look};

/// A start takes 15 s to 50 s, on a busy machine far longer.
const START: Duration = Duration::from_mins(4);

/// Unpacks what a wheel has in its own way: each file is packed by itself.
const UNPACK: &str =
    "import sys; sys.path.insert(0, sys.argv[1]); import milvus; milvus._initialize_data_files(sys.argv[2])";

/// Where a server lies, ready to be started.
pub(crate) struct Installed {
    folder: PathBuf,
}

impl Installed {
    /// Whether there is what gets it, and what it gets it from. Where there is not, tests that need it are ignored, and
    /// counted as that.
    pub(crate) fn is_possible() -> bool {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "index", "versions", "milvus", "--timeout", "15", "--retries", "0"]);
        pip.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        pip.status().is_ok_and(|status| status.success())
    }

    /// Gets it, once for all runs.
    pub(crate) fn get(testbed: &Testbed, version: &str) -> Result<Self> {
        let folder = testbed.cluster.shelf.share("milvus-server").join(version);
        if !folder.join("done").is_file() {
            install(&folder, version)
                .with_context(|| format!("cannot get milvus {version} of the Python package index"))?;
        }
        Ok(Self { folder })
    }

    fn packed(&self, name: &str) -> PathBuf {
        self.folder.join("package/milvus/data").join(name)
    }
}

fn install(folder: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let package = folder.join("package");
    let run = |arguments: &[&str]| {
        let output =
            Command::new("python3").args(arguments).stdin(Stdio::null()).output().context("python3 is missing")?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{}", words.lines().last().unwrap_or("python3 failed"))
    };
    let (target, requirement) = (package.display().to_string(), format!("milvus=={version}"));
    run(&["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", &target, &requirement])?;
    run(&["-c", UNPACK, &target, &folder.display().to_string()])?;
    fs::write(folder.join("done"), version).context("cannot note that it is there")
}

/// The ports of one, which stay the same when a newer server takes its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// What clients use: REST and gRPC.
    pub(crate) proxy: u16,
    /// Health, and the older REST interface.
    pub(crate) web: u16,
    etcd: u16,
    peer: u16,
    inner: [u16; 9],
}

impl Ports {
    /// Free ones.
    pub(crate) fn free() -> Result<Self> {
        let [proxy, web, etcd, peer] = free_ports()?;
        Ok(Self { proxy, web, etcd, peer, inner: free_ports()? })
    }
}

/// A server that runs. It is killed when it goes, for it does not end by itself.
pub(crate) struct RealMilvus {
    ports: Ports,
    process: Child,
}

impl RealMilvus {
    /// Starts one on the data of a folder, which the one before may have left; returns at once.
    pub(crate) fn start(testbed: &Testbed, installed: &Installed, data: &Path, ports: Ports) -> Result<Self> {
        for folder in ["configs", "logs", "data", "run"] {
            fs::create_dir_all(data.join(folder))?;
        }
        let template = fs::read_to_string(installed.packed("config.yaml.template"))?;
        fs::write(data.join("configs/milvus.yaml"), configuration(&template, data, ports)?)?;
        let etcd = format!(
            "name: default\nlisten-client-urls: http://127.0.0.1:{0}\nadvertise-client-urls: http://127.0.0.1:{0}\n\
             listen-peer-urls: http://127.0.0.1:{1}\ninitial-advertise-peer-urls: http://127.0.0.1:{1}\n\
             initial-cluster: default=http://127.0.0.1:{1}\n",
            ports.etcd, ports.peer
        );
        fs::write(data.join("configs/etcd.yaml"), etcd)?;
        // Only 2.3 has one, and does not start without.
        if installed.packed("glog.conf").is_file() {
            fs::copy(installed.packed("glog.conf"), data.join("configs/glog.conf"))?;
        }
        let programs = installed.folder.join("bin");
        let log = fs::OpenOptions::new().create(true).append(true).open(data.join("milvus.log"))?;
        let process = Command::new(programs.join("milvus"))
            .args(["run", "standalone"])
            .current_dir(data)
            .env("LD_LIBRARY_PATH", &programs)
            .env("DEPLOY_MODE", "STANDALONE")
            .env("METRICS_PORT", ports.web.to_string())
            .env("MILVUS_RUN_DIR", data.join("run"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("the server does not start")?;
        let pid = i32::try_from(process.id())?;
        testbed.cluster.household.ask(&Order::Guard { pid })?;
        Ok(Self { ports, process })
    }

    /// Waits until it calls itself healthy.
    pub(crate) fn wait_until_healthy(&mut self) -> Result<()> {
        let health = format!("http://127.0.0.1:{}/healthz", self.ports.web);
        wait::until(START, "a healthy Milvus", || {
            if let Some(status) = self.process.try_wait()? {
                return Ok(Look::Hopeless(format!("it ended: {status}")));
            }
            match ureq::get(&health).call().map(|mut answer| answer.body_mut().read_to_string()) {
                Ok(Ok(text)) if text.trim() == "OK" => Ok(Look::Done(())),
                answer => Ok(Look::NotYet(format!("{answer:?}"))),
            }
        })
    }

    /// Kills it, as a node that dies does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for RealMilvus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The configuration of a template whose gaps look like `{{ name(int): default }}`.
fn configuration(template: &str, data: &Path, ports: Ports) -> Result<String> {
    let gap = Regex::new(r"\{\{ *([a-z_]+)(?:\([a-z]+\))?(?:: *([^}]*?))? *\}\}")?;
    let inside = |name: &str| data.join(name).display().to_string();
    let mut inner = ports.inner.into_iter();
    let filled = gap.replace_all(template, |found: &Captures<'_>| match &found[1] {
        "etcd_data_dir" => inside("data/etcd.data"),
        "local_storage_dir" => inside("data"),
        "rocketmq_data_dir" => inside("data/rocketmq"),
        "rocksmq_data_dir" => inside("data/rocksmq"),
        "etcd_log_path" => inside("logs/etcd.log"),
        "system_log_path" => inside("logs"),
        "system_log_level" => "info".to_owned(),
        "proxy_port" => ports.proxy.to_string(),
        "etcd_port" => ports.etcd.to_string(),
        // Those among its parts, which are eight.
        name if name.ends_with("_port") => inner.next().map_or(String::new(), |port| port.to_string()),
        _ => found.get(2).map_or(String::new(), |default| default.as_str().to_owned()),
    });
    // Otherwise the embedded etcd takes its usual ports, which another one may have.
    Ok(filled.replacen("\netcd:\n", &format!("\netcd:\n  config:\n    path: {}\n", inside("configs/etcd.yaml")), 1))
}

/// Asks a server on loopback; gives its answer, JSON or text.
pub(crate) fn ask(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("http://127.0.0.1:{port}{path}"))
        .header("Content-Type", "application/json");
    let text = body.map(Value::to_string).unwrap_or_default();
    // The older interface reads a body of GET.
    let agent: ureq::Agent = ureq::Agent::config_builder().allow_non_standard_methods(true).build().into();
    let mut answer = agent.run(request.body(text)?).with_context(|| format!("no answer to {method} {path}"))?;
    let text = answer.body_mut().read_to_string()?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
