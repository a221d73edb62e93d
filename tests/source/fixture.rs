//! Charts, indexes and requests.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use kubectl_milvus::{
    failure::Failure,
    release::source::{self, Home, Limits, Listing, Loaded, Request},
};
use ring::digest::{SHA256, digest};

/// `ana:secret` as a header has it.
pub(crate) const ANA: &str = "Basic YW5hOnNlY3JldA==";

/// A packaged chart.
pub(crate) fn archive(name: &str, version: &str) -> Vec<u8> {
    let files = [
        ("Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: app-{version}\n")),
        ("values.yaml", "a: 1\n".to_owned()),
        ("templates/a.yaml", "kind: ConfigMap\nversion: {{ .Chart.Version }}\n".to_owned()),
    ];
    let mut archive = tar::Builder::new(GzEncoder::new(vec![], Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).expect("memory takes it");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("memory takes it")
}

/// The SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        write!(text, "{byte:02x}").expect("a string takes it");
    }
    text
}

/// An index with versions of `milvus`, each with an address and a digest, among some thousand other charts.
pub(crate) fn index(milvus: &[(&str, &str, Option<&str>)]) -> String {
    let mut index = "apiVersion: v1\nentries:\n".to_owned();
    let other = |index: &mut String, name: &str| {
        writeln!(index, "  {name}:\n  - name: {name}\n    version: 1.0.0\n    urls: [{name}-1.0.0.tgz]")
            .expect("it is");
    };
    (0..1_500).for_each(|number| other(&mut index, &format!("a{number}")));
    index += "  milvus:\n";
    for (version, address, digest) in milvus {
        writeln!(
            index,
            "  - name: milvus\n    version: {version}\n    appVersion: app-{version}\n    urls:\n    - {address}"
        )
        .expect("it is");
        if let Some(digest) = digest {
            writeln!(index, "    digest: {digest}").expect("it is");
        }
    }
    (0..1_500).for_each(|number| other(&mut index, &format!("z{number}")));
    index + "generated: \"2025-11-20T00:00:00Z\"\n"
}

/// An empty home of helm.
pub(crate) fn home(folder: &Path) -> Home {
    let name = |name: &str| (name == "HOME").then(|| folder.as_os_str().to_owned());
    let home = Home::of(&name);
    for path in [&home.repository_cache, &home.content_cache] {
        fs::create_dir_all(path).expect("the folder can be written");
    }
    for path in [&home.repository_config, &home.registry_config, &home.docker_config] {
        fs::create_dir_all(path.parent().map_or_else(PathBuf::new, Path::to_owned)).expect("the folder can be written");
    }
    home
}

/// A request that does not wait long.
pub(crate) fn request(folder: &Path, chart: &str, repository: Option<&str>) -> Request {
    Request {
        chart: Some(chart.to_owned()),
        repository: repository.map(str::to_owned),
        home: home(folder),
        limits: Limits { silence: Duration::from_secs(20), ..Limits::default() },
        ..Request::default()
    }
}

/// Loads it here and now.
pub(crate) fn load(request: &Request) -> Result<Loaded, Failure> {
    runtime().block_on(source::load(request))
}

/// Lists it here and now.
pub(crate) fn versions(request: &Request) -> Result<Listing, Failure> {
    runtime().block_on(source::versions(request))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The chart, or the end of the test.
pub(crate) fn loaded(request: &Request) -> Loaded {
    load(request).unwrap_or_else(|failure| panic!("{failure}\n{:?}", failure.hints()))
}

/// Why there is no chart: the message and the hints, one a line.
pub(crate) fn refused(request: &Request) -> String {
    match load(request) {
        Ok(loaded) => panic!("it was loaded from {}", loaded.origin),
        Err(failure) => format!("{failure}\n{}", failure.hints().join("\n")),
    }
}

/// A folder of one test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}
