//! Where the operator runs Milvus: the resource is deleted, and created again with the new generation.

use serde_json::{Value, json};

use super::{Instruction, Scene};
use crate::{
    plan::{Refusal, merge::merge},
    snapshot::{Resource, shell_word},
};

/// Whether the resource names the new generation. One that names none keeps the second (milvus.md §1.2).
pub(super) fn is_new(milvus: &Resource) -> bool {
    milvus.spec.pointer("/dependencies/pulsar/inCluster/chartVersion").is_some_and(|chart| chart == "pulsar-v3")
}

/// A merge patch that names a generation.
pub(super) fn generation(chart: &str) -> Value {
    json!({"spec": {"dependencies": {"pulsar": {"inCluster": {"chartVersion": chart}}}}})
}

impl Scene<'_> {
    /// The steps behind the flush.
    pub(super) fn of_operator(&self, notes: &mut Vec<String>) -> Result<Vec<Instruction>, Refusal> {
        let operator = self.snapshot.operator().and_then(|operator| operator.version.as_ref());
        let first = &self.row.operator;
        match operator {
            Some(operator) if operator < first => {
                let problem = format!("operator {operator} is not made for Pulsar 3; {first} was the first");
                return Err(Refusal::blocked(problem).hint("a newer operator:  kubectl milvus upgrade operator"));
            }
            Some(_) => {}
            None => notes.push(format!("Nobody could see the operator: it has to be {first} or newer")),
        }
        Ok(vec![self.keep(), self.delete(), self.clear(), self.create(notes), self.finish()])
    }

    /// What the deletion of the resource takes, and what it leaves.
    fn policies(&self) -> Value {
        let policy = |word: &str, takes: bool| json!({"inCluster": {"deletionPolicy": word, "pvcDeletion": takes}});
        let kept = ["etcd", "storage"].into_iter().filter(|part| !self.milvus.is_external(part));
        let mut parts: serde_json::Map<String, Value> =
            kept.map(|part| (part.to_owned(), policy("Retain", false))).collect();
        parts.insert("pulsar".to_owned(), policy("Delete", true));
        json!({"spec": {"dependencies": parts}})
    }

    fn keep(&self) -> Instruction {
        let policies = self.policies();
        let mut after = self.milvus.spec.clone();
        merge(&mut after, &policies["spec"]);
        let (name, file) = (shell_word(&self.milvus.name), self.file(""));
        let keep = format!("{} get milvus {name} -o yaml > {file}", self.kubectl());
        let step = Instruction::new("keep", "keep the resource in a file; say that its deletion takes Pulsar alone");
        if after != self.milvus.spec {
            return step.command(keep).command(self.milvus.patch_command(&policies));
        }
        // Nothing but the file can bring the resource back.
        step.unknown("its deletion takes Pulsar alone; nothing in the cluster shows whether the file is there")
            .command(format!("ls -l {file} || {keep}"))
    }

    fn delete(&self) -> Instruction {
        let step = Instruction::new("stop", "delete the resource: Milvus and Pulsar 2 go, etcd and storage stay");
        let name = shell_word(&self.milvus.name);
        let since = self.milvus.deleted.map(|since| format!("it is being deleted since {since}"));
        step.seen(since)
            .command(format!("{} delete milvus {name} --wait=true", self.kubectl()))
            .advice("nothing serves from here on")
            .advice(format!(
                "until it is created again nobody finds milvus/{} here: keep these lines",
                self.milvus.name
            ))
    }

    fn create(&self, notes: &mut Vec<String>) -> Instruction {
        let (old, new) = (self.file(""), self.file("-pulsar-v3"));
        // Values for the second generation mean nothing to the third, and annotations are the operator's own.
        let mut patch = json!({
            "metadata": {"annotations": null, "resourceVersion": null, "uid": null},
            "status": null,
            "spec": {"dependencies": {"pulsar": {"inCluster": {"chartVersion": "pulsar-v3", "values": null}}}},
        });
        if let Some(chart) = self.etcd_to_name(notes) {
            merge(&mut patch, &json!({"spec": {"dependencies": {"etcd": {"inCluster": {"chartVersion": chart}}}}}));
        }
        let patch = shell_word(&patch.to_string());
        Instruction::new("start", "create the resource again, with Pulsar 3")
            .command(format!("kubectl patch --local -f {old} --type=merge -p {patch} -o yaml > {new}"))
            .command(format!("{} create -f {new}", self.kubectl()))
    }

    /// The chart of etcd that has to be named: an operator that carries several takes a resource that was just created
    /// for a new instance, and replaces its etcd by the newest (operator 1.3.8, `milvus_webhook.go`).
    fn etcd_to_name(&self, notes: &mut Vec<String>) -> Option<String> {
        let named = self.milvus.spec.pointer("/dependencies/etcd/inCluster/chartVersion");
        let is_named = named.and_then(Value::as_str).is_some_and(|chart| !chart.is_empty());
        let operator = self.snapshot.operator()?.version.as_ref()?;
        let row = self.knowledge.operators().iter().rfind(|row| row.version <= *operator)?;
        if is_named || self.milvus.is_external("etcd") || row.etcd.len() < 2 {
            return None;
        }
        let chart = self.snapshot.etcd_chart.known().and_then(Option::as_deref);
        let major = chart.and_then(|chart| chart.split('.').next());
        if major.is_none() {
            let field = "spec.dependencies.etcd.inCluster.chartVersion";
            notes.push(format!(
                "Nobody could see which chart etcd is of: name it in {field} before you create it again"
            ));
        }
        major.map(|major| format!("etcd-v{major}"))
    }

    fn file(&self, suffix: &str) -> String {
        shell_word(&format!("{}{suffix}.yaml", self.milvus.name))
    }
}
