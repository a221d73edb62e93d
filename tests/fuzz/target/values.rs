//! Values of a chart, of a chart in it and of the user, sometimes with a schema or the chart's own description.

use kubectl_milvus::helm::{chart::Chart, values::Sources};

use super::{Parts, file, part, renders, text};
use crate::fuzz::{corpus::Corpus, grammar, mutation::mutated, random::Random};

const DESCRIPTION: &str = "\
apiVersion: v2
name: c
version: 0.1.0
dependencies:
  - {name: sub, version: \"*\", condition: \"sub.enabled,b\", tags: [a, b], import-values: [a, {child: b, parent: a}]}
  - {name: sub, version: \">=0.1.0 || ^2\", alias: other, import-values: [a]}
";

const SCHEMA: &str = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {"a": {"type": ["string", "integer", "object", "array", "null"], "pattern": "^[a-z]+$", "minLength": 1},
    "b": {"$ref": "#/definitions/x"}, "sub": {"additionalProperties": {"enum": [1, "a", null]}}},
  "definitions": {"x": {"anyOf": [{"multipleOf": 0.1}, {"format": "date-time"}, {"not": {"required": ["a"]}}]}},
  "patternProperties": {"^[a-c]": {"maximum": 10}}, "if": {"required": ["a"]}, "then": {"uniqueItems": true}}"##;

const TEMPLATE: &str = "\
{{- $yaml := toYaml .Values }}
{{- $json := toJson .Values }}
text: {{ fromYaml $yaml | toJson | quote }}
same: {{ fromJson $json | toYamlPretty | fromYaml | toRawJson | quote }}
toml: {{ toToml .Values | fromToml | toPrettyJson | quote }}
go: {{ printf \"%v %#v %q\" .Values .Values .Values | quote }}
sha: {{ deepCopy .Values | merge (dict) .Values | toJson | sha256sum }}
";

pub(super) fn make(random: &mut Random, corpus: &Corpus) -> Parts {
    let mut parts: Parts = ["values.yaml", "charts/sub/values.yaml", "user"]
        .into_iter()
        .map(|name| part(name, document(random, corpus)))
        .collect();
    if random.once_in(8) {
        let other = random.pick(&corpus.documents).clone();
        parts.push(part("Chart.yaml", mutated(random, DESCRIPTION, &other)));
    }
    if random.once_in(16) {
        let other = random.pick(&corpus.documents).clone();
        parts.push(part("values.schema.json", mutated(random, SCHEMA, &other)));
    }
    parts
}

fn document(random: &mut Random, corpus: &Corpus) -> String {
    let other = random.pick(&corpus.documents).clone();
    match random.below(6) {
        0 => "{}".to_owned(),
        1 => grammar::document(random),
        2 => {
            let made = grammar::document(random);
            mutated(random, &made, &other)
        }
        3 => format!("a:\n  {}\n", other.replace('\n', "\n  ")),
        4 => {
            let document = random.pick(&corpus.documents).clone();
            mutated(random, &document, &other)
        }
        _ => {
            let values = corpus.values.clone();
            mutated(random, &values, &other)
        }
    }
}

pub(super) fn run(parts: &Parts) -> bool {
    let has = |name: &str| parts.iter().any(|(own, _)| own == name);
    let description = if has("Chart.yaml") { text(parts, "Chart.yaml") } else { DESCRIPTION.to_owned() };
    let mut files = vec![
        file("Chart.yaml", description),
        file("values.yaml", text(parts, "values.yaml")),
        file("templates/a.yaml", TEMPLATE),
        file("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        file("charts/sub/values.yaml", text(parts, "charts/sub/values.yaml")),
        file("charts/sub/templates/a.yaml", TEMPLATE),
    ];
    if has("values.schema.json") {
        files.push(file("values.schema.json", text(parts, "values.schema.json")));
    }
    let sources = Sources { files: vec![("user".to_owned(), text(parts, "user"))], ..Sources::default() };
    let unread = |_: &str| unreachable!("no file is named");
    let Ok(values) = sources.merged(&unread) else { return false };
    renders(Chart::from_directory(files), &values)
}
