use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::Args;

use super::duration;
use crate::cluster::{Connection, Impersonate};

/// Where the cluster is and who asks: kubectl's own flags.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Connection options")]
pub struct ConnectionArgs {
    /// Namespace to look in; otherwise that of the context
    #[arg(short, long, global = true, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Context of the kubeconfig file to use
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
    /// Kubeconfig file to use
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Cluster of the kubeconfig file to use
    #[arg(long, global = true, value_name = "NAME")]
    cluster: Option<String>,
    /// User of the kubeconfig file to use
    #[arg(long, global = true, value_name = "NAME")]
    user: Option<String>,
    /// User or service account to impersonate
    #[arg(long = "as", global = true, value_name = "USER")]
    impersonate: Option<String>,
    /// Group to impersonate; can be given several times
    #[arg(long, global = true, value_name = "GROUP")]
    as_group: Vec<String>,
    /// UID to impersonate
    #[arg(long, global = true, value_name = "UID")]
    as_uid: Option<String>,
    /// Extra of the user to impersonate; can be given several times
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    as_user_extra: Vec<(String, String)>,
    /// Address and port of the API server
    #[arg(short, long, global = true, value_name = "URL")]
    server: Option<String>,
    /// Bearer token for the API server
    #[arg(long, global = true)]
    token: Option<String>,
    /// Certificate file of the authority that signed the API server's
    #[arg(long, global = true, value_name = "FILE")]
    certificate_authority: Option<PathBuf>,
    /// Client certificate file for TLS
    #[arg(long, global = true, value_name = "FILE")]
    client_certificate: Option<PathBuf>,
    /// Client key file for TLS
    #[arg(long, global = true, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// Server name to expect in the API server's certificate
    #[arg(long, global = true, value_name = "NAME")]
    tls_server_name: Option<String>,
    /// Do not check the API server's certificate, which makes the connection insecure
    #[arg(long, global = true)]
    insecure_skip_tls_verify: bool,
    /// Time to wait for a single answer of the API server, such as 5s, 2m or 1h; 0 is no limit
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::read)]
    request_timeout: Option<Duration>,
}

impl ConnectionArgs {
    /// The same as a plain value.
    pub fn connection(&self) -> Connection {
        let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in &self.as_user_extra {
            extra.entry(key.clone()).or_default().push(value.clone());
        }
        let impersonate = self.impersonate.clone().map(|user| Impersonate {
            user,
            groups: self.as_group.clone(),
            uid: self.as_uid.clone(),
            extra,
        });
        Connection {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            namespace: self.namespace.clone(),
            impersonate,
            server: self.server.clone(),
            token: self.token.clone(),
            certificate_authority: self.certificate_authority.clone(),
            client_certificate: self.client_certificate.clone(),
            client_key: self.client_key.clone(),
            tls_server_name: self.tls_server_name.clone(),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            request_timeout: self.request_timeout,
        }
    }

    /// Whether something is to be impersonated, but not as whom.
    pub(super) fn impersonates_nobody(&self) -> bool {
        let asked = !self.as_group.is_empty() || self.as_uid.is_some() || !self.as_user_extra.is_empty();
        asked && self.impersonate.is_none()
    }
}

impl std::fmt::Debug for ConnectionArgs {
    /// Without the token.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ConnectionArgs")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').filter(|(key, _)| !key.is_empty());
    split.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "it is not KEY=VALUE".to_owned())
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::super::tests::read;

    #[test]
    fn every_flag_of_kubectl_arrives() {
        let cli = read(
            "get --kubeconfig k --context c --cluster l --user u -n vec -s https://h:6443 --token secret \
             --certificate-authority ca --client-certificate cc --client-key ck --tls-server-name t \
             --insecure-skip-tls-verify --request-timeout 2m --as ana --as-group a --as-group b --as-uid 7 \
             --as-user-extra x=1 --as-user-extra x=2",
        )
        .unwrap();
        let connection = cli.connection.connection();
        assert_eq!(connection.kubeconfig.as_deref(), Some(Path::new("k")));
        assert_eq!(connection.certificate_authority.as_deref(), Some(Path::new("ca")));
        assert_eq!(connection.client_certificate.as_deref(), Some(Path::new("cc")));
        assert_eq!(connection.client_key.as_deref(), Some(Path::new("ck")));
        let texts = [
            (connection.context, "c"),
            (connection.cluster, "l"),
            (connection.user, "u"),
            (connection.namespace, "vec"),
            (connection.server, "https://h:6443"),
            (connection.token, "secret"),
            (connection.tls_server_name, "t"),
        ];
        for (value, wanted) in texts {
            assert_eq!(value.as_deref(), Some(wanted));
        }
        assert!(connection.insecure_skip_tls_verify);
        assert_eq!(connection.request_timeout, Some(Duration::from_mins(2)));
        let impersonate = connection.impersonate.unwrap();
        assert_eq!((impersonate.user.as_str(), impersonate.uid.as_deref()), ("ana", Some("7")));
        assert_eq!(impersonate.groups, ["a", "b"]);
        assert_eq!(impersonate.extra["x"], ["1", "2"]);
    }

    #[test]
    fn impersonating_a_group_of_nobody_is_a_usage_error() {
        assert_eq!(read("get --as-group a").unwrap_err().exit_code(), 2);
        assert!(read("--as ana get --as-group a").is_ok());
    }

    #[test]
    fn a_token_is_not_shown_when_debugging() {
        let cli = read("get --token secret").unwrap();
        assert!(!format!("{cli:?}").contains("secret"));
    }
}
