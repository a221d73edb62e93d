//! What every command does that changes an instance: look, plan, show, ask, carry out, report.

mod back;
mod carry_out;
mod drain;
mod over;
mod tell;
mod wanted;

use std::time::Duration;

use super::{
    chain::{Between, Chain},
    charts,
    look::Look,
    observe::observe,
    open, operator, plan_file,
    record::Record,
    refused,
    target::{Subject, Wish, choices, nothing_asked, resolve},
};
use crate::{
    check::Direction,
    cli::{ChartArgs, DryRun, HelmArgs, RunArgs},
    cluster::{self, Cluster, Connection, Kinds, WriteError},
    execute::Helm,
    exit::Exit,
    failure::Failure,
    helm::{record::Driver, value::Map},
    journal::{Journal, Operation, Outcome},
    knowledge::Knowledge,
    milvus::VersionRequest,
    output::{Line, Printer, Question, Screen},
    plan::{Action, Ending, Plan, PlanFile, RunResult, joined_at},
    release::{HOOK_TIMEOUT, Releases, STALE_AFTER, Storage},
    snapshot::{Snapshot, shell_word},
};

pub(super) use tell::exit_of;
use wanted::{place_of, reference_of, to_value};

/// How often a plan is made again because somebody else changed the resource between looking and writing.
const TRIES: usize = 5;

/// How long the operator may take to look at a change of the spec: it looks at once, and anew every 30 s while it is busy
/// (operator 1.3.7, `pkg/controllers/milvus_controller.go`).
pub(super) const OBSERVATION: Duration = Duration::from_secs(90);

/// What a command asks of the runs that it makes.
pub(super) struct Asked<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) charts: &'a ChartArgs,
    /// What was typed about the way.
    pub(super) wish: Wish,
    /// Whether to stop after the first stop of a way over several.
    pub(super) one_hop: bool,
    /// Whether what cannot go on is taken back where nothing is lost by that.
    pub(super) takes_back: bool,
}

/// Changes an instance as it was asked, after showing the plan.
pub(super) async fn carry_out(
    asked: &Asked<'_>,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let args = asked.args;
    let filed = args.plan.as_deref().map(plan_file::read).transpose()?;
    let connection = match &filed {
        Some(filed) => place_of(&filed.plan, args, connection)?,
        None => connection.clone(),
    };
    let cluster = open(&connection, Operation::of(asked.wish.direction).word()).await?;
    let subject = match &filed {
        Some(filed) => resolve(&cluster, Some(&reference_of(&filed.plan)), knowledge).await?,
        None => resolve(&cluster, args.target.as_ref(), knowledge).await?,
    };
    let cluster = subject.place(cluster);
    refuse(&subject, asked)?;
    if subject.is_release && asked.charts.unlock {
        unlock(&cluster, &subject.name, asked, printer).await?;
    }
    let chain = Chain::default();
    let filed = filed.as_ref();
    let job = Job { asked, args, cluster: &cluster, printer, knowledge, filed, chain: &chain, goes_on: false };
    let mut wish = None;
    loop {
        let hop = Box::pin(job.hop(&subject, &mut wish)).await.map_err(|failure| chain.failure(failure))?;
        if let Some(exit) = hop {
            if matches!(exit, Exit::PartWay | Exit::NotServing | Exit::TimedOut) {
                job.keep_bundle(&subject).await;
            }
            let is_lost = chain.is_lost();
            return if is_lost { job.take_back(&subject).await } else { Ok(chain.exit(exit)) };
        }
    }
}

/// What cannot be asked of such an instance.
fn refuse(subject: &Subject, asked: &Asked<'_>) -> Result<(), Failure> {
    if Operation::of(asked.wish.direction) == Operation::Migrate {
        over::refuse(subject)?;
    }
    if let (Direction::Back, Some(deployment)) = (asked.wish.direction, &subject.operator) {
        let namespace = shell_word(&deployment.operator.namespace);
        let problem =
            "an operator is not taken back here: definitions stay new, and an older operator can restart Milvus";
        return Err(Failure::usage(problem)
            .hint(format!("see its revisions:  helm history {} -n {namespace}", shell_word(&subject.name)))
            .hint(
                "an older operator that still serves every instance is no reason to go back: look with check operator",
            ));
    }
    Ok(())
}

