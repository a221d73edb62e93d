use futures::{StreamExt, stream};
use serde_json::Value;

use super::{
    Apply, Item, Method, Prepared, Releases,
    apply::{AT_ONCE, client_patch},
    item::all_of,
};
use crate::{
    cluster::{DryRun, Refusal},
    failure::Failure,
    helm::{
        hook::Run,
        place::{Difference, at, forbidden},
    },
};

/// What the server would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The object: `statefulset/my-etcd`.
    pub object: String,
    /// The server's words.
    pub message: String,
    /// The fields that it names, each with its value now and the one that is wanted.
    pub fields: Vec<Difference>,
}

impl Releases<'_> {
    /// Asks the server about every object, all at once, without changing anything: immutable fields, admission, quotas.
    /// Helm finds such things half-way through (helm.md §7, trap 10).
    pub async fn try_out(&self, prepared: &Prepared) -> Result<Vec<Objection>, Failure> {
        // Whether another manager's field is in the way shows only once the client's fields are taken over.
        let apply = Apply { cluster: self.cluster, method: prepared.method, dry_run: DryRun::Server, since: None };
        let lives = apply.live(&prepared.new).await;
        let pairs: Vec<(Item, Option<Value>)> = prepared
            .new
            .iter()
            .zip(lives)
            .map(|(item, live)| {
                let context = || format!("cannot look at {}", item.reference());
                live.map(|live| (item.clone(), live)).map_err(|refusal| Failure::from(refusal).context(context()))
            })
            .collect::<Result<_, _>>()?;
        let ask = |(item, live): (Item, Option<Value>)| async move {
            let old = all_of(&prepared.old, &item);
            let answer = match &live {
                None => apply.create(&item).await.map(drop),
                Some(live) => apply.try_patch(&item, &old, live).await,
            };
            answer
                .err()
                .filter(|refusal| !is_of_dry_run(refusal))
                .map(|refusal| objection(&item, live.as_ref(), refusal))
        };
        let objections: Vec<Option<Objection>> = stream::iter(pairs).map(ask).buffered(AT_ONCE).collect().await;
        let hooks = self.try_hooks(prepared).await?;
        Ok(objections.into_iter().flatten().chain(hooks).collect())
    }

    /// Asks about the objects of the hooks that would run. Those that are there go first, so nothing can be said of them.
    async fn try_hooks(&self, prepared: &Prepared) -> Result<Vec<Objection>, Failure> {
        let hooks = &prepared.next.hooks;
        let (before, after) = prepared.course.hooks();
        let mut items = vec![];
        for at in [before, after].into_iter().flat_map(|event| Run::new(hooks, event).order) {
            items.extend(Item::of_manifest(&hooks[at].manifest, self.kinds, &self.namespace)?);
        }
        let apply = Apply { cluster: self.cluster, method: Method::Client, dry_run: DryRun::Server, since: None };
        let ask = |item: Item| async move {
            let refusal = apply.create(&item).await.err()?;
            (!refusal.is_existing() && !is_of_dry_run(&refusal)).then(|| objection(&item, None, refusal))
        };
        let objections: Vec<Option<Objection>> = stream::iter(items).map(ask).buffered(AT_ONCE).collect().await;
        Ok(objections.into_iter().flatten().collect())
    }
}

/// A namespace or definition that comes with the same release is not there in a dry run.
fn is_of_dry_run(refusal: &Refusal) -> bool {
    refusal.code == 404
}

fn objection(item: &Item, live: Option<&Value>, refusal: Refusal) -> Objection {
    let (live, wanted) = (live.unwrap_or(&Value::Null), &item.resource.object);
    let fields = |(path, message): &(String, String)| {
        let fields = forbidden(path, message, live, wanted);
        // Where the value is as it is wanted, or was made by the server, it is at fault all the same.
        let itself =
            || Difference { path: path.clone(), live: at(live, path).clone(), wanted: at(wanted, path).clone() };
        if fields.is_empty() { vec![itself()] } else { fields }
    };
    let mut fields: Vec<Difference> =
        refusal.causes.iter().filter(|(path, _)| !path.is_empty()).flat_map(fields).collect();
    if item.kind.name() == "Secret" && item.kind.group().is_empty() {
        for field in &mut fields {
            field.live = hidden(&field.live);
            field.wanted = hidden(&field.wanted);
        }
    }
    Objection { object: item.reference(), fields, message: refusal.message }
}

/// What stands for a value of a Secret, whether there is one or not.
fn hidden(value: &Value) -> Value {
    if value.is_null() { Value::Null } else { "(hidden)".into() }
}

impl Apply<'_> {
    /// As [`patch`](Self::patch), with the server's own refusal.
    async fn try_patch(&self, item: &Item, old: &[&Item], live: &Value) -> Result<(), Refusal> {
        match self.method {
            Method::Client => match client_patch(item, old.first().copied(), live)? {
                None => Ok(()),
                Some(patch) => self.send(item, &patch).await.map(drop),
            },
            Method::Server { takes_over } => self.apply_object(item, takes_over).await.map(drop),
        }
    }
}
