//! Records of our own against those that the real Helm 3.22.0 and 4.3.1 wrote for the same chart on a real API server:
//! an installation, three upgrades and a rollback to the first revision.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Driver, Form, Head, Hook, MAXIMUM_SIZE, Record, Rollback, Run, Stamp, Status, Upgrade, merged_labels};
use crate::helm::{
    capability::Capabilities,
    chart::{Chart, ChartFile},
    error::Result,
    json, raw,
    render::{Purpose, Release, Rendered, render},
    template::engine::World,
    value::{Map, Value},
    values::Reuse,
    yaml,
};

macro_rules! vector {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/record/", $path))
    };
}

const FILES: &[(&str, &str)] = &[
    ("Chart.lock", vector!("chart/Chart.lock")),
    ("Chart.yaml", vector!("chart/Chart.yaml")),
    ("charts/inner/Chart.yaml", vector!("chart/charts/inner/Chart.yaml")),
    ("charts/inner/templates/a.yaml", vector!("chart/charts/inner/templates/a.yaml")),
    ("charts/inner/values.yaml", vector!("chart/charts/inner/values.yaml")),
    ("files/readme.txt", vector!("chart/files/readme.txt")),
    ("templates/NOTES.txt", vector!("chart/templates/NOTES.txt")),
    ("templates/cm.yaml", vector!("chart/templates/cm.yaml")),
    ("templates/hook.yaml", vector!("chart/templates/hook.yaml")),
    ("values.schema.json", vector!("chart/values.schema.json")),
    ("values.yaml", vector!("chart/values.yaml")),
];

const THREE: &str = vector!("helm3.json");
const FOUR: &str = vector!("helm4.json");

/// The chart of the records, with the times of its files that this record of Helm 4 tells.
fn chart(of_four: &Json) -> Chart {
    let of_four = &of_four["chart"];
    let modified = |path: &str| {
        let time = match path {
            "Chart.yaml" => &of_four["modtime"],
            "values.schema.json" => &of_four["schemamodtime"],
            _ => {
                let mut files = ["templates", "files"].iter().flat_map(|list| of_four[list].as_array().unwrap());
                &files.find(|file| file["name"] == path)?["modtime"]
            }
        };
        Some(time.as_str()?.parse().unwrap())
    };
    let file = |(path, text): &(&str, &str)| ChartFile {
        path: (*path).to_owned(),
        data: text.as_bytes().to_vec(),
        modified: modified(path),
    };
    Chart::from_directory(FILES.iter().map(file).collect()).unwrap()
}

/// The records of one Helm, the oldest first, with the labels of their objects.
fn real(text: &str) -> Vec<(Json, Json)> {
    let rows: Vec<Json> = serde_json::from_str(text).unwrap();
    rows.into_iter().map(|row| (row["record"].clone(), row["labels"].clone())).collect()
}

fn now() -> Timestamp {
    "2026-11-21T06:00:00.5Z".parse().unwrap()
}

#[test]
fn what_either_helm_wrote_is_written_again_as_it_was() {
    for (text, form) in [(THREE, Form::Three), (FOUR, Form::Four)] {
        for (json, _) in real(text) {
            let record = Record::from_json(json.clone()).unwrap();
            assert_eq!(record.form, form);
            assert_eq!(record.to_json(), json);
            assert_eq!(Record::decode(&record.encode().unwrap()).unwrap(), record);
        }
    }
}

#[test]
fn objects_of_either_helm_are_read_and_written() {
    for (driver, text, form) in [
        (Driver::Secret, vector!("secret3.json"), Form::Three),
        (Driver::Secret, vector!("secret4.json"), Form::Four),
        (Driver::ConfigMap, vector!("configmap3.json"), Form::Three),
    ] {
        let object: Json = serde_json::from_str(text).unwrap();
        let record = driver.record(&object).unwrap();
        assert_eq!((record.form, record.version), (form, 1));
        let head = Head::read(&object).unwrap();
        assert_eq!((&head.name, &head.namespace, &head.status), (&record.name, &record.namespace, &Status::Deployed));
        assert!(head.written_at.is_some());

        let stored = record.store(Stamp::Modified(head.written_at.unwrap())).unwrap();
        let mut ours = driver.object(&stored, &record.namespace);
        assert_eq!(driver.record(&ours).unwrap(), record);
        // Two programs compress in two ways.
        ours["data"]["release"] = object["data"]["release"].clone();
        assert_eq!(ours, object);
    }
}

struct Empty;

