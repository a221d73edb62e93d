//! Objects of any kind, as JSON: what Helm operations read and write.

use std::fmt;

use http::{HeaderValue, Request as HttpRequest, header::CONTENT_TYPE};
use kube::{
    Error,
    api::{
        DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, PropagationPolicy, ValidationDirective,
    },
    core::{Request, request},
};
use serde_json::Value;

use super::{Cluster, DryRun, Kind, error};
use crate::failure::Failure;

/// How a patch says what is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchForm {
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, which merges lists by key.
    Strategic,
    /// RFC 6902.
    Json,
    /// Server-side apply; `force` takes fields from other managers.
    Apply {
        /// Whether it does.
        force: bool,
    },
}

/// How a write is made.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The name under which the API server records the fields.
    pub manager: &'a str,
    /// Whether it is carried out.
    pub dry_run: DryRun,
    /// Whether unknown and double fields are refused.
    pub is_strict: bool,
}

/// Why a request about an object did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 0 where no answer came.
    pub code: u16,
    /// The server's word, such as `AlreadyExists`.
    pub reason: String,
    /// The server's sentence, or what broke.
    pub message: String,
    /// The fields that are at fault, and why.
    pub causes: Vec<(String, String)>,
}

impl Refusal {
    /// A request that was never sent.
    pub fn local(message: String) -> Self {
        Self { code: 400, reason: String::new(), message, causes: vec![] }
    }

    /// Somebody else wrote in between, or owns the fields.
    pub fn is_conflict(&self) -> bool {
        self.code == 409 && self.reason != "AlreadyExists"
    }

    /// There is one of that name.
    pub fn is_existing(&self) -> bool {
        self.code == 409 && self.reason == "AlreadyExists"
    }

    /// Nobody knows whether it happened.
    pub fn is_unanswered(&self) -> bool {
        self.code == 0 || self.code >= 500
    }

    /// The same request may succeed a moment later: no answer came, the server stumbled, or is too busy.
    pub fn may_pass(&self) -> bool {
        self.is_unanswered() || self.code == 429
    }

    fn is_missing(&self) -> bool {
        self.code == 404
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = Self::failed(&refusal);
        match refusal.code {
            0 => failure.hint("is the cluster up, and is this the right context? `kubectl config current-context`"),
            401 => failure.hint("log in again, or name a user with --user or --token"),
            403 => failure.hint("ask for the missing right, or name another user with --as or --user"),
            _ => failure,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(status) => Self {
                code: status.code,
                reason: status.reason,
                message: status.message,
                causes: status
                    .details
                    .map(|details| details.causes.into_iter().map(|cause| (cause.field, cause.message)).collect())
                    .unwrap_or_default(),
            },
            other => Self { code: 0, reason: String::new(), message: error::root(&other), causes: vec![] },
        }
    }
}

impl Cluster {
    /// An object; `None` where there is none of that name.
    pub async fn object(&self, kind: &Kind, namespace: &str, name: &str) -> Result<Option<Value>, Refusal> {
        let request = Request::new(kind.path(Some(namespace)));
        let get = || async { self.ask(request.get(name, &GetParams::default())).await };
        found(self.read(get).await.map_err(Refusal::from))
    }

