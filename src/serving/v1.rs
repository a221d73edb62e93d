//! `/v1/vector`, as 2.2.16 and 2.3.5 speak it.

use http::Method;
use serde_json::{Value, json};

use super::{Connection, Fault, answer};
use crate::snapshot::{CollectionName, Part};

/// All collections of the database that is always there: this interface lists no others.
pub(super) async fn collections(connection: &mut Connection) -> Result<Vec<CollectionName>, Fault> {
    let listed = connection.ask(Method::GET, "/v1/vector/collections", None).await?;
    let database = CollectionName::DEFAULT_DATABASE;
    Ok(answer::names(&listed).into_iter().map(|name| CollectionName { database: database.into(), name }).collect())
}

pub(super) async fn describe(connection: &mut Connection, name: &CollectionName) -> Result<answer::Description, Fault> {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("collectionName", &name.name).finish();
    let described = connection.ask(Method::GET, &format!("/v1/vector/collections/describe?{query}"), None).await?;
    Ok(answer::Description::read(&described))
}

pub(super) async fn query(connection: &mut Connection, body: &Value) -> Result<Value, Fault> {
    connection.ask(Method::POST, "/v1/vector/query", Some(body)).await
}

/// Counts the rows. A 2.2 takes no notice of `count(*)`, and without a limit it would send every row; a 2.3 counts, and
/// refuses a limit with it. So it is asked with a limit first, to learn which it is.
pub(super) async fn rows(
    connection: &mut Connection,
    name: &CollectionName,
    every_row: &str,
) -> Result<Part<u64>, Fault> {
    let body = |limit: u32| json!({"collectionName": name.name, "filter": every_row, "limit": limit, "outputFields": ["count(*)"]});
    let counted = match query(connection, &body(1)).await {
        Err(Fault::Refused(words)) if words.contains("count entities with pagination") => {
            query(connection, &body(0)).await?
        }
        Err(Fault::Refused(words)) => return Ok(Part::Unknown(words)),
        other => other?,
    };
    let counted = answer::count(&counted).map(Part::Known);
    Ok(counted.unwrap_or_else(|| Part::Unknown("this release counts no rows; 2.3 and newer do".to_owned())))
}
