//! The text of a template, made up or of the vectors, in the chart of the vectors.

use kubectl_milvus::helm::{chart::Chart, value::Map};

use super::{Parts, file, part, renders, text};
use crate::fuzz::{corpus::Corpus, grammar, mutation::mutated, random::Random};

/// What every template can include.
const HELPERS: &str = "{{ define \"a\" }}[{{ . }}]{{ end }}{{ define \"b\" }}b{{ end }}{{ define \"h\" }}{{ include \"a\" . | upper }}{{ end }}";

pub(super) fn make(random: &mut Random, corpus: &Corpus) -> Parts {
    let (one, other) = (random.pick(&corpus.templates).clone(), random.pick(&corpus.templates).clone());
    let made = grammar::template(random, corpus);
    let template = match random.below(4) {
        0 => mutated(random, &one, &other),
        1 => {
            let call = format!("{{{{ {} }}}}", random.pick(&corpus.calls));
            mutated(random, &call, &other) + &made
        }
        2 => made,
        _ => mutated(random, &made, &other),
    };
    // What is no YAML would be refused after all, so mostly it stands in the notes, which need not be.
    let name = if random.once_in(4) { "templates/case.yaml" } else { "templates/NOTES.txt" };
    vec![part("values.yaml", corpus.values.as_str()), part(name, template)]
}

pub(super) fn run(parts: &Parts) -> bool {
    let mut files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: t\nversion: 1.2.3\n"),
        file("values.yaml", text(parts, "values.yaml")),
        file("files/hello.txt", "hello file\n"),
        file("templates/_helpers.tpl", HELPERS),
        file("templates/other.yaml", "other: {{ .Values.name }}\n"),
    ];
    files.extend(parts.iter().skip(1).map(|(name, data)| file(name, data.as_slice())));
    renders(Chart::from_directory(files), &Map::new())
}