    /// What `lookup` of a template finds: an object, a list where no name is given; `None` where there is nothing.
    /// Without a namespace a list is of the whole cluster.
    pub async fn look_up(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<Option<Value>, Refusal> {
        let request = Request::new(kind.path(namespace));
        let answer = match name {
            Some(name) => self.read(|| async { self.ask(request.get(name, &GetParams::default())).await }).await,
            None => self.read(|| async { self.ask(request.list(&ListParams::default())).await }).await,
        };
        found(answer.map_err(Refusal::from))
    }

    /// The metadata of the objects of a namespace with these labels; of all of the cluster where none is named.
    pub async fn metadata(&self, kind: &Kind, namespace: Option<&str>, labels: &str) -> Result<Vec<Value>, Refusal> {
        let request = Request::new(kind.path(namespace));
        let params = ListParams::default().labels(labels);
        let mut list = self.read(|| async { self.ask(request.list_metadata(&params)).await }).await?;
        let Value::Array(items) = list["items"].take() else { return Ok(vec![]) };
        Ok(items)
    }

    /// The list of the objects of a namespace with these labels.
    pub async fn labelled(&self, kind: &Kind, namespace: &str, labels: &str) -> Result<Value, Refusal> {
        let request = Request::new(kind.path(Some(namespace)));
        let params = ListParams::default().labels(labels);
        Ok(self.read(|| async { self.ask(request.list(&params)).await }).await?)
    }

    /// Creates an object.
    pub async fn create(
        &self,
        kind: &Kind,
        namespace: &str,
        object: &Value,
        writing: Writing<'_>,
    ) -> Result<Value, Refusal> {
        let params =
            PostParams { dry_run: writing.dry_run == DryRun::Server, field_manager: Some(writing.manager.to_owned()) };
        let request = Request::new(kind.path(Some(namespace))).create(&params, object.to_string().into_bytes());
        Ok(self.limited(self.ask(request)).await?)
    }

    /// Replaces an object, under the resource version that it carries.
    pub async fn replace(
        &self,
        kind: &Kind,
        namespace: &str,
        name: &str,
        object: &Value,
        writing: Writing<'_>,
    ) -> Result<Value, Refusal> {
        let params =
            PostParams { dry_run: writing.dry_run == DryRun::Server, field_manager: Some(writing.manager.to_owned()) };
        let request = Request::new(kind.path(Some(namespace))).replace(name, &params, object.to_string().into_bytes());
        Ok(self.limited(self.ask(request)).await?)
    }

    /// Patches an object; with server-side apply it is created where it is not there.
    pub async fn patch_object(
        &self,
        kind: &Kind,
        (namespace, name): (&str, &str),
        form: PatchForm,
        patch: &Value,
        writing: Writing<'_>,
    ) -> Result<Value, Refusal> {
        let params = PatchParams {
            dry_run: writing.dry_run == DryRun::Server,
            force: matches!(form, PatchForm::Apply { force: true }),
            field_manager: Some(writing.manager.to_owned()),
            field_validation: writing.validation(),
        };
        let request = Request::new(kind.path(Some(namespace)));
        let request = match form {
            PatchForm::Merge => request.patch(name, &params, &Patch::Merge(patch)),
            PatchForm::Strategic => request.patch(name, &params, &Patch::Strategic(patch)),
            PatchForm::Apply { .. } => request.patch(name, &params, &Patch::Apply(patch)),
            // kube has a type of its own for these; the merge patch differs in its name only.
            PatchForm::Json => request.patch(name, &params, &Patch::Merge(patch)).map(|mut request| {
                request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json-patch+json"));
                request
            }),
        };
        Ok(self.limited(self.ask(request)).await?)
    }

    /// Deletes an object, and what belongs to it after it. `false` where there was none.
    pub async fn delete(&self, kind: &Kind, namespace: &str, name: &str) -> Result<bool, Refusal> {
        let params =
            DeleteParams { propagation_policy: Some(PropagationPolicy::Background), ..DeleteParams::default() };
        let request = Request::new(kind.path(Some(namespace))).delete(name, &params);
        Ok(found(self.limited(self.ask(request)).await.map_err(Refusal::from))?.is_some())
    }

    pub(super) async fn ask(&self, request: Result<HttpRequest<Vec<u8>>, request::Error>) -> Result<Value, Error> {
        self.client.request(request.map_err(Error::BuildRequest)?).await
    }
}

impl Writing<'_> {
    fn validation(self) -> Option<ValidationDirective> {
        self.is_strict.then_some(ValidationDirective::Strict)
    }
}

fn found(answer: Result<Value, Refusal>) -> Result<Option<Value>, Refusal> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(refusal) if refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
