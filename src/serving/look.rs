//! One look at everything that Milvus tells of itself.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures::future::join_all;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::{Client, Connection, Fault, answer::Description, v1, v2};
use crate::snapshot::{Collection, CollectionName, Interface, Load, Part, Reply, Serving};

/// Connections at once: enough to hide the way there, few enough not to be felt by a proxy.
const CONNECTIONS: usize = 8;

/// Which collections are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every one.
    All,
    /// Those of these names, with or without their database.
    Named(Vec<String>),
}

impl Scope {
    /// Whether it is one of them.
    pub fn has(&self, name: &CollectionName) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|text| name.fits(text)),
        }
    }
}

/// How long a look may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For all of it.
    pub total: Duration,
}

/// Looks at everything in `scope`; unknown where nobody could be asked, and why.
pub async fn look(client: &Client<'_>, scope: &Scope, limits: Limits) -> Part<Serving> {
    let deadline = Instant::now() + limits.total;
    match timeout(limits.total, list(client)).await {
        Ok(Ok((connection, listed))) => {
            let names = listed.names.into_iter().filter(|name| scope.has(name)).collect();
            let collections = describe(client, connection, listed.interface, names, deadline).await;
            let (interface, databases) = (listed.interface, listed.databases);
            Part::Known(Serving::of(interface, databases, collections))
        }
        Ok(Err(fault)) => Part::Unknown(fault.to_string()),
        Err(_) => Part::Unknown(format!("no answer within {} s", limits.total.as_secs())),
    }
}

/// What there is.
struct Listed {
    interface: Interface,
    databases: Part<Vec<String>>,
    names: Vec<CollectionName>,
}

/// Finds out which interface there is, and lists what can be listed.
async fn list(client: &Client<'_>) -> Result<(Connection, Listed), Fault> {
    let mut connection = client.open().await?;
    let default = CollectionName::DEFAULT_DATABASE;
    let (interface, databases, names) = match v2::collections(&mut connection, default).await {
        Ok(mut names) => {
            let databases = v2::databases(&mut connection).await?;
            for database in databases.known().into_iter().flatten().filter(|database| *database != default) {
                names.extend(v2::collections(&mut connection, database).await?);
            }
            (Interface::V2, databases, names)
        }
        Err(Fault::Missing) => {
            let names = v1::collections(&mut connection).await.map_err(|fault| match fault {
                Fault::Missing => Fault::NoWay("this release has no REST interface; it came with 2.2.9".to_owned()),
                fault => fault,
            })?;
            let why = "this release lists none; only `default` was looked at";
            (Interface::V1, Part::Unknown(why.to_owned()), names)
        }
        Err(fault) => return Err(fault),
    };
    Ok((connection, Listed { interface, databases, names }))
}

/// Asks about each of them, over several connections at once. What there was no time for is unknown.
async fn describe(
    client: &Client<'_>,
    first: Connection,
    interface: Interface,
    names: Vec<CollectionName>,
    deadline: Instant,
) -> Vec<Collection> {
    let (next, found) = (Cell::new(0), RefCell::new(vec![None; names.len()]));
    let work = async |mut connection: Option<Connection>| {
        while let Some(name) = names.get(next.get()) {
            let index = next.replace(next.get() + 1);
            let collection = one(client, &mut connection, interface, name).await;
            found.borrow_mut()[index] = Some(collection);
        }
    };
    let workers = CONNECTIONS.min(names.len());
    let mut connections = std::iter::once(Some(first)).chain(std::iter::repeat_with(|| None));
    let all = join_all((0..workers).map(|_| work(connections.next().flatten())));
    // What is missing then is told for each of them.
    let _ = tokio::time::timeout_at(deadline, all).await;
    let late = |name: &CollectionName| unanswered(name, "there was no time left to ask");
    found.into_inner().into_iter().zip(&names).map(|(found, name)| found.unwrap_or_else(|| late(name))).collect()
}

/// Asks about one. A connection that was only closed in between is opened again, once.
async fn one(
    client: &Client<'_>,
    kept: &mut Option<Connection>,
    interface: Interface,
    name: &CollectionName,
) -> Collection {
    loop {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => match client.open().await {
                Ok(connection) => connection,
                Err(fault) => return unanswered(name, &fault.to_string()),
            },
        };
        let was_used = connection.is_used();
        match inquire(&mut connection, interface, name).await {
            Ok(collection) => {
                *kept = Some(connection);
                return collection;
            }
            Err(Fault::Broken(_)) if was_used => {}
            Err(fault) => return unanswered(name, &fault.to_string()),
        }
    }
}

fn unanswered(name: &CollectionName, why: &str) -> Collection {
    let unknown = || why.to_owned();
    Collection {
        name: name.clone(),
        load: Part::Unknown(unknown()),
        rows: Part::Unknown(unknown()),
        indexes: Part::Unknown(unknown()),
        query: Reply::NotAsked,
    }
}

async fn inquire(
    connection: &mut Connection,
    interface: Interface,
    name: &CollectionName,
) -> Result<Collection, Fault> {
    let described = match interface {
        Interface::V1 => v1::describe(connection, name).await,
        Interface::V2 => v2::describe(connection, name).await,
    };
    let description = match described {
        Ok(description) => description,
        Err(Fault::Refused(words)) => return Ok(unanswered(name, &words)),
        Err(fault) => return Err(fault),
    };
    let any_row = description.any_row(interface, name);
    let Description { mut load, indexes, every_row } = description;
    let mut indexes = Part::Known(indexes);
    if interface == Interface::V2 {
        indexes = v2::indexes(connection, name).await?;
        if matches!(load, Part::Known(Load::Loading { .. })) {
            load = v2::load(connection, name).await.unwrap_or(load);
        }
    }
    let is_loaded = load == Part::Known(Load::Loaded);
    let mut rows = match interface {
        Interface::V2 if !is_loaded => v2::rows(connection, name, false).await?,
        _ => Part::Unknown("it is not loaded".to_owned()),
    };
    let mut query = Reply::NotAsked;
    if is_loaded {
        let Some(((_, expression), body)) = every_row.zip(any_row) else {
            let words = "it has no primary field that could be asked for".to_owned();
            return Ok(Collection { name: name.clone(), load, rows, indexes, query: Reply::Failed { words } });
        };
        query = ask_for_a_row(connection, interface, &body).await?;
        rows = match (&query, interface) {
            (Reply::Answered { .. }, Interface::V1) => v1::rows(connection, name, &expression).await?,
            (Reply::Answered { .. }, Interface::V2) => v2::rows(connection, name, true).await?,
            _ => Part::Unknown("no query is answered".to_owned()),
        };
    }
    Ok(Collection { name: name.clone(), load, rows, indexes, query })
}

/// The proof: any one row. A server that goes silent over it has not answered it either.
async fn ask_for_a_row(connection: &mut Connection, interface: Interface, body: &Value) -> Result<Reply, Fault> {
    let begun = Instant::now();
    let answered = match interface {
        Interface::V1 => v1::query(connection, body).await,
        Interface::V2 => v2::query(connection, body).await,
    };
    match answered {
        Ok(_) => {
            let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(Reply::Answered { milliseconds })
        }
        Err(Fault::Refused(words) | Fault::Slow(words)) => Ok(Reply::Failed { words }),
        Err(fault) => Err(fault),
    }
}
