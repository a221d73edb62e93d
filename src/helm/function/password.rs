//! The Master Password algorithm, by which sprig's `derivePassword` makes a site's password from one master password.

use hmac::{Hmac, KeyInit, Mac};
use scrypt::Params;
use sha2::Sha256;

use crate::helm::{
    error::{Error, Result},
    raw,
};

/// What the algorithm calls its scope.
const SCOPE: &str = "com.lyndir.masterpassword";

/// The work of scrypt: 2¹⁵ rounds over blocks of 8, twice; 32 MiB.
const WORK: (u8, u32, u32) = (15, 8, 2);

/// The forms of a kind of password, each character of which stands for a set of characters.
fn forms(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a character of a form stands for.
fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The password of `user` at `site`; an unknown kind gives a text, not an error, as in sprig.
pub(super) fn derived(counter: u32, kind: &str, master: &str, user: &str, site: &str) -> Result<String> {
    let Some(forms) = forms(kind) else {
        return Ok(format!("cannot find password template {kind}"));
    };
    let seed = seed(&key(master, user)?, site, counter)?;
    let (Some((first, rest)), false) = (seed.split_first(), forms.is_empty()) else {
        return Err(Error::new("failed to derive password: the seed is empty"));
    };
    let form = forms[usize::from(*first) % forms.len()];
    let characters = form.bytes().zip(rest).map(|(class, byte)| {
        let characters = characters(class);
        char::from(characters[usize::from(*byte) % characters.len()])
    });
    Ok(characters.collect())
}

/// The user's master key.
fn key(master: &str, user: &str) -> Result<[u8; 64]> {
    let salt = [SCOPE.as_bytes(), &length(user), &raw::bytes(user)].concat();
    let mut key = [0; 64];
    let (rounds, block, lanes) = WORK;
    Params::new(rounds, block, lanes)
        .map_err(|error| error.to_string())
        .and_then(|work| scrypt::scrypt(&raw::bytes(master), &salt, &work, &mut key).map_err(|error| error.to_string()))
        .map_err(|error| Error::new(format!("failed to derive password: {error}")))?;
    Ok(key)
}

/// What the characters are drawn from.
fn seed(key: &[u8], site: &str, counter: u32) -> Result<Vec<u8>> {
    let mut code = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| Error::new(format!("failed to derive password: {error}")))?;
    for part in [SCOPE.as_bytes(), &length(site), &raw::bytes(site), &counter.to_be_bytes()] {
        code.update(part);
    }
    Ok(code.finalize().into_bytes().to_vec())
}

/// The length in bytes, as the algorithm writes it.
#[expect(clippy::cast_possible_truncation, reason = "no text of a chart has 4 GiB; Go cuts it off as well")]
fn length(text: &str) -> [u8; 4] {
    (raw::bytes(text).len() as u32).to_be_bytes()
}
