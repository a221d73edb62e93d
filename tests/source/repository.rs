//! HTTP repositories.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use kubectl_milvus::release::source::{Access, Secret};

use crate::{
    fixture::{ANA, archive, folder, index, loaded, refused, request, sha256, versions},
    server::{Answer, Server, nobody},
    trials,
};

trials![
    versions_are_chosen_from_thousands_of_charts,
    versions_are_listed,
    an_address_of_an_archive_is_enough,
    an_archive_of_another_digest_is_refused,
    credentials_go_only_where_they_belong,
    credentials_of_an_address_are_used_and_not_shown,
    a_redirect_elsewhere_loses_the_credentials,
    refusals_say_what_to_do,
    what_is_no_repository_is_said,
    a_server_that_hangs_is_left_soon,
    an_answer_that_breaks_off_is_no_chart,
    answers_are_bounded,
    an_index_may_come_compressed,
    a_server_that_is_not_there_is_said_with_the_way_on,
];

fn ana() -> Access {
    Access { username: Some("ana".into()), password: Some(Secret::new("secret")), ..Access::default() }
}

fn shop() -> Server {
    let server = Server::start();
    let (old, new, next) = (archive("milvus", "4.2.58"), archive("milvus", "5.0.19"), archive("milvus", "6.0.0-rc.1"));
    let elsewhere = format!("{}/far/milvus-5.0.19.tgz", server.address);
    let digests = [sha256(&old), format!("sha256:{}", sha256(&new))];
    let text = index(&[
        ("4.2.58", "milvus-4.2.58.tgz", Some(&digests[0])),
        ("6.0.0-rc.1", "next/milvus.tgz", None),
        ("5.0.19", &elsewhere, Some(&digests[1])),
    ]);
    server.give("/charts/index.yaml", Answer::of(text));
    server.give("/charts/milvus-4.2.58.tgz", Answer::of(old));
    server.give("/charts/next/milvus.tgz", Answer::of(next));
    server.give("/far/milvus-5.0.19.tgz", Answer::of(new));
    server
}

fn versions_are_chosen_from_thousands_of_charts() {
    let (server, folder) = (shop(), folder());
    let repository = format!("{}/charts", server.address);
    let mut request = request(folder.path(), "milvus", Some(&repository));
    for (version, expected, path) in [
        (None, "5.0.19", "/far/milvus-5.0.19.tgz"),
        (Some("4.2.58"), "4.2.58", "/charts/milvus-4.2.58.tgz"),
        (Some("<5"), "4.2.58", "/charts/milvus-4.2.58.tgz"),
        (Some(">5-0"), "6.0.0-rc.1", "/charts/next/milvus.tgz"),
    ] {
        request.version = version.map(str::to_owned);
        let loaded = loaded(&request);
        assert_eq!(loaded.chart.metadata.version, expected);
        assert_eq!(loaded.origin, format!("{}{path}", server.address));
        assert_eq!(loaded.digest.unwrap(), format!("sha256:{}", sha256(&archive("milvus", expected))));
        assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
    }
    request.version = Some("5.0".into());
    assert_eq!(loaded(&request).notes, ["there is no `milvus` 5.0; 5.0.19 is taken, the newest that satisfies it"]);
    request.version = Some("~7".into());
    let refusal = refused(&request);
    assert!(refusal.contains("no version is `~7`; the newest are `6.0.0-rc.1`, `5.0.19`, `4.2.58`"), "{refusal}");
    request.chart = Some("milvs".into());
    let refusal = refused(&request);
    assert!(refusal.contains("it has no chart `milvs`") && refusal.contains("and 2993 more"), "{refusal}");
}

fn versions_are_listed() {
    let (server, folder) = (shop(), folder());
    let mut request = request(folder.path(), "milvus", Some(&format!("{}/charts/", server.address)));
    let list = |request: &_| -> Vec<(String, Option<String>)> {
        let listing = versions(request).unwrap();
        listing.versions.into_iter().map(|version| (version.version, version.app_version)).collect()
    };
    let version = |version: &str| (version.to_owned(), Some(format!("app-{version}")));
    assert_eq!(list(&request), [version("6.0.0-rc.1"), version("5.0.19"), version("4.2.58")]);
    request.version = Some("<=5.0.19".into());
    assert_eq!(list(&request), [version("5.0.19"), version("4.2.58")]);
    assert_eq!(server.paths(), ["/charts/index.yaml"; 2]);
    request.version = Some(">9".into());
    assert!(versions(&request).unwrap_err().to_string().contains("no version is `>9`"));
}

fn an_address_of_an_archive_is_enough() {
    let (server, folder) = (shop(), folder());
    let address = format!("{}/far/milvus-5.0.19.tgz", server.address);
    let loaded = loaded(&request(folder.path(), &address, None));
    assert_eq!((loaded.chart.metadata.version.as_str(), loaded.origin), ("5.0.19", address));
    assert_eq!(server.paths(), ["/far/milvus-5.0.19.tgz"]);
}

