//! Fields of objects by the paths in which the API server speaks of them.

use serde_json::Value as Json;

/// A field that is not as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it is: `spec.ports[0].port`.
    pub path: String,
    /// What is there; null where nothing is.
    pub live: Json,
    /// What is wanted.
    pub wanted: Json,
}

/// The value at a path such as `spec.containers[0].image` or `.spec.containers[name="main"].image`; null where there is
/// none. Keys may have dots in them, so the longest that fits is taken.
pub fn at<'a>(object: &'a Json, path: &str) -> &'a Json {
    const NOTHING: &Json = &Json::Null;
    let path = path.strip_prefix('.').unwrap_or(path);
    if path.is_empty() {
        return object;
    }
    if let Some((step, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
        let item = match step.parse::<usize>() {
            Ok(place) => object.get(place),
            Err(_) => object.as_array().and_then(|items| items.iter().find(|item| fits(item, step))),
        };
        return item.map_or(NOTHING, |item| at(item, rest));
    }
    let leads = |key: &&String| {
        path.strip_prefix(key.as_str()).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'.' | b'[', ..]))
    };
    let key = object.as_object().and_then(|fields| fields.keys().filter(leads).max_by_key(|key| key.len()));
    key.map_or(NOTHING, |key| at(&object[key.as_str()], &path[key.len()..]))
}

/// Whether an item of a list has these keys: `containerPort=80,protocol="TCP"`.
fn fits(item: &Json, keys: &str) -> bool {
    keys.split(',').all(|key| {
        let (name, value) = key.split_once('=').unwrap_or((key, ""));
        serde_json::from_str(value).is_ok_and(|value: Json| value == item[name])
    })
}

/// What is wanted and not there, down to single fields. What a server adds on its own is none; items of lists are the
/// same where their names are, else where they stand.
pub fn differences(path: &str, live: &Json, wanted: &Json) -> Vec<Difference> {
    match (live, wanted) {
        (Json::Object(live), Json::Object(wanted)) => {
            let field = |(key, wanted): (&String, &Json)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differences(&path, live.get(key).unwrap_or(&Json::Null), wanted)
            };
            wanted.iter().flat_map(field).collect()
        }
        (Json::Array(live), Json::Array(wanted)) if live.len() == wanted.len() => {
            let item = |(place, wanted): (usize, &Json)| {
                let named = live.iter().find(|item| name(item).is_some() && name(item) == name(wanted));
                differences(&format!("{path}[{place}]"), named.unwrap_or(&live[place]), wanted)
            };
            wanted.iter().enumerate().flat_map(item).collect()
        }
        _ if live == wanted || wanted.is_null() => vec![],
        _ => vec![Difference { path: path.to_owned(), live: live.clone(), wanted: wanted.clone() }],
    }
}

fn name(item: &Json) -> Option<&str> {
    item["name"].as_str().or_else(|| item["metadata"]["name"].as_str())
}

/// What the server objects to, where it names a whole part of an object (`spec`): the fields of it that are to change, but
/// for those that its message says may (`fields other than 'replicas', 'template' … are forbidden`).
pub fn forbidden(path: &str, message: &str, live: &Json, wanted: &Json) -> Vec<Difference> {
    let mut wanted = at(wanted, path).clone();
    if let Some(fields) = wanted.as_object_mut() {
        for allowed in message.split('\'').skip(1).step_by(2) {
            fields.remove(allowed);
        }
    }
    differences(path.trim_start_matches('.'), at(live, path), &wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{at, differences, forbidden};

    #[test]
    fn fields_are_found_by_the_paths_of_the_server() {
        let object = json!({
            "metadata": {"annotations": {"a.b/c": 1, "a": 2}},
            "spec": {"items": [{"name": "x", "port": 1}, {"name": "y", "port": 2, "protocol": "TCP"}]},
        });
        for (path, expected) in [
            ("spec.items[1].port", json!(2)),
            (r#".spec.items[name="y"].port"#, json!(2)),
            (r#".spec.items[port=2,protocol="TCP"].name"#, json!("y")),
            (".metadata.annotations.a.b/c", json!(1)),
            (".metadata.annotations.a", json!(2)),
            ("spec.items[7].port", Json::Null),
            ("spec.item", Json::Null),
            ("spec[0", Json::Null),
            ("", object.clone()),
        ] {
            assert_eq!(*at(&object, path), expected, "{path}");
        }
    }

    #[test]
    fn only_what_is_wanted_and_not_there_differs() {
        let live = json!({"a": 1, "added": 2, "list": [{"name": "x", "v": 1}, {"name": "y", "v": 1}], "short": [1]});
        let wanted =
            json!({"a": 1, "list": [{"name": "y", "v": 1}, {"name": "x", "v": 3}], "short": [1, 2], "new": "n"});
        let told: Vec<_> = differences("", &live, &wanted)
            .into_iter()
            .map(|one| format!("{}: {} -> {}", one.path, one.live, one.wanted))
            .collect();
        assert_eq!(told, ["list[1].v: 1 -> 3", "short: [1] -> [1,2]", r#"new: null -> "n""#]);
    }

    #[test]
    fn what_may_change_is_not_what_is_forbidden() {
        let message = "updates for fields other than 'replicas' and 'template' are forbidden";
        let live = json!({"spec": {"replicas": 1, "serviceName": "a", "template": {"x": 1}}});
        let wanted = json!({"spec": {"replicas": 2, "serviceName": "b", "template": {"x": 2}}});
        let told: Vec<_> = forbidden("spec", message, &live, &wanted).into_iter().map(|one| one.path).collect();
        assert_eq!(told, ["spec.serviceName"]);
    }
}
