use serde_json::Value as Json;
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
};

use super::{FUNCTIONS, Pair, key::PrivateKey, object_identifier as known, pair, pem};
use crate::helm::{
    error::Error,
    function::{
        entropy::Randomness,
        fixture::{World, called, value_in},
    },
    value::{Object, Value},
};

/// What Helm made with the keys that are in there.
fn vectors() -> Vec<Json> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/certificate.json"));
    serde_json::from_str(text).unwrap()
}

fn text<'a>(row: &'a Json, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} is text"))
}

fn pair_of(row: &Json) -> Pair {
    Pair { certificate: text(row, "Cert").to_owned(), key: text(row, "Key").to_owned() }
}

fn arguments(row: &Json) -> Vec<Value> {
    let list =
        |name| Value::list(row[name].as_array().unwrap().iter().map(|item| item.as_str().unwrap().into()).collect());
    let mut arguments = vec![text(row, "name").into()];
    if row["names"].is_array() {
        arguments.extend([list("addresses"), list("names")]);
    }
    arguments.push(Value::Int(row["days"].as_i64().unwrap()));
    if row["authority"].is_object() {
        arguments.push(super::value(pair_of(&row["authority"])));
    }
    arguments.push(text(row, "key").into());
    arguments
}

fn made(name: &str, arguments: &[Value]) -> Result<Pair, Error> {
    made_in(&mut World::default(), name, arguments)
}

fn made_in(world: &mut World, name: &str, arguments: &[Value]) -> Result<Pair, Error> {
    let value = value_in(world, FUNCTIONS, name, arguments)?;
    Ok(Pair::given(&[value], 0)?.clone())
}

fn certificate(text: &str) -> Certificate {
    Certificate::from_der(&pem::decode(text).unwrap().bytes).unwrap()
}

/// How long it is valid, in seconds.
fn validity(certificate: &Certificate) -> u64 {
    let validity = certificate.tbs_certificate().validity();
    let [from, to] = [validity.not_before, validity.not_after].map(|time| time.to_unix_duration().as_secs());
    to - from
}

#[test]
fn with_given_keys_we_make_the_certificates_of_helm() {
    for row in vectors() {
        let function = text(&row, "function");
        let ours = made(function, &arguments(&row)).unwrap();
        let theirs = pair_of(&row["pair"]);
        assert_eq!(ours.key, theirs.key, "{row}");
        let (our, their) = (certificate(&ours.certificate), certificate(&theirs.certificate));
        let (inside, other) = (our.tbs_certificate(), their.tbs_certificate());
        assert_eq!(inside.version(), other.version());
        assert_eq!(inside.signature().to_der(), other.signature().to_der());
        assert_eq!(our.signature_algorithm().to_der(), their.signature_algorithm().to_der());
        assert_eq!(inside.issuer().to_der(), other.issuer().to_der(), "{row}");
        assert_eq!(inside.subject().to_der(), other.subject().to_der(), "{row}");
        assert_eq!(inside.subject_public_key_info().to_der(), other.subject_public_key_info().to_der());
        assert_eq!(inside.extensions(), other.extensions(), "{row}");
        assert_eq!(validity(&our), validity(&their), "{row}");
    }
}

#[test]
fn we_sign_what_helm_signed_as_helm_did() {
    for row in vectors() {
        let signer = if row["authority"].is_object() { &row["authority"]["Key"] } else { &row["key"] };
        let signer = PrivateKey::from_pem(signer.as_str().unwrap()).unwrap();
        let theirs = certificate(text(&row["pair"], "Cert"));
        let message = theirs.tbs_certificate().to_der().unwrap();
        let signature = signer.sign(&message, &mut Randomness(&mut World::default())).unwrap();
        // Signatures on curves take a random number in Go, so that only ours can be made again.
        if !matches!(signer, PrivateKey::Elliptic(_)) {
            assert_eq!(theirs.signature().raw_bytes(), signature);
        }
        assert_eq!(theirs.signature_algorithm().to_der().unwrap(), signer.signature_algorithm().unwrap());
    }
}

