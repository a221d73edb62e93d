//! What is written to a Milvus resource: its image, and at the end what the run had to change besides.

use serde_json::{Map, Value, json};

use super::{
    Action, Gate, Step, Undo,
    draft::{Draft, MODE_BEFORE},
};
use crate::{
    check::Direction,
    milvus::{Component, MessageQueue, MilvusVersion},
};

impl Draft<'_> {
    pub(super) fn set_image(&self) -> Step {
        let mode = if self.writes_mode() { format!(", mode {}", self.update_mode) } else { String::new() };
        Step {
            id: "set-image".into(),
            title: format!("set the image{mode}"),
            action: Action::Patch { patch: self.image_patch() },
            gate: Gate::Written,
            undo: Undo::PatchBack,
            felt: "nothing".into(),
            estimate_seconds: 1,
        }
    }

    fn image_patch(&self) -> Value {
        let milvus = &self.snapshot.milvus;
        let mut components = Map::new();
        components.insert("image".into(), self.target.image.to_string().into());
        if self.writes_mode() {
            components.insert("imageUpdateMode".into(), self.update_mode.word().into());
        }
        // A stated version wins over the tag for the operator, so it has to move too.
        if self.target.states_version || milvus.stated_version().is_some() {
            components.insert("version".into(), self.target.version.to_string().into());
        }
        components.extend(self.brought().map(|component| (component.spec_key().to_owned(), json!({"replicas": 0}))));
        let mut patch = json!({"spec": {"components": components}});
        if let Some(queue) = self.queue_to_pin() {
            patch["spec"]["dependencies"] = json!({"msgStreamType": queue.to_string()});
        }
        if let Some(before) = self.mode_to_restore() {
            patch["metadata"] = json!({"annotations": {MODE_BEFORE: before.word()}});
        }
        patch
    }

    /// Where the resource names no queue the operator chooses one by version; a queue must not change under its data.
    fn queue_to_pin(&self) -> Option<&MessageQueue> {
        let default =
            |version: &MilvusVersion| self.knowledge.default_queue(self.mode(), version).map(|row| &row.queue);
        let (old, new) = (default(self.from.as_ref()?)?, default(&self.target.version)?);
        (self.snapshot.milvus.message_queue().is_none() && old != new).then_some(old)
    }

    /// Components on the way back that the newer release brought, and the older one does not know. The operator never
    /// takes their Deployments away; it stops them, and only then the section may go (operator 1.3.7, seen).
    fn brought(&self) -> impl Iterator<Item = Component> {
        let goes_back = self.target.direction == Direction::Back;
        let milvus = &self.snapshot.milvus;
        let leaving = self.goal.leaving.iter().copied();
        leaving.filter(move |component| goes_back && milvus.component(*component).is_some())
    }

    pub(super) fn restore_mode(&self) -> Option<Step> {
        let before = self.mode_to_restore()?;
        let mut patch = json!({
            "metadata": {"annotations": {MODE_BEFORE: null}},
            "spec": {"components": {"imageUpdateMode": before.word()}},
        });
        let brought: Vec<Component> = self.brought().collect();
        for component in &brought {
            patch["spec"]["components"][component.spec_key()] = Value::Null;
        }
        if brought.contains(&Component::StreamingNode) {
            // The operator sets it for 2.6 and never takes it back (operator 1.3.7, seen).
            patch["spec"]["components"]["streamingMode"] = false.into();
        }
        Some(Step {
            id: "restore-mode".into(),
            title: format!("put imageUpdateMode back to {before}"),
            action: Action::Patch { patch },
            gate: Gate::Complete { goal: self.goal.clone() },
            undo: Undo::None,
            felt: "nothing".into(),
            estimate_seconds: 1,
        })
    }
}
