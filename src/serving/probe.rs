//! Asks the same small thing again and again, as an application would, and notes how it goes.

use std::{cell::RefCell, convert::Infallible, time::Duration};

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Client, Connection, Fault, v1, v2};
use crate::{
    rollout::{Call, Interruption},
    snapshot::{CollectionName, Interface},
};

/// How often it asks.
const BEAT: Duration = Duration::from_millis(200);

/// What is asked.
enum Question {
    /// One row of a collection.
    Row(Interface, Value),
    /// Whether it is healthy.
    Health,
}

/// Calls that are made all the while.
pub struct Probe<'a> {
    client: Client<'a>,
    question: Question,
    asked: String,
    begun: Instant,
    calls: RefCell<Vec<Call>>,
}

impl<'a> Probe<'a> {
    /// Asks for a row of this collection; finds out first how it is asked for.
    ///
    /// # Errors
    ///
    /// Where the collection cannot be described.
    pub async fn of_row(client: Client<'a>, interface: Interface, name: &CollectionName) -> Result<Self, Fault> {
        let mut connection = client.open().await?;
        let described = match interface {
            Interface::V1 => v1::describe(&mut connection, name).await?,
            Interface::V2 => v2::describe(&mut connection, name).await?,
        };
        let body = described.any_row(interface, name);
        let body = body.ok_or_else(|| Fault::Refused(format!("{name} has no primary field")))?;
        Ok(Self::new(client, Question::Row(interface, body), format!("a query on {name}")))
    }

    /// Asks whether it is healthy; `client` leads to the port of its metrics.
    pub fn of_health(client: Client<'a>) -> Self {
        Self::new(client, Question::Health, "healthz".to_owned())
    }

    fn new(client: Client<'a>, question: Question, asked: String) -> Self {
        Self { client, question, asked, begun: Instant::now(), calls: RefCell::default() }
    }

    /// Milliseconds since it began.
    pub fn now(&self) -> u64 {
        milliseconds(self.begun.elapsed())
    }

    /// Asks until it is dropped.
    pub async fn ask(&self) -> Infallible {
        let mut kept = None;
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let (at, begun) = (self.now(), Instant::now());
            let is_answered = self.call(&mut kept).await.is_ok();
            let took = milliseconds(begun.elapsed());
            self.calls.borrow_mut().push(Call { at, took, is_answered });
        }
    }

    /// What the calls so far say of the time between two moments.
    pub fn told(&self, rolling: (u64, u64)) -> Interruption {
        Interruption::of(self.asked.clone(), &self.calls.borrow(), rolling)
    }

    /// One call. Applications keep their connections, and open another one where that breaks.
    async fn call(&self, kept: &mut Option<Connection>) -> Result<(), Fault> {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.client.open().await?,
        };
        let answered = match &self.question {
            Question::Row(Interface::V1, body) => v1::query(&mut connection, body).await.map(drop),
            Question::Row(Interface::V2, body) => v2::query(&mut connection, body).await.map(drop),
            Question::Health => match connection.send(Method::GET, "/healthz", None).await {
                Ok((StatusCode::OK, _)) => Ok(()),
                Ok((status, _)) => Err(Fault::Refused(status.to_string())),
                Err(fault) => Err(fault),
            },
        };
        if !matches!(answered, Err(Fault::Broken(_) | Fault::Slow(_) | Fault::NoWay(_))) {
            *kept = Some(connection);
        }
        answered
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Probe;
    use crate::{
        serving::{
            Client, Keys,
            fake::{Fake, World},
        },
        snapshot::{CollectionName, Interface},
    };

    #[tokio::test]
    async fn calls_that_fail_in_between_are_counted_and_make_a_gap() {
        let fake = Fake::start(World::serving(&["docs"]));
        let client = Client::to_loopback(fake.port, Keys::default(), Duration::from_secs(30));
        let name = CollectionName { database: "default".into(), name: "docs".into() };
        let probe = Probe::of_row(client, Interface::V2, &name).await.unwrap();
        // So many calls with an answer, or without.
        let calls = async |count: usize, refusal: Option<&str>| {
            fake.world().collections[0].refusal = refusal.map(str::to_owned);
            let enough = fake.asked().len() + count;
            while fake.asked().len() < enough {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let course = async {
            calls(3, None).await;
            let from = probe.now();
            calls(3, Some("no shard leader")).await;
            let to = probe.now();
            calls(3, None).await;
            (from, to)
        };
        let rolling = tokio::select! {
            rolling = course => rolling,
            never = probe.ask() => match never {},
        };
        let told = probe.told(rolling);
        assert_eq!(told.asked, "a query on docs");
        assert!(told.calls >= 8 && (2..=4).contains(&told.failed), "{told:?}");
        assert!(told.longest_gap_milliseconds >= 400, "{told:?}");
        assert!(told.before.p50.is_some() && told.after.p95.is_some(), "{told:?}");
    }
}
