//! A Milvus for tests: a small HTTP server on loopback that answers as the real ones do, or badly on purpose.
//!
//! The forms of `/v1` were taken from 2.2.16 and 2.3.5, those of `/v2` from the public definitions. It knows the standard
//! library and `serde_json` only, so that the tests of the cluster take it too.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// What it pretends to be.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Whether it speaks `/v2/vectordb`; otherwise `/v1/vector` alone.
    pub(crate) is_new: bool,
    /// Whether it counts rows, as 2.3 and newer do.
    pub(crate) counts: bool,
    /// The header that it wants, where it wants one.
    pub(crate) authorization: Option<String>,
    /// Whether it takes every request and never answers.
    pub(crate) is_silent: bool,
    /// After how many answers it closes a connection, where it does.
    pub(crate) hangs_up_after: Option<usize>,
    /// What every row that is written is refused with, where it is.
    pub(crate) write_refusal: Option<String>,
    /// What operators may ask of it.
    pub(crate) management: Management,
    /// What it holds still for them.
    pub(crate) held: BTreeSet<String>,
    /// Its collections.
    pub(crate) collections: Vec<Entry>,
}

/// What operators may ask of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Management {
    /// Nothing, as of 2.2 and of those that show metrics only.
    Closed,
    /// Everything.
    Open,
    /// Everything, and garbage collection goes on for the ticket only that its pause was given, as from 2.6.8 on.
    Ticketed,
    /// The same, and it lets nothing go.
    Clinging,
    /// Nothing without being root.
    Forbidden,
}

/// A ticket that may not stand in a query as it is.
const TICKET: &str = "a+b/==";
const TICKET_IN_QUERY: &str = "ticket=a%2Bb%2F%3D%3D";

/// A collection of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) database: String,
    pub(crate) name: String,
    pub(crate) load: String,
    pub(crate) rows: u64,
    /// What a query is refused with, where it is.
    pub(crate) refusal: Option<String>,
}

impl Entry {
    /// One of ten thousand rows that is loaded and answers.
    pub(crate) fn loaded(name: &str) -> Self {
        let (database, load) = ("default".to_owned(), "LoadStateLoaded".to_owned());
        Self { database, name: name.to_owned(), load, rows: 10_000, refusal: None }
    }
}

impl World {
    /// A 2.5 or newer that serves.
    pub(crate) fn serving(names: &[&str]) -> Self {
        Self {
            is_new: true,
            counts: true,
            authorization: None,
            is_silent: false,
            hangs_up_after: None,
            write_refusal: None,
            management: Management::Open,
            held: BTreeSet::new(),
            collections: names.iter().map(|name| Entry::loaded(name)).collect(),
        }
    }

    fn answer(&mut self, method: &str, path: &str, authorization: Option<&str>, body: &Value) -> (u16, String) {
        if self.authorization.as_deref().is_some_and(|wanted| authorization != Some(wanted)) {
            return (401, json!({"code": 1800, "message": "user hasn't authenticated"}).to_string());
        }
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(what) = path.strip_prefix("/management/") {
            return self.managed(what, query);
        }
        let found = match (method, path.strip_prefix("/v2/vectordb/")) {
            ("POST", Some(what)) if self.is_new => self.new_answer(what, body),
            ("GET", None) if path == "/v1/vector/collections" => Some(Ok(self.names("default"))),
            ("GET", None) if path == "/v1/vector/collections/describe" => {
                let name = query.strip_prefix("collectionName=").unwrap_or_default();
                Some(self.find("default", name).map(Self::describe))
            }
            ("POST", None) if ["/v1/vector/query", "/v1/vector/search"].contains(&path) => Some(
                self.find("default", body["collectionName"].as_str().unwrap_or_default())
                    .and_then(|it| self.query(it, body)),
            ),
            ("POST", None) => path.strip_prefix("/v1/vector/").and_then(|what| self.written(what, body)),
            _ => None,
        };
        match found {
            None => (404, "404 page not found".to_owned()),
            Some(Ok(data)) => (200, json!({"code": if self.is_new { 0 } else { 200 }, "data": data}).to_string()),
            Some(Err(message)) => (200, json!({"code": 101, "message": message}).to_string()),
        }
    }

    /// What operators ask: the answers of 2.5 and 2.6.
    fn managed(&mut self, what: &str, query: &str) -> (u16, String) {
        match self.management {
            Management::Closed => return (404, "404 page not found".to_owned()),
            Management::Forbidden => {
                return (403, json!({"message": "only root user can access this endpoint"}).to_string());
            }
            Management::Clinging if what.ends_with("/resume") => {
                return (500, json!({"msg": "failed to resume, it is not ready"}).to_string());
            }
            Management::Open | Management::Ticketed | Management::Clinging => {}
        }
        let is_ticketed = self.management != Management::Open;
        match what {
            "querycoord/balance/suspend" => drop(self.held.insert("Balance".to_owned())),
            "querycoord/balance/resume" => drop(self.held.remove("Balance")),
            "datacoord/garbage_collection/pause" if query.starts_with("pause_seconds=") => {
                self.held.insert("GarbageCollection".to_owned());
                if is_ticketed {
                    return (200, json!({"msg": "OK", "ticket": TICKET}).to_string());
                }
            }
            "datacoord/garbage_collection/resume" if is_ticketed && query != TICKET_IN_QUERY => {
                let words = "failed to resume garbage collection, strconv.ParseInt: parsing \"\": invalid syntax";
                return (500, json!({"msg": words}).to_string());
            }
            "datacoord/garbage_collection/resume" => drop(self.held.remove("GarbageCollection")),
            _ => return (404, "404 page not found".to_owned()),
        }
        (200, json!({"msg": "OK"}).to_string())
    }

