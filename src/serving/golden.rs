//! Queries whose answers are known: whether it still finds what it found.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::{Client, Connection, Fault, Limits, v1, v2};
use crate::snapshot::{CollectionName, Golden, Interface, Part};

/// The most queries of a file: they are asked one after the other, at every look.
const MOST: usize = 100;

/// A query whose answer is known, as a file has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoldenQuery {
    /// `NAME` or `DATABASE.NAME`.
    collection: String,
    /// Whose nearest neighbours are searched; without it the rows that `filter` lets through are asked for.
    vector: Option<Value>,
    /// The field of that vector, where a collection has several.
    field: Option<String>,
    /// Which rows count.
    filter: Option<String>,
    /// The field by which rows are told apart.
    #[serde(default = "id")]
    key: String,
    /// The values of that field which are expected, in any order.
    expect: Vec<Value>,
    /// The share of them that is enough, of 1.
    #[serde(default = "all")]
    recall: f64,
}

fn id() -> String {
    "id".to_owned()
}

fn all() -> f64 {
    1.0
}

impl GoldenQuery {
    /// Reads a file: a list of queries, as YAML or JSON.
    ///
    /// # Errors
    ///
    /// Which query is wrong, and how.
    pub fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let queries: Vec<Value> = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        if queries.is_empty() || queries.len() > MOST {
            return Err(format!("it has {} queries; from one to {MOST} can be asked", queries.len()));
        }
        let read = |(number, query): (usize, Value)| {
            let wrong = |why: &str| format!("query {}: {why}", number + 1);
            let query: Self = serde_json::from_value(query).map_err(|error| wrong(&error.to_string()))?;
            if query.vector.is_none() && query.filter.is_none() {
                return Err(wrong("it has neither `vector` nor `filter`"));
            }
            if query.expect.is_empty() {
                return Err(wrong("`expect` is empty"));
            }
            if !(query.recall > 0.0 && query.recall <= 1.0) {
                return Err(wrong("`recall` is above 0, and 1 at most"));
            }
            Ok(query)
        };
        queries.into_iter().enumerate().map(read).collect()
    }

    fn name(&self) -> CollectionName {
        let (database, name) =
            self.collection.split_once('.').unwrap_or((CollectionName::DEFAULT_DATABASE, &self.collection));
        CollectionName { database: database.to_owned(), name: name.to_owned() }
    }

    /// How many of the expected rows are enough.
    fn least(&self) -> usize {
        let share = |found: usize| f64::from(u32::try_from(found).unwrap_or(u32::MAX));
        let all = self.expect.len();
        // A share such as 0.9 of 10 is a little more than 9 to a machine.
        (0..=all).find(|found| share(*found) + 1e-9 >= self.recall * share(all)).unwrap_or(all)
    }

    async fn ask(&self, connection: &mut Connection, interface: Interface) -> Result<usize, Fault> {
        let name = self.name();
        let mut body = json!({"collectionName": name.name, "limit": self.expect.len(), "outputFields": [self.key]});
        if let Some(filter) = &self.filter {
            body["filter"] = json!(filter);
        }
        if interface == Interface::V2 {
            body["dbName"] = json!(name.database);
        }
        let rows = match (&self.vector, interface) {
            (None, Interface::V1) => v1::query(connection, &body).await?,
            (None, Interface::V2) => v2::query(connection, &body).await?,
            (Some(vector), Interface::V1) => {
                body["vector"] = vector.clone();
                connection.ask(Method::POST, "/v1/vector/search", Some(&body)).await?
            }
            (Some(vector), Interface::V2) => {
                body["data"] = json!([vector]);
                if let Some(field) = &self.field {
                    body["annsField"] = json!(field);
                }
                connection.ask(Method::POST, "/v2/vectordb/entities/search", Some(&body)).await?
            }
        };
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let came: Vec<String> = rows.iter().filter_map(|row| row.get(&self.key)).map(text).collect();
        Ok(self.expect.iter().filter(|value| came.contains(&text(value))).count())
    }
}

