//! Writes a row to a collection of its own, reads it again, and takes the collection away.

use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Client, Connection, Fault};
use crate::snapshot::{Interface, Reply};

/// How long a row may take until it can be read: with a load and a delay of consistency.
const READ: Duration = Duration::from_secs(20);
/// Between two tries to read it.
const PAUSE: Duration = Duration::from_millis(200);

/// Whether a row can be written and read again.
pub async fn write_and_read(client: &Client<'_>, interface: Interface) -> Reply {
    let begun = Instant::now();
    let name = format!("kubectl_milvus_scratch_{}", Timestamp::now().as_millisecond());
    let scratch = Scratch { client, interface, name };
    let tried = scratch.try_it().await;
    // Whatever came of it, nothing may stay; not where it was refused either, for a refusal can come late.
    let removed = scratch.remove().await;
    match (tried, removed) {
        (Ok(()), Ok(())) => {
            Reply::Answered { milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) }
        }
        (Ok(()), Err(fault)) => Reply::Failed { words: format!("collection `{}` stays: {fault}", scratch.name) },
        (Err(fault), _) => Reply::Failed { words: fault.to_string() },
    }
}

struct Scratch<'a> {
    client: &'a Client<'a>,
    interface: Interface,
    name: String,
}

impl Scratch<'_> {
    async fn try_it(&self) -> Result<(), Fault> {
        let mut connection = self.client.open().await?;
        // With a dimension alone it is indexed and loaded at once.
        self.post(&mut connection, ["collections/create"; 2], json!({"dimension": 4})).await?;
        let vector = [0.1, 0.2, 0.3, 0.4];
        // The older interface makes up keys by itself.
        let row = match self.interface {
            Interface::V1 => json!({"vector": vector}),
            Interface::V2 => json!({"id": 1, "vector": vector}),
        };
        self.post(&mut connection, ["insert", "entities/insert"], json!({"data": [row]})).await?;
        let begun = Instant::now();
        loop {
            let every_row = json!({"filter": "id >= 0 or id < 0", "limit": 1, "outputFields": ["id"]});
            let rows = self.post(&mut connection, ["query", "entities/query"], every_row).await?;
            if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
                return Ok(());
            }
            if begun.elapsed() > READ {
                let words = format!("a row that was written cannot be read after {} s", READ.as_secs());
                return Err(Fault::Refused(words));
            }
            sleep(PAUSE).await;
        }
    }

    async fn remove(&self) -> Result<(), Fault> {
        let mut connection = self.client.open().await?;
        match self.post(&mut connection, ["collections/drop"; 2], json!({})).await {
            Err(Fault::Refused(words)) if words.contains("not found") || words.contains("can't find") => Ok(()),
            other => other.map(drop),
        }
    }

    async fn post(&self, connection: &mut Connection, paths: [&str; 2], mut body: Value) -> Result<Value, Fault> {
        body["collectionName"] = json!(self.name);
        let path = match self.interface {
            Interface::V1 => format!("/v1/vector/{}", paths[0]),
            Interface::V2 => format!("/v2/vectordb/{}", paths[1]),
        };
        connection.ask(Method::POST, &path, Some(&body)).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::write_and_read;
    use crate::{
        serving::{
            Client, Keys,
            fake::{Fake, World},
        },
        snapshot::{Interface, Reply},
    };

    async fn written(fake: &Fake, interface: Interface) -> Reply {
        let client = Client::to_loopback(fake.port, Keys::default(), Duration::from_secs(30));
        write_and_read(&client, interface).await
    }

    #[tokio::test]
    async fn a_row_is_written_and_read_and_nothing_stays() {
        for (is_new, interface) in [(true, Interface::V2), (false, Interface::V1)] {
            let mut world = World::serving(&["docs"]);
            world.is_new = is_new;
            let fake = Fake::start(world);
            let reply = written(&fake, interface).await;
            assert!(matches!(reply, Reply::Answered { .. }), "{reply:?}");
            assert_eq!(fake.world().collections.len(), 1, "the scratch is gone");
            assert!(fake.asked().iter().any(|asked| asked.ends_with("collections/drop")));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_written_says_why_and_nothing_stays() {
        let fake = Fake::start(World::serving(&["docs"]));
        fake.world().write_refusal = Some("quota exceeded[reason=disk quota exceeded]".into());
        let reply = written(&fake, Interface::V2).await;
        assert_eq!(reply, Reply::Failed { words: "quota exceeded[reason=disk quota exceeded]".into() });
        assert_eq!(fake.world().collections.len(), 1, "the scratch is gone");
    }
}
