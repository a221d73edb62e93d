use kube::{Api, api::LogParams};

use super::{Cluster, bare::Pod, object::Refusal};

impl Cluster {
    /// The last lines of what a container wrote, now or before it was started again; never more than a megabyte.
    ///
    /// # Errors
    ///
    /// Where the server or the kubelet refuses, also where there is nothing to read yet.
    pub async fn log(
        &self,
        (namespace, pod, container): (&str, &str, &str),
        previous: bool,
        lines: i64,
    ) -> Result<String, Refusal> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let params = LogParams {
            container: Some(container.to_owned()),
            previous,
            tail_lines: Some(lines),
            limit_bytes: Some(1 << 20),
            ..LogParams::default()
        };
        // The kubelet may be away, so it is asked once.
        self.limited(pods.logs(pod, &params)).await.map_err(Refusal::from)
    }
}
