//! What is wanted: typed, in the plan of a file, or in the run to go on with.

use super::Job;
use crate::{
    check::Acceptance,
    cli::{RunArgs, TargetReference},
    cluster::Connection,
    command::{
        look::Look,
        plan_file,
        record::{Record, moved},
        target::Wish,
        values,
    },
    failure::Failure,
    helm::{
        json,
        value::{Map, Value},
    },
    journal::Operation,
    plan::{Plan, paths},
    snapshot::shell_word,
};

/// Where the instance of a plan in a file is. What was typed besides must mean the same.
pub(super) fn place_of(plan: &Plan, args: &RunArgs, connection: &Connection) -> Result<Connection, Failure> {
    let typed = args.target.as_ref().filter(|typed| !typed.fits(&plan.reference())).map(ToString::to_string);
    let elsewhere = connection.namespace.as_ref().filter(|namespace| **namespace != plan.namespace).cloned();
    if let Some(other) = typed.or(elsewhere) {
        let problem = format!("the plan is for {} in namespace `{}`, not `{other}`", plan.reference(), plan.namespace);
        return Err(Failure::usage(problem));
    }
    Ok(Connection { namespace: Some(plan.namespace.clone()), ..connection.clone() })
}

/// What a plan in a file is about.
pub(super) fn reference_of(plan: &Plan) -> TargetReference {
    let name = plan.name.clone();
    match (plan.is_operator, plan.is_release) {
        (true, _) => TargetReference::Operator(Some(name)),
        (false, true) => TargetReference::Release(name),
        (false, false) => TargetReference::Milvus(name),
    }
}

impl Job<'_> {
    /// What is wanted: as it was typed, as the plan of a file has it, or as the run to go on with had it.
    ///
    /// # Errors
    ///
    /// Where the file or the run leads the other way.
    pub(super) fn wish(&self, record: Option<&Record>) -> Result<Wish, Failure> {
        let (found, goal) = match (self.filed, record.filter(|_| self.args.resume)) {
            (Some(filed), _) => (&filed.plan, &filed.plan.target),
            (None, Some(record)) => {
                let journal = record.to_resume()?;
                (&journal.plan, journal.goal())
            }
            (None, None) => return Ok(self.asked.wish.clone()),
        };
        let (operation, asked) = (Operation::of(goal.direction), self.operation());
        if operation == asked {
            let wish = Wish::of(goal, &self.args.accept);
            // On a way over several runs each has an image of its own.
            let image = wish.image.clone().filter(|_| *goal == found.target);
            return Ok(Wish { image, ..wish });
        }
        let (what, how) = match &self.args.plan {
            Some(path) => ("the plan", format!("--plan {}", path.display())),
            None => ("the last run", "--resume".to_owned()),
        };
        let (word, reference) = (operation.word(), shell_word(&found.reference()));
        Err(Failure::usage(format!("{what} is of `{word}`, not of `{}`", asked.word()))
            .hint(format!("kubectl milvus {word} {reference} -n {} {how}", shell_word(&found.namespace))))
    }

    /// Codes that were accepted, with their reasons: those of a file too.
    pub(super) fn accepted(&self) -> Vec<Acceptance> {
        let filed = self.filed.map(|filed| filed.reasons.as_slice()).unwrap_or_default();
        let filed = filed.iter().map(|why| Acceptance { codes: vec![why.code], reason: Some(why.reason.clone()) });
        filed.chain(self.args.accept.iter().cloned()).collect()
    }

    /// Values that the user gives to a chart besides: as typed, or as they were given to the run to go on with.
    pub(in crate::command) fn given(&self, record: Option<&Record>) -> Result<Map, Failure> {
        let typed = values::merged(&self.asked.charts.values)?;
        let resumed = record.filter(|_| self.args.resume).and_then(Record::unfinished);
        match resumed.and_then(|journal| journal.given.as_ref()).map(json::from_json) {
            Some(Value::Map(given)) if typed.is_empty() => Ok(given),
            _ => Ok(typed),
        }
    }

    /// Refuses a plan that was confirmed, in a file or by an earlier run, where its ground has moved.
    pub(super) fn check_ground(
        &self,
        look: &Look,
        plan: &Plan,
        record: Option<&Record>,
        given: &Map,
    ) -> Result<(), Failure> {
        let resumed = record.and_then(Record::unfinished).filter(|journal| journal.is_continued_by(plan));
        let confirmed = match (self.filed, resumed.filter(|_| self.args.resume)) {
            (Some(filed), _) => &filed.plan,
            (None, Some(journal)) => &journal.plan,
            (None, None) => return Ok(()),
        };
        let reference = plan.reference();
        let fields = moved(confirmed, &look.snapshot);
        if !fields.is_empty() {
            return Err(plan_file::moved(&reference, &fields, &plan.command));
        }
        let Some((filed, path)) = self.filed.zip(self.args.plan.as_deref()) else { return Ok(()) };
        let names = paths(&json::to_json(&Value::Map(given.clone())));
        if names != filed.given {
            let listed = if filed.given.is_empty() { "none".to_owned() } else { filed.given.join(", ") };
            let problem = format!("other values are given for the chart than when the plan was made: {listed} then");
            return Err(Failure::usage(problem).hint("give the same with --values and --set; a plan keeps no values"));
        }
        // Once it is begun, what is left to do is less.
        let is_begun = filed.plan.steps.first().is_some_and(|step| step.is_written(&look.snapshot));
        match filed.plan.differs_from(plan).filter(|_| !is_begun) {
            Some(step) => Err(plan_file::differs(path, &step)),
            None => Ok(()),
        }
    }
}

/// Values as the journal keeps them; nothing where none are given.
pub(super) fn to_value(given: &Map) -> Option<serde_json::Value> {
    (!given.is_empty()).then(|| json::to_json(&Value::Map(given.clone())))
}
