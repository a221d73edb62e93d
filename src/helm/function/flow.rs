//! What is Helm's own: `include`, `tpl`, `required`, `fail`, `lookup`, and `getHostByName`, which asks no one.

use super::{
    Function,
    Kind::{Any, Text},
    argument,
};
use crate::helm::{error::Error, value::Value};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("include", &[Text, Any], |host, arguments| {
        Ok(host.include(argument::text(arguments, 0)?, argument::any(arguments, 1)?.clone())?.into())
    }),
    Function::new("tpl", &[Text, Any], |host, arguments| {
        Ok(host.tpl(argument::text(arguments, 0)?, argument::any(arguments, 1)?.clone())?.into())
    }),
    Function::new("required", &[Text, Any], |_, arguments| match argument::any(arguments, 1)? {
        Value::Nil => Err(warning(argument::text(arguments, 0)?)),
        Value::Text(text) if text.is_empty() => Err(warning(argument::text(arguments, 0)?)),
        given => Ok(given.clone()),
    }),
    Function::new("fail", &[Text], |_, arguments| Err(warning(argument::text(arguments, 0)?))),
    Function::new("lookup", &[Text; 4], |host, arguments| {
        let text = |place| argument::text(arguments, place);
        host.lookup(text(0)?, text(1)?, text(2)?, text(3)?)
    }),
    // Helm looks names up only with `--enable-dns`; without it the answer is empty.
    Function::new("getHostByName", &[Text], |_, _| Ok("".into())),
];

/// The marks that Helm puts around the words of `required` and `fail`, to find them in the chain of an error.
const MARKS: [&str; 2] = ["HELM_ERR_START", "HELM_ERR_END"];

/// An error of the chart's own words, marked as Helm marks it.
fn warning(text: &str) -> Error {
    Error::new(format!("{}{text}{}", MARKS[0], MARKS[1]))
}

/// The chart's own words in an error's text, where `required` or `fail` was its cause. Helm prints them alone:
/// `execution error at (file:line:column): words`.
pub fn own_words(text: &str) -> Option<&str> {
    let start = text.find(MARKS[0])? + MARKS[0].len();
    let end = text.rfind(MARKS[1])?;
    text.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::{
        super::vector::{World, call},
        own_words,
    };
    use crate::helm::value::Value;

    #[test]
    fn the_words_of_a_chart_are_found_in_the_chain() {
        let mut world = World::default();
        let error = call(&mut world, "fail", &["set a\npassword".into()]).unwrap_err();
        let chain = error.during("error calling include").during("template: a.yaml:1:2");
        assert_eq!(own_words(chain.text()), Some("set a\npassword"));
        assert_eq!(own_words("some other error"), None);
        assert_eq!(own_words("HELM_ERR_END HELM_ERR_START"), None);
    }

    #[test]
    fn only_nil_and_empty_text_are_missing() {
        let mut world = World::default();
        for given in [Value::Nil, "".into()] {
            let error = call(&mut world, "required", &["words".into(), given]).unwrap_err();
            assert_eq!(own_words(error.text()), Some("words"));
        }
        for given in [Value::Int(0), Value::Bool(false), Value::list(vec![])] {
            assert!(call(&mut world, "required", &["words".into(), given]).is_ok());
        }
    }

    #[test]
    fn templates_and_the_cluster_are_the_hosts() {
        let mut world = World::default();
        let answer = |world: &mut World, name, arguments: &[Value]| {
            call(world, name, arguments).unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!(answer(&mut world, "include", &["name".into(), Value::Int(1)]), "include name 1");
        assert_eq!(answer(&mut world, "tpl", &["text".into(), Value::Nil]), "tpl text <nil>");
        assert_eq!(answer(&mut world, "lookup", &["v1".into(), "Pod".into(), "ns".into(), "".into()]), "v1 Pod ns ");
        assert_eq!(answer(&mut world, "getHostByName", &["localhost".into()]), "");
    }
}
