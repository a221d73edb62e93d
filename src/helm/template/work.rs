//! How much functions may do while one file is rendered. Loops are counted, but what is called in them may take a
//! thousand times as long as a turn does. Go has no such limit; no file of the charts of milvus and cert-manager comes to
//! a thousandth of it.

use crate::helm::{
    error::{Error, Result},
    value::Value,
};

/// The most that is done, in units of some 20 to 500 ns, so that it ends within half a minute.
const MOST: u64 = 50_000_000;

/// What a call costs, whatever is called.
const CALL: u64 = 16;

/// So many bytes of text, and so many items of a list or map, cost one.
const BYTES: usize = 32;
const ITEMS: usize = 8;

/// Functions that go through all that lies in their arguments, without making a text of it.
const DEEP: [&str; 14] = [
    "deepCopy",
    "deepEqual",
    "has",
    "merge",
    "mergeOverwrite",
    "mustDeepCopy",
    "mustHas",
    "mustMerge",
    "mustMergeOverwrite",
    "mustUniq",
    "mustWithout",
    "mustCompact",
    "uniq",
    "without",
];

/// The most that is counted of what lies in one argument; the functions themselves go through no more.
const MOST_INSIDE: u64 = 1 << 20;

/// Functions that take long by intention, and what they cost.
const LONG: [(&str, u64); 10] = [
    ("bcrypt", 200_000),
    ("derivePassword", 200_000),
    ("genCA", 500_000),
    ("genPrivateKey", 500_000),
    ("genSelfSignedCert", 500_000),
    ("genSignedCert", 500_000),
    ("genCAWithKey", 10_000),
    ("genSelfSignedCertWithKey", 10_000),
    ("genSignedCertWithKey", 10_000),
    ("htpasswd", 200_000),
];

/// What has been done so far.
#[derive(Debug, Default)]
pub(super) struct Work(u64);

impl Work {
    /// Counts a call with these arguments.
    pub(super) fn call<'v>(&mut self, name: &str, arguments: impl IntoIterator<Item = &'v Value>) -> Result<()> {
        let is_deep = DEEP.contains(&name);
        let long = LONG.iter().find(|(own, _)| *own == name).map_or(0, |(_, cost)| *cost);
        let mut arguments = arguments.into_iter().peekable();
        let is_regex = name.starts_with("regex") || name.starts_with("mustRegex");
        let pattern = arguments.peek().filter(|_| is_regex).and_then(|value| value.as_text());
        let long = long + pattern.map_or(0, compiled);
        let arguments = arguments.map(|value| if is_deep { inside(value) } else { size(value) });
        self.add(CALL + long + arguments.sum::<u64>())
    }

    /// Counts what a call gave, or what is gone over.
    pub(super) fn value(&mut self, value: &Value) -> Result<()> {
        self.add(size(value))
    }

    /// Counts text that is written.
    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        self.add((text.len() / BYTES) as u64)
    }

    /// Counts text that is parsed as a template, which takes longer.
    pub(super) fn template(&mut self, text: &str) -> Result<()> {
        self.add(CALL + text.len() as u64)
    }

    fn add(&mut self, units: u64) -> Result<()> {
        self.0 = self.0.saturating_add(units);
        if self.0 > MOST {
            return Err(Error::new("functions are called too often, or with too much, for one template to end soon"));
        }
        Ok(())
    }
}

/// About what a pattern costs until it is ready to be matched: counted repetitions make it longer, and classes of many
/// letters each of its parts.
fn compiled(pattern: &str) -> u64 {
    let has = |signs: &[&str]| signs.iter().any(|sign| pattern.contains(sign));
    let numbers = pattern.split(['{', ',', '}']).filter_map(|part| part.parse::<u64>().ok());
    let repeats = numbers.max().unwrap_or_default().min(1_000);
    let width = match () {
        () if has(&["\\p", "\\P", "(?i"]) => 50,
        () if has(&[".", "[^"]) => 8,
        () => 1,
    };
    (pattern.len() as u64 + 64) * (1 + repeats) * width
}

/// How large a value itself is, without what lies in its items.
fn size(value: &Value) -> u64 {
    let units = match value {
        Value::Text(text) => text.len() / BYTES,
        Value::Bytes(bytes) => bytes.len() / BYTES,
        Value::List(list) => list.len() / ITEMS,
        Value::Map(map) => map.len() / ITEMS,
        Value::Nil | Value::Bool(_) | Value::Int(_) | Value::Int64(_) | Value::Float(_) | Value::Object(_) => 0,
    };
    units as u64
}

/// How much lies in a value: it is gone through until that is more than is counted.
fn inside(value: &Value) -> u64 {
    let mut left = vec![value.clone()];
    let mut units = 0;
    while let Some(value) = left.pop() {
        units += 1 + size(&value);
        if units + left.len() as u64 > MOST_INSIDE {
            return MOST_INSIDE;
        }
        match value {
            Value::List(list) => left.extend(list.to_vec()),
            Value::Map(map) => left.extend(map.entries().into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::{
        super::engine::{Engine, World},
        Work,
    };
    use crate::helm::{
        error::Result,
        function,
        value::{Map, Value},
    };

    struct Nowhere;

    impl World for Nowhere {
        fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value> {
            Ok(Map::new().into())
        }

        fn now(&self) -> i128 {
            0
        }

        fn random(&mut self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn rendered(template: &str, data: &str) -> Result<String> {
        let mut engine = Engine::new(&function::all());
        engine.parse("a", template)?;
        engine.render("a", data.into(), &mut Nowhere)
    }

    /// How many such calls there can be.
    fn calls(name: &str, argument: &Value) -> u64 {
        let mut work = Work::default();
        (0..10_000_000).take_while(|_| work.call(name, [argument]).is_ok()).count() as u64
    }

    #[test]
    fn what_takes_longer_can_be_called_less_often() {
        let items = |count| Value::list(vec![Value::Int(1); count]);
        for (name, argument, least, most) in [
            ("upper", Value::text("x"), 3_000_000, 4_000_000),
            ("regexFind", Value::text("^[a-z]{1,63}$"), 5_000, 20_000),
            ("regexFind", Value::text("\\pL{1000}"), 10, 100),
            ("upper", Value::text("x".repeat(1 << 20)), 1_000, 2_000),
            ("first", items(1000), 300_000, 500_000),
            ("deepCopy", items(1000), 40_000, 50_000),
            ("uniq", Value::list(vec![items(1000); 1000]), 40, 60),
            ("bcrypt", Value::text("x"), 200, 250),
        ] {
            let calls = calls(name, &argument);
            assert!((least..=most).contains(&calls), "{name} of {}: {calls}", argument.type_name());
        }
    }

    #[test]
    fn what_takes_long_in_a_loop_ends() {
        let error = rendered("{{ range 10000000 }}{{ $_ := bcrypt $ }}{{ end }}", &"x".repeat(73)).unwrap_err();
        assert!(error.text().ends_with("for one template to end soon"), "{error}");
    }
}
