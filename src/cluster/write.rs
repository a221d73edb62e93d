use kube::{
    Api, Error,
    api::{Patch, PatchParams, ValidationDirective},
};
use serde_json::{Value, json};

use super::{Cluster, Refusal, bare::Deployment, view};
use crate::{failure::Failure, snapshot::Resource};

/// The name under which the API server records our fields.
const FIELD_MANAGER: &str = "kubectl-milvus";

/// Whether a write is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is.
    No,
    /// The server only says what would become of it.
    Server,
}

/// Why a write did not happen.
#[derive(Debug)]
pub enum WriteError {
    /// Somebody else wrote since the resource was read.
    Conflict,
    /// No answer came that tells whether it happened: the connection broke, time ran out, the server stumbled.
    Unanswered(Failure),
    /// It did not happen.
    Failed(Failure),
}

impl Cluster {
    /// Writes a strategic merge patch to a Deployment.
    pub async fn patch_deployment(&self, namespace: &str, name: &str, patch: &Value) -> Result<(), Refusal> {
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), namespace);
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        self.limited(deployments.patch_metadata(name, &params, &Patch::Strategic(patch))).await?;
        Ok(())
    }

    /// Writes a JSON merge patch under the resource version that `milvus` was read at, with strict field validation.
    pub async fn patch(&self, milvus: &Resource, patch: &Value, dry_run: DryRun) -> Result<Resource, WriteError> {
        let mut patch = patch.clone();
        patch["metadata"]["resourceVersion"] = json!(milvus.resource_version);
        let params = PatchParams {
            dry_run: dry_run == DryRun::Server,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            field_validation: Some(ValidationDirective::Strict),
            ..PatchParams::default()
        };
        let milvuses = self.milvuses(Some(&milvus.namespace));
        let written = self.limited(milvuses.patch(&milvus.name, &params, &Patch::Merge(&patch))).await;
        match written {
            Ok(object) => Ok(view::resource(object)),
            Err(Error::Api(status)) if status.code == 409 => Err(WriteError::Conflict),
            Err(error) => {
                let attempt = format!("cannot patch {} in namespace `{}`", milvus.reference(), milvus.namespace);
                let refused = matches!(&error, Error::Api(status) if (400..500).contains(&status.code));
                let failure = self.explain(error, &attempt);
                Err(if refused { WriteError::Failed(failure) } else { WriteError::Unanswered(failure) })
            }
        }
    }
}
