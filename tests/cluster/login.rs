//! Ways to the cluster that a kubeconfig or the environment names: a program that logs in, several files, a proxy.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, says};

trials![
    a_program_that_logs_in_is_asked,
    several_files_are_one_kubeconfig,
    what_a_kubeconfig_names_lies_beside_it,
    a_proxy_of_the_environment_is_gone_through,
    a_proxy_that_speaks_socks_is_gone_through,
];

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

/// `~/.kube/config` is read where nothing else is named; paths in it begin where it lies, as kubectl has it.
fn what_a_kubeconfig_names_lies_beside_it(testbed: &Testbed) {
    let home = tempfile::tempdir().expect("a folder");
    let kube = home.path().join(".kube");
    fs::create_dir_all(kube.join("login")).expect("a folder");
    let mut config = admin(testbed);
    let cluster = config["clusters"][0]["cluster"].as_object_mut().expect("a cluster");
    let authority = cluster.insert("certificate-authority".to_owned(), json!("login/ca.crt")).expect("the authority");
    fs::copy(authority.as_str().expect("a path"), kube.join("login/ca.crt")).expect("it can be copied");
    let user = config["users"][0]["user"].as_object_mut().expect("a user");
    let token = user.remove("token").expect("a token");
    user.insert("tokenFile".to_owned(), json!("login/token"));
    fs::write(kube.join("login/token"), token.as_str().expect("a text")).expect("it can be written");
    fs::write(kube.join("config"), config.to_string()).expect("it can be written");
    for tool in [testbed.command(&["get", "-A"]), testbed.command_of("kubectl", &["get", "milvus", "-A"])] {
        ended_with(&tool.env("HOME", home.path()).without("KUBECONFIG").run(), 0);
    }

    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token},
    });
    let script = kube.join("login/program");
    fs::write(&script, format!("#!/bin/sh\necho '{credential}'\n")).expect("it can be written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("it is ours");
    config["users"][0]["user"] = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "login/program",
    }});
    fs::write(kube.join("config"), config.to_string()).expect("it can be written");
    for tool in [testbed.command(&["get", "-A"]), testbed.command_of("kubectl", &["get", "milvus", "-A"])] {
        ended_with(&tool.env("HOME", home.path()).without("KUBECONFIG").run(), 0);
    }
}

/// A kubeconfig whose server only a proxy knows, and where that server really is.
fn far(testbed: &Testbed) -> (Value, String) {
    let mut config = admin(testbed);
    let server = config["clusters"][0]["cluster"]["server"].as_str().expect("a server").replace("https://", "");
    config["clusters"][0]["cluster"]["server"] = json!("https://cluster.invalid:6443");
    config["clusters"][0]["cluster"]["tls-server-name"] = json!("127.0.0.1");
    (config, server)
}

fn a_proxy_of_the_environment_is_gone_through(testbed: &Testbed) {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, server) = far(testbed);
    let path = write(&folder, "far", &config);
    let (address, count) = proxy(server, connect);
    let address = format!("http://{address}");
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

fn a_proxy_that_speaks_socks_is_gone_through(testbed: &Testbed) {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut config, server) = far(testbed);
    let path = write(&folder, "far", &config);
    let (address, count) = proxy(server, socks);
    let address = format!("socks5://{address}");
    ended_with(&testbed.command(&["get", "-A"]).kubeconfig(&path).env("HTTPS_PROXY", &address).run(), 0);
    let passed = count.load(Ordering::SeqCst);
    assert!(passed > 0, "nothing went through the proxy");

    config["clusters"][0]["cluster"]["proxy-url"] = json!(address);
    let path = write(&folder, "named", &config);
    for tool in [testbed.command(&["get", "-A"]), testbed.command_of("kubectl", &["get", "milvus", "-A"])] {
        let before = count.load(Ordering::SeqCst);
        ended_with(&tool.kubeconfig(&path).run(), 0);
        assert!(count.load(Ordering::SeqCst) > before, "nothing went through the proxy");
    }
}

/// What a client and a proxy say to each other before the client talks to the server; where the client wants to go.
type Greeting = fn(&mut BufReader<TcpStream>, &mut TcpStream) -> io::Result<String>;

/// A proxy that takes everybody to one server, until the process ends; with how many wanted to go to the one that only it
/// knows.
fn proxy(server: String, greeting: Greeting) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (server, counted) = (server.clone(), Arc::clone(&counted));
            // What breaks off is noticed at its ends.
            thread::spawn(move || take(client, &server, greeting, &counted));
        }
    });
    (address, count)
}

/// Takes one client there.
fn take(mut client: TcpStream, server: &str, greeting: Greeting, counted: &AtomicUsize) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut far = TcpStream::connect(server)?;
    if greeting(&mut reader, &mut client)? == "cluster.invalid:6443" {
        counted.fetch_add(1, Ordering::SeqCst);
    }
    let mut back = far.try_clone()?;
    thread::spawn(move || io::copy(&mut back, &mut client));
    io::copy(&mut reader, &mut far)?;
    Ok(())
}

/// As HTTP has it (RFC 9110, 9.3.6).
fn connect(reader: &mut BufReader<TcpStream>, client: &mut TcpStream) -> io::Result<String> {
    let (mut line, mut wanted) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 2 {
        if let Some(rest) = line.strip_prefix("CONNECT ") {
            rest.split(' ').next().unwrap_or_default().clone_into(&mut wanted);
        }
        line.clear();
    }
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    Ok(wanted)
}

/// As version 5 of SOCKS has it (RFC 1928), without a password, to a server that is named.
fn socks(reader: &mut BufReader<TcpStream>, client: &mut TcpStream) -> io::Result<String> {
    const VERSION: u8 = 5;
    let mut bytes = |count: u8| {
        let mut bytes = vec![0; usize::from(count)];
        reader.read_exact(&mut bytes).map(|()| bytes)
    };
    let methods = bytes(2)?[1];
    bytes(methods)?;
    client.write_all(&[VERSION, 0])?;
    let [_, _, _, kind, length] = bytes(5)?[..] else { unreachable!("five were read") };
    assert_eq!(kind, 3, "the name goes to the proxy, which may be alone in knowing it");
    let name = String::from_utf8_lossy(&bytes(length)?).into_owned();
    let port = bytes(2)?;
    client.write_all(&[VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(format!("{name}:{}", u16::from_be_bytes([port[0], port[1]])))
}
