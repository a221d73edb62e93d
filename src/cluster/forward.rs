//! Into a pod: which pods clients talk to, and a stream to one of their ports through the API server.

use std::{future::Future, time::Duration};

use kube::{Api, api::ListParams};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{Cluster, bare::Pod as PodObject, instance_labels, object::Refusal, release_labels, view};
use crate::{milvus::Component, snapshot::Pod};

impl Cluster {
    /// The pods of an instance that clients talk to, and that are ready: proxies, or its one process; the newest first.
    pub async fn doors(&self, namespace: &str, name: &str, is_release: bool) -> Result<Vec<Pod>, Refusal> {
        let labels = if is_release { release_labels(name) } else { instance_labels(Some(name)) };
        let pods: Api<PodObject> = Api::namespaced(self.client.clone(), namespace);
        let params = ListParams::default().labels(&labels);
        let found = self.read(|| pods.list(&params)).await.map_err(Refusal::from)?;
        let is_door = |pod: &Pod| {
            matches!(pod.component, Component::Proxy | Component::Standalone) && pod.ready && !pod.is_terminating()
        };
        let mut doors: Vec<Pod> = found.items.into_iter().filter_map(view::pod).filter(is_door).collect();
        doors.sort_by_key(|pod| std::cmp::Reverse(pod.created));
        Ok(doors)
    }

    /// A stream to a port of a pod, and a future that tells why it broke, where the far side says so.
    ///
    /// # Errors
    ///
    /// Where the API server refuses, or does not answer within `limit`. It is asked once: whoever waits asks again.
    pub async fn forward(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
        limit: Duration,
    ) -> Result<
        (impl AsyncRead + AsyncWrite + Send + Unpin + 'static, impl Future<Output = Option<String>> + Send + 'static),
        Refusal,
    > {
        let pods: Api<PodObject> = Api::namespaced(self.client.clone(), namespace);
        let asked = timeout(limit, pods.portforward(pod, &[port])).await;
        let unanswered = |_| Refusal { code: 0, ..Refusal::local(format!("no answer within {} s", limit.as_secs())) };
        let mut forwarder = asked.map_err(unanswered)?.map_err(Refusal::from)?;
        let (stream, trouble) = (forwarder.take_stream(port), forwarder.take_error(port));
        stream.zip(trouble).ok_or_else(|| Refusal::local(format!("port {port} was not forwarded")))
    }
}
