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
};

/// What the server would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The object: `statefulset/my-etcd`.
    pub object: String,
    /// The server's words.
    pub message: String,
    /// The fields that it names, each with its value now and the one that is wanted.
    pub fields: Vec<Field>,
}

/// A field that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it is: `spec.volumeClaimTemplates`.
    pub path: String,
    /// What the server says of it.
    pub message: String,
    /// Its value now.
    pub live: Value,
    /// The value that is wanted.
    pub wanted: Value,
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
        Ok(objections.into_iter().flatten().collect())
    }
}

/// A namespace or definition that comes with the same release is not there in a dry run.
fn is_of_dry_run(refusal: &Refusal) -> bool {
    refusal.code == 404
}

fn objection(item: &Item, live: Option<&Value>, refusal: Refusal) -> Objection {
    let field = |(path, message): &(String, String)| Field {
        path: path.clone(),
        message: message.clone(),
        live: at(live.unwrap_or(&Value::Null), path),
        wanted: at(&item.resource.object, path),
    };
    Objection {
        object: item.reference(),
        fields: refusal.causes.iter().filter(|(path, _)| !path.is_empty()).map(field).collect(),
        message: refusal.message,
    }
}

/// The value at a path such as `spec.template.spec.containers[0].image`.
fn at(object: &Value, path: &str) -> Value {
    let mut pointer = String::new();
    for part in path.split(['.', '[']) {
        pointer.push('/');
        pointer.push_str(&part.trim_end_matches(']').replace('~', "~0").replace('/', "~1"));
    }
    object.pointer(&pointer).cloned().unwrap_or(Value::Null)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::at;

    #[test]
    fn fields_are_found_by_the_paths_of_the_server() {
        let object = json!({"spec": {"a": [{"b": 1}], "c": {"x/y": 2}}});
        assert_eq!(at(&object, "spec.a[0].b"), 1);
        assert_eq!(at(&object, "spec.c"), json!({"x/y": 2}));
        assert_eq!(at(&object, "spec.a[7]"), Value::Null);
    }
}
