//! What no template can do: overflow a stack, go on forever, write without end, or panic.

use proptest::prelude::*;

use super::{from_json, render};
use crate::helm::value::Value;

fn rendered(template: &str) -> String {
    match render("", template, &Value::Nil) {
        Ok(text) => text,
        Err(error) => error.text().to_owned(),
    }
}

#[test]
fn an_include_of_itself_ends_where_helm_ends_it() {
    let text = rendered("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}");
    assert!(text.ends_with("rendering template has a nested reference name: a: unable to execute template"), "{text}");
    assert_eq!(text.matches("error calling include: ").count(), 1002);
}

#[test]
fn a_list_of_a_thousand_may_be_gone_through_by_include() {
    let template = "{{ define \"a\" }}{{ if . }}.{{ include \"a\" (slice . 1) }}{{ end }}{{ end }}\
                    {{ include \"a\" (splitList \"\" (repeat 998 \"x\")) }}";
    assert_eq!(rendered(template), ".".repeat(1000));
}

#[test]
fn a_template_of_itself_ends_where_go_ends_it() {
    let text = rendered("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}");
    assert!(text.ends_with("exceeded maximum template depth (100000)"), "{text}");
}

#[test]
fn a_tpl_of_itself_ends() {
    let text = rendered("{{ $d := dict \"t\" \"{{ tpl .t . }}\" }}{{ tpl $d.t $d }}");
    assert!(text.ends_with("tpl is called inside of tpl more than 1000 deep"), "{}", &text[text.len() - 200..]);
}

#[test]
fn a_loop_without_end_ends() {
    let text = rendered("{{ range 100000000000 }}{{ end }}");
    assert!(text.ends_with("loops turn and templates are called more than 10000000 times"), "{text}");
}

#[test]
fn a_text_that_doubles_ends() {
    let text = rendered("{{ $x := \"0123456789abcdef\" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}");
    assert!(text.ends_with("a text is longer than 33554432 bytes"), "{text}");
    let text = rendered("{{ $x := list (repeat 10000 \"x\") }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}");
    assert!(text.ends_with("a text is longer than 33554432 bytes"), "{text}");
}

#[test]
fn a_map_that_holds_itself_is_not_printed() {
    let text = rendered("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}");
    assert!(text.ends_with("lists and maps are more than 200 deep inside of one another"), "{text}");
}

#[test]
fn actions_nest_two_hundred_deep_and_no_deeper() {
    let parens = |count: usize| format!("{{{{ {}1{} }}}}", "(".repeat(count), ")".repeat(count));
    assert_eq!(rendered(&parens(199)), "1");
    assert!(rendered(&parens(201)).contains("nested more than 200 deep"));
    let conditions = |count: usize| format!("{}x{}", "{{ if 1 }}".repeat(count), "{{ end }}".repeat(count));
    assert_eq!(rendered(&conditions(199)), "x");
    assert!(rendered(&conditions(201)).contains("nested more than 200 deep"));
    let chain = format!("{{{{ if 0 }}}}{}{{{{ else }}}}x{{{{ end }}}}", "{{ else if 0 }}".repeat(5000));
    assert_eq!(rendered(&chain), "x");
}

/// Pieces of templates that have a chance to fit together.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "{{", "}}", "{{- ", " -}}", "(", ")", "|", ".", "$", "$x", ":=", "=", ",", "\"a\"", "`b`", "'c'", "1", "-2.5",
        "0x1p4", "nil", "true", "if ", "else ", "with ", "range ", "end", "define ", "template ", "block ", "break",
        "continue", ".Values", ".a.b", "index ", "printf ", "\"%[2]*.[1]*d|%v\"", "include ", "tpl ", "eq ", "and ",
        "or ", "len ", "list ", "dict ", "set ", "/*", "*/", " ", "\n", "é", "\\", "\"", "`", "{{ end }}", "{{ if 1 }}",
        "{{ range 2 }}", "{{ define \"a\" }}", "{{ include \"a\" . }}", "{{ tpl .a . }}", "{{ $x := list }}",
    ];
    prop_oneof![8 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"]
}

proptest! {
    #[test]
    fn any_text_gives_text_or_an_error(pieces in proptest::collection::vec(piece(), 0..40)) {
        let values = from_json(&serde_json::json!({ "a": "{{ . }}", "b": [1, null, { "c": "d" }] }));
        let _ = render("{{ define \"h\" }}{{ . }}{{ end }}", &pieces.concat(), &values);
    }

    #[test]
    fn any_format_gives_text_or_an_error(format in "(%[-+# 0]{0,2}(\\[[0-9]?\\])?[0-9*]{0,2}(\\.[0-9*]?)?[vdsqxXtfFgGeETcUoObp%é]|.){0,6}") {
        let arguments = [Value::Int(-3), Value::Float(2.5), Value::text("é\n"), Value::Nil, Value::list(vec![Value::Int64(7)])];
        let _ = crate::helm::template::format::printf(&format, &arguments);
    }
}
