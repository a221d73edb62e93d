use std::collections::BTreeMap;

use crate::helm::{
    decode::{self, Decode},
    error::Result,
    value::Value,
    yaml,
};

/// What Helm looks at in a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Default)]
struct Fields {
    api_version: String,
    kind: String,
    metadata: MetadataFields,
}

#[derive(Default)]
struct MetadataFields {
    name: String,
    annotations: Option<decode::Texts>,
}

impl Head {
    /// Reads a document; all of it has to be YAML, and its head of the right types.
    pub(super) fn read(text: &str) -> Result<Self> {
        let mut fields = Fields::default();
        fields.decode(&yaml::read_with_integers(text)?)?;
        let MetadataFields { name, annotations } = fields.metadata;
        let annotations = annotations.into_iter().flatten().map(|(name, text)| (name.to_string(), text)).collect();
        Ok(Self { api_version: fields.api_version, kind: fields.kind, name, annotations })
    }
}

impl Decode for Fields {
    const TYPE: &str = "util.SimpleHead";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "apiversion" => decode::text(&mut self.api_version, value, "SimpleHead.apiVersion"),
            "kind" => decode::text(&mut self.kind, value, "SimpleHead.kind"),
            "metadata" => self.metadata.decode(value),
            _ => Ok(()),
        }
    }
}

impl Decode for MetadataFields {
    const TYPE: &str = "struct { Name string; Annotations map[string]string }";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "name" => decode::text(&mut self.name, value, "SimpleHead.metadata.name"),
            "annotations" => decode::texts_by_name(&mut self.annotations, value, "SimpleHead.metadata.annotations"),
            _ => Ok(()),
        }
    }
}
