use serde::{Deserialize, Serialize};

/// A part of a snapshot: what was seen, or why it could not be. What is unknown is never taken for fine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part<T> {
    /// It was seen.
    Known(T),
    /// It could not be seen, and this is why (`no right to list nodes`).
    Unknown(String),
}

impl<T> Default for Part<T> {
    /// For snapshots that were kept before the part was looked at.
    fn default() -> Self {
        Self::Unknown("nobody looked".to_owned())
    }
}

impl<T> Part<T> {
    /// The value, where it was seen.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The value, or the reason why there is none.
    pub fn as_result(&self) -> Result<&T, &str> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unknown(reason) => Err(reason),
        }
    }

    /// The same with the value borrowed.
    pub fn as_ref(&self) -> Part<&T> {
        match self {
            Self::Known(value) => Part::Known(value),
            Self::Unknown(reason) => Part::Unknown(reason.clone()),
        }
    }

    /// The same for another value made of this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::Known(value) => Part::Known(change(value)),
            Self::Unknown(reason) => Part::Unknown(reason),
        }
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Part<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }
}
