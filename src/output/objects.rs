//! What becomes of the objects of a release, for people.

use super::{Line, Role, Screen, Table};
use crate::{
    milvus::count,
    plan::{Difference, ObjectChange, ObjectFate},
};

/// Whether each difference is shown whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Only which objects, and how many.
    Names,
    /// Every line that differs, too.
    Whole,
}

/// How many objects change, come and go, which, and which images; and the text of it where that is asked for.
pub fn screen(difference: &Difference, text: Text) -> Screen {
    let mut screen = Screen::new();
    if text == Text::Whole {
        for object in &difference.objects {
            screen.extend(whole(object));
            screen.blank();
        }
    }
    screen.push(counts(difference));
    let mut table = Table::new().indent(2);
    for fate in ObjectFate::ALL {
        let names: Vec<String> = difference.with(fate).map(name).collect();
        if !names.is_empty() {
            table.row([Line::from(fate.word()), Line::from(names.join(", "))]);
        }
    }
    let images = difference.images();
    for (at, (image, objects)) in images.iter().enumerate() {
        let times = if *objects > 1 { format!("  ({objects} objects)") } else { String::new() };
        table.row([Line::from(if at == 0 { "images" } else { "" }), Line::from(format!("{image}{times}"))]);
    }
    screen.extend(table.lines().into_iter().map(|line| line.hang(11)));
    screen
}

/// `12 objects changed, 1 created, 2 removed; 30 stay as they are`
fn counts(difference: &Difference) -> Line {
    let mut parts = vec![];
    for fate in [ObjectFate::Changed, ObjectFate::Created, ObjectFate::Removed] {
        parts.push(format!("{} {}", difference.with(fate).count(), fate.word()));
    }
    for fate in [ObjectFate::Adopted, ObjectFate::Kept] {
        let number = difference.with(fate).count();
        if number > 0 {
            parts.push(format!("{number} {}", fate.word()));
        }
    }
    let all = count(difference.objects.len() + difference.unchanged, "object");
    Line::new()
        .with(Role::Strong, format!("Objects: {}", parts.join(", ")))
        .text(format!("; {} of {all} stay as they are", difference.unchanged))
}

fn name(object: &ObjectChange) -> String {
    match &object.namespace {
        Some(namespace) => format!("{} in {namespace}", object.object),
        None => object.object.clone(),
    }
}

/// `# deployment/my (changed)`, and its lines.
fn whole(object: &ObjectChange) -> Vec<Line> {
    let head = format!("# {} ({})", name(object), object.change.word());
    let lines = object.diff.lines().map(|line| {
        let role = match line.as_bytes().first() {
            Some(b'+') => Role::Good,
            Some(b'-') => Role::Bad,
            Some(b'@') => Role::Command,
            _ => Role::Plain,
        };
        Line::new().with(role, line)
    });
    std::iter::once(Line::new().with(Role::Strong, head)).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::{Text, screen};
    use crate::{
        output::Style,
        plan::{Difference, ObjectChange, ObjectFate},
    };

    fn object(name: &str, change: ObjectFate, images: &[&str]) -> ObjectChange {
        ObjectChange {
            object: name.to_owned(),
            namespace: None,
            change,
            images: images.iter().map(|image| (*image).to_owned()).collect(),
            diff: "@@ -1 +1 @@\n-a: 1\n+a: 2\n".to_owned(),
        }
    }

    fn difference() -> Difference {
        let objects = vec![
            object("deployment/my-proxy", ObjectFate::Changed, &["m:1 -> m:2"]),
            object("deployment/my-querynode", ObjectFate::Changed, &["m:1 -> m:2"]),
            ObjectChange {
                namespace: Some("other".to_owned()),
                ..object("statefulset/my-etcd", ObjectFate::Changed, &["e:1 -> e:2"])
            },
            object("service/my-indexnode", ObjectFate::Removed, &[]),
        ];
        Difference { objects, unchanged: 30 }
    }

    #[test]
    fn the_summary_counts_and_names() {
        insta::assert_snapshot!(screen(&difference(), Text::Names).render(Style::Plain, None), @"
        Objects: 3 changed, 0 created, 1 removed; 30 of 34 objects stay as they are
          changed   deployment/my-proxy, deployment/my-querynode, statefulset/my-etcd in other
          removed   service/my-indexnode
          images    m:1 -> m:2  (2 objects)
                    e:1 -> e:2
        ");
        insta::assert_snapshot!(
            screen(&Difference { objects: vec![], unchanged: 9 }, Text::Names).render(Style::Plain, None), @"Objects: 0 changed, 0 created, 0 removed; 9 of 9 objects stay as they are");
    }

    #[test]
    fn the_text_has_a_head_for_every_object() {
        let mut difference = difference();
        difference.objects.drain(1..3);
        insta::assert_snapshot!(screen(&difference, Text::Whole).render(Style::Plain, None), @"
        # deployment/my-proxy (changed)
        @@ -1 +1 @@
        -a: 1
        +a: 2

        # service/my-indexnode (removed)
        @@ -1 +1 @@
        -a: 1
        +a: 2

        Objects: 1 changed, 0 created, 1 removed; 30 of 32 objects stay as they are
          changed   deployment/my-proxy
          removed   service/my-indexnode
          images    m:1 -> m:2
        ");
    }
}
