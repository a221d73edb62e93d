use std::time::Duration;

use super::{
    charts,
    look::Look,
    observe::observe,
    open, plan_file,
    record::{Opened, Record, moved},
    target::{Subject, Wish, choices, nothing_asked, resolve},
    values,
};
use crate::{
    check::Acceptance,
    cli::{DryRun, UpgradeArgs},
    cluster::{self, Cluster, Connection, Kinds, WriteError},
    execute::{self, Helm, Interrupt, Limits, Means, Refused, refused_by_server},
    exit::Exit,
    failure::Failure,
    helm::{json, record::Driver, value::Map},
    journal::Outcome,
    knowledge::Knowledge,
    milvus::VersionRequest,
    output::{Format, Header, Kind, Line, Printer, Question, Screen, instances, outcome, plan as plan_screen},
    plan::{Action, Ending, Plan, PlanFile, Progress, RunResult, paths, timeout_seconds},
    release::{HOOK_TIMEOUT, Releases, STALE_AFTER, Storage},
    snapshot::Snapshot,
};

/// How often a plan is made again because somebody else changed the resource between looking and writing.
const TRIES: usize = 5;

/// How long the operator may take to look at a change of the spec: it looks at once, and anew every 30 s while it is busy
/// (operator 1.3.7, `pkg/controllers/milvus_controller.go`).
const OBSERVATION: Duration = Duration::from_secs(90);

/// Rolls an instance to a newer version, after showing the plan.
pub(super) async fn upgrade(args: &UpgradeArgs, connection: &Connection, printer: &Printer) -> Result<Exit, Failure> {
    let knowledge = Knowledge::builtin();
    let filed = args.plan.as_deref().map(plan_file::read).transpose()?;
    let connection = match &filed {
        Some(filed) => place_of(&filed.plan, args, connection)?,
        None => connection.clone(),
    };
    let cluster = open(&connection, "upgrade").await?;
    let subject = match &filed {
        Some(filed) => Subject { name: filed.plan.name.clone(), is_release: filed.plan.is_release },
        None => resolve(&cluster, args.target.as_ref(), knowledge).await?,
    };
    if subject.is_release && args.unlock {
        unlock(&cluster, &subject.name, args, printer).await?;
    }
    let job = Job { args, cluster: &cluster, printer, knowledge, filed: filed.as_ref() };
    Box::pin(job.run_all(&subject)).await
}

/// Where the instance of a plan in a file is. What was typed besides must mean the same.
fn place_of(plan: &Plan, args: &UpgradeArgs, connection: &Connection) -> Result<Connection, Failure> {
    let typed = args.target.as_ref().filter(|typed| !typed.fits(&plan.reference())).map(ToString::to_string);
    let elsewhere = connection.namespace.as_ref().filter(|namespace| **namespace != plan.namespace).cloned();
    if let Some(other) = typed.or(elsewhere) {
        let problem = format!("the plan is for {} in namespace `{}`, not `{other}`", plan.reference(), plan.namespace);
        return Err(Failure::usage(problem));
    }
    Ok(Connection { namespace: Some(plan.namespace.clone()), ..connection.clone() })
}

/// The releases of the namespace, and how they are written.
fn releases<'a>(cluster: &'a Cluster, kinds: &'a Kinds, args: &UpgradeArgs) -> Result<Releases<'a>, Failure> {
    let driver = Driver::read(&args.helm.helm_driver).map_err(Failure::usage)?;
    Ok(Releases {
        cluster,
        kinds,
        storage: Storage::new(cluster, driver, cluster.namespace()),
        namespace: cluster.namespace().to_owned(),
        maximum: args.helm.history_max,
        hook_timeout: HOOK_TIMEOUT,
        stale_after: STALE_AFTER,
    })
}

/// Clears the lock of an operation that was given up.
async fn unlock(cluster: &Cluster, name: &str, args: &UpgradeArgs, printer: &Printer) -> Result<(), Failure> {
    let kinds = cluster.kinds().await?;
    if let Some(unlocked) = releases(cluster, &kinds, args)?.unlock(name).await? {
        let (version, status) = (unlocked.version, unlocked.status);
        printer.warning(format!("revision {version} was {status} and given up; it is failed now"));
    }
    Ok(())
}

