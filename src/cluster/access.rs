use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::{
        ResourceAttributes, ResourceRule, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec, SelfSubjectRulesReview,
        SelfSubjectRulesReviewSpec,
    },
};
use kube::{Api, Error, api::PostParams, core::Request};
use serde_json::json;

use super::{Cluster, error};
use crate::snapshot::{Operator, Part};

/// What a wait watches: group and resource.
const WATCHED: [(&str, &str); 3] = [("milvus.io", "milvuses"), ("apps", "deployments"), ("", "pods")];
/// Where a run is written down, and where it says that it works: group and resource.
const RECORDED: [(&str, &str); 2] = [("", "secrets"), ("coordination.k8s.io", "leases")];

/// What the operator does to carry an upgrade out: verb, group and resource, from the role of its chart. Rights that it
/// has beyond these are for other work.
const OPERATED: [(&str, &str, &str); 9] = [
    ("update", "milvus.io", "milvuses"),
    ("update", "milvus.io", "milvuses/status"),
    ("create", "apps", "deployments"),
    ("update", "apps", "deployments"),
    ("delete", "apps", "deployments"),
    ("update", "", "configmaps"),
    ("update", "", "services"),
    ("get", "", "secrets"),
    ("list", "", "pods"),
];

/// What the caller may do, as far as an upgrade asks for it.
pub(super) struct Rights {
    /// Whether the caller may patch the Milvus resource; all of a namespace or cluster where none is named.
    pub(super) may_patch: Result<bool, Error>,
    /// Which of the resources that a wait watches the caller may not watch.
    pub(super) unwatchable: Result<Vec<String>, Error>,
    /// Which of the resources that a run is recorded in the caller may not write.
    pub(super) unrecordable: Result<Vec<String>, Error>,
}

impl Cluster {
    /// Whether the caller may begin migrations here, follow them and send them back.
    pub(super) async fn may_migrate(&self, namespace: &str) -> Result<bool, Error> {
        let rules = self.rules(Some(namespace)).await;
        let upgrades = ("milvus.io", "milvusupgrades");
        let [create, patch, watch] =
            ["create", "patch", "watch"].map(|verb| self.may(&rules, verb, upgrades, Some(namespace), None));
        let (create, patch, watch) = tokio::try_join!(create, patch, watch)?;
        Ok(create && patch && watch)
    }

    /// Whether the caller may take every step of the migration of a release here.
    pub(super) async fn may_rewrite(&self, namespace: &str) -> Result<bool, Error> {
        let rules = self.rules(Some(namespace)).await;
        let may = |verb, resource| self.may(&rules, verb, resource, Some(namespace), None);
        let jobs = ("batch", "jobs");
        let deployments = ("apps", "deployments");
        let asked = [
            ("create", jobs),
            ("watch", jobs),
            ("patch", jobs),
            ("create", ("", "persistentvolumeclaims")),
            ("create", ("", "secrets")),
            ("patch", deployments),
            ("watch", deployments),
            // Without them nobody knows whether all have stopped.
            ("watch", ("", "pods")),
        ];
        let asked = asked.into_iter().map(|(verb, resource)| may(verb, resource));
        Ok(futures::future::try_join_all(asked).await?.into_iter().all(|may| may))
    }

    /// One request where the caller may do all of it, and one more for each right that the rules do not show: they need
    /// not be complete, since not every authorizer can list its own.
    pub(super) async fn rights(&self, namespace: Option<&str>, name: Option<&str>) -> Rights {
        let rules = self.rules(namespace).await;
        let (may_patch, unwatchable, unrecordable) = tokio::join!(
            self.may(&rules, "patch", WATCHED[0], namespace, name),
            self.missing(&rules, "watch", &WATCHED, namespace),
            self.missing(&rules, "create", &RECORDED, namespace),
        );
        Rights { may_patch, unwatchable, unrecordable }
    }

    /// What the account of an operator may not do of what an upgrade makes it do: one request for each right, all at once.
    /// Only the API server knows, whoever authorizes there.
    pub(super) async fn lacking(&self, operator: &Operator, namespace: Option<&str>) -> Part<Vec<String>> {
        let asked = OPERATED.iter().map(|right| self.is_lacking(operator, namespace, *right));
        let answers = futures::future::try_join_all(asked).await;
        let lacking = answers.map(|answers| answers.into_iter().flatten().collect());
        lacking.map_err(|error| error::reason_to(&error, "create", "subjectaccessreviews")).into()
    }

