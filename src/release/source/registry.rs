//! Charts in registries: `oci://`.

use futures::TryStreamExt;
use oci_client::{
    Client, Reference as Image, RegistryOperation,
    client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol},
    errors::{OciDistributionError, OciErrorCode},
    manifest::{OciDescriptor, OciImageManifest, OciManifest},
    secrets::RegistryAuth,
    token_cache::RegistryTokenType,
};
use url::Url;

use super::{
    Access, Available, Listing, Loaded, Request, archive, challenge,
    credential::{self, Stored},
    fault::{Fault, Kind},
    fetch::{self, Fetcher},
    reference::Reference,
};
use crate::{
    failure::Failure,
    helm::{
        constraint::{Constraint, Version},
        index::tag,
    },
};

/// What makes a manifest one of a chart.
const CHART: &str = "application/vnd.cncf.helm.config.v1+json";

/// The layers that hold the archive: since Helm 3.7, and before.
const LAYERS: [&str; 2] = ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"];

/// How many tags are asked for at once, and how often.
const PAGE: usize = 500;
const PAGES: usize = 200;

/// Finds a chart in a registry and reads it.
pub(super) async fn load(request: &Request, access: &Access, reference: Reference) -> Result<Loaded, Failure> {
    let limit = request.limits.whole;
    let session = Session::new(request, access, reference)?;
    let load = async {
        let auth = session.authorize().await?;
        session.load(&auth).await
    };
    tokio::time::timeout(limit, load).await.unwrap_or_else(|_| Err(session.too_slow()))
}

/// The versions of a chart in a registry.
pub(super) async fn versions(request: &Request, reference: Reference) -> Result<Listing, Failure> {
    let limit = request.limits.whole;
    let session = Session::new(request, &request.access, reference)?;
    let list = async {
        let auth = session.authorize().await?;
        session.tags(&auth).await
    };
    let tags = tokio::time::timeout(limit, list).await.unwrap_or_else(|_| Err(session.too_slow()))?;
    let mut versions = tag::versions(&tags);
    if !session.version.is_empty() {
        tag::choose(&tags, &session.version).map_err(|error| session.unfound(&error))?;
        let constraint = Constraint::new(&session.version).map_err(|error| session.unfound(&error))?;
        let is_wanted = |version: &String| {
            *version == session.version || Version::new(version).is_ok_and(|version| constraint.admits(&version))
        };
        versions.retain(is_wanted);
    }
    let versions = versions.into_iter().map(|version| Available { version, app_version: None }).collect();
    Ok(Listing { versions, origin: session.reference.to_string(), notes: vec![] })
}

/// What a request has to do with one repository of a registry.
struct Session {
    reference: Reference,
    version: String,
    registry: Url,
    access: Access,
    /// The program that keeps credentials which we do not have.
    keeper: Option<String>,
    fetcher: Fetcher,
    client: Client,
    limit: u64,
}

impl Session {
    fn new(request: &Request, access: &Access, reference: Reference) -> Result<Self, Failure> {
        let image = reference.image(None, None);
        let host = image.resolve_registry();
        let secure = Url::parse(&format!("https://{host}/"))
            .map_err(|error| Failure::usage(format!("`{reference}` has no host: {error}")))?;
        let speaks_tls = access.ca_file.is_some() || access.insecure_skip_tls_verify;
        let is_plain = access.plain_http || (fetch::is_loopback(&secure) && !speaks_tls);
        let registry = if is_plain { Url::parse(&format!("http://{host}/")).unwrap_or(secure) } else { secure };
        if access.certificate_file.is_some() {
            let message = "client certificates are not supported for registries";
            return Err(Failure::usage(message).hint("fetch the chart with `helm pull` and name the file with --chart"));
        }
        let (access, keeper) = match credential::of(&request.home, &reference.host) {
            Stored::Known(stored) => (access.or(&stored), None),
            Stored::KeptBy(program) if access.credentials().is_none() => (access.clone(), Some(program)),
            _ => (access.clone(), None),
        };
        Ok(Self {
            version: request.version.as_deref().unwrap_or_default().trim().to_owned(),
            fetcher: Fetcher::new(&access, request.limits, &registry)?,
            client: client(request, &access, &registry)?,
            limit: request.limits.archive,
            reference,
            registry,
            access,
            keeper,
        })
    }

    async fn authorize(&self) -> Result<RegistryAuth, Failure> {
        let met = challenge::meet(&self.fetcher, &self.registry, &self.reference.repository, self.access.credentials());
        let auth = met.await.map_err(|fault| self.failure(&fault))?;
        if let RegistryAuth::Basic(username, password) = &auth {
            // Otherwise the client would ask once more what the registry wants.
            let token = RegistryTokenType::Basic(username.clone(), password.clone());
            self.client.tokens.insert(&self.reference.image(None, None), RegistryOperation::Pull, token).await;
        }
        Ok(auth)
    }

