//! The programs of the testbed, built once from Go modules into `target/testbed/bin`.
//!
//! Every group of programs has its own `go.mod` and `go.sum` in `programs/`, which pin it. A stamp of
//! those two files and of the flags says whether a group is built already; when all stamps fit, Go is
//! not called at all.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::household::Household;
use super::report;

/// Programs that come from one Go module.
struct Group {
    /// The folder below `programs/`.
    name: &'static str,
    programs: &'static [Program],
    /// Copies what the programs read when they run, so that a start needs no Go.
    share: Option<fn(&Shelf, &Path) -> Result<()>>,
    /// The module whose directory `share` is given.
    module: &'static str,
}

/// One program of a group.
struct Program {
    name: &'static str,
    package: &'static str,
    /// What the linker sets, as arguments of its `-X`.
    variables: &'static [&'static str],
    /// How long a build took with empty caches on two cores.
    seconds: u32,
}

const KUBERNETES_VERSION: &[&str] = &[
    "k8s.io/component-base/version.gitVersion=v1.36.3",
    "k8s.io/component-base/version.gitMajor=1",
    "k8s.io/component-base/version.gitMinor=36",
];

/// The version of the operator, as its image tag has it without the `v`.
pub(crate) const OPERATOR_VERSION: &str = "1.3.7";

/// The group of the operator.
const OPERATOR: &str = "milvus-operator";

/// Where its chart is in its module.
const OPERATOR_CHART: &str = "charts/milvus-operator";

const GROUPS: &[Group] = &[
    Group {
        name: "kubernetes",
        programs: &[
            program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", KUBERNETES_VERSION, 252),
            program("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", KUBERNETES_VERSION, 84),
            program("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", KUBERNETES_VERSION, 7),
            program("kubectl", "k8s.io/kubernetes/cmd/kubectl", KUBERNETES_VERSION, 28),
        ],
        share: None,
        module: "k8s.io/kubernetes",
    },
    Group {
        name: "etcd",
        programs: &[program("etcd", "go.etcd.io/etcd/server/v3", &[], 91)],
        share: None,
        module: "go.etcd.io/etcd/server/v3",
    },
    Group {
        name: "kwok",
        programs: &[program("kwok", "sigs.k8s.io/kwok/cmd/kwok", &[], 103)],
        share: Some(share_kwok),
        module: "sigs.k8s.io/kwok",
    },
    Group {
        name: OPERATOR,
        programs: &[program(
            OPERATOR,
            "github.com/zilliztech/milvus-operator",
            &["github.com/zilliztech/milvus-operator/apis/milvus.io/v1beta1.Version=1.3.7"],
            240,
        )],
        share: Some(share_operator),
        module: "github.com/zilliztech/milvus-operator",
    },
    Group {
        name: "helm4",
        programs: &[program(
            "helm4",
            "helm.sh/helm/v4/cmd/helm",
            &["helm.sh/helm/v4/internal/version.version=v4.3.1"],
            151,
        )],
        share: None,
        module: "helm.sh/helm/v4",
    },
    Group {
        name: "helm3",
        programs: &[program(
            "helm3",
            "helm.sh/helm/v3/cmd/helm",
            &["helm.sh/helm/v3/internal/version.version=v3.22.0"],
            87,
        )],
        share: None,
        module: "helm.sh/helm/v3",
    },
    Group {
        name: "krew",
        programs: &[
            program("krew", "sigs.k8s.io/krew/cmd/krew", &[], 10),
            program("validate-krew-manifest", "sigs.k8s.io/krew/cmd/validate-krew-manifest", &[], 2),
        ],
        share: None,
        module: "sigs.k8s.io/krew",
    },
    Group {
        name: "registry",
        programs: &[program("registry", "github.com/distribution/distribution/v3/cmd/registry", &[], 75)],
        share: None,
        module: "github.com/distribution/distribution/v3",
    },
];

const fn program(
    name: &'static str,
    package: &'static str,
    variables: &'static [&'static str],
    seconds: u32,
) -> Program {
    Program { name, package, variables, seconds }
}

