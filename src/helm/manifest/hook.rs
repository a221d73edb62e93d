//! Hooks: objects that run at an event of a release and are not part of its manifest.

use std::fmt;

use super::head::Head;

/// The annotation that makes an object a hook, and says when it runs.
pub(super) const HOOK: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE: &str = "helm.sh/hook-delete-policy";
const OUTPUT: &str = "helm.sh/hook-output-log-policy";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Before anything is installed.
    PreInstall,
    /// After all is installed.
    PostInstall,
    /// Before an uninstallation.
    PreDelete,
    /// After an uninstallation.
    PostDelete,
    /// Before an upgrade.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// With `helm test`.
    Test,
}

/// A hook of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The object's name.
    pub name: String,
    /// The object's kind.
    pub kind: String,
    /// The path of the template it comes from.
    pub path: String,
    /// The object's text.
    pub manifest: String,
    /// When it runs.
    pub events: Vec<Event>,
    /// Hooks of one event run from the lightest to the heaviest, those of one weight by name.
    pub weight: i64,
    /// When it is deleted: `before-hook-creation`, `hook-succeeded`, `hook-failed`. Helm keeps other words too.
    pub delete_policies: Vec<String>,
    /// When its logs are shown: `hook-succeeded`, `hook-failed`.
    pub output_log_policies: Vec<String>,
}

impl Event {
    const ALL: [Self; 9] = [
        Self::PreInstall,
        Self::PostInstall,
        Self::PreDelete,
        Self::PostDelete,
        Self::PreUpgrade,
        Self::PostUpgrade,
        Self::PreRollback,
        Self::PostRollback,
        Self::Test,
    ];

    /// As the annotation and release records have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = if text == "test-success" { "test" } else { text };
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Hook {
    /// A hook of the events in its annotation; `None` where one of them is unknown: Helm then drops the object.
    pub(super) fn new(path: &str, text: &str, head: &Head, events: &str) -> Option<Self> {
        let annotation = |name| head.annotations.get(name).map_or(vec![], |text| words(text));
        Some(Self {
            name: head.name.clone(),
            kind: head.kind.clone(),
            path: path.to_owned(),
            manifest: text.to_owned(),
            events: words(events).iter().map(|event| Event::parse(event)).collect::<Option<_>>()?,
            weight: head.annotations.get(WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0),
            delete_policies: annotation(DELETE),
            output_log_policies: annotation(OUTPUT),
        })
    }

    /// Whether it runs with `helm test`, which `--skip-tests` leaves out.
    pub fn is_test(&self) -> bool {
        self.events.contains(&Event::Test)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(|word| word.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Event, Hook};
    use crate::helm::manifest::{Order, sort};

    fn hooks(annotations: &str) -> Vec<Hook> {
        let text = format!("kind: Job\nmetadata: {{name: me, annotations: {{{annotations}}}}}\n");
        let files = BTreeMap::from([("c/templates/a.yaml".to_owned(), text)]);
        sort(&files, Order::Install).unwrap().1
    }

    #[test]
    fn annotations_say_when_and_in_which_order() {
        let found = hooks(
            "helm.sh/hook: 'post-install, Pre-Upgrade', helm.sh/hook-weight: -5, \
             helm.sh/hook-delete-policy: 'hook-succeeded,before-hook-creation'",
        );
        let [hook] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(hook.events, [Event::PostInstall, Event::PreUpgrade]);
        assert_eq!((hook.weight, hook.name.as_str()), (-5, "me"));
        assert_eq!(hook.delete_policies, ["hook-succeeded", "before-hook-creation"]);
        assert!(!hook.is_test() && hooks("helm.sh/hook: test-success")[0].is_test());
    }

    #[test]
    fn a_weight_that_is_no_number_counts_for_nothing() {
        assert_eq!(hooks("helm.sh/hook: test, helm.sh/hook-weight: heavy")[0].weight, 0);
        assert_eq!(hooks("helm.sh/hook: test, helm.sh/hook-weight: '+7'")[0].weight, 7);
    }

    #[test]
    fn an_object_with_an_unknown_event_is_dropped() {
        assert!(hooks("helm.sh/hook: 'post-install,unheard'").is_empty());
        assert!(hooks("helm.sh/hook: ''").is_empty());
    }
}
