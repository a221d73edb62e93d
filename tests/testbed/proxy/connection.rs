//! One connection of a client to the proxy.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::json;

use super::{Seen, Shared, Trouble};

/// How long a read waits before the other side is looked at.
const TICK: Duration = Duration::from_millis(10);
/// The end of an event of a watch: JSON is sent without line breaks inside.
const EVENT_END: &[u8] = b"}\n";

/// A request as it came in.
struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Serves one request and closes: the next one finds a new connection, so that trouble hits only one.
pub(super) fn serve(mut client: TcpStream, shared: &Shared) -> Result<()> {
    let generation = shared.generation();
    client.set_nodelay(true)?;
    let Some(request) = receive(&mut client)? else { return Ok(()) };
    let is_watch = request.path.contains("watch=true") || request.path.contains("watch=1");
    let seen = Seen { method: request.method.clone(), path: request.path.clone(), is_watch };
    let mut limit = Limit::None;
    let mut kept = None;
    let is_cut = || shared.generation() != generation;
    let (trouble, hits) = shared.receive(seen).unzip();
    match trouble {
        None => {}
        Some(Trouble::Delay(time)) => sleep(time),
        Some(Trouble::CutBefore) => return Ok(()),
        Some(Trouble::CutAnswer) => limit = Limit::Bytes(0),
        Some(Trouble::Hold) => return wait_for_the_end(&mut client, &is_cut),
        Some(Trouble::HoldAnswer) => kept = hits,
        Some(Trouble::CutAfterBytes(bytes)) => limit = Limit::Bytes(bytes),
        Some(Trouble::CutAfterEvents(events)) => limit = Limit::Events(events),
        Some(Trouble::Status(status)) => return refuse(&mut client, status, None),
        Some(Trouble::Nothing) => return list_nothing(&mut client),
        Some(Trouble::TooManyRequests { retry_after }) => return refuse(&mut client, 429, Some(retry_after)),
        Some(Trouble::Expired) => return expire(&mut client),
    }
    let upstream = TcpStream::connect(&shared.server).context("cannot reach the API server")?;
    upstream.set_nodelay(true)?;
    let host = shared.server.split(':').next().unwrap_or_default().to_owned();
    let tls = ClientConnection::new(shared.tls.clone(), ServerName::try_from(host)?)?;
    let mut upstream = StreamOwned::new(tls, upstream);
    upstream.write_all(&forwarded(&request, shared))?;
    upstream.flush()?;
    if let Some(hits) = kept {
        let answered = upstream.read(&mut [0; 1]);
        hits.add();
        answered?;
        return wait_for_the_end(&mut client, &is_cut);
    }
    carry(&mut client, &mut upstream, limit, &is_cut)?;
    let _ = client.shutdown(Shutdown::Both);
    Ok(())
}