#[test]
fn signatures_on_curves_hold() {
    use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier};
    let rows = vectors();
    let row = rows.iter().find(|row| text(row, "key").contains("EC PRIVATE")).unwrap();
    for row in rows.iter().filter(|other| other["key"] == row["key"] && other["authority"].is_null()) {
        for text in [&made(text(row, "function"), &arguments(row)).unwrap().certificate, text(&row["pair"], "Cert")] {
            let certificate = certificate(text);
            let inside = certificate.tbs_certificate();
            let point = inside.subject_public_key_info().subject_public_key.raw_bytes();
            let Ok(key) = VerifyingKey::from_sec1_bytes(point) else { continue };
            let signature = DerSignature::from_bytes(certificate.signature().raw_bytes()).unwrap();
            assert!(key.verify(&inside.to_der().unwrap(), &signature).is_ok());
        }
    }
}

#[test]
fn an_authority_of_our_own_signs() {
    let mut world = World::default();
    let authority = made_in(&mut world, "genCA", &["My CA".into(), Value::Int(365)]).unwrap();
    assert!(authority.key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"), "{}", authority.key);
    let arguments = [
        "milvus".into(),
        Value::list(vec!["127.0.0.1".into()]),
        Value::list(vec!["milvus.svc".into()]),
        Value::Int(90),
        super::value(authority.clone()),
    ];
    let pair = made_in(&mut world, "genSignedCert", &arguments).unwrap();
    assert_ne!(pair.key, authority.key);
    let (own, other) = (certificate(&pair.certificate), certificate(&authority.certificate));
    assert_eq!(own.tbs_certificate().issuer(), other.tbs_certificate().subject());
    assert_eq!(validity(&own), 90 * 24 * 60 * 60);
    let modulus = own.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes().len();
    assert_eq!(modulus, 270, "a key of 2048 bits");
    assert_ne!(own.tbs_certificate().serial_number(), other.tbs_certificate().serial_number());
}

#[test]
fn one_who_signs_itself_gets_a_new_key() {
    let nothing = || Value::Nil;
    let pair = made("genSelfSignedCert", &["a".into(), nothing(), nothing(), Value::Int(1)]).unwrap();
    let certificate = certificate(&pair.certificate);
    let inside = certificate.tbs_certificate();
    assert_eq!(inside.issuer(), inside.subject());
    let names = inside.extensions().unwrap().iter().any(|one| one.extn_id == known::SUBJECT_ALTERNATIVE_NAME);
    assert!(!names, "without names there is no extension for them");
    assert!(super::build_custom(&mut World::default(), &[encoded(&pair.certificate), encoded(&pair.key)]).is_ok());
}

fn encoded(text: &str) -> Value {
    super::base64::encode(text.as_bytes()).into()
}

#[test]
fn new_keys_are_of_the_asked_type() {
    let table = [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")];
    for (kind, label) in table {
        let key = called(FUNCTIONS, "genPrivateKey", &[kind.into()]).unwrap();
        assert_eq!(pem::decode(&key).unwrap().label, label);
        assert_eq!(PrivateKey::from_pem(&key).unwrap().to_pem(), Ok(key));
    }
    assert_eq!(called(FUNCTIONS, "genPrivateKey", &["x".into()]), Ok("Unknown type x".to_owned()));
}

#[test]
fn a_new_dsa_key_is_read_back() {
    let key = called(FUNCTIONS, "genPrivateKey", &["dsa".into()]).unwrap();
    assert_eq!(pem::decode(&key).unwrap().label, "DSA PRIVATE KEY");
    assert!(matches!(PrivateKey::from_pem(&key), Ok(PrivateKey::Other("*dsa.PublicKey"))));
}

#[test]
fn a_new_rsa_key_is_read_back() {
    let key = PrivateKey::rsa(2048, &mut Randomness(&mut World::default())).unwrap();
    let text = key.to_pem().unwrap();
    assert_eq!(PrivateKey::from_pem(&text).unwrap().to_pem(), Ok(text));
}

#[test]
fn what_cannot_be_a_key_is_refused_in_the_words_of_helm() {
    let rows = vectors();
    let key = |word: &str| {
        rows.iter().map(|row| text(row, "key")).find(|key| key.contains(word)).unwrap_or_default().to_owned()
    };
    let x25519 = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIKABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR5f\n-----END PRIVATE KEY-----\n";
    let table = [
        ("x".to_owned(), "parsing private key: no PEM data in input"),
        (pem::encode("CERTIFICATE", &[]), "parsing private key: no private key data in PEM block of type CERTIFICATE"),
        (pem::encode("X PRIVATE KEY", &[]), "parsing private key: invalid private key type X PRIVATE KEY"),
        (
            x25519.to_owned(),
            "error creating certificate: x509: certificate private key does not implement crypto.Signer",
        ),
    ];
    for (key, error) in table {
        let made = made("genCAWithKey", &["a".into(), Value::Int(1), key.as_str().into()]);
        assert_eq!(made.map_err(|error| error.to_string()), Err(error.to_owned()), "{key}");
    }
    for (word, other) in [("RSA PRIVATE", "EC PRIVATE"), ("RSA PRIVATE", "PRIVATE"), ("EC PRIVATE", "RSA PRIVATE")] {
        let key = key(word).replace(word, other);
        assert!(made("genCAWithKey", &["a".into(), Value::Int(1), key.into()]).is_err());
    }
}

#[test]
fn names_and_addresses_are_checked() {
    let rows = vectors();
    let key = text(rows.last().unwrap(), "key");
    let table = [
        (vec![Value::Int(1)], vec![], "error parsing ip: 1 is not a string"),
        (vec!["x".into()], vec![], "error parsing ip: x"),
        (vec!["010.0.0.1".into()], vec![], "error parsing ip: 010.0.0.1"),
        (vec![], vec![Value::Float(1.5)], "error processing alternate dns name: 1.5 is not a string"),
        (vec![], vec!["é".into()], "error creating certificate: x509: \"é\" cannot be encoded as an IA5String"),
    ];
    for (addresses, names, error) in table {
        let arguments = ["a".into(), Value::list(addresses), Value::list(names), Value::Int(5), key.into()];
        let made = made("genSelfSignedCertWithKey", &arguments);
        assert_eq!(made.map_err(|error| error.to_string()), Err(error.to_owned()));
    }
}

#[test]
fn what_is_given_has_to_be_a_certificate_and_its_key() {
    let rows = vectors();
    let mut pairs = rows.iter().map(|row| pair_of(&row["pair"]));
    let one = pairs.next().unwrap();
    let other = pairs.find(|other| other.key != one.key).unwrap();
    let table = [
        ("*".into(), encoded(&one.key), "unable to decode base64 certificate"),
        (encoded(""), "*".into(), "unable to decode base64 private key"),
        (encoded(""), encoded(""), "unable to decode certificate"),
        (encoded(&one.certificate), encoded(""), "error parsing private key: no PEM data in input"),
    ];
    for (certificate, key, error) in table {
        assert_eq!(called(FUNCTIONS, "buildCustomCert", &[certificate, key]), Err(error.to_owned()));
    }
    let broken = encoded(&pem::encode("CERTIFICATE", &[0x30, 0]));
    let error = called(FUNCTIONS, "buildCustomCert", &[broken, encoded(&one.key)]).unwrap_err();
    assert!(error.starts_with("error parsing certificate: decodedCert.Bytes: "), "{error}");

    let mixed = Pair { certificate: one.certificate.clone(), key: other.key };
    let mixed = super::value(mixed);
    let arguments = ["a".into(), Value::Nil, Value::Nil, Value::Int(1), mixed, one.key.as_str().into()];
    let error = made("genSignedCertWithKey", &arguments).unwrap_err();
    assert_eq!(
        error.to_string(),
        "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
    );
}

#[test]
fn a_pair_is_a_struct_of_two_texts() {
    let pair = Pair { certificate: "C".to_owned(), key: "K".to_owned() };
    assert_eq!((pair.type_name(), pair.kind_name(), pair.print()), (pair::TYPE, "struct", "{C K}".to_owned()));
    assert_eq!(pair.field("Cert").unwrap().as_text(), Some("C"));
    assert_eq!(pair.field("Key").unwrap().as_text(), Some("K"));
    assert!(pair.field("key").is_none());
}

#[test]
fn days_are_counted_as_go_counts_them() {
    let table = [
        (1, "261121043701Z", "261122043701Z"),
        (-1, "261121043701Z", "261120043701Z"),
        (10_000, "261121043701Z", "20540408043701Z"),
        (4_000_000, "261121043701Z", "18711228124021Z"),
        (-4_000_000, "261121043701Z", "21811014203342Z"),
    ];
    for (days, from, to) in table {
        let validity = super::issue::validity(1_795_235_821_600_000_000, days).unwrap();
        let text: String =
            validity.iter().filter(|byte| byte.is_ascii_alphanumeric()).copied().map(char::from).collect();
        assert!(text.contains(from) && text.contains(to), "{days}: {text}");
    }
    for days in [i64::MIN, i64::MAX] {
        assert!(super::issue::validity(1_795_235_821_600_000_000, days).is_ok());
    }
}