    /// The right, where the account lacks it.
    async fn is_lacking(
        &self,
        operator: &Operator,
        namespace: Option<&str>,
        (verb, group, resource): (&str, &str, &str),
    ) -> Result<Option<String>, Error> {
        let place = &operator.namespace;
        let (plain, part) = resource.split_once('/').unwrap_or((resource, ""));
        let asked =
            json!({"verb": verb, "group": group, "resource": plain, "subresource": part, "namespace": namespace});
        let groups = [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{place}"),
            "system:authenticated".to_owned(),
        ];
        let user = format!("system:serviceaccount:{place}:{}", operator.account);
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": groups, "resourceAttributes": asked},
        });
        let request = Request::new("/apis/authorization.k8s.io/v1/subjectaccessreviews");
        let ask = || self.ask(request.create(&PostParams::default(), review.to_string().into_bytes()));
        let answer = self.read(ask).await?;
        let dot = if group.is_empty() { "" } else { "." };
        Ok((answer["status"]["allowed"] != true).then(|| format!("{verb} {resource}{dot}{group}")))
    }

    /// Which of the resources that a run is recorded in the caller may not write. To create is asked for alone: it comes
    /// first, and Roles give it together with the rest.
    pub(super) async fn unrecordable(&self, namespace: Option<&str>) -> Result<Vec<String>, Error> {
        let rules = self.rules(namespace).await;
        self.missing(&rules, "create", &RECORDED, namespace).await
    }

    /// Those of the resources that the caller may not `verb`.
    async fn missing(
        &self,
        rules: &[ResourceRule],
        verb: &str,
        resources: &[(&str, &str)],
        namespace: Option<&str>,
    ) -> Result<Vec<String>, Error> {
        let asked = resources.iter().map(|resource| self.may(rules, verb, *resource, namespace, None));
        let allowed = futures::future::try_join_all(asked).await?;
        let names = resources.iter().map(|(_, resource)| (*resource).to_owned());
        Ok(names.zip(allowed).filter(|(_, allowed)| !allowed).map(|(name, _)| name).collect())
    }

    /// What the caller may do in a namespace, as far as the API server lists it; none where no namespace is named.
    async fn rules(&self, namespace: Option<&str>) -> Vec<ResourceRule> {
        let Some(namespace) = namespace else { return vec![] };
        let spec = SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) };
        let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
        let reviews: Api<SelfSubjectRulesReview> = Api::all(self.client.clone());
        let params = PostParams::default();
        let answer = self.read(|| reviews.create(&params, &review)).await;
        answer.ok().and_then(|answer| answer.status).map(|status| status.resource_rules).unwrap_or_default()
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
        rules: &[ResourceRule],
        verb: &str,
        (group, resource): (&str, &str),
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<bool, Error> {
        if rules.iter().any(|rule| allows(rule, verb, (group, resource), name)) {
            return Ok(true);
        }
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

/// Whether a rule gives this right.
fn allows(rule: &ResourceRule, verb: &str, (group, resource): (&str, &str), name: Option<&str>) -> bool {
    let holds =
        |list: Option<&Vec<String>>, word: &str| list.is_some_and(|list| list.iter().any(|it| it == "*" || it == word));
    let names = rule.resource_names.as_deref().unwrap_or_default();
    holds(Some(&rule.verbs), verb)
        && holds(rule.api_groups.as_ref(), group)
        && holds(rule.resources.as_ref(), resource)
        && (names.is_empty() || name.is_some_and(|name| names.iter().any(|it| it == name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::allows;

    #[test]
    fn a_rule_gives_what_it_names_and_no_more() {
        let patch = |rule: serde_json::Value, name| {
            allows(&serde_json::from_value(rule).expect("a rule"), "patch", ("milvus.io", "milvuses"), name)
        };
        let all = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
        assert!(patch(all, None));
        let one = json!({"verbs": ["patch"], "apiGroups": ["milvus.io"], "resources": ["milvuses"], "resourceNames": ["prod"]});
        assert!(patch(one.clone(), Some("prod")) && !patch(one.clone(), Some("test")) && !patch(one, None));
        for (field, value) in [("verbs", "get"), ("apiGroups", "apps"), ("resources", "milvuses/status")] {
            let mut other = json!({"verbs": ["patch"], "apiGroups": ["milvus.io"], "resources": ["milvuses"]});
            other[field] = json!([value]);
            assert!(!patch(other, None), "{field}: {value}");
        }
    }
}
