//! `.Files` of templates: the files of a chart that are neither templates nor what describes it.

use std::{any::Any, collections::BTreeMap, rc::Rc};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{File, glob::Glob};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::{Map, MapKind, Object, Value},
    yaml,
};

/// Contents by path, in byte order of the paths.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: BTreeMap<Rc<str>, Rc<[u8]>>,
}

impl Files {
    /// The files of a chart; of two with one name the last counts.
    pub fn new<'a>(files: impl IntoIterator<Item = &'a File>) -> Self {
        Self { files: files.into_iter().map(|file| (Rc::clone(&file.name), Rc::clone(&file.data))).collect() }
    }

    fn bytes(&self, name: &str) -> Rc<[u8]> {
        self.files.get(name).cloned().unwrap_or_else(|| Rc::from([]))
    }

    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::new(pattern);
        let taken = self.files.iter().filter(|(name, _)| glob.matches(name));
        Self { files: taken.map(|(name, data)| (Rc::clone(name), Rc::clone(data))).collect() }
    }

    fn lines(&self, name: &str) -> Value {
        let bytes = self.bytes(name);
        if bytes.is_empty() {
            return Value::strings(Vec::<String>::new());
        }
        let text = raw::text(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
        Value::strings(text.split('\n'))
    }

    /// The files as YAML by the last part of their paths: `data` of a `ConfigMap` or a `Secret`.
    fn by_name(&self, written: impl Fn(&[u8]) -> Value) -> Value {
        let name = |path: &str| Rc::from(path.trim_end_matches('/').rsplit('/').next().unwrap_or(path));
        let fields = self.files.iter().map(|(path, data)| (name(path), written(data))).collect();
        let text = yaml::write(&Map::of_kind(MapKind::Strings, fields).into());
        text.strip_suffix('\n').unwrap_or(&text).into()
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    /// A path that is not there gives no bytes, which is what `missingkey=zero` makes of it.
    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::Bytes(self.bytes(name)))
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        Some(match method {
            "Get" => text(method, arguments).map(|name| Value::Text(raw::text(&self.bytes(name)))),
            "GetBytes" => text(method, arguments).map(|name| Value::Bytes(self.bytes(name))),
            "Glob" => text(method, arguments).map(|pattern| Value::Object(Rc::new(self.glob(pattern)))),
            "Lines" => text(method, arguments).map(|name| self.lines(name)),
            "AsConfig" => count(method, arguments, 0).map(|()| self.by_name(|data| Value::Text(raw::text(data)))),
            "AsSecrets" => count(method, arguments, 0).map(|()| self.by_name(|data| STANDARD.encode(data).into())),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        let bytes = |data: &[u8]| data.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        let files: Vec<_> = self.files.iter().map(|(name, data)| format!("{name}:[{}]", bytes(data))).collect();
        format!("map[{}]", files.join(" "))
    }

    fn is_true(&self) -> bool {
        !self.files.is_empty()
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let entry = |(name, data): (&Rc<str>, &Rc<[u8]>)| (Value::Text(Rc::clone(name)), Value::Bytes(Rc::clone(data)));
        Some(self.files.iter().map(entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Checks how many arguments a method was given, in the words of Go.
pub(in crate::helm) fn count(method: &str, arguments: &[Value], wanted: usize) -> Result<()> {
    if arguments.len() == wanted {
        return Ok(());
    }
    Err(Error::new(format!("wrong number of args for {method}: want {wanted} got {}", arguments.len())))
}

/// The only argument of a method, which has to be text.
pub(in crate::helm) fn text<'a>(method: &str, arguments: &'a [Value]) -> Result<&'a str> {
    count(method, arguments, 1)?;
    match &arguments[0] {
        Value::Text(text) => Ok(text),
        Value::Nil => Err(Error::new("invalid value; expected string")),
        other => Err(Error::new(format!("wrong type for value; expected string; got {}", other.type_name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Files};
    use crate::helm::value::{Object, Value};

    fn files() -> Files {
        let file = |name: &str, data: &[u8]| File { name: name.into(), data: data.into() };
        Files::new(&[file("a/x.txt", b"one\ntwo\n"), file("a/b/y.bin", &[0xff, 0]), file("z", b"")])
    }

    fn call(method: &str, arguments: &[Value]) -> String {
        match files().call(method, arguments).expect("a method") {
            Ok(Value::Object(object)) => object.print(),
            Ok(value) => format!("{value:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn files_are_given_as_helm_gives_them() {
        assert_eq!(call("Get", &["a/x.txt".into()]), r#"Text("one\ntwo\n")"#);
        assert_eq!(call("Get", &["none".into()]), r#"Text("")"#);
        assert_eq!(call("GetBytes", &["a/b/y.bin".into()]), "Bytes([255, 0])");
        assert_eq!(call("Glob", &["a/*".into()]), "map[a/x.txt:[111 110 101 10 116 119 111 10]]");
        assert_eq!(call("Glob", &["a/**.bin".into()]), "map[a/b/y.bin:[255 0]]");
        assert!(call("Lines", &["a/x.txt".into()]).contains(r#"[Text("one"), Text("two")]"#));
        assert!(call("Lines", &["z".into()]).contains("[]"));
        assert_eq!(call("AsSecrets", &[]), r#"Text("x.txt: b25lCnR3bwo=\ny.bin: /wA=\nz: \"\"")"#);
    }

    #[test]
    fn wrong_arguments_are_refused_in_the_words_of_go() {
        assert_eq!(call("Get", &[]), "wrong number of args for Get: want 1 got 0");
        assert_eq!(call("Get", &[Value::Int(1)]), "wrong type for value; expected string; got int");
        assert_eq!(call("AsConfig", &["a".into()]), "wrong number of args for AsConfig: want 0 got 1");
        assert!(files().call("Nothing", &[]).is_none());
    }
}
