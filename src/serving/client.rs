//! Requests to Milvus, each within its time.

use std::{fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{
    Keys, Way,
    address::{Opened, Stream},
    answer,
};

/// The most bytes that an answer may have; a list of ten thousand collections has far fewer.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// How long to wait for the far side to say why a stream broke.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no way to ask: no right, no pod, no interface.
    NoWay(String),
    /// The connection broke, was not accepted, or not encrypted as it should be.
    Broken(String),
    /// Nothing came in time.
    Slow(String),
    /// The server wants to know who asks, or does not let them in.
    Denied(String),
    /// The server has no such interface.
    Missing,
    /// The server said no, in its own words.
    Refused(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWay(words)
            | Self::Broken(words)
            | Self::Slow(words)
            | Self::Denied(words)
            | Self::Refused(words) => formatter.write_str(words),
            Self::Missing => formatter.write_str("it has no such interface"),
        }
    }
}

/// Opens connections to one instance.
#[derive(Clone)]
pub struct Client<'a> {
    way: Way<'a>,
    keys: Keys,
    limit: Duration,
}

impl<'a> Client<'a> {
    /// `limit` is how long one request may take, and opening a connection too.
    pub fn new(way: Way<'a>, keys: Keys, limit: Duration) -> Self {
        Self { way, keys, limit }
    }

    /// One to a server on loopback.
    #[cfg(test)]
    pub(super) fn to_loopback(port: u16, keys: Keys, limit: Duration) -> Self {
        Self::new(Way::Straight(super::Address { host: "127.0.0.1".into(), port }), keys, limit)
    }

    /// One of the same way and keys whose requests may take so long.
    #[must_use]
    pub fn limited_to(&self, limit: Duration) -> Self {
        Self { limit, ..self.clone() }
    }

    /// One that leads to the port of health and metrics, which knows no users and is not encrypted.
    #[must_use]
    pub fn to_health(&self) -> Self {
        Self { way: self.way.to_health(), keys: Keys::default(), limit: self.limit }
    }

    /// One that leads to the same port, to do what operators may do there.
    #[must_use]
    pub fn to_management(&self) -> Self {
        let keys = Keys { authorization: self.keys.authorization.clone(), encryption: None };
        Self { keys, ..self.to_health() }
    }

    /// A new connection.
    pub async fn open(&self) -> Result<Connection, Fault> {
        let Opened { stream, mut trouble } = self.way.open(self.limit).await?;
        let shaken = timeout(self.limit, self.shake(stream)).await;
        let shaken = shaken.unwrap_or_else(|_| Err(slow(self.limit)));
        let sender = match shaken {
            Ok(sender) => sender,
            Err(fault) => return Err(with_last_words(fault, &mut trouble).await),
        };
        let (host, keys) = (self.way.host(), self.keys.clone());
        Ok(Connection { sender, trouble, host, keys, limit: self.limit, is_used: false })
    }

    async fn shake(&self, stream: std::pin::Pin<Box<dyn Stream>>) -> Result<SendRequest<Full<Bytes>>, Fault> {
        let broken = |error: &dyn fmt::Display| Fault::Broken(format!("no connection: {error}"));
        let stream: std::pin::Pin<Box<dyn Stream>> = match &self.keys.encryption {
            None => stream,
            Some(config) => {
                let names = self.way.names();
                let name = names.first().cloned().unwrap_or_default();
                let name = ServerName::try_from(name).map_err(|error| broken(&error))?;
                let encrypted = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
                Box::pin(
                    encrypted.map_err(|error| Fault::Broken(format!("the connection cannot be encrypted: {error}")))?,
                )
            }
        };
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
        // It ends with the sender, and its faults come back with the requests.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// A connection, for one request after the other.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    trouble: Option<BoxFuture<'static, Option<String>>>,
    host: String,
    keys: Keys,
    limit: Duration,
    is_used: bool,
}

impl Connection {
    /// Whether it has answered before: what breaks then may only have been closed in between.
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    /// Asks; gives what the server put under `data`.
    pub async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Fault> {
        let (status, body) = self.send(method, path, body).await?;
        answer::data(status, &body)
    }

    /// Asks; gives the status and the bytes.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let answered = timeout(self.limit, self.exchange(method, path, body)).await;
        match answered.unwrap_or_else(|_| Err(slow(self.limit))) {
            Ok(answer) => {
                self.is_used = true;
                Ok(answer)
            }
            Err(fault) => Err(with_last_words(fault, &mut self.trouble).await),
        }
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let broken = |error: hyper::Error| Fault::Broken(format!("the connection broke: {}", root(&error)));
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        if let Some(authorization) = &self.keys.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let bytes = body.map(|body| Bytes::from(body.to_string()));
        if bytes.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(bytes.unwrap_or_default()));
        let request = request.map_err(|error| Fault::Broken(format!("the request cannot be made: {error}")))?;
        self.sender.ready().await.map_err(broken)?;
        let response = self.sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await;
        let body = body.map_err(|error| Fault::Broken(format!("the answer broke off: {error}")))?;
        Ok((status, body.to_bytes()))
    }
}

fn slow(limit: Duration) -> Fault {
    Fault::Slow(format!("no answer within {} s", limit.as_secs_f32()))
}

/// The innermost cause, which is the one that says something.
fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The same with what the API server said about the end of the stream, where it says anything.
async fn with_last_words(fault: Fault, trouble: &mut Option<BoxFuture<'static, Option<String>>>) -> Fault {
    let Some(trouble) = trouble.take() else { return fault };
    match timeout(LAST_WORDS, trouble).await {
        Ok(Some(words)) => Fault::NoWay(format!("the port of its pod cannot be forwarded: {}", words.trim())),
        _ => fault,
    }
}
