//! A real cluster for tests: API server, controllers, scheduler and etcd as processes on loopback, fake
//! nodes and pods by kwok, and the real Milvus operator. No container runs.
//!
//! [`Testbed::start`] builds the programs when they are missing and starts a cluster; it ends with the
//! test process, whatever way that ends ([`supervisor`]). Each test takes a [`Namespace`] of its own, so
//! that all can run at once.
//!
//! The program that uses it calls [`own_part`] first in its `main`, because the testbed starts that
//! program again as its supervisor and as its storage endpoint.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "every program that uses the testbed needs another part of it"
)]

pub(crate) mod audit;
mod certificate;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod fault;
mod forward;
mod household;
mod log;
pub(crate) mod milvus;
pub(crate) mod namespace;
mod operator;
pub(crate) mod program;
mod programs;
pub(crate) mod proxy;
pub(crate) mod real_milvus;
pub(crate) mod registry;
pub(crate) mod run;
mod storage;
mod supervisor;
pub(crate) mod terminal;
pub(crate) mod trial;
pub(crate) mod wait;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use audit::Audit;
use client::Client;
use cluster::Cluster;
use namespace::Namespace;
pub(crate) use operator::Pace;
use proxy::Proxy;

/// A running cluster with the operator on it.
pub(crate) struct Testbed {
    cluster: Cluster,
    pace: Pace,
    /// `127.0.0.1:PORT` of the S3 endpoint.
    storage: String,
    /// The program under test.
    pub(crate) program: PathBuf,
}

impl Testbed {
    /// Builds what is missing, starts a cluster and waits until the operator is ready.
    ///
    /// `program` is the kubectl-milvus under test. The pace is quick, unless `MILVUS_TESTBED_PACE` is
    /// `truthful`.
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let shelf = programs::build()?;
        let start = Instant::now();
        let pace = match setting("MILVUS_TESTBED_PACE").as_deref() {
            Some("truthful") => Pace::Truthful,
            _ => Pace::Quick,
        };
        let cluster = Cluster::start(shelf, pace)?;
        let [port] = cluster::free_ports()?;
        let own = std::env::current_exe()?;
        cluster.household.run("storage", &own, &[household::STORAGE.to_owned(), port.to_string()])?;
        operator::install(&cluster, pace)?;
        report(&format!("cluster started in {:.1} s", start.elapsed().as_secs_f32()));
        Ok(Self { cluster, pace, storage: format!("127.0.0.1:{port}"), program: program.to_owned() })
    }

    /// Starts one more cluster, for a test that would disturb the others.
    pub(crate) fn start_another(&self) -> Result<Self> {
        Self::start(&self.program)
    }

    /// Ends the cluster and returns when its processes are gone.
    pub(crate) fn stop(&self) {
        self.cluster.household.end();
    }

    /// Leaves the cluster running when this process ends; returns the process to end it by.
    pub(crate) fn keep(&self) -> Result<u32> {
        self.cluster.household.keep()?;
        Ok(self.cluster.household.pid())
    }

    /// A new namespace, for one test alone.
    pub(crate) fn namespace<'a>(&'a self, name: &'a str) -> Namespace<'a> {
        Namespace::create(self, name)
    }

    /// A namespace that every cluster has, for example `default`, made ready for a Milvus.
    pub(crate) fn existing_namespace<'a>(&'a self, name: &'a str) -> Namespace<'a> {
        Namespace::furnish(self, name)
    }

    /// What the API server was asked.
    pub(crate) fn audit(&self) -> Audit<'_> {
        Audit::new(self)
    }

    /// A new proxy in front of the API server.
    pub(crate) fn proxy(&self) -> Proxy {
        sure(Proxy::start(&self.cluster))
    }

    /// A client of the API server with all rights.
    pub(crate) fn client(&self) -> &Client {
        &self.cluster.client
    }

    /// `127.0.0.1:PORT` of the cluster's etcd, which holds the data of every Milvus too.
    pub(crate) fn etcd(&self) -> &str {
        self.cluster.etcd.trim_start_matches("http://")
    }

    /// `127.0.0.1:PORT` of an S3 endpoint.
    pub(crate) fn storage(&self) -> &str {
        &self.storage
    }

    /// How fast the operator goes about its work.
    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// Ends the operator's process. For a cluster of the test's own: all namespaces lose it.
    pub(crate) fn stop_operator(&self) -> Result<()> {
        operator::stop(&self.cluster)
    }

    /// Starts the operator's process again.
    pub(crate) fn start_operator(&self) -> Result<()> {
        operator::start(&self.cluster, self.pace)
    }

    /// The kubeconfig of the administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.cluster.kubeconfig_of("admin")
    }

    /// The kubeconfig of a user without any right.
    pub(crate) fn kubeconfig_of_nobody(&self) -> PathBuf {
        self.cluster.kubeconfig_of("nobody")
    }

    /// A program that the testbed has built, for example `kubectl`, `helm4` or `validate-krew-manifest`.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.cluster.shelf.program(name)
    }
}

/// The real Helm 4 and Helm 3, built if they are missing. No cluster is started.
pub(crate) fn helms() -> Result<[PathBuf; 2]> {
    let shelf = programs::build_only(&["helm4", "helm3"])?;
    Ok(["helm4", "helm3"].map(|name| shelf.program(name)))
}

/// The folder of the operator's real chart. Neither the operator is built nor a cluster started for it.
pub(crate) fn operator_chart() -> Result<PathBuf> {
    programs::operator_chart()
}

/// The part of the testbed that is a program of its own: `Some` when this process is that.
pub(crate) fn own_part() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let outcome = match arguments.next().as_deref() {
        Some(household::SUPERVISOR) => supervisor::run(),
        Some(household::STORAGE) => storage::run(&arguments.next().unwrap_or_default()),
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|error| {
        report(&format!("{error:#}"));
        ExitCode::FAILURE
    }))
}

/// The value, or the end of the test with the reason why there is none.
pub(crate) fn sure<T>(outcome: Result<T>) -> T {
    outcome.unwrap_or_else(|error| panic!("{error:#}"))
}

/// Ends every cluster of this process when a signal comes, and then the process.
pub(crate) fn end_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        household::end_all();
        leave();
    })?;
    Ok(())
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "a signal arrives on a thread that cannot return from main"
)]
fn leave() {
    std::process::exit(130);
}

/// Whether the real-cluster tests are left out (`MILVUS_TESTBED=off`).
pub(crate) fn is_off() -> bool {
    setting("MILVUS_TESTBED").as_deref() == Some("off")
}

#[expect(clippy::disallowed_methods, reason = "a test program has no command line of its own to read it from")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One line about what the testbed is doing.
#[expect(clippy::print_stderr, reason = "a test program reports on its standard error")]
pub(crate) fn report(line: &str) {
    eprintln!("testbed: {line}");
}
