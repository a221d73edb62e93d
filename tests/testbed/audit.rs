//! What the API server was asked, by whom and in which order, from its audit log.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::wait::{self, Look};
use super::{Testbed, sure};

/// A choice of requests.
#[derive(Clone)]
pub(crate) struct Audit<'a> {
    testbed: &'a Testbed,
    user_agent: Option<String>,
    namespace: Option<String>,
    user: Option<String>,
}

/// One request that the API server has answered, or is answering for as long as a watch lasts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// Where it stands in the log: requests of one client that wait for each other are in this order.
    pub(crate) order: usize,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, …
    pub(crate) verb: String,
    pub(crate) uri: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) user_agent: String,
    pub(crate) user: String,
    /// The HTTP status; 0 while there is none.
    pub(crate) status: u16,
    /// What was sent; only for writes to milvus.io, apps and secrets, else null.
    pub(crate) object: Value,
    /// What came back; only where `object` is there too, and not to the operator about its Deployments.
    pub(crate) answer: Value,
    /// When it arrived, RFC 3339 in UTC with microseconds.
    pub(crate) time: String,
}

impl Request {
    /// Whether it asks for a change; a dry run asks for none.
    pub(crate) fn is_write(&self) -> bool {
        let writes = ["create", "update", "patch", "delete", "deletecollection"];
        // Access reviews are created and leave nothing behind.
        writes.contains(&self.verb.as_str())
            && !self.group.ends_with("authorization.k8s.io")
            && !self.uri.contains("dryRun=All")
    }
}

impl<'a> Audit<'a> {
    pub(crate) fn new(testbed: &'a Testbed) -> Self {
        Self { testbed, user_agent: None, namespace: None, user: None }
    }

    /// Only clients whose user agent begins with this, for example `kubectl-milvus`.
    pub(crate) fn of_user_agent(mut self, start: &str) -> Self {
        self.user_agent = Some(start.to_owned());
        self
    }

    /// Only this user, for example `milvus-operator`.
    pub(crate) fn of_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// Only requests about objects in this namespace.
    pub(crate) fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The requests so far, in the order of the log.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.wait_until_written();
        let log = sure(File::open(self.log()).map_err(Into::into));
        let mut requests: Vec<Request> = Vec::new();
        // A watch is logged when it begins and again when it ends.
        let mut seen: HashMap<String, usize> = HashMap::new();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if !self.may_match(&line) {
                continue;
            }
            let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
            let order = requests.len();
            let request = read(&event, order);
            if !self.matches(&request) {
                continue;
            }
            if let Some(known) = seen.insert(text(&event["auditID"]), order) {
                seen.insert(text(&event["auditID"]), known);
                requests[known] = Request { order: known, ..request };
            } else {
                requests.push(request);
            }
        }
        requests
    }

    /// The requests that asked for a change.
    pub(crate) fn writes(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(Request::is_write);
        requests
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }

    fn log(&self) -> std::path::PathBuf {
        self.testbed.cluster.household.directory.join("audit.log")
    }

    /// Cheap and right more often than not: most lines are of others and need not be parsed.
    fn may_match(&self, line: &str) -> bool {
        [&self.user_agent, &self.namespace, &self.user].into_iter().flatten().all(|part| line.contains(part.as_str()))
    }

    fn matches(&self, request: &Request) -> bool {
        self.user_agent.as_ref().is_none_or(|start| request.user_agent.starts_with(start))
            && self.namespace.as_ref().is_none_or(|namespace| request.namespace == *namespace)
            && self.user.as_ref().is_none_or(|user| request.user == *user)
    }

    /// A request is logged a moment after its answer; one more is sent, and awaited in the log.
    fn wait_until_written(&self) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mark = format!("audit-mark-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        sure(self.testbed.client().find(&format!("/api/v1/namespaces/{mark}")));
        sure(wait::until(Duration::from_secs(10), "the audit log", || {
            let log = BufReader::new(File::open(self.log())?);
            let written = log.lines().map_while(Result::ok).any(|line| line.contains(&mark));
            Ok(if written { Look::Done(()) } else { Look::NotYet(format!("no {mark} in it")) })
        }));
    }
}

fn read(event: &Value, order: usize) -> Request {
    let about = &event["objectRef"];
    Request {
        order,
        verb: text(&event["verb"]),
        uri: text(&event["requestURI"]),
        group: text(&about["apiGroup"]),
        resource: text(&about["resource"]),
        subresource: text(&about["subresource"]),
        namespace: text(&about["namespace"]),
        name: text(&about["name"]),
        user_agent: text(&event["userAgent"]),
        user: text(&event["user"]["username"]),
        status: event["responseStatus"]["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(0),
        object: event["requestObject"].clone(),
        answer: event["responseObject"].clone(),
        time: text(&event["requestReceivedTimestamp"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
