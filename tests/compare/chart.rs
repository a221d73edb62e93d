//! A chart of the size and shape of milvus 5.0.19, made up: as many templates and bytes, most of them in charts that are
//! not enabled, some of which lie in charts that are.

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

/// The name of the made-up chart, and of its folder.
pub(crate) const NAME: &str = "harbour";

/// A file by its path below the chart.
pub(crate) type File = (String, Vec<u8>);

/// A chart to be made: how much is in its templates, and which charts lie in it.
struct Plan {
    name: &'static str,
    is_enabled: bool,
    templates: usize,
    bytes: usize,
    inner: &'static [Self],
}

const PLAN: Plan = Plan {
    name: NAME,
    is_enabled: true,
    templates: 36,
    bytes: 156_000,
    inner: &[
        plan("store", true, 35, 117_000, &[]),
        plan("objects", true, 23, 55_000, &[]),
        plan(
            "broker",
            true,
            70,
            390_000,
            &[
                plan("monitor", false, 160, 900_000, &[plan("agent", true, 40, 220_000, &[])]),
                plan("keeper", false, 57, 296_000, &[]),
            ],
        ),
        plan("relay", false, 71, 218_000, &[]),
        plan("stream", false, 79, 282_000, &[]),
        plan("embed", false, 5, 6_000, &[]),
    ],
};

const fn plan(name: &'static str, is_enabled: bool, templates: usize, bytes: usize, inner: &'static [Plan]) -> Plan {
    Plan { name, is_enabled, templates, bytes, inner }
}

/// What every chart defines for its templates.
const NAMED: &str = include_str!("chart/named.tpl");

/// What a template begins with and, with one container each, goes on with until it is long enough.
const OBJECT: &str = include_str!("chart/object.yaml");
const CONTAINER: &str = include_str!("chart/container.yaml");

/// What the templates of a chart find in its values.
const VALUES: &str = include_str!("chart/values.yaml");

/// The files of the made-up chart; the charts in it are archives, as in a released chart.
pub(crate) fn files() -> Result<Vec<File>> {
    PLAN.files()
}

impl Plan {
    fn files(&self) -> Result<Vec<File>> {
        let mut files = vec![
            ("Chart.yaml".to_owned(), self.metadata().into_bytes()),
            ("values.yaml".to_owned(), self.values().into_bytes()),
            ("templates/_named.tpl".to_owned(), NAMED.replace("CHART", self.name).into_bytes()),
        ];
        let length = self.bytes.saturating_sub(NAMED.len()) / (self.templates - 1);
        for number in 1..self.templates {
            files.push((format!("templates/part-{number}.yaml"), self.template(number, length).into_bytes()));
        }
        for inner in self.inner {
            files.push((format!("charts/{}-1.0.0.tgz", inner.name), packed(inner.name, &inner.files()?)?));
        }
        Ok(files)
    }

    fn metadata(&self) -> String {
        let inner = |inner: &Self| format!("- {{name: {0}, version: 1.0.0, condition: {0}.enabled}}\n", inner.name);
        let inner: String = self.inner.iter().map(inner).collect();
        format!("apiVersion: v2\nname: {}\nversion: 1.0.0\nappVersion: \"2.6\"\ndependencies:\n{inner}", self.name)
    }

    fn values(&self) -> String {
        let inner = |inner: &Self| format!("{}:\n  enabled: {}\n", inner.name, inner.is_enabled);
        std::iter::once(VALUES.to_owned()).chain(self.inner.iter().map(inner)).collect()
    }

    /// A template of so many bytes. Values switch on one of three, as most of what charts offer is off.
    fn template(&self, number: usize, length: usize) -> String {
        let mut text = OBJECT.to_owned();
        let mut container = 0;
        while text.len() < length {
            container += 1;
            text.push_str(&CONTAINER.replace("CONTAINER", &format!("container-{container}")));
        }
        text.push_str("{{- end }}\n");
        let role = ["front", "back", "spare"][number % 3];
        text.replace("CHART", self.name).replace("PART", &format!("part-{number}")).replace("ROLE", role)
    }
}

fn packed(name: &str, files: &[File]) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(GzEncoder::new(vec![], Compression::default()));
    for (path, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("{name}/{path}"), data.as_slice())?;
    }
    Ok(builder.into_inner()?.finish()?)
}
