use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
};
use kube::{Api, Error, api::PostParams};

use super::Cluster;

/// What a wait watches: group and resource.
const WATCHED: [(&str, &str); 3] = [("milvus.io", "milvuses"), ("apps", "deployments"), ("", "pods")];
/// Where a run is written down, and where it says that it works: group and resource.
const RECORDED: [(&str, &str); 2] = [("", "secrets"), ("coordination.k8s.io", "leases")];

impl Cluster {
    /// Whether the caller may patch this Milvus resource; all of a namespace or cluster where none is named.
    pub(super) async fn may_patch(&self, namespace: Option<&str>, name: Option<&str>) -> Result<bool, Error> {
        self.may("patch", WATCHED[0], namespace, name).await
    }

    /// Whether the caller may begin migrations here, follow them and send them back.
    pub(super) async fn may_migrate(&self, namespace: &str) -> Result<bool, Error> {
        let upgrades = ("milvus.io", "milvusupgrades");
        let [create, patch, watch] =
            ["create", "patch", "watch"].map(|verb| self.may(verb, upgrades, Some(namespace), None));
        let (create, patch, watch) = tokio::try_join!(create, patch, watch)?;
        Ok(create && patch && watch)
    }

    /// Which of the resources that a wait watches the caller may not watch.
    pub(super) async fn unwatchable(&self, namespace: Option<&str>) -> Result<Vec<String>, Error> {
        let [milvuses, deployments, pods] = WATCHED.map(|resource| self.may("watch", resource, namespace, None));
        let allowed: [bool; 3] = tokio::try_join!(milvuses, deployments, pods)?.into();
        let names = WATCHED.iter().map(|(_, resource)| (*resource).to_owned());
        Ok(names.zip(allowed).filter(|(_, allowed)| !allowed).map(|(name, _)| name).collect())
    }

    /// Which of the resources that a run is recorded in the caller may not write. To create is asked for alone: it comes
    /// first, and Roles give it together with the rest.
    pub(super) async fn unrecordable(&self, namespace: Option<&str>) -> Result<Vec<String>, Error> {
        let [secrets, leases] = RECORDED.map(|resource| self.may("create", resource, namespace, None));
        let allowed: [bool; 2] = tokio::try_join!(secrets, leases)?.into();
        let names = RECORDED.iter().map(|(_, resource)| (*resource).to_owned());
        Ok(names.zip(allowed).filter(|(_, allowed)| !allowed).map(|(name, _)| name).collect())
    }

    /// The caller's name, as the API server knows it; `None` where it does not tell.
    pub async fn user(&self) -> Option<String> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let (params, review) = (PostParams::default(), SelfSubjectReview::default());
        let answer = self.read(|| reviews.create(&params, &review)).await.ok()?;
        answer.status?.user_info?.username.filter(|name| !name.is_empty())
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
