//! Helm's own repositories and caches, written here as helm writes them.

use std::fs;

use kubectl_milvus::release::source::Request;

use crate::{
    fixture::{ANA, archive, folder, index, loaded, refused, request, sha256, versions},
    server::{Answer, Server, nobody},
    trials,
};

trials![
    a_stored_repository_is_used_with_its_credentials,
    an_archive_below_a_stored_repository_has_its_credentials,
    a_repository_that_is_not_stored_is_said,
    the_last_index_serves_without_a_network,
    a_cached_archive_serves_by_its_digest,
    a_spoilt_cache_is_passed_over,
    an_index_may_lead_out_of_its_folder_but_not_out_of_the_cache,
];

fn store(request: &Request, name: &str, url: &str) {
    let text = format!(
        "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- caFile: \"\"\n  certFile: \"\"\n  \
         insecure_skip_tls_verify: false\n  keyFile: \"\"\n  name: other\n  pass_credentials_all: false\n  \
         password: \"\"\n  url: https://other.invalid\n  username: \"\"\n- name: {name}\n  url: {url}\n  \
         username: ana\n  password: secret\n"
    );
    fs::write(&request.home.repository_config, text).unwrap();
}

fn a_stored_repository_is_used_with_its_credentials() {
    let (server, folder) = (Server::start(), folder());
    server.give("/charts/index.yaml", Answer::of(index(&[("1.0.0", "m.tgz", None)])).only(ANA));
    server.give("/charts/m.tgz", Answer::of(archive("milvus", "1.0.0")).only(ANA));
    let request = request(folder.path(), "zilliz/milvus", None);
    store(&request, "zilliz", &format!("{}/charts/", server.address));
    assert_eq!(loaded(&request).origin, format!("{}/charts/m.tgz", server.address));
    assert_eq!(versions(&request).unwrap().versions.len(), 1);
}

fn an_archive_below_a_stored_repository_has_its_credentials() {
    let (server, folder) = (Server::start(), folder());
    server.give("/charts/m.tgz", Answer::of(archive("milvus", "1.0.0")).only(ANA));
    server.give("/chartsmith/m.tgz", Answer::of(archive("milvus", "1.0.0")));
    let mut request = request(folder.path(), &format!("{}/charts/m.tgz", server.address), None);
    store(&request, "zilliz", &format!("{}/charts", server.address));
    loaded(&request);
    request.chart = Some(format!("{}/chartsmith/m.tgz", server.address));
    loaded(&request);
    assert_eq!(server.asked()[1].authorization, None);
}

fn a_repository_that_is_not_stored_is_said() {
    let folder = folder();
    let request = request(folder.path(), "zilliz/milvus", None);
    let refusal = refused(&request);
    assert!(refusal.contains("helm knows no repository `zilliz`: none is in `"), "{refusal}");
    store(&request, "b", "https://h");
    let refusal = refused(&request);
    assert!(refusal.contains("known are b, other in `"), "{refusal}");
    assert!(refusal.contains("`helm repo add zilliz URL` adds it"), "{refusal}");
    fs::write(&request.home.repository_config, "repositories: 7\n").unwrap();
    assert!(refused(&request).contains("cannot read `"));
}

fn the_last_index_serves_without_a_network() {
    let folder = folder();
    let mut request = request(folder.path(), "zilliz/milvus", None);
    let gone = nobody();
    store(&request, "zilliz", &gone);
    let bytes = archive("milvus", "1.0.0");
    let text = index(&[("1.0.0", "milvus-1.0.0.tgz", None), ("0.9.0", "milvus-0.9.0.tgz", None)]);
    fs::write(request.home.repository_cache.join("zilliz-index.yaml"), text).unwrap();
    fs::write(request.home.repository_cache.join("milvus-1.0.0.tgz"), bytes).unwrap();
    let found = loaded(&request);
    assert_eq!(found.chart.metadata.version, "1.0.0");
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    assert!(found.notes[0].contains("zilliz-index.yaml`, 0 min old"), "{}", found.notes[0]);
    assert!(found.notes[1].contains("milvus-1.0.0.tgz`, 0 min old"), "{}", found.notes[1]);
    let listing = versions(&request).unwrap();
    assert_eq!((listing.versions.len(), listing.notes.len()), (2, 1));

    // The same by its address.
    request.chart = Some("milvus".into());
    request.repository = Some(format!("{gone}/"));
    assert_eq!(loaded(&request).chart.metadata.version, "1.0.0");

    // What is not in the cache has to be brought.
    request.version = Some("0.9.0".into());
    let refusal = refused(&request);
    assert!(refusal.contains(&format!("fetch `{gone}/milvus-0.9.0.tgz` where there is a network")), "{refusal}");
}

fn a_cached_archive_serves_by_its_digest() {
    let (server, folder) = (Server::start(), folder());
    let request = request(folder.path(), "milvus", Some(&server.address));
    let bytes = archive("milvus", "1.0.0");
    let digest = sha256(&bytes);
    server.give("/index.yaml", Answer::of(index(&[("1.0.0", "milvus-1.0.0.tgz", Some(&digest))])));
    assert!(refused(&request).contains("HTTP 404"));
    // As helm 4 keeps it.
    let cache = request.home.content_cache.join(&digest[..2]);
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join(format!("{digest}.chart")), &bytes).unwrap();
    assert_eq!(loaded(&request).digest.unwrap(), format!("sha256:{digest}"));
    fs::remove_dir_all(&cache).unwrap();
    // As helm 3 keeps it.
    fs::write(request.home.repository_cache.join("milvus-1.0.0.tgz"), &bytes).unwrap();
    assert!(loaded(&request).notes.is_empty());
    assert_eq!(server.paths().iter().filter(|path| *path != "/index.yaml").count(), 1);
}

fn a_spoilt_cache_is_passed_over() {
    let folder = folder();
    let request = request(folder.path(), "zilliz/milvus", None);
    let gone = nobody();
    store(&request, "zilliz", &gone);
    let digest = sha256(&archive("milvus", "1.0.0"));
    let text = index(&[("1.0.0", "milvus-1.0.0.tgz", Some(&digest))]);
    fs::write(request.home.repository_cache.join("zilliz-index.yaml"), text).unwrap();
    fs::write(request.home.repository_cache.join("milvus-1.0.0.tgz"), archive("milvus", "1.0.1")).unwrap();
    let cache = request.home.content_cache.join(&digest[..2]);
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join(format!("{digest}.chart")), archive("milvus", "1.0.1")).unwrap();
    assert!(refused(&request).contains("cannot reach"));
}

fn an_index_may_lead_out_of_its_folder_but_not_out_of_the_cache() {
    let folder = folder();
    let request = request(folder.path(), "zilliz/milvus", None);
    store(&request, "zilliz", &nobody());
    fs::write(request.home.repository_cache.join("../out.tgz"), archive("milvus", "1.0.0")).unwrap();
    for address in ["..%2fout.tgz", "x/..\\out.tgz", "https://127.0.0.1:1/..%2Fout.tgz"] {
        let text = index(&[("1.0.0", address, None)]);
        fs::write(request.home.repository_cache.join("zilliz-index.yaml"), text).unwrap();
        assert!(refused(&request).contains("cannot reach"), "{address}");
    }
}
