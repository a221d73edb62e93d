//! Why something could not be fetched.

use std::error::Error;

use crate::failure::Failure;

/// Why something could not be fetched.
#[derive(Debug)]
pub(super) struct Fault {
    kind: Kind,
    /// The address, without secrets.
    address: String,
    reason: String,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nobody answers; somebody might elsewhere or later.
    Unreachable,
    /// Who answers has no certificate that is trusted.
    Untrusted,
    /// The server wants to know who asks, or does not let them.
    Refused,
    /// There is nothing of that name.
    Absent,
    /// Whatever came is not to be used.
    Broken,
}

impl Fault {
    pub(super) fn new(kind: Kind, address: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { kind, address: address.into(), reason: reason.into() }
    }

    /// From an error of the client.
    pub(super) fn of(error: &reqwest::Error, address: impl Into<String>) -> Self {
        let causes = chain(error);
        let kind = if causes.iter().any(|cause| cause.is::<rustls::Error>() || is_wrapped_tls(*cause)) {
            Kind::Untrusted
        } else if error.is_connect() || error.is_timeout() {
            Kind::Unreachable
        } else {
            Kind::Broken
        };
        // The first of them repeats the address, with its secrets.
        let mut reasons: Vec<String> = vec![];
        for cause in &causes[1..] {
            let reason = cause.to_string();
            // The client's layers, which say nothing of their own.
            let is_layer = reason.starts_with("client error (");
            if !is_layer && reasons.last().is_none_or(|last| !last.contains(&reason)) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() {
            reasons.push(if error.is_timeout() { "no answer in time" } else { "it cannot be asked" }.to_owned());
        }
        Self::new(kind, address, reasons.join(": "))
    }

    /// From the status of an answer that is not a success.
    pub(super) fn of_status(status: u16, address: impl Into<String>) -> Self {
        let (kind, reason) = match status {
            401 => (Kind::Refused, "it wants to know who asks"),
            403 => (Kind::Refused, "it is forbidden"),
            404 | 410 => (Kind::Absent, "it is not there"),
            // Of proxies, most of all where there is no way out.
            407 => (Kind::Unreachable, "the proxy wants to know who asks"),
            502..=504 => (Kind::Unreachable, "the server is not there now"),
            429 => (Kind::Unreachable, "too many requests were made"),
            500.. => (Kind::Broken, "the server failed"),
            _ => (Kind::Broken, "it was not given"),
        };
        Self::new(kind, address, format!("{reason} (HTTP {status})"))
    }

    /// What can be done about it.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Why, in short.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// As people are told, with what to do; `offline` says which file to bring where there is no network.
    pub(super) fn failure(&self, offline: &str) -> Failure {
        let Self { address, reason, .. } = self;
        match self.kind {
            Kind::Unreachable => Failure::failed(format!("cannot reach `{address}`: {reason}"))
                .hint(format!("to go on without it, {offline}")),
            Kind::Untrusted => Failure::failed(format!("cannot trust the server of `{address}`: {reason}"))
                .hint("--ca-file FILE names the authority that signed its certificate"),
            Kind::Refused => Failure::failed(format!("may not fetch `{address}`: {reason}"))
                .hint("--username and --password say who asks; `helm repo add` and `helm registry login` store them"),
            Kind::Absent | Kind::Broken => Failure::failed(format!("cannot fetch `{address}`: {reason}")),
        }
    }
}

/// An error and what caused it, inwards.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source()).collect()
}

/// Whether it is an I/O error that carries one of TLS, maybe in another one; `source` passes over what it carries.
fn is_wrapped_tls(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<rustls::Error>() || is_wrapped_tls(inner))
}
