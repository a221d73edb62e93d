//! A namespace of the cluster, which belongs to one test.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::audit::Audit;
use super::milvus::{Draft, Milvus};
use super::{Testbed, sure};

/// The label that takes the operator away from a namespace.
const OPERATOR_LABEL: &str = "kubectl-milvus.testbed/operator";
/// The secret with the keys of the storage, which every namespace has.
pub(crate) const STORAGE_SECRET: &str = "storage";

/// A namespace. Its methods panic when the cluster does not do as asked: then the test has failed.
#[derive(Clone, Copy)]
pub(crate) struct Namespace<'a> {
    pub(crate) testbed: &'a Testbed,
    name: &'a str,
}

impl<'a> Namespace<'a> {
    /// Creates it, with the secret of the storage.
    pub(crate) fn create(testbed: &'a Testbed, name: &'a str) -> Self {
        let client = testbed.client();
        let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        sure(client.create("/api/v1/namespaces", &object));
        Self::furnish(testbed, name)
    }

    /// Puts the secret of the storage into a namespace that is there.
    pub(crate) fn furnish(testbed: &'a Testbed, name: &'a str) -> Self {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": STORAGE_SECRET },
            "stringData": { "accesskey": "minioadmin", "secretkey": "minioadmin" },
        });
        sure(testbed.client().create(&format!("/api/v1/namespaces/{name}/secrets"), &secret));
        Self { testbed, name }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    /// A Milvus to be created here.
    pub(crate) fn milvus(&self, name: &str) -> Draft<'a> {
        Draft::new(*self, name)
    }

    /// A Milvus that has been created here.
    pub(crate) fn existing(&self, name: &str) -> Milvus<'a> {
        Milvus::named(*self, name)
    }

    /// The path of a collection, for example `apps/v1` and `deployments`; the group of core is `v1`.
    pub(crate) fn path(&self, group: &str, resource: &str) -> String {
        let root = if group == "v1" { "/api" } else { "/apis" };
        format!("{root}/{group}/namespaces/{}/{resource}", self.name)
    }

    /// The objects of a collection.
    pub(crate) fn list(&self, group: &str, resource: &str) -> Vec<Value> {
        let list = sure(self.testbed.client().get(&self.path(group, resource)));
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// The Deployments of an instance.
    pub(crate) fn deployments(&self, instance: &str) -> Vec<Value> {
        self.list("apps/v1", &format!("deployments?labelSelector=app.kubernetes.io/instance={instance}"))
    }

    /// The pods of an instance.
    pub(crate) fn pods(&self, instance: &str) -> Vec<Value> {
        self.list("v1", &format!("pods?labelSelector=app.kubernetes.io/instance={instance}"))
    }

    /// From now on the operator can write nothing here, as if it had gone.
    pub(crate) fn take_the_operator_away(&self) {
        self.label(OPERATOR_LABEL, &json!("gone"));
    }

    /// The operator can write here again.
    pub(crate) fn give_the_operator_back(&self) {
        self.label(OPERATOR_LABEL, &Value::Null);
    }

    fn label(&self, key: &str, value: &Value) {
        let patch = json!({ "metadata": { "labels": { key: value } } });
        sure(self.testbed.client().patch(&format!("/api/v1/namespaces/{}", self.name), &patch));
    }

    /// What the API server was asked about this namespace.
    pub(crate) fn audit(&self) -> Audit<'a> {
        self.testbed.audit().in_namespace(self.name)
    }

    /// The kubeconfig of a new user who may do here what `rules` of a Role say, and nothing elsewhere.
    pub(crate) fn kubeconfig_with_rights(&self, user: &str, rules: &Value) -> PathBuf {
        let client = self.testbed.client();
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": user } });
        sure(client.create(&self.path("v1", "serviceaccounts"), &account));
        let group = "rbac.authorization.k8s.io";
        let version = format!("{group}/v1");
        let role = json!({ "apiVersion": version, "kind": "Role", "metadata": { "name": user }, "rules": rules });
        sure(client.create(&self.path(&version, "roles"), &role));
        let binding = json!({
            "apiVersion": version, "kind": "RoleBinding", "metadata": { "name": user },
            "roleRef": { "apiGroup": group, "kind": "Role", "name": user },
            "subjects": [{ "kind": "ServiceAccount", "name": user, "namespace": self.name }],
        });
        sure(client.create(&self.path(&version, "rolebindings"), &binding));
        let request = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {} });
        let answer = sure(client.create(&self.path("v1", &format!("serviceaccounts/{user}/token")), &request));
        let token = answer["status"]["token"].as_str().unwrap_or_default();
        let cluster = &self.testbed.cluster;
        sure(cluster.kubeconfig(&format!("{}-{user}", self.name), &cluster.server, token))
    }

    /// Writes a file of the test into the temporary directory of the cluster.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let folder = self.testbed.cluster.household.directory.join(self.name);
        sure(fs::create_dir_all(&folder).map_err(Into::into));
        let path = folder.join(name);
        sure(fs::write(&path, text).map_err(Into::into));
        path
    }
}