impl World for Empty {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        now().as_nanosecond()
    }

    fn random(&mut self, _: &mut [u8]) {}
}

fn rendered(chart: &Chart, values: &Map, record: &Record) -> Rendered {
    let release = Release {
        name: record.name.clone(),
        namespace: record.namespace.clone(),
        revision: record.version,
        purpose: Purpose::Upgrade,
    };
    render(chart, values, &release, &Capabilities::default(), &mut Empty).unwrap()
}

/// The next record, as an upgrade with these values makes it, and what it says once it is deployed.
fn upgraded(last: &Record, next: &Record, reuse: Reuse, new: &str) -> Record {
    let config = json::from_object(&last.config);
    let reused =
        reuse.values(&last.chart.without_charts(), &config, &yaml::read_map(new).unwrap(), &mut vec![]).unwrap();
    let mut chart = chart(&real(FOUR)[0].0);
    if let Some(defaults) = reused.defaults {
        chart.values = defaults;
    }
    let rendered = rendered(&chart, &reused.values, next);
    let upgrade = Upgrade {
        current: last,
        last,
        config: &reused.values,
        rendered: &rendered,
        is_server_side: last.is_server_side(),
        now: now(),
    };
    let mut record = upgrade.record();
    assert_eq!(record.info.status, Status::PendingUpgrade);
    record.become_status(next.info.status.clone(), "Upgrade complete");
    record
}

/// What can be compared: without times of this run, with runs of hooks taken over.
fn comparable(record: &Record, of: &Record) -> Json {
    let mut record = record.clone();
    record.info.last_deployed.clone_from(&of.info.last_deployed);
    for (hook, real) in record.hooks.iter_mut().zip(&of.hooks) {
        hook.last_run.clone_from(&real.last_run);
        if !real.last_run.phase.is_empty() {
            hook.set_default_policy();
        }
    }
    let mut json = record.to_json();
    // Helm 3 takes the space around documents away, and keeps nulls of a chart when it coalesces.
    if of.form == Form::Three {
        remove_nulls(&mut json["chart"]["values"]);
        trim(&mut json["manifest"]);
        json["hooks"].as_array_mut().unwrap().iter_mut().for_each(|hook| trim(&mut hook["manifest"]));
    }
    json
}

fn remove_nulls(values: &mut Json) {
    if let Some(fields) = values.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(remove_nulls);
    }
}

fn trim(text: &mut Json) {
    *text = text.as_str().unwrap().trim().into();
}

#[test]
fn our_records_have_the_fields_of_real_ones() {
    for text in [THREE, FOUR] {
        let real: Vec<_> = real(text).into_iter().map(|(json, _)| Record::from_json(json).unwrap()).collect();
        let mut last = real[0].clone();
        // Helm writes the nulls that the third revision was given into the second one too.
        for (place, reuse, new, spoilt) in [
            (1, Reuse::ResetThenReuse, "{half: null, s: x}", Some("table")),
            (2, Reuse::Reuse, "{table: null, q: 1}", None),
            (3, Reuse::Automatic, "{text: short}", None),
        ] {
            last = upgraded(&last, &real[place], reuse, new);
            let mut ours = last.clone();
            if let Some(name) = spoilt {
                ours.config.insert(name.to_owned(), Json::Null);
            }
            assert_eq!(comparable(&ours, &real[place]), comparable(&real[place], &real[place]), "{place}");
        }
        let (last, target) = (&real[3], &real[0]);
        let is_server_side = target.is_server_side();
        let mut ours = Rollback { last, target, is_server_side, now: now() }.record();
        assert_eq!((&ours.info.status, ours.info.description.as_str()), (&Status::PendingRollback, "Rollback to 1"));
        ours.info.status = Status::Deployed;
        assert_eq!(comparable(&ours, &real[4]), comparable(&real[4], &real[4]));
    }
}

#[test]
fn labels_are_those_of_real_records() {
    for text in [THREE, FOUR] {
        let (json, labels) = real(text).remove(0);
        let mut record = Record::from_json(json).unwrap();
        record.labels.insert("team".to_owned(), "db".to_owned());
        let at = labels["modifiedAt"].as_str().unwrap().parse().unwrap();
        let stored = record.store(Stamp::Modified(Timestamp::from_second(at).unwrap())).unwrap();
        assert_eq!(serde_json::to_value(&stored.labels).unwrap(), labels);
        assert_eq!(stored.name, "sh.helm.release.v1.one.v1");
        record.labels.insert("status".to_owned(), "mine".to_owned());
        assert!(record.store(Stamp::Created(now())).unwrap_err().text().contains("`status`"));
    }
}

