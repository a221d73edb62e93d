//! Registries that want a token first, played by our own server; and what a registry may do wrong.

use std::time::Duration;

use kubectl_milvus::release::source::{Access, Request, Secret};
use serde_json::json;

use crate::{
    fixture::{ANA, archive, folder, index, loaded, refused, request, sha256, versions},
    server::{Answer, Server, nobody},
    trials,
};

trials![
    a_token_is_fetched_and_goes_to_its_registry_only,
    what_is_no_token_is_refused,
    a_password_is_sent_where_it_is_wanted,
    an_index_may_lead_to_a_registry,
    tags_that_come_all_at_once_are_read_once,
    layers_are_bounded_and_checked,
    what_is_no_chart_is_said,
    a_list_of_artifacts_may_hold_the_chart,
    a_registry_that_is_not_there_or_hangs_is_left_soon,
];

const CHART: &str = "application/vnd.cncf.helm.config.v1+json";
const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LIST: &str = "application/vnd.oci.image.index.v1+json";

/// A registry with one chart, and where its parts are.
struct Shop {
    server: Server,
    manifest: String,
    blob: String,
    bytes: Vec<u8>,
}

fn shop() -> Shop {
    let server = Server::start();
    let bytes = archive("milvus", "1.0.0");
    let blob = format!("/v2/charts/milvus/blobs/sha256:{}", sha256(&bytes));
    let manifest = manifest(CHART, &bytes);
    server.give("/v2/", Answer::of("{}"));
    server.give("/v2/charts/milvus/manifests/1.0.0", Answer::of(manifest.clone()).header("Content-Type", MANIFEST));
    server.give(&blob, Answer::of(bytes.clone()));
    Shop { server, manifest, blob, bytes }
}

fn manifest(kind: &str, layer: &[u8]) -> String {
    let part = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "digest": format!("sha256:{}", sha256(bytes)), "size": bytes.len()});
    let manifest = json!({"schemaVersion": 2, "config": part(kind, b"{}"), "layers": [part(LAYER, layer)]});
    manifest.to_string()
}

fn chart(server: &Server, rest: &str) -> String {
    format!("{}/charts/milvus{rest}", server.address.replace("http://", "oci://"))
}

fn ana() -> Access {
    Access { username: Some("ana".into()), password: Some(Secret::new("secret")), ..Access::default() }
}

fn ask(folder: &tempfile::TempDir, server: &Server) -> Request {
    request(folder.path(), &chart(server, ":1.0.0"), None)
}

