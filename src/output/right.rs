//! Rights, as manifests that can be applied as they come.

use serde_json::Value;

use crate::check::{Purpose, far_role, least_role, near_role};

/// YAML: the least Role first, then what lets every rule look. The comments say what is what, and how it is bound.
pub fn manifests(purpose: Purpose) -> anyhow::Result<String> {
    let (word, name) = (purpose.word(), format!("kubectl-milvus-{}", purpose.word()));
    let least = format!(
        "# All that `kubectl milvus {word}` needs in the namespace of an instance that the operator runs:\n\
         #   kubectl milvus docs rbac --for {word} | kubectl apply -n NAMESPACE -f -\n\
         #   kubectl create rolebinding {name} -n NAMESPACE --role={name} --user=USER\n{}",
        release(purpose),
    );
    let near = "# Not needed. Rules that cannot look say so; with this they look at claims, quotas and budgets too, and a run asks\n\
                # Milvus whether it serves.\n";
    let far = "# Not needed either: the operator, the room on nodes, and who is asked about writes.\n\
               #   kubectl create clusterrolebinding kubectl-milvus-more --clusterrole=kubectl-milvus-more --user=USER\n";
    let mut text = String::new();
    for (comment, object) in [(&*least, least_role(purpose)), (near, near_role()), (far, far_role())] {
        text.push_str("---\n");
        text.push_str(comment);
        text.push_str(&yaml(&object)?);
    }
    Ok(text)
}

fn release(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Check => "# A Helm release also needs to get and list secrets, in which Helm keeps it.\n",
        Purpose::Migrate => {
            "# A Helm release needs what helm needs: all rights on what its chart renders, such as the ClusterRole `admin`; and\n\
             # to list, watch, create and patch jobs, to watch pods, and to create persistentvolumeclaims and secrets.\n"
        }
        Purpose::Upgrade | Purpose::Rollback => {
            "# A Helm release needs what helm needs: all rights on what its chart renders, such as the ClusterRole `admin`.\n"
        }
    }
}

fn yaml(object: &Value) -> anyhow::Result<String> {
    Ok(serde_saphyr::to_string(object)?)
}

#[cfg(test)]
mod tests {
    use super::manifests;
    use crate::check::Purpose;

    #[test]
    fn the_role_comes_first_and_can_be_applied() {
        let text = manifests(Purpose::Check).unwrap();
        let (least, _) = text.split_once("---\n# Not needed.").unwrap();
        insta::assert_snapshot!(least, @r#"
        ---
        # All that `kubectl milvus check` needs in the namespace of an instance that the operator runs:
        #   kubectl milvus docs rbac --for check | kubectl apply -n NAMESPACE -f -
        #   kubectl create rolebinding kubectl-milvus-check -n NAMESPACE --role=kubectl-milvus-check --user=USER
        # A Helm release also needs to get and list secrets, in which Helm keeps it.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: kubectl-milvus-check
        rules:
        - apiGroups:
          - milvus.io
          resources:
          - milvuses
          verbs:
          - get
        - apiGroups:
          - apps
          resources:
          - deployments
          verbs:
          - list
        - apiGroups:
          - ""
          resources:
          - pods
          verbs:
          - list
        "#);
        for purpose in Purpose::ALL {
            let text = manifests(purpose).unwrap();
            let kinds: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
            assert_eq!(kinds, ["Role", "Role", "ClusterRole"]);
        }
    }
}
