use jiff::Timestamp;
use serde_json::json;

use super::{Refused, Run};
use crate::{
    journal::Write,
    plan::{Action, Ending, Step},
};

impl Run<'_> {
    /// Gives a Deployment its image. Where no answer comes it is given once more, which changes nothing.
    pub(super) async fn swap(&mut self, step: &Step) -> Result<Option<Ending>, Refused> {
        let Action::Swap { deployment, container, image } = &step.action else { return Ok(None) };
        let pods = json!({"spec": {"containers": [{"name": container, "image": image.to_string()}]}});
        let patch = json!({"spec": {"template": pods}});
        let cluster = self.cluster;
        let write = async || cluster.patch_deployment(&self.plan.namespace, deployment, &patch).await;
        if let Err(ending) = self.persist(write).await? {
            return Ok(Some(ending));
        }
        self.other_writes += 1;
        self.logbook.wrote(step, Write::image(step, deployment, image, Timestamp::now()), true).await;
        Ok(None)
    }
}
