//! Carries out Helm's operations on a cluster: no helm binary, but records, objects and marks that helm continues.
//!
//! | module | what it holds |
//! |---|---|
//! | `apply` | from the objects of one manifest to those of the next |
//! | `difference` | what an operation would do to each object |
//! | `hook` | objects that run at an event |
//! | `item` | an object, and where it is served |
//! | `live` | rendering with what the cluster holds |
//! | `look` | a record in the words of the domain |
//! | `lock` | a release that somebody works on, or gave up |
//! | `objects` | what the cluster says of the objects of a release |
//! | `operation` | record, hooks, objects, record |
//! | `rendered` | a release without a record |
//! | `prepare` | everything up to the first write |
//! | `revision` | the newest revision, again and again |
//! | `retry` | requests that are made again |
//! | [`source`] | where charts come from |
//! | `stop` | an end between two requests |
//! | `storage` | the records |
//! | `trial` | what the server would say |

mod apply;
mod difference;
mod hook;
mod item;
mod live;
mod lock;
mod look;
mod objects;
mod operation;
mod prepare;
mod rendered;
mod retry;
mod revision;
pub mod source;
mod stop;
mod storage;
mod trial;

use std::time::Duration;

use crate::cluster::{Cluster, DryRun, Kinds};

use apply::Apply;
pub use apply::{Applied, Method};
pub use item::Item;
pub use live::render_live;
pub use look::{definitions_of, etcd_settings_of, release_from, release_of};
pub use objects::{Followed, look_at, look_at_objects};
use operation::Operation;
pub use operation::{Course, Undone};
pub use prepare::{Prepared, Wanted};
pub use rendered::look_at_rendered;
pub use revision::Revisions;
pub use stop::{Stop, Stopper};
pub use storage::Storage;
pub use trial::Objection;

/// The name under which the API server records Helm's fields. Any other would split them between two owners.
const FIELD_MANAGER: &str = "helm";

/// How long one hook may take where nobody says otherwise: what Helm gives it.
pub const HOOK_TIMEOUT: Duration = Duration::from_mins(5);

/// From this age on nobody is thought to work on a pending revision any more: Helm's own operations end after five minutes
/// where nobody gives them longer.
pub const STALE_AFTER: Duration = Duration::from_mins(10);

/// The releases of a namespace.
pub struct Releases<'a> {
    /// The API server.
    pub cluster: &'a Cluster,
    /// What it serves.
    pub kinds: &'a Kinds,
    /// Their records.
    pub storage: Storage<'a>,
    /// Where they are.
    pub namespace: String,
    /// How many revisions are kept (`HELM_MAX_HISTORY`); 0 keeps all.
    pub maximum: usize,
    /// How long one hook may take.
    pub hook_timeout: Duration,
    /// From which age on a pending revision was given up.
    pub stale_after: Duration,
}

impl Releases<'_> {
    /// Carries out what was prepared. Whether pods become ready is not waited for.
    pub async fn carry_out(&self, prepared: &mut Prepared, stop: &Stop) -> Result<Applied, Undone> {
        let operation = Operation {
            storage: &self.storage,
            kinds: self.kinds,
            apply: Apply { cluster: self.cluster, method: prepared.method, dry_run: DryRun::No, since: None },
            namespace: self.namespace.clone(),
            hook_timeout: self.hook_timeout,
            stop,
        };
        operation.run(prepared).await
    }
}
