use kube::{Api, Error, api::ListParams};

use super::surrounding::list;
use super::{Cluster, Selection, bare::Milvus, error, view};
use crate::{failure::Failure, snapshot::Resource};

/// Names less alike than this are not proposed (Jaro-Winkler, 0 to 1).
const LIKENESS: f64 = 0.7;
/// The most names that a hint proposes.
const PROPOSALS: usize = 5;

impl Cluster {
    /// One resource; where the name is not there, the nearest ones are named.
    pub async fn milvus(&self, namespace: &str, name: &str) -> Result<Resource, Failure> {
        let milvuses = self.milvuses(Some(namespace));
        match self.read(|| milvuses.get(name)).await {
            Ok(object) => Ok(view::resource(object)),
            Err(error) if is_missing_name(&error) => Err(self.no_such_name(namespace, name).await),
            Err(error) => Err(self.explain(error, &format!("cannot read milvus/{name} in namespace `{namespace}`"))),
        }
    }

    /// All resources that fit.
    pub(super) async fn resources(&self, selection: &Selection) -> Result<Vec<Resource>, Failure> {
        let list = self.some_milvuses(selection).await;
        list.map_err(|error| self.explain(error, "cannot list milvuses"))
    }

    /// The same, without words for an error.
    pub(super) async fn some_milvuses(&self, selection: &Selection) -> Result<Vec<Resource>, Error> {
        let milvuses = self.milvuses(selection.namespace.as_deref());
        let params = ListParams::default().labels(&selection.labels);
        self.pages(params, |params| list(milvuses.clone(), params), |object| Some(view::resource(object))).await
    }

    pub(super) fn milvuses(&self, namespace: Option<&str>) -> Api<Milvus> {
        self.within(namespace)
    }

    async fn no_such_name(&self, namespace: &str, name: &str) -> Failure {
        let failure = Failure::failed(format!("no Milvus named `{name}` in namespace `{namespace}`"));
        let found = self.alike(namespace, name).await;
        match found.as_slice() {
            [] => failure.hint("none here has a name like it; `kubectl milvus get -A` lists all"),
            [one] => failure.hint(format!("did you mean {one}?")),
            many => failure.hint(format!("did you mean one of {}?", many.join(", "))),
        }
    }

    /// What may have been meant, as it can be typed: names alike anywhere, else whatever is in the namespace.
    async fn alike(&self, namespace: &str, name: &str) -> Vec<String> {
        let params = ListParams::default();
        let (everywhere, here) = (self.milvuses(None), self.milvuses(Some(namespace)));
        let list = match self.read(|| everywhere.list_metadata(&params)).await {
            Ok(list) => Ok(list),
            // Without the right to look everywhere.
            Err(_) => self.read(|| here.list_metadata(&params)).await,
        };
        let objects = list.map(|list| list.items).unwrap_or_default();
        let mut found: Vec<(f64, String)> = objects
            .into_iter()
            .filter_map(|object| {
                let (other, place) = (object.metadata.name?, object.metadata.namespace?);
                let likeness = strsim::jaro_winkler(name, &other);
                let fits = likeness > LIKENESS || place == namespace;
                let typed = if place == namespace { format!("`{other}`") } else { format!("`{other} -n {place}`") };
                fits.then_some((likeness, typed))
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().take(PROPOSALS).map(|(_, typed)| typed).collect()
    }
}

fn is_missing_name(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404) && !error::is_missing_kind(error)
}
