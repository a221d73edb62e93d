//! Passwords, ciphers and random bytes: sprig's `bcrypt`, `htpasswd`, `derivePassword`, `encryptAES`, `decryptAES` and
//! `randBytes`.

use aes::Aes256;
use bcrypt::Version;
use cbc::{
    Decryptor, Encryptor,
    cipher::{
        BlockModeDecrypt, BlockModeEncrypt, KeyIvInit,
        block_padding::{NoPadding, Pkcs7},
    },
};

use super::{Function, Host, Kind, base64, entropy::Randomness, parameter, password};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::Value,
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "bcrypt", parameters: &[Kind::Text], rest: None, body: bcrypt },
    Function { name: "decryptAES", parameters: &[Kind::Text, Kind::Text], rest: None, body: decrypt_aes },
    Function {
        name: "derivePassword",
        parameters: &[Kind::Other("uint32"), Kind::Text, Kind::Text, Kind::Text, Kind::Text],
        rest: None,
        body: derive_password,
    },
    Function { name: "encryptAES", parameters: &[Kind::Text, Kind::Text], rest: None, body: encrypt_aes },
    Function { name: "htpasswd", parameters: &[Kind::Text, Kind::Text], rest: None, body: htpasswd },
    Function { name: "randBytes", parameters: &[Kind::Int], rest: None, body: random_bytes },
];

/// Rounds of bcrypt as a power of two: Go's `DefaultCost`.
const COST: u32 = 10;

/// More than this is not hashed, in bytes: bcrypt itself would silently ignore the rest.
const LONGEST_PASSWORD: usize = 72;

/// How many random bytes a template may ask for at once. Helm knows no limit; a Secret holds 1 MiB.
const MOST_RANDOM_BYTES: i64 = 16 << 20;

/// The block of AES, in bytes.
const BLOCK: usize = 16;

fn bcrypt(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(hashed(host, parameter::text(arguments, 0)?).into())
}

/// A line of an Apache password file. A wrong user name gives a text, not an error, as in sprig.
fn htpasswd(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (user, password) = (parameter::text(arguments, 0)?, parameter::text(arguments, 1)?);
    if user.contains(':') {
        return Ok(format!("invalid username: {user}").into());
    }
    Ok(format!("{user}:{}", hashed(host, password)).into())
}

/// The bcrypt hash, or sprig's text that there is none.
fn hashed(host: &mut dyn Host, password: &str) -> String {
    let failed = |cause: &dyn std::fmt::Display| format!("failed to encrypt string with bcrypt: {cause}");
    let password = raw::bytes(password);
    if password.len() > LONGEST_PASSWORD {
        return failed(&"bcrypt: password length exceeds 72 bytes");
    }
    let salt = Randomness(host).bytes();
    match bcrypt::hash_with_salt(password, COST, salt) {
        Ok(hash) => hash.format_for_version(Version::TwoA),
        Err(error) => failed(&error),
    }
}

/// The counter is a `uint32`, into which Go's templates put a larger literal without its upper bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as Go's SetUint does")]
fn derive_password(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let counter = parameter::whole(arguments, 0)? as u32;
    let text = |place| parameter::text(arguments, place);
    password::derived(counter, text(1)?, text(2)?, text(3)?, text(4)?).map(Value::from)
}

/// Random bytes in base64.
fn random_bytes(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let count = parameter::whole(arguments, 0)?;
    if !(0..=MOST_RANDOM_BYTES).contains(&count) {
        return Err(Error::new(format!("cannot draw {count} random bytes, only 0 to {MOST_RANDOM_BYTES}")));
    }
    let count = usize::try_from(count).map_err(|error| Error::new(error.to_string()))?;
    let mut bytes = vec![0; count];
    host.random(&mut bytes);
    Ok(base64::encode(&bytes).into())
}

/// AES-256 in CBC mode, the initial vector before the cipher text, all in base64. Nothing stays nothing.
fn encrypt_aes(host: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (password, plain) = (parameter::text(arguments, 0)?, parameter::text(arguments, 1)?);
    if plain.is_empty() {
        return Ok("".into());
    }
    let vector: [u8; BLOCK] = Randomness(host).bytes();
    let cipher = Encryptor::<Aes256>::new(&key(password).into(), &vector.into());
    let blocks = cipher.encrypt_padded_vec::<Pkcs7>(&raw::bytes(plain));
    Ok(base64::encode(&[&vector[..], &blocks].concat()).into())
}

/// Takes back `encryptAES`. The padding is believed as far as it can be, as in sprig: a wrong password mostly gives
/// bytes that are no text.
fn decrypt_aes(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (password, cipher) = (parameter::text(arguments, 0)?, parameter::text(arguments, 1)?);
    if cipher.is_empty() {
        return Ok("".into());
    }
    let cipher = base64::decode(cipher)?;
    let Some((vector, blocks)) = cipher.split_first_chunk::<BLOCK>() else {
        return Err(Error::new(format!("the cipher text has {} bytes, less than its initial vector", cipher.len())));
    };
    let mut plain = Decryptor::<Aes256>::new(&key(password).into(), vector.into())
        .decrypt_padded_vec::<NoPadding>(blocks)
        .map_err(|_| Error::new("the cipher text is not of full blocks"))?;
    let padding = plain.last().copied().map(usize::from);
    let Some(length) = padding.and_then(|padding| plain.len().checked_sub(padding)) else {
        return Err(Error::new("the cipher text was made with another password, or is cut off"));
    };
    plain.truncate(length);
    Ok(Value::Text(raw::text(&plain)))
}

