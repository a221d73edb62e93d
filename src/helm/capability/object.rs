//! The objects behind `.Capabilities`, with the types, fields and methods of Helm 4.3.1.

use std::{any::Any, rc::Rc};

use super::{Capabilities, GO_VERSION, HELM_VERSION, KUBE_CLIENT_VERSION, KubeVersion};
use crate::helm::{
    error::Result,
    function::Kind,
    value::{Encoded, Object, Value},
};

/// `.Capabilities`.
#[derive(Clone, Debug)]
pub(super) struct CapabilitiesObject {
    kube_version: Rc<KubeVersionObject>,
    api_versions: Rc<VersionSet>,
    helm_version: Rc<BuildInfo>,
}

/// `.Capabilities.KubeVersion`.
#[derive(Clone, Debug)]
struct KubeVersionObject(KubeVersion);

/// `.Capabilities.APIVersions`.
#[derive(Clone, Debug)]
struct VersionSet(Vec<Value>);

/// `.Capabilities.HelmVersion`.
#[derive(Clone, Copy, Debug)]
struct BuildInfo;

impl CapabilitiesObject {
    pub(super) fn new(capabilities: &Capabilities) -> Self {
        Self {
            kube_version: Rc::new(KubeVersionObject(capabilities.kube_version.clone())),
            api_versions: Rc::new(VersionSet(capabilities.api_versions.iter().map(Value::text).collect())),
            helm_version: Rc::new(BuildInfo),
        }
    }
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::Object(match name {
            "KubeVersion" => self.kube_version.clone(),
            "APIVersions" => self.api_versions.clone(),
            "HelmVersion" => self.helm_version.clone(),
            _ => return None,
        }))
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        (method == "Copy").then_some(&[])
    }

    fn call(&self, method: &str, _arguments: &[Value]) -> Option<Result<Value>> {
        (method == "Copy").then(|| Ok(Value::Object(Rc::new(self.clone()))))
    }

    fn json(&self) -> Option<Encoded> {
        fields(self, &[("KubeVersion", "KubeVersion"), ("APIVersions", "APIVersions"), ("HelmVersion", "HelmVersion")])
    }

    fn print(&self) -> String {
        let [kube, apis, helm] = [self.kube_version.print(), self.api_versions.print(), self.helm_version.print()];
        format!("&{{{kube} {apis} {helm}}}")
    }

    fn written(&self) -> String {
        self.print().split_off(1)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for KubeVersionObject {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Version" => self.0.full().into(),
            "Major" => self.0.major().into(),
            "Minor" => self.0.minor().into(),
            _ => return None,
        })
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        matches!(method, "GitVersion" | "String").then_some(&[])
    }

    fn call(&self, method: &str, _arguments: &[Value]) -> Option<Result<Value>> {
        match method {
            "GitVersion" => Some(Ok(self.0.full().into())),
            "String" => Some(Ok(self.0.plain().into())),
            _ => None,
        }
    }

    fn json(&self) -> Option<Encoded> {
        fields(self, &[("Version", "Version"), ("Major", "Major"), ("Minor", "Minor")])
    }

    fn print(&self) -> String {
        format!("{{{} {} {} {}}}", self.0.full(), self.0.plain(), self.0.major(), self.0.minor())
    }

    fn written(&self) -> String {
        self.0.plain().to_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        (method == "Has").then_some(&[Kind::Text])
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let wanted = arguments.first().and_then(Value::as_text);
        let has = || self.0.iter().any(|version| version.as_text() == wanted);
        (method == "Has").then(|| Ok(has().into()))
    }

    fn json(&self) -> Option<Encoded> {
        Some(Encoded::Plain(Value::list(self.0.clone())))
    }

    fn print(&self) -> String {
        let versions: Vec<_> = self.0.iter().filter_map(Value::as_text).collect();
        format!("[{}]", versions.join(" "))
    }

    fn is_true(&self) -> bool {
        !self.0.is_empty()
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        Some((0..).map(Value::Int).zip(self.0.iter().cloned()).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for BuildInfo {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Version" => HELM_VERSION.into(),
            "GitCommit" | "GitTreeState" => "".into(),
            "GoVersion" => GO_VERSION.into(),
            "KubeClientVersion" => KUBE_CLIENT_VERSION.into(),
            _ => return None,
        })
    }

    fn call(&self, _method: &str, _arguments: &[Value]) -> Option<Result<Value>> {
        None
    }

    /// Fields without a value are left out.
    fn json(&self) -> Option<Encoded> {
        fields(
            self,
            &[("Version", "version"), ("GoVersion", "go_version"), ("KubeClientVersion", "kube_client_version")],
        )
    }

    fn print(&self) -> String {
        format!("{{{HELM_VERSION}   {GO_VERSION} {KUBE_CLIENT_VERSION}}}")
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Fields of an object and how JSON names them.
fn fields(object: &dyn Object, names: &[(&str, &str)]) -> Option<Encoded> {
    let field = |(name, json): &(&str, &str)| Some((Rc::from(*json), object.field(name)?));
    names.iter().map(field).collect::<Option<_>>().map(Encoded::Struct)
}

#[cfg(test)]
mod tests {
    use crate::helm::{
        capability::{Capabilities, KubeVersion},
        value::{Object, Value},
    };

    fn object(value: &Value) -> &dyn Object {
        let Value::Object(object) = value else { panic!("{value:?}") };
        object.as_ref()
    }

    #[test]
    fn templates_see_what_helm_shows_them() {
        let capabilities =
            Capabilities { kube_version: KubeVersion::parse("1.30.2-eks").unwrap(), ..Capabilities::default() };
        let top = capabilities.to_value();
        let version = object(&top).field("KubeVersion").unwrap();
        assert_eq!(object(&version).field("Version").unwrap().as_text(), Some("v1.30.2-eks"));
        assert_eq!(object(&version).field("Minor").unwrap().as_text(), Some("30"));
        assert_eq!(object(&version).call("GitVersion", &[]).unwrap().unwrap().as_text(), Some("v1.30.2-eks"));
        assert_eq!(object(&version).call("String", &[]).unwrap().unwrap().as_text(), Some("v1.30.2"));
        let helm = object(&top).field("HelmVersion").unwrap();
        assert_eq!(object(&helm).print(), "{v4.3.1   go1.26.8 v1.37}");
        assert!(object(&top).print().starts_with("&{{v1.30.2-eks v1.30.2 1 30} [v1 admission"));
    }

    #[test]
    fn api_versions_are_found() {
        let top = Capabilities::default().to_value();
        let versions = object(&top).field("APIVersions").unwrap();
        for (version, found) in [("apps/v1", true), ("v1", true), ("apps/v1/Deployment", false)] {
            let answer = object(&versions).call("Has", &[version.into()]).unwrap().unwrap();
            assert_eq!(answer.is_true(), found, "{version}");
        }
        assert_eq!(object(&versions).entries().unwrap().len(), 57);
    }
}
