use std::{fmt, str::FromStr};

use crate::output::escape;

/// What a command is about, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetReference {
    /// `NAME`: a Milvus resource or a Helm release, whichever there is.
    Name(String),
    /// `milvus/NAME`: a Milvus resource.
    Milvus(String),
    /// `release/NAME`: a Helm release of the chart milvus.
    Release(String),
    /// `operator` or `operator/NAME`: the operator itself.
    Operator(Option<String>),
}

/// The longest name of a Kubernetes object.
const LONGEST_NAME: usize = 253;
/// The longest name of a Helm release (helm, `pkg/chart/common/util`: 63 less room for suffixes).
const LONGEST_RELEASE: usize = 53;

impl FromStr for TargetReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            None if text == "operator" => Ok(Self::Operator(None)),
            None => Ok(Self::Name(name(text, text, LONGEST_NAME)?)),
            Some(("milvus", rest)) => Ok(Self::Milvus(name(text, rest, LONGEST_NAME)?)),
            Some(("release", rest)) => Ok(Self::Release(name(text, rest, LONGEST_RELEASE)?)),
            Some(("operator", rest)) => Ok(Self::Operator(Some(name(text, rest, LONGEST_NAME)?))),
            Some(_) => Err(format!("`{}` is not NAME, milvus/NAME, release/NAME or operator[/NAME]", escape(text))),
        }
    }
}

impl fmt::Display for TargetReference {
    /// As it can be typed again.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.pad(name),
            Self::Milvus(name) => formatter.pad(&format!("milvus/{name}")),
            Self::Release(name) => formatter.pad(&format!("release/{name}")),
            Self::Operator(None) => formatter.pad("operator"),
            Self::Operator(Some(name)) => formatter.pad(&format!("operator/{name}")),
        }
    }
}

/// A name as Kubernetes allows it for objects (RFC 1123 subdomain).
fn name(whole: &str, name: &str, longest: usize) -> Result<String, String> {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-');
    if name.len() <= longest && name.split('.').all(label) {
        Ok(name.to_owned())
    } else {
        let rule = "lower-case letters, digits, `-` and `.`";
        Err(format!("`{}` is not a Kubernetes name: {rule}, {longest} at most", escape(whole)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TargetReference;

    #[test]
    fn each_way_to_name_a_target_is_read_and_written_back() {
        for (text, target) in [
            ("prod", TargetReference::Name("prod".into())),
            ("milvus/prod", TargetReference::Milvus("prod".into())),
            ("milvus/operator", TargetReference::Milvus("operator".into())),
            ("release/my-release.a", TargetReference::Release("my-release.a".into())),
            ("operator", TargetReference::Operator(None)),
            ("operator/milvus-operator", TargetReference::Operator(Some("milvus-operator".into()))),
        ] {
            assert_eq!(text.parse(), Ok(target.clone()), "{text}");
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_kubernetes_name_is_refused_with_an_escaped_echo() {
        let long = format!("release/{}", "a".repeat(54));
        for text in
            ["", "milvus/", "Prod", "a_b", "-a", "a-", "a..b", "pod/x", "milvus/a/b", "a b", "../x", long.as_str()]
        {
            assert!(text.parse::<TargetReference>().is_err(), "{text}");
        }
        let refused = "a\u{1b}[31m".parse::<TargetReference>().unwrap_err();
        assert!(refused.starts_with(r"`a\u{1b}[31m` is not"), "{refused}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<TargetReference>();
        }
    }
}
