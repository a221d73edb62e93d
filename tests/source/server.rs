//! A small HTTP server on loopback that answers as it is told, and remembers what it was asked.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
    /// Who may have it: `user:password` in base64, as the header has it.
    only: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Whole,
    /// Half of the body, then the end.
    Truncated,
    /// Nothing at all, and no end.
    Hanging,
}

impl Answer {
    pub(crate) fn of(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![], body: body.into(), manner: Manner::Whole, only: None }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::of("no") }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::status(302).header("Location", to)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn truncated(self) -> Self {
        Self { manner: Manner::Truncated, ..self }
    }

    pub(crate) fn hanging() -> Self {
        Self { manner: Manner::Hanging, ..Self::of("") }
    }

    /// Only for who sends this header `Authorization`.
    pub(crate) fn only(self, authorization: &str) -> Self {
        Self { only: Some(authorization.to_owned()), ..self }
    }
}

/// What the server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The path with its query; the whole address where it was asked as a proxy.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

/// A running server; it ends with the process.
#[derive(Clone)]
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server that has nothing yet.
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// The same with TLS.
    pub(crate) fn start_with(encryption: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let scheme = if encryption.is_some() { "https" } else { "http" };
        let server =
            Self { address: format!("{scheme}://127.0.0.1:{port}"), answers: Arc::default(), asked: Arc::default() };
        let kept = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (server, encryption) = (kept.clone(), encryption.clone());
                // A client that goes away in the middle is what some tests are about.
                thread::spawn(move || match encryption.map(ServerConnection::new) {
                    Some(Ok(connection)) => server.answer(StreamOwned::new(connection, stream)),
                    Some(Err(_)) => Ok(()),
                    None => server.answer(stream),
                });
            }
        });
        server
    }

    /// Answers a path from now on.
    pub(crate) fn give(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), answer);
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The paths that it was asked for.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    fn answer(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut first, mut authorization) = (String::new(), None);
        stream.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("authorization")
            {
                authorization = Some(value.trim().to_owned());
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let asked = Asked { path: path.clone(), authorization: authorization.clone() };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let found = self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        let mut answer = found.unwrap_or_else(|| Answer::status(404));
        if answer.only.is_some() && answer.only != authorization {
            answer = Answer::status(401).header("WWW-Authenticate", "Basic realm=\"x\"");
        }
        if answer.manner == Manner::Hanging {
            // Until the client has had enough.
            return stream.read_line(&mut String::new()).map(|_| ());
        }
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", answer.status);
        answer.headers.push(("Content-Length".to_owned(), answer.body.len().to_string()));
        for (name, value) in &answer.headers {
            head.extend([name.as_str(), ": ", value, "\r\n"]);
        }
        head += "\r\n";
        let end = if answer.manner == Manner::Truncated { answer.body.len() / 2 } else { answer.body.len() };
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(&answer.body[..end])?;
        stream.flush()
    }
}

/// The address of a server that was there, and is no more.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    format!("http://{}", listener.local_addr().expect("a listener has an address"))
}
