//! Whether labels fit a selector, as the API server would say.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Whether `labels` fit. An empty selector fits everything.
pub(super) fn fits(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let same = |(key, value): (&String, &String)| labels.get(key) == Some(value);
    let expressions = selector.match_expressions.as_deref().unwrap_or_default();
    selector.match_labels.iter().flatten().all(same)
        && expressions.iter().all(|expression| {
            let value = labels.get(&expression.key);
            let listed = |value| expression.values.as_ref().is_some_and(|values| values.contains(value));
            match expression.operator.as_str() {
                "In" => value.is_some_and(listed),
                "NotIn" => !value.is_some_and(listed),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// Whether it fits everything.
pub(super) fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{fits, is_empty};

    #[test]
    fn selectors_are_read_as_the_api_server_reads_them() {
        let labels = BTreeMap::from([("name".to_owned(), "vec".to_owned())]);
        let expression = |operator, values: &[&str]| json!({"matchExpressions": [{"key": "name", "operator": operator, "values": values}]});
        for (selector, verdict) in [
            (json!({}), true),
            (json!({"matchLabels": {"name": "vec"}}), true),
            (json!({"matchLabels": {"name": "vec", "team": "a"}}), false),
            (expression("In", &["vec", "b"]), true),
            (expression("NotIn", &["vec"]), false),
            (expression("NotIn", &["kube-system"]), true),
            (expression("Exists", &[]), true),
            (expression("DoesNotExist", &[]), false),
        ] {
            let selector = serde_json::from_value(selector).expect("a selector");
            assert_eq!(fits(&selector, &labels), verdict, "{selector:?}");
        }
        assert!(is_empty(&serde_json::from_value(json!({})).expect("a selector")));
    }
}
