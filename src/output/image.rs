//! Images to mirror, for people.

use super::{Line, Role, Screen, Table};
use crate::plan::NeededImage;

/// A row for each image; what is to be known of it stands behind it.
pub fn screen(images: &[NeededImage]) -> Screen {
    let mut table = Table::with_heads(&["image", "for", "runs", "nodes", "note"]);
    for needed in images {
        let worrying = needed.notes.first().is_some_and(|note| note.contains("floats") || note.starts_with("moved"));
        let role = if worrying { Role::Warning } else { Role::Plain };
        table.row([
            Line::from(&needed.image),
            Line::from(&needed.part),
            Line::from(if needed.runs { "yes" } else { "no" }),
            match needed.nodes {
                Some(0) => Line::new().with(Role::Warning, "none"),
                Some(count) => Line::from(count.to_string()),
                None => Line::from("unknown"),
            },
            Line::new().with(role, needed.notes.join("; ")),
        ]);
    }
    let mut screen = Screen::new();
    screen.extend(table.lines());
    screen
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{output::Style, plan::NeededImage};

    #[test]
    fn images_are_listed_with_what_is_to_be_known() {
        let needed = |image: &str, part: &str, nodes, notes: &[&str]| NeededImage {
            image: image.into(),
            part: part.into(),
            runs: nodes == Some(3),
            nodes,
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        };
        let images = [
            needed("milvusdb/milvus:v2.5.22", "milvus", Some(3), &[]),
            needed(
                "milvusdb/woodpecker:latest",
                "woodpecker",
                Some(0),
                &["the tag `latest` floats", "of chart 5.0.22"],
            ),
            needed("milvusdb/etcd:3.5.25-r1", "etcd", None, &[]),
        ];
        insta::assert_snapshot!(screen(&images).render(Style::Plain, None), @"
        IMAGE                        FOR          RUNS   NODES     NOTE
        milvusdb/milvus:v2.5.22      milvus       yes    3
        milvusdb/woodpecker:latest   woodpecker   no     none      the tag `latest` floats; of chart 5.0.22
        milvusdb/etcd:3.5.25-r1      etcd         no     unknown
        ");
    }
}
