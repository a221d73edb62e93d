//! Who works on an instance now: a Lease of `coordination.k8s.io/v1`.

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{Operation, Subject};

/// Annotations: who, where, at what, and the Secret of the run.
const USER: &str = "kubectl-milvus.io/user";
const HOST: &str = "kubectl-milvus.io/host";
const OPERATION: &str = "kubectl-milvus.io/operation";
const TO: &str = "kubectl-milvus.io/to";
const RUN: &str = "kubectl-milvus.io/run";

/// One who works on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// One for each process, so that two of one user differ.
    pub identity: String,
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// What they do, in a word.
    pub operation: String,
    /// The version that is gone to.
    pub to: String,
    /// The name of the Secret of the run.
    pub run: String,
}

/// A Lease as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub holder: Holder,
    /// Since when.
    pub acquired: Option<Timestamp>,
    /// When they last showed that they live, by their own clock.
    pub renewed: Option<Timestamp>,
    /// Seconds without a sign of life after which it counts as given up.
    pub seconds: i64,
    /// How often it has changed hands.
    pub transitions: i64,
    /// `metadata.resourceVersion`, under which it is written.
    pub resource_version: String,
}

/// Whether somebody may take a Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its holder lives.
    Live,
    /// Its holder has shown no sign of life for longer than it lasts.
    Expired,
    /// Nobody holds it.
    Free,
}

impl Holder {
    /// `ana@bastion`.
    pub fn who(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

impl Lease {
    /// Reads the object.
    pub fn read(object: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (metadata, spec) = (&object["metadata"], &object["spec"]);
        let note = |key: &str| text(&metadata["annotations"][key]);
        let time = |key: &str| spec[key].as_str().and_then(|time| time.parse().ok());
        let holder = Holder {
            identity: text(&spec["holderIdentity"]),
            user: note(USER),
            host: note(HOST),
            operation: note(OPERATION),
            to: note(TO),
            run: note(RUN),
        };
        Self {
            holder,
            acquired: time("acquireTime"),
            renewed: time("renewTime"),
            seconds: spec["leaseDurationSeconds"].as_i64().unwrap_or(0),
            transitions: spec["leaseTransitions"].as_i64().unwrap_or(0),
            resource_version: text(&metadata["resourceVersion"]),
        }
    }

    /// Whether its holder lives, by this clock. Clocks differ: who takes over an expired one watches it for a while first.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.holder.identity.is_empty() {
            return Standing::Free;
        }
        let limit = self.renewed.and_then(|renewed| renewed.checked_add(self.seconds.seconds()).ok());
        if limit.is_some_and(|limit| limit > now) { Standing::Live } else { Standing::Expired }
    }

    /// Whether its holder may have been at work then, by their own clock.
    pub fn covers(&self, time: Timestamp) -> bool {
        let end = self.renewed.and_then(|renewed| renewed.checked_add(self.seconds.seconds()).ok());
        self.acquired.is_some_and(|begin| begin <= time) && end.is_some_and(|end| time <= end)
    }

    /// How long its holder has been silent.
    pub fn silence(&self, now: Timestamp) -> SignedDuration {
        self.renewed.map_or(SignedDuration::ZERO, |renewed| now.duration_since(renewed))
    }

    /// Another object with the same sign of life: nobody has renewed it in between.
    pub fn is_as_before(&self, before: &Self) -> bool {
        self.resource_version == before.resource_version && self.renewed == before.renewed
    }
}

impl Subject {
    /// The Lease of `holder`; `taken_from` is the one that it takes the place of.
    pub fn lease_object(
        &self,
        holder: &Holder,
        (acquired, renewed): (Timestamp, Timestamp),
        seconds: u64,
        transitions: i64,
        resource_version: Option<&str>,
    ) -> Value {
        let mut object = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": self.lease(),
                "namespace": self.namespace,
                "labels": {
                    "app.kubernetes.io/managed-by": "kubectl-milvus",
                    super::head::INSTANCE: self.label(),
                    super::head::WAY: self.way.word(),
                },
                "annotations": {
                    USER: holder.user, HOST: holder.host, OPERATION: holder.operation, TO: holder.to, RUN: holder.run,
                },
            },
            "spec": {
                "holderIdentity": holder.identity,
                "leaseDurationSeconds": seconds,
                "acquireTime": micro(acquired),
                "renewTime": micro(renewed),
                "leaseTransitions": transitions,
            },
        });
        if let Some(version) = resource_version {
            object["metadata"]["resourceVersion"] = json!(version);
        }
        object
    }

    /// Who takes a Lease for a run.
    pub fn holder(
        &self,
        identity: &str,
        (user, host): (&str, &str),
        operation: Operation,
        to: &str,
        id: &str,
    ) -> Holder {
        Holder {
            identity: identity.to_owned(),
            user: user.to_owned(),
            host: host.to_owned(),
            operation: operation.word().to_owned(),
            to: to.to_owned(),
            run: self.key(id),
        }
    }
}

/// A time as `MicroTime` wants it: always six digits.
pub(super) fn micro(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan};

    use super::{Lease, Standing};
    use crate::journal::{Operation, Subject, Way};

    #[test]
    fn a_lease_is_live_until_its_time_and_free_without_a_holder() {
        let subject = Subject::named(Way::Milvus, "vec", "prod");
        let holder = subject.holder("1-2", ("ana", "bastion"), Operation::Upgrade, "2.6.6", "2026");
        let now: Timestamp = "2026-11-21T09:36:05.000001Z".parse().unwrap();
        let object = subject.lease_object(&holder, (now, now), 30, 2, Some("7"));
        assert_eq!(object["spec"]["renewTime"], "2026-11-21T09:36:05.000001Z");
        let lease = Lease::read(&object);
        assert_eq!((&lease.holder, lease.acquired, lease.transitions), (&holder, Some(now), 2));
        assert_eq!(lease.holder.who(), "ana@bastion");
        let after = |seconds: i64| lease.standing(now.checked_add(seconds.seconds()).unwrap());
        let covers = |seconds: i64| lease.covers(now.checked_add(seconds.seconds()).unwrap());
        assert_eq!([covers(-1), covers(0), covers(30), covers(31)], [false, true, true, false]);
        assert_eq!([after(0), after(29), after(30), after(-300)], {
            use Standing::{Expired, Live};
            [Live, Live, Expired, Live]
        });
        assert_eq!(Lease::read(&serde_json::json!({})).standing(now), Standing::Free);
        let mut later = lease.clone();
        later.resource_version = "8".into();
        assert!(!later.is_as_before(&lease) && lease.is_as_before(&lease));
    }
}
