//! `.Files` of templates: the files of a chart that are neither templates nor what describes it.

use std::{any::Any, collections::BTreeMap, rc::Rc};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{File, glob::Glob};
use crate::helm::{
    error::Result,
    function::Kind,
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
        yaml::write(&Map::of_kind(MapKind::Strings, fields).into()).into()
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
        // Methods come before files of their names.
        self.parameters(name).is_none().then(|| Value::Bytes(self.bytes(name)))
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        match method {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some(&[Kind::Text]),
            "AsConfig" | "AsSecrets" => Some(&[]),
            _ => None,
        }
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let name = arguments.first().and_then(Value::as_text).unwrap_or_default();
        Some(Ok(match method {
            "Get" => Value::Text(raw::text(&self.bytes(name))),
            "GetBytes" => Value::Bytes(self.bytes(name)),
            "Glob" => Value::Object(Rc::new(self.glob(name))),
            "Lines" => self.lines(name),
            "AsConfig" => self.by_name(|data| Value::Text(raw::text(data))),
            "AsSecrets" => self.by_name(|data| STANDARD.encode(data).into()),
            _ => return None,
        }))
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

#[cfg(test)]
mod tests {
    use super::{File, Files};
    use crate::helm::value::{Object, Value};

    fn files() -> Files {
        let file = |name: &str, data: &[u8]| File { name: name.into(), data: data.into(), modified: None };
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
}
