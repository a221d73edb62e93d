//! What a run shows and asks.

use super::{Attempt, Job};
use crate::{
    cli::DryRun,
    command::{chain::Planned, look::Look},
    exit::Exit,
    failure::Failure,
    output::{Format, Header, Kind, Line, Question, Screen, instances, outcome, plan as plan_screen, route},
    plan::{Ending, Next, Plan, RunResult},
};

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
                let planned = Planned { plan, route: look.route.as_ref() };
                self.printer.document(Kind::UpgradePlan, &planned, format)?;
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
        let is_lost = self.asked.takes_back && result.can_be_taken_back();
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

fn exit_of(ending: &Ending) -> Exit {
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
