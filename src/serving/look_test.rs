//! Looks at a server on loopback, good and bad.

use std::{net::TcpListener, sync::Arc, time::Duration};

use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use tokio::time::Instant;

use super::{
    Client, Keys, Limits, Scope, encryption,
    fake::{Entry, Fake, World},
    look,
};
use crate::{
    rollout::{Verdict, judge},
    snapshot::{Interface, Load, Part, Reply, Serving},
};

/// Long enough for a loaded machine; nothing of a good answer waits for it.
const PATIENT: Duration = Duration::from_secs(30);

async fn seen_with(port: u16, keys: Keys, scope: &Scope, limit: Duration, total: Duration) -> Part<Serving> {
    look(&Client::to_loopback(port, keys, limit), scope, Limits { total }).await
}

async fn seen(fake: &Fake) -> Part<Serving> {
    seen_with(fake.port, Keys::default(), &Scope::All, PATIENT, PATIENT).await
}

fn known(part: Part<Serving>) -> Serving {
    match part {
        Part::Known(serving) => serving,
        Part::Unknown(reason) => panic!("{reason}"),
    }
}

#[tokio::test]
async fn a_newer_server_tells_all_of_it() {
    let mut world = World::serving(&["docs"]);
    world.collections.push(Entry { database: "shop".into(), ..Entry::loaded("tags") });
    world.collections.push(Entry { load: "LoadStateNotLoad".into(), rows: 7, ..Entry::loaded("idle") });
    world.collections.push(Entry { load: "LoadStateLoading".into(), ..Entry::loaded("slow") });
    let fake = Fake::start(world);
    let serving = known(seen(&fake).await);
    assert_eq!(serving.interface, Interface::V2);
    assert_eq!(serving.databases, Part::Known(vec!["default".to_owned(), "shop".to_owned()]));
    let told: Vec<String> = serving
        .collections
        .iter()
        .map(|it| format!("{} {:?} {:?} {:?}", it.name, it.load.known(), it.rows.known(), it.indexes.known()))
        .collect();
    assert_eq!(
        told,
        [
            r#"docs Some(Loaded) Some(10000) Some(["vector_idx"])"#,
            r#"idle Some(NotLoaded) Some(7) Some(["vector_idx"])"#,
            r#"slow Some(Loading { progress: Some(0) }) Some(10000) Some(["vector_idx"])"#,
            r#"shop.tags Some(Loaded) Some(10000) Some(["vector_idx"])"#,
        ]
    );
    assert!(matches!(serving.collections[0].query, Reply::Answered { .. }));
    assert_eq!(serving.collections[1].query, Reply::NotAsked);
    assert!(fake.asked().iter().all(|asked| !asked.contains("create") && !asked.contains("insert")), "it only reads");
}

#[tokio::test]
async fn an_older_server_is_asked_in_its_own_way() {
    let mut world = World::serving(&["docs"]);
    world.is_new = false;
    let fake = Fake::start(world);
    let serving = known(seen(&fake).await);
    assert_eq!((serving.interface, &serving.collections[0].rows), (Interface::V1, &Part::Known(10_000)), "2.3 counts");
    assert!(serving.databases.known().is_none());
    fake.world().counts = false;
    let serving = known(seen(&fake).await);
    let reason = serving.collections[0].rows.as_result().unwrap_err();
    assert!(reason.contains("counts no rows"), "2.2 does not, and nobody invents it: {reason}");
    assert_eq!(serving.collections[0].load, Part::Known(Load::Loaded));
}

#[tokio::test]
async fn only_what_was_named_is_looked_at() {
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    let scope = Scope::Named(vec!["tags".to_owned()]);
    let serving = known(seen_with(fake.port, Keys::default(), &scope, PATIENT, PATIENT).await);
    assert_eq!(serving.collections.iter().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["tags"]);
}

#[tokio::test]
async fn a_connection_that_is_closed_in_between_is_opened_again() {
    let mut world = World::serving(&["docs"]);
    // Between the description and the query.
    world.hangs_up_after = Some(4);
    let fake = Fake::start(world);
    let serving = known(seen(&fake).await);
    assert!(matches!(serving.collections[0].query, Reply::Answered { .. }), "{serving:?}");
    let described = fake.asked().iter().filter(|asked| asked.ends_with("describe")).count();
    assert_eq!(described, 2, "{:?}", fake.asked());
    fake.world().hangs_up_after = Some(3);
    let serving = known(seen(&fake).await);
    assert!(serving.collections[0].load.known().is_none(), "it is tried once more, not for ever");
}

