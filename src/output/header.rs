use super::{Line, Role};
use crate::{
    milvus::{MilvusVersion, Mode},
    snapshot::Snapshot,
};

/// What a screen is about: the facts of its first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `milvus/NAME`, `release/NAME` or `operator/NAME`.
    pub reference: String,
    /// Its namespace.
    pub namespace: String,
    /// How its parts are laid out; none for the operator.
    pub mode: Option<Mode>,
    /// The version that runs, where it is known.
    pub version: Option<String>,
    /// The operator's version, where it is known.
    pub operator: Option<String>,
    /// The version of the chart, where Helm runs it.
    pub chart: Option<String>,
    /// The version of Kubernetes, where it is known.
    pub kubernetes: Option<String>,
}

impl Header {
    /// The facts of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let milvus = &snapshot.milvus;
        let operator = snapshot.operator().and_then(|operator| operator.version.as_ref());
        let kubernetes = snapshot.kubernetes.known().map(|text| {
            let bare = text.trim_start_matches('v');
            bare.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
        });
        Self {
            reference: milvus.reference(),
            namespace: milvus.namespace.clone(),
            mode: (!milvus.is_operator).then(|| milvus.mode()),
            version: milvus.current_version().map(|version| version.to_string()),
            operator: operator.map(ToString::to_string),
            chart: snapshot.release.as_ref().map(|release| release.chart.to_string()),
            kubernetes,
        }
    }

    /// The same for a way back, which begins at the newest version that anything runs.
    #[must_use]
    pub fn at(self, version: Option<MilvusVersion>) -> Self {
        Self { version: version.map(|version| version.to_string()).or(self.version), ..self }
    }

    /// `milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36`
    pub(super) fn line(&self) -> Line {
        let mut line = self.beginning();
        for (name, version) in [("operator", &self.operator), ("chart", &self.chart), ("Kubernetes", &self.kubernetes)]
        {
            if let Some(version) = version {
                line = line.text(format!(", {name} {version}"));
            }
        }
        line.hang(2)
    }

    /// `milvus/prod in vec: cluster 2.5.22 -> 2.6.6, by the operator 1.3.7`, or `by Helm, from chart 4.2.58`
    pub(super) fn line_to(&self, target: &str) -> Line {
        let by = match (&self.chart, &self.operator) {
            (Some(chart), _) => format!("Helm, from chart {chart}"),
            (None, Some(version)) => format!("the operator {version}"),
            (None, None) => "the operator".to_owned(),
        };
        self.beginning().text(format!(" -> {target}, by {by}")).hang(2)
    }

    fn beginning(&self) -> Line {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        let mode = self.mode.map(|mode| format!("{mode} ")).unwrap_or_default();
        Line::new().with(Role::Strong, &self.reference).text(format!(" in {}: {mode}{version}", self.namespace))
    }
}
