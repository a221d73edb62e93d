//! Updates that do not roll: all at once, with the downtime said beforehand.

use serde_json::json;

use super::{Kept, SOON, ended_with, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::cluster::is_ready;
use crate::testbed::trial::trials;

trials![all_at_once_puts_the_mode_back_even_after_a_run_that_ended_early, without_rolling_updates_the_plan_says_so];

const IMAGE: &str = "milvusdb/milvus:v2.6.22";

fn all_at_once_puts_the_mode_back_even_after_a_run_that_ended_early(testbed: &Testbed) {
    let vec = testbed.namespace("all-at-once");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    let fault = prod.fault("mixcoord").on_image(":v2.6.22").never_gets_ready();
    let first = vec.run(["upgrade", "prod", "--to", "2.6.22", "--update-mode", "all", "--yes", "--timeout", "20s"]);
    ended_with(&first, 124);
    says(&first.stdout, "There will be downtime: all Deployments change at once, in no order");
    says(&first.stdout, "put imageUpdateMode back to rollingUpgrade");
    // In order, the proxy would have waited for mixcoord.
    prod.wait_until_a_pod("proxy", SOON, "is new and ready", |pod| {
        pod["spec"]["containers"][0]["image"] == IMAGE && is_ready(pod)
    });
    assert_eq!(prod.get()["spec"]["components"]["imageUpdateMode"], "all");
    fault.release();

    // Without the flag: what was written down on the resource is enough.
    let second = vec.run(["upgrade", "prod", "--to", "2.6.22", "--yes"]);
    ended_with(&second, 0);
    runs_wholly(&prod, IMAGE);
    let after = prod.get();
    assert_eq!(Kept::of(&after), before);
    assert_eq!(after["metadata"]["annotations"].get("kubectl-milvus.io/image-update-mode-before"), None);
    let writes = own_writes(&vec);
    let asked: Vec<_> = writes.iter().map(|write| write.object["spec"]["components"].clone()).collect();
    assert_eq!(
        asked,
        [json!({ "image": IMAGE, "imageUpdateMode": "all" }), json!({ "imageUpdateMode": "rollingUpgrade" })]
    );
    let third = vec.run(["upgrade", "prod", "--to", "2.6.22", "--yes"]);
    ended_with(&third, 0);
    says(&third.stdout, "Nothing to do");
}

fn without_rolling_updates_the_plan_says_so(testbed: &Testbed) {
    let vec = testbed.namespace("not-rolling");
    let off = json!({ "components": { "enableRollingUpdate": false } });
    let prod = vec.milvus("prod").cluster().version("2.6.6").spec(&off).create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    let output = vec.run(["upgrade", "prod", "--to", "2.6.22", "--yes"]);
    ended_with(&output, 0);
    says(&output.stdout, "There will be downtime: rolling updates are off for this instance");
    runs_wholly(&prod, IMAGE);
    assert_eq!(Kept::of(&prod.get()), before);
    assert_eq!(prod.get()["spec"]["components"]["enableRollingUpdate"], false);
    assert_eq!(own_writes(&vec).len(), 1);
}
