use std::{collections::BTreeMap, fmt, net::IpAddr, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue};
use hyper_util::client::proxy::matcher::Matcher;
use kube::{
    Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError, NamedCluster},
};

use super::{Cluster, client};
use crate::{exit::Exit, failure::Failure};

/// How long a request other than a watch may take where the user did not say.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long reaching the server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to reach an API server, as kubectl's flags say it. `None` leaves it to the kubeconfig.
#[derive(Clone, Default)]
pub struct Connection {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// `--as` and its companions.
    pub impersonate: Option<Impersonate>,
    /// `--server`.
    pub server: Option<String>,
    /// `--token`.
    pub token: Option<String>,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--request-timeout`.
    pub request_timeout: Option<Duration>,
}

/// Whom to act as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonate {
    /// `--as`.
    pub user: String,
    /// `--as-group`.
    pub groups: Vec<String>,
    /// `--as-uid`.
    pub uid: Option<String>,
    /// `--as-user-extra`.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// What goes with every request, so that an audit log tells which command made it.
#[derive(Clone, Debug)]
pub struct Session {
    /// `kubectl milvus upgrade`.
    pub command: String,
    /// One for each run.
    pub id: String,
}

impl fmt::Debug for Connection {
    /// Leaves the token out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { context, cluster, user, namespace, server, .. } = self;
        let shown = (context, cluster, user, namespace, server);
        formatter.debug_tuple("Connection").field(&shown).finish()
    }
}

impl Connection {
    /// Reads the kubeconfig and prepares a client; nothing is sent yet.
    pub async fn open(&self, session: &Session) -> Result<Cluster, Failure> {
        let mut config = self.config().await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        self.override_config(&mut config)?;
        config.headers.extend(headers(session));
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let address = config.cluster_url.to_string();
        let client = client::client(config).map_err(|error| {
            Failure::new(Exit::Failed, error).context(format!("cannot prepare a connection to {address}"))
        })?;
        // kubectl takes 0 for no limit.
        let timeout = match self.request_timeout {
            Some(Duration::ZERO) => Duration::MAX,
            Some(timeout) => timeout,
            None => REQUEST_TIMEOUT,
        };
        Ok(Cluster { client, namespace, address, timeout })
    }

    /// The contexts of the kubeconfig; none where it cannot be read.
    pub fn contexts(&self) -> Vec<String> {
        let read = self.kubeconfig.as_ref().map_or_else(Kubeconfig::read, Kubeconfig::read_from);
        read.map(|read| read.contexts.into_iter().map(|context| context.name).collect()).unwrap_or_default()
    }

    /// From the kubeconfig; in a pod from the service account, but only when no flag asks for anything else.
    async fn config(&self) -> Result<Config, Failure> {
        let options =
            KubeConfigOptions { context: self.context.clone(), cluster: self.cluster.clone(), user: self.user.clone() };
        let read = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        let kubeconfig = match read {
            Ok(kubeconfig) if !kubeconfig.clusters.is_empty() || self.server.is_none() => kubeconfig,
            Ok(_) => return self.bare_config(),
            Err(error) if self.kubeconfig.is_none() && is_missing(&error) => {
                return match (&self.server, self.asks_for_kubeconfig()) {
                    (Some(_), _) => self.bare_config(),
                    (None, false) => Config::incluster().map_err(|_| no_kubeconfig(&error)),
                    (None, true) => Err(no_kubeconfig(&error)),
                };
            }
            Err(error) => return Err(Failure::new(Exit::Failed, error).context("cannot read the kubeconfig")),
        };
        let contexts: Vec<String> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
        let proxies: Vec<http::Uri> = kubeconfig.clusters.iter().filter_map(proxy).collect();
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        let mut config = config.map_err(|error| self.explain(error, &contexts))?;
        let server = self.server.as_deref().map_or_else(|| Ok(config.cluster_url.clone()), parse_server)?;
        // The library reads HTTPS_PROXY alone.
        if config.proxy_url.as_ref().is_some_and(|proxy| !proxies.contains(proxy)) && is_near(&server) {
            config.proxy_url = None;
        }
        Ok(config)
    }

    fn asks_for_kubeconfig(&self) -> bool {
        self.context.is_some() || self.cluster.is_some() || self.user.is_some()
    }

    /// `--server` alone, without any kubeconfig.
    fn bare_config(&self) -> Result<Config, Failure> {
        let server = self.server.as_deref().unwrap_or_default();
        Ok(Config::new(parse_server(server)?))
    }

    fn override_config(&self, config: &mut Config) -> Result<(), Failure> {
        if let Some(server) = &self.server {
            config.cluster_url = parse_server(server)?;
        }
        config.accept_invalid_certs |= self.insecure_skip_tls_verify;
        if let Some(path) = &self.certificate_authority {
            config.root_cert = None;
            config.root_cert_file = Some(path.clone());
        }
        if self.tls_server_name.is_some() {
            config.tls_server_name.clone_from(&self.tls_server_name);
        }
        let auth = &mut config.auth_info;
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        if let Some(token) = &self.token {
            auth.token = Some(token.clone().into());
            auth.token_file = None;
            auth.exec = None;
            auth.auth_provider = None;
        }
        if self.client_certificate.is_some() {
            auth.client_certificate = path(&self.client_certificate);
            auth.client_certificate_data = None;
        }
        if self.client_key.is_some() {
            auth.client_key = path(&self.client_key);
            auth.client_key_data = None;
        }
        if let Some(Impersonate { user, groups, uid, extra }) = &self.impersonate {
            auth.impersonate = Some(user.clone());
            auth.impersonate_groups = (!groups.is_empty()).then(|| groups.clone());
            auth.impersonate_uid.clone_from(uid);
            let extra = extra.iter().map(|(key, values)| (key.clone(), values.clone())).collect();
            auth.impersonate_user_extra = Some(extra);
        }
        Ok(())
    }

    fn explain(&self, error: KubeconfigError, contexts: &[String]) -> Failure {
        let asked = self.context.as_deref();
        let failure = Failure::new(Exit::Failed, error).context("cannot use the kubeconfig");
        let listed = contexts.join(", ");
        match asked.filter(|asked| !contexts.iter().any(|context| context == asked)) {
            Some(asked) => {
                failure.context(format!("no context named `{asked}`")).hint(format!("contexts there are: {listed}"))
            }
            None if contexts.is_empty() => failure
                .hint("the kubeconfig has no context; name a server with --server, or another file with --kubeconfig"),
            None => failure.hint(format!("name one with --context; there are: {listed}")),
        }
    }
}

/// The proxy that a kubeconfig names for a cluster. It is gone through whatever the environment says.
fn proxy(cluster: &NamedCluster) -> Option<http::Uri> {
    cluster.cluster.as_ref()?.proxy_url.as_ref()?.parse().ok()
}

/// Whether a server is asked without the proxy of the environment, as Go's programs do it (`httpproxy.FromEnvironment`): it
/// is this machine, or `NO_PROXY` names it.
fn is_near(server: &http::Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_this_machine || Matcher::from_env().intercept(server).is_none()
}

fn parse_server(server: &str) -> Result<http::Uri, Failure> {
    let uri = server.parse::<http::Uri>().ok().filter(|uri| uri.scheme().is_some() && uri.host().is_some());
    uri.ok_or_else(|| {
        Failure::usage(format!("--server `{}` is not a URL such as https://host:6443", server.escape_debug()))
    })
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(source, _) => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn no_kubeconfig(error: &KubeconfigError) -> Failure {
    let reason = match error {
        KubeconfigError::ReadConfig(source, path) => format!("cannot read `{}`: {source}", path.display()),
        other => other.to_string(),
    };
    Failure::failed(format!("no kubeconfig: {reason}")).hint("set KUBECONFIG, or name a file with --kubeconfig")
}

/// The headers that kubectl sends too (`cli-runtime/pkg/genericclioptions/command_headers.go`).
fn headers(session: &Session) -> Vec<(HeaderName, HeaderValue)> {
    let agent =
        format!("kubectl-milvus/{} ({}/{})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let named = [
        (http::header::USER_AGENT, agent),
        (HeaderName::from_static("kubectl-command"), session.command.clone()),
        (HeaderName::from_static("kubectl-session"), session.id.clone()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?))).collect()
}
