//! What a dry run tells of the objects of a release.

use serde_json::Value;

use super::way::{chart, install, running};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![a_dry_run_tells_what_becomes_of_each_object, a_secret_is_told_to_change_and_never_shown];

fn a_dry_run_tells_what_becomes_of_each_object(testbed: &Testbed) {
    let vec = testbed.namespace("difference-all");
    let (old, new) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &old, &["--set", "image.all.tag=v2.5.16"]);
    let before = running(&vec);
    let upgrade = ["upgrade", "release/my", "--to", "2.6.22", "--accept", "MV0701"];
    let charts = ["--chart", &new.path()];

    let summary = vec.command(&upgrade).args(&charts).args(&["--dry-run=server"]).run();
    ended_with(&summary, 0);
    says(&summary.stdout, "Objects: 5 changed, 1 created, 1 removed; 2 of 9 objects stay as they are");
    says(&summary.stdout, "created   deployment/my-milvus-streamingnode");
    says(&summary.stdout, "removed   deployment/my-milvus-indexnode");
    says(&summary.stdout, "milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.6.22  (4 objects)");
    assert!(!summary.stdout.contains("@@"), "{}", summary.stdout);

    let whole = vec.command(&upgrade).args(&charts).args(&["--dry-run=client", "--diff"]).run();
    ended_with(&whole, 0);
    says(&whole.stdout, "# deployment/my-milvus-proxy (changed)");
    says(&whole.stdout, "-      - image: milvusdb/milvus:v2.5.16");
    says(&whole.stdout, "+      - image: milvusdb/milvus:v2.6.22");
    says(&whole.stdout, "# deployment/my-milvus-indexnode (removed)");
    assert!(!whole.stdout.contains("# configmap/my-minio"), "what stays is not told: {}", whole.stdout);

    let document = vec.command(&upgrade).args(&charts).args(&["--dry-run=server", "--diff", "-o", "json"]).run();
    ended_with(&document, 0);
    let plan: Value = serde_json::from_str(&document.stdout).expect("one document");
    assert_eq!((&plan["kind"], &plan["firstStep"]), (&"UpgradePlan".into(), &"upgrade-release".into()));
    assert_eq!(plan["difference"]["unchanged"], 2);
    let objects = plan["difference"]["objects"].as_array().expect("objects");
    let created = objects.iter().find(|it| it["change"] == "created").expect("the streaming node");
    assert_eq!(created["object"], "deployment/my-milvus-streamingnode");
    says(created["diff"].as_str().unwrap_or_default(), "+      - image: milvusdb/milvus:v2.6.22");

    // Without a chart the plan alone can be looked at, and nothing else.
    let nowhere = ["--repo", "http://127.0.0.1:1"];
    let alone = vec.command(&upgrade).args(&nowhere).args(&["--dry-run=client"]).run();
    ended_with(&alone, 0);
    says(&alone.stdout, "chart 5.0.22, v2.6.22");
    says(&alone.stderr, "cannot be told");
    ended_with(&vec.command(&upgrade).args(&nowhere).args(&["--dry-run=client", "--diff"]).run(), 1);

    assert_eq!(running(&vec), before);
    assert_eq!(own_writes(&vec).len(), 0);
}

fn a_secret_is_told_to_change_and_never_shown(testbed: &Testbed) {
    let vec = testbed.namespace("difference-secret");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let values = ["--chart", &here.path(), "--set", "minio.secretKey=hunter3,minio.bucket=second"];
    let output =
        vec.command(&["upgrade", "release/my", "--to", "2.6.22", "--dry-run=server", "--diff"]).args(&values).run();
    ended_with(&output, 0);
    says(&output.stdout, "# secret/my-minio (changed)");
    says(&output.stdout, "+  secretkey: (hidden, changed)");
    says(&output.stdout, "   accesskey: (hidden)");
    says(&output.stdout, "+    bucket: second");
    says(&output.stdout, "+    secretAccessKey: (hidden, changed)");
    let hidden = vec.command(&["release", "upgrade", "my", &here.path(), "--reset-then-reuse-values"]);
    let bare = hidden.args(&values[2..]).args(&["--dry-run=server", "--diff"]).run();
    ended_with(&bare, 0);
    says(&bare.stdout, "+  secretkey: (hidden, changed)");
    for text in [&output.stdout, &output.stderr, &bare.stdout, &bare.stderr] {
        assert!(!text.contains("hunter") && !text.contains("minioadmin"), "{text}");
    }
}
