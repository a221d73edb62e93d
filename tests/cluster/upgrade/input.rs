//! What cannot work: each ends with its own code and a hint, and nothing is written.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::json;

use super::{SOON, ended_with, fails, own_writes, says};
use crate::testbed::Testbed;
use crate::testbed::cluster::free_ports;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;

trials![
    an_unknown_name_is_answered_with_the_nearest,
    a_server_that_is_not_there_is_named,
    what_is_no_version_is_wrong_usage,
    a_question_without_a_terminal_is_wrong_usage,
    a_cluster_without_milvus_is_told_from_a_wrong_name,
    every_request_says_who_asks,
    words_of_the_cluster_cannot_drive_the_terminal,
];

fn an_unknown_name_is_answered_with_the_nearest(testbed: &Testbed) {
    let vec = testbed.namespace("nearest");
    vec.take_the_operator_away();
    vec.milvus("production").version("2.5.22").create();
    vec.milvus("unlike").version("2.5.22").create();
    let output = vec.run(["upgrade", "prodction", "--to", "2.5.27", "--yes"]);
    let problem = "error: no Milvus named `prodction` in namespace `nearest`";
    fails(&vec, &output, 1, &[problem, "hint: did you mean", "`production`"]);
    // Which of the two is meant is not guessed.
    let output = vec.run(["upgrade", "--to", "2.5.27", "--yes"]);
    fails(&vec, &output, 2, &["namespace `nearest` holds 2 instances", "milvus/production, milvus/unlike"]);
}

fn a_server_that_is_not_there_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("no-server");
    let [port] = free_ports().expect("a port that nobody listens on");
    let server = format!("http://127.0.0.1:{port}");
    let upgrade = ["upgrade", "prod", "--to", "2.5.27", "--yes"];
    let output = vec.command(&upgrade).args(&["--server", &server]).run();
    let address = format!("cannot reach {server}");
    fails(&vec, &output, 1, &[&address, "refused", "hint: "]);
    let output = vec.command(&upgrade).args(&["--context", "nowhere"]).run();
    fails(&vec, &output, 1, &["no context named `nowhere`", "hint: contexts there are: testbed"]);
    let output = vec.command(&upgrade).args(&["--kubeconfig", "no/such/file"]).run();
    fails(&vec, &output, 1, &["no/such/file"]);
    let output = vec.command(&upgrade).args(&["--server", "nonsense"]).run();
    fails(&vec, &output, 2, &["--server `nonsense` is not a URL"]);
}

fn what_is_no_version_is_wrong_usage(testbed: &Testbed) {
    let vec = testbed.namespace("no-version");
    vec.take_the_operator_away();
    vec.milvus("prod").version("2.5.22").create();
    for text in ["2.x.y", "newest", "", "2.6.22; rm -rf", "99.1"] {
        let output = vec.run(["upgrade", "prod", &format!("--to={text}"), "--yes"]);
        fails(&vec, &output, 2, &["error: "]);
    }
    let output = vec.run(["upgrade", "prod", "--to", "2.6.22\u{1b}[31m", "--yes"]);
    fails(&vec, &output, 2, &[r"2.6.22\u{1b}[31m"]);
    for wrong in [["--accept=701"], ["--timeout=soon"], ["--update-mode=force"], ["--dry-run=maybe"]] {
        let output = vec.command(&["upgrade", "prod", "--to=2.6.22", "--yes"]).args(&wrong).run();
        fails(&vec, &output, 2, &["error: ", "--help"]);
    }
}

fn a_question_without_a_terminal_is_wrong_usage(testbed: &Testbed) {
    let vec = testbed.namespace("no-terminal");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    for typed in ["", "lone\n", "y\n"] {
        let output = vec.command(&["upgrade", "lone", "--to", "2.5.27"]).input(typed).run();
        ended_with(&output, 2);
        says(&output.stderr, "error: it needs an answer, and there is no terminal to ask on");
        says(&output.stderr, "hint: give `--yes`");
    }
    // Nor is a version chosen for somebody who named none.
    let output = vec.run(["upgrade", "lone", "--yes"]);
    fails(&vec, &output, 2, &["no version to go to; milvus/lone runs 2.5.22", "--to 2.5.27", "--to 2.6."]);
}

