//! The way over several versions, for people.

use super::{Line, Role, Screen, Table};
use crate::plan::{Hop, Method, Route};

/// The whole way where more than one run is on it, or a newer operator comes first; nothing otherwise, for the plan says it.
pub fn screen(route: &Route) -> Screen {
    let mut screen = Screen::new();
    if route.runs() < 2 && route.operator().is_none() {
        return screen;
    }
    screen.push(Line::new().with(Role::Strong, "The way").text(format!(": {}", route.words())).hang(2));
    let mut table = Table::new().indent(2);
    let mut run = 0;
    for hop in &route.hops {
        run += usize::from(!hop.with_next && hop.method != Method::Operator);
        let number = match hop.method {
            Method::Operator => String::new(),
            _ if hop.with_next => (run + 1).to_string(),
            _ => run.to_string(),
        };
        let undo = if hop.undo.needs_backup() { Role::Warning } else { Role::Plain };
        table.row([
            Line::from(number),
            Line::from(what(hop)),
            Line::new().with(undo, hop.undo.word()),
            Line::from(&hop.felt),
        ]);
    }
    // Under each row, why it is there.
    for (line, hop) in table.lines().into_iter().zip(&route.hops) {
        screen.push(line);
        screen.push(Line::from("      ").with(Role::Faint, &hop.why).hang(6));
    }
    screen.blank();
    screen
}

fn what(hop: &Hop) -> String {
    match &hop.method {
        Method::Operator => format!("operator {} -> {}", hop.from, hop.to),
        Method::Mixcoord => "one mixcoord instead of four coordinators".to_owned(),
        Method::Image => format!("image {} -> {}", hop.from, hop.to),
        Method::Chart { chart } => format!("chart {chart}, image {} -> {}", hop.from, hop.to),
        Method::Migration => format!("migration of metadata {} -> {}", hop.from, hop.to),
    }
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{
        knowledge::Knowledge,
        milvus::Mode,
        output::Style,
        plan::{Route, Runner, Start},
    };

    fn render(from: &str, operator: &str, to: &str) -> String {
        let start = Start {
            milvus: from.parse().unwrap(),
            mode: Mode::Cluster,
            is_apart: true,
            rolls: true,
            runner: Runner::Operator(Some(operator.parse().unwrap())),
        };
        let route = Route::between(&start, &to.parse().unwrap(), Knowledge::builtin());
        screen(&route).render(Style::Plain, None)
    }

    #[test]
    fn a_way_over_several_versions_is_shown_hop_by_hop() {
        insta::assert_snapshot!(render("2.4.24", "1.2.8", "2.6.22"), @"
        The way: 2.4.24 -> operator 1.3.7 -> 2.5.27 -> mixcoord -> 2.6.22
              operator 1.2.8 -> 1.3.7                     nothing to undo   nothing
              2.6 needs operator 1.3.0 or newer: it is the first that knows streaming nodes and the order of an upgrade into 2.6
          1   image 2.4.24 -> 2.5.27                      reverse roll      DDL waits, short stalls of searches, clients reconnect
              the makers describe it from 2.4; the way back: the makers name rolling back as a mode, and nobody says which releases were tried
          2   one mixcoord instead of four coordinators   patch back        DDL waits
              2.6 knows one coordinator only, which takes over from 2.5.27
          2   image 2.5.27 -> 2.6.22                      restore           DDL waits, short stalls of searches, clients reconnect
              the makers describe it from 2.5; the way back: 2.6 writes what 2.5 cannot read, as soon as its streaming is switched on
        ");
    }

    #[test]
    fn a_way_of_one_run_is_left_to_the_plan() {
        assert_eq!(render("2.5.27", "1.3.7", "2.6.22"), "");
    }
}
