//! What to commit where another tool keeps the resource, for people.

use super::{Line, Role, Screen};
use crate::plan::Handover;

/// What stands above the text to commit.
pub fn head(handover: &Handover, reference: &str, is_release: bool) -> Screen {
    let mut screen = Screen::new();
    screen.blank();
    let owner = &handover.owner;
    let text = if is_release {
        format!("To commit where {owner} reads the values of {reference}; nothing was written here:")
    } else {
        format!("To commit where {owner} reads {reference}, in the place of what is there; nothing was written here:")
    };
    screen.push(Line::new().with(Role::Strong, text));
    screen.blank();
    screen
}

/// What stands below it: what else to set, what the operator will change, and what to type once it is committed.
pub fn tail(handover: &Handover, is_release: bool, watch: &str) -> Screen {
    let mut screen = Screen::new();
    screen.blank();
    if let Some(chart) = &handover.chart {
        screen.push(Line::from(format!("Set the chart to {chart} where its version is chosen")));
    }
    if !handover.masked.is_empty() {
        let fields = handover.masked.join(", ");
        screen.push(
            Line::from(format!("Not shown, for they may be secret; they stay as you have them: {fields}")).hang(2),
        );
    }
    if let Some(aside) = &handover.aside {
        screen.push(Line::from(format!("The operator changes these by itself; {}:", aside.how)).hang(2));
        for field in &handover.by_operator {
            let becomes = field.new.as_ref().map_or_else(|| "removed".to_owned(), ToString::to_string);
            screen.push(Line::from(format!("  {}  {becomes}", field.path.join("."))).hang(4));
        }
        screen.blank();
        screen.extend(aside.text.lines().map(|line| Line::new().with(Role::Command, line)));
        screen.blank();
    }
    if !is_release {
        // Seen of operator 1.3.7: a resource that was replaced lost them, and was never looked at again.
        let text = "It has to be applied; replaced by it, the resource loses the operator's own annotations, and the roll stands still";
        screen.push(Line::from(text).hang(2));
    }
    screen.push(Line::from("Once it is committed:  ").with(Role::Command, watch));
    screen
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{head, tail};
    use crate::{
        output::{Screen, Style},
        plan::{Handover, LeftAlone, OperatorField},
    };

    fn text(screen: &Screen) -> String {
        screen.render(Style::Plain, None)
    }

    #[test]
    fn what_to_commit_stands_between_whose_it_is_and_what_to_type_next() {
        let path = ["spec", "components", "indexNode"].map(str::to_owned).to_vec();
        let found = Handover {
            owner: "Argo CD".into(),
            content: json!({"spec": {"mode": "cluster"}}),
            chart: None,
            masked: vec!["spec.config.minio.secretAccessKey".into()],
            by_operator: vec![OperatorField { path, new: None }],
            aside: Some(LeftAlone { how: "have it leave them alone".into(), text: "ignore:\n  - a\n".into() }),
        };
        assert_eq!(found.text(), "spec:\n  mode: cluster\n");
        assert!(text(&head(&found, "milvus/prod", false)).contains("To commit where Argo CD reads milvus/prod, in"));
        insta::assert_snapshot!(text(&tail(&found, false, "kubectl milvus upgrade prod --follow")), @"

        Not shown, for they may be secret; they stay as you have them: spec.config.minio.secretAccessKey
        The operator changes these by itself; have it leave them alone:
          spec.components.indexNode  removed

        ignore:
          - a

        It has to be applied; replaced by it, the resource loses the operator's own annotations, and the roll stands still
        Once it is committed:  kubectl milvus upgrade prod --follow
        ");
    }
}
