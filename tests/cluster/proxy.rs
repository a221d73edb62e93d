//! The proxy in front of the API server makes the trouble it is asked for, and no other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::testbed::proxy::Trouble;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, client, wait};

trials![
    it_passes_requests_and_watches,
    it_answers_with_trouble,
    it_cuts_answers_and_watches,
    it_goes_down_and_comes_back,
];

const SOON: Duration = Duration::from_mins(1);

fn it_passes_requests_and_watches(testbed: &Testbed) {
    let proxy = testbed.proxy();
    let vec = testbed.namespace("proxy-passes");
    let get = || testbed.command_of("kubectl", &["get", "secrets", "-n", "proxy-passes"]);
    let output = get().kubeconfig(proxy.kubeconfig()).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stdout.contains("storage"));
    assert!(proxy.seen().iter().any(|seen| seen.path.contains("/namespaces/proxy-passes/secrets")));

    let mut watch = get().args(&["--watch"]).kubeconfig(proxy.kubeconfig()).spawn();
    watch.wait_for("storage", SOON);
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "later" } });
    testbed.client().create(&vec.path("v1", "secrets"), &secret).expect("a secret");
    watch.wait_for("later", SOON);
}

fn it_answers_with_trouble(testbed: &Testbed) {
    let vec = testbed.namespace("proxy-trouble");
    let list = "/api/v1/namespaces/proxy-trouble/secrets";
    let troubles =
        [(Trouble::Status(500), 500), (Trouble::Status(503), 503), (Trouble::TooManyRequests { retry_after: 7 }, 429)];
    for (trouble, status) in troubles {
        let proxy = testbed.proxy();
        let hits = proxy.make(trouble).method("GET").path("/secrets").after(1).times(1).begin();
        let answers: Vec<u16> = (0..3).map(|_| plain_get(proxy.address(), list).0).collect();
        assert_eq!(answers, [200, status, 200]);
        assert_eq!(hits.count(), 1);
    }

    let proxy = testbed.proxy();
    proxy.make(Trouble::TooManyRequests { retry_after: 7 }).begin();
    assert!(plain_get(proxy.address(), list).1.contains("Retry-After: 7"));
    proxy.make_no_more();
    proxy.make(Trouble::Delay(Duration::from_millis(300))).begin();
    let start = Instant::now();
    assert_eq!(plain_get(proxy.address(), list).0, 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
    proxy.make_no_more();
    proxy.make(Trouble::Expired).watches().begin();
    let (status, answer) = plain_get(proxy.address(), &format!("{list}?watch=true"));
    assert_eq!(status, 200);
    assert!(answer.contains(r#""type":"ERROR""#) && answer.contains(r#""code":410"#), "{answer}");
    assert_eq!(plain_get(proxy.address(), list).0, 200);
    // Nothing of all this was a write: there is only the namespace's own secret.
    assert_eq!(vec.audit().of_user_agent(client::USER_AGENT).writes().len(), 1);
}

fn it_cuts_answers_and_watches(testbed: &Testbed) {
    let vec = testbed.namespace("proxy-cuts");
    let list = "/api/v1/namespaces/proxy-cuts/secrets";
    let proxy = testbed.proxy();
    proxy.make(Trouble::CutBefore).times(1).begin();
    assert_eq!(plain_get(proxy.address(), list), (0, String::new()));
    proxy.make(Trouble::CutAnswer).times(1).begin();
    assert_eq!(plain_get(proxy.address(), list), (0, String::new()));
    // The first did not reach the server, the second did.
    assert_eq!(vec.audit().of_user_agent("plain").count(), 1);
    proxy.make(Trouble::CutAfterBytes(100)).times(1).begin();
    assert_eq!(plain_get(proxy.address(), list).1.len(), 100);

    for name in ["a", "b", "c"] {
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name } });
        testbed.client().create(&vec.path("v1", "secrets"), &secret).expect("a secret");
    }
    proxy.make(Trouble::CutAfterEvents(2)).watches().begin();
    let (_, answer) = plain_get(proxy.address(), &format!("{list}?watch=true"));
    assert_eq!(answer.matches(r#"{"type":"ADDED""#).count(), 2, "{answer}");
    proxy.make_no_more();

    let path = format!("{list}?watch=true");
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| plain_get(proxy.address(), &path));
        let begun = || vec.audit().of_user_agent("plain").requests().iter().filter(|one| one.verb == "watch").count();
        wait::until(SOON, "the watch", || {
            Ok(match begun() {
                2 => wait::Look::Done(()),
                other => wait::Look::NotYet(other.to_string()),
            })
        })
        .expect("the watch begins");
        proxy.cut_now();
        let (status, answer) = watch.join().expect("the watch ends");
        assert_eq!(status, 200);
        assert!(!answer.ends_with("0\r\n\r\n"), "it must not end in order: {answer}");
    });
}

fn it_goes_down_and_comes_back(testbed: &Testbed) {
    let proxy = testbed.proxy();
    assert_eq!(plain_get(proxy.address(), "/readyz").0, 200);
    proxy.go_down();
    assert_eq!(plain_get(proxy.address(), "/readyz").0, 0);
    proxy.come_back();
    assert_eq!(plain_get(proxy.address(), "/readyz").0, 200);
}

/// The status and the whole text of an answer, as far as it came; status 0 when nothing came.
fn plain_get(address: &str, path: &str) -> (u16, String) {
    let address = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: plain\r\n\r\n");
    // A connection that is cut may break while writing too.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer)
}
