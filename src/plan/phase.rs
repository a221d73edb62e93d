use crate::milvus::Component;

/// Components that move together in the eyes of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Coordinators,
    Workers,
    Proxy,
    Everything,
}

impl Phase {
    pub(super) fn holds(self, component: Component) -> bool {
        match component {
            Component::QueryNode | Component::DataNode => self == Self::Workers,
            Component::Proxy => self == Self::Proxy,
            _ => self == Self::Coordinators,
        }
    }

    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Coordinators => "roll-coordinators",
            Self::Workers => "roll-workers",
            Self::Proxy => "roll-proxy",
            Self::Everything => "roll-everything",
        }
    }
}
