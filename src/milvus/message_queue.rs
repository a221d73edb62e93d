use std::fmt;

use serde::{Deserialize, Serialize};

/// What carries the write-ahead log (`spec.dependencies.msgStreamType`). It cannot change under existing data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageQueue {
    /// Apache Pulsar.
    Pulsar,
    /// Apache Kafka.
    Kafka,
    /// Woodpecker, from Milvus 2.6 on.
    Woodpecker,
    /// `RocksMQ`, inside a standalone.
    Rocksmq,
    /// NATS, inside a standalone.
    Natsmq,
    /// One that the operator does not look after.
    Custom,
    /// A word that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl MessageQueue {
    /// Reads the operator's word for it.
    pub fn of_word(word: &str) -> Self {
        match word {
            "pulsar" => Self::Pulsar,
            "kafka" => Self::Kafka,
            "woodpecker" => Self::Woodpecker,
            "rocksmq" => Self::Rocksmq,
            "natsmq" => Self::Natsmq,
            "custom" => Self::Custom,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether the queue lives in the Milvus process, so that a second pod cannot run beside the first.
    pub fn is_built_in(&self) -> bool {
        matches!(self, Self::Rocksmq | Self::Natsmq)
    }
}

impl fmt::Display for MessageQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Pulsar => "pulsar",
            Self::Kafka => "kafka",
            Self::Woodpecker => "woodpecker",
            Self::Rocksmq => "rocksmq",
            Self::Natsmq => "natsmq",
            Self::Custom => "custom",
            Self::Other(word) => word,
        })
    }
}
