//! What the etcd of an instance says of itself.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Bytes, client::conn::http1::handshake};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::Cluster;
use crate::snapshot::{EtcdSpace, Part};

/// Where etcd answers clients, and tells its metrics.
const PORT: u16 = 2379;
/// How long it may take: nothing waits for it but one rule.
const LIMIT: Duration = Duration::from_secs(2);
/// The most bytes of metrics that are read; an etcd has some 100 kB.
const LONGEST: usize = 4 << 20;

impl Cluster {
    /// How full the database of this pod is, by its metrics, over a forwarded port.
    pub(super) async fn space_of(&self, namespace: &str, pod: &str) -> Part<EtcdSpace> {
        let text = timeout(LIMIT, self.metrics(namespace, pod)).await;
        let slow = |_| Err(format!("pod/{pod} tells no metrics within {} s", LIMIT.as_secs()));
        let text = text.unwrap_or_else(slow);
        text.and_then(|text| {
            space(&text, pod).ok_or_else(|| format!("pod/{pod} does not tell the size of its database"))
        })
        .into()
    }

    async fn metrics(&self, namespace: &str, pod: &str) -> Result<String, String> {
        let (stream, _) = self.forward(namespace, pod, PORT, LIMIT).await.map_err(|refusal| {
            if refusal.code == 403 {
                return "no right to create pods/portforward".to_owned();
            }
            format!("port {PORT} of pod/{pod} cannot be forwarded: {refusal}")
        })?;
        let broken = |error: &dyn std::fmt::Display| format!("pod/{pod} tells no metrics: {error}");
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
        // It ends with the sender.
        tokio::spawn(connection);
        let request = Request::get("/metrics").header("host", "etcd").body(Empty::<Bytes>::new());
        let request = request.map_err(|error| broken(&error))?;
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        if !response.status().is_success() {
            return Err(broken(&response.status()));
        }
        let body = Limited::new(response.into_body(), LONGEST).collect().await.map_err(|error| broken(&error))?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    }
}

/// The size of the database and its quota, in the text form of Prometheus.
fn space(metrics: &str, pod: &str) -> Option<EtcdSpace> {
    let value = |name: &str| {
        let mut lines = metrics.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        lines.next()?.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
    };
    let (used, quota) = (value("etcd_mvcc_db_total_size_in_bytes")?, value("etcd_server_quota_backend_bytes")?);
    Some(EtcdSpace { pod: pod.to_owned(), used: whole(used), quota: whole(quota) })
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and sizes of databases are far below")]
fn whole(bytes: f64) -> i64 {
    bytes as i64
}

#[cfg(test)]
mod tests {
    use super::space;

    #[test]
    fn size_and_quota_are_read_as_etcd_writes_them() {
        let text = "# HELP etcd_mvcc_db_total_size_in_bytes Total size\n# TYPE etcd_mvcc_db_total_size_in_bytes gauge\n\
            etcd_mvcc_db_total_size_in_bytes 2.147483648e+09\netcd_mvcc_db_total_size_in_use_in_bytes 5\n\
            etcd_server_quota_backend_bytes 4.294967296e+09\n";
        let seen = space(text, "prod-etcd-0").expect("both are there");
        assert_eq!((seen.used, seen.quota), (2 << 30, 4 << 30));
        assert_eq!(space(&text.replace("quota", "other"), "prod-etcd-0"), None);
        assert_eq!(space("", "prod-etcd-0"), None);
    }
}
