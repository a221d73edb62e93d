//! The manifest for krew is one that krew takes, and what it installs is a plugin that kubectl runs.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::{fs, thread};

use anyhow::{Context, Result};
use ring::digest::{SHA256, digest};

use crate::testbed::trial::trials;
use crate::testbed::{Testbed, sure};

trials![krew_finds_the_manifest_valid_and_installs_it_on_every_platform, kubectl_runs_what_krew_has_installed];

const TEMPLATE: &str = include_str!("../../krew-manifest.yaml");
const LICENSE: &[u8] = include_bytes!("../../LICENSE");
const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));
/// How the template names an archive; the platform and the end of the line follow.
const ARCHIVE: &str = "{{ addURIAndSha (print $archive \"";
const ARCHIVE_END: &str = "\") .TagName }}";

fn krew_finds_the_manifest_valid_and_installs_it_on_every_platform(testbed: &Testbed) {
    let release = sure(Release::publish(testbed));
    let manifest = release.manifest();
    let output = testbed
        .command_of("validate-krew-manifest", &["-manifest", &manifest])
        .env("PATH", release.path(&[]))
        .env("TMPDIR", release.directory.path())
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stderr.contains("all 6 spec.platforms installed fine"), "{}", output.stderr);

    // What the reviewers of krew's index ask for, and the validator does not look at.
    let line = |start: &str| TEMPLATE.lines().find_map(|line| line.trim().strip_prefix(start)).expect(start);
    assert!(line("shortDescription: ").len() <= 50);
    let prose = TEMPLATE.lines().skip_while(|line| !line.contains("description: |"));
    let mut prose = prose.take_while(|line| !line.contains("platforms:"));
    assert!(prose.all(|line| line.len() <= 80));
}

fn kubectl_runs_what_krew_has_installed(testbed: &Testbed) {
    let release = sure(Release::publish(testbed));
    let root = release.directory.path().join("root");
    let path = release.path(&[root.join("bin")]);
    let kubectl = |arguments: &[&str]| {
        let command = testbed.command_of("kubectl", arguments).env("PATH", path.clone());
        command.env("KREW_ROOT", root.clone()).env("TMPDIR", release.directory.path()).run()
    };
    let installed = kubectl(&["krew", "install", "--manifest", &release.manifest()]);
    assert_eq!(installed.code, Some(0), "{}", installed.stderr);
    assert!(installed.stderr.contains("take a backup first"), "the caveats are shown: {}", installed.stderr);

    let version = kubectl(&["milvus", "--version"]);
    assert_eq!(version.stdout, format!("kubectl-milvus {}\n", env!("CARGO_PKG_VERSION")), "{}", version.stderr);
    let missing = kubectl(&["milvus", "check", "nothing-here"]);
    assert_eq!(missing.code, Some(1), "its exit code is its own: {}", missing.stderr);
}

/// A release on loopback: an archive for each platform of the manifest, and krew itself as a plugin.
///
/// Only the archive for this machine holds the real program; the others hold a word in its place.
struct Release {
    directory: tempfile::TempDir,
}

impl Release {
    fn publish(testbed: &Testbed) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let programs = directory.path().join("programs");
        fs::create_dir(&programs)?;
        std::os::unix::fs::symlink(testbed.tool("kubectl"), programs.join("kubectl"))?;
        std::os::unix::fs::symlink(testbed.tool("krew"), programs.join("kubectl-krew"))?;

        let listener = TcpListener::bind("127.0.0.1:0")?;
        let home = format!("http://{}", listener.local_addr()?);
        let mut archives = HashMap::new();
        let mut lines = Vec::new();
        for line in TEMPLATE.lines() {
            if line.starts_with("{{-") {
                // The template's own names, which are resolved here.
                continue;
            }
            if let Some((indent, platform)) = line.split_once(ARCHIVE) {
                let end = platform.strip_suffix(ARCHIVE_END).context("an archive is not named as expected")?;
                let path = format!("/kubectl-milvus-{TAG}{end}");
                let archive = archive(end)?;
                lines.push(format!("{indent}uri: {home}{path}"));
                lines.push(format!("{indent}sha256: {}", hexadecimal(digest(&SHA256, &archive).as_ref())));
                archives.insert(path, archive);
            } else {
                lines.push(line.replace("{{ .TagName }}", TAG).replace("{{ $home }}", &home));
            }
        }
        let manifest = lines.join("\n");
        assert!(!manifest.contains("{{"), "the template says what is not known here: {manifest}");
        fs::write(directory.path().join("milvus.yaml"), manifest)?;
        thread::spawn(move || serve(&listener, &archives));
        Ok(Self { directory })
    }

    /// The rendered manifest.
    fn manifest(&self) -> String {
        self.directory.path().join("milvus.yaml").display().to_string()
    }

    /// A `PATH` with kubectl and krew, and more folders.
    fn path(&self, more: &[PathBuf]) -> OsString {
        let programs = self.directory.path().join("programs");
        std::env::join_paths(more.iter().chain([&programs])).expect("no folder has a colon in its name")
    }
}

/// The archive of one platform, as the releases have it.
fn archive(platform: &str) -> Result<Vec<u8>> {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let is_own = platform == format!("-{system}-{processor}.tar.gz");
    let program = if is_own { fs::read(env!("CARGO_BIN_EXE_kubectl-milvus"))? } else { b"another machine's".to_vec() };
    let name = if platform.contains("windows") { "kubectl-milvus.exe" } else { "kubectl-milvus" };
    // Not compressed: that would take longer than all the rest.
    let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let mut archive = tar::Builder::new(packed);
    for (name, mode, bytes) in [(name, 0o755, &program[..]), ("LICENSE", 0o644, LICENSE)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len().try_into()?);
        header.set_mode(mode);
        archive.append_data(&mut header, Path::new(name), bytes)?;
    }
    Ok(archive.into_inner()?.finish()?)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Serves the archives, one request a connection, until the process ends.
fn serve(listener: &TcpListener, archives: &HashMap<String, Vec<u8>>) {
    for stream in listener.incoming().map_while(Result::ok) {
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let request = lines.next().unwrap_or_default();
        lines.find(String::is_empty);
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (status, body) = match archives.get(path) {
            Some(archive) => ("200 OK", &archive[..]),
            None => ("404 Not Found", &[][..]),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        // krew notices itself when an answer does not come.
        let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(body));
    }
}
