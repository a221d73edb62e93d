//! A proxy in front of the API server that makes trouble on chosen requests.
//!
//! It speaks plain HTTP to its clients and takes one connection to the API server per request, so that
//! watches and upgraded connections pass through as they are.

mod connection;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::cluster::{Cluster, token};

/// What happens to a request instead of passing.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// It reaches the API server only after this time.
    Delay(Duration),
    /// The connection closes before the request reaches the API server.
    CutBefore,
    /// The API server does what was asked, and the connection closes before its answer.
    CutAnswer,
    /// It does not reach the API server, and is kept until its client goes. It counts once it is kept.
    Hold,
    /// The API server does what was asked, and its answer is kept until the client goes. It counts once it is kept.
    HoldAnswer,
    /// The connection closes after so many bytes of the answer, head included.
    CutAfterBytes(usize),
    /// The connection closes after so many events of a watch.
    CutAfterEvents(usize),
    /// This status is answered, in the words of an API server; the request does not reach it.
    Status(u16),
    /// A list of nothing is answered; the request does not reach the API server.
    Nothing,
    /// 429 with a `Retry-After` of so many seconds.
    TooManyRequests { retry_after: u32 },
    /// A watch gets an ERROR event `410 Expired` and ends.
    Expired,
}

/// Trouble for requests that match, in force from [`Rule::begin`].
pub(crate) struct Rule<'a> {
    proxy: &'a Proxy,
    choice: Choice,
}

#[derive(Clone, Debug)]
struct Choice {
    trouble: Trouble,
    method: Option<String>,
    path: String,
    watch: Option<bool>,
    skip: usize,
    times: usize,
    hits: Arc<AtomicU32>,
}

/// How often a rule has struck.
#[derive(Clone, Debug)]
pub(crate) struct Hits(Arc<AtomicU32>);

impl Hits {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// How often so far.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A request that a client has sent to the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) is_watch: bool,
}

/// A running proxy. Its connections close when it is dropped.
pub(crate) struct Proxy {
    kubeconfig: PathBuf,
    address: String,
    shared: Arc<Shared>,
}

/// What the threads of a proxy share.
pub(crate) struct Shared {
    pub(crate) server: String,
    pub(crate) token: String,
    pub(crate) tls: Arc<ClientConfig>,
    seen: Mutex<Vec<Seen>>,
    choices: Mutex<Vec<Choice>>,
    /// Connections of an older generation close at once.
    generation: AtomicU32,
    down: AtomicBool,
    over: AtomicBool,
}

impl Proxy {
    /// Starts one on a free port, with the rights of the administrator for clients that bring no token.
    pub(crate) fn start(cluster: &Cluster) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen for the proxy")?;
        let address = format!("http://{}", listener.local_addr()?);
        let name = format!("proxy-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(cluster.certificates.authority_pem.as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let shared = Arc::new(Shared {
            server: cluster.server.trim_start_matches("https://").to_owned(),
            token: token("admin"),
            tls: Arc::new(tls),
            seen: Mutex::default(),
            choices: Mutex::default(),
            generation: AtomicU32::new(0),
            down: AtomicBool::new(false),
            over: AtomicBool::new(false),
        });
        let kubeconfig = cluster.kubeconfig(&name, &address, &token("admin"))?;
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { kubeconfig, address, shared })
    }

    /// The kubeconfig that leads through it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Trouble to be made; without more words, on every request.
    pub(crate) fn make(&self, trouble: Trouble) -> Rule<'_> {
        let choice = Choice {
            trouble,
            method: None,
            path: String::new(),
            watch: None,
            skip: 0,
            times: usize::MAX,
            hits: Arc::default(),
        };
        Rule { proxy: self, choice }
    }

    /// No more trouble on requests to come.
    pub(crate) fn make_no_more(&self) {
        held(&self.shared.choices).clear();
    }

    /// Closes all connections, in the middle of whatever they carry.
    pub(crate) fn cut_now(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Closes all connections, and new ones at once, until [`Proxy::come_back`].
    pub(crate) fn go_down(&self) {
        self.shared.down.store(true, Ordering::SeqCst);
        self.cut_now();
    }

    /// Serves again.
    pub(crate) fn come_back(&self) {
        self.shared.down.store(false, Ordering::SeqCst);
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        held(&self.shared.seen).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.cut_now();
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

impl Rule<'_> {
    /// Only requests of this method.
    pub(crate) fn method(mut self, method: &str) -> Self {
        self.choice.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path, with its query, contains this.
    pub(crate) fn path(mut self, part: &str) -> Self {
        part.clone_into(&mut self.choice.path);
        self
    }

    /// Only watches.
    pub(crate) fn watches(mut self) -> Self {
        self.choice.watch = Some(true);
        self
    }

    /// Only requests that are not watches.
    pub(crate) fn no_watches(mut self) -> Self {
        self.choice.watch = Some(false);
        self
    }

    /// The first so many matching requests pass.
    pub(crate) fn after(mut self, requests: usize) -> Self {
        self.choice.skip = requests;
        self
    }

    /// Only so many matching requests are hit.
    pub(crate) fn times(mut self, requests: usize) -> Self {
        self.choice.times = requests;
        self
    }

    /// From now on.
    pub(crate) fn begin(self) -> Hits {
        let hits = Hits(Arc::clone(&self.choice.hits));
        held(&self.proxy.shared.choices).push(self.choice);
        hits
    }
}

impl Shared {
    /// Records a request and says what trouble it gets.
    pub(crate) fn receive(&self, request: Seen) -> Option<(Trouble, Hits)> {
        let mut choices = held(&self.choices);
        let choice = choices.iter_mut().find(|choice| {
            choice.times > 0
                && choice.method.as_ref().is_none_or(|method| *method == request.method)
                && choice.watch.is_none_or(|watch| watch == request.is_watch)
                && request.path.contains(&choice.path)
        });
        held(&self.seen).push(request);
        let choice = choice?;
        if choice.skip > 0 {
            choice.skip -= 1;
            return None;
        }
        choice.times -= 1;
        let hits = Hits(Arc::clone(&choice.hits));
        if !matches!(choice.trouble, Trouble::HoldAnswer) {
            hits.add();
        }
        Some((choice.trouble.clone(), hits))
    }

    /// The generation of a connection that begins now.
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::SeqCst)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().map_while(Result::ok) {
        if shared.over.load(Ordering::SeqCst) {
            return;
        }
        if shared.down.load(Ordering::SeqCst) {
            continue;
        }
        let shared = Arc::clone(shared);
        // A connection that breaks is the client's to notice; that is what the proxy is for.
        thread::spawn(move || connection::serve(client, &shared).ok());
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
