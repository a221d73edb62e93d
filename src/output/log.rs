//! What logs say, for people.

use super::{Line, Role};
use crate::rollout::LogEvidence;

/// Each log with the lines that matter, what they mean and what mends it.
pub(super) fn lines(logs: &[LogEvidence]) -> Vec<Line> {
    logs.iter().flat_map(of).collect()
}

fn of(log: &LogEvidence) -> Vec<Line> {
    let when = if log.previous { ", before it was started again" } else { "" };
    let unknown = if log.signs.is_empty() { ", in which no line is known; its end" } else { "" };
    let title = format!("  log of pod {}, container {}{when}{unknown}:", log.pod, log.container);
    let mut lines = vec![Line::from(title).hang(4)];
    let said = |text: &String| Line::from("    ").with(Role::Faint, text).hang(6);
    for sign in &log.signs {
        lines.push(said(&sign.line));
        lines.push(Line::from("      known  ").with(Role::Strong, &sign.code).text(", ").text(&sign.meaning).hang(13));
        lines.push(Line::from("      cure   ").text(&sign.cure).hang(13));
        lines.push(Line::from("      more   ").text(&sign.link));
    }
    lines.extend(log.last_lines.iter().map(said));
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::output::{Screen, Style, sample};

    #[test]
    fn a_known_line_has_its_meaning_and_an_unknown_log_says_so() {
        let mut screen = Screen::new();
        screen.extend(lines(&sample::logs()));
        insta::assert_snapshot!(screen.render(Style::Plain, None), @"
        log of pod prod-etcd-0, container etcd, before it was started again:
          etcdserver: mvcc: database space exceeded
            known  MV0613, etcd reached its quota and takes no more writes
            cure   compact and defragment etcd, disarm its alarm, then raise its quota
            more   https://github.com/milvus-io/milvus/issues/44614
        log of pod prod-etcd-0, container etcd, in which no line is known; its end:
          one
          two
        ");
    }
}
