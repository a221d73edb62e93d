//! Addresses: `urlParse` and `urlJoin`, by the rules of Go's `net/url`.

use std::rc::Rc;

use super::{Function, Host, Kind, Kind::Text, argument, print};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::{Map, Value},
};

/// The family.
pub const FUNCTIONS: &[Function] =
    &[Function::new("urlParse", &[Text], parse), Function::new("urlJoin", &[Kind::Map], join)];

/// A part of an address, which may hold some characters unescaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Zone,
    User,
    Path,
    Fragment,
}

/// An address taken apart.
#[derive(Default)]
struct Address {
    scheme: String,
    opaque: String,
    user: Option<User>,
    host: Rc<str>,
    path: Rc<str>,
    query: String,
    fragment: Rc<str>,
}

/// Name and password, without escapes.
struct User {
    name: Rc<str>,
    password: Option<Rc<str>>,
}

fn parse(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let text = argument::text(arguments, 0)?;
    let address = Address::new(text).map_err(|error| Error::new(format!("unable to parse url: {error}")))?;
    let fields = [
        ("scheme", Value::from(address.scheme)),
        ("hostname", hostname(&address.host).into()),
        ("host", Value::Text(address.host)),
        ("path", Value::Text(address.path)),
        ("query", address.query.into()),
        ("opaque", address.opaque.into()),
        ("fragment", Value::Text(address.fragment)),
        ("userinfo", address.user.map_or_else(String::new, |user| user.written()).into()),
    ];
    Ok(fields.into_iter().map(|(key, value)| (Rc::from(key), value)).collect::<Map>().into())
}

fn join(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let map = argument::map(arguments, 0)?.cloned().unwrap_or_default();
    let part = |key: &str| match map.get(key) {
        None => Ok(Rc::from("")),
        Some(Value::Text(text)) => Ok(text),
        Some(Value::Nil) => Err(Error::new(argument::NIL_POINTER)),
        Some(other) => {
            let kind = other.kind_name();
            Err(Error::new(format!("unable to parse {key} key, must be of type string, but {kind} found")))
        }
    };
    let mut address = Address {
        scheme: part("scheme")?.as_ref().to_owned(),
        host: part("host")?,
        path: part("path")?,
        query: part("query")?.as_ref().to_owned(),
        opaque: part("opaque")?.as_ref().to_owned(),
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let whole = Address::new(&format!("proto://{user}@host"));
        address.user = whole.map_err(|error| Error::new(format!("unable to parse userinfo in dict: {error}")))?.user;
    }
    Ok(address.written().into())
}

impl Address {
    /// `url.Parse`.
    fn new(text: &str) -> Result<Self> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let during = |text: &str| format!("parse {}", print::quoted(text));
        let mut address = Self::without_fragment(before).map_err(|error| error.at(during(before)))?;
        address.fragment = unescaped(fragment, Part::Fragment).map_err(|error| error.at(during(text)))?;
        Ok(address)
    }

    fn without_fragment(text: &str) -> Result<Self> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7F) {
            return Err(Error::new("net/url: invalid control character in URL"));
        }
        let mut address = Self::default();
        if text == "*" {
            address.path = "*".into();
            return Ok(address);
        }
        let (scheme, rest) = scheme(text)?;
        address.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut address.query);
        if !rest.starts_with('/') {
            if !address.scheme.is_empty() {
                rest.clone_into(&mut address.opaque);
                return Ok(address);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err(Error::new("first path segment in URL cannot contain colon"));
            }
        }
        let mut path = rest;
        if let Some(behind) = rest.strip_prefix("//").filter(|_| !address.scheme.is_empty() || !rest.starts_with("///"))
        {
            let (authority, behind) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
            path = behind;
            (address.user, address.host) = authority_of(&address.scheme, authority)?;
        }
        address.path = unescaped(path, Part::Path)?;
        Ok(address)
    }

    /// `URL.String`, for an address put together from parts.
    fn written(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.push_str(&self.scheme);
            text.push(':');
        }
        if self.opaque.is_empty() {
            self.write_place(&mut text);
        } else {
            text.push_str(&self.opaque);
        }
        for (mark, part) in [('?', &self.query), ('#', &escaped(&self.fragment, Part::Fragment))] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }

    fn write_place(&self, text: &mut String) {
        if !self.host.is_empty() || self.user.is_some() || !self.scheme.is_empty() && !self.path.is_empty() {
            text.push_str("//");
        }
        if let Some(user) = &self.user {
            text.push_str(&user.written());
            text.push('@');
        }
        text.push_str(&escaped(&self.host, Part::Host));
        let path = if self.path.as_ref() == "*" { "*".to_owned() } else { escaped(&self.path, Part::Path) };
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            text.push('/');
        }
        if text.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            text.push_str("./");
        }
        text.push_str(&path);
    }
}

