//! `migrate` against the real operator: metadata that are rewritten by pods of kwok, there and back.

mod failure;
mod guided;
mod kill;
mod pulsar;
mod refusal;
mod release;
mod second;
mod way;

use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;

/// Long enough for the stop alone, which takes a minute and two looks of the operator.
const STOP: Duration = Duration::from_mins(4);
/// Long enough for all of it.
const ALL: Duration = Duration::from_mins(8);

const OLD: &str = "milvusdb/milvus:v2.1.4";
const NEW: &str = "milvusdb/milvus:v2.2.16";

/// The tests of all modules.
pub(crate) fn trials() -> Vec<Trial> {
    let modules = [
        kill::trials(),
        failure::trials(),
        guided::trials(),
        pulsar::trials(),
        way::trials(),
        second::trials(),
        release::trials(),
        release::kill::trials(),
        release::ground::trials(),
        refusal::trials(),
    ];
    modules.into_iter().flatten().collect()
}

/// A cluster 2.1.4 with two query nodes.
fn cluster<'a>(vec: &Namespace<'a>) -> Milvus<'a> {
    let prod = vec.milvus("prod").cluster().with_separate_coordinators().replicas("queryNode", 2);
    prod.version("2.1.4").create_and_wait_until_healthy()
}

/// The only migration of a namespace.
fn migration(vec: &Namespace<'_>) -> Value {
    let mut all = vec.list("milvus.io/v1beta1", "milvusupgrades");
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// How many migrations the program under test has begun here.
fn begun(vec: &Namespace<'_>) -> usize {
    let writes = super::upgrade::own_writes(vec);
    writes.iter().filter(|write| write.resource == "milvusupgrades" && write.verb == "create").count()
}

/// Replicas by component, as a spec has them.
fn replicas(milvus: &Milvus<'_>) -> Vec<(String, Value)> {
    let object = milvus.get();
    let sections = object["spec"]["components"].as_object().cloned().unwrap_or_default();
    sections.into_iter().filter_map(|(name, section)| Some((name, section.get("replicas")?.clone()))).collect()
}