/// The password as a key: its first 32 bytes, filled up with zeros.
fn key(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(raw::bytes(password).iter()) {
        *byte = *given;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use crate::helm::{
        function::fixture::{World, called, called_in},
        value::Value,
    };

    #[test]
    fn what_helm_encrypted_is_decrypted() {
        let table = [
            ("secret", "cZFro+EwOQw8rE7zY4A7nXGlud8saydD2eUo0rFhIBw=", "Milvus é"),
            (
                "a password that is longer than thirty-two bytes",
                "JbjtdBhtYmjcoq7xLf2xcjZ8HtSec6lXtk7HXRUgVIlWNBA64cRQ4MrtCHQ/5MGn",
                "0123456789abcdef",
            ),
            ("x", "", ""),
        ];
        for (password, cipher, plain) in table {
            assert_eq!(called(FUNCTIONS, "decryptAES", &[password.into(), cipher.into()]), Ok(plain.to_owned()));
        }
    }

    #[test]
    fn what_is_encrypted_is_decrypted_and_never_twice_the_same() {
        let mut world = World::default();
        for plain in ["", "a", "0123456789abcde", "0123456789abcdef", "Milvus é"] {
            let mut encrypt =
                || called_in(&mut world, FUNCTIONS, "encryptAES", &["secret".into(), plain.into()]).unwrap();
            let (one, other) = (encrypt(), encrypt());
            assert_eq!(one == other, plain.is_empty());
            assert_eq!(called(FUNCTIONS, "decryptAES", &["secret".into(), one.into()]), Ok(plain.to_owned()));
        }
    }

    #[test]
    fn a_cipher_text_that_is_none_is_refused() {
        let table = [
            ("AAAA", "the cipher text has 3 bytes, less than its initial vector"),
            ("AA*A", "illegal base64 data at input byte 2"),
            ("AAAAAAAAAAAAAAAAAAAAAA==", "the cipher text was made with another password, or is cut off"),
            ("AAAAAAAAAAAAAAAAAAAAAAAA", "the cipher text is not of full blocks"),
        ];
        for (cipher, error) in table {
            assert_eq!(called(FUNCTIONS, "decryptAES", &["a".into(), cipher.into()]), Err(error.to_owned()));
        }
    }

    #[test]
    fn passwords_are_derived_as_in_helm() {
        let table = [
            ("maximum", "b4)pl@A2^$LSDV&b&oX2", "K3#aFXCmE5r7@W(7m)$M"),
            ("long", "NumuTame1^Fuxi", "VohhNoziYiph7?"),
            ("medium", "Num4!Mib", "Voh5$Kok"),
            ("short", "Num4", "Voh5"),
            ("basic", "be34WbN6", "KPe57Xbo"),
            ("pin", "1434", "1305"),
            ("none", "cannot find password template none", "cannot find password template none"),
        ];
        let derived = |counter, kind: &str, password: &str, user: &str, site: &str| {
            let arguments = [Value::Int(counter), kind.into(), password.into(), user.into(), site.into()];
            called(FUNCTIONS, "derivePassword", &arguments).unwrap()
        };
        for (kind, one, other) in table {
            assert_eq!(derived(1, kind, "pass", "user", "example.com"), one, "{kind}");
            assert_eq!(derived(4_294_967_298, kind, "pässwörd", "é", ""), other, "{kind}");
        }
    }

    #[test]
    fn helm_and_we_hash_passwords_alike() {
        let helm = "$2a$10$gTQSdx.dC0CePT0ik/9b1.DxRirDACOaQMn.AaObs19KR8qPsJWL2";
        assert!(bcrypt::verify("pässword", helm).unwrap());
        let ours = called(FUNCTIONS, "htpasswd", &["user".into(), "pässword".into()]).unwrap();
        let hash = ours.strip_prefix("user:").unwrap();
        assert!(hash.starts_with("$2a$10$") && hash.len() == helm.len(), "{hash}");
        assert!(bcrypt::verify("pässword", hash).unwrap());
        assert!(!bcrypt::verify("password", hash).unwrap());
        let longest = called(FUNCTIONS, "bcrypt", &["x".repeat(72).into()]).unwrap();
        assert!(bcrypt::verify("x".repeat(72), &longest).unwrap());
    }

    #[test]
    fn what_cannot_be_hashed_is_a_text_as_in_sprig() {
        let long = called(FUNCTIONS, "bcrypt", &["x".repeat(73).into()]).unwrap();
        assert_eq!(long, "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes");
        let named = called(FUNCTIONS, "htpasswd", &["a:b".into(), "c".into()]);
        assert_eq!(named, Ok("invalid username: a:b".to_owned()));
    }

    #[test]
    fn random_bytes_are_counted() {
        for (count, length) in [(0, 0), (3, 4), (4, 8), (1000, 1336)] {
            assert_eq!(called(FUNCTIONS, "randBytes", &[Value::Int(count)]).unwrap().len(), length);
        }
        for count in [-1, i64::MAX] {
            assert!(called(FUNCTIONS, "randBytes", &[Value::Int(count)]).is_err());
        }
    }
}