fn an_archive_of_another_digest_is_refused() {
    let (server, folder) = (shop(), folder());
    server.give("/far/milvus-5.0.19.tgz", Answer::of(archive("milvus", "5.0.20")));
    let request = request(folder.path(), "milvus", Some(&format!("{}/charts", server.address)));
    let refusal = refused(&request);
    assert!(refusal.contains("is not what its repository promises: its SHA-256 is "), "{refusal}");
}

fn credentials_go_only_where_they_belong() {
    let (server, other, folder) = (Server::start(), Server::start(), folder());
    let near = archive("milvus", "1.0.0");
    let far = archive("milvus", "2.0.0");
    let text = index(&[
        ("1.0.0", "milvus-1.0.0.tgz", Some(&sha256(&near))),
        ("2.0.0", &format!("{}/milvus-2.0.0.tgz", other.address), Some(&sha256(&far))),
    ]);
    server.give("/index.yaml", Answer::of(text).only(ANA));
    server.give("/milvus-1.0.0.tgz", Answer::of(near).only(ANA));
    other.give("/milvus-2.0.0.tgz", Answer::of(far));
    let mut request = request(folder.path(), "milvus", Some(&server.address));
    request.access = ana();
    loaded(&request);
    assert_eq!(other.asked()[0].authorization, None);
    request.version = Some("1.0.0".into());
    loaded(&request);
    assert!(server.asked().iter().all(|asked| asked.authorization.as_deref() == Some(ANA)));
    request.version = None;
    request.access.pass_credentials = true;
    loaded(&request);
    assert_eq!(other.asked()[1].authorization.as_deref(), Some(ANA));
}

fn credentials_of_an_address_are_used_and_not_shown() {
    let (server, folder) = (Server::start(), folder());
    let bytes = archive("milvus", "1.0.0");
    server.give("/index.yaml", Answer::of(index(&[("1.0.0", "m.tgz", None)])).only(ANA));
    server.give("/m.tgz", Answer::of(bytes).only(ANA));
    let address = server.address.replace("http://", "http://ana:secret@");
    let found = loaded(&request(folder.path(), "milvus", Some(&address)));
    assert_eq!(found.origin, format!("{}/m.tgz", server.address));
    let found = loaded(&request(folder.path(), &format!("{address}/m.tgz"), None));
    assert!(!found.origin.contains("secret"));
    for path in ["/gone.tgz", "/m.tgz?sig=secret"] {
        let refusal = refused(&request(folder.path(), &format!("{address}{path}"), None));
        assert!(!refusal.contains("secret"), "{refusal}");
    }
    let gone = nobody().replace("http://", "http://ana:secret@");
    for (chart, repository) in [("milvus", Some(gone.as_str())), (&format!("{gone}/m.tgz"), None)] {
        let refusal = refused(&request(folder.path(), chart, repository));
        assert!(refusal.contains("cannot reach") && !refusal.contains("secret"), "{refusal}");
    }
}

fn a_redirect_elsewhere_loses_the_credentials() {
    let (server, other, folder) = (Server::start(), Server::start(), folder());
    let bytes = archive("milvus", "1.0.0");
    server.give("/index.yaml", Answer::redirect("/moved/index.yaml").only(ANA));
    server.give("/moved/index.yaml", Answer::of(index(&[("1.0.0", "m.tgz", Some(&sha256(&bytes)))])).only(ANA));
    server.give("/m.tgz", Answer::redirect(&format!("{}/blob?sig=1", other.address)).only(ANA));
    server.give("/round", Answer::redirect("/round"));
    other.give("/blob?sig=1", Answer::of(bytes));
    let mut request = request(folder.path(), "milvus", Some(&server.address));
    request.access = ana();
    loaded(&request);
    assert_eq!(server.paths(), ["/index.yaml", "/moved/index.yaml", "/m.tgz"]);
    assert!(server.asked().iter().all(|asked| asked.authorization.as_deref() == Some(ANA)));
    assert_eq!(other.asked()[0].authorization, None);
    request.chart = Some(format!("{}/round", server.address));
    request.repository = None;
    assert!(refused(&request).contains("too many redirects"), "{}", refused(&request));
}

fn refusals_say_what_to_do() {
    let (server, folder) = (Server::start(), folder());
    server.give("/index.yaml", Answer::of("").only(ANA));
    let request = request(folder.path(), "milvus", Some(&server.address));
    let refusal = refused(&request);
    assert!(refusal.contains("it wants to know who asks (HTTP 401)"), "{refusal}");
    assert!(refusal.contains("--username and --password"), "{refusal}");
    server.give("/index.yaml", Answer::status(403));
    assert!(refused(&request).contains("it is forbidden (HTTP 403)"));
    server.give("/index.yaml", Answer::status(500));
    assert!(refused(&request).contains("the server failed (HTTP 500)"));
    server.give("/index.yaml", Answer::status(503));
    let refusal = refused(&request);
    assert!(refusal.contains("the server is not there now (HTTP 503)") && refusal.contains("--chart"), "{refusal}");
}

