//! The Secret that holds a run.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Journal, Packed,
    head::{ENDED, INSTANCE, OPERATION, WAY},
};

/// The type of the Secret; it never changes, so that no other tool takes it for its own.
const SECRET_TYPE: &str = "kubectl-milvus/run.v1";
/// The key of the plain text.
const PLAIN: &str = "run.json";
/// The key of the packed text.
const PACKED: &str = "run.json.gz";

impl Journal {
    /// The name of its Secret.
    pub fn key(&self) -> String {
        self.subject.key(&self.id)
    }

    /// The Secret that holds it. Its metadata tell which run this is, and nothing of what is in it.
    ///
    /// # Errors
    ///
    /// Where a Secret cannot hold it.
    pub fn object(&self) -> Result<Value, String> {
        let packed = Packed::of(self)?;
        let key = if packed.is_packed { PACKED } else { PLAIN };
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": self.key(),
                "namespace": self.subject.namespace,
                "labels": {
                    "app.kubernetes.io/managed-by": "kubectl-milvus",
                    INSTANCE: self.subject.label(),
                    WAY: self.subject.way.word(),
                    OPERATION: self.operation.word(),
                    ENDED: self.outcome().map_or("no", super::Outcome::word),
                },
            },
            "type": SECRET_TYPE,
            "data": { key: STANDARD.encode(packed.bytes) },
        }))
    }

    /// Reads the run that a Secret holds.
    pub fn read(secret: &Value) -> Result<Self, String> {
        let data = |key: &str| secret["data"][key].as_str();
        let (text, is_packed) = match (data(PLAIN), data(PACKED)) {
            (Some(text), _) => (text, false),
            (None, Some(text)) => (text, true),
            (None, None) => return Err(format!("it has neither data `{PLAIN}` nor `{PACKED}`")),
        };
        let bytes = STANDARD.decode(text).map_err(|_| "its data is no base64".to_owned())?;
        Packed { bytes, is_packed }.journal()
    }
}

#[cfg(test)]
mod tests {
    use crate::journal::{Head, Journal, Outcome, sample};

    #[test]
    fn a_secret_tells_in_its_metadata_which_run_it_holds_and_nothing_of_it() {
        let mut journal = sample::journal();
        journal.end(Outcome::Interrupted, sample::moment());
        let secret = journal.object().unwrap();
        assert_eq!(Journal::read(&secret).unwrap(), journal);
        assert_eq!(secret["type"], "kubectl-milvus/run.v1");
        let head = Head::read(&secret).unwrap();
        assert_eq!((head.key.as_str(), head.ended.as_str()), (journal.key().as_str(), "interrupted"));
        assert!(head.is_of(&journal.subject));
        assert!(!secret["metadata"].to_string().contains(sample::PASSWORD));
        assert!(!secret.to_string().contains(sample::PASSWORD), "not even readable at a glance");
    }
}
