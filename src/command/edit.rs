//! `upgrade -f FILE`: the file that somebody else applies is edited, and nothing on the cluster.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use similar::TextDiff;

use super::{
    look::{Look, OWNED},
    manifest,
    observe::observe,
    open,
    target::{Subject, Wish, nothing_asked, resolve},
};
use crate::{
    check::Direction,
    cli::{DryRun, UpgradeArgs},
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Header, Line, Printer, Screen, plan as plan_screen},
    plan::{Action, Plan, Uneditable, documents, edit as edit_text},
};

/// A file with the document that is meant.
struct Manifest<'a> {
    path: &'a Path,
    text: String,
    document: usize,
    content: Value,
}

/// Edits the file so that whoever applies it goes the next step of the way.
pub(super) async fn edit(
    args: &UpgradeArgs,
    path: &Path,
    wish: Wish,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    if args.run.dry_run == DryRun::Server {
        return Err(Failure::usage("a file is edited here, which no server can try").hint("use --dry-run=client"));
    }
    let manifest = Manifest::read(path, args.run.target.is_none())?;
    let namespace = manifest.text("/metadata/namespace").or_else(|| connection.namespace.clone());
    let cluster = open(&Connection { namespace, ..connection.clone() }, "upgrade").await?;
    let subject = match &args.run.target {
        Some(typed) => resolve(&cluster, Some(typed), knowledge).await?,
        None => Subject::milvus(&manifest.text("/metadata/name").unwrap_or_default()),
    };
    let snapshot = observe(&cluster, &subject, &args.run.helm, knowledge, Direction::Forward).await?;
    let accepted = wish.accepted.iter().copied().chain([OWNED]).collect();
    let look = Look::new(snapshot, &Wish { accepted, ..wish }, knowledge)?.for_others();
    let Some(plan) = &look.plan else { return Err(nothing_asked(&look.snapshot.milvus, knowledge)) };
    if look.report.is_blocked() {
        look.show(args.run.output, printer)?;
        return Ok(Exit::Blocked);
    }
    let fields = plan.file_fields(&look.snapshot);
    let new =
        edit_text(&manifest.text, manifest.document, &fields).map_err(|error| manifest.refused(&error, &fields))?;
    if new == manifest.text {
        let target = &plan.target.version;
        printer.show(&Screen::from(Line::from(format!("Nothing to do: {} asks for {target} already", path.display()))));
        return Ok(Exit::Success);
    }
    printer.note(&plan_screen::screen(&Header::of(&look.snapshot), plan, &look.report));
    manifest.write(&new, args.run.dry_run, printer)?;
    printer.note(&after(&manifest, plan, &look, args.run.dry_run));
    let differs = args.run.dry_run != DryRun::None && args.run.exit_code;
    Ok(if differs { Exit::Differences } else { Exit::Success })
}

/// What is to be done with the file now.
fn after(manifest: &Manifest<'_>, plan: &Plan, look: &Look, dry_run: DryRun) -> Screen {
    let mut screen = Screen::new();
    if dry_run == DryRun::None && manifest.is_file() {
        screen.push(Line::from(format!("{} is edited; nothing on the cluster is changed", manifest.path.display())));
    }
    let chart = plan.steps.iter().find_map(|step| match &step.action {
        Action::Chart { version, .. } if !step.is_written(&look.snapshot) => Some(version),
        _ => None,
    });
    let release = look.snapshot.release.as_ref();
    if let Some(chart) = chart.filter(|chart| release.is_none_or(|release| release.chart != **chart)) {
        screen.push(Line::from(format!("  set the chart to {chart} where its version is chosen")));
    }
    screen.push(Line::from(format!("  once it is applied, watch it:  {}", plan.command)));
    let steps = plan.steps.iter().filter(|step| !step.is_written(&look.snapshot));
    let writes = steps.filter(|step| matches!(step.action, Action::Patch { .. } | Action::Chart { .. })).count();
    if look.goes_on() || writes > 1 {
        screen.push(Line::from("  it is the first step of several: edit the file again when it is done"));
    }
    screen
}

impl<'a> Manifest<'a> {
    /// Reads the file; `-` is standard input. Without a target it has to hold one Milvus resource.
    fn read(path: &'a Path, names_instance: bool) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let text = manifest::read(path)?;
        let contents = documents(&text).map_err(|error| match error {
            Uneditable::Unreadable(reason) => Failure::failed(format!("`{shown}` is not YAML: {reason}")),
            Uneditable::Form(path) => Failure::failed(format!("`{shown}` cannot be taken apart at {path}")),
        })?;
        let is_milvus = |content: &Value| content["apiVersion"] == "milvus.io/v1beta1" && content["kind"] == "Milvus";
        let mut found: Vec<(usize, Value)> = contents.into_iter().enumerate().collect();
        if found.iter().any(|(_, content)| is_milvus(content)) || names_instance {
            found.retain(|(_, content)| is_milvus(content));
        }
        match (found.pop(), found.is_empty()) {
            (Some((document, content)), true) => Ok(Self { path, text, document, content }),
            (None, _) => Err(Failure::usage(format!("`{shown}` holds no Milvus resource of milvus.io/v1beta1"))
                .hint("of a file of values say which release it is for:  release/NAME")),
            (Some(_), false) => Err(Failure::usage(format!("`{shown}` holds several Milvus resources"))
                .hint("edit files that hold one each")),
        }
    }

    fn text(&self, pointer: &str) -> Option<String> {
        self.content.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    fn is_file(&self) -> bool {
        self.path != Path::new("-")
    }

    fn refused(&self, error: &Uneditable, fields: &Value) -> Failure {
        let file = self.path.display();
        match error {
            Uneditable::Unreadable(reason) => Failure::failed(format!("`{file}` is not YAML: {reason}")),
            Uneditable::Form(field) => {
                Failure::failed(format!("`{file}` cannot be edited without touching more than {field}"))
                    .hint(format!("nothing was written; set by hand:  {fields}"))
            }
        }
    }

    /// Shows the difference, prints the text, or writes the file wholly or not at all.
    fn write(&self, new: &str, dry_run: DryRun, printer: &Printer) -> Result<(), Failure> {
        if dry_run != DryRun::None {
            let name = self.path.display().to_string();
            let diff = TextDiff::from_lines(self.text.as_str(), new);
            printer.verbatim(diff.unified_diff().header(&name, &name).to_string().as_bytes());
            return Ok(());
        }
        if !self.is_file() {
            printer.verbatim(new.as_bytes());
            return Ok(());
        }
        let failed = |error: std::io::Error| {
            Failure::failed(format!("cannot write `{}`: {error}; it is as it was", self.path.display()))
        };
        // A link stays a link.
        let path = fs::canonicalize(self.path).map_err(failed)?;
        let beside = PathBuf::from(format!("{}.kubectl-milvus", path.display()));
        let written = fs::write(&beside, new)
            .and_then(|()| fs::set_permissions(&beside, fs::metadata(&path)?.permissions()))
            .and_then(|()| fs::rename(&beside, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            failed(error)
        })
    }
}
