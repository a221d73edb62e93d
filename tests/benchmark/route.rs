//! How long it takes to judge one instance once it was seen: its route, its plan, and what the rules say.
//!
//! `cargo bench --bench route`. A route and a plan are meant to take less than a millisecond.

use anyhow::{Context, Result};
use criterion::Criterion;
use kubectl_milvus::{
    check::{Ground, Report, Target},
    knowledge::Knowledge,
    plan::{Route, plan_upgrade},
    snapshot::Snapshot,
};

/// A cluster 2.4.23 with four coordinators: two runs and one conversion away from 2.6.22.
const FAR: &str = include_str!("../cli/fixture/coordinators-2.4.23.json");

fn main() -> Result<()> {
    let snapshot: Snapshot = serde_json::from_str(FAR)?;
    let knowledge = Knowledge::builtin();
    let running = snapshot.milvus.image().context("the fixture has an image")?;
    let target = |version: &str| -> Result<Target> {
        let version: kubectl_milvus::milvus::MilvusVersion = version.parse().ok().context("a version")?;
        Ok(Target::new(version.clone(), running.at(&version)))
    };
    let (far, next) = (target("2.6.22")?, target("2.5.27")?);
    let ground = |target| Ground { snapshot: &snapshot, target: Some(target), knowledge };
    let (to_far, to_next) = (ground(&far), ground(&next));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("one instance");
    group.bench_function("route", |bencher| bencher.iter(|| Route::of(&to_far, &far.version)));
    group.bench_function("plan", |bencher| bencher.iter(|| plan_upgrade(&to_next, &next)));
    group.bench_function("rules", |bencher| bencher.iter(|| Report::of(&to_next)));
    group.finish();
    criterion.final_summary();
    Ok(())
}
