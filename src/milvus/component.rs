use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of Milvus with a Deployment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// Change data capture.
    Cdc,
    /// Everything in one process.
    Standalone,
    /// Builds indexes; gone from Milvus 2.6 on.
    IndexNode,
    /// Owns the write-ahead log; from Milvus 2.6 on.
    StreamingNode,
    /// All coordinators in one process.
    MixCoord,
    /// Schema and timestamps, where coordinators run apart.
    RootCoord,
    /// Segments, where coordinators run apart.
    DataCoord,
    /// Indexes, where coordinators run apart.
    IndexCoord,
    /// Loading and balance, where coordinators run apart.
    QueryCoord,
    /// Searches.
    QueryNode,
    /// Writes to object storage.
    DataNode,
    /// What clients talk to.
    Proxy,
}

impl Component {
    /// All of them, roughly in the order in which an upgrade moves them.
    pub const ALL: [Self; 12] = [
        Self::Cdc,
        Self::Standalone,
        Self::IndexNode,
        Self::StreamingNode,
        Self::MixCoord,
        Self::RootCoord,
        Self::DataCoord,
        Self::IndexCoord,
        Self::QueryCoord,
        Self::QueryNode,
        Self::DataNode,
        Self::Proxy,
    ];

    /// The four coordinators that became one mixcoord.
    pub const SEPARATE_COORDINATORS: [Self; 4] = [Self::RootCoord, Self::DataCoord, Self::IndexCoord, Self::QueryCoord];

    /// Reads the value of the label `app.kubernetes.io/component` (operator) or `component` (chart).
    pub fn of_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.label() == label)
    }

    /// The value of the label, and the end of the Deployment's name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cdc => "cdc",
            Self::Standalone => "standalone",
            Self::IndexNode => "indexnode",
            Self::StreamingNode => "streamingnode",
            Self::MixCoord => "mixcoord",
            Self::RootCoord => "rootcoord",
            Self::DataCoord => "datacoord",
            Self::IndexCoord => "indexcoord",
            Self::QueryCoord => "querycoord",
            Self::QueryNode => "querynode",
            Self::DataNode => "datanode",
            Self::Proxy => "proxy",
        }
    }

    /// The key of its section below `spec.components`.
    pub fn spec_key(self) -> &'static str {
        match self {
            Self::Cdc => "cdc",
            Self::Standalone => "standalone",
            Self::IndexNode => "indexNode",
            Self::StreamingNode => "streamingNode",
            Self::MixCoord => "mixCoord",
            Self::RootCoord => "rootCoord",
            Self::DataCoord => "dataCoord",
            Self::IndexCoord => "indexCoord",
            Self::QueryCoord => "queryCoord",
            Self::QueryNode => "queryNode",
            Self::DataNode => "dataNode",
            Self::Proxy => "proxy",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.label())
    }
}
