//! What the real helm has stored and fetched.

use std::{fs, path::Path, process::Command};

use crate::{
    fixture::{ANA, archive, folder, index, loaded, request, sha256},
    server::{Answer, Server},
    testbed::{self, sure},
    trials,
};

trials![what_helm_has_stored_is_used, what_helm_has_fetched_serves_without_a_network];

fn helm(which: usize, folder: &Path, arguments: &[&str]) {
    let helms = sure(testbed::helms());
    let mut command = Command::new(&helms[which]);
    let output = command.args(arguments).current_dir(folder).env_clear().env("HOME", folder).output();
    let output = output.expect("helm runs");
    assert!(output.status.success(), "helm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn shop() -> Server {
    let server = Server::start();
    let bytes = archive("milvus", "5.0.19");
    let text = index(&[("5.0.19", "milvus-5.0.19.tgz", Some(&sha256(&bytes))), ("4.2.58", "old.tgz", None)]);
    server.give("/index.yaml", Answer::of(text).only(ANA));
    server.give("/milvus-5.0.19.tgz", Answer::of(bytes).only(ANA));
    server
}

fn what_helm_has_stored_is_used() {
    for which in 0..2 {
        let (server, folder) = (shop(), folder());
        let request = request(folder.path(), "zilliz/milvus", None);
        helm(which, folder.path(), &["repo", "add", "zilliz", &server.address, "--username=ana", "--password=secret"]);
        let loaded = loaded(&request);
        assert_eq!(loaded.origin, format!("{}/milvus-5.0.19.tgz", server.address));
        assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
    }
}

fn what_helm_has_fetched_serves_without_a_network() {
    for which in 0..2 {
        let (server, folder) = (shop(), folder());
        let request = request(folder.path(), "zilliz/milvus", None);
        helm(which, folder.path(), &["repo", "add", "zilliz", &server.address, "--username=ana", "--password=secret"]);
        helm(which, folder.path(), &["template", "r", "zilliz/milvus"]);
        // The server goes as far as helm's files are concerned.
        let stored = fs::read_to_string(&request.home.repository_config).unwrap();
        fs::write(&request.home.repository_config, stored.replace(&server.address, &crate::server::nobody())).unwrap();
        let loaded = loaded(&request);
        assert_eq!(loaded.chart.metadata.version, "5.0.19");
        assert_eq!(loaded.notes.len(), 1, "{:?}", loaded.notes);
        assert!(loaded.notes[0].contains("what helm fetched before is used"), "{}", loaded.notes[0]);
    }
}
