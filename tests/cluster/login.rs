//! Ways to the cluster that a kubeconfig or the environment names: a program that logs in, several files, a proxy.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, says};

trials![a_program_that_logs_in_is_asked, several_files_are_one_kubeconfig, a_proxy_of_the_environment_is_gone_through];

/// The administrator's kubeconfig, as fields.
fn admin(testbed: &Testbed) -> Value {
    let text = fs::read_to_string(testbed.kubeconfig()).expect("a kubeconfig");
    serde_json::from_str(&text).expect("JSON")
}

fn write(folder: &tempfile::TempDir, name: &str, config: &Value) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, config.to_string()).expect("it can be written");
    path
}

fn a_program_that_logs_in_is_asked(testbed: &Testbed) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = admin(testbed);
    let token = config["users"][0]["user"]["token"].as_str().expect("a token").to_owned();
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token},
    });
    let login = |script: String| {
        json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
            "command": "/bin/sh", "args": ["-c", script],
        }})
    };
    config["users"][0]["user"] = login(format!("echo '{credential}'"));
    let path = write(&folder, "login", &config);
    ended_with(&testbed.command(&["get", "-A"]).kubeconfig(&path).run(), 0);

    config["users"][0]["user"] = login("echo 'your session is over' >&2; exit 7".to_owned());
    let path = write(&folder, "over", &config);
    let refused = testbed.command(&["get", "-A"]).kubeconfig(&path).run();
    ended_with(&refused, 1);
    says(&refused.stderr, "your session is over");
}

fn several_files_are_one_kubeconfig(testbed: &Testbed) {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = admin(testbed);
    let part = |names: &[&str]| {
        let mut part = json!({"apiVersion": "v1", "kind": "Config"});
        for name in names {
            part[*name] = whole[*name].clone();
        }
        part
    };
    let first = write(&folder, "first", &part(&["clusters", "users"]));
    let second = write(&folder, "second", &part(&["contexts", "current-context"]));
    let list = std::env::join_paths([&first, &second]).expect("no colon");
    ended_with(&testbed.command(&["get", "-A"]).env("KUBECONFIG", list).run(), 0);
    let half = testbed.command(&["get", "-A"]).kubeconfig(&first).run();
    ended_with(&half, 1);
    says(&half.stderr, "the kubeconfig has no context");
}

fn a_proxy_of_the_environment_is_gone_through(testbed: &Testbed) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = admin(testbed);
    let server = config["clusters"][0]["cluster"]["server"].as_str().expect("a server").replace("https://", "");
    // A name that only the proxy knows.
    config["clusters"][0]["cluster"]["server"] = json!("https://cluster.invalid:6443");
    config["clusters"][0]["cluster"]["tls-server-name"] = json!("127.0.0.1");
    let path = write(&folder, "far", &config);
    let (address, count) = proxy(server);
    let get = || testbed.command(&["get", "-A"]).kubeconfig(&path);
    ended_with(&get().env("HTTPS_PROXY", &address).run(), 0);
    let passed = count.load(Ordering::SeqCst);
    assert!(passed > 0, "nothing went through the proxy");

    let alone = get().env("HTTPS_PROXY", &address).env("NO_PROXY", "cluster.invalid").run();
    ended_with(&alone, 1);
    says(&alone.stderr, "cluster.invalid");
    assert_eq!(count.load(Ordering::SeqCst), passed, "NO_PROXY names who is asked without it");
    // This machine is never asked through it, nor by kubectl.
    ended_with(&testbed.command(&["get", "-A"]).env("HTTPS_PROXY", "http://127.0.0.1:1").run(), 0);
}

/// A proxy that takes everybody to one server, until the process ends; with how many it took.
fn proxy(server: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (server, counted) = (server.clone(), Arc::clone(&counted));
            thread::spawn(move || take(client, &server, &counted));
        }
    });
    (address, count)
}

/// Takes one client there. What breaks off is noticed at its ends.
fn take(mut client: TcpStream, server: &str, counted: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        if line.starts_with("CONNECT cluster.invalid:6443 ") {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        line.clear();
    }
    let mut far = TcpStream::connect(server).ok()?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let (mut back, mut there) = (far.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || std::io::copy(&mut back, &mut there));
    std::io::copy(&mut reader, &mut far).ok()?;
    Some(())
}
