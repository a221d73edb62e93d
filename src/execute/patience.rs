use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::{
    milvus::Component,
    rollout::{Blocker, Roll},
};

/// How long something that passes by itself may stand still before it is worth a word.
const PATIENCE: Duration = Duration::from_secs(5);

/// Leaves out what passes by itself, such as a pod that is just starting, until it has lasted.
#[derive(Debug, Default)]
pub(super) struct Patience {
    since: BTreeMap<(Option<Component>, Option<String>, String), Instant>,
}

impl Patience {
    /// The roll without reasons to wait that have only just come up. What is stuck is told at once.
    pub(super) fn with(&mut self, mut roll: Roll) -> Roll {
        let key = |blocker: &Blocker| (blocker.component, blocker.object.clone(), blocker.reason.clone());
        let now = Instant::now();
        let present = roll.blockers.iter().map(key);
        self.since = present.map(|key| (key.clone(), self.since.get(&key).copied().unwrap_or(now))).collect();
        roll.blockers.retain(|blocker| blocker.stuck || now - self.since[&key(blocker)] >= PATIENCE);
        roll
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::{PATIENCE, Patience};
    use crate::{
        milvus::Component,
        rollout::{Blocker, Roll},
    };

    fn roll(stuck: bool) -> Roll {
        let reason = "pod a starts and is not ready".to_owned();
        let blocker = Blocker { component: Some(Component::Proxy), reason, stuck, ..Blocker::default() };
        Roll { components: vec![], missing: vec![], blockers: vec![blocker] }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_told_once_it_has_lasted_and_what_is_stuck_at_once() {
        let mut patience = Patience::default();
        assert_eq!(patience.with(roll(true)).blockers.len(), 1);
        let mut patience = Patience::default();
        assert_eq!(patience.with(roll(false)).blockers, []);
        advance(PATIENCE).await;
        assert_eq!(patience.with(roll(false)).blockers.len(), 1);
        let nothing = Roll { blockers: vec![], ..roll(false) };
        patience.with(nothing);
        assert_eq!(patience.with(roll(false)).blockers, [], "it begins anew");
    }
}
