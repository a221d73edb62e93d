//! What `render` says of charts that cannot be rendered. What it prints of others is compared with the real Helm.

use std::fs;

use insta::assert_snapshot;

use super::milvus;

/// Renders a chart with this template, and with others that it can include.
fn render(template: &str) -> String {
    const NAMED: &str = "{{ define \"inner\" }}\nport: {{ .Values.absent.port }}{{ end }}\n\
                         {{ define \"outer\" }}{{ include \"inner\" . | nindent 2 }}{{ end }}";
    let chart = tempfile::tempdir().expect("a folder can be made");
    let templates = chart.path().join("templates");
    fs::create_dir(&templates).expect("a folder can be made");
    fs::write(chart.path().join("Chart.yaml"), "{apiVersion: v2, name: c, version: 0.1.0}").expect("it can be written");
    fs::write(templates.join("_named.tpl"), NAMED).expect("it can be written");
    fs::write(templates.join("a.yaml"), template).expect("it can be written");
    milvus(&["render", &chart.path().display().to_string()])
}

#[test]
fn a_fault_deep_inside_is_told_on_one_line_with_all_that_led_there() {
    assert_snapshot!(render("a: {{ include \"outer\" . }}"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: c/templates/a.yaml:1:6 executing "c/templates/a.yaml" at <include "outer" .>: error calling include: c/templates/_named.tpl:3:23 executing "outer" at <include "inner" .>: error calling include: c/templates/_named.tpl:2:16 executing "inner" at <.Values.absent.port>: nil pointer evaluating interface {}.port
    "#);
    assert_snapshot!(render("a: {{ tpl \"{{ include \\\"outer\\\" . }}\" . }}"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: template: c/templates/a.yaml:1:6: executing "c/templates/a.yaml" at <tpl "{{ include \"outer\" . }}" .>: error calling tpl: error during tpl function execution for "{{ include \"outer\" . }}": template: gotpl:1:3: executing "gotpl" at <include "outer" .>: error calling include: template: c/templates/_named.tpl:3:23: executing "outer" at <include "inner" .>: error calling include: template: c/templates/_named.tpl:2:16: executing "inner" at <.Values.absent.port>: nil pointer evaluating interface {}.port
    "#);
    assert_snapshot!(render("{{ template \"outer\" . }}"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: c/templates/_named.tpl:3:23 executing "outer" at <include "inner" .>: error calling include: c/templates/_named.tpl:2:16 executing "inner" at <.Values.absent.port>: nil pointer evaluating interface {}.port
    "#);
}

#[test]
fn what_an_author_says_is_told_on_one_line() {
    assert_snapshot!(render("{{ fail \"one\\ntwo\" }}"), @"
    exit 1
    --- stdout
    --- stderr
    error: execution error at (c/templates/a.yaml:1:3): one two
    ");
    assert_snapshot!(render("\n{{ if }}"), @"
    exit 1
    --- stdout
    --- stderr
    error: parse error at (c/templates/a.yaml:2): missing value for if
    ");
    assert_snapshot!(render("a: [\n"), @"
    exit 1
    --- stdout
    --- stderr
    error: YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content
    ");
}
