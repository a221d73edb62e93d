//! One mixcoord instead of four coordinators, at the release that runs.

use serde_json::json;

use crate::release::way::{chart, helm, install, running};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, runs_wholly, says};

trials![four_coordinators_of_a_resource_become_one, four_coordinators_of_a_release_become_one];

const SEPARATE: [&str; 4] = ["datacoord", "indexcoord", "querycoord", "rootcoord"];

fn four_coordinators_of_a_resource_become_one(testbed: &Testbed) {
    let vec = testbed.namespace("join-resource");
    let prod = vec.milvus("prod").cluster().with_separate_coordinators().version("2.5.22");
    let prod = prod.create_and_wait_until_healthy();
    let dry = vec.run(["migrate", "prod", "mixcoord", "--dry-run=server", "--exit-code"]);
    ended_with(&dry, 10);
    says(&dry.stdout, "mixcoord takes over; the four coordinators leave");
    assert_eq!(own_writes(&vec).len(), 0);

    let output = vec.run(["migrate", "prod", "mixcoord", "--yes"]);
    ended_with(&output, 0);
    says(&output.stdout, "Done");
    runs_wholly(&prod, "milvusdb/milvus:v2.5.22");
    let components = prod.components();
    assert!(components.contains(&"mixcoord".to_owned()), "{components:?}");
    assert!(!components.iter().any(|it| SEPARATE.contains(&it.as_str())), "{components:?}");
    let writes = own_writes(&vec);
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].object["spec"], json!({"components": {"mixCoord": {"replicas": 1}}}));

    let again = vec.run(["migrate", "prod", "mixcoord", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
    assert_eq!(own_writes(&vec).len(), 1, "nothing more was written");
}

fn four_coordinators_of_a_release_become_one(testbed: &Testbed) {
    let vec = testbed.namespace("join-release");
    let here = chart("4.2.58", "2.5.16");
    let apart = "mixCoordinator.enabled=false,rootCoordinator.enabled=true,queryCoordinator.enabled=true,\
                 indexCoordinator.enabled=true,dataCoordinator.enabled=true";
    install(&vec, &here, &["--set", apart, "--set", "image.all.tag=v2.5.16"]);
    let join = || vec.command(&["migrate", "release/my", "mixcoord", "--yes"]).args(&["--chart", &here.path()]).run();
    let output = join();
    ended_with(&output, 0);
    says(&output.stdout, "chart 4.2.58 (as it is), v2.5.16, one mixcoord");
    let now: Vec<String> = running(&vec).into_iter().map(|(component, _)| component).collect();
    assert!(now.contains(&"mixcoord".to_owned()), "{now:?}");
    assert!(!now.iter().any(|it| SEPARATE.contains(&it.as_str())), "{now:?}");
    let history = helm(&vec, &["history", "my"]).stdout;
    assert_eq!(history.matches("Upgrade complete").count(), 1, "{history}");

    let again = join();
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
    assert_eq!(helm(&vec, &["history", "my"]).stdout, history, "no revision more");

    let back = vec.run(["rollback", "release/my", "--to-revision", "1", "--yes"]);
    ended_with(&back, 0);
    let now: Vec<String> = running(&vec).into_iter().map(|(component, _)| component).collect();
    assert!(now.contains(&"rootcoord".to_owned()) && !now.contains(&"mixcoord".to_owned()), "{now:?}");
}