/// Where the built programs and the files they need lie.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// The built program `name`, for example `kubectl` or `helm4`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// Files that came with a module: `kwok` has Stages, `milvus-operator` its chart and templates.
    pub(crate) fn share(&self, name: &str) -> PathBuf {
        self.root.join("share").join(name)
    }

    fn stamp(&self, group: &Group) -> PathBuf {
        self.root.join("stamp").join(group.name)
    }
}

/// Builds what is missing and says where it is.
///
/// # Errors
/// Go is missing, or a program does not build.
pub(crate) fn build() -> Result<Shelf> {
    build_groups(&|_| true)
}

/// The same for the groups of these names only.
///
/// # Errors
/// Go is missing, or a program does not build.
pub(crate) fn build_only(names: &[&str]) -> Result<Shelf> {
    build_groups(&|group| names.contains(&group.name))
}

/// The operator's chart: what the shelf has of it, else that of the module, which Go downloads where it has to.
///
/// # Errors
/// Go is missing, or cannot get the module.
pub(crate) fn operator_chart() -> Result<PathBuf> {
    let shelf = Shelf { root: target_directory()?.join("testbed") };
    let group = GROUPS.iter().find(|group| group.name == OPERATOR).context("the operator is a group")?;
    if missing(&shelf, &|group| group.name == OPERATOR)?.is_empty() {
        return Ok(shelf.share(OPERATOR).join("chart"));
    }
    require_go()?;
    let output = Command::new("go")
        .args(["mod", "download", group.module])
        .current_dir(folder(group))
        .stdin(Stdio::null())
        .output()
        .context("cannot run `go mod download`")?;
    if !output.status.success() {
        bail!("cannot download `{}`: {}", group.module, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(module_directory(group)?.join(OPERATOR_CHART))
}

fn build_groups(is_wanted: &dyn Fn(&Group) -> bool) -> Result<Shelf> {
    let shelf = Shelf { root: target_directory()?.join("testbed") };
    for folder in ["bin", "share", "stamp"] {
        let folder = shelf.root.join(folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    }
    if missing(&shelf, is_wanted)?.is_empty() {
        return Ok(shelf);
    }
    let _lock = lock(&shelf)?;
    // Somebody else may have built it while this process waited for the lock.
    let groups = missing(&shelf, is_wanted)?;
    if groups.is_empty() {
        return Ok(shelf);
    }
    require_go()?;
    let all: usize = groups.iter().map(|group| group.programs.len()).sum();
    let seconds: u32 = groups.iter().flat_map(|group| group.programs).map(|program| program.seconds).sum();
    report(&format!(
        "building {all} programs from Go modules, once: about {} min on two cores, seconds when Go's cache has them",
        seconds.div_ceil(60)
    ));
    let household = Household::start()?;
    let mut done = 0;
    for group in groups {
        for program in group.programs {
            done += 1;
            report(&format!("[{done}/{all}] building {} (up to {} s)", program.name, program.seconds));
            let start = Instant::now();
            compile(&household, &shelf, group, program)?;
            report(&format!("[{done}/{all}] built {} in {:.1} s", program.name, start.elapsed().as_secs_f32()));
        }
        if let Some(share) = group.share {
            share(&shelf, &module_directory(group)?)?;
        }
        fs::write(shelf.stamp(group), fingerprint(group)?)?;
    }
    Ok(shelf)
}

/// The groups that are not built, or not as the pinned versions and flags now say.
fn missing(shelf: &Shelf, is_wanted: &dyn Fn(&Group) -> bool) -> Result<Vec<&'static Group>> {
    let mut groups = Vec::new();
    for group in GROUPS.iter().filter(|group| is_wanted(group)) {
        let stamped = fs::read_to_string(shelf.stamp(group)).unwrap_or_default();
        let there = group.programs.iter().all(|program| shelf.program(program.name).exists());
        if !there || stamped != fingerprint(group)? {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn fingerprint(group: &Group) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in ["go.mod", "go.sum"] {
        let file = folder(group).join(file);
        fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?.hash(&mut hasher);
    }
    for program in group.programs {
        flags(program).hash(&mut hasher);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn flags(program: &Program) -> Vec<String> {
    let mut linker = "-s -w ".to_owned();
    linker.push_str(&program.variables.iter().map(|variable| format!("-X {variable}")).collect::<Vec<_>>().join(" "));
    vec!["-trimpath".to_owned(), "-ldflags".to_owned(), linker]
}

/// The build is the supervisor's, so that it too ends when this process does.
fn compile(household: &Household, shelf: &Shelf, group: &Group, program: &Program) -> Result<()> {
    let fresh = shelf.root.join("bin").join(format!(".{}.new", program.name));
    let mut arguments = vec!["build".to_owned()];
    arguments.extend(flags(program));
    arguments.extend(["-o".to_owned(), fresh.display().to_string(), program.package.to_owned()]);
    let name = format!("build-{}", program.name);
    let temporary = household.directory.display().to_string();
    let environment = [("CGO_ENABLED", "0"), ("GOTMPDIR", temporary.as_str())];
    household.run_in(&folder(group), &name, Path::new("go"), &arguments, &environment)?;
    household.wait_for(&name).with_context(|| format!("cannot build `{}`", program.name))?;
    // Renamed and not overwritten: another test may be running the old one.
    fs::rename(&fresh, shelf.program(program.name))
        .with_context(|| format!("cannot put `{}` in its place", program.name))
}

fn module_directory(group: &Group) -> Result<PathBuf> {
    let output = Command::new("go")
        .args(["list", "-m", "-f", "{{.Dir}}", group.module])
        .current_dir(folder(group))
        .stdin(Stdio::null())
        .output()
        .context("cannot run `go list`")?;
    let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || directory.is_empty() {
        bail!("cannot find module `{}`: {}", group.module, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(PathBuf::from(directory))
}

/// The operator reads its templates from its working directory and is installed from its own chart.
fn share_operator(shelf: &Shelf, module: &Path) -> Result<()> {
    let share = shelf.share(OPERATOR);
    copy(&module.join("config/assets/templates"), &share.join("config/assets/templates"))?;
    copy(&module.join(OPERATOR_CHART), &share.join("chart"))?;
    // The real file holds the values of dependencies run in the cluster; the testbed runs none.
    let charts = share.join("config/assets/charts");
    fs::create_dir_all(&charts)?;
    fs::write(charts.join("values.yaml"), "etcd: {}\nminio: {}\npulsar: {}\npulsarv3: {}\nkafka: {}\ntei: {}\n")?;
    Ok(())
}

/// How fake nodes and volumes come to be; what fake pods do is the testbed's own (`stage/`).
fn share_kwok(shelf: &Shelf, module: &Path) -> Result<()> {
    let share = shelf.share("kwok");
    let stages = module.join("kustomize/stage");
    copy(&stages.join("node/fast"), &share.join("node"))?;
    copy(&stages.join("node/heartbeat-with-lease"), &share.join("heartbeat"))?;
    copy(&stages.join("volume/fast"), &share.join("volume"))
}

/// Copies a folder; the copy can be written to, which files of a module cannot.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create `{}`", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list `{}`", from.display()))? {
        let entry = entry?;
        let (source, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &copied)?;
        } else {
            fs::write(&copied, fs::read(&source)?)?;
        }
    }
    Ok(())
}

fn require_go() -> Result<()> {
    match Command::new("go").arg("version").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => bail!("`go version` failed: {}", String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "the real-cluster tests build a Kubernetes and need Go 1.26 or newer on the PATH (https://go.dev/dl); \
             set MILVUS_TESTBED=off to leave these tests out"
        ),
        Err(error) => Err(error).context("cannot run `go version`"),
    }
}

/// Keeps two builds apart until it is dropped.
fn lock(shelf: &Shelf) -> Result<File> {
    let path = shelf.root.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot create `{}`", path.display()))?;
    if file.try_lock().is_err() {
        report("another process is building the programs; waiting for it");
        file.lock().with_context(|| format!("cannot lock `{}`", path.display()))?;
    }
    Ok(file)
}

fn folder(group: &Group) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testbed/programs").join(group.name)
}

/// Cargo's target directory: the folder above this program that Cargo has marked as a cache.
fn target_directory() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find the running program")?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    Ok(marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), Path::to_path_buf))
}
