//! A server on loopback in the place of Milvus: what it answers decides how a run ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fake::{Entry, Fake, World};
use super::{SHORT, asks_for};
use crate::testbed::Testbed;
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, own_writes, says};

trials![
    who_serves_as_before_is_asked_twice_and_nothing_is_shown_of_the_keys,
    a_query_that_is_not_answered_ends_with_6_until_it_is,
    everything_gone_asks_for_a_stop_before_anything_else,
    who_cannot_be_asked_is_unknown_which_fails_nothing,
    what_a_second_user_and_known_answers_and_a_write_show_counts_too,
];

const NEW: &str = "milvusdb/milvus:v2.5.27";

/// Runs an upgrade, and does something to the server once the new image is asked for.
fn upgrade(vec: &Namespace, lone: &Milvus, arguments: &[&str], meanwhile: impl FnOnce()) -> Output {
    let knowledge = vec.file("short.toml", SHORT).display().to_string();
    let running = vec.command(&["upgrade", "lone", "--to", "2.5.27", "--yes", "--knowledge", &knowledge]);
    let mut running = running.args(arguments).spawn();
    asks_for(&mut running, lone, NEW);
    meanwhile();
    running.wait(ROLL + Duration::from_secs(30))
}

/// The journal of the only run.
fn journal(vec: &Namespace) -> Value {
    let mut runs = vec.list("v1", "secrets");
    runs.retain(|secret| secret["type"] == "kubectl-milvus/run.v1");
    let [run] = &runs[..] else { panic!("{} runs", runs.len()) };
    let data = run["data"].as_object().expect("data").values().next().and_then(Value::as_str).expect("a document");
    let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).expect("base64");
    serde_json::from_slice(&bytes).expect("a journal")
}

fn who_serves_as_before_is_asked_twice_and_nothing_is_shown_of_the_keys(testbed: &Testbed) {
    let vec = testbed.namespace("serves");
    let mut world = World::serving(&["docs", "tags"]);
    world.collections.push(Entry { load: "LoadStateNotLoad".into(), ..Entry::loaded("idle") });
    world.authorization = Some("Bearer s3cret-token".into());
    let fake = Fake::start(world);
    vec.forward_milvus_to(fake.port);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"token": "s3cret-token"},
    });
    testbed.client().create(&vec.path("v1", "secrets"), &secret).expect("a Secret");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();

    let output = upgrade(&vec, &lone, &["--auth-secret", "keys", "--probe", "-o", "json"], || {});
    ended_with(&output, 0);
    let result: Value = serde_json::from_str(&output.stdout).expect("a document");
    assert_eq!(
        result["serving"],
        json!({"state": "serving", "collections": 3, "answered": 2, "compared": true}),
        "{}",
        output.stdout
    );
    let felt = &result["interruption"];
    assert_eq!((&felt["asked"], &felt["failed"]), (&json!("a query on docs"), &json!(0)), "{felt}");
    for phase in ["before", "during", "after"] {
        assert!(felt[phase]["p95"].is_u64(), "{felt}");
    }
    assert_eq!(&journal(&vec)["interruption"], felt);
    let before = &journal(&vec)["serving"]["known"];
    assert_eq!(before["collections"].as_array().map(Vec::len), Some(3), "{before}");
    assert_eq!(before["images"], json!({"standalone": ["milvusdb/milvus:v2.5.22"]}));
    let asked = fake.asked();
    assert_eq!(asked.iter().filter(|line| line.ends_with("/databases/list")).count(), 2, "{asked:?}");
    for text in [output.stdout, output.stderr, journal(&vec).to_string()] {
        assert!(!text.contains("s3cret-token"), "{text}");
    }

    // Without the keys nobody is let in, which is no fault of the run; and who asks for nothing is told nothing.
    let back = vec.run(["rollback", "lone", "--yes"]);
    ended_with(&back, 0);
    says(&back.stdout, "serving: unknown, it lets nobody in without the right user");
    let asked = fake.asked().len();
    let again = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes", "--verify=none"]);
    ended_with(&again, 0);
    says(&again.stdout, "whether it answers queries was not tried");
    assert_eq!(fake.asked().len(), asked);
    let missing = vec.run(["upgrade", "lone", "--to", "2.5.28", "--yes", "--auth-secret", "keys", "--verify", "dosc"]);
    ended_with(&missing, 2);
    says(&missing.stderr, "no collection `dosc` in milvus/lone");
}

