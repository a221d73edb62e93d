//! HTTP, with limits.

use std::{fs, io::Read, path::Path, time::Duration};

use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use reqwest::{Certificate, Client, Identity, Response};
use url::{Host, Url};

use super::{
    Access, Limits,
    fault::{Fault, Kind},
    mask::shown,
};
use crate::failure::Failure;

/// How we name ourselves.
pub(super) const AGENT: &str = concat!("kubectl-milvus/", env!("CARGO_PKG_VERSION"));

/// How often a redirect is followed.
const REDIRECTS: usize = 10;

/// Fetches by HTTP what one kind of access allows. A redirect to another scheme, host or port loses the credentials.
pub(super) struct Fetcher {
    client: Client,
    limits: Limits,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An index, which may come compressed.
    Index,
    /// A packaged chart, as it is.
    Archive,
    /// What a server of tokens says.
    Token,
}

/// What a token and what is around it may take, in bytes.
const TOKEN: u64 = 1 << 20;

impl Fetcher {
    /// Prepares a client; `host` is who is asked first.
    pub(super) fn new(access: &Access, limits: Limits, host: &Url) -> Result<Self, Failure> {
        encrypt_with_ring();
        let mut builder = Client::builder()
            .user_agent(AGENT)
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .redirect(reqwest::redirect::Policy::limited(REDIRECTS))
            .referer(false)
            .danger_accept_invalid_certs(access.insecure_skip_tls_verify);
        // As every program in Go, so helm too: a proxy is never asked for this machine itself.
        if is_loopback(host) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &access.ca_file {
            let certificates = Certificate::from_pem_bundle(&read(path)?);
            let certificates = certificates.ok().filter(|certificates| !certificates.is_empty());
            let certificates = certificates
                .ok_or_else(|| Failure::failed(format!("`{}` holds no certificate in PEM", path.display())))?;
            builder = builder.tls_certs_only(certificates);
        }
        if let (Some(certificate), Some(key)) = (&access.certificate_file, &access.key_file) {
            let mut pem = read(certificate)?;
            pem.push(b'\n');
            pem.extend(read(key)?);
            let identity = Identity::from_pem(&pem).map_err(|_| {
                let (certificate, key) = (certificate.display(), key.display());
                Failure::failed(format!("`{certificate}` and `{key}` are no certificate and key in PEM"))
            })?;
            builder = builder.identity(identity);
        }
        let client = builder.build().map_err(|error| Failure::failed(format!("cannot prepare for HTTP: {error}")))?;
        Ok(Self { client, limits })
    }

    /// Fetches all of something.
    pub(super) async fn fetch(
        &self,
        url: &Url,
        credentials: Option<(&str, &str)>,
        wanted: Wanted,
    ) -> Result<Vec<u8>, Fault> {
        let limit = match wanted {
            Wanted::Index => self.limits.index,
            Wanted::Archive => self.limits.archive,
            Wanted::Token => TOKEN,
        };
        let whole = async {
            let response = self.send(url, credentials, wanted).await?;
            let status = response.status().as_u16();
            if status != 200 {
                return Err(Fault::of_status(status, shown(url)));
            }
            let is_compressed = response.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
            let body = body(response, url, limit).await?;
            if is_compressed && wanted == Wanted::Index { expanded(&body, url, limit) } else { Ok(body) }
        };
        within(self.limits.whole, url, whole).await
    }

    /// Asks, and tells only the status and the headers.
    pub(super) async fn ask(&self, url: &Url) -> Result<(u16, HeaderMap), Fault> {
        let answer = async {
            let response = self.send(url, None, Wanted::Token).await?;
            Ok((response.status().as_u16(), response.headers().clone()))
        };
        within(self.limits.whole, url, answer).await
    }

    async fn send(&self, url: &Url, credentials: Option<(&str, &str)>, wanted: Wanted) -> Result<Response, Fault> {
        let mut request = self.client.get(url.clone());
        match wanted {
            Wanted::Index => request = request.header(header::ACCEPT_ENCODING, "gzip"),
            Wanted::Archive => request = request.header(header::ACCEPT, "application/gzip,application/octet-stream"),
            Wanted::Token => {}
        }
        if let Some((username, password)) = credentials {
            request = request.basic_auth(username, Some(password));
        }
        request.send().await.map_err(|error| Fault::of(&error, shown(url)))
    }
}

/// Says once for the whole process who encrypts: ring, as for the API server. The client asks for it.
pub(super) fn encrypt_with_ring() {
    // An error says that it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether it is this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads a small file that the user named.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::failed(format!("cannot read `{}`: {error}", path.display())))
}

async fn within<T>(limit: Duration, url: &Url, answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        Err(Fault::new(Kind::Unreachable, shown(url), format!("no whole answer within {} s", limit.as_secs())))
    })
}

async fn body(mut response: Response, url: &Url, limit: u64) -> Result<Vec<u8>, Fault> {
    let mut body = vec![];
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) => return Err(Fault::of(&error, shown(url))),
        }
        if body.len() as u64 > limit {
            return Err(too_large(url, limit));
        }
    }
}

fn expanded(body: &[u8], url: &Url, limit: u64) -> Result<Vec<u8>, Fault> {
    let mut whole = vec![];
    let read = MultiGzDecoder::new(body).take(limit + 1).read_to_end(&mut whole);
    read.map_err(|error| Fault::new(Kind::Broken, shown(url), format!("it is compressed, but not soundly: {error}")))?;
    if whole.len() as u64 > limit { Err(too_large(url, limit)) } else { Ok(whole) }
}

fn too_large(url: &Url, limit: u64) -> Fault {
    Fault::new(Kind::Broken, shown(url), format!("it is larger than {limit} bytes, the most that is read"))
}
