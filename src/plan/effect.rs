//! The commands around a plan, and what to say aloud about its way.

use super::draft::Draft;
use crate::{
    check::{Direction, Target},
    milvus::{ImageUpdateMode, Mode},
    snapshot::shell_word,
};

impl Draft<'_> {
    pub(super) fn command(&self) -> String {
        let to = match self.target.image.version() {
            Some(version) if version == self.target.version => format!("--to {version}"),
            _ => format!("--image {} --to {}", self.target.image, self.target.version),
        };
        let Target { stated_from, update_mode, backup, accepted, .. } = self.target;
        let from = stated_from.as_ref().map(|from| format!(" --from-version {from}"));
        let mode = update_mode.map(|mode| format!(" --update-mode {mode}"));
        let backup = backup.as_ref().map(|backup| format!(" --backup {}", shell_word(backup)));
        let accepted = accepted.iter().map(|code| format!(" --accept {code}"));
        let file = self.knowledge.file().map(|file| format!(" --knowledge {}", shell_word(file)));
        let words: String = from.into_iter().chain(mode).chain(backup).chain(accepted).chain(file).collect();
        let own = self.target.migration_words();
        let (verb, to) = match self.target.direction {
            Direction::Forward => ("upgrade", to),
            Direction::Back => ("rollback", to),
            Direction::Migrate => ("migrate", to),
            Direction::Restore => ("migrate", "--rollback".to_owned()),
            Direction::Join => ("migrate", "mixcoord".to_owned()),
        };
        self.snapshot.milvus.plugin_command(verb, &format!("{to}{words}{own}"))
    }

    pub(super) fn way_back(&self) -> Option<String> {
        let milvus = &self.snapshot.milvus;
        if self.target.direction == Direction::Back {
            return Some(milvus.plugin_command("upgrade", &format!("--to {}", self.from.as_ref()?)));
        }
        // Whether anything leads back is judged then: it depends on how far the roll came.
        Some(milvus.plugin_command("rollback", &format!("--to {}", self.from.as_ref()?)))
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        if let Some(from) = self.from.as_ref().filter(|from| !self.knowledge.rolls(from)) {
            notes.push(format!("There will be downtime: coordinators of {from} cannot roll, the image just changes"));
        } else if !self.rolling {
            notes.push(
                "There will be downtime: rolling updates are off for this instance, all pods change at once".to_owned(),
            );
        } else if self.mode() == Mode::Cluster
            && matches!(self.update_mode, ImageUpdateMode::All | ImageUpdateMode::Force)
        {
            notes.push("There will be downtime: all Deployments change at once, in no order".to_owned());
        }
        notes
    }
}