    async fn load(&self, auth: &RegistryAuth) -> Result<Loaded, Failure> {
        let tag = self.tag(auth).await?;
        let digest = self.reference.digest.as_deref();
        let named = Reference { tag: tag.clone(), ..self.reference.clone() };
        if let (Some(tag), Some(digest)) = (&tag, digest) {
            self.check_pin(auth, tag, digest, &named).await?;
        }
        let (manifest, found) = self.manifest(&named.image(tag.as_deref(), digest), auth).await?;
        let origin = Reference { digest: Some(found), ..named }.to_string();
        if manifest.config.media_type != CHART {
            let message = format!("`{origin}` is no chart: it is of type `{}`", manifest.config.media_type);
            return Err(Failure::failed(message));
        }
        let layer = manifest.layers.iter().find(|layer| LAYERS.contains(&layer.media_type.as_str()));
        let layer = layer.ok_or_else(|| Failure::failed(format!("`{origin}` has no archive of a chart")))?;
        let bytes = self.blob(auth, layer, &origin).await?;
        if let Some(digest) = layer.digest.strip_prefix("sha256:") {
            archive::check(&bytes, digest, &origin)?;
        }
        archive::read(&bytes, origin)
    }

    /// The tag that is meant; none where only a digest was given.
    async fn tag(&self, auth: &RegistryAuth) -> Result<Option<String>, Failure> {
        let wanted = tag::of_version(&self.version);
        match &self.reference.tag {
            Some(tag) if wanted.is_empty() || wanted == *tag => return Ok(Some(tag.clone())),
            Some(tag) => {
                let message = format!("two versions are named: `{tag}` in `{}` and `{}`", self.reference, self.version);
                return Err(Failure::usage(message).hint("leave one of them out"));
            }
            None if self.reference.digest.is_some() && wanted.is_empty() => return Ok(None),
            None if Version::strict(&self.version).is_ok() => return Ok(Some(wanted)),
            None => {}
        }
        let tags = self.tags(auth).await?;
        tag::choose(&tags, &self.version).map(Some).map_err(|error| self.unfound(&error))
    }

    /// A version beside a digest must be that digest's; it may have lost its tag meanwhile.
    async fn check_pin(&self, auth: &RegistryAuth, tag: &str, digest: &str, named: &Reference) -> Result<(), Failure> {
        let Ok(found) = self.client.fetch_manifest_digest(&named.image(Some(tag), None), auth).await else {
            return Ok(());
        };
        if found == digest {
            return Ok(());
        }
        Err(Failure::failed(format!("`{}:{tag}` is {found} now, not {digest}", self.name()))
            .hint("the tag was moved; leave the version out to take what the digest names"))
    }

    async fn manifest(&self, image: &Image, auth: &RegistryAuth) -> Result<(OciImageManifest, String), Failure> {
        let about = |error| self.failure(&self.fault(error));
        let (manifest, digest) = self.client.pull_manifest(image, auth).await.map_err(about)?;
        let entries = match manifest {
            OciManifest::Image(manifest) => return Ok((manifest, digest)),
            OciManifest::ImageIndex(index) => index.manifests,
        };
        // A list of several artifacts, one of which is the chart.
        let is_chart = |kind: &Option<String>| kind.as_deref() == Some(CHART);
        let entry = entries.iter().find(|entry| is_chart(&entry.artifact_type));
        let entry =
            entry.ok_or_else(|| Failure::failed(format!("`{}` is no chart, but a list of images", self.name())))?;
        let image = image.clone_with_digest(entry.digest.clone());
        match self.client.pull_manifest(&image, auth).await.map_err(about)? {
            (OciManifest::Image(manifest), _) => Ok((manifest, digest)),
            _ => Err(Failure::failed(format!("`{}` is no chart, but a list of lists", self.name()))),
        }
    }

    async fn blob(&self, auth: &RegistryAuth, layer: &OciDescriptor, origin: &str) -> Result<Vec<u8>, Failure> {
        let image = self.reference.image(None, None);
        // The client remembers it with the first request that takes it; this one does not.
        self.client.store_auth_if_needed(image.resolve_registry(), auth).await;
        let pulled = self.client.pull_blob_stream(&image, layer).await;
        let mut stream = pulled.map_err(|error| self.failure(&self.fault(error)))?.stream;
        let mut bytes: Vec<u8> = vec![];
        loop {
            let piece = stream.try_next().await.map_err(|error| self.failure(&self.broken_off(&error, origin)))?;
            let Some(piece) = piece else { return Ok(bytes) };
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > self.limit {
                let message = format!("`{origin}` is larger than {} bytes, the most that is read", self.limit);
                return Err(Failure::failed(message));
            }
        }
    }

