use serde::{Deserialize, Serialize};

use crate::milvus::{Component, ImageUpdateMode, MilvusVersion, Mode};

use Component::{
    Cdc, DataCoord, DataNode, IndexCoord, IndexNode, MixCoord, Proxy, QueryCoord, QueryNode, RootCoord, StreamingNode,
};

/// In which order the operator gives components the new image: each one after all those before it are done.
///
/// The chains are those of operator 1.3.7, `pkg/controllers/dependency_graph.go`; change data capture comes before all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    chain: Vec<Component>,
}

/// Four coordinators apart, below 2.6.
const SEPARATE: [Component; 9] =
    [Cdc, IndexNode, RootCoord, DataCoord, IndexCoord, QueryCoord, QueryNode, DataNode, Proxy];
/// One mixcoord, below 2.6.
const MIXED: [Component; 6] = [Cdc, IndexNode, MixCoord, QueryNode, DataNode, Proxy];
/// Within 2.6 and above.
const STREAMING: [Component; 6] = [Cdc, MixCoord, StreamingNode, QueryNode, DataNode, Proxy];
/// From below 2.6 to 2.6: the streaming node is there before anything needs it.
const INTO_STREAMING: [Component; 6] = [Cdc, StreamingNode, MixCoord, QueryNode, DataNode, Proxy];

impl Order {
    /// The order of a roll from `from` (`None`: unknown, taken for older) to `to`, for the components that the spec has.
    pub fn of(
        mode: Mode,
        update_mode: ImageUpdateMode,
        rolling: bool,
        from: Option<&MilvusVersion>,
        to: &MilvusVersion,
        has_mixcoord: bool,
    ) -> Self {
        let streaming = |version: &MilvusVersion| version.at_least(2, 6, 0);
        let chain: &[Component] = match (mode, update_mode) {
            (Mode::Standalone, _) | (_, ImageUpdateMode::All | ImageUpdateMode::Force) => &[],
            _ if !rolling => &[],
            _ if streaming(to) && from.is_some_and(streaming) => &STREAMING,
            _ if streaming(to) => &INTO_STREAMING,
            _ if has_mixcoord => &MIXED,
            _ => &SEPARATE,
        };
        let mut chain = chain.to_vec();
        if update_mode == ImageUpdateMode::RollingDowngrade {
            chain.reverse();
        }
        Self { chain }
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
    use crate::milvus::{Component, ImageUpdateMode, MilvusVersion, Mode};

    fn order(from: (u64, u64, u64), to: (u64, u64, u64), update_mode: ImageUpdateMode) -> Order {
        let version = |(a, b, c)| MilvusVersion::new(a, b, c);
        Order::of(Mode::Cluster, update_mode, true, Some(&version(from)), &version(to), true)
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
        let all = order((2, 6, 6), (2, 6, 22), ImageUpdateMode::All);
        assert!(!all.is_before(Component::MixCoord, Component::Proxy));
    }
}