#[test]
fn what_another_version_wrote_is_kept() {
    let json = json!({
        "name": "one",
        "info": {"deleted": "", "first_deployed": "", "last_deployed": "2026-01-01T00:00:00+01:00", "status": "paused",
                 "mood": 1},
        "chart": {"metadata": null, "sauce": {"a": null}},
        "hooks": [{"name": "h", "events": ["crd-install"], "last_run": {"started_at": "", "completed_at": "",
                   "phase": "", "took": 3}, "why": []}],
        "version": 3,
        "future": {"a": [1]},
    });
    let record = Record::from_json(json.clone()).unwrap();
    assert_eq!(record.to_json(), json);
    assert_eq!(record.info.status, Status::Other("paused".to_owned()));
    let empty = Record::decode("e30=").unwrap();
    assert_eq!((empty.name.as_str(), empty.to_json()["info"].get("status")), ("", None));
}

#[test]
fn what_is_wrong_with_a_record_is_told() {
    let object = |data: &str| json!({"metadata": {"name": "x"}, "data": {"release": data}});
    let encoded = |json: Json| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, json.to_string());
    for (data, expected) in [
        ("%%", "the record is no base64: "),
        ("H4sIAAAA", "the record is no whole gzip: "),
        ("aGVsbG8=", "the record is no JSON: "),
        (&encoded(json!([])), "the record cannot be read: `` is a list, not an object"),
        (&encoded(json!({"info": {"status": 1}})), "`info.status` is a number, not text"),
        (&encoded(json!({"info": {"last_deployed": "x"}})), "`info.last_deployed`: \"x\" is no time"),
        (&encoded(json!({"hooks": [{"weight": 1.5}]})), "`hooks[0].weight` is a number, not a whole number"),
        (&encoded(json!({"chart": {"values": []}})), "`chart.values` is a list, not an object"),
    ] {
        let error = Driver::ConfigMap.record(&object(data)).unwrap_err();
        assert!(error.text().starts_with("ConfigMap `x` holds no release record that can be read: "), "{error}");
        assert!(error.text().contains(expected), "{data}: {error}");
    }
    let error = Driver::Secret.record(&json!({"metadata": {"name": "x"}})).unwrap_err();
    assert!(error.text().ends_with("it has no data `release`"), "{error}");
    assert!(Driver::read("sql").unwrap_err().text().contains("database"));
    assert_eq!(Driver::read("configmaps").unwrap(), Driver::ConfigMap);
}

#[test]
fn a_record_that_is_too_large_names_what_takes_the_room() {
    let mut record = Record::from_json(real(FOUR).remove(0).0).unwrap();
    let mut noise = 1_u64;
    let bytes = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + u8::try_from(noise >> 57).unwrap() % 95)
    });
    record.manifest = bytes.take(MAXIMUM_SIZE).collect();
    let error = record.encode().unwrap_err();
    let expected = format!("{MAXIMUM_SIZE} is the most that a Secret or ConfigMap holds; most of it is the manifest (");
    assert!(error.text().contains(&expected), "{error}");
}

#[test]
fn bytes_that_are_no_text_become_marks() {
    let hook = crate::helm::manifest::Hook {
        name: "h".to_owned(),
        kind: "Job".to_owned(),
        path: "p".to_owned(),
        manifest: raw::text(b"a: \xff").to_string(),
        events: vec![crate::helm::manifest::Event::Test],
        weight: 0,
        delete_policies: vec![],
        output_log_policies: vec![],
    };
    let hook = Hook::from(&hook);
    assert_eq!(hook.manifest, "a: \u{fffd}");
    assert_eq!(hook.last_run, Run::default());
}

#[test]
fn labels_of_a_user_are_merged_as_by_helm() {
    let labels = |label: &[(&str, &str)]| label.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let merged = merged_labels(&labels(&[("team", "db")]), &labels(&[("team", "null"), ("owner2", "me")]));
    for text in [THREE, FOUR] {
        let (json, real) = real(text).remove(3);
        let record = Record { labels: merged.clone(), ..Record::from_json(json).unwrap() };
        let mut ours = serde_json::to_value(record.store(Stamp::Modified(now())).unwrap().labels).unwrap();
        ours["modifiedAt"] = real["modifiedAt"].clone();
        assert_eq!(ours, real);
    }
}
