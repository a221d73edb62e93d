//! The way to Milvus: through the API server into one of its pods, or straight to an address.

use std::{fmt, pin::Pin, str::FromStr, time::Duration};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::Fault;
use crate::{
    cluster::{Cluster, Refusal},
    snapshot::Resource,
};

/// The port of a proxy where the configuration names none.
const PORT: u16 = 19530;

/// The port of health and metrics, which has no setting in a configuration.
const HEALTH: u16 = 9091;

/// `HOST:PORT`, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name, or an IP address; one of version 6 without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "it is not HOST:PORT, such as milvus.example.org:19530".to_owned();
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        match port.parse() {
            Ok(port) if port > 0 && !host.is_empty() && host.chars().all(is_plain) => {
                Ok(Self { host: host.to_owned(), port })
            }
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(formatter, "[{host}]:{port}") } else { write!(formatter, "{host}:{port}") }
    }
}

/// Where an instance listens, as its configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The namespace.
    pub namespace: String,
    /// The name of the instance.
    pub name: String,
    /// Whether Helm runs it.
    pub is_release: bool,
    /// The port of its REST interface.
    pub port: u16,
    /// Whether it wants an encrypted connection.
    pub is_encrypted: bool,
    /// Whether the interface is switched on.
    pub is_open: bool,
}

impl Door {
    /// That of an instance: the interface has a port of its own where one is set, otherwise that of the proxy.
    pub fn of(milvus: &Resource) -> Self {
        let setting = |pointer: &str| milvus.spec.pointer("/config").and_then(|config| config.pointer(pointer));
        let number = |pointer: &str| {
            let value = setting(pointer)?;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        let port = number("/proxy/http/port").or_else(|| number("/proxy/port"));
        let is_off = |value: &serde_json::Value| value.as_bool() == Some(false) || value.as_str() == Some("false");
        Self {
            namespace: milvus.namespace.clone(),
            name: milvus.name.clone(),
            is_release: milvus.is_release,
            port: port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0).unwrap_or(PORT),
            is_encrypted: number("/common/security/tlsMode").is_some_and(|mode| mode > 0),
            is_open: !setting("/proxy/http/enabled").is_some_and(is_off),
        }
    }

    /// The names that its certificate may bear: those of its Service, and the one that a forwarded port is known by.
    pub fn names(&self) -> Vec<String> {
        let Self { namespace, name, is_release, .. } = self;
        let service = if *is_release { name.clone() } else { format!("{name}-milvus") };
        vec![
            format!("{service}.{namespace}.svc"),
            format!("{service}.{namespace}.svc.cluster.local"),
            format!("{service}.{namespace}"),
            service,
            "localhost".to_owned(),
        ]
    }
}

/// How Milvus is reached.
#[derive(Clone)]
pub enum Way<'a> {
    /// Through the API server into a pod that is ready.
    Forward(&'a Cluster, Door),
    /// Straight.
    Straight(Address),
}

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream to Milvus.
pub(super) struct Opened {
    pub(super) stream: Pin<Box<dyn Stream>>,
    /// Why it broke, where the far side says so.
    pub(super) trouble: Option<BoxFuture<'static, Option<String>>>,
}

impl Way<'_> {
    /// A name for messages and for the `Host` of a request.
    pub(super) fn host(&self) -> String {
        match self {
            Self::Forward(..) => "localhost".to_owned(),
            Self::Straight(address) => address.to_string(),
        }
    }

    /// The same way to the port of health and metrics.
    #[must_use]
    pub fn to_health(&self) -> Self {
        match self.clone() {
            Self::Forward(cluster, door) => Self::Forward(cluster, Door { port: HEALTH, is_open: true, ..door }),
            Self::Straight(address) => Self::Straight(Address { port: HEALTH, ..address }),
        }
    }

    /// The names that the certificate of the server may bear.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Forward(_, door) => door.names(),
            Self::Straight(address) => vec![address.host.clone()],
        }
    }

    /// A new stream. Pods come and go during a roll, so they are looked for each time.
    pub(super) async fn open(&self, limit: Duration) -> Result<Opened, Fault> {
        match self {
            Self::Forward(_, Door { is_open: false, .. }) => {
                Err(Fault::NoWay("its REST interface is switched off (proxy.http.enabled: false)".to_owned()))
            }
            Self::Forward(cluster, door) => forward(cluster, door, limit).await,
            Self::Straight(address) => {
                let connected = TcpStream::connect((address.host.as_str(), address.port));
                let unreached = |why: &dyn fmt::Display| Fault::Broken(format!("cannot reach {address}: {why}"));
                let stream = match tokio::time::timeout(limit, connected).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => return Err(unreached(&error)),
                    Err(_) => return Err(unreached(&format!("no answer within {} s", limit.as_secs_f32()))),
                };
                // A small request must not wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                Ok(Opened { stream: Box::pin(stream), trouble: None })
            }
        }
    }
}

async fn forward(cluster: &Cluster, door: &Door, limit: Duration) -> Result<Opened, Fault> {
    let Door { namespace, name, is_release, port, .. } = door;
    let told = |what: &str, refusal: &Refusal| match refusal.code {
        403 => Fault::NoWay(format!("no right to {what} in namespace `{namespace}`")),
        _ => Fault::NoWay(format!("cannot {what}: {refusal}")),
    };
    let pods = cluster.doors(namespace, name, *is_release).await.map_err(|refusal| told("list pods", &refusal))?;
    let Some(pod) = pods.first() else { return Err(Fault::NoWay("no pod that clients talk to is ready".to_owned())) };
    let forwarded = cluster.forward(namespace, &pod.name, *port, limit).await;
    let (stream, trouble) = forwarded.map_err(|refusal| told("forward ports to pods", &refusal))?;
    Ok(Opened { stream: Box::pin(stream), trouble: Some(Box::pin(trouble)) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Address, Door};
    use crate::snapshot::sample;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, shown) in [
            ("milvus.example.org:19530", "milvus.example.org:19530"),
            ("[::1]:80", "[::1]:80"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
        }
        for text in ["", "host", "host:", ":80", "host:0", "host:65536", "http://host:80/", "a b:80"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_door_is_where_the_configuration_puts_it() {
        let mut milvus = sample::healthy_cluster().milvus;
        let mut door = |config: serde_json::Value| {
            milvus.spec["config"] = config;
            let door = Door::of(&milvus);
            (door.port, door.is_encrypted, door.is_open)
        };
        assert_eq!(door(json!({})), (19530, false, true));
        assert_eq!(door(json!({"proxy": {"port": 19531}})), (19531, false, true));
        let apart = json!({"proxy": {"http": {"port": "8080"}}, "common": {"security": {"tlsMode": 2}}});
        assert_eq!(door(apart), (8080, true, true));
        assert_eq!(door(json!({"proxy": {"http": {"enabled": false}}})), (19530, false, false));
    }
}