fn a_query_that_is_not_answered_ends_with_6_until_it_is(testbed: &Testbed) {
    let vec = testbed.namespace("not-serving");
    let mut world = World::serving(&["docs", "tags"]);
    // As 2.3 speaks.
    world.is_new = false;
    let fake = Fake::start(world);
    vec.forward_milvus_to(fake.port);
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();

    let refusal = "fail to search: channel distribution is not serviceable";
    let output = upgrade(&vec, &lone, &[], || fake.world().collections[0].refusal = Some(refusal.into()));
    ended_with(&output, 6);
    says(
        &output.stdout,
        "Rolled out, but not serving: milvus/lone runs 2.5.27; 1 of 2 collections does not serve as before",
    );
    says(&output.stdout, &format!("docs: a query is not answered; the server says \"{refusal}\""));
    says(&output.stdout, "known: MV0609, segments cannot be loaded");
    says(&output.stdout, "Ask again:  kubectl milvus upgrade lone");
    says(&output.stderr, "rolled out, not yet serving: docs: a query is not answered");
    says(&vec.run(["history", "lone"]).stdout, "not-serving");
    // Accepted and rolled out, as the operator has it, and not serving, as the run has it.
    let asked = fake.asked().len();
    let status = vec.run(["status", "lone"]).stdout;
    says(&status, "milvus/lone in not-serving: standalone 2.5.27, healthy");
    says(&status, "1 of 2 collections does not serve as before: docs: a query is not answered;");
    says(&status, "(upgrade to 2.5.27, ");
    assert_eq!(fake.asked().len(), asked, "nobody was asked now");

    // The same command asks again, and writes nothing to the instance.
    let writes = own_writes(&vec).len();
    fake.world().collections[0].refusal = None;
    let again = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do: milvus/lone runs 2.5.27 already");
    says(&again.stdout, "it serves: 2 collections, each answers a query, as before");
    assert_eq!(own_writes(&vec).len(), writes);
    says(&vec.run(["history", "lone"]).stdout, "done");
    let status = vec.run(["status", "lone", "-o", "json"]).stdout;
    let status: Value = serde_json::from_str(&status).expect("a document");
    assert_eq!(
        (&status["serving"]["found"]["state"], &status["serving"]["by"]),
        (&json!("serving"), &json!("upgrade to 2.5.27"))
    );

    // Asked now, it says what is now.
    fake.world().collections[1].refusal = Some(refusal.into());
    let status = vec.run(["status", "lone", "--serving"]).stdout;
    says(&status, "1 of 2 collections does not serve as before: tags: a query is not answered;");
    assert!(!status.contains("(upgrade"), "{status}");
}

fn who_cannot_be_asked_is_unknown_which_fails_nothing(testbed: &Testbed) {
    let vec = testbed.namespace("unasked");
    // Its pods take no forwarded port.
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let begun = Instant::now();
    let output = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&output, 0);
    says(&output.stdout, "every pod is new and ready; serving: unknown, the port of its pod cannot be forwarded");
    assert!(begun.elapsed() < ROLL, "nobody waits for what cannot come");
    // Nor does an address where nobody listens change the end of a run.
    let output = vec.run(["rollback", "lone", "--yes", "--address", "127.0.0.1:1"]);
    ended_with(&output, 0);
    says(&output.stdout, "serving: unknown, cannot reach 127.0.0.1:1");
}

fn everything_gone_asks_for_a_stop_before_anything_else(testbed: &Testbed) {
    let vec = testbed.namespace("lost");
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    vec.forward_milvus_to(fake.port);
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();

    let output = upgrade(&vec, &lone, &["--timeout", "5m"], || fake.world().collections.clear());
    ended_with(&output, 6);
    says(&output.stdout, "nothing of it serves as before");
    says(&output.stdout, "all 2 collections are gone");
    let (_, next) = output.stdout.split_once("are gone").expect("said above");
    let commands: Vec<&str> =
        next.lines().filter_map(|line| line.split_once("kubectl ")).map(|(_, rest)| rest).collect();
    let [pause, stop] = &commands[..] else { panic!("{}", output.stdout) };
    assert_eq!(*pause, "-n lost annotate milvus lone milvus.io/pause-reconcile=true");
    // What is advised does what it says.
    for command in [pause, stop] {
        let words: Vec<&str> = command.split(' ').collect();
        ended_with(&testbed.command_of("kubectl", &words).run(), 0);
    }
    let stopped = |deployment: &Value| deployment["spec"]["replicas"] == 0;
    assert!(vec.deployments("lone").iter().all(stopped));
}

fn what_a_second_user_and_known_answers_and_a_write_show_counts_too(testbed: &Testbed) {
    let vec = testbed.namespace("serves-more");
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    vec.forward_milvus_to(fake.port);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app"}, "stringData": {"token": "s3cret-token"},
    });
    testbed.client().create(&vec.path("v1", "secrets"), &secret).expect("a Secret");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let golden = "[{collection: docs, filter: 'id > 0', expect: ['470621045808693419']}]";
    let golden = vec.file("golden.yaml", golden).display().to_string();
    let more = ["--verify-file", &golden, "--verify-as-secret", "app", "--verify-write", "--soak", "3s"];

    let output = upgrade(&vec, &lone, &more, || {});
    ended_with(&output, 0);
    says(&output.stdout, "it serves: 2 collections, each answers a query, as before");
    says(&output.stdout, "as the user of secret/app: 2 of 2 collections answer");
    says(&output.stdout, "a row was written, read again and taken away");
    says(&output.stderr, "it serves; asking on");
    assert_eq!(fake.world().collections.len(), 2, "nothing stays");
    let before = &journal(&vec)["serving"]["known"];
    assert_eq!((&before["golden"][0]["found"]["known"], &before["scratch"]["reply"]), (&json!(1), &json!("answered")));

    // Rows that were found and are not: the way back does not serve as before.
    let back = ["rollback", "lone", "--yes"];
    let knowledge = vec.file("short.toml", SHORT).display().to_string();
    let mut running = vec.command(&back).args(&["--knowledge", &knowledge, "--verify-file", &golden]).spawn();
    asks_for(&mut running, &lone, "milvusdb/milvus:v2.5.22");
    fake.world().collections[0].refusal = Some("no shard leader".into());
    let output = running.wait(ROLL + Duration::from_secs(30));
    ended_with(&output, 6);
    says(&output.stdout, "query 1 on docs is not answered; the server says \"no shard leader\"");

    let wrong = vec.file("wrong.yaml", "[{collection: docs, filter: x}]").display().to_string();
    let refused = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes", "--verify-file", &wrong]);
    ended_with(&refused, 2);
    says(&refused.stderr, "query 1: missing field `expect`");
}
