//! The real registry, with charts that the real helm has pushed.

use std::{fs, path::Path, process::Command};

use kubectl_milvus::release::source::{Access, Request, Secret};

use crate::{
    fixture::{archive, folder, loaded, refused, request, sha256, versions},
    testbed::{self, registry::Registry, sure},
    trials,
};

trials![charts_that_helm_has_pushed_are_found, a_registry_with_passwords_takes_those_that_helm_has_stored];

const VERSIONS: [&str; 5] = ["4.2.58", "5.0.2", "5.0.19", "5.1.0+build.7", "6.0.0-rc.1"];

/// Runs helm 4 with a home of its own.
fn helm(folder: &Path, arguments: &[&str]) -> String {
    let [helm, _] = sure(testbed::helms());
    let mut command = Command::new(helm);
    let output = command.args(arguments).current_dir(folder).env_clear().env("HOME", folder).output();
    let output = output.expect("helm runs");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "helm {arguments:?}: {said}");
    said
}

/// Pushes one version, and says which digest its manifest has.
fn push(folder: &Path, registry: &Registry, version: &str) -> String {
    let file = format!("milvus-{version}.tgz");
    fs::write(folder.join(&file), archive("milvus", version)).unwrap();
    let said = helm(folder, &["push", &file, &format!("oci://{}/charts", registry.address), "--plain-http"]);
    let digest = said.lines().find_map(|line| line.strip_prefix("Digest: "));
    digest.unwrap_or_else(|| panic!("no digest in {said}")).trim().to_owned()
}

fn charts_that_helm_has_pushed_are_found() {
    let folder = folder();
    let registry = sure(Registry::start(None));
    let digests = VERSIONS.map(|version| push(folder.path(), &registry, version));
    let chart = format!("oci://{}/charts/milvus", registry.address);
    let at = |rest: &str, version: Option<&str>| Request {
        version: version.map(str::to_owned),
        ..request(folder.path(), &format!("{chart}{rest}"), None)
    };

    for (rest, version, expected) in [
        ("", None, "5.1.0+build.7"),
        ("", Some("~5.0.0"), "5.0.19"),
        ("", Some("5.0"), "5.0.19"),
        ("", Some("4.2.58"), "4.2.58"),
        ("", Some("5.1.0+build.7"), "5.1.0+build.7"),
        (":5.1.0+build.7", None, "5.1.0+build.7"),
        ("", Some(">=6.0.0-0"), "6.0.0-rc.1"),
        (":5.0.2", Some("5.0.2"), "5.0.2"),
    ] {
        let loaded = loaded(&at(rest, version));
        assert_eq!(loaded.chart.metadata.version, expected, "{rest} {version:?}");
        let place = VERSIONS.iter().position(|known| *known == expected).unwrap();
        assert_eq!(loaded.origin, format!("{chart}:{}@{}", expected.replace('+', "_"), digests[place]));
        assert_eq!(loaded.digest.unwrap(), format!("sha256:{}", sha256(&archive("milvus", expected))));
    }

    // Pinned by digest, alone and beside a version.
    let pinned = loaded(&at(&format!("@{}", digests[1]), None));
    assert_eq!((pinned.chart.metadata.version.as_str(), pinned.origin), ("5.0.2", format!("{chart}@{}", digests[1])));
    loaded(&at(&format!(":5.0.2@{}", digests[1]), None));
    loaded(&at(&format!("@{}", digests[1]), Some("5.0.2")));
    loaded(&at(&format!(":7.7.7@{}", digests[1]), None));
    let refusal = refused(&at(&format!(":5.0.2@{}", digests[2]), None));
    assert!(refusal.contains("the tag was moved"), "{refusal}");

    let refusal = refused(&at("", Some("~7")));
    assert!(refusal.contains("no version is `~7`; the newest are `6.0.0-rc.1`, `5.1.0+build.7`"), "{refusal}");
    let refusal = refused(&at(":9.9.9", None));
    assert!(refusal.contains("manifest unknown"), "{refusal}");
    let refusal = refused(&at("s", None));
    assert!(refusal.contains("repository name not known to registry"), "{refusal}");
    let refusal = refused(&at(":5.0.2", Some("5.0.19")));
    assert!(refusal.contains("two versions are named"), "{refusal}");
    let refusal = refused(&at(&format!("@sha256:{}", "0".repeat(64)), None));
    assert!(refusal.contains("manifest unknown"), "{refusal}");

    let list = |version: Option<&str>| -> Vec<String> {
        versions(&at("", version)).unwrap().versions.into_iter().map(|version| version.version).collect()
    };
    assert_eq!(list(None), ["6.0.0-rc.1", "5.1.0+build.7", "5.0.19", "5.0.2", "4.2.58"]);
    assert_eq!(list(Some("~5.0.0")), ["5.0.19", "5.0.2"]);
    registry.stop();
}

fn a_registry_with_passwords_takes_those_that_helm_has_stored() {
    let folder = folder();
    // `ana` and `secret`.
    let passwords = "ana:$2y$05$HASH\n".replace("$2y$05$HASH", &bcrypt());
    let registry = sure(Registry::start(Some(&passwords)));
    let chart = format!("oci://{}/charts/milvus", registry.address);
    let mut anonymous = request(folder.path(), &chart, None);
    let refusal = refused(&anonymous);
    assert!(refusal.contains("may not fetch") && refusal.contains("--username and --password"), "{refusal}");

    let login = ["registry", "login", &registry.address, "-u", "ana", "-p", "secret", "--plain-http"];
    helm(folder.path(), &login);
    push(folder.path(), &registry, "5.0.19");
    // The same home: what helm has stored is found.
    assert_eq!(loaded(&anonymous).chart.metadata.version, "5.0.19");
    // Another port is another host.
    let elsewhere = crate::server::Server::start();
    elsewhere.give("/v2/", crate::server::Answer::of("").only("Basic nobody"));
    anonymous.chart = Some(elsewhere.address.replace("http://", "oci://") + "/charts/milvus");
    refused(&anonymous);
    assert!(elsewhere.asked().iter().all(|asked| asked.authorization.is_none()));

    let empty = crate::fixture::folder();
    let mut typed = request(empty.path(), &chart, None);
    refused(&typed);
    let access = |password: &str| Access {
        username: Some("ana".into()),
        password: Some(Secret::new(password)),
        ..Access::default()
    };
    typed.access = access("secret");
    loaded(&typed);
    typed.access = access("wr0ng");
    let refusal = refused(&typed);
    assert!(refusal.contains("HTTP 401") && !refusal.contains("wr0ng"), "{refusal}");
    registry.stop();
}

/// The hash of `secret`, as `htpasswd -B` makes it.
fn bcrypt() -> String {
    let hash = bcrypt::hash_with_salt("secret", 5, *b"sixteen of bytes").expect("the cost is one");
    hash.format_for_version(bcrypt::Version::TwoY)
}
