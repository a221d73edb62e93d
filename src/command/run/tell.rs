//! What a run shows and asks.

use std::time::Duration;

use tokio::time::timeout;

use super::{Attempt, Job};
use crate::{
    cli::DryRun,
    command::{bundle::Bundle, chain::Planned, log, look::Look, observe::observe, status::unready, target::Subject},
    exit::Exit,
    failure::Failure,
    output::{Format, Header, Kind, Line, Question, Screen, instances, outcome, plan as plan_screen, route},
    plan::{Ending, Next, Plan, RunResult},
    rollout::Status,
};

/// How long a run that failed is looked into at most: the API server may be what fails.
const EVIDENCE: Duration = Duration::from_secs(20);

impl Job<'_> {
    /// Shows the plan: as the result of a dry run, otherwise beside the result to come.
    pub(super) fn show(&self, look: &Look, plan: &Plan) -> Result<(), Failure> {
        let dry = self.is_dry();
        let screen = || {
            let header = Header::of(&look.snapshot).at(look.furthest(self.knowledge));
            let mut screen = look.route.as_ref().map(route::screen).unwrap_or_default();
            screen.extend(plan_screen::screen(&header, plan, &look.report).lines().iter().cloned());
            screen
        };
        match (self.args.output, dry) {
            // That of a release says what becomes of its objects, too, so it is written when that is known.
            (Some(Format::Json | Format::Yaml), true) if plan.is_release && self.args.dry_run != DryRun::None => {}
            (Some(format @ (Format::Json | Format::Yaml)), true) => {
                let planned = Planned { plan, route: look.route.as_ref(), difference: self.rewrite(look, plan) };
                self.printer.document(Kind::UpgradePlan, &planned, format)?;
            }
            (Some(Format::Name), true) => self.printer.show(&instances::names([plan.reference()])),
            (Some(Format::Json | Format::Yaml | Format::Name), false) => self.printer.note(&screen()),
            (_, _) => self.printer.show(&screen()),
        }
        let is_told = dry && matches!(self.args.output, Some(Format::Json | Format::Yaml | Format::Name));
        if !plan.is_release && !is_told {
            self.show_rewritten(look, plan);
        }
        if !dry {
            self.say("");
        }
        Ok(())
    }

    /// Shows more of what [`show`](Self::show) began with.
    pub(in crate::command) fn show_result(&self, screen: &Screen) {
        let dry = self.args.dry_run != DryRun::None;
        if dry {
            self.printer.show(&Screen::from(Line::new()));
        }
        match self.args.output {
            Some(Format::Json | Format::Yaml | Format::Name) => self.printer.note(screen),
            _ => self.printer.show(screen),
        }
        if !dry {
            self.say("");
        }
    }

    /// Adds what the logs say of why a run failed.
    pub(super) async fn look_into(&self, result: &mut RunResult) {
        let Some(roll) = result.roll.as_ref().filter(|_| result.ending.has_failed()) else { return };
        let logs = log::evidence(self.cluster, &roll.blockers, self.knowledge);
        result.logs = timeout(EVIDENCE, logs).await.unwrap_or_default();
    }

    /// Keeps what helps others to see what is wrong, of a run that failed. That this fails too changes nothing about it.
    pub(super) async fn keep_bundle(&self, subject: &Subject) {
        let path = match &self.args.bundle {
            Some(path) if path.as_os_str() == "none" => return,
            _ if subject.operator.is_some() => return,
            Some(path) => path.clone(),
            None => Bundle::path_of(&subject.name, jiff::Timestamp::now()),
        };
        let kept = async {
            let Self { cluster, knowledge, .. } = *self;
            let direction = self.asked.wish.direction;
            let snapshot = observe(cluster, subject, &self.args.helm, knowledge, direction).await?;
            let unready = unready(cluster, &snapshot).await;
            let bundle =
                Bundle::collect(cluster, subject, &snapshot, &Status::of(&snapshot, &unready, knowledge)).await?;
            bundle.write(&path)?;
            Ok::<_, Failure>(bundle.words())
        };
        let late = || Failure::failed(format!("the API server did not answer in {} s", EVIDENCE.as_secs()));
        match timeout(EVIDENCE, Box::pin(kept)).await.unwrap_or_else(|_| Err(late())) {
            Ok(words) => self.say(&format!("What helps to see why is in {}: {words}", path.display())),
            Err(failure) => self.printer.warning(format!("no bundle was made: {failure}")),
        }
    }

    /// Beyond the point of no return the name has to be typed; before it, yes is enough.
    pub(super) fn is_confirmed(&self, plan: &Plan) -> Result<bool, Failure> {
        if self.args.yes {
            return Ok(true);
        }
        let question = match plan.point_of_no_return() {
            Some(_) => Question::TypeName(&plan.name),
            None => Question::YesNo("Begin?"),
        };
        self.chain.asking(|| self.printer.ask(question))
    }

    pub(in crate::command) fn say(&self, text: &str) {
        self.printer.note(&Screen::from(Line::from(text)));
    }

    pub(super) fn report(&self, result: &RunResult) -> Result<Attempt, Failure> {
        let is_good = exit_of(&result.ending) == Exit::Success;
        if self.goes_on && self.asked.one_hop && is_good {
            let mut result = result.clone();
            result.next.push(Next { purpose: "Go on".to_owned(), command: result.plan.command.clone() });
            return Job { goes_on: false, ..*self }.report(&result);
        }
        // Nothing serves half-way over a migration, so nobody is asked.
        let is_lost = result.is_lost || (self.asked.takes_back && result.can_be_taken_back());
        if is_lost || (self.goes_on && is_good) {
            if is_lost {
                self.chain.lose(result);
            } else {
                self.chain.keep(result);
            }
            let screen = outcome::screen(result, self.printer.detail());
            match self.args.output {
                None | Some(Format::Wide) => self.printer.show(&screen),
                Some(_) => self.printer.note(&screen),
            }
            return Ok(Attempt::Ended(exit_of(&result.ending)));
        }
        match self.args.output {
            Some(format @ (Format::Json | Format::Yaml)) => {
                self.chain.told(result, |told| self.printer.document(Kind::RunResult, told, format))?;
            }
            Some(Format::Name) => self.printer.show(&instances::names([result.plan.reference()])),
            _ => self.printer.show(&outcome::screen(result, self.printer.detail())),
        }
        Ok(Attempt::Ended(exit_of(&result.ending)))
    }
}

pub(in crate::command) fn exit_of(ending: &Ending) -> Exit {
    match ending {
        Ending::Done | Ending::NothingToDo => Exit::Success,
        Ending::Declined => Exit::Failed,
        Ending::TimedOut { .. } => Exit::TimedOut,
        Ending::Interrupted => Exit::Interrupted,
        Ending::RolledBack { .. } => Exit::RolledBack,
        Ending::Stopped { .. } => Exit::PartWay,
        Ending::NotServing => Exit::NotServing,
    }
}