/// A server that knows no Milvus: it answers everything as an API server answers for what it does not serve.
struct Bare {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Bare {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(vec![]));
        let kept = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let head = answer(stream);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(head);
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests since the last time, in lower case.
    fn heads(&self) -> Vec<String> {
        std::mem::take(&mut *self.heads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Answers one request and gives back its head.
fn answer(mut stream: TcpStream) -> String {
    let mut head = vec![];
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let text = "404 page not found\n";
    let length = text.len();
    // A client that has gone need not be answered.
    let _ = write!(
        stream,
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    );
    String::from_utf8_lossy(&head).to_lowercase()
}

fn a_cluster_without_milvus_is_told_from_a_wrong_name(testbed: &Testbed) {
    let vec = testbed.namespace("no-definitions");
    let bare = Bare::start();
    for arguments in [["upgrade", "prod", "--to=2.6.22", "--yes"], ["check", "prod", "--to=2.6.22", "-q"]] {
        let output = vec.command(&arguments).args(&["--server", &bare.address]).run();
        let problem = "this cluster has no Milvus resources: milvuses.milvus.io is not served";
        fails(&vec, &output, 1, &[problem, "hint: install the operator"]);
    }
}

fn every_request_says_who_asks(testbed: &Testbed) {
    let vec = testbed.namespace("headers");
    let bare = Bare::start();
    let mut sessions = vec![];
    for command in ["check", "upgrade"] {
        let arguments = [command, "prod", "--to=2.6.22"];
        ended_with(&vec.command(&arguments).args(&["--server", &bare.address]).run(), 1);
        let heads = bare.heads();
        assert!(heads.len() > 1, "{heads:?}");
        for head in &heads {
            says(head, &format!("\r\nuser-agent: kubectl-milvus/{}", env!("CARGO_PKG_VERSION")));
            says(head, &format!("\r\nkubectl-command: kubectl milvus {command}\r\n"));
        }
        let session =
            |head: &String| head.lines().find(|line| line.starts_with("kubectl-session: ")).map(str::to_owned);
        let own = session(&heads[0]).expect("a session");
        assert!(heads.iter().all(|head| session(head).as_ref() == Some(&own)), "{heads:?}");
        sessions.push(own);
    }
    assert_ne!(sessions[0], sessions[1], "one for each run");
}

fn words_of_the_cluster_cannot_drive_the_terminal(testbed: &Testbed) {
    // It hides what came before, sets the title, reads backwards, and begins a line of its own.
    const HOSTILE: &str = "\u{1b}[2K\r\u{1b}]0;owned\u{7}\u{202e}\nerror: all is lost";
    let harmless = |output: &Output| {
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']), "{all:?}");
        assert!(!all.lines().any(|line| line.starts_with("error: all is lost")), "{all}");
        all
    };
    let vec = testbed.namespace("hostile");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.5.27").never_gets_ready();
    let upgrade = || vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes", "--timeout", "3s", "-v"]);
    ended_with(&upgrade(), 124);
    let pod = lone.wait_until_a_pod("standalone", SOON, "is new", |pod| {
        pod["spec"]["containers"][0]["image"] == "milvusdb/milvus:v2.5.27"
    });
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "hostile" },
        "involvedObject": { "kind": "Pod", "namespace": vec.name(), "name": pod["metadata"]["name"] },
        "type": "Warning", "reason": "Unhealthy", "message": HOSTILE,
        "firstTimestamp": "2100-01-01T00:00:00Z", "lastTimestamp": "2100-01-01T00:00:00Z",
    });
    testbed.client().create(&vec.path("v1", "events"), &event).expect("an event");
    let output = upgrade();
    ended_with(&output, 124);
    says(&harmless(&output), r"\u{1b}[2K\r\u{1b}]0;owned\u{7}\u{202e}\nerror: all is lost");
    fault.release();

    // And in the resource itself, which anybody may write who may write there.
    let gone = testbed.namespace("hostile-resource");
    gone.take_the_operator_away();
    gone.milvus("odd").standalone().image(&format!("milvusdb/milvus:v2.5.22{HOSTILE}")).create();
    let condition = json!({
        "type": "MilvusReady", "status": "False", "reason": "Odd", "message": HOSTILE,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    let status = json!({ "status": { "status": format!("Healthy{HOSTILE}"), "conditions": [condition] } });
    let path = format!("{}/status", gone.path("milvus.io/v1beta1", "milvuses/odd"));
    testbed.client().patch(&path, &status).expect("a status");
    says(&harmless(&gone.run(["get", "-o", "wide"])), "milvus/odd");
    let escaped = r"\u{1b}]0;owned\u{7}";
    says(&harmless(&gone.run(["check", "odd", "-v"])), escaped);
    says(&harmless(&gone.run(["upgrade", "odd", "--image", "milvusdb/milvus:v2.5.27", "--yes", "-v"])), escaped);
    assert_eq!(own_writes(&gone).len(), 0);
}
