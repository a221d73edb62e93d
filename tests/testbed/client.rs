//! A small blocking client of the API server, for what tests set up and look at.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// What the testbed calls itself; the audit log tells its requests from those under test by it.
pub(crate) const USER_AGENT: &str = "testbed";

/// Talks to one API server as one user.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    server: String,
    token: String,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Client {
    /// `server` is `https://ADDRESS:PORT`.
    pub(crate) fn new(server: &str, authority_pem: &str, token: &str) -> Result<Self> {
        let authority = Certificate::from_pem(authority_pem.as_bytes()).context("cannot read the authority")?;
        let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(vec![authority]))).build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(USER_AGENT)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Ok(Self { agent: config.new_agent(), server: server.to_owned(), token: token.to_owned() })
    }

    /// Sends a request and returns the answer whatever its status is.
    ///
    /// # Errors
    /// Only when there is no answer.
    pub(crate) fn send(&self, method: &str, path: &str, content: &str, body: Option<&Value>) -> Result<Answer> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Accept", "application/json")
            .header("Content-Type", content);
        let text = body.map(Value::to_string).unwrap_or_default();
        let mut response = self
            .agent
            .run(request.body(text).context("not a request")?)
            .with_context(|| format!("no answer to {method} {path}"))?;
        let status = response.status().as_u16();
        let text = response
            .body_mut()
            .with_config()
            .limit(100 << 20)
            .read_to_string()
            .with_context(|| format!("no whole answer to {method} {path}"))?;
        // Health endpoints answer in plain text.
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body })
    }

    /// The object or list at `path`.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.expect("GET", path, "application/json", None)
    }

    /// The object at `path`, if there is one.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Value>> {
        let answer = self.send("GET", path, "application/json", None)?;
        match answer.status {
            404 => Ok(None),
            200 => Ok(Some(answer.body)),
            _ => bail!("GET {path}: {}", complaint(&answer)),
        }
    }

    /// The lines of a watch, as they come: first what is there already, then every change. `path` is a
    /// collection, with a query of its own or without.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(crate) fn watch(&self, path: &str) -> Result<impl Iterator<Item = String> + Send + use<>> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let request = http::Request::builder()
            .uri(format!("{}{path}{separator}watch=true", self.server))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Accept", "application/json");
        let request = request.body(()).context("not a request")?;
        let request = self.agent.configure_request(request).timeout_global(None).build();
        let response = self.agent.run(request).with_context(|| format!("no answer to a watch of {path}"))?;
        let status = response.status();
        if !status.is_success() {
            bail!("watch of {path}: {status}");
        }
        Ok(BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok))
    }

    /// Creates `object` in the collection at `path`.
    pub(crate) fn create(&self, path: &str, object: &Value) -> Result<Value> {
        self.expect("POST", path, "application/json", Some(object))
    }

    /// A JSON merge patch.
    pub(crate) fn patch(&self, path: &str, change: &Value) -> Result<Value> {
        self.expect("PATCH", path, "application/merge-patch+json", Some(change))
    }

    /// Server-side apply, whoever owns the fields.
    pub(crate) fn apply(&self, path: &str, object: &Value) -> Result<Value> {
        let path = format!("{path}?fieldManager={USER_AGENT}&force=true");
        self.expect("PATCH", &path, "application/apply-patch+yaml", Some(object))
    }

    /// Deletes the object at `path`; one that is gone already is fine.
    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        let answer = self.send("DELETE", path, "application/json", Some(&json!({})))?;
        if matches!(answer.status, 200 | 202 | 404) {
            return Ok(());
        }
        bail!("DELETE {path}: {}", complaint(&answer))
    }

    fn expect(&self, method: &str, path: &str, content: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.send(method, path, content, body)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        bail!("{method} {path}: {}", complaint(&answer))
    }
}

fn complaint(answer: &Answer) -> String {
    let message = answer.body["message"].as_str().map_or_else(|| answer.body.to_string(), str::to_owned);
    format!("{} {message}", answer.status)
}