    async fn tags(&self, auth: &RegistryAuth) -> Result<Vec<String>, Failure> {
        let image = self.reference.image(None, None);
        let mut tags: Vec<String> = vec![];
        for _ in 0..PAGES {
            let last = tags.last().cloned();
            let page = self.client.list_tags(&image, auth, Some(PAGE), last.as_deref()).await;
            let page = page.map_err(|error| self.failure(&self.fault(error)))?.tags;
            // Some give all at once, however often they are asked.
            if page.is_empty() || page.last() == tags.last() {
                return Ok(tags);
            }
            tags.extend(page);
        }
        Ok(tags)
    }

    /// The chart without a version.
    fn name(&self) -> Reference {
        Reference { tag: None, digest: None, ..self.reference.clone() }
    }

    fn fault(&self, error: OciDistributionError) -> Fault {
        let address = self.reference.to_string();
        match error {
            OciDistributionError::RequestError(error) => Fault::of(&error, address),
            OciDistributionError::ServerError { code, .. } => Fault::of_status(code, address),
            OciDistributionError::UnauthorizedError { .. } | OciDistributionError::AuthenticationFailure(_) => {
                Fault::of_status(401, address)
            }
            OciDistributionError::ImageManifestNotFoundError(_) => Fault::of_status(404, address),
            OciDistributionError::RegistryError { envelope, .. } => {
                let code = envelope.errors.first().map(|error| &error.code);
                let kind = match code {
                    Some(OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound) => {
                        Kind::Absent
                    }
                    Some(OciErrorCode::Denied | OciErrorCode::Unauthorized) => Kind::Refused,
                    Some(OciErrorCode::Toomanyrequests) => Kind::Unreachable,
                    _ => Kind::Broken,
                };
                let messages: Vec<_> = envelope.errors.iter().map(|error| error.message.as_str()).collect();
                Fault::new(kind, address, messages.join("; "))
            }
            OciDistributionError::DigestError(error) => Fault::new(Kind::Broken, address, error.to_string()),
            // The rest is about what the registry said; none of it has an address in it.
            other => Fault::new(Kind::Broken, address, other.to_string()),
        }
    }

    fn broken_off(&self, error: &std::io::Error, origin: &str) -> Fault {
        let request = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
        match request {
            Some(request) => Fault::of(request, origin),
            None => Fault::new(Kind::Broken, self.reference.to_string(), error.to_string()),
        }
    }

    fn failure(&self, fault: &Fault) -> Failure {
        let failure = fault.failure(&self.bring());
        match (&self.keeper, fault.kind()) {
            (Some(keeper), Kind::Refused) => {
                let host = &self.reference.host;
                failure.hint(format!("`{keeper}` may know who asks at `{host}`; it is not run here"))
            }
            (_, Kind::Absent) => failure.hint(format!("`helm show chart {}` says what is there", self.name())),
            _ => failure,
        }
    }

    fn unfound(&self, error: &crate::helm::error::Error) -> Failure {
        Failure::failed(format!("cannot choose `{}`: {error}", self.name()))
    }

    fn too_slow(&self) -> Failure {
        self.failure(&Fault::new(Kind::Unreachable, self.reference.to_string(), "it takes too long"))
    }

    fn bring(&self) -> String {
        let (reference, chart) = (self.name(), self.reference.repository.rsplit('/').next().unwrap_or_default());
        let wanted = self.reference.tag.as_deref().unwrap_or(&self.version);
        let version = if wanted.is_empty() { String::new() } else { format!(" --version '{wanted}'") };
        format!(
            "bring the chart's file: where there is a network, `helm pull {reference}{version}` fetches it; then name it \
             with --chart {chart}-VERSION.tgz"
        )
    }
}

/// The client for registries, which trusts as far as the other does.
fn client(request: &Request, access: &Access, registry: &Url) -> Result<Client, Failure> {
    let certificates = access.ca_file.as_deref().map(fetch::read).transpose()?;
    let certificate = |data| Certificate { encoding: CertificateEncoding::Pem, data };
    let is_plain = registry.scheme() == "http";
    let mut config = ClientConfig {
        protocol: if is_plain { ClientProtocol::Http } else { ClientProtocol::Https },
        accept_invalid_certificates: access.insecure_skip_tls_verify,
        tls_certs_only: certificates.map(certificate).into_iter().collect(),
        connect_timeout: Some(request.limits.connect),
        read_timeout: Some(request.limits.silence),
        user_agent: fetch::AGENT,
        ..ClientConfig::default()
    };
    if fetch::is_loopback(registry) {
        // The only way to say that there is none: one that is never used.
        config.http_proxy = Some(registry.to_string());
        config.https_proxy = Some(registry.to_string());
        config.no_proxy = Some("*,127.0.0.0/8,::1".to_owned());
    }
    fetch::encrypt_with_ring();
    Client::try_from(config).map_err(|error| Failure::failed(format!("cannot prepare for registries: {error}")))
}
