use serde::{Deserialize, Serialize};

use crate::snapshot::Snapshot;

/// The ground that a plan stands on. Where any of it has moved, the plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fingerprint {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`, which every change of the spec raises; the revision of a Helm release.
    pub generation: i64,
    /// `spec.components.image`.
    pub image: Option<String>,
    /// The operator's image.
    pub operator: Option<String>,
}

impl Fingerprint {
    /// Takes it.
    pub fn of(snapshot: &Snapshot) -> Self {
        let milvus = &snapshot.milvus;
        Self {
            uid: milvus.uid.clone(),
            generation: snapshot.release.as_ref().map_or(milvus.generation, |release| release.revision),
            image: milvus.image().map(|image| image.to_string()),
            operator: snapshot.operator().map(|operator| operator.image.clone()),
        }
    }

    /// Which fields differ: name, value then, value now.
    pub fn moved(&self, now: &Self) -> Vec<(&'static str, String, String)> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        let fields = [
            ("metadata.uid", self.uid.clone(), now.uid.clone()),
            ("metadata.generation", self.generation.to_string(), now.generation.to_string()),
            ("spec.components.image", text(&self.image), text(&now.image)),
            ("operator image", text(&self.operator), text(&now.operator)),
        ];
        fields.into_iter().filter(|(_, then, now)| then != now).collect()
    }
}