/// The releases of the namespace, and how they are written.
pub(super) fn releases<'a>(cluster: &'a Cluster, kinds: &'a Kinds, args: &HelmArgs) -> Result<Releases<'a>, Failure> {
    let driver = Driver::read(&args.helm_driver).map_err(Failure::usage)?;
    Ok(Releases {
        cluster,
        kinds,
        storage: Storage::new(cluster, driver, cluster.namespace()),
        namespace: cluster.namespace().to_owned(),
        maximum: args.history_max,
        hook_timeout: HOOK_TIMEOUT,
        stale_after: STALE_AFTER,
    })
}

/// Clears the lock of an operation that was given up.
async fn unlock(cluster: &Cluster, name: &str, asked: &Asked<'_>, printer: &Printer) -> Result<(), Failure> {
    let kinds = cluster.kinds().await?;
    let mut releases = releases(cluster, &kinds, &asked.args.helm)?;
    if matches!(asked.wish.direction, Direction::Migrate | Direction::Restore) {
        // Nothing serves meanwhile, and who works on a migration holds a Lease: no age has to tell that it was given up.
        releases.stale_after = Duration::ZERO;
    }
    if let Some(unlocked) = releases.unlock(name).await? {
        let (version, status) = (unlocked.version, unlocked.status);
        printer.warning(format!("revision {version} was {status} and given up; it is failed now"));
    }
    Ok(())
}

/// What became of one look, plan and run.
enum Attempt {
    Ended(Exit),
    /// The resource is no longer the one that the plan was made for, and nothing was written.
    Moved,
}

/// What every step of the command needs.
pub(super) struct Job<'a> {
    asked: &'a Asked<'a>,
    pub(super) args: &'a RunArgs,
    cluster: &'a Cluster,
    pub(super) printer: &'a Printer,
    pub(super) knowledge: &'a Knowledge,
    /// The plan of a file, where one is to be carried out.
    filed: Option<&'a PlanFile>,
    /// The runs before this one.
    chain: &'a Chain,
    /// Whether the way leads further than this run.
    goes_on: bool,
}

