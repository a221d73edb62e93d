//! The manifest for krew is one that krew takes, and what it installs is a plugin that kubectl runs.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, thread};

use anyhow::{Context, Result};

use crate::testbed::run::Invocation;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report, sure};

trials![
    krew_finds_the_manifest_valid_and_installs_it_on_every_platform,
    krew_takes_it_from_an_index_of_its_own_and_away_again,
    kubectl_runs_what_krew_has_installed,
];

const TEMPLATE: &str = include_str!("../../krew-manifest.yaml");
const LICENSE: &[u8] = include_bytes!("../../LICENSE");
const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));
/// How the template names an archive; the platform and the end of the line follow.
const ARCHIVE: &str = "{{ addURIAndSha (print $archive \"";
const ARCHIVE_END: &str = "\") .TagName }}";

fn krew_finds_the_manifest_valid_and_installs_it_on_every_platform(testbed: &Testbed) {
    let releases = sure(Releases::begin(testbed));
    sure(releases.publish(TAG));
    let output = testbed
        .command_of("validate-krew-manifest", &["-manifest", &releases.manifest()])
        .env("PATH", releases.programs())
        .env("TMPDIR", releases.directory.path())
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
    let releases = sure(Releases::begin(testbed));
    sure(releases.publish(TAG));
    let installed = releases.kubectl(testbed, &["krew", "install", "--manifest", &releases.manifest()]).run();
    assert_eq!(installed.code, Some(0), "{}", installed.stderr);
    assert!(installed.stderr.contains("take a backup first"), "the caveats are shown: {}", installed.stderr);

    let version = releases.kubectl(testbed, &["milvus", "--version"]).run();
    assert_eq!(version.stdout, format!("kubectl-milvus {}\n", env!("CARGO_PKG_VERSION")), "{}", version.stderr);
    let missing = releases.kubectl(testbed, &["milvus", "check", "nothing-here"]).run();
    assert_eq!(missing.code, Some(1), "its exit code is its own: {}", missing.stderr);
}

/// Needs git, by which krew keeps its indexes.
fn krew_takes_it_from_an_index_of_its_own_and_away_again(testbed: &Testbed) {
    if Command::new("git").arg("version").output().is_err() {
        report("git is missing: an index of krew's cannot be tried");
        return;
    }
    let releases = sure(Releases::begin(testbed));
    let index = releases.path("index");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=release", "-c", "user.email=release@example.org"];
        let output = Command::new("git").current_dir(&index).args(identity).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let publish = |tag: &str| {
        sure(releases.publish(tag));
        git(&["add", "plugins"]);
        git(&["commit", "--message", tag]);
    };
    let kubectl = |arguments: &[&str]| {
        let output = releases.kubectl(testbed, arguments).run();
        assert_eq!(output.code, Some(0), "{arguments:?}: {}\n{}", output.stdout, output.stderr);
        output.stdout
    };
    git(&["init", "--quiet"]);
    publish("v0.0.1");
    kubectl(&["krew", "index", "add", "own", &index.display().to_string()]);
    kubectl(&["krew", "install", "own/milvus"]);
    assert!(kubectl(&["krew", "list"]).contains("own/milvus"));
    let vec = testbed.namespace("krew");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let checked = kubectl(&["milvus", "check", "lone", "-n", "krew"]);
    assert!(checked.starts_with("milvus/lone in krew: standalone 2.5.22"), "{checked}");

    publish(TAG);
    kubectl(&["krew", "upgrade"]);
    let receipt = fs::read_to_string(releases.path("root/receipts/milvus.yaml")).expect("what is installed");
    assert!(receipt.contains(&format!("version: {TAG}")), "{receipt}");
    kubectl(&["milvus", "check", "lone", "-n", "krew"]);
    kubectl(&["krew", "uninstall", "milvus"]);
    let gone = releases.kubectl(testbed, &["milvus", "check", "lone"]).run();
    assert_eq!(gone.code, Some(1), "{}", gone.stdout);
    assert!(gone.stderr.contains("unknown command"), "{}", gone.stderr);
}

/// Releases on loopback: an archive for each platform of the manifest, and krew itself as a plugin.
///
/// Only the archive for this machine holds the real program; the others hold a word in its place.
struct Releases {
    directory: tempfile::TempDir,
    home: String,
}

impl Releases {
    fn begin(testbed: &Testbed) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        for folder in ["programs", "dist", "index", "root"] {
            fs::create_dir(directory.path().join(folder))?;
        }
        let programs = directory.path().join("programs");
        std::os::unix::fs::symlink(testbed.tool("kubectl"), programs.join("kubectl"))?;
        std::os::unix::fs::symlink(testbed.tool("krew"), programs.join("kubectl-krew"))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let home = format!("http://{}", listener.local_addr()?);
        let dist = directory.path().join("dist");
        thread::spawn(move || serve(&listener, &dist));
        Ok(Self { directory, home })
    }

    /// Archives of a version, and the index with its manifest.
    fn publish(&self, tag: &str) -> Result<()> {
        for platform in TEMPLATE.lines().filter_map(|line| line.split_once(ARCHIVE)) {
            let end = platform.1.strip_suffix(ARCHIVE_END).context("an archive is not named as expected")?;
            fs::write(self.path(&format!("dist/kubectl-milvus-{tag}{end}")), archive(end)?)?;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/krew-index");
        let folders = [self.path("dist"), self.path("index")];
        let output = Command::new(script).args([tag, &self.home]).args(folders).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The manifest of the newest version.
    fn manifest(&self) -> String {
        self.path("index/plugins/milvus.yaml").display().to_string()
    }

    /// kubectl as somebody has it who has krew.
    fn kubectl<'a>(&self, testbed: &'a Testbed, arguments: &[&str]) -> Invocation<'a> {
        let command = testbed.command_of("kubectl", arguments).env("TMPDIR", self.directory.path());
        command.env("KREW_ROOT", self.path("root")).env("PATH", self.programs())
    }

    /// A `PATH` with what krew has installed, and with kubectl and krew.
    fn programs(&self) -> OsString {
        let system = std::env::var_os("PATH").unwrap_or_default();
        let own = [self.path("root/bin"), self.path("programs")];
        std::env::join_paths(own.into_iter().chain(std::env::split_paths(&system))).expect("no folder has a colon")
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

/// Serves the archives of a folder, one request a connection, until the process ends.
fn serve(listener: &TcpListener, dist: &Path) {
    for stream in listener.incoming().map_while(Result::ok) {
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let request = lines.next().unwrap_or_default();
        lines.find(String::is_empty);
        let name = request.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let (status, body) = match fs::read(dist.join(name)) {
            Ok(archive) => ("200 OK", archive),
            Err(_) => ("404 Not Found", vec![]),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        // krew notices itself when an answer does not come.
        let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&body));
    }
}
