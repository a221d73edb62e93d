//! What applying a file would do to a release, as it is told.

use serde::Serialize;

use super::{
    look::{Checked, Look},
    target::Wish,
};
use crate::{
    check::{Acceptance, Report, Target},
    cli::CheckArgs,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    milvus::VersionRequest,
    output::{
        Detail, Format, Kind, Line, Printer, Screen, finding,
        objects::{self, Text},
        plan as plan_screen,
    },
    plan::{Change, Difference},
    snapshot::{Release, Snapshot},
};

/// What came of it.
#[derive(Default)]
pub(super) struct Judged {
    /// The release that is there, where there is one.
    pub(super) look: Option<Look>,
    pub(super) target: Option<Target>,
    pub(super) report: Report,
    pub(super) changes: Vec<Change>,
    /// What becomes of each object, where that is known.
    pub(super) difference: Option<Difference>,
}

/// The same for programs: of a release, and of none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a, Head> {
    #[serde(flatten)]
    head: Head,
    #[serde(skip_serializing_if = "<[Change]>::is_empty")]
    changes: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a Difference>,
}

impl Judged {
    /// Prints it, with what was found of manifests beside the values.
    pub(super) fn show(&mut self, format: Option<Format>, printer: &Printer) -> Result<(), Failure> {
        let Self { look, report, changes, difference, target } = self;
        if let Some(look) = look {
            look.report = report.clone();
        }
        if let Some(format @ (Format::Json | Format::Yaml)) = format {
            let difference = difference.as_ref();
            return match look {
                Some(look) => {
                    let told: Told<'_, Checked> = Told { head: look.checked(), changes, difference };
                    printer.document(Kind::CheckReport, &told, format)
                }
                None => printer.document(Kind::CheckReport, &Told { head: &*report, changes, difference }, format),
            };
        }
        if let Some(look) = look {
            look.show(format, printer)?;
        } else {
            let target = target.as_ref().map(|target| target.version.to_string());
            let detail = if format == Some(Format::Wide) { Detail::All } else { printer.detail() };
            printer.show(&finding::findings(report, target.as_deref(), detail));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let mut screen = Screen::from(Line::new());
        let title = if look.is_some() { "What changes" } else { "What it makes" };
        screen.extend(plan_screen::changes(title, changes).lines().iter().cloned());
        if let Some(difference) = difference {
            screen.extend(objects::screen(difference, Text::Names).lines().iter().cloned());
        }
        printer.show(&screen);
        Ok(())
    }

    pub(super) fn exit(&self, asks_for_differences: bool) -> Exit {
        let differs = self.changes.iter().any(|change| !change.is_same());
        match self.report.is_blocked() {
            true => Exit::Blocked,
            false if asks_for_differences && differs => Exit::Differences,
            false => Exit::Success,
        }
    }
}

/// What the file leads to, where it or the user says the version.
pub(super) fn target_of(
    args: &CheckArgs,
    snapshot: Option<&Snapshot>,
    after: &Release,
    knowledge: &Knowledge,
) -> Result<Option<Target>, Failure> {
    let Some(image) = after.image() else { return Ok(None) };
    let to = args.to.clone().or_else(|| image.version().map(VersionRequest::Exact));
    let Some(to) = to else { return Ok(None) };
    let wish = Wish {
        to: Some(to),
        image: Some(image),
        from: args.from_version.clone(),
        backup: args.backup.clone(),
        accepted: Acceptance::codes(&args.accept),
        chart: Some(after.chart.clone()),
        ..Wish::default()
    };
    let bare = || Snapshot::of_values(after.clone());
    wish.target(&snapshot.cloned().unwrap_or_else(bare), knowledge)
}
