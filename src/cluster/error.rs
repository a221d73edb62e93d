//! The one place where an error of the API becomes words and hints.

use kube::Error;

use super::Cluster;
use crate::{exit::Exit, failure::Failure};

impl Cluster {
    /// Says what was attempted, why it failed, and what to do next.
    pub(super) fn explain(&self, error: Error, attempt: &str) -> Failure {
        let address = self.address.trim_end_matches('/');
        if is_missing_kind(&error) {
            return Failure::failed("this cluster has no Milvus resources: milvuses.milvus.io is not served")
                .hint("install the operator with its chart milvus-operator, or look for Helm releases with `kubectl milvus get`");
        }
        match error {
            Error::Api(status) if status.code == 401 => {
                Failure::failed(format!("{address} does not know you: {}", status.message))
                    .context(attempt.to_owned())
                    .hint("log in again, or name a user with --user or --token")
            }
            Error::Api(status) if status.code == 403 => Failure::failed(status.message.clone())
                .context(attempt.to_owned())
                .hint("ask for the missing right, or name another user with --as or --user"),
            Error::Api(status) => {
                Failure::failed(format!("{} ({})", status.message, status.code)).context(attempt.to_owned())
            }
            Error::Service(_) | Error::HyperError(_) => {
                Failure::failed(format!("cannot reach {address}: {}", root(&error)))
                    .context(attempt.to_owned())
                    .hint("is the cluster up, and is this the right context? `kubectl config current-context`")
            }
            other => Failure::new(Exit::Failed, other).context(attempt.to_owned()),
        }
    }
}

/// Why a part of a snapshot could not be seen, in one line.
pub(super) fn reason(error: &Error, what: &str) -> String {
    reason_to(error, "list", what)
}

/// The same of another verb.
pub(super) fn reason_to(error: &Error, verb: &str, what: &str) -> String {
    match error {
        Error::Api(status) if status.code == 403 => format!("no right to {verb} {what}"),
        Error::Api(status) if status.code == 404 => format!("{what} are not served here"),
        Error::Api(status) => format!("cannot {verb} {what}: {}", status.message),
        other => format!("cannot {verb} {what}: {}", root(other)),
    }
}

/// Whether the server does not know the kind at all, rather than the name.
pub(super) fn is_missing_kind(error: &Error) -> bool {
    let Error::Api(status) = error else { return false };
    let named = status.details.as_ref().is_some_and(|details| !details.name.is_empty());
    status.code == 404 && !named
}

/// The innermost cause: `connection refused` rather than three layers of client.
pub(super) fn root(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => root(source),
        None => error.to_string(),
    }
}