    /// What changes a collection.
    fn written(&mut self, what: &str, body: &Value) -> Option<Result<Value, String>> {
        let name = body["collectionName"].as_str().unwrap_or_default();
        match what {
            "collections/create" => self.collections.push(Entry::loaded(name)),
            "collections/drop" => self.collections.retain(|it| it.name != name),
            "insert" | "entities/insert" => {
                return Some(
                    self.write_refusal.clone().map_or_else(|| self.find("default", name).map(|_| json!({})), Err),
                );
            }
            _ => return None,
        }
        Some(Ok(json!({})))
    }

    fn new_answer(&mut self, what: &str, body: &Value) -> Option<Result<Value, String>> {
        if let Some(written) = self.written(what, body) {
            return Some(written);
        }
        let database = body["dbName"].as_str().unwrap_or("default");
        let found = self.find(database, body["collectionName"].as_str().unwrap_or_default());
        Some(match what {
            "databases/list" => {
                let mut names: Vec<&str> = self.collections.iter().map(|it| it.database.as_str()).collect();
                names.push("default");
                names.sort_unstable();
                names.dedup();
                Ok(json!(names))
            }
            "collections/list" => Ok(self.names(database)),
            "collections/describe" => found.map(Self::describe),
            "collections/get_load_state" => {
                let progress = |it: &Entry| if it.load == "LoadStateLoaded" { 100 } else { 0 };
                found.map(|it| json!({"loadState": it.load, "loadProgress": progress(it), "message": ""}))
            }
            "collections/get_stats" => found.map(|it| json!({"rowCount": it.rows})),
            "indexes/list" => found.map(|_| json!(["vector_idx"])),
            "entities/query" | "entities/search" => found.and_then(|it| self.query(it, body)),
            _ => return None,
        })
    }

    fn names(&self, database: &str) -> Value {
        self.collections.iter().filter(|it| it.database == database).map(|it| json!(it.name)).collect()
    }

    fn find(&self, database: &str, name: &str) -> Result<&Entry, String> {
        let found = self.collections.iter().find(|it| it.database == database && it.name == name);
        found.ok_or_else(|| format!("collection not found[database={database}][collection={name}]"))
    }

    fn describe(entry: &Entry) -> Value {
        json!({
            "collectionName": entry.name,
            "fields": [
                {"autoId": true, "name": "id", "primaryKey": true, "type": "Int64"},
                {"autoId": false, "name": "vec", "primaryKey": false, "type": "FloatVector(8)"},
            ],
            "indexes": [{"fieldName": "vec", "indexName": "vector_idx", "metricType": "L2"}],
            "load": entry.load,
            "shardsNum": 1,
        })
    }

    fn query(&self, entry: &Entry, body: &Value) -> Result<Value, String> {
        if let Some(refusal) = &entry.refusal {
            return Err(refusal.clone());
        }
        let is_count = self.counts && body["outputFields"] == json!(["count(*)"]);
        match (is_count, body["limit"].as_u64()) {
            (true, Some(0)) => Ok(json!([{"count(*)": entry.rows.to_string()}])),
            (true, _) => Err("count entities with pagination is not allowed".to_owned()),
            (false, _) => Ok(json!([{"id": "470621045808693419"}])),
        }
    }
}

/// The server. It lives as long as the process.
#[derive(Clone)]
pub(crate) struct Fake {
    /// Its port on loopback.
    pub(crate) port: u16,
    world: Arc<Mutex<World>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Starts one.
    pub(crate) fn start(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("its own address").port();
        let fake = Self { port, world: Arc::new(Mutex::new(world)), asked: Arc::default() };
        let server = fake.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.converse(&stream));
            }
        });
        fake
    }

    /// What it pretends to be, to change it.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no test panicked with it")
    }

    /// `POST /path` of everything that was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panicked with it").clone()
    }

    fn converse(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        stream.set_nodelay(true).ok()?;
        for answers in 1.. {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let mut words = line.split_whitespace();
            let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
            let (mut length, mut authorization) = (0, None);
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
                let Some((name, value)) = header.trim_end().split_once(": ") else { break };
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().ok()?,
                    "authorization" => authorization = Some(value.to_owned()),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            self.asked.lock().expect("no test panicked with it").push(format!("{method} {path}"));
            let (is_silent, hangs_up_after) = {
                let world = self.world();
                (world.is_silent, world.hangs_up_after)
            };
            if is_silent {
                // Until whoever asked gives up.
                stream.set_read_timeout(Some(Duration::from_mins(5))).ok()?;
                reader.read_line(&mut String::new()).ok()?;
                return None;
            }
            let (status, text) = self.world().answer(&method, &path, authorization.as_deref(), &body);
            write!(&mut &*stream, "HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n{text}", text.len()).ok()?;
            if hangs_up_after == Some(answers) {
                return None;
            }
        }
        None
    }
}
