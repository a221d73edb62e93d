//! Templates and YAML that are made up: mostly well formed, so that they get past the parser.

use kubectl_milvus::helm::function::Kind;

use super::{corpus::Corpus, random::Random};

/// How deep what is made up lies in itself.
const DEPTH: usize = 4;

const FIELDS: &[&str] = &[
    ".",
    "$",
    ".Values",
    ".Values.name",
    ".Values.list",
    ".Values.map",
    ".Values.nested.l1.l2",
    ".Values.res",
    ".Values.multi",
    ".Values.tplstr",
    ".Values.numstr",
    ".Values.big",
    ".Values.flt",
    ".Values.missing",
    ".Values.nul",
    ".Chart",
    ".Chart.Name",
    ".Release",
    ".Release.Name",
    ".Capabilities",
    ".Capabilities.KubeVersion",
    ".Capabilities.APIVersions",
    ".Files",
    ".Template",
    ".Subcharts",
    "$.Values.list",
    "$x",
    "$y",
    ".a",
    ".Values.tolerations",
];

const LITERALS: &[&str] = &[
    "true",
    "false",
    "0",
    "1",
    "-1",
    "3",
    "100",
    "65536",
    "2.5",
    "-0.0",
    "1e3",
    "0x1f",
    "'a'",
    "9223372036854775807",
    "-9223372036854775808",
    "nil",
];

const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"a.b.c\"",
    "\"a,b\"",
    "\"%v %d %s\"",
    "\"[a-z]+\"",
    "\"^1.2.x\"",
    "\"1.2.3-a+b\"",
    "\"{{ . }}\"",
    "\"{{ tpl . . }}\"",
    "\"{{ include \\\"a\\\" . }}\"",
    "\"a: 1\"",
    "\"{\\\"a\\\": [1]}\"",
    "\"2006-01-02\"",
    "\"1h2m3s\"",
    "\"YWJj\"",
    "\"é€😀\"",
    "\"\\xff\\xfe\"",
    "`raw`",
    "\"https://u:p@h:1/p?q=1#f\"",
    "\"a b c\"",
    "\"string\"",
    "\"map\"",
    "\"Europe/Berlin\"",
    "(repeat 1000 \"ab \")",
    "(toYaml .Values)",
    "(toJson .)",
    "$x",
    ".Values.name",
    ".Values.multi",
    ".Values.tplstr",
];

/// A template. Most begin with the variables that they use.
pub(super) fn template(random: &mut Random, corpus: &Corpus) -> String {
    let mut text = String::new();
    if !random.once_in(16) {
        text.push_str("{{ $x := .Values.name }}{{ $y := 1 }}{{ $z := list }}");
    }
    if random.once_in(4) {
        text.push_str("{{ define \"b\" }}");
        nodes(random, corpus, &mut text, DEPTH - 1);
        text.push_str("{{ end }}");
    }
    for _ in 0..=random.few() {
        nodes(random, corpus, &mut text, DEPTH);
    }
    text
}

fn nodes(random: &mut Random, corpus: &Corpus, text: &mut String, depth: usize) {
    for _ in 0..=random.few() {
        node(random, corpus, text, depth);
    }
}

fn node(random: &mut Random, corpus: &Corpus, text: &mut String, depth: usize) {
    let open = if random.once_in(4) { "{{- " } else { "{{ " };
    let close = if random.once_in(4) { " -}}" } else { " }}" };
    let action = |text: &mut String, inside: &str| text.extend([open, inside, close]);
    match if depth == 0 { random.below(5) } else { random.below(13) } {
        0 => text.push_str(random.word(&["a: ", "\n", "  ", "- b\n", "é", "{", "---\n", "# c\n"])),
        1..=3 => action(text, &pipeline(random, corpus, depth)),
        4 => {
            let inside = pipeline(random, corpus, depth);
            let sign = if random.once_in(3) { ":=" } else { "=" };
            action(text, &format!("{} {sign} {inside}", random.word(&["$x", "$y", "$z"])));
        }
        5..=7 => branch(random, corpus, text, depth, action),
        8 => {
            let inside = pipeline(random, corpus, depth);
            action(text, &format!("template \"{}\" {inside}", random.word(&["a", "b", "h"])));
        }
        9 => {
            let name = random.word(&["a", "b", "h", "t/templates/other.yaml"]);
            let (data, function) = (operand(random, corpus, depth - 1), random.pick(&corpus.functions).0);
            action(text, &format!("include \"{name}\" {data} | {function}"));
        }
        10 if random.once_in(8) => {
            action(
                text,
                random.word(&["break", "continue", "/* c */", "end", "else", "define \"a\"", "block \"b\" ."]),
            );
        }
        11 => {
            let data = random.word(&[".", "$", "$x"]);
            action(text, &format!("tpl {} {data}", argument(random, corpus, depth - 1, Kind::Text)));
        }
        _ => action(text, random.pick(&corpus.calls).as_str()),
    }
}

fn branch(random: &mut Random, corpus: &Corpus, text: &mut String, depth: usize, action: impl Fn(&mut String, &str)) {
    let word = random.word(&["if", "with", "range"]);
    let pipeline = pipeline(random, corpus, depth);
    let variables = match (word, random.below(4)) {
        ("range", 0) => "$x, $y := ",
        ("range", 1) => "$x := ",
        _ => "",
    };
    action(text, &format!("{word} {variables}{pipeline}"));
    nodes(random, corpus, text, depth - 1);
    if word == "range" && random.once_in(4) {
        text.push_str(random.word(&["{{ break }}", "{{ continue }}", "{{ if $y }}{{ break }}{{ end }}"]));
    }
    if random.once_in(3) {
        let otherwise =
            if word != "range" && random.once_in(3) { format!("else {word} .Values.name") } else { "else".to_owned() };
        action(text, &otherwise);
        nodes(random, corpus, text, depth - 1);
    }
    action(text, "end");
}

