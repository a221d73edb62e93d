//! Every command of the README and of the guide, typed in the order of its page.
//!
//! What a page takes for granted is there before: an instance, a file, a tool's mark on a resource. Nothing of a page is
//! left out, and each command has to end as the page says, or else well.

mod reader;

use std::thread;

use serde_json::json;

use self::reader::{Desk, Page};
use crate::release::way::{chart, helm, install};
use crate::testbed::Testbed;
use crate::testbed::milvus::{Milvus, is_healthy};
use crate::testbed::namespace::Namespace;
use crate::testbed::registry::Registry;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::upgrade::ROLL;

trials![
    migrate,
    rollback,
    readme,
    serving,
    gitops,
    air_gap,
    helm_release,
    ci,
    run,
    operator_cluster,
    standalone,
    knowledge,
    operator,
    every_page_is_followed,
];

/// Values of a release whose coordinators run apart.
const APART: &str = "image.all.tag=v2.5.16,mixCoordinator.enabled=false,rootCoordinator.enabled=true,\
                     queryCoordinator.enabled=true,indexCoordinator.enabled=true,dataCoordinator.enabled=true";

/// A file of values of a release, as it runs.
const VALUES: &str = "image:\n  all:\n    tag: v2.5.16\n";

/// Pages of the guide by the test that follows them.
const PAGES: [&str; 12] = [
    "air-gap.md",
    "ci.md",
    "gitops.md",
    "helm.md",
    "knowledge.md",
    "migrate.md",
    "operator-cluster.md",
    "operator.md",
    "rollback.md",
    "run.md",
    "serving.md",
    "standalone.md",
];

fn every_page_is_followed(_: &Testbed) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "README.md");
    names.sort();
    assert_eq!(names, PAGES);
}

fn cluster<'a>(vec: &Namespace<'a>, version: &str) -> Milvus<'a> {
    vec.milvus("prod").cluster().version(version).create_and_wait_until_healthy()
}

/// Has the instance run something else, without the program under test.
fn set_image(milvus: &Milvus, version: &str) {
    let image = format!("milvusdb/milvus:v{version}");
    milvus.patch(&json!({"spec": {"components": {"image": image}}}));
    let what = format!("{version}, wholly");
    milvus.wait_until(ROLL, &what, |object| object["status"]["currentImage"] == *image && is_healthy(object));
}

fn operator_cluster(testbed: &Testbed) {
    let page = Page::open("docs/guide/operator-cluster.md");
    let desk = Desk::new(testbed.namespace("guide-cluster"));
    cluster(&desk.vec, "2.5.22");
    page.follow(&desk, None, |_| {});
    page.ends();
}

fn standalone(testbed: &Testbed) {
    let page = Page::open("docs/guide/standalone.md");
    let desk = Desk::new(testbed.namespace("guide-standalone"));
    desk.vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    page.follow(&desk, None, |_| {});
    page.ends();
}

fn operator(testbed: &Testbed) {
    let page = Page::open("docs/guide/operator.md");
    // The operator is restarted, which the other tests would feel.
    let own = sure(testbed.start_another());
    let desk = Desk::new(own.namespace("guide-operator"));
    desk.vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    page.follow(&desk, None, |_| {});
    page.ends();
    own.stop();
}

fn knowledge(testbed: &Testbed) {
    let page = Page::open("docs/guide/knowledge.md");
    let desk = Desk::new(testbed.namespace("guide-knowledge"));
    cluster(&desk.vec, "2.6.6");
    desk.file("own.toml", page.block("toml"));
    page.follow(&desk, None, |_| {});
    page.ends();
}

fn serving(testbed: &Testbed) {
    let page = Page::open("docs/guide/serving.md");
    let desk = Desk::new(testbed.namespace("guide-serving"));
    let prod = cluster(&desk.vec, "2.6.6");
    desk.file("golden.yaml", page.block("yaml"));
    for name in ["app-user", "milvus-keys"] {
        let keys = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": "reader:sesame"},
        });
        testbed.client().create(&desk.vec.path("v1", "secrets"), &keys).expect("a Secret");
    }
    // Every one of them has something to do.
    page.follow(&desk, None, |_| set_image(&prod, "2.6.6"));
    page.ends();
}