/// Keeps a connection until the client closes it.
fn wait_for_the_end(client: &mut TcpStream, is_cut: &dyn Fn() -> bool) -> Result<()> {
    client.set_read_timeout(Some(TICK))?;
    while !is_cut() {
        match client.read(&mut [0; 64]) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Reads a request; `None` when the client closes instead of sending one.
fn receive(client: &mut TcpStream) -> Result<Option<Request>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8192];
    let head_end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        match client.read(&mut piece)? {
            0 => return Ok(None),
            length => bytes.extend_from_slice(&piece[..length]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut body = bytes.split_off(head_end + 4);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { bail!("not a request: {head}") };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let request = Request { method, path, headers, body: Vec::new() };
    let chunked = request.header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let length: usize = request.header("content-length").unwrap_or("0").parse()?;
    while if chunked { !body.ends_with(b"0\r\n\r\n") } else { body.len() < length } {
        match client.read(&mut piece)? {
            0 => bail!("the request is not whole"),
            length => body.extend_from_slice(&piece[..length]),
        }
    }
    Ok(Some(Request { body, ..request }))
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }
}

/// The request for the API server: it may close the connection after it, and it knows who asks.
fn forwarded(request: &Request, shared: &Shared) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    let upgrades = request.header("upgrade").is_some();
    for (name, value) in &request.headers {
        let dropped = ["connection", "keep-alive"].iter().any(|one| name.eq_ignore_ascii_case(one)) && !upgrades;
        if !dropped {
            head.extend([name, ": ", value, "\r\n"]);
        }
    }
    if request.header("authorization").is_none() {
        // kubectl and helm send no token over plain HTTP.
        head.extend(["Authorization: Bearer ", &shared.token, "\r\n"]);
    }
    if !upgrades {
        head.push_str("Connection: close\r\n");
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend_from_slice(&request.body);
    bytes
}

/// How much of an answer passes.
enum Limit {
    None,
    Bytes(usize),
    Events(usize),
}

impl Limit {
    /// How much of this piece passes, and whether that was all.
    fn take(&mut self, piece: &[u8]) -> (usize, bool) {
        match self {
            Self::None => (piece.len(), false),
            Self::Bytes(left) => {
                let taken = piece.len().min(*left);
                *left -= taken;
                (taken, *left == 0)
            }
            Self::Events(left) => {
                let mut at = 0;
                while *left > 0 {
                    let Some(end) = find(&piece[at..], EVENT_END) else { return (piece.len(), false) };
                    at += end + EVENT_END.len();
                    *left -= 1;
                }
                (at, true)
            }
        }
    }
}

/// Carries bytes both ways until one side closes, the limit is reached, or the proxy cuts.
fn carry(
    client: &mut TcpStream,
    upstream: &mut StreamOwned<ClientConnection, TcpStream>,
    mut limit: Limit,
    is_cut: &dyn Fn() -> bool,
) -> Result<()> {
    upstream.sock.set_read_timeout(Some(TICK))?;
    let mut piece = [0; 16 << 10];
    while !is_cut() {
        match upstream.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                let (passed, over) = limit.take(&piece[..length]);
                client.write_all(&piece[..passed])?;
                if over {
                    return Ok(());
                }
                continue;
            }
            Err(error) if is_pause(&error) => {}
            // The API server closes without the farewell of TLS.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        client.set_nonblocking(true)?;
        let heard = client.read(&mut piece);
        client.set_nonblocking(false)?;
        match heard {
            Ok(0) => return Ok(()),
            Ok(length) => {
                upstream.write_all(&piece[..length])?;
                upstream.flush()?;
            }
            Err(error) if is_pause(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Answers as an API server that refuses.
fn refuse(client: &mut TcpStream, status: u16, retry_after: Option<u32>) -> Result<()> {
    let (reason, message) = match status {
        409 => {
            ("Conflict", "the object has been modified; please apply your changes to the latest version and try again")
        }
        429 => ("TooManyRequests", "too many requests, please try again later"),
        500 => ("InternalError", "an error on the server has prevented the request from succeeding"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "the server was unable to return a response in the time allotted"),
        _ => ("Unknown", "the testbed's proxy refuses this request"),
    };
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": status,
    })
    .to_string();
    let retry = retry_after.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
    answer(client, &format!("{status} {reason}"), &retry, &body)
}

/// Answers as an API server that has no such objects.
fn list_nothing(client: &mut TcpStream) -> Result<()> {
    let body = json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []});
    answer(client, "200 OK", "", &body.to_string())
}

fn answer(client: &mut TcpStream, status: &str, headers: &str, body: &str) -> Result<()> {
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(())
}

/// Answers a watch as an API server that no longer knows the asked-for version.
fn expire(client: &mut TcpStream) -> Result<()> {
    let event = json!({
        "type": "ERROR",
        "object": {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "too old resource version", "reason": "Expired", "code": 410,
        },
    });
    let event = format!("{event}\n");
    write!(
        client,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{event}\r\n0\r\n\r\n",
        event.len()
    )?;
    Ok(())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