#[tokio::test]
async fn loaded_and_not_queryable_is_not_yet_serving() {
    let fake = Fake::start(World::serving(&["docs"]));
    let before = seen(&fake).await;
    fake.world().collections[0].refusal = Some("collection not loaded[collection=7]".into());
    let verdict = judge(&before, &seen(&fake).await);
    assert_eq!(
        verdict.reasons()[0].text,
        "a query is not answered; the server says \"collection not loaded[collection=7]\""
    );
    fake.world().collections[0].refusal = None;
    assert!(matches!(judge(&before, &seen(&fake).await), Verdict::Serving { answered: 1, compared: true, .. }));
    fake.world().collections[0].load = "LoadStateLoading".into();
    assert_eq!(judge(&before, &seen(&fake).await).reasons()[0].text, "it was loaded before, and is loading (0 %)");
    fake.world().collections.clear();
    assert!(judge(&before, &seen(&fake).await).is_disaster());
}

#[tokio::test]
async fn who_is_not_let_in_learns_that_a_user_is_wanted() {
    let mut world = World::serving(&["docs"]);
    world.authorization = Some("Bearer s3cret".into());
    let fake = Fake::start(world);
    let reason = seen(&fake).await.as_result().unwrap_err().to_owned();
    assert!(reason.contains("without the right user"), "{reason}");
    let authorization = Some(http::HeaderValue::from_static("Bearer s3cret"));
    let keys = Keys { authorization, ..Keys::default() };
    assert!(seen_with(fake.port, keys, &Scope::All, PATIENT, PATIENT).await.known().is_some());
}

#[tokio::test]
async fn a_closed_port_is_said_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let reason =
        seen_with(port, Keys::default(), &Scope::All, PATIENT, PATIENT).await.as_result().unwrap_err().to_owned();
    assert!(reason.starts_with(&format!("cannot reach 127.0.0.1:{port}: ")), "{reason}");
}

#[tokio::test]
async fn a_server_that_is_silent_costs_a_bounded_time() {
    let mut world = World::serving(&["docs"]);
    world.is_silent = true;
    let fake = Fake::start(world);
    let limit = Duration::from_millis(200);
    let begun = Instant::now();
    let silent = seen_with(fake.port, Keys::default(), &Scope::All, limit, PATIENT).await;
    assert_eq!(silent, Part::Unknown("no answer within 0.2 s".to_owned()));
    assert!(begun.elapsed() < PATIENT);
}

#[tokio::test]
async fn what_there_is_no_time_for_is_unknown() {
    let names: Vec<String> = (0..20).map(|index| format!("c{index}")).collect();
    let fake = Fake::start(World::serving(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let client = Client::to_loopback(fake.port, Keys::default(), PATIENT);
    // The list has come by then, and then it falls silent.
    let total = Duration::from_millis(500);
    let silenced = async {
        while fake.asked().len() < 3 {
            tokio::task::yield_now().await;
        }
        fake.world().is_silent = true;
    };
    let (serving, ()) = tokio::join!(look(&client, &Scope::All, Limits { total }), silenced);
    let serving = known(serving);
    assert_eq!(serving.collections.len(), 20);
    let late = serving.collections.iter().filter(|it| it.load.as_result() == Err("there was no time left to ask"));
    assert!(late.count() > 0);
}

/// Something that encrypts before a server that does not; gives its port and its certificate.
async fn encrypted(fake: &Fake) -> (u16, String) {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from_pem_slice(certified.signing_key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, inner) = (listener.local_addr().unwrap().port(), fake.port);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut outer) = acceptor.accept(stream).await else { continue };
            let mut inner = tokio::net::TcpStream::connect(("127.0.0.1", inner)).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut outer, &mut inner).await });
        }
    });
    (port, certified.cert.pem())
}

#[tokio::test]
async fn a_certificate_must_come_from_the_named_authority_and_bear_a_name() {
    let fake = Fake::start(World::serving(&["docs"]));
    let (port, authority) = encrypted(&fake).await;
    let (_, other) = encrypted(&fake).await;
    let keys = |authority: &str, name: &str| {
        let config = encryption::config(Some(authority.as_bytes()), None, &[name.to_owned()]).unwrap();
        Keys { encryption: Some(config), ..Keys::default() }
    };
    let look = async |keys: Keys| seen_with(port, keys, &Scope::All, PATIENT, PATIENT).await;
    assert_eq!(known(look(keys(&authority, "localhost")).await).collections.len(), 1);
    for (keys, fault) in [(keys(&other, "localhost"), "certificate"), (keys(&authority, "milvus"), "name")] {
        let reason = look(keys).await.as_result().unwrap_err().to_owned();
        assert!(reason.starts_with("the connection cannot be encrypted") && reason.contains(fault), "{reason}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_told_from_one_that_is_away() {
    let fake = Fake::start(World::serving(&["docs"]));
    let keys = Keys::none(true, &["127.0.0.1".to_owned()]).unwrap();
    // What it takes for a request has no end of line, so that it waits for more.
    let limit = Duration::from_millis(300);
    let reason = seen_with(fake.port, keys, &Scope::All, limit, PATIENT).await.as_result().unwrap_err().to_owned();
    assert!(reason.contains("encrypted") || reason.contains("no answer"), "{reason}");
}
