//! The way back of Helm releases: to a revision that Helm has kept, by either helm's records.

use crate::release::way::{chart, helm, install, running};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, says};

trials![
    a_release_goes_back_to_the_revision_before_the_upgrade,
    a_revision_that_helm_made_is_gone_back_to_by_its_number,
    an_upgrade_of_a_release_that_gives_up_is_taken_back_by_itself,
    a_release_never_goes_back_to_2_5_by_accident,
];

fn a_release_goes_back_to_the_revision_before_the_upgrade(testbed: &Testbed) {
    let vec = testbed.namespace("back-release");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let before = running(&vec);
    let upgrade = ["upgrade", "release/my", "--to", "2.6.22", "--yes", "--chart", &here.path()];
    ended_with(&vec.run(upgrade), 0);

    let dry = vec.run(["rollback", "release/my", "--dry-run=server", "--diff"]);
    ended_with(&dry, 0);
    says(&dry.stdout, "back to revision 1: chart 5.0.22, v2.6.15");
    says(&dry.stdout, "milvusdb/milvus:v2.6.15");
    let output = vec.run(["rollback", "release/my", "--yes"]);
    ended_with(&output, 0);
    says(&output.stdout, "Done: release/my runs 2.6.15");
    assert_eq!(running(&vec), before);
    let history = helm(&vec, &["history", "my"]).stdout;
    says(&history, "Rollback to 1");
    // Helm goes on from there.
    helm(&vec, &["rollback", "my", "2", "--wait"]);
    let again = vec.run(["rollback", "release/my", "--to", "2.6.22", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
}

fn a_revision_that_helm_made_is_gone_back_to_by_its_number(testbed: &Testbed) {
    let vec = testbed.namespace("back-helm");
    let here = chart("5.0.22", "2.6.15");
    let path = here.path();
    let helm3 = |arguments: &[&str]| {
        let output = testbed.command_of("helm3", arguments).args(&["-n", vec.name()]).run();
        assert_eq!(output.code, Some(0), "{}", output.stderr);
    };
    helm3(&["install", "my", &path, "--set", "image.all.tag=v2.6.15"]);
    helm3(&["upgrade", "my", &path, "--set", "image.all.tag=v2.6.16"]);
    helm3(&["upgrade", "my", &path, "--set", "image.all.tag=v2.6.17"]);

    let wrong = vec.run(["rollback", "release/my", "--to-revision", "7", "--yes"]);
    ended_with(&wrong, 1);
    says(&wrong.stderr, "revision 7 is no revision to go back to");
    says(&wrong.stderr, "2, 1");
    let output = vec.run(["rollback", "release/my", "--to-revision", "1", "--yes"]);
    ended_with(&output, 0);
    assert!(running(&vec).iter().all(|(_, image)| image == "milvusdb/milvus:v2.6.15"), "{:?}", running(&vec));
    says(&helm(&vec, &["history", "my"]).stdout, "Rollback to 1");
    // Without our own run Helm's revisions say what was before.
    helm3(&["rollback", "my", "3"]);
    let unnamed = vec.run(["rollback", "release/my", "--dry-run=client"]);
    ended_with(&unnamed, 0);
    says(&unnamed.stderr, "which revision 4 ran");
}

fn an_upgrade_of_a_release_that_gives_up_is_taken_back_by_itself(testbed: &Testbed) {
    let vec = testbed.namespace("back-gave-up");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.5,deadline=2"]);
    let before = running(&vec);
    let broken = "annotations.kubectl-milvus\\.testbed/fault=cannot-pull";
    let upgrade = |to: &str| {
        let flags = ["upgrade", "release/my", "--to", to, "--on-failure=rollback", "--yes"];
        vec.command(&flags).args(&["--chart", &here.path(), "--set", broken]).run()
    };
    let open = upgrade("2.6.22");
    ended_with(&open, 5);
    says(&open.stdout, "MV1202");
    says(&open.stderr, "it is not taken back");
    ended_with(&vec.run(["rollback", "release/my", "--accept", "MV1202", "--yes"]), 0);
    assert_eq!(running(&vec), before);

    helm(&vec, &["upgrade", "my", &here.path(), "--reuse-values", "--set", "image.all.tag=v2.6.6", "--wait"]);
    let before = running(&vec);
    let safe = upgrade("2.6.16");
    ended_with(&safe, 4);
    says(&safe.stdout, "gave up");
    says(&safe.stdout, "Done: release/my runs 2.6.6");
    assert_eq!(running(&vec), before);
    assert!(!helm(&vec, &["get", "values", "my"]).stdout.contains("cannot-pull"));
}

fn a_release_never_goes_back_to_2_5_by_accident(testbed: &Testbed) {
    let vec = testbed.namespace("back-lost");
    let (old, new) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &old, &["--set", "image.all.tag=v2.5.16"]);
    let upgrade = ["upgrade", "my", "--to", "2.6.22", "--backup", "nightly", "--yes", "--chart", &new.path()];
    ended_with(&vec.run(upgrade), 0);
    for target in [["--to", "2.5.16"], ["--to-revision", "1"]] {
        let output = vec.command(&["rollback", "release/my", "--yes"]).args(&target).run();
        ended_with(&output, 3);
        says(&output.stdout, "MV1201");
        says(&output.stdout, "nightly");
    }
    assert_eq!(helm(&vec, &["history", "my"]).stdout.matches("Rollback").count(), 0);
}