impl Job<'_> {
    /// Looks, plans and executes one run, again where somebody else came in between. Gives nothing where more runs come,
    /// with what is wanted of them; each has a record of its own.
    async fn hop(&self, subject: &Subject, kept: &mut Option<Wish>) -> Result<Option<Exit>, Failure> {
        let Self { args, cluster, printer, knowledge, chain, .. } = *self;
        let direction = self.asked.wish.direction;
        let observe = || observe(cluster, subject, &args.helm, knowledge, direction);
        let (mut record, first) = if self.is_dry() && !args.resume {
            (None, observe().await?)
        } else {
            let record = Record::look(cluster, subject, args.lease_length, printer);
            let (record, first) = tokio::join!(record, observe());
            (Some(record?), first?)
        };
        if let Some(record) = record.as_mut().filter(|_| !self.is_dry()) {
            Box::pin(self.let_go_left(&first, record)).await?;
        }
        let mut wish = match kept.take() {
            Some(wish) => wish,
            None => self.wish(record.as_ref())?,
        };
        let (mut first, mut confirmed, mut tries) = (Some(first), None, 0);
        while tries < TRIES {
            let mut snapshot = match first.take() {
                Some(snapshot) => snapshot,
                None => observe().await?,
            };
            self.note_before(&mut snapshot, subject, record.as_ref()).await;
            self.complete(&mut wish, subject, &snapshot).await?;
            let milvus = snapshot.milvus.clone();
            let look = Look::new(snapshot, &wish, knowledge)?;
            if chain.settle(&look).await? == Between::Again {
                continue;
            }
            let job = Job { goes_on: look.goes_on() && !self.is_dry(), ..*self };
            let attempt = Box::pin(job.attempt(look, &mut confirmed, record.as_mut())).await;
            if let Ok(Attempt::Moved) = attempt {
                printer.warning(format!("{} was changed meanwhile by somebody else; looking again", subject.name));
                tries += 1;
                continue;
            }
            // What was begun and written nothing ends here: blocked, declined or failed.
            if let Some(record) = &mut record {
                let reason = attempt.as_ref().err().map_or_else(|| "not begun".to_owned(), ToString::to_string);
                record.close(&milvus, Outcome::Failed { reason }, printer).await;
            }
            return Ok(match attempt? {
                Attempt::Ended(Exit::Success) if job.goes_on && !self.asked.one_hop => {
                    // What the user said runs was true of the first run only.
                    *kept = Some(Wish { from: None, ..wish });
                    None
                }
                Attempt::Ended(exit) => Some(exit),
                Attempt::Moved => continue,
            });
        }
        Err(Failure::failed(format!("{} changes faster than it can be written", subject.name))
            .hint("find out who writes to it: `kubectl get milvus NAME -o yaml --show-managed-fields`"))
    }

    /// Adds to what is wanted what was not typed.
    async fn complete(&self, wish: &mut Wish, subject: &Subject, snapshot: &Snapshot) -> Result<(), Failure> {
        let is_named = wish.to.is_some() || wish.image.is_some();
        match (wish.direction, &subject.operator) {
            (Direction::Back, _) => {
                back::complete(wish, self.cluster, subject, snapshot, self.printer).await?;
                over::by_migration(wish, snapshot);
            }
            (Direction::Migrate, _) => over::forward(wish, snapshot, self.knowledge)?,
            (Direction::Restore, _) => over::back(wish, snapshot)?,
            (Direction::Join, _) => {
                let stays = joined_at(snapshot, wish.from.as_ref(), self.knowledge).map_err(refused)?;
                (wish.to, wish.image) = (Some(VersionRequest::Exact(stays.0)), Some(stays.1));
            }
            (Direction::Forward, _) if is_named => {}
            (Direction::Forward, Some(_)) => {
                let version = operator::default_version(self.asked.charts, snapshot, self.knowledge, self.printer);
                wish.to = Some(version.await?);
            }
            (Direction::Forward, None) => wish.to = Some(ask_for_version(snapshot, self.knowledge, self.printer)?),
        }
        Ok(())
    }

    fn operation(&self) -> Operation {
        Operation::of(self.asked.wish.direction)
    }

    /// Whether nothing is to be carried out.
    fn is_dry(&self) -> bool {
        self.args.dry_run != DryRun::None || self.args.plan_out.is_some()
    }

    async fn attempt(
        &self,
        mut look: Look,
        confirmed: &mut Option<Plan>,
        record: Option<&mut Record>,
    ) -> Result<Attempt, Failure> {
        let Some(plan) = &look.plan else { return Err(nothing_asked(&look.snapshot.milvus, self.knowledge)) };
        if plan.is_empty() {
            let mut result = RunResult::without_run(plan.clone(), Ending::NothingToDo);
            if let Some(record) = record.filter(|_| !self.is_dry()) {
                result = self.asked_again(&look.snapshot, record, result).await?;
                if result.ending == Ending::NothingToDo {
                    record.settle(self.cluster, plan, result.serving.as_ref(), self.printer).await;
                }
            }
            return self.report(&result);
        }
        let given = self.given(record.as_deref())?;
        self.check_ground(&look, plan, record.as_deref(), &given)?;
        if look.report.is_blocked() {
            look.hand_over(self.knowledge);
            look.show(self.args.output, self.printer)?;
            return Ok(Attempt::Ended(Exit::Blocked));
        }
        let same = confirmed.as_ref().is_some_and(|known| known.steps == plan.steps);
        if !same {
            self.show(&look, plan)?;
        }
        if let Some(path) = &self.args.plan_out {
            plan_file::write(path, plan, &self.args.accept, to_value(&given).as_ref())?;
            self.say(&format!(
                "the plan is in {0}:  kubectl milvus {1} --plan {0}",
                path.display(),
                self.operation().word()
            ));
        }
        let Some(record) = record.filter(|_| !self.is_dry()) else {
            if plan.is_release && self.args.dry_run != DryRun::None {
                return self.dry_run_release(&look.snapshot, plan).await.map(Attempt::Ended);
            }
            return self.dry_run(&look.snapshot, plan).await;
        };
        if self.args.diff && plan.is_release && !same {
            self.show_difference(&look.snapshot, plan).await?;
        }
        // Going on with a roll that was begun needs no answer: it was given before the first write.
        let begins = plan.begins(&look.snapshot);
        // A migration that the operator took back meanwhile would begin anew, which nobody has agreed to.
        let is_of_operator = plan.target.is_migration() && !plan.is_release;
        let is_again = |journal: &Journal| begins && is_of_operator && !journal.writes.is_empty();
        let unfinished = record.unfinished().filter(|journal| journal.is_continued_by(plan) && !is_again(journal));
        let resumed = self.args.resume && unfinished.is_some();
        if begins && !same && !resumed && !self.is_confirmed(plan)? {
            return self.report(&RunResult::without_run(plan.clone(), Ending::Declined));
        }
        *confirmed = Some(plan.clone());
        self.execute(plan, &look, given, record).await
    }

    /// What steps of Helm take: what the server serves, the records, and the charts of the plan.
    pub(super) async fn with_helm<T>(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        given: Map,
        act: impl AsyncFnOnce(&Helm<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let charts = self
            .chain
            .unless_interrupted(Box::pin(charts::load(self.asked.charts, plan, snapshot, self.printer)))
            .await?;
        let kinds = self.cluster.kinds().await?;
        let releases = releases(self.cluster, &kinds, &self.args.helm)?;
        act(&Helm { releases: &releases, charts, given, keys: self.knowledge.chart_settings() }).await
    }

    async fn dry_run(&self, snapshot: &Snapshot, plan: &Plan) -> Result<Attempt, Failure> {
        if let (DryRun::Server, Some(step)) = (self.args.dry_run, plan.steps.first())
            && step.action.is_of_migration()
            && !step.is_written(snapshot)
        {
            self.cluster.write_migration(&plan.namespace, &step.action, cluster::DryRun::Server).await?;
            self.say("the API server takes the first write; nothing was written");
        }
        let patches = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Patch { patch } if !step.is_reached(snapshot, None) => Some(patch),
            _ => None,
        });
        // Later patches stand on what the operator makes of the first, so only that can be tried.
        if let (DryRun::Server, Some(first)) = (self.args.dry_run, patches.into_iter().next()) {
            let tried = self.cluster.patch(&snapshot.milvus, first, cluster::DryRun::Server).await;
            match tried {
                Ok(_) => self.say("the API server takes the first write; nothing was written"),
                Err(WriteError::Conflict) => return Ok(Attempt::Moved),
                Err(WriteError::Failed(failure) | WriteError::Unanswered(failure)) => return Err(failure),
            }
        }
        Ok(Attempt::Ended(if self.args.exit_code { Exit::Differences } else { Exit::Success }))
    }
}

/// Nobody named a version: proposes the recommended one, and says what else there is.
fn ask_for_version(snapshot: &Snapshot, knowledge: &Knowledge, printer: &Printer) -> Result<VersionRequest, Failure> {
    let milvus = &snapshot.milvus;
    let nothing = || nothing_asked(milvus, knowledge);
    let current = milvus.current_version().ok_or_else(nothing)?;
    let choices = choices(&current, knowledge);
    let Some((recommended, _)) = choices.first() else { return Err(nothing()) };
    let others = choices.iter().map(|(version, why)| Line::from(format!("  {version}  {why}")));
    let question = format!("{} runs {current}. Go to {recommended}?", milvus.reference());
    if printer.can_ask() {
        let mut screen = Screen::new();
        screen.extend(others);
        printer.note(&screen);
        if printer.ask(Question::YesNo(&question))? {
            return Ok(VersionRequest::Exact(recommended.clone()));
        }
    }
    Err(nothing())
}
