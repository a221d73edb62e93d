//! `/v2/vectordb`, from 2.4 on. No such server was at hand: the forms are those of the public definitions.

use http::Method;
use serde_json::{Value, json};

use super::{Connection, Fault, answer};
use crate::snapshot::{CollectionName, Load, Part};

async fn ask(connection: &mut Connection, path: &str, body: &Value) -> Result<Value, Fault> {
    connection.ask(Method::POST, &format!("/v2/vectordb/{path}"), Some(body)).await
}

fn of(name: &CollectionName) -> Value {
    json!({"dbName": name.database, "collectionName": name.name})
}

/// The databases; unknown before 2.5, which lists none.
pub(super) async fn databases(connection: &mut Connection) -> Result<Part<Vec<String>>, Fault> {
    match ask(connection, "databases/list", &json!({})).await {
        Ok(listed) => Ok(Part::Known(answer::names(&listed))),
        Err(Fault::Missing) => Ok(Part::Unknown("this release lists none; only `default` was looked at".to_owned())),
        Err(Fault::Refused(words)) => Ok(Part::Unknown(format!("{words}; only `default` was looked at"))),
        Err(fault) => Err(fault),
    }
}

pub(super) async fn collections(connection: &mut Connection, database: &str) -> Result<Vec<CollectionName>, Fault> {
    let listed = ask(connection, "collections/list", &json!({"dbName": database})).await?;
    Ok(answer::names(&listed).into_iter().map(|name| CollectionName { database: database.to_owned(), name }).collect())
}

pub(super) async fn describe(connection: &mut Connection, name: &CollectionName) -> Result<answer::Description, Fault> {
    let described = ask(connection, "collections/describe", &of(name)).await?;
    Ok(answer::Description::read(&described))
}

/// The load state with its progress, which the description has not.
pub(super) async fn load(connection: &mut Connection, name: &CollectionName) -> Result<Part<Load>, Fault> {
    let state = ask(connection, "collections/get_load_state", &of(name)).await?;
    Ok(answer::load(state["loadState"].as_str().unwrap_or_default(), state["loadProgress"].as_i64()))
}

/// The indexes of all fields; a description has those of the first vector only.
pub(super) async fn indexes(connection: &mut Connection, name: &CollectionName) -> Result<Part<Vec<String>>, Fault> {
    match ask(connection, "indexes/list", &of(name)).await {
        Ok(listed) => Ok(Part::Known(answer::names(&listed))),
        // Some releases refuse to list what is not there.
        Err(Fault::Refused(words)) if words.contains("index not found") => Ok(Part::Known(vec![])),
        Err(Fault::Refused(words)) => Ok(Part::Unknown(words)),
        Err(fault) => Err(fault),
    }
}

pub(super) async fn query(connection: &mut Connection, body: &Value) -> Result<Value, Fault> {
    ask(connection, "entities/query", body).await
}

/// Counts the rows of a collection that is loaded; of another one the statistics tell.
pub(super) async fn rows(
    connection: &mut Connection,
    name: &CollectionName,
    is_loaded: bool,
) -> Result<Part<u64>, Fault> {
    let told = if is_loaded {
        let mut body = of(name);
        // A limit beside a count is refused, and without one a hundred is meant.
        (body["filter"], body["limit"], body["outputFields"]) = (json!(""), json!(0), json!(["count(*)"]));
        query(connection, &body).await.map(|data| answer::count(&data))
    } else {
        ask(connection, "collections/get_stats", &of(name)).await.map(|data| data["rowCount"].as_u64())
    };
    match told {
        Ok(Some(rows)) => Ok(Part::Known(rows)),
        Ok(None) => Ok(Part::Unknown("the server does not tell them".to_owned())),
        Err(Fault::Refused(words)) => Ok(Part::Unknown(words)),
        Err(fault) => Err(fault),
    }
}