fn a_token_is_fetched_and_goes_to_its_registry_only() {
    let (shop, tokens, store, folder) = (shop(), Server::start(), Server::start(), folder());
    let challenge = format!("Bearer realm=\"{}/token\",service=\"reg istry\"", tokens.address);
    shop.server.give("/v2/", Answer::status(401).header("WWW-Authenticate", &challenge));
    let path = "/token?scope=repository%3Acharts%2Fmilvus%3Apull&service=reg+istry";
    tokens.give(path, Answer::of(r#"{"access_token": "T0KEN"}"#).only(ANA));
    let manifest = Answer::of(shop.manifest).only("Bearer T0KEN");
    shop.server.give("/v2/charts/milvus/manifests/1.0.0", manifest);
    shop.server.give(&shop.blob, Answer::redirect(&format!("{}/blob?sig=x", store.address)).only("Bearer T0KEN"));
    store.give("/blob?sig=x", Answer::of(shop.bytes.clone()));
    let mut request = ask(&folder, &shop.server);
    let refusal = refused(&request);
    assert!(refusal.contains("may not fetch") && refusal.contains("--username and --password"), "{refusal}");
    request.access = ana();
    let found = loaded(&request);
    assert_eq!(found.digest.unwrap(), format!("sha256:{}", sha256(&shop.bytes)));
    assert_eq!(tokens.paths(), [path, path]);
    assert!(shop.server.asked().iter().all(|asked| asked.authorization.as_deref() != Some(ANA)));
    assert_eq!(store.asked()[0].authorization, None);
    store.give("/blob?sig=x", Answer::status(403));
    assert!(!refused(&request).contains("sig="), "{}", refused(&request));
}

fn what_is_no_token_is_refused() {
    let (shop, folder) = (shop(), folder());
    let challenge = format!("Bearer realm=\"{}/token\"", shop.server.address);
    shop.server.give("/v2/", Answer::status(401).header("WWW-Authenticate", &challenge));
    let path = "/token?scope=repository%3Acharts%2Fmilvus%3Apull";
    for answer in [r#"{"token": "a\nb"}"#, r#"{"token": ""}"#, r#"{"token": "é"}"#, "{}", "no"] {
        shop.server.give(path, Answer::of(answer));
        assert!(refused(&ask(&folder, &shop.server)).contains("what came is no token"), "{answer}");
    }
    for realm in ["nowhere", "file:///etc/passwd"] {
        let challenge = format!("Bearer realm=\"{realm}\"");
        shop.server.give("/v2/", Answer::status(401).header("WWW-Authenticate", &challenge));
        assert!(refused(&ask(&folder, &shop.server)).contains("token"), "{realm}");
    }
}

fn a_password_is_sent_where_it_is_wanted() {
    let (shop, folder) = (shop(), folder());
    let path = "/v2/charts/milvus/manifests/1.0.0";
    shop.server.give("/v2/", Answer::of("").only(ANA));
    shop.server.give(path, Answer::of(shop.manifest).only(ANA));
    let mut request = ask(&folder, &shop.server);
    request.access = ana();
    loaded(&request);
    assert_eq!(shop.server.paths(), ["/v2/", path, shop.blob.as_str()]);
}

fn an_index_may_lead_to_a_registry() {
    let (shop, repository, folder) = (shop(), Server::start(), folder());
    let address = chart(&shop.server, ":1.0.0");
    repository.give("/index.yaml", Answer::of(index(&[("1.0.0", &address, None)])).only(ANA));
    let mut request = request(folder.path(), "milvus", Some(&repository.address));
    request.access = ana();
    request.version = Some("^1".into());
    assert!(loaded(&request).origin.starts_with(&address));
    assert!(shop.server.asked().iter().all(|asked| asked.authorization.is_none()));
}

fn tags_that_come_all_at_once_are_read_once() {
    let (shop, folder) = (shop(), folder());
    let tags = json!({"name": "charts/milvus", "tags": ["1.0.0", "0.9.0", "latest"]}).to_string();
    shop.server.give("/v2/charts/milvus/tags/list?n=500", Answer::of(tags.clone()));
    shop.server.give("/v2/charts/milvus/tags/list?n=500&last=latest", Answer::of(tags));
    let request = request(folder.path(), &chart(&shop.server, ""), None);
    let listing = versions(&request).unwrap();
    assert_eq!(listing.versions.iter().map(|version| version.version.as_str()).collect::<Vec<_>>(), ["1.0.0", "0.9.0"]);
    assert_eq!(loaded(&request).chart.metadata.version, "1.0.0");
    let empty = json!({"name": "charts/milvus", "tags": null}).to_string();
    shop.server.give("/v2/charts/milvus/tags/list?n=500", Answer::of(empty));
    assert!(refused(&request).contains("it has no versions"));
}

fn layers_are_bounded_and_checked() {
    let (shop, folder) = (shop(), folder());
    let mut request = ask(&folder, &shop.server);
    request.limits.archive = 100;
    assert!(refused(&request).contains("is larger than 100 bytes, the most that is read"));
    request.limits.archive = 1 << 20;
    shop.server.give(&shop.blob, Answer::of(archive("milvus", "1.0.1")));
    assert!(refused(&request).contains("cannot fetch"), "{}", refused(&request));
    shop.server.give(&shop.blob, Answer::of(shop.bytes).truncated());
    assert!(refused(&request).contains("cannot fetch"), "{}", refused(&request));
}

fn what_is_no_chart_is_said() {
    let (shop, folder) = (shop(), folder());
    let path = "/v2/charts/milvus/manifests/1.0.0";
    let request = ask(&folder, &shop.server);
    let image = "application/vnd.oci.image.config.v1+json";
    shop.server.give(path, Answer::of(manifest(image, b"x")));
    let refusal = refused(&request);
    assert!(refusal.contains(&format!("is no chart: it is of type `{image}`")), "{refusal}");
    for answer in ["<html>", "{}", r#"{"schemaVersion": 1}"#] {
        shop.server.give(path, Answer::of(answer));
        assert!(refused(&request).contains("cannot fetch"), "{answer}");
    }
    let gone = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).to_string();
    shop.server.give(path, Answer::status(404).with_body(gone));
    assert!(refused(&request).contains("manifest unknown"), "{}", refused(&request));
}

fn a_list_of_artifacts_may_hold_the_chart() {
    let (shop, folder) = (shop(), folder());
    let digest = format!("sha256:{}", sha256(shop.manifest.as_bytes()));
    let entry = |kind: &str| json!({"mediaType": MANIFEST, "digest": digest, "size": shop.manifest.len(), "artifactType": kind});
    let list = |kind: &str| json!({"schemaVersion": 2, "mediaType": LIST, "manifests": [entry(kind)]}).to_string();
    let path = "/v2/charts/milvus/manifests/1.0.0";
    shop.server.give(&format!("/v2/charts/milvus/manifests/{digest}"), Answer::of(shop.manifest.clone()));
    shop.server.give(path, Answer::of(list(CHART)));
    assert_eq!(loaded(&ask(&folder, &shop.server)).chart.metadata.version, "1.0.0");
    shop.server.give(path, Answer::of(list("application/other")));
    assert!(refused(&ask(&folder, &shop.server)).contains("is no chart, but a list of images"));
}

fn a_registry_that_is_not_there_or_hangs_is_left_soon() {
    let (shop, folder) = (shop(), folder());
    let start = std::time::Instant::now();
    let gone = nobody().replace("http://", "oci://");
    let refusal = refused(&request(folder.path(), &format!("{gone}/charts/milvus:5.0.19"), None));
    assert!(refusal.contains(&format!("cannot reach `{}/v2/`", gone.replace("oci://", "http://"))), "{refusal}");
    assert!(refusal.contains(&format!("`helm pull {gone}/charts/milvus --version '5.0.19'`")), "{refusal}");
    assert!(refusal.contains("name it with --chart milvus-VERSION.tgz"), "{refusal}");
    let mut request = ask(&folder, &shop.server);
    request.limits.silence = Duration::from_millis(200);
    for path in ["/v2/charts/milvus/manifests/1.0.0", "/v2/"] {
        shop.server.give(path, Answer::hanging());
        assert!(refused(&request).contains("cannot reach"), "{}", refused(&request));
    }
    assert!(start.elapsed() < Duration::from_secs(15));
}
