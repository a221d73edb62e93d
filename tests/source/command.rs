//! The real binary: `render` takes a chart from anywhere.

use std::{path::Path, process::Command};

use crate::{
    fixture::{archive, folder, index, sha256},
    server::{Answer, Server, nobody},
    trials,
};

trials![
    render_takes_a_chart_from_a_repository,
    notes_and_failures_are_shown_on_stderr,
    a_proxy_is_asked_where_the_environment_says_so,
    what_cannot_be_meant_is_a_usage_error,
];

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn render(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-milvus"));
    command.arg("render").args(arguments).env_clear().env("HOME", folder).envs(environment.iter().copied());
    let output = command.current_dir(folder).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn shop() -> Server {
    let server = Server::start();
    let bytes = archive("milvus", "5.0.19");
    server.give("/index.yaml", Answer::of(index(&[("5.0.19", "milvus-5.0.19.tgz", Some(&sha256(&bytes)))])));
    server.give("/milvus-5.0.19.tgz", Answer::of(bytes));
    server
}

fn render_takes_a_chart_from_a_repository() {
    let (server, folder) = (shop(), folder());
    let said = render(folder.path(), &["milvus", "--repo", &server.address], &[]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert!(said.stdout.contains("version: 5.0.19"), "{}", said.stdout);
    std::fs::write(folder.path().join("m.tgz"), archive("milvus", "1.2.3")).unwrap();
    assert!(render(folder.path(), &["m.tgz"], &[]).stdout.contains("version: 1.2.3"));
}

fn notes_and_failures_are_shown_on_stderr() {
    let (server, folder) = (shop(), folder());
    let said = render(folder.path(), &["milvus", "--repo", &server.address, "--chart-version", "5.0"], &[]);
    assert!(said.stderr.contains("there is no `milvus` 5.0; 5.0.19 is taken"), "{}", said.stderr);
    let gone = nobody().replace("http://", "http://ana:secret@");
    let said = render(folder.path(), &["milvus", "--repo", &gone, "--username", "bo", "--password", "secret"], &[]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert!(said.stderr.starts_with("error: cannot reach `http://127.0.0.1:"), "{}", said.stderr);
    assert!(said.stderr.contains("hint: to go on without it, bring the chart's file"), "{}", said.stderr);
    assert!(!said.stderr.contains("secret"), "{}", said.stderr);
}

fn a_proxy_is_asked_where_the_environment_says_so() {
    let (server, proxy, folder) = (shop(), Server::start(), folder());
    let far = "http://charts.invalid";
    proxy.give(&format!("{far}/index.yaml"), Answer::of(index(&[("1.0.0", "m.tgz", None)])));
    proxy.give(&format!("{far}/m.tgz"), Answer::of(archive("milvus", "1.0.0")));
    let proxied = [("HTTP_PROXY", proxy.address.as_str())];
    let said = render(folder.path(), &["milvus", "--repo", far], &proxied);
    assert!(said.stdout.contains("version: 1.0.0"), "{}", said.stderr);
    assert_eq!(proxy.paths().len(), 2);
    // This machine itself is never asked for by a proxy, nor what is excepted.
    let said = render(folder.path(), &["milvus", "--repo", &server.address], &proxied);
    assert!(said.stdout.contains("version: 5.0.19"), "{}", said.stderr);
    let excepted = [proxied[0], ("NO_PROXY", "localhost,.invalid")];
    let said = render(folder.path(), &["milvus", "--repo", far], &excepted);
    assert!(said.stderr.contains("cannot reach `http://charts.invalid/index.yaml`"), "{}", said.stderr);
    assert_eq!(proxy.paths().len(), 2);
}

fn what_cannot_be_meant_is_a_usage_error() {
    let folder = folder();
    for arguments in [
        &["milvus", "--repo", "charts"][..],
        &["milvus", "--repo", "oci://h/charts"],
        &["a/milvus", "--repo", "https://h"],
        &["ftp://h/milvus.tgz"],
        &["oci://h"],
        &[" "],
    ] {
        let said = render(folder.path(), arguments, &[]);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("hint: "), "{arguments:?}: {}", said.stderr);
    }
    let said = render(folder.path(), &["milvus"], &[]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("there is no chart `milvus`: no file or directory of that name"), "{}", said.stderr);
}