impl User {
    fn written(&self) -> String {
        let mut text = escaped(&self.name, Part::User);
        if let Some(password) = &self.password {
            text.push(':');
            text.push_str(&escaped(password, Part::User));
        }
        text
    }
}

/// What stands before the colon, if that can be a scheme, and the rest.
fn scheme(text: &str) -> Result<(&str, &str)> {
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if place > 0 => {}
            b':' if place == 0 => return Err(Error::new("missing protocol scheme")),
            b':' => return Ok((&text[..place], &text[place + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

/// User and host of `user:password@host:port`.
fn authority_of(scheme: &str, authority: &str) -> Result<(Option<User>, Rc<str>)> {
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = host_of(scheme, host)?;
    let Some(user) = user else { return Ok((None, host)) };
    if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) {
        return Err(Error::new("net/url: invalid userinfo"));
    }
    let (name, password) = user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
    let name = unescaped(name, Part::User)?;
    let password = password.map(|password| unescaped(password, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

fn host_of(scheme: &str, host: &str) -> Result<Rc<str>> {
    match host.rfind('[') {
        Some(0) => return address_in_brackets(host),
        Some(_) => return Err(Error::new("invalid IP-literal")),
        None => {}
    }
    // Databases write several hosts with ports, so that only http is strict about more than one colon.
    let colon = if matches!(scheme, "http" | "https") { host.find(':') } else { host.rfind(':') };
    check_port(colon.map_or("", |colon| &host[colon..]))?;
    unescaped(host, Part::Host)
}

/// An IPv6 address in brackets, perhaps with a zone, and a port.
fn address_in_brackets(host: &str) -> Result<Rc<str>> {
    let Some(close) = host.rfind(']') else { return Err(Error::new("missing ']' in host")) };
    let port = &host[close + 1..];
    check_port(port)?;
    let inside = &host[1..close];
    let (address, zone) = inside.split_at(inside.find("%25").unwrap_or(inside.len()));
    let (address, zone) = (unescaped(address, Part::Host)?, unescaped(zone, Part::Zone)?);
    let is_old = address.parse::<core::net::Ipv4Addr>().is_ok();
    if is_old && zone.is_empty() {
        return Err(Error::new("invalid IP-literal"));
    }
    if address.parse::<core::net::Ipv6Addr>().is_err() || zone.as_ref() == "%" {
        let quoted = print::quoted(&format!("{address}{zone}"));
        return Err(Error::new(format!("invalid host: ParseAddr({quoted}): unable to parse IP")));
    }
    Ok(format!("[{address}{zone}]{port}").into())
}

fn check_port(port: &str) -> Result<()> {
    if port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(());
    }
    Err(Error::new(format!("invalid port {} after host", print::quoted(port))))
}

/// The host without port and brackets.
fn hostname(host: &str) -> &str {
    let host = match host.rfind(':') {
        Some(colon) if check_port(&host[colon..]).is_ok() => &host[..colon],
        _ => host,
    };
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

impl Part {
    /// Whether a byte may stand in this part as it is.
    fn allows(self, byte: u8) -> bool {
        let more: &[u8] = match self {
            Self::Host | Self::Zone => b"!\"$&'()*+,:;<=>[]",
            Self::User => b"$&+,;=",
            Self::Path => b"$&+,/:;=@",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || more.contains(&byte)
    }

    /// Whether an escape may stand for a byte: in hosts only beyond ASCII, in zones also what may stand there anyway.
    fn may_escape(self, byte: u8) -> bool {
        match self {
            Self::Host => byte >= 0x80 || byte == b'%',
            Self::Zone => byte == b'%' || byte == b' ' || Self::Host.allows(byte),
            _ => true,
        }
    }
}

fn unescaped(text: &str, part: Part) -> Result<Rc<str>> {
    let wrong = |escape: &[u8]| {
        let escape = raw::text(&escape[..escape.len().min(3)]);
        Err(Error::new(format!("invalid URL escape {}", print::quoted(&escape))))
    };
    let bytes = raw::bytes(text);
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest: &[u8] = &bytes;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first == b'%' {
            let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match byte.filter(|byte| part.may_escape(*byte)) {
                Some(byte) => plain.push(byte),
                None => return wrong(&bytes[bytes.len() - behind.len() - 1..]),
            }
            rest = &behind[2..];
        } else if matches!(part, Part::Host | Part::Zone) && first.is_ascii() && !part.allows(*first) {
            let byte = print::quoted(&char::from(*first).to_string());
            return Err(Error::new(format!("invalid character {byte} in host name")));
        } else {
            plain.push(*first);
        }
    }
    Ok(raw::text(&plain))
}

fn escaped(text: &str, part: Part) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in raw::bytes(text).iter() {
        if part.allows(*byte) {
            escaped.push(char::from(*byte));
        } else {
            let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}