fn pipeline(random: &mut Random, corpus: &Corpus, depth: usize) -> String {
    let mut text = command(random, corpus, depth, 0);
    for _ in 1..random.few().max(1) {
        text.push_str(" | ");
        text.push_str(&command(random, corpus, depth, 1));
    }
    text
}

/// A call, without so many arguments that are piped into it; where none are, it may be a value too.
fn command(random: &mut Random, corpus: &Corpus, depth: usize, piped: usize) -> String {
    if piped == 0 && random.once_in(4) {
        return operand(random, corpus, depth);
    }
    let (name, parameters) = random.pick(&corpus.functions);
    let mut text = (*name).to_owned();
    let count = if random.once_in(16) { random.below(4) } else { parameters.len().saturating_sub(piped) };
    for place in 0..count {
        text.push(' ');
        text.push_str(&argument(random, corpus, depth, parameters.get(place).copied().unwrap_or(Kind::Any)));
    }
    text
}

/// An argument, which mostly fits.
fn argument(random: &mut Random, corpus: &Corpus, depth: usize, kind: Kind) -> String {
    if random.once_in(12) {
        return operand(random, corpus, depth);
    }
    let number = random.next().cast_signed() >> random.below(64);
    match kind {
        Kind::Text => random.word(TEXTS).to_owned(),
        Kind::Int | Kind::Int64 if random.once_in(4) => number.to_string(),
        Kind::Int | Kind::Int64 => random.word(&["0", "1", "2", "-1", "7", "100", "1000"]).to_owned(),
        Kind::Float => random.word(&["1.5", "-0.0", "1e300", "(float64 \"inf\")", "(float64 \"nan\")"]).to_owned(),
        Kind::Bool => random.word(&["true", "false", "(empty .)"]).to_owned(),
        Kind::Map => {
            random.word(&[".Values.map", ".Values.res", "(dict)", "(dict \"a\" 1 \"b\" (dict \"c\" $z))"]).to_owned()
        }
        Kind::List | Kind::Strings => {
            random.word(&["(list 1 \"a\" nil)", "$z", "(splitList \",\" \"b,a\")", ".Values.nums"]).to_owned()
        }
        Kind::Other(_) => random.word(&["(now)", "(toDate \"2006-01-02\" \"2020-02-03\")", "1"]).to_owned(),
        Kind::Any | Kind::Bytes => operand(random, corpus, depth),
    }
}

fn operand(random: &mut Random, corpus: &Corpus, depth: usize) -> String {
    match random.below(8) {
        0..=2 => random.word(FIELDS).to_owned(),
        3 | 4 => random.word(TEXTS).to_owned(),
        5 => random.word(LITERALS).to_owned(),
        6 if depth > 0 => format!("({})", pipeline(random, corpus, depth - 1)),
        7 if depth > 0 => format!("({})", random.pick(&corpus.calls)),
        _ => format!("(list {} {})", random.word(TEXTS), random.word(FIELDS)),
    }
}

/// A YAML document, in one line or in blocks.
pub(super) fn document(random: &mut Random) -> String {
    let mut text = String::new();
    fields(random, &mut text, 0, DEPTH);
    text
}

fn fields(random: &mut Random, text: &mut String, indentation: usize, depth: usize) {
    for _ in 0..=random.few() {
        text.push_str(&" ".repeat(indentation));
        text.push_str(
            random.word(&["a", "b", "sub", "global", "tags", "enabled", "\"q k\"", "1", "yes", "<<", "? c\n"]),
        );
        text.push(':');
        value(random, text, indentation, depth);
    }
}

fn value(random: &mut Random, text: &mut String, indentation: usize, depth: usize) {
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0..=2 => {
            text.push(' ');
            text.push_str(random.word(SCALARS));
            text.push('\n');
        }
        3 => {
            let block = " ".repeat(indentation + 1 + random.below(3));
            text.push_str(random.word(&[" |\n", " >-\n", " |+\n", " >2\n"]));
            text.extend([&block, "text\n\n", &block, "  more\n"]);
        }
        4 => {
            text.push('\n');
            let deeper = indentation + 1 + random.below(3);
            fields(random, text, deeper, depth - 1);
        }
        5 => {
            text.push('\n');
            for _ in 0..=random.few() {
                text.push_str(&" ".repeat(indentation));
                text.push('-');
                value(random, text, indentation + 2, depth - 1);
            }
        }
        _ => {
            text.push_str(random.word(&[
                " {a: [1, {b: c}], d}",
                " [*a, &a {x: y}, {}]",
                " &a",
                " *a",
                " &a {b: 1}",
                " {<<: *a}",
            ]));
            text.push('\n');
        }
    }
}

const SCALARS: &[&str] = &[
    "1",
    "1.5",
    "-0",
    "010",
    "0x1f",
    "1_000",
    "1e3",
    ".inf",
    "true",
    "yes",
    "null",
    "~",
    "\"\"",
    "'it''s'",
    "\"\\x41\\u00e9\\n\"",
    "a b",
    "a: b",
    "2001-12-14t21:59:43.10-05:00",
    "!!binary aGk=",
    "!!str 1",
    "!!int x",
    "!x y",
    "=",
    "<<",
    "12345678901234567890",
    "é",
    "[]",
    "{}",
    "&a b",
    "*a",
];
