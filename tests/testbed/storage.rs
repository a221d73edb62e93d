//! An S3 endpoint on loopback: just enough that the operator finds its bucket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result};

const LOCATION: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>"#
);

/// Serves on a loopback port until the process is ended.
pub(crate) fn run(port: &str) -> Result<ExitCode> {
    let port: u16 = port.parse().context("the storage endpoint needs a port")?;
    let listener = TcpListener::bind(("127.0.0.1", port)).context("cannot listen for storage requests")?;
    for stream in listener.incoming() {
        let stream = stream?;
        // A client that goes away in the middle concerns only itself.
        thread::spawn(move || serve(stream).ok());
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(stream: TcpStream) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let body = if request.starts_with("GET ") && request.contains("location") { LOCATION } else { "" };
        write!(
            writer,
            "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nServer: testbed\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}
