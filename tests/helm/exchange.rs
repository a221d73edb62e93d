//! What is random cannot be compared, so it is handed on: keys, certificates, ciphers and password hashes that one program
//! makes, all three read, with the same outcome.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;

use crate::{
    function::lay_out,
    program::{Programs, Renderer},
};

const MAKE: &str = r#"
{{- $ca := genCA "root" 365 }}
{{- $signed := genSignedCert "signed" (list "10.0.0.1" "::1") (list "a.example" "*.b.example") 30 $ca }}
{{- $self := genSelfSignedCert "self" (list "10.0.0.1") (list "a.example") 30 }}
authority: {{ toJson $ca }}
signed: {{ toJson $signed }}
self: {{ toJson $self }}
keys:
{{- range list "rsa" "ecdsa" "ed25519" }}
  {{ . }}: {{ genPrivateKey . | toJson }}
{{- end }}
cipher: {{ encryptAES "password" "plain text, and é" }}
bcrypt: {{ bcrypt "secret" | quote }}
htpasswd: {{ htpasswd "user" "secret" | quote }}
"#;

/// Signatures by RSA and Ed25519 tell nothing of chance, but numbers and times of certificates do: only what each field
/// comes to is printed.
const READ: &str = r#"
{{- range $name := list "authority" "signed" "self" }}
{{- $pair := get $.Values.made $name }}
{{- $read := buildCustomCert (b64enc $pair.Cert) (b64enc $pair.Key) }}
{{ $name }}: {{ eq $read.Cert $pair.Cert }} {{ eq $read.Key $pair.Key }} {{ typeOf $read }}
{{- range $type, $key := $.Values.made.keys }}
{{- $signed := genSignedCertWithKey "x" (list "10.0.0.1") (list "x.example") 3 $read $key }}
{{- $again := buildCustomCert (b64enc $signed.Cert) (b64enc $signed.Key) }}
{{ $name }}-{{ $type }}: {{ eq $signed.Key $key }} {{ eq $again.Cert $signed.Cert }} {{ b64dec ($signed.Cert | splitList "\n" | rest | initial | initial | join "") | len | lt 500 }}
{{- end }}
{{- end }}
{{- range $type, $key := .Values.made.keys }}
own-{{ $type }}: {{ eq (genCAWithKey "own" 3 $key).Key $key }} {{ eq (genSelfSignedCertWithKey "own" nil nil 3 $key).Key $key }}
{{- end }}
plain: {{ decryptAES "password" .Values.made.cipher }}
"#;

/// One test for each that makes.
pub(crate) fn trials(programs: &'static Programs) -> Vec<Trial> {
    let trial = |maker: Renderer| {
        Trial::test(format!("exchange::{maker:?}"), move || {
            exchange(programs, maker).map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    [Renderer::Ours, Renderer::Helm4, Renderer::Helm3].map(trial).into()
}

fn exchange(programs: &Programs, maker: Renderer) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let made = rendered(programs, maker, folder.path(), MAKE)?;
    let made: Json = serde_saphyr::from_str(&made).context("what was made is no YAML")?;
    let text = |name: &str| made[name].as_str().with_context(|| format!("there is no {name}"));
    ensure!(is_of_secret(text("bcrypt")?), "the hash is of something else");
    let (user, hash) = text("htpasswd")?.split_once(':').context("a user and a hash")?;
    ensure!(user == "user" && is_of_secret(hash), "the password is another");
    fs::write(folder.path().join("c/values.yaml"), serde_json::to_string(&serde_json::json!({ "made": made }))?)?;
    let expected = rendered(programs, maker, folder.path(), READ)?;
    ensure!(expected.ends_with("plain: plain text, and é") && !expected.contains("false"), "it reads\n{expected}");
    for reader in [Renderer::Ours, Renderer::Helm4, Renderer::Helm3] {
        let read = rendered(programs, reader, folder.path(), READ)?;
        ensure!(read == expected, "{reader:?} reads\n{read}\nand not\n{expected}");
    }
    Ok(())
}

fn is_of_secret(hash: &str) -> bool {
    bcrypt::verify("secret", hash).unwrap_or(false)
}

fn rendered(programs: &Programs, renderer: Renderer, folder: &Path, template: &str) -> Result<String> {
    lay_out(folder, &[("a.yaml".to_owned(), template.to_owned())])?;
    let answer = programs.render(renderer, folder, "c", &[] as &[&str])?;
    ensure!(answer.is_success, "{renderer:?}: {}", answer.stderr.trim());
    Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
}
