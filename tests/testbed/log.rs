//! What containers of fake pods wrote.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::namespace::Namespace;
use super::sure;
use super::wait::{self, Look};

impl Namespace<'_> {
    /// Lets a container have written this, now and before it was started again. Another call replaces it.
    pub(crate) fn write_log(&self, pod: &str, container: &str, previous: &str, now: &str) {
        let folder = self.testbed.cluster.household.directory.join("logs").join(self.name()).join(pod);
        sure(fs::create_dir_all(&folder).map_err(Into::into));
        let write = |name: &str, text: &str| {
            let path = folder.join(format!("{container}.{name}"));
            // The form in which a container runtime writes.
            let line = |line: &str| format!("2026-11-21T02:00:00.000000000Z stdout F {line}\n");
            sure(fs::write(&path, text.lines().map(line).collect::<String>()).map_err(Into::into));
            path.display().to_string()
        };
        let logs = json!([{
            "containers": [container], "logsFile": write("log", now), "previousLogsFile": write("previous", previous),
        }]);
        let object = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Logs", "metadata": { "name": pod },
            "spec": { "logs": logs },
        });
        let path = self.path("kwok.x-k8s.io/v1alpha1", &format!("logs/{pod}"));
        sure(self.testbed.client().apply(&path, &object));
        let read = ["logs", pod, "-c", container, "-n", self.name()];
        sure(wait::until(Duration::from_secs(30), "a log", || {
            let output = self.testbed.command_of("kubectl", &read).run();
            Ok(if output.code == Some(0) { Look::Done(()) } else { Look::NotYet(output.stderr) })
        }));
    }
}
