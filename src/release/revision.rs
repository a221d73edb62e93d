use super::{Storage, look_at_rendered};
use crate::{cluster::Kinds, failure::Failure, helm::history::History, snapshot::Release};

/// The revisions of a release, looked at again and again. Watching would bring every Secret of the namespace with all that
/// is in it, so only their metadata are asked for.
pub struct Revisions<'a> {
    /// The records.
    pub storage: Storage<'a>,
    /// The release.
    pub name: String,
    /// The values that it is looked at for.
    pub keys: Vec<&'a str>,
    /// What the cluster serves; without it only what is no component cannot be followed.
    pub kinds: Option<&'a Kinds>,
}

impl Revisions<'_> {
    /// The newest revision, and Helm's word for it; nothing where there is none any more.
    ///
    /// # Errors
    ///
    /// Where that cannot be told now.
    pub async fn newest(&self) -> Result<Option<(i64, String)>, Failure> {
        let history = History::new(self.storage.heads(&self.name).await?);
        Ok(history.last().map(|head| (head.version, head.status.to_string())))
    }

    /// What the newest revision asks for; what is known of `before` and in no record stays. Without any record the objects
    /// tell it.
    ///
    /// # Errors
    ///
    /// As [`Storage::look`].
    pub async fn look(&self, before: Option<&Release>) -> Result<Release, Failure> {
        let mut release = match before {
            Some(before) if !before.is_recorded() => {
                match look_at_rendered(self.storage.cluster(), &self.name).await? {
                    Some(release) => release,
                    None => return Ok(before.clone()),
                }
            }
            _ => self.storage.look(&self.name, &self.keys).await?,
        };
        if let Some(before) = before {
            release.kept_queue.clone_from(&before.kept_queue);
            release.unready.clone_from(&before.unready);
        }
        Ok(release)
    }
}
