//! A journal for tests.

use jiff::Timestamp;
use serde_json::json;

use super::{Before, Journal, Operation, Session};
use crate::{
    check::{Ground, Target},
    knowledge::Knowledge,
    plan::plan_upgrade,
    snapshot::sample::healthy_cluster,
};

/// What nobody may read in anything that is shown.
pub(super) const PASSWORD: &str = "planted-secret";

pub(super) fn moment() -> Timestamp {
    "2026-11-21T09:36:05.482Z".parse().expect("a time")
}

pub(super) fn journal() -> Journal {
    let snapshot = healthy_cluster();
    let target = Target {
        version: "2.6.6".parse().expect("a version"),
        image: "milvusdb/milvus:v2.6.6".parse().expect("an image"),
        chart: None,
        direction: crate::check::Direction::Forward,
        revision: None,
        states_version: false,
        stated_from: None,
        update_mode: None,
        backup: Some("nightly".into()),
        tool: None,
        claim: None,
        accepted: vec![],
    };
    let ground = Ground { snapshot: &snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
    let plan = plan_upgrade(&ground, &target);
    let spec = json!({"config": {"etcd": {"auth": {"password": PASSWORD}}}});
    let before = Before::Milvus { uid: "1".into(), generation: 4, annotations: json!({}), spec };
    Journal::begin(Operation::Upgrade, &plan, before, Session::begin("ana", "bastion", moment()))
}
