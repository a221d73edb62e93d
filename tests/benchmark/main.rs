//! How long the steps of a render take: from files to a chart, the parsing of its templates with all that goes before,
//! their execution, and the sorting of what comes out.
//!
//! `cargo bench --bench render`. The chart is made up; where `MILVUS_HELM_GIT` says where the releases of the milvus
//! chart are, milvus 5.0.19 is measured too.

#[path = "../compare/chart.rs"]
mod chart;
#[path = "../helm/release.rs"]
mod release;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use criterion::Criterion;
use kubectl_milvus::helm::{
    capability::Capabilities,
    chart::{Chart, ChartFile},
    error::Error,
    manifest::{self, Order},
    render::{Parsed, Purpose, Release},
    template::engine::World,
    value::{Map, Value},
};

const RELEASE: &str = "milvus-5.0.19";

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion, "made-up chart", &chart::files()?)?;
    if let Some(git) = std::env::var_os(release::VARIABLE).map(PathBuf::from) {
        let folder = tempfile::tempdir()?;
        let milvus = release::unpack(&git, RELEASE, folder.path())?;
        measure(&mut criterion, RELEASE, &files(&milvus)?)?;
    }
    criterion.final_summary();
    Ok(())
}

fn measure(criterion: &mut Criterion, name: &str, files: &[chart::File]) -> Result<()> {
    let load = || {
        let file = |(path, data): &chart::File| ChartFile { path: path.clone(), data: data.clone(), modified: None };
        Chart::from_directory(files.iter().map(file).collect())
    };
    let chart = load()?;
    let release =
        Release { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, purpose: Purpose::Install };
    let (values, capabilities) = (Map::new(), Capabilities::default());
    let parse = || Parsed::new(&chart, &values, &release, &capabilities);
    let parsed = parse()?;
    let mut rendered = parsed.execute(&mut Nowhere)?;
    rendered.retain(|path, _| !path.ends_with(manifest::NOTES));
    manifest::sort(&rendered, Order::Install)?;

    let mut group = criterion.benchmark_group(name);
    group.bench_function("load", |bencher| bencher.iter_with_large_drop(load));
    group.bench_function("parse", |bencher| bencher.iter_with_large_drop(parse));
    group.bench_function("execute", |bencher| bencher.iter(|| parsed.execute(&mut Nowhere)));
    group.bench_function("sort", |bencher| bencher.iter(|| manifest::sort(&rendered, Order::Install)));
    group.finish();
    Ok(())
}

/// The files below `folder`.
fn files(folder: &Path) -> Result<Vec<chart::File>> {
    let mut folders = vec![folder.to_owned()];
    let mut files = vec![];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_str().context("a path is no UTF-8")?;
                files.push((name.to_owned(), fs::read(&path)?));
            }
        }
    }
    Ok(files)
}

/// A world without a cluster, in which time stands still.
struct Nowhere;

impl World for Nowhere {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, Error> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system has randomness");
    }
}
