//! What proxies do for operators, on the port of health and metrics (milvus-io/milvus, `internal/proxy/management.go`):
//! they hold things still, and let them go.

use std::{fmt::Write, time::Duration};

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Client, Fault};
use crate::knowledge::Lever;

/// Asks Milvus to hold something still; garbage collection for so long at most. Gives the ticket with which newer releases
/// want to be asked to let it go.
pub async fn hold(client: &Client<'_>, lever: Lever, limit: Duration) -> Result<Option<String>, Fault> {
    let path = match lever {
        Lever::Balance => "/management/querycoord/balance/suspend".to_owned(),
        Lever::GarbageCollection => {
            format!("/management/datacoord/garbage_collection/pause?pause_seconds={}", limit.as_secs())
        }
    };
    let answer = ask(client, &path).await?;
    Ok(answer["ticket"].as_str().map(str::to_owned))
}

/// Asks Milvus to let it go.
pub async fn let_go(client: &Client<'_>, lever: Lever, ticket: Option<&str>) -> Result<(), Fault> {
    ask(client, &path_back(lever, ticket)).await.map(drop)
}

/// What is asked to let it go.
pub fn path_back(lever: Lever, ticket: Option<&str>) -> String {
    let path = match lever {
        Lever::Balance => "/management/querycoord/balance/resume",
        Lever::GarbageCollection => "/management/datacoord/garbage_collection/resume",
    };
    ticket.map_or_else(|| path.to_owned(), |ticket| format!("{path}?ticket={}", encoded(ticket)))
}

/// A value as a query may hold it.
fn encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            // Nothing fails that writes to a text.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

async fn ask(client: &Client<'_>, path: &str) -> Result<Value, Fault> {
    let (status, body) = client.open().await?.send(Method::GET, path, None).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let words = answer["msg"].as_str().or_else(|| answer["message"].as_str());
    let words = words.map_or_else(|| status.to_string(), str::to_owned);
    match status {
        StatusCode::OK if answer["msg"] == "OK" => Ok(answer),
        StatusCode::NOT_FOUND => Err(Fault::Missing),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(Fault::Denied(format!("it lets nobody but root do that ({status})")))
        }
        _ => Err(Fault::Refused(words)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{hold, let_go, path_back};
    use crate::{
        knowledge::Lever,
        serving::{
            Client, Fault, Keys,
            fake::{Fake, Management, World},
        },
    };

    fn fake(management: Management) -> (Fake, Client<'static>) {
        let fake = Fake::start(World { management, ..World::serving(&[]) });
        let client = Client::to_loopback(fake.port, Keys::default(), Duration::from_secs(30));
        (fake, client)
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn what_is_held_still_is_let_go_with_its_ticket() {
        let (fake, client) = fake(Management::Ticketed);
        for lever in Lever::ALL {
            let ticket = hold(&client, lever, HOUR).await.unwrap();
            assert_eq!(ticket.is_some(), lever == Lever::GarbageCollection);
            assert!(fake.world().held.contains(&format!("{lever:?}")));
            let_go(&client, lever, ticket.as_deref()).await.unwrap();
        }
        assert!(fake.world().held.is_empty(), "{:?}", fake.asked());
        insta::assert_snapshot!(fake.asked().join("\n"), @"
        GET /management/querycoord/balance/suspend
        GET /management/querycoord/balance/resume
        GET /management/datacoord/garbage_collection/pause?pause_seconds=3600
        GET /management/datacoord/garbage_collection/resume?ticket=a%2Bb%2F%3D%3D
        ");
        assert_eq!(path_back(Lever::GarbageCollection, None), "/management/datacoord/garbage_collection/resume");
    }

    #[tokio::test]
    async fn who_cannot_or_will_not_says_so() {
        let (_fake, client) = fake(Management::Closed);
        assert_eq!(hold(&client, Lever::Balance, HOUR).await, Err(Fault::Missing));
        let (_fake, client) = self::fake(Management::Forbidden);
        let refused = hold(&client, Lever::Balance, HOUR).await;
        assert!(matches!(&refused, Err(Fault::Denied(words)) if words.contains("403")), "{refused:?}");
        let (fake, client) = self::fake(Management::Clinging);
        assert!(hold(&client, Lever::Balance, HOUR).await.is_ok() && !fake.world().held.is_empty());
        let refused = let_go(&client, Lever::Balance, None).await;
        assert_eq!(refused, Err(Fault::Refused("failed to resume, it is not ready".into())));
        // A ticket that it does not know is no reason to say that all is well.
        let (_fake, client) = self::fake(Management::Ticketed);
        let refused = let_go(&client, Lever::GarbageCollection, None).await;
        assert!(matches!(&refused, Err(Fault::Refused(words)) if words.contains("invalid syntax")), "{refused:?}");
    }
}
