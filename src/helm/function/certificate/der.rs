//! The distinguished encoding of what certificates and keys are made of: each function gives one whole element.

use x509_cert::der::asn1::ObjectIdentifier;

/// An element of this tag. Lengths take the short form below 128, the shortest long form from there.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut bytes = vec![tag];
    match *length {
        [] => bytes.push(0),
        [short @ ..=0x7f] => bytes.push(short),
        _ => {
            bytes.push(0x80 | length.iter().fold(0, |count, _| count + 1));
            bytes.extend(length);
        }
    }
    bytes.extend(content);
    bytes
}

/// `SEQUENCE`.
pub(super) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// `SET` of one element.
pub(super) fn set(element_inside: &[u8]) -> Vec<u8> {
    element(0x31, element_inside)
}

/// `BOOLEAN` true; false is always left out, as it is the default of what we write.
pub(super) fn truth() -> Vec<u8> {
    element(0x01, &[0xff])
}

/// `INTEGER` that is not negative, from its bytes, the highest first.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let bare = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let padded = [&[0], bare].concat();
    element(0x02, if bare.first().is_none_or(|first| *first >= 0x80) { &padded } else { bare })
}

/// `BIT STRING` of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], bytes].concat())
}

/// `BIT STRING` of named bits that are in one byte: those that are unused at its end are counted.
pub(super) fn flags(byte: u8) -> Vec<u8> {
    let unused = byte.trailing_zeros().to_le_bytes()[0].min(7);
    element(0x03, &[unused, byte])
}

/// `OCTET STRING`.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(0x04, bytes)
}

/// `NULL`.
pub(super) fn null() -> Vec<u8> {
    element(0x05, &[])
}

/// `OBJECT IDENTIFIER`.
pub(super) fn identifier(identifier: &ObjectIdentifier) -> Vec<u8> {
    element(0x06, identifier.as_bytes())
}

/// `PrintableString` where the text fits, else `UTF8String`, as Go chooses.
pub(super) fn text(text: &str) -> Vec<u8> {
    let printable = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte));
    element(if printable { 0x13 } else { 0x0c }, text.as_bytes())
}

/// An element under an explicit tag of the context.
pub(super) fn explicit(number: u8, inside: &[u8]) -> Vec<u8> {
    element(0xa0 | number, inside)
}

/// Bytes under an implicit tag of the context.
pub(super) fn implicit(number: u8, content: &[u8]) -> Vec<u8> {
    element(0x80 | number, content)
}

#[cfg(test)]
mod tests {
    use super::{element, flags, integer, text};

    #[test]
    fn lengths_take_the_shortest_form() {
        for (length, head) in
            [(0, vec![4, 0]), (127, vec![4, 127]), (128, vec![4, 0x81, 128]), (256, vec![4, 0x82, 1, 0])]
        {
            let bytes = element(4, &vec![9; length]);
            assert_eq!(bytes[..head.len()], head, "{length}");
            assert_eq!(bytes.len(), head.len() + length);
        }
    }

    #[test]
    fn integers_are_short_and_not_negative() {
        for (bytes, content) in [(&[][..], &[0][..]), (&[0, 0], &[0]), (&[0, 1], &[1]), (&[0x80], &[0, 0x80])] {
            assert_eq!(integer(bytes)[2..], *content, "{bytes:?}");
        }
    }

    #[test]
    fn unused_bits_are_counted() {
        assert_eq!(flags(0b1010_0000), [3, 2, 5, 0b1010_0000]);
        assert_eq!(flags(0b1010_0100), [3, 2, 2, 0b1010_0100]);
    }

    #[test]
    fn text_is_printable_or_utf_8() {
        for (given, tag) in [("my-release.svc (a)", 0x13), ("*.svc", 0x0c), ("a&b", 0x0c), ("é", 0x0c), ("a_b", 0x0c)]
        {
            assert_eq!(text(given)[0], tag, "{given}");
        }
    }
}
