//! A way that people go themselves, for people.

use super::{
    Header, Line, Role, Screen,
    finding::{LABEL, labelled},
};
use crate::plan::{Instruction, Procedure, Standing};

/// Every step with its standing and what to type, the line behind which something is lost, and what comes next.
pub fn screen(header: &Header, procedure: &Procedure) -> Screen {
    let mut screen = Screen::new();
    screen.push(header.line());
    screen.blank();
    if procedure.is_empty() {
        let text = format!("Nothing to do: {} runs on Pulsar 3", procedure.reference);
        screen.push(Line::new().with(Role::Good, text));
        return screen;
    }
    let title = "From Pulsar 2 to Pulsar 3, by steps that you take yourself; nothing is changed by this program";
    screen.push(Line::new().with(Role::Strong, title).hang(2));
    screen.blank();
    for (place, step) in procedure.steps.iter().enumerate() {
        if Some(place) == procedure.point_of_no_return() {
            let text = "  ---- from here what was not flushed is lost for good ----";
            screen.push(Line::new().with(Role::Warning, text));
        }
        screen.extend(lines(place + 1, step));
    }
    screen.blank();
    screen.extend(procedure.notes.iter().map(|note| Line::new().with(Role::Warning, note).hang(2)));
    if procedure.is_withheld() {
        let text = "The commands behind the flush are told once you say that all is flushed: what is in the queue alone \
                    is lost with them, and nothing in the cluster shows whether anything is";
        screen.push(Line::new().with(Role::Warning, text).hang(2));
        screen.push(Line::from("Once it is:  ").with(Role::Command, &procedure.next));
    }
    screen.push(Line::from("Described at:  ").text(&procedure.link));
    screen
}

fn role(standing: Standing) -> Role {
    match standing {
        Standing::Done => Role::Good,
        Standing::Said | Standing::Later => Role::Faint,
        Standing::Unknown => Role::Warning,
        Standing::Next => Role::Strong,
    }
}

/// Columns that the word for the standing takes.
const WORD: usize = 9;

