//! Names of algorithms, attributes and extensions that certificates use.

use x509_cert::der::asn1::ObjectIdentifier;

macro_rules! identifiers {
    ($($(#[$comment:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$comment])* pub(super) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($number);)*
    };
}

identifiers! {
    // Public keys.
    RSA = "1.2.840.113549.1.1.1";
    ELLIPTIC_CURVE = "1.2.840.10045.2.1";
    X25519 = "1.3.101.110";
    /// Public key and signature alike.
    ED25519 = "1.3.101.112";

    // Curves.
    P224 = "1.3.132.0.33";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    P521 = "1.3.132.0.35";

    // Signatures.
    RSA_WITH_SHA256 = "1.2.840.113549.1.1.11";
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";

    // Attributes of names.
    COMMON_NAME = "2.5.4.3";

    // Extensions.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    BASIC_CONSTRAINTS = "2.5.29.19";
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";

    // Purposes of keys.
    SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
}