fn wish(args: &UpgradeArgs) -> Result<Wish, Failure> {
    let chart = args.source.version().map(|text| {
        text.parse().map_err(|_| {
            Failure::usage(format!("--chart-version `{text}` is no whole version"))
                .hint("a plan leads over one chart, such as 5.0.22")
        })
    });
    Ok(Wish {
        to: args.to.clone(),
        image: args.image.clone(),
        from: args.from_version.clone(),
        update_mode: args.update_mode,
        backup: args.backup.clone(),
        accepted: Acceptance::codes(&args.accept),
        chart: chart.transpose()?,
    })
}

/// What became of one look, plan and run.
enum Attempt {
    Ended(Exit),
    /// The resource is no longer the one that the plan was made for, and nothing was written.
    Moved,
}

/// What every step of the command needs.
struct Job<'a> {
    args: &'a UpgradeArgs,
    cluster: &'a Cluster,
    printer: &'a Printer,
    knowledge: &'a Knowledge,
    /// The plan of a file, where one is to be carried out.
    filed: Option<&'a PlanFile>,
}

impl Job<'_> {
    /// Looks, plans and executes, again where somebody else came in between.
    async fn run_all(&self, subject: &Subject) -> Result<Exit, Failure> {
        let Self { args, cluster, printer, knowledge, .. } = *self;
        let observe = || observe(cluster, subject, &args.helm, knowledge);
        let (mut record, first) = if self.is_dry() && !args.resume {
            (None, observe().await?)
        } else {
            let record = Record::look(cluster, subject, args.lease_length, printer);
            let (record, first) = tokio::join!(record, observe());
            (Some(record?), first?)
        };
        let mut wish = self.wish(record.as_ref())?;
        let (mut first, mut confirmed) = (Some(first), None);
        for _ in 0..TRIES {
            let snapshot = match first.take() {
                Some(snapshot) => snapshot,
                None => observe().await?,
            };
            if wish.to.is_none() && wish.image.is_none() {
                wish.to = Some(ask_for_version(&snapshot, knowledge, printer)?);
            }
            let milvus = snapshot.milvus.clone();
            let look = Look::new(snapshot, &wish, knowledge)?;
            let attempt = Box::pin(self.attempt(look, &mut confirmed, record.as_mut())).await;
            match &attempt {
                Ok(Attempt::Moved) => {
                    let name = &subject.name;
                    printer.warning(format!("{name} was changed meanwhile by somebody else; looking again"));
                    continue;
                }
                // What was begun and written nothing ends here: blocked, declined or failed.
                Ok(Attempt::Ended(_)) | Err(_) => {
                    if let Some(record) = &mut record {
                        let reason = attempt.as_ref().err().map_or_else(|| "not begun".to_owned(), ToString::to_string);
                        record.close(&milvus, Outcome::Failed { reason }, printer).await;
                    }
                }
            }
            if let Ok(Attempt::Ended(exit)) = attempt {
                return Ok(exit);
            }
            attempt?;
        }
        let name = &subject.name;
        Err(Failure::failed(format!("milvus/{name} changes faster than it can be written"))
            .hint("find out who writes to it: `kubectl get milvus NAME -o yaml --show-managed-fields`"))
    }

    /// Whether nothing is to be carried out.
    fn is_dry(&self) -> bool {
        self.args.dry_run != DryRun::None || self.args.plan_out.is_some()
    }

    /// What is wanted: as it was typed, as the plan of a file has it, or as the run to go on with had it.
    fn wish(&self, record: Option<&Record>) -> Result<Wish, Failure> {
        if let Some(filed) = self.filed {
            return Ok(Wish::of(&filed.plan.target, &self.args.accept));
        }
        match record.filter(|_| self.args.resume) {
            Some(record) => Ok(Wish::of(&record.to_resume()?.plan.target, &self.args.accept)),
            None => wish(self.args),
        }
    }

    /// Codes that were accepted, with their reasons: those of a file too.
    fn accepted(&self) -> Vec<Acceptance> {
        let filed = self.filed.map(|filed| filed.reasons.as_slice()).unwrap_or_default();
        let filed = filed.iter().map(|why| Acceptance { codes: vec![why.code], reason: Some(why.reason.clone()) });
        filed.chain(self.args.accept.iter().cloned()).collect()
    }

    /// Values that the user gives to a chart besides: as typed, or as they were given to the run to go on with.
    fn given(&self, record: Option<&Record>) -> Result<Map, Failure> {
        let typed = values::merged(&self.args.values)?;
        let resumed = record.filter(|_| self.args.resume).and_then(Record::unfinished);
        match resumed.and_then(|journal| journal.given.as_ref()).map(json::from_json) {
            Some(crate::helm::value::Value::Map(given)) if typed.is_empty() => Ok(given),
            _ => Ok(typed),
        }
    }

    /// Refuses a plan that was confirmed, in a file or by an earlier run, where its ground has moved.
    fn check_ground(&self, look: &Look, plan: &Plan, record: Option<&Record>, given: &Map) -> Result<(), Failure> {
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
        let names = paths(&json::to_json(&crate::helm::value::Value::Map(given.clone())));
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

    async fn attempt(
        &self,
        look: Look,
        confirmed: &mut Option<Plan>,
        record: Option<&mut Record>,
    ) -> Result<Attempt, Failure> {
        let Some(plan) = &look.plan else { return Err(nothing_asked(&look.snapshot.milvus, self.knowledge)) };
        if plan.is_empty() {
            if let Some(record) = record.filter(|_| !self.is_dry()) {
                record.settle(self.cluster, plan, self.printer).await;
            }
            return self.report(&RunResult::without_run(plan.clone(), Ending::NothingToDo));
        }
        let given = self.given(record.as_deref())?;
        self.check_ground(&look, plan, record.as_deref(), &given)?;
        if look.report.is_blocked() {
            look.show(self.args.output, self.printer)?;
            return Ok(Attempt::Ended(Exit::Blocked));
        }
        let same = confirmed.as_ref().is_some_and(|known| known.steps == plan.steps);
        if !same {
            self.show(&look, plan)?;
        }
        if let Some(path) = &self.args.plan_out {
            plan_file::write(path, plan, &self.args.accept, to_value(&given).as_ref())?;
            self.say(&format!("the plan is in {}:  kubectl milvus upgrade --plan {0}", path.display()));
        }
        let Some(record) = record.filter(|_| !self.is_dry()) else { return self.dry_run(&look.snapshot, plan).await };
        // Going on with a roll that was begun needs no answer: it was given before the first write.
        let begins = plan.begins(&look.snapshot);
        let resumed = self.args.resume && record.unfinished().is_some_and(|journal| journal.is_continued_by(plan));
        if begins && !same && !resumed && !self.is_confirmed(plan)? {
            return self.report(&RunResult::without_run(plan.clone(), Ending::Declined));
        }
        *confirmed = Some(plan.clone());
        self.execute(plan, &look, given, record).await
    }

    /// Shows the plan: as the result of a dry run, otherwise beside the result to come.
    fn show(&self, look: &Look, plan: &Plan) -> Result<(), Failure> {
        let dry = self.is_dry();
        let screen = || plan_screen::screen(&Header::of(&look.snapshot), plan, &look.report);
        match (self.args.output, dry) {
            (Some(format @ (Format::Json | Format::Yaml)), true) => {
                self.printer.document(Kind::UpgradePlan, plan, format)?;
            }
            (Some(Format::Name), true) => self.printer.show(&instances::names([plan.reference()])),
            (Some(Format::Json | Format::Yaml | Format::Name), false) => self.printer.note(&screen()),
            (_, _) => self.printer.show(&screen()),
        }
        if !dry {
            self.say("");
        }
        Ok(())
    }

    /// What steps of Helm take: what the server serves, the records, and the charts of the plan.
    async fn with_helm<T>(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        given: Map,
        act: impl AsyncFnOnce(&Helm<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let charts = charts::load(self.args, plan, snapshot, self.printer).await?;
        let kinds = self.cluster.kinds().await?;
        let releases = releases(self.cluster, &kinds, self.args)?;
        act(&Helm { releases: &releases, charts, given, keys: self.knowledge.chart_settings() }).await
    }

    /// Has the server look at every object of the first step; later ones stand on what becomes of that.
    async fn dry_run_release(&self, snapshot: &Snapshot, plan: &Plan) -> Result<(), Failure> {
        let first = plan.steps.iter().find(|step| !step.is_written(snapshot));
        let Some(Action::Chart { version, settings }) = first.map(|step| &step.action) else { return Ok(()) };
        let given = self.given(None)?;
        self.with_helm(plan, snapshot, given, async |helm| {
            let prepared = helm.prepare(&plan.name, version, settings).await?;
            let objections = helm.releases.try_out(&prepared).await?;
            if !objections.is_empty() {
                return Err(refused_by_server(&objections));
            }
            let objects = prepared.new.len();
            self.say(&format!("the API server takes all {objects} objects of the first step; nothing was written"));
            Ok(())
        })
        .await
    }

    async fn dry_run(&self, snapshot: &Snapshot, plan: &Plan) -> Result<Attempt, Failure> {
        if plan.is_release {
            if self.args.dry_run == DryRun::Server {
                self.dry_run_release(snapshot, plan).await?;
            }
            return Ok(Attempt::Ended(if self.args.exit_code { Exit::Differences } else { Exit::Success }));
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

    /// Beyond the point of no return the name has to be typed; before it, yes is enough.
    fn is_confirmed(&self, plan: &Plan) -> Result<bool, Failure> {
        if self.args.yes {
            return Ok(true);
        }
        let question = match plan.point_of_no_return() {
            Some(_) => Question::TypeName(&plan.name),
            None => Question::YesNo("Begin?"),
        };
        self.printer.ask(question)
    }

    async fn execute(&self, plan: &Plan, look: &Look, given: Map, record: &mut Record) -> Result<Attempt, Failure> {
        let interrupt = Interrupt::listen();
        let executed = async {
            if !plan.is_release {
                return self.run(None, plan, look, None, record, &interrupt).await;
            }
            let kept = to_value(&given);
            let run = async |helm: &Helm<'_>| self.run(Some(helm), plan, look, kept, record, &interrupt).await;
            self.with_helm(plan, &look.snapshot, given, run).await
        };
        let executed = tokio::select! {
            executed = Box::pin(executed) => Some(executed),
            () = interrupt.came_twice() => None,
        };
        executed.unwrap_or_else(|| {
            let lease = record.abandon();
            let problem = "interrupted twice, and left at once: what was under way may or may not have happened";
            let failure = Failure::new(Exit::Interrupted, anyhow::anyhow!(problem));
            Err(failure.hint(format!("{lease} ends by itself; then go on:  {}", plan.command)))
        })
    }

    /// Opens the record, runs the plan, and writes down how it ended.
    async fn run(
        &self,
        helm: Option<&Helm<'_>>,
        plan: &Plan,
        look: &Look,
        given: Option<serde_json::Value>,
        record: &mut Record,
        interrupt: &Interrupt,
    ) -> Result<Attempt, Failure> {
        let limits = Limits {
            total: self.args.timeout.unwrap_or_else(|| Duration::from_secs(timeout_seconds(plan))),
            observation: OBSERVATION,
        };
        let (cluster, milvus) = (self.cluster, &look.snapshot.milvus);
        if record.open(cluster, plan, look, &self.accepted(), given).await? == Opened::Moved {
            return Ok(Attempt::Moved);
        }
        let Some(logbook) = record.book() else { return Err(Failure::failed("a run without a record")) };
        let mut live = self.printer.live(plan);
        let mut tell = |progress: &Progress| live.update(progress);
        let means = Means { cluster, helm, limits, interrupt, logbook, tell: &mut tell };
        let run = Box::pin(execute::run(means, plan, look.snapshot.clone())).await;
        live.finish();
        match run {
            Ok(result) => {
                record.close(milvus, Outcome::of(&result.ending), self.printer).await;
                self.report(&result)
            }
            Err(Refused::Moved) => Ok(Attempt::Moved),
            Err(Refused::Failed(failure)) => Err(failure),
        }
    }

    fn say(&self, text: &str) {
        self.printer.note(&Screen::from(Line::from(text)));
    }

    fn report(&self, result: &RunResult) -> Result<Attempt, Failure> {
        match self.args.output {
            Some(format @ (Format::Json | Format::Yaml)) => self.printer.document(Kind::RunResult, result, format)?,
            Some(Format::Name) => self.printer.show(&instances::names([result.plan.reference()])),
            _ => self.printer.show(&outcome::screen(result, self.printer.detail())),
        }
        Ok(Attempt::Ended(exit_of(&result.ending)))
    }
}

/// Values as the journal keeps them; nothing where none are given.
fn to_value(given: &Map) -> Option<serde_json::Value> {
    (!given.is_empty()).then(|| json::to_json(&crate::helm::value::Value::Map(given.clone())))
}

fn exit_of(ending: &Ending) -> Exit {
    match ending {
        Ending::Done | Ending::NothingToDo => Exit::Success,
        Ending::Declined => Exit::Failed,
        Ending::TimedOut { .. } => Exit::TimedOut,
        Ending::Interrupted => Exit::Interrupted,
        Ending::Stopped { .. } => Exit::PartWay,
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
