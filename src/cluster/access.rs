use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::{Api, Error, api::PostParams};

use super::Cluster;

/// What a wait watches: group and resource.
const WATCHED: [(&str, &str); 3] = [("milvus.io", "milvuses"), ("apps", "deployments"), ("", "pods")];

impl Cluster {
    /// Whether the caller may patch this Milvus resource; all of a namespace or cluster where none is named.
    pub(super) async fn may_patch(&self, namespace: Option<&str>, name: Option<&str>) -> Result<bool, Error> {
        self.may("patch", WATCHED[0], namespace, name).await
    }

    /// Which of the resources that a wait watches the caller may not watch.
    pub(super) async fn unwatchable(&self, namespace: Option<&str>) -> Result<Vec<String>, Error> {
        let [milvuses, deployments, pods] = WATCHED.map(|resource| self.may("watch", resource, namespace, None));
        let allowed: [bool; 3] = tokio::try_join!(milvuses, deployments, pods)?.into();
        let names = WATCHED.iter().map(|(_, resource)| (*resource).to_owned());
        Ok(names.zip(allowed).filter(|(_, allowed)| !allowed).map(|(name, _)| name).collect())
    }

    async fn may(
        &self,
        verb: &str,
        (group, resource): (&str, &str),
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<bool, Error> {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(group.to_owned()),
                    resource: Some(resource.to_owned()),
                    verb: Some(verb.to_owned()),
                    namespace: namespace.map(str::to_owned),
                    name: name.map(str::to_owned),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let params = PostParams::default();
        let answer = self.read(|| reviews.create(&params, &review)).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}