fn gitops(testbed: &Testbed) {
    let page = Page::open("docs/guide/gitops.md");
    let here = chart("4.2.58", "2.5.16");
    let new = chart("5.0.22", "2.6.15");
    let desk = Desk::new(testbed.namespace("guide-gitops")).with_charts(&[&new]);
    let prod = cluster(&desk.vec, "2.5.22");
    prod.annotate("argocd.argoproj.io/tracking-id", Some("search:milvus.io/Milvus:guide/prod"));
    install(&desk.vec, &here, &["--set", "image.all.tag=v2.5.16"]);
    let manifest = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: prod\nspec:\n  mode: cluster\n  \
                    components:\n    image: milvusdb/milvus:v2.5.22\n";
    desk.file("milvus.yaml", manifest);
    desk.file("overlays/prod/milvus.yaml", manifest);
    desk.file("overlays/prod/kustomization.yaml", "resources: [milvus.yaml]\n");
    desk.file("values.yaml", VALUES);
    page.follow(&desk, None, |line| {
        if line.contains("release/my") && line.contains("--follow") {
            let set = "image.all.tag=v2.6.22,streaming.enabled=true,indexNode.enabled=false";
            helm(&desk.vec, &["upgrade", "my", &new.path(), "--reset-then-reuse-values", "--set", set]);
        } else if line.contains("--follow") {
            prod.patch(&json!({"spec": {"components": {"image": "milvusdb/milvus:v2.6.22"}}}));
        }
    });
    page.ends();
}

fn ci(testbed: &Testbed) {
    let page = Page::open("docs/guide/ci.md");
    let desk = Desk::new(testbed.namespace("guide-ci"));
    cluster(&desk.vec, "2.5.22");
    install(&desk.vec, &chart("4.2.58", "2.5.16"), &["--set", "image.all.tag=v2.5.16"]);
    desk.file("values.yaml", VALUES);
    page.follow(&desk, Some("A gate"), |_| {});
    page.follow(&desk, Some("A plan that somebody approves"), |_| {});
    let desk = Desk::new(testbed.namespace("guide-ci-night"));
    cluster(&desk.vec, "2.5.22");
    page.follow(&desk, Some("At night"), |_| {});
    page.follow(&desk, Some("Least rights"), |_| {});
    page.ends();
}

fn run(testbed: &Testbed) {
    let page = Page::open("docs/guide/run.md");
    let desk = Desk::new(testbed.namespace("guide-run"));
    let prod = cluster(&desk.vec, "2.6.6");
    page.follow(&desk, None, |line| {
        if line.contains("--resume") {
            let fault = prod.fault("querynode").on_image(":v2.6.7").never_gets_ready();
            let died = desk.types("kubectl milvus upgrade prod --to 2.6.7 --timeout 1s --bundle none");
            assert_eq!(died.code, Some(124), "{}", died.stderr);
            fault.release();
        }
    });
    page.ends();
}

fn rollback(testbed: &Testbed) {
    let page = Page::open("docs/guide/rollback.md");
    let desk = Desk::new(testbed.namespace("guide-rollback"));
    cluster(&desk.vec, "2.5.22");
    let here = chart("4.2.58", "2.5.16");
    install(&desk.vec, &here, &["--set", "image.all.tag=v2.5.16"]);
    for revision in 2..=5 {
        let replicas = format!("queryNode.replicas={revision}");
        helm(&desk.vec, &["upgrade", "my", &here.path(), "--reuse-values", "--set", &replicas]);
    }
    page.follow(&desk, None, |line| {
        // Something to go back from.
        if line.ends_with("--dry-run=server") || line.ends_with("--to 2.5.22") || line == "kubectl milvus rollback prod"
        {
            let gone = desk.types("kubectl milvus upgrade prod --to 2.5.27");
            assert_eq!(gone.code, Some(0), "{}", gone.stderr);
        }
    });
    page.ends();
}

fn helm_release(testbed: &Testbed) {
    let page = Page::open("docs/guide/helm.md");
    let here = chart("4.2.58", "2.5.16");
    let desk = Desk::new(testbed.namespace("guide-helm"));
    let desk = desk.with_charts(&[&here, &chart("5.0.19", "2.6.15"), &chart("5.0.22", "2.6.15")]);
    install(&desk.vec, &here, &["--set", "image.all.tag=v2.5.16"]);
    page.follow(&desk, None, |_| {});
    page.ends();
}

