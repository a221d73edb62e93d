//! What a step of Helm would do to each object, without doing it.

use serde::Serialize;

use super::{look::Look, run::Job};
use crate::{
    check::Ground,
    cli::DryRun,
    execute::{Helm, refused_by_server},
    exit::Exit,
    failure::Failure,
    output::{
        Format, Kind, Line,
        objects::{self, Text},
    },
    plan::{Action, Difference, Plan, Step},
    release::Objection,
    snapshot::Snapshot,
};

/// What the first step that is still to be written would do, and what the server says to it.
struct Rehearsal {
    difference: Difference,
    objections: Vec<Objection>,
    objects: usize,
}

/// A plan with what it does to the objects of its first step, for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rehearsed<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    /// The step whose objects are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_step: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

/// The first step that is still to be written, where it is one of Helm.
fn first<'a>(plan: &'a Plan, snapshot: &Snapshot) -> Option<&'a Step> {
    plan.steps.iter().find(|step| !step.is_written(snapshot)).filter(|step| step.action.is_of_helm())
}

impl Job<'_> {
    /// Shows the plan of a release, and what it would do to each object; has the server look at them where it is asked.
    /// Later steps stand on what becomes of the first, so they cannot be told.
    pub(super) async fn dry_run_release(&self, snapshot: &Snapshot, plan: &Plan) -> Result<Exit, Failure> {
        let document = self.args.output.filter(|format| matches!(format, Format::Json | Format::Yaml));
        let is_name = self.args.output == Some(Format::Name);
        // A look at the plan alone needs no chart, so it is no failure that there is none.
        let is_needed = self.args.dry_run == DryRun::Server || self.args.diff;
        let rehearsal = if is_name && !is_needed { Ok(None) } else { self.rehearse(snapshot, plan).await };
        let rehearsal = match rehearsal {
            Ok(rehearsal) => rehearsal,
            Err(failure) if is_needed => return Err(failure),
            Err(failure) => {
                self.printer.warning(format!("what becomes of each object cannot be told: {failure}"));
                None
            }
        };
        let (mut difference, objections, objects) = match rehearsal {
            Some(Rehearsal { difference, objections, objects }) => (Some(difference), objections, objects),
            None => (None, vec![], 0),
        };
        if let Some(format) = document {
            if !self.args.diff {
                // Named, and not told line by line.
                for object in difference.iter_mut().flat_map(|it| &mut it.objects) {
                    object.diff.clear();
                }
            }
            let first_step = first(plan, snapshot).map(|step| step.id.as_str()).filter(|_| difference.is_some());
            self.printer.document(Kind::UpgradePlan, &Rehearsed { plan, first_step, difference }, format)?;
        } else if let Some(difference) = difference.as_ref().filter(|_| !is_name) {
            self.show_objects(difference, plan);
        }
        if !objections.is_empty() {
            return Err(refused_by_server(&objections));
        }
        if objects > 0 && self.args.dry_run == DryRun::Server {
            self.say(&format!("the API server takes all {objects} objects of the first step; nothing was written"));
        }
        Ok(if self.args.exit_code { Exit::Differences } else { Exit::Success })
    }

    /// What becomes of the Milvus resource over all steps, with what the operator writes into it by itself; nothing where
    /// that was not asked for, and for a release.
    pub(super) fn rewrite(&self, look: &Look, plan: &Plan) -> Option<Difference> {
        let ground = Ground { snapshot: &look.snapshot, target: Some(&plan.target), knowledge: self.knowledge };
        let rewritten = plan.rewritten(&ground).filter(|_| self.args.diff)?;
        let migrations = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Migrate { migration } => {
                let name = step.action.migration().unwrap_or_default();
                let known = look.snapshot.migration(name).is_some();
                (!known).then(|| (format!("milvusupgrade/{name}"), None, migration))
            }
            _ => None,
        });
        let resource = (plan.reference(), Some(&rewritten.before), &rewritten.after);
        Some(Difference::of_each(std::iter::once(resource).chain(migrations)))
    }

    /// The text of what becomes of the Milvus resource, and which of it is not the plan's own doing.
    pub(super) fn show_rewritten(&self, look: &Look, plan: &Plan) {
        let Some(difference) = self.rewrite(look, plan) else { return };
        let ground = Ground { snapshot: &look.snapshot, target: Some(&plan.target), knowledge: self.knowledge };
        let fields = plan.rewritten(&ground).map(|rewritten| rewritten.by_operator).unwrap_or_default();
        let mut screen = objects::screen(&difference, Text::Whole);
        if !fields.is_empty() {
            let names: Vec<String> = fields.iter().map(|field| field.path.join(".")).collect();
            screen.push(Line::from(format!("  the operator writes by itself: {}", names.join(", "))).hang(4));
        }
        self.show_result(&screen);
    }

    /// The differences of the first step, before somebody says yes to it.
    pub(super) async fn show_difference(&self, snapshot: &Snapshot, plan: &Plan) -> Result<(), Failure> {
        if let Some(rehearsal) = self.rehearse(snapshot, plan).await? {
            self.show_objects(&rehearsal.difference, plan);
        }
        Ok(())
    }

    fn show_objects(&self, difference: &Difference, plan: &Plan) {
        let text = if self.args.diff { Text::Whole } else { Text::Names };
        let mut screen = objects::screen(difference, text);
        if plan.steps.len() > 1 {
            screen.push("  of the first step; the others stand on what becomes of it");
        }
        self.show_result(&screen);
    }

    async fn rehearse(&self, snapshot: &Snapshot, plan: &Plan) -> Result<Option<Rehearsal>, Failure> {
        let Some(step) = first(plan, snapshot) else {
            if self.args.dry_run == DryRun::Server {
                let ahead = async |helm: &Helm<'_>| helm.try_ahead(plan, snapshot).await;
                self.with_helm(plan, snapshot, self.given(None)?, ahead).await?;
            }
            return Ok(None);
        };
        let rehearse = async |helm: &Helm<'_>| {
            let prepared = helm.prepare(&plan.name, &step.action).await?;
            let difference = helm.releases.difference(&prepared)?;
            let objections = match self.args.dry_run {
                DryRun::Server => helm.releases.try_out(&prepared).await?,
                DryRun::Client | DryRun::None => vec![],
            };
            Ok(Rehearsal { difference, objections, objects: prepared.new.len() })
        };
        self.with_helm(plan, snapshot, self.given(None)?, rehearse).await.map(Some)
    }
}