fn what_is_no_repository_is_said() {
    let (server, folder) = (Server::start(), folder());
    let request = request(folder.path(), "milvus", Some(&server.address));
    let refusal = refused(&request);
    assert!(refusal.contains("(HTTP 404)") && refusal.contains("there is no chart repository at"), "{refusal}");
    server.give("/index.yaml", Answer::of("<!doctype html>\n<title>Log in</title>\n"));
    let refusal = refused(&request);
    assert!(refusal.contains("cannot use the index"), "{refusal}");
    server.give("/index.yaml", Answer::of(b"\xff\xfe".to_vec()));
    assert!(refused(&request).contains("it is no text"));
    server.give("/index.yaml", Answer::of(index(&[("1.0.0", "m.tgz", None)])));
    let refusal = refused(&request);
    assert!(refusal.contains("/m.tgz`: it is not there (HTTP 404)"), "{refusal}");
    server.give("/m.tgz", Answer::of("this is no archive"));
    assert!(refused(&request).contains("cannot load the chart"));
}

fn a_server_that_hangs_is_left_soon() {
    let (server, folder) = (Server::start(), folder());
    server.give("/index.yaml", Answer::hanging());
    let mut request = request(folder.path(), "milvus", Some(&server.address));
    request.version = Some("5.0.19".into());
    request.limits.silence = Duration::from_millis(200);
    let start = Instant::now();
    let refusal = refused(&request);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(refusal.contains("cannot reach"), "{refusal}");
    assert!(
        refusal.contains(&format!("`helm pull milvus --repo {}/ --version '5.0.19'`", server.address)),
        "{refusal}"
    );
    request.limits.silence = Duration::from_secs(20);
    request.limits.whole = Duration::from_millis(200);
    assert!(refused(&request).contains("no whole answer within"), "{}", refused(&request));
}

fn an_answer_that_breaks_off_is_no_chart() {
    let (server, folder) = (shop(), folder());
    let request = request(folder.path(), "milvus", Some(&format!("{}/charts", server.address)));
    server.give("/far/milvus-5.0.19.tgz", Answer::of(archive("milvus", "5.0.19")).truncated());
    let refusal = refused(&request);
    assert!(refusal.contains("cannot fetch") && refusal.contains("5.0.19.tgz"), "{refusal}");
    server.give("/charts/index.yaml", Answer::of(index(&[("5.0.19", "m.tgz", None)])).truncated());
    let refusal = refused(&request);
    assert!(refusal.contains("cannot fetch") && refusal.contains("index.yaml"), "{refusal}");
}

fn answers_are_bounded() {
    let (server, folder) = (shop(), folder());
    let mut request = request(folder.path(), "milvus", Some(&format!("{}/charts", server.address)));
    request.limits.archive = 100;
    assert!(refused(&request).contains("it is larger than 100 bytes, the most that is read"));
    request.limits.index = 10_000;
    assert!(refused(&request).contains("it is larger than 10000 bytes"));
    // What is small on its way and large here.
    let mut small = GzEncoder::new(vec![], Compression::best());
    small.write_all(&vec![b' '; 1_000_000]).unwrap();
    let small = small.finish().unwrap();
    assert!(small.len() < 10_000);
    server.give("/charts/index.yaml", Answer::of(small).header("Content-Encoding", "gzip"));
    assert!(refused(&request).contains("it is larger than 10000 bytes"));
}

fn an_index_may_come_compressed() {
    let (server, folder) = (Server::start(), folder());
    let mut small = GzEncoder::new(vec![], Compression::best());
    small.write_all(index(&[("1.0.0", "m.tgz", None)]).as_bytes()).unwrap();
    server.give("/index.yaml", Answer::of(small.finish().unwrap()).header("Content-Encoding", "gzip"));
    // Some servers call every .tgz encoded so; it is not unpacked twice.
    server.give("/m.tgz", Answer::of(archive("milvus", "1.0.0")).header("Content-Encoding", "gzip"));
    let loaded = loaded(&request(folder.path(), "milvus", Some(&server.address)));
    assert_eq!(loaded.chart.metadata.version, "1.0.0");
}

fn a_server_that_is_not_there_is_said_with_the_way_on() {
    let folder = folder();
    let gone = nobody();
    let start = Instant::now();
    let refusal = refused(&request(folder.path(), "milvus", Some(&gone)));
    assert!(refusal.contains(&format!("cannot reach `{gone}/index.yaml`")), "{refusal}");
    assert!(refusal.contains("then name it with --chart milvus-VERSION.tgz"), "{refusal}");
    let refusal = refused(&request(folder.path(), &format!("{gone}/charts/milvus-5.0.19.tgz"), None));
    assert!(
        refusal.contains(&format!("fetch `{gone}/charts/milvus-5.0.19.tgz` where there is a network")),
        "{refusal}"
    );
    assert!(refusal.contains("name it with --chart milvus-5.0.19.tgz"), "{refusal}");
    assert!(start.elapsed() < Duration::from_secs(10));
}