/// A release writes a large number as text or as a number.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Asks all of them, one after the other. What there was no time for is unknown.
pub async fn ask_all(
    client: &Client<'_>,
    interface: Interface,
    queries: &[GoldenQuery],
    limits: Limits,
) -> Vec<Golden> {
    let deadline = Instant::now() + limits.total;
    let mut answers = vec![];
    for (number, query) in queries.iter().enumerate() {
        let begun = Instant::now();
        let answered = async {
            let mut connection = client.open().await?;
            query.ask(&mut connection, interface).await
        };
        // A timer looks at the clock after what it waits for, and a near server may be faster.
        let has_time = begun < deadline;
        let found = match timeout_at(deadline, answered).await {
            Ok(Ok(found)) if has_time => Part::Known(found),
            Ok(Err(fault)) if has_time => Part::Unknown(fault.to_string()),
            _ => Part::Unknown("there was no time left to ask".to_owned()),
        };
        answers.push(Golden {
            query: format!("query {} on {}", number + 1, query.name()),
            expected: query.expect.len(),
            least: query.least(),
            found,
            milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
    answers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{GoldenQuery, ask_all};
    use crate::{
        serving::{
            Client, Keys, Limits,
            fake::{Fake, World},
        },
        snapshot::{Interface, Part},
    };

    #[test]
    fn a_file_that_cannot_be_meant_names_the_query() {
        for (text, fault) in [
            ("[]", "it has 0 queries"),
            ("[{collection: docs, filter: 'id > 0'}]", "query 1: missing field `expect`"),
            ("[{collection: docs, expect: [1]}]", "query 1: it has neither `vector` nor `filter`"),
            ("[{collection: docs, filter: x, expect: []}]", "query 1: `expect` is empty"),
            ("[{collection: docs, filter: x, expect: [1], recall: 1.5}]", "query 1: `recall` is above 0"),
            ("[{collection: docs, filter: x, expect: [1], recal: 1}]", "query 1: unknown field `recal`"),
            ("collection: docs", "sequence"),
        ] {
            let refused = GoldenQuery::read_all(text).unwrap_err();
            assert!(refused.contains(fault), "{text}: {refused}");
        }
    }

    #[test]
    fn a_share_of_what_is_expected_may_be_enough() {
        let least = |count: usize, recall: f64| {
            let text = format!("[{{collection: c, filter: x, expect: {:?}, recall: {recall}}}]", vec![1; count]);
            GoldenQuery::read_all(&text).unwrap()[0].least()
        };
        assert_eq!((least(10, 0.9), least(10, 1.0), least(3, 0.5), least(1, 0.1)), (9, 10, 2, 1));
    }

    #[tokio::test]
    async fn rows_are_found_by_both_interfaces_and_counted() {
        let queries = "\
- {collection: docs, vector: [0.1, 0.2], field: vec, expect: [470621045808693419, 7], recall: 0.5}
- {collection: default.docs, filter: 'id > 0', expect: ['470621045808693419']}
- {collection: nowhere, filter: 'id > 0', expect: [1]}
";
        let queries = GoldenQuery::read_all(queries).unwrap();
        for (is_new, interface) in [(true, Interface::V2), (false, Interface::V1)] {
            let mut world = World::serving(&["docs"]);
            world.is_new = is_new;
            let fake = Fake::start(world);
            let limit = Duration::from_secs(30);
            let client = Client::to_loopback(fake.port, Keys::default(), limit);
            let late = ask_all(&client, interface, &queries, Limits { total: Duration::ZERO }).await;
            assert!(
                late.iter().all(|it| it.found == Part::Unknown("there was no time left to ask".into())),
                "{late:?}"
            );
            let answers = ask_all(&client, interface, &queries, Limits { total: limit }).await;
            let told: Vec<_> = answers
                .iter()
                .map(|it| (it.query.as_str(), it.found.known().copied(), it.least, it.expected))
                .collect();
            assert_eq!(
                told,
                [
                    ("query 1 on docs", Some(1), 1, 2),
                    ("query 2 on docs", Some(1), 1, 1),
                    ("query 3 on nowhere", None, 1, 1),
                ]
            );
            assert!(matches!(&answers[2].found, Part::Unknown(words) if words.contains("not found")), "{answers:?}");
        }
    }
}
