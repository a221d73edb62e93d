use serde::{Deserialize, Serialize};

use crate::{
    knowledge::{Knowledge, Topology},
    milvus::{
        Component::{
            self, Cdc, DataCoord, DataNode, IndexCoord, IndexNode, MixCoord, Proxy, QueryCoord, QueryNode, RootCoord,
            StreamingNode,
        },
        ImageUpdateMode, MilvusVersion, Mode,
    },
    snapshot::Resource,
};

/// In which order the operator gives components the new image: each one after all those before it are done.
///
/// The chains are those of operator 1.3.7, `pkg/controllers/dependency_graph.go`; change data capture comes before all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    chain: Vec<Component>,
}

/// Four coordinators apart, without streaming.
const SEPARATE: [Component; 9] =
    [Cdc, IndexNode, RootCoord, DataCoord, IndexCoord, QueryCoord, QueryNode, DataNode, Proxy];
/// One mixcoord, without streaming.
const MIXED: [Component; 6] = [Cdc, IndexNode, MixCoord, QueryNode, DataNode, Proxy];
/// From streaming to streaming.
const STREAMING: [Component; 6] = [Cdc, MixCoord, StreamingNode, QueryNode, DataNode, Proxy];
/// Into streaming: its node is there before anything needs it.
const INTO_STREAMING: [Component; 6] = [Cdc, StreamingNode, MixCoord, QueryNode, DataNode, Proxy];

impl Order {
    /// The order of a roll of `milvus` to `to`, moved by `update_mode`; `None` where rolling is off and there is none.
    pub fn of(
        milvus: &Resource,
        update_mode: Option<ImageUpdateMode>,
        from: Option<&MilvusVersion>,
        to: &MilvusVersion,
        knowledge: &Knowledge,
    ) -> Self {
        let before = from.map(|from| knowledge.topology(from)).unwrap_or_default();
        let after = knowledge.topology(to);
        let mixed = milvus.component(MixCoord).is_some() || after.is_mixcoord_only();
        match (milvus.mode(), update_mode) {
            (Mode::Cluster, Some(ImageUpdateMode::RollingUpgrade)) => Self::forward(&before, &after, mixed),
            (Mode::Cluster, Some(ImageUpdateMode::RollingDowngrade)) => {
                let Self { mut chain } = Self::forward(&before, &after, mixed);
                chain.reverse();
                Self { chain }
            }
            _ => Self::default(),
        }
    }

    /// The order of the roll that `milvus` asks for now; `None` where nobody knows its version.
    pub(super) fn asked(milvus: &Resource, knowledge: &Knowledge) -> Option<Self> {
        let rolling = milvus.rolling_update().unwrap_or(true);
        let mode = rolling.then(|| milvus.update_mode());
        let to = milvus.wanted_version()?;
        Some(Self::of(milvus, mode, milvus.current_version().as_ref(), &to, knowledge))
    }

    fn forward(before: &Topology, after: &Topology, mixed: bool) -> Self {
        let chain: &[Component] = match (before.streams(), after.streams()) {
            (true, true) => &STREAMING,
            (false, true) => &INTO_STREAMING,
            _ if mixed => &MIXED,
            _ => &SEPARATE,
        };
        Self { chain: chain.to_vec() }
    }

    /// Whether `earlier` has to be done before `later` moves.
    pub fn is_before(&self, earlier: Component, later: Component) -> bool {
        let place = |wanted| self.chain.iter().position(|component| *component == wanted);
        matches!((place(earlier), place(later)), (Some(earlier), Some(later)) if earlier < later)
    }

    /// A key to sort components by: those in the chain as it goes, others as [`Component::ALL`] has them.
    pub fn rank(&self, component: Component) -> (usize, Component) {
        let place = self.chain.iter().position(|link| *link == component);
        (place.unwrap_or(usize::MAX), component)
    }
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::{
        knowledge::Knowledge,
        milvus::{Component, ImageUpdateMode, MilvusVersion},
        snapshot::sample::{healthy_cluster, standalone},
    };

    fn order(from: (u64, u64, u64), to: (u64, u64, u64), update_mode: ImageUpdateMode) -> Order {
        let version = |(a, b, c)| MilvusVersion::new(a, b, c);
        let milvus = healthy_cluster().milvus;
        Order::of(&milvus, Some(update_mode), Some(&version(from)), &version(to), Knowledge::builtin())
    }

    #[test]
    fn into_2_6_the_streaming_node_comes_before_mixcoord_and_within_2_6_after_it() {
        let into = order((2, 5, 22), (2, 6, 6), ImageUpdateMode::RollingUpgrade);
        assert!(into.is_before(Component::StreamingNode, Component::MixCoord));
        let within = order((2, 6, 6), (2, 6, 22), ImageUpdateMode::RollingUpgrade);
        assert!(within.is_before(Component::MixCoord, Component::StreamingNode));
    }

    #[test]
    fn a_downgrade_goes_the_other_way_and_all_at_once_has_no_order() {
        let down = order((2, 6, 22), (2, 6, 6), ImageUpdateMode::RollingDowngrade);
        assert!(down.is_before(Component::Proxy, Component::MixCoord));
        assert_eq!(order((2, 6, 6), (2, 6, 22), ImageUpdateMode::All), Order::default());
    }

    #[test]
    fn a_standalone_has_no_order() {
        let milvus = standalone().milvus;
        let to = MilvusVersion::new(2, 5, 27);
        let rolling = Some(ImageUpdateMode::RollingUpgrade);
        assert_eq!(Order::of(&milvus, rolling, None, &to, Knowledge::builtin()), Order::default());
    }
}
