use jiff::Timestamp;
use serde_json::json;

use super::{Refused, Run, write::PAUSE};
use crate::{
    exit::Exit,
    failure::Failure,
    journal::Write,
    plan::{Action, Ending, Step},
};

impl Run<'_> {
    /// Gives a Deployment its image. Where no answer comes it is given once more, which changes nothing.
    pub(super) async fn swap(&mut self, step: &Step) -> Result<Option<Ending>, Refused> {
        let Action::Swap { deployment, container, image } = &step.action else { return Ok(None) };
        let pods = json!({"spec": {"containers": [{"name": container, "image": image.to_string()}]}});
        let patch = json!({"spec": {"template": pods}});
        let mut pause = PAUSE;
        loop {
            if let Err(reason) = self.logbook.check().await {
                return self.failed(Failure::new(Exit::Blocked, anyhow::anyhow!(reason)));
            }
            match self.cluster.patch_deployment(&self.plan.namespace, deployment, &patch).await {
                Ok(()) => {
                    self.is_open = false;
                    self.other_writes += 1;
                    let write = Write::image(step, deployment, image, Timestamp::now());
                    self.logbook.wrote(step, write, true).await;
                    return Ok(None);
                }
                Err(refusal) if refusal.may_pass() => {
                    self.is_open = true;
                    if let Some(ending) = self.pause(&mut pause).await {
                        return Ok(Some(ending));
                    }
                }
                Err(refusal) => return self.failed(refusal.into()),
            }
        }
    }
}