fn lines(number: usize, step: &Instruction) -> Vec<Line> {
    let start = 5;
    let column = start + WORD;
    let head = Line::from(format!("  {number}")).pad_to(start).with(role(step.standing), step.standing.word());
    let mut lines = vec![head.pad_to(column).text(&step.title).hang(column)];
    // Of what is behind, and of what is not told yet, nobody has to know how it is done.
    let is_open = !matches!(step.standing, Standing::Done | Standing::Said);
    let advice = step.advice.iter().filter(|_| is_open && !step.withheld).map(|text| ("know", text));
    let seen = step.seen.iter().filter(|_| step.standing != Standing::Said).map(|text| ("seen", text));
    let hang = column + LABEL;
    lines.extend(seen.chain(advice).map(|(label, text)| labelled(label, column).text(text).hang(hang)));
    // In one piece, so that they can be copied.
    let commands = step.commands.iter().filter(|_| is_open);
    lines.extend(commands.map(|command| labelled("run", column).with(Role::Command, command)));
    lines
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{
        knowledge::Knowledge,
        output::{Header, Style},
        plan::pulsar_3,
        snapshot::{Snapshot, sample},
    };

    fn text(snapshot: &Snapshot, flushed: bool) -> String {
        let procedure = pulsar_3(snapshot, None, flushed, Knowledge::builtin()).expect("a way");
        screen(&Header::of(snapshot), &procedure).render(Style::Plain, None)
    }

    #[test]
    fn without_the_flush_the_rest_is_named_only() {
        insta::assert_snapshot!(text(&sample::on_pulsar_2(), false), @r#"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        From Pulsar 2 to Pulsar 3, by steps that you take yourself; nothing is changed by this program

          1  unknown  back up the data
                      seen    nothing in the cluster shows it
                      know    it is all that leads back once Pulsar's claims are gone
          2  unknown  stop all that writes to it
                      seen    nothing in the cluster shows it
                      know    what is written behind the flush is lost
          3  unknown  flush what is in the queue to the storage
                      seen    nothing in the cluster shows it
                      know    the last command again, until it answers "flushed":true
                      know    it asks for the collections of the database `default`; flush those of others with Attu or an SDK
                      run     kubectl -n vec port-forward deploy/prod-milvus-proxy 9091:9091 &
                      run     curl -s 127.0.0.1:9091/api/v1/collections | curl -s 127.0.0.1:9091/api/v1/persist -d @- | jq '{segmentIDs: [.flush_coll_segIDs[].data[]?]}' > flushing.json
                      run     curl -s -X GET 127.0.0.1:9091/api/v1/persist/state -d @flushing.json
          ---- from here what was not flushed is lost for good ----
          4  later    keep the resource in a file; say that its deletion takes Pulsar alone
          5  later    delete the resource: Milvus and Pulsar 2 go, etcd and storage stay
          6  later    delete the claims of Pulsar 2 that are left
          7  later    create the resource again, with Pulsar 3
          8  later    Pulsar 3 and Milvus are ready
                      run     kubectl milvus status prod -n vec -w

        The commands behind the flush are told once you say that all is flushed: what is in the queue alone is lost with them, and nothing in the cluster shows whether anything is
        Once it is:  kubectl milvus migrate prod -n vec pulsar-v3 --flushed
        Described at:  https://milvus.io/docs/upgrade-pulsar-v3.md
        "#);
    }

    #[test]
    fn behind_the_flush_every_command_is_told() {
        insta::assert_snapshot!(text(&sample::on_pulsar_2(), true), @r#"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        From Pulsar 2 to Pulsar 3, by steps that you take yourself; nothing is changed by this program

          1  said     back up the data
          2  said     stop all that writes to it
          3  said     flush what is in the queue to the storage
          ---- from here what was not flushed is lost for good ----
          4  next     keep the resource in a file; say that its deletion takes Pulsar alone
                      run     kubectl -n vec get milvus prod -o yaml > prod.yaml
                      run     kubectl -n vec patch milvus prod --type=merge -p '{"spec":{"dependencies":{"etcd":{"inCluster":{"deletionPolicy":"Retain","pvcDeletion":false}},"storage":{"inCluster":{"deletionPolicy":"Retain","pvcDeletion":false}},"pulsar":{"inCluster":{"deletionPolicy":"Delete","pvcDeletion":true}}}}}'
          5  later    delete the resource: Milvus and Pulsar 2 go, etcd and storage stay
                      know    nothing serves from here on
                      know    until it is created again nobody finds milvus/prod here: keep these lines
                      run     kubectl -n vec delete milvus prod --wait=true
          6  later    delete the claims of Pulsar 2 that are left
                      know    volumes that are kept by their reclaim policy stay, and cost: delete them by hand
                      run     kubectl -n vec delete pvc prod-pulsar-bookie-journal-prod-pulsar-bookie-0 prod-pulsar-bookie-ledgers-prod-pulsar-bookie-0 --ignore-not-found
                      run     kubectl get pv pv-journal pv-ledgers --ignore-not-found
          7  later    create the resource again, with Pulsar 3
                      run     kubectl patch --local -f prod.yaml --type=merge -p '{"metadata":{"annotations":null,"resourceVersion":null,"uid":null},"status":null,"spec":{"dependencies":{"pulsar":{"inCluster":{"chartVersion":"pulsar-v3","values":null}},"etcd":{"inCluster":{"chartVersion":"etcd-v6"}}}}}' -o yaml > prod-pulsar-v3.yaml
                      run     kubectl -n vec create -f prod-pulsar-v3.yaml
          8  later    Pulsar 3 and Milvus are ready
                      run     kubectl milvus status prod -n vec -w

        Described at:  https://milvus.io/docs/upgrade-pulsar-v3.md
        "#);
    }

    #[test]
    fn what_is_there_has_nothing_to_do() {
        insta::assert_snapshot!(text(&sample::on_pulsar_3(), false), @"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        Nothing to do: milvus/prod runs on Pulsar 3
        ");
    }
}