fn air_gap(testbed: &Testbed) {
    let page = Page::open("docs/guide/air-gap.md");
    let registry = sure(Registry::start(None));
    let here = chart("4.2.58", "2.5.16");
    let desk = Desk::new(testbed.namespace("guide-air-gap"));
    let desk = desk.with_charts(&[&here, &chart("5.0.19", "2.6.15")]);
    let own = format!("oci://{}/charts", registry.address);
    helm(&desk.vec, &["push", &desk.path("milvus-4.2.58.tgz"), &own, "--plain-http"]);
    let desk = desk.with("oci://harbor.local/charts/milvus", &format!("{own}/milvus --plain-http"));
    install(&desk.vec, &here, &["--set", "image.all.tag=v2.5.16"]);
    cluster(&desk.vec, "2.5.22");
    desk.file("own.toml", Page::open("docs/guide/knowledge.md").block("toml"));
    page.follow(&desk, None, |_| {});
    page.ends();
    registry.stop();
}

fn readme(testbed: &Testbed) {
    let page = Page::open("README.md");
    thread::scope(|scope| {
        scope.spawn(|| {
            let desk = Desk::new(testbed.namespace("readme"));
            cluster(&desk.vec, "2.6.6");
            for part in ["Install", "The two commands", "Go back"] {
                page.follow(&desk, Some(part), |_| {});
            }
        });
        scope.spawn(|| {
            let desk = Desk::new(testbed.namespace("readme-stops"));
            cluster(&desk.vec, "2.3.5");
            page.follow(&desk, Some("Upgrade, over as many stops as it takes"), |_| {});
        });
        let here = chart("4.2.58", "2.5.16");
        let desk = Desk::new(testbed.namespace("readme-release"));
        let desk = desk.with_charts(&[&here, &chart("5.0.22", "2.6.15")]);
        install(&desk.vec, &here, &["--set", APART]);
        page.follow(&desk, Some("A Helm release"), |_| {});
    });
    page.ends();
}

fn migrate(testbed: &Testbed) {
    let page = Page::open("docs/guide/migrate.md");
    let old = |desk: &Desk| {
        let prod = desk.vec.milvus("prod").cluster().with_separate_coordinators();
        prod.version("2.1.4").create_and_wait_until_healthy();
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let desk = Desk::new(testbed.namespace("guide-migrate"));
            old(&desk);
            page.follow(&desk, Some("Look"), |_| {});
            page.follow(&desk, Some("Migrate"), |_| {});
        });
        scope.spawn(|| {
            let desk = Desk::new(testbed.namespace("guide-migrate-back"));
            old(&desk);
            let gone = desk.types("kubectl milvus migrate prod");
            assert_eq!(gone.code, Some(0), "{}", gone.stderr);
            page.follow(&desk, Some("Back, or done"), |_| {});
        });
        scope.spawn(|| {
            let here = chart("4.2.58", "2.5.16");
            let desk = Desk::new(testbed.namespace("guide-join")).with_charts(&[&here]);
            let prod = desk.vec.milvus("prod").cluster().with_separate_coordinators();
            prod.version("2.5.22").create_and_wait_until_healthy();
            install(&desk.vec, &here, &["--set", APART]);
            page.follow(&desk, Some("One mixcoord instead of four coordinators"), |_| {});
        });
        scope.spawn(|| {
            let desk = Desk::new(testbed.namespace("guide-pulsar"));
            let prod = cluster(&desk.vec, "2.5.22");
            // The operator of the testbed has no chart of Pulsar.
            desk.vec.take_the_operator_away();
            let pulsar = json!({"inCluster": {"chartVersion": "pulsar-v2"}});
            prod.patch(&json!({"spec": {"dependencies": {"msgStreamType": "pulsar", "pulsar": pulsar}}}));
            let second = "image.all.tag=v2.5.16,pulsar.enabled=true,pulsarv3.enabled=false";
            install(&desk.vec, &chart("4.2.58", "2.5.16"), &["--set", second]);
            page.follow(&desk, Some("Pulsar 3 instead of Pulsar 2"), |_| {});
        });
        let (before, after) = (chart("4.0.1", "2.1.4"), chart("4.0.34", "2.2.16"));
        let desk = Desk::new(testbed.namespace("guide-migrate-release")).with_charts(&[&after]);
        let apart = "image.all.tag=v2.1.4,mixCoordinator.enabled=false,rootCoordinator.enabled=true";
        install(&desk.vec, &before, &["--set", apart]);
        page.follow(&desk, Some("A Helm release"), |_| {});
    });
    page.ends();
}
