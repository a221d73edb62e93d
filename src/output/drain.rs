//! What Milvus holds still while it is rolled, for people.

use super::{Line, Role, Screen};
use crate::{
    knowledge::Lever,
    plan::Next,
    rollout::{Drain, Held, Standing},
};

/// One line once it is asked for; none where nothing is held.
pub fn begun(drain: &Drain) -> Option<Screen> {
    let held: Vec<String> =
        drain.held().map(|(lever, _)| format!("{} is {}", name(lever), Words::of(lever).stopped)).collect();
    let text = format!("until everything is rolled out, {}", held.join(" and "));
    (!held.is_empty()).then(|| Screen::from(Line::from(text).hang(2)))
}

/// What became of what an earlier run left held.
pub fn left(drain: &Drain, next: &[Next]) -> Screen {
    let mut screen = Screen::new();
    for Held { lever, standing } in drain.levers() {
        match standing {
            Standing::LetGo => {
                let stopped = Words::of(*lever).stopped;
                screen
                    .push(Line::from(format!("{} goes on again; the last run had it {stopped}", name(*lever))).hang(2));
            }
            Standing::Stuck { reason, .. } => screen.push(stuck(Line::new(), *lever, reason)),
            Standing::Moving { .. } | Standing::Held { .. } => {}
        }
    }
    let command = |next: &Next| Line::from(format!("  {}:  ", next.purpose)).with(Role::Command, &next.command);
    screen.extend(next.iter().map(command));
    screen
}

/// What became of it, below the end of a run.
pub(super) fn lines(drain: &Drain) -> impl Iterator<Item = Line> {
    drain.levers().iter().map(|Held { lever, standing }| {
        let (name, stopped) = (name(*lever), Words::of(*lever).stopped);
        match standing {
            Standing::LetGo => Line::from(format!("  {name} was {stopped} meanwhile, and goes on again")).hang(4),
            Standing::Moving { reason } => Line::from(format!("  {name} went on meanwhile: {reason}")).hang(4),
            Standing::Held { .. } => stuck(Line::from("  "), *lever, "nobody waited for an answer"),
            Standing::Stuck { reason, .. } => stuck(Line::from("  "), *lever, reason),
        }
    })
}

fn stuck(begin: Line, lever: Lever, reason: &str) -> Line {
    let Words { stopped, until } = Words::of(lever);
    let text = format!("{} stays {stopped} {until}", name(lever));
    begin.with(Role::Warning, text).text(format!(": {reason}")).hang(4)
}

fn name(lever: Lever) -> &'static str {
    match lever {
        Lever::Balance => "balancing of query nodes",
        Lever::GarbageCollection => "garbage collection",
    }
}

struct Words {
    stopped: &'static str,
    /// When it goes on by itself.
    until: &'static str,
}

impl Words {
    fn of(lever: Lever) -> Self {
        match lever {
            Lever::Balance => Self { stopped: "suspended", until: "until the coordinator starts anew" },
            Lever::GarbageCollection => Self { stopped: "paused", until: "until its time is over" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{begun, left, lines};
    use crate::{
        knowledge::{Knowledge, Lever},
        output::{Screen, Style},
        plan::Next,
        rollout::{Drain, Standing},
    };

    fn drain() -> Drain {
        Drain::of("2.5.22".parse().ok().as_ref(), &"2.5.27".parse().unwrap(), Knowledge::builtin())
    }

    fn render(drain: &Drain) -> String {
        let mut screen = Screen::new();
        screen.extend(lines(drain));
        screen.render(Style::Plain, None)
    }

    #[test]
    fn it_says_what_stands_still_and_what_became_of_it() {
        let mut drain = drain();
        insta::assert_snapshot!(begun(&drain).unwrap().render(Style::Plain, None), @"until everything is rolled out, balancing of query nodes is suspended and garbage collection is paused");
        drain.note(Lever::Balance, Standing::LetGo);
        drain.note(Lever::GarbageCollection, Standing::Moving { reason: "it has no such interface".into() });
        insta::assert_snapshot!(render(&drain), @"
          balancing of query nodes was suspended meanwhile, and goes on again
          garbage collection went on meanwhile: it has no such interface
        ");
        assert!(begun(&drain).is_none());
        let stuck = |reason: &str| Standing::Stuck { reason: reason.into(), ticket: None };
        drain.note(Lever::Balance, stuck("no pod that clients talk to is ready"));
        drain.note(Lever::GarbageCollection, stuck("it lets nobody but root do that (403 Forbidden)"));
        insta::assert_snapshot!(render(&drain), @"
          balancing of query nodes stays suspended until the coordinator starts anew: no pod that clients talk to is ready
          garbage collection stays paused until its time is over: it lets nobody but root do that (403 Forbidden)
        ");
    }

    #[test]
    fn what_an_earlier_run_left_is_said_with_the_command_that_lets_it_go() {
        let mut drain = drain();
        drain.note(
            Lever::Balance,
            Standing::Stuck { reason: "no pod that clients talk to is ready".into(), ticket: None },
        );
        drain.note(Lever::GarbageCollection, Standing::LetGo);
        let next = Next { purpose: "Resume balancing".into(), command: "kubectl exec svc/a -- curl b".into() };
        insta::assert_snapshot!(left(&drain, &[next]).render(Style::Plain, None), @"
        balancing of query nodes stays suspended until the coordinator starts anew: no pod that clients talk to is ready
        garbage collection goes on again; the last run had it paused
          Resume balancing:  kubectl exec svc/a -- curl b
        ");
    }
}
